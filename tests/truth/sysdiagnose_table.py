"""The truth table of sysdiagnose archives: one line is one way in which a program, an app, a profile or a host leaves a trace.

`TRACES` are planted with a published or made-up value, each value once, and must be found in the artefact that they name.
The same lines with a value that only looks alike must give nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from phonegen.sysdiagnose import Sysdiagnose
from phonegen.sysdiagnose import model as m
from tests.truth.model import _published
from tests.truth.own_set import VALUES

P, F, A, D = "process:name", "file:path", "app:id", "domain-name:value"
C, IP = "configuration-profile:id", "ipv4-addr:value"
DATE = datetime(2024, 5, 24, 11, 30, 15, tzinfo=UTC)
WHEN = DATE - timedelta(hours=5)
LONG_AGO = DATE - timedelta(days=20)
VERSIONS = ("13.3.1", "14.8", "15.3.1", "16.5", "17.5", "18.2", "18.7", "26.0", "26.1", "26.5.2")
FORM_OF = {"13.3.1": "tar", "15.3.1": "folder", "16.5": "zip", "18.2": "tgz"}
"""Version -> container; tar.gz where none is named."""
Put = Callable[[Sysdiagnose, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One way to leave a trace. `first` and `last`: the versions of iOS that have it. `what`: kind of the indicator that must
    be found; a process is found by the last part of its path as well."""

    name: str
    artefact: str
    kind: str
    put: Put
    first: tuple[int, ...] = (13,)
    last: tuple[int, ...] = (99,)


def trace(
    name: str,
    artefact: str,
    kind: str,
    make: Callable[[str], Any],
    first: tuple[int, ...] = (13,),
    last: tuple[int, ...] = (99,),
) -> Trace:
    """A trace that is one entry of the phone."""

    def put(phone: Sysdiagnose, value: str) -> None:
        phone.add(make(value))

    return Trace(name=name, artefact=f"sysdiagnose.{artefact}", kind=kind, put=put, first=first, last=last)


def delayed(phone: Sysdiagnose, value: str) -> None:
    """The program delays the last shutdown, together with what delayed it before."""
    last = max(phone.of(m.Shutdown), key=lambda shutdown: shutdown.when)
    last.clients = (*last.clients, (512, value if value.startswith("/") else f"/private/var/db/{value}"))


def staged(value: str) -> str:
    """The path of a program in a folder from which no genuine program runs."""
    return f"/private/var/db/com.example.staging/{value}"


def crash(kind: int, **more: Any) -> Callable[[str], Any]:
    """A report about the program."""
    return lambda v: m.Crash(name=v, when=WHEN, kind=kind, **more)


def step(event: str) -> Trace:
    """A line of the installation log."""
    make: Callable[[str], Any] = lambda v: m.Installation(bundle=v, when=WHEN, event=event)  # noqa: E731
    return trace(f"installation log, {event}", "installations", A, make)


def ran(place: str, artefact: str, kind: str, *, path: bool = False, first: tuple[int, ...] = (13,)) -> Trace:
    """A process that runs, in one of the lists alone."""
    title = f"{place}, {'path' if path else 'name'}"
    if path:
        return trace(title, artefact, kind, lambda v: m.Process(name="a", path=v, places=(place,)), first=first)
    return trace(title, artefact, kind, lambda v: m.Process(name=v, path=staged(v), places=(place,)), first=first)


INVENTORIES = {298: "memory pressure", 288: "stacks", 151: "hang", 210: "panic"}
SYSTEM = ("launchd", "logd")
TRACES: tuple[Trace, ...] = (
    Trace(name="delayed a shutdown", artefact="sysdiagnose.shutdown", kind=P, put=delayed),
    Trace(name="delayed a shutdown, by path", artefact="sysdiagnose.shutdown", kind=F, put=delayed),
    trace(
        "in the shutdown before, which was rotated",
        "shutdown",
        P,
        lambda v: m.Shutdown(when=LONG_AGO, clients=((9, staged(v)),), rotated=True),
        first=(26, 2),
    ),
    trace(
        "power lost before the shutdown ended",
        "shutdown",
        P,
        lambda v: m.Shutdown(when=LONG_AGO, clients=((9, staged(v)),), finished=False),
        last=(18, 99),
    ),
    trace(
        "shutdown months ago",
        "shutdown",
        F,
        lambda v: m.Shutdown(when=DATE - timedelta(days=200), clients=((9, v),)),
        last=(18, 99),
    ),
    trace("crash, text", "crashes", P, crash(109), last=(14, 99)),
    trace("crash, text, path", "crashes", F, lambda v: m.Crash(name="x", path=v, when=WHEN, kind=109), last=(14, 99)),
    trace("crash", "crashes", P, crash(309), first=(15,)),
    trace("crash, path", "crashes", F, lambda v: m.Crash(name="x", path=v, when=WHEN), first=(15,)),
    trace("crash, cut in the middle", "crashes", P, crash(309, cut=True), first=(15,)),
    trace("crash, parent", "crashes", P, lambda v: m.Crash(name="y", parent=v, when=WHEN - timedelta(1)), first=(15,)),
    trace("crash, app", "crashes", A, lambda v: m.Crash(name="App", bundle=v, when=WHEN - timedelta(2)), first=(15,)),
    trace(
        "crash, loaded image",
        "crash_processes",
        F,
        lambda v: m.Crash(name="z", images=(v,), when=WHEN - timedelta(3)),
        first=(15,),
    ),
    trace("processor use", "crashes", P, crash(202)),
    trace("wake-ups", "crashes", P, crash(142)),
    trace("writes", "crashes", P, crash(145)),
    *(
        trace(
            f"list of processes, {title}",
            "crash_processes",
            P,
            lambda v, kind=kind: m.Inventory(when=WHEN, names=(*SYSTEM, v), kind=kind),  # type: ignore[misc]
        )
        for kind, title in INVENTORIES.items()
    ),
    trace("unified log", "log_images", P, lambda v: m.LoggedProcess(path=staged(v), when=WHEN)),
    trace("unified log, path", "log_images", F, lambda v: m.LoggedProcess(path=v, when=WHEN, stream="Special")),
    trace("unified log, library", "log_images", F, lambda v: m.LoggedProcess(path="/bin/a", when=WHEN, libraries=(v,))),
    trace(
        "unified log, shared cache",
        "log_images",
        F,
        lambda v: m.LoggedProcess(path="/bin/b", when=WHEN, libraries=(v,), cached=True),
    ),
    ran("ps", "ps", P),
    ran("ps", "ps", F, path=True),
    ran("ps_thread", "ps", P),
    ran("taskinfo", "taskinfo", P),
    ran("taskinfo", "taskinfo", F, path=True, first=(16,)),
    ran("spindump", "spindump", P),
    ran("spindump", "spindump", F, path=True),
    trace(
        "statistics", "log_statistics", P, lambda v: m.Statistics(when=LONG_AGO, paths=((staged(v), 5), ("/bin/a", 1)))
    ),
    trace("statistics, path", "log_statistics", F, lambda v: m.Statistics(when=LONG_AGO, paths=((v, 5),))),
    trace(
        "statistics, JSON",
        "log_statistics",
        P,
        lambda v: m.Statistics(when=LONG_AGO, paths=((staged(v), 5),), json=True),
        first=(16, 4),
    ),
    trace("traffic", "power_traffic", P, lambda v: m.Traffic(name=v, when=WHEN)),
    trace("traffic with an app", "power_traffic", A, lambda v: m.Traffic(name="App", bundle=v, when=WHEN)),
    trace("connection", "power_traffic", P, lambda v: m.Connection(name=v, when=WHEN)),
    trace("connection, address", "power_traffic", IP, lambda v: m.Connection(name="example", address=v, when=WHEN)),
    trace("failed transfer", "power_traffic", P, lambda v: m.Transfer(name=v, when=WHEN)),
    trace("failed transfer, host", "power_traffic", D, lambda v: m.Transfer(name="a", url=f"https://{v}/x", when=WHEN)),
    trace("processor time", "power_processes", P, lambda v: m.Monitored(name=v, when=WHEN)),
    trace("processor time of an app", "power_processes", A, lambda v: m.Monitored(name="App", bundle=v, when=WHEN)),
    trace("state of an app", "power_processes", A, lambda v: m.PowerState(bundle=v, when=WHEN)),
    trace("listed app", "power_apps", A, lambda v: m.PowerApp(bundle=v, when=WHEN)),
    trace("deleted app", "power_apps", A, lambda v: m.PowerApp(bundle=v, when=WHEN, deleted=WHEN)),
    trace("program of an app", "power_apps", P, lambda v: m.PowerApp(bundle="example.a", executable=v, when=WHEN)),
    trace("removal of an app", "power_apps", A, lambda v: m.PowerUninstall(bundle=v, when=WHEN)),
    trace("camera", "power_sensors", A, lambda v: m.PowerMedia(bundle=v, when=WHEN)),
    trace("sound", "power_sensors", P, lambda v: m.PowerMedia(bundle=v, what="audio", when=WHEN)),
    trace("permission", "tcc", A, lambda v: m.Permission(client=v, when=WHEN)),
    trace("permission denied", "tcc", A, lambda v: m.Permission(client=v, when=WHEN, value=0)),
    trace("app of the store", "app_store", A, lambda v: m.StoreApp(bundle=v, when=LONG_AGO)),
    trace("download", "store_downloads", A, lambda v: m.Download(bundle=v, when=LONG_AGO)),
    trace(
        "download, host",
        "store_downloads",
        D,
        lambda v: m.Download(bundle="example.b", url=f"https://{v}/a.ipa", when=LONG_AGO),
    ),
    *(
        step(event)
        for event in (
            "installing",
            "installed",
            "placed",
            "developer",
            "failed",
            "asked",
            "uninstalling",
            "linked",
            "destroyed",
            "live",
            "profile",
        )
    ),
    trace(
        "container of an app",
        "containers",
        A,
        lambda v: m.LogLine(when=WHEN, text=f"Created container for {v}", log="containers"),
        last=(17, 99),
    ),
    trace(
        "app with a domain", "associated_domains", A, lambda v: m.AssociatedDomain(domain="a.example", app=v, when=WHEN)
    ),
    trace(
        "domain of an app",
        "associated_domains",
        D,
        lambda v: m.AssociatedDomain(domain=v, app="example.c", when=WHEN, service="webcredentials"),
    ),
    trace(
        "domain below a published one",
        "associated_domains",
        D,
        lambda v: m.AssociatedDomain(domain=f"*.cdn.{v}", app="example.d", when=WHEN),
    ),
    trace("secret of an app", "keychain_items", A, lambda v: m.KeychainItem(group=f"TEAM123456.{v}", when=LONG_AGO)),
    trace(
        "secret without a team", "keychain_items", A, lambda v: m.KeychainItem(group=v, when=LONG_AGO, view="Unlock")
    ),
    trace("VPN", "network_extensions", A, lambda v: m.NetworkExtension(bundle=v)),
    trace(
        "filter that is off",
        "network_extensions",
        A,
        lambda v: m.NetworkExtension(bundle=v, kind="filter", enabled=False),
    ),
    trace("server of a VPN", "network_extensions", D, lambda v: m.NetworkExtension(bundle="example.e", server=v)),
    trace(
        "profile by its UUID", "profiles", C, lambda v: m.Profile(identifier="example.f", uuid=v.upper(), when=LONG_AGO)
    ),
    trace("profile by its name", "profiles", C, lambda v: m.Profile(identifier=v, when=LONG_AGO)),
    trace(
        "setting of a profile",
        "settings_events",
        C,
        lambda v: m.SettingEvent(setting="allowAppInstallation", profile=v, when=LONG_AGO),
    ),
    trace(
        "setting by a program",
        "settings_events",
        P,
        lambda v: m.SettingEvent(setting="allowScreenShot", process=v, when=LONG_AGO),
    ),
)


def pools() -> dict[str, list[str]]:
    """Kind -> values to plant, published ones first."""
    own = [str(uuid.uuid5(uuid.NAMESPACE_URL, f"sysdiagnose {n}")) for n in range(4)]
    return {
        P: [*_published(P, "Pegasus"), *VALUES[P]],
        F: VALUES[F],
        A: [*_published(A, "TrackView"), *_published(A, "Cocospy"), *VALUES[A]],
        D: [*_published(D, "Pegasus")[:40], *_published(D, "Predator")[:40]],
        C: [*VALUES[C], *own],
        IP: VALUES[IP],
    }


LOOK_ALIKES: dict[str, tuple[Callable[[str], str], ...]] = {
    P: (
        lambda v: v + "x",
        lambda v: v[:-1],
        lambda v: "x" + v,
        lambda v: v.upper(),
        lambda v: v + "Extension",
        lambda v: v[::-1],
        lambda v: f"{v}2",
    ),
    F: (
        lambda v: v + "x",
        lambda v: "/private" + v + ".old",
        lambda v: v.replace("/private/var/mobile", "/private/var/mobile2").replace("core.bin", "core.bim"),
        lambda v: v.replace("/.sysd-", "/sysd-"),
    ),
    A: (
        lambda v: v + "x",
        lambda v: v[:-1],
        lambda v: v + ".plus",
        lambda v: "x" + v,
        lambda v: "com." + v,
        lambda v: v.rpartition(".")[0] + ".other",
    ),
    D: (
        lambda v: "not" + v,
        lambda v: v + ".example.org",
        lambda v: v.rpartition(".")[0] + ".example",
        lambda v: "my-" + v,
        lambda v: v.replace(".", "-") + ".example.org",
    ),
    IP: (lambda v: v.replace("198.51.100", "198.51.101"),),
    C: (
        lambda v: v[:-1] + ("0" if v[-1] != "0" else "1"),
        lambda v: v[1:] + v[0],
        lambda v: v + "0",
        lambda v: v.replace("-", "_"),
    ),
}
"""What only looks like a value of a kind."""
