"""The truth table of Android: one line is one way in which an app, a program or a file leaves a trace in an acquisition.

`TRACES` are planted with a published or made-up value, each value once, and must be found in the artefact that they name.
The same lines with a value that only looks alike (`LOOK_ALIKES`) must give nothing.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from phonegen.android import Android, androidqf, apk
from phonegen.android import model as m
from tests.truth.model import _published

A, P, F = "app:id", "process:name", "file:path"
PROPERTY, CERT256, CERT1 = "android-property:name", "app:cert.sha256", "app:cert.sha1"
DATE = datetime(2024, 5, 14, 9, 30, 15, 123_000, tzinfo=UTC)
WHEN = DATE - timedelta(hours=5, milliseconds=379)
LONG_AGO = DATE - timedelta(days=40)
VERSIONS = (5, 6, 8, 9, 10, 12, 13, 14, 15)
FORM_OF = {5: "text", 6: "zip_of_text", 8: "zip_without_main", 9: "folder", 10: "zip", 12: "zip", 13: "zip_in_zip"}
FORM_OF |= {14: "xiaomi", 15: "samsung"}
"""Version -> container of the bug report."""

Put = Callable[[Android, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One way to leave a trace. `first` and `last`: the versions of Android that have it."""

    name: str
    artefact: str
    put: Put
    kind: str = A
    first: int = 5
    last: int = 99


def adds(*make: Callable[[str], m.Entry]) -> Put:
    """Adds what the functions make of the value."""

    def put(phone: Android, value: str) -> None:
        phone.add(*(one(value) for one in make))

    return put


def component(value: str, name: str = ".Main") -> str:
    """A component of an app."""
    return f"{value}/{name}"


def trace(
    name: str,
    artefact: str,
    *make: Callable[[str], m.Entry],
    kind: str = A,
    first: int = 5,
    last: int = 99,
) -> Trace:
    """A line of the table."""
    return Trace(name=name, artefact="android." + artefact, put=adds(*make), kind=kind, first=first, last=last)


TRACES: tuple[Trace, ...] = (
    trace("installed app", "packages", lambda v: m.App(name=v, when=WHEN, installer=None)),
    trace("app of the system image", "packages", lambda v: m.App(name=v, when=LONG_AGO, system=True, installer=None)),
    trace("replaced version in the system image", "packages", lambda v: m.App(name=v, when=WHEN, hidden=True)),
    trace("app of the second user alone", "packages", lambda v: m.App(name=v, when=WHEN, users=(10,))),
    trace("app behind a stray line", "packages", lambda v: m.App(name=v, when=WHEN, overlay=True)),
    trace(
        "app that fetched another one",
        "packages",
        lambda v: m.App(name=f"example.carried{abs(hash_of(v)) % 9999}.by", when=WHEN, originating=v, source=4),
        first=13,
    ),
    trace(
        "app that installed another one",
        "packages",
        lambda v: m.App(name=f"example.put{hash_of(v)}.by", when=WHEN, installer=v),
    ),
    trace("use of the camera", "appops", lambda v: m.Op(app=v, op="CAMERA", when=WHEN)),
    trace("refused use", "appops", lambda v: m.Op(app=v, op="RECORD_AUDIO", when=WHEN, reject=True, mode="ignore")),
    trace(
        "use through a switch",
        "appops",
        lambda v: m.Op(app=v, op="MONITOR_LOCATION", when=WHEN, switch="COARSE_LOCATION"),
        first=9,
    ),
    trace(
        "use that goes on",
        "appops",
        lambda v: m.Op(app=v, op="FINE_LOCATION", running=timedelta(minutes=2, milliseconds=5)),
        first=10,
    ),
    trace("event of use", "usage", lambda v: m.Usage(app=v, when=WHEN)),
    trace("start of a service", "usage", lambda v: m.Usage(app=v, when=WHEN, kind="FOREGROUND_SERVICE_START")),
    trace("app that is gone, in yearly use", "usage", lambda v: m.UsageTotal(app=v, when=LONG_AGO)),
    trace("job in the battery history", "battery", lambda v: m.Battery(when=WHEN, token="+job", app=v, rest="/.Job")),
    trace("app in front, in the battery history", "battery", lambda v: m.Battery(when=WHEN, token="+top", app=v)),
    trace("removal in the daily statistics", "battery_daily", lambda v: m.Daily(app=v, when=DATE - timedelta(days=2))),
    trace(
        "removal on a day that ends in 1970",
        "battery_daily",
        lambda v: m.Daily(app=v, when=DATE - timedelta(days=3), odd_end=True),
    ),
    trace("accessibility service", "accessibility", lambda v: m.Accessibility(component=component(v, ".Acc"))),
    trace(
        "accessibility service that is off",
        "accessibility",
        lambda v: m.Accessibility(component=component(v, ".Acc"), enabled=False, bound=False),
        first=11,
    ),
    trace("device administrator", "device_policy", lambda v: m.Admin(component=component(v, ".Admin"))),
    trace(
        "owner of the device",
        "device_policy",
        lambda v: m.Admin(component=component(v, ".Admin"), owner="Device Owner"),
    ),
    trace(
        "notification listener", "notification_listeners", lambda v: m.Listener(component=component(v), changed=True)
    ),
    trace(
        "receiver of messages",
        "receivers",
        lambda v: m.Filter(component=component(v, ".Sms"), action="android.provider.Telephony.SMS_RECEIVED"),
    ),
    trace(
        "receiver at start",
        "receivers",
        lambda v: m.Filter(component=component(v, ".Boot"), action="android.intent.action.BOOT_COMPLETED"),
    ),
    trace(
        "statement of a database",
        "dbinfo",
        lambda v: m.DbOp(app=v, path=f"/data/user/0/{v}/databases/a.db", sql="SELECT a FROM b", when=WHEN),
    ),
    trace("crash in dropbox", "dropbox", lambda v: m.Drop(when=WHEN, tag="data_app_crash", process=v)),
    trace("tombstone", "tombstones", lambda v: m.Tombstone(when=WHEN, process=v)),
    trace("tombstone in both forms", "tombstones", lambda v: m.Tombstone(when=WHEN, process=v, proto=True), first=12),
    trace("running app", "processes", lambda v: m.Process(name=v, uid=10_321, threads=("main",))),
    trace("running part of an app", "processes", lambda v: m.Process(name=f"{v}:remote", uid=10_322)),
    trace(
        "start of a process in the log",
        "log_events",
        lambda v: m.Log(
            when=WHEN,
            tag="am_proc_start",
            text=f"[0,4711,10321,{v},service,{{{v}/.Job}}]",
            buffer="event",
        ),
    ),
    trace("end of a process", "exit_info", lambda v: m.Exit(app=v, when=WHEN), first=11),
    trace("who asked for a restart", "shutdowns", lambda v: m.Shutdown(when=WHEN, package=v), first=13),
    trace("system property", "properties", lambda v: m.Property(name=v, value="1"), kind=PROPERTY),
)


def hash_of(value: str) -> int:
    """A number that belongs to a value."""
    return int(hashlib.sha256(value.encode()).hexdigest()[:4], 16)


LOOK_ALIKES: tuple[Callable[[str], str], ...] = (
    lambda v: v + "x",
    lambda v: v[:-1],
    lambda v: v + ".plus",
    lambda v: "x" + v,
    lambda v: "com." + v,
    lambda v: v[:-2] + v[-1] + v[-2] + "y",
    lambda v: v.replace(".", "_"),
    lambda v: v.rpartition(".")[0] + ".other",
)
"""What only looks like a value: a letter more or less, a longer or shorter name, a sister of the same maker."""

# ---------------------------------------------------------------- acquisitions of AndroidQF
Plant = Callable[[str], dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """A trace among the files of the collector: what is added to fields of `Acquisition`, or entries of the phone."""

    name: str
    artefact: str
    kind: str
    fields: Callable[[str], dict[str, tuple[Any, ...]]] = lambda _: {}
    put: Put = lambda phone, value: None


def signed(value: str, **signers: tuple[str, ...]) -> dict[str, tuple[Any, ...]]:
    """An APK that the certificate `value` signs in one scheme; `{}` stands for it."""
    made = {name: tuple(value if seed == "{}" else seed for seed in seeds) for name, seeds in signers.items()}
    return {"packages": (androidqf.Package(app=f"example.signed{hash_of(value)}.app", signers=made, listed=False),)}


COLLECTED: tuple[Collected, ...] = (
    *(
        Collected(name=f"certificate of scheme {name}", artefact="android.apks", kind=kind, fields=fields)
        for kind in (CERT256, CERT1)
        for name, fields in {
            "1": lambda v: signed(v, v1=("{}",)),
            "2": lambda v: signed(v, v2=("{}",)),
            "2 beside another": lambda v: signed(v, v1=("plain",), v2=("plain", "{}")),
            "3": lambda v: signed(v, v3=("{}",)),
            "3.1": lambda v: signed(v, v2=("plain",), v31=("{}",)),
            "lineage": lambda v: signed(v, v3=("plain",), lineage=("{}", "plain")),
        }.items()
    ),
    Collected(
        name="name inside a copy",
        artefact="android.apks",
        kind=A,
        fields=lambda v: {"packages": (androidqf.Package(app=v, signers={"v2": ("plain",)}, listed=False),)},
    ),
    Collected(
        name="listed package",
        artefact="android.package_files",
        kind=A,
        put=adds(lambda v: m.App(name=v, when=WHEN)),
    ),
    Collected(
        name="running app",
        artefact="android.collected_processes",
        kind=A,
        put=adds(lambda v: m.Process(name=v, uid=10_321)),
    ),
    Collected(
        name="running part of an app",
        artefact="android.collected_processes",
        kind=A,
        put=adds(lambda v: m.Process(name=f"{v}:push", uid=10_321)),
    ),
    Collected(
        name="file by letters",
        artefact="android.collected_files",
        kind=F,
        fields=lambda v: {"files": (androidqf.Listed(path=v, mode="-rwxr-xr-x", when=WHEN),)},
    ),
    Collected(
        name="file by number",
        artefact="android.collected_files",
        kind=F,
        fields=lambda v: {"files": (androidqf.Listed(path=v, mode="4755"),)},
    ),
    Collected(
        name="property of getprop.txt",
        artefact="android.properties",
        kind=PROPERTY,
        put=adds(lambda v: m.Property(name=v, value="1")),
    ),
    Collected(
        name="program that gives root",
        artefact="android.root_binaries",
        kind=F,
        fields=lambda v: {"roots": (f"/system/xbin/sh\n{v}\n",)},
    ),
)

# ---------------------------------------------------------------- values
KEPT = {
    "/data/data/example.kept0.app/app_x/core": "apps/example.kept0.app/r/app_x/core",
    "/data/data/example.kept1.app/files/core": "apps/example.kept1.app/f/core",
    "/data/data/example.kept2.app/databases/core.db": "apps/example.kept2.app/db/core.db",
    "/data/data/example.kept3.app/shared_prefs/core.xml": "apps/example.kept3.app/sp/core.xml",
    "/data/data/example.kept4.app/no_backup/core": "apps/example.kept4.app/nb/core",
    "/data/data/example.kept5.app/cache/a/core": "apps/example.kept5.app/c/a/core",
    "/data/user_de/0/example.kept6.app/files/core": "apps/example.kept6.app/d_f/core",
    "/storage/emulated/0/Android/data/example.kept7.app/files/core": "apps/example.kept7.app/ef/core",
    "/storage/emulated/0/Android/obb/example.kept8.app/core.obb": "apps/example.kept8.app/obb/core.obb",
    "/storage/emulated/0/.kept9/core": "shared/0/.kept9/core",
}
"""Place on the phone -> path in an adb backup."""
OWN: dict[str, list[str]] = {
    A: [f"test.example{n}.tracker{n}" for n in range(260)],
    PROPERTY: [f"sys.brand.mark{n}" for n in range(80)],
    F: [*(f"/data/local/tmp/.drop{n}/core" for n in range(80)), *KEPT],
    CERT256: [f"own256-{n}" for n in range(60)],
    CERT1: [f"own1-{n}" for n in range(60)],
}
"""Values of the test's own set; of certificates the seeds."""
FAMILIES = ("NoviSpy", "Hermit", "WyrmSpy and DragonEgg", "Cocospy", "Hoverwatch", "MeuSpy", "TrackView", "Trackplus")


def indicator(kind: str, value: str) -> str:
    """What the set says for a value: of a certificate its hash."""
    if kind == CERT256:
        return hashlib.sha256(apk.certificate(value)).hexdigest()
    if kind == CERT1:
        return hashlib.sha1(apk.certificate(value), usedforsecurity=False).hexdigest()
    return value


def pools() -> dict[str, list[str]]:
    """Kind -> values to plant, published ones first."""
    published = [value for family in FAMILIES for value in _published(A, family) if "." in value]
    return {kind: [*(published if kind == A else []), *values] for kind, values in OWN.items()}


def write_set(folder: Path) -> list[Path]:
    """The test's own values as a STIX bundle."""
    publisher, malware = (f"{kind}--{uuid.uuid5(uuid.NAMESPACE_URL, kind)}" for kind in ("identity", "malware"))
    common = {"spec_version": "2.1", "created": "2023-01-01T00:00:00.000Z", "modified": "2023-01-01T00:00:00.000Z"}
    things: list[dict[str, Any]] = [
        {**common, "type": "identity", "id": publisher, "name": "Test Laboratory", "identity_class": "organization"},
        {**common, "type": "malware", "id": malware, "name": "Own", "is_family": True},
    ]
    for kind, values in OWN.items():
        for value in values:
            name = str(uuid.uuid5(uuid.NAMESPACE_URL, kind + value))
            things.append(
                {
                    **common,
                    "type": "indicator",
                    "id": f"indicator--{name}",
                    "created_by_ref": publisher,
                    "indicator_types": ["malicious-activity"],
                    "pattern": f"[{kind} = '{indicator(kind, value)}']",
                    "pattern_type": "stix",
                    "valid_from": "2023-01-01T00:00:00Z",
                }
            )
            things.append(
                {
                    **common,
                    "type": "relationship",
                    "id": f"relationship--{name}",
                    "relationship_type": "indicates",
                    "source_ref": f"indicator--{name}",
                    "target_ref": malware,
                }
            )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "android-own.stix2"
    bundle = {"type": "bundle", "id": f"bundle--{uuid.uuid5(uuid.NAMESPACE_URL, 'android')}", "objects": things}
    path.write_text(json.dumps(bundle), "utf-8")
    return [path]
