"""Android bug reports from the command line: traces, near misses, posture, both systems in one call, and bad input."""

from __future__ import annotations

import io
import json
import resource
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cli_runner import LURE, Sousveil

from phonegen.android import Android, containers, dumpstate
from phonegen.android import model as m
from phonegen.android.background import populate
from sousveil.indicators.bundled import bundled_sets
from sousveil.indicators.model import IndicatorKind, Platform

REAL = "phones/android-bugreports/bugreport-sailfish-QP1A.191005.007.A3-2020-01-08-15-30-07.zip"
JSON = ["--json", "--no-files"]
WHEN = datetime(2024, 5, 14, 6, 0, 5, tzinfo=UTC)


def published(platform: Platform) -> str:
    """The first identifier of an app for watching others that is about this system."""
    return next(
        indicator.value
        for one in bundled_sets()
        for indicator in one.indicators
        if indicator.kind is IndicatorKind.APP_ID
        and one.name.startswith("echap-")
        and {said.platform for said in indicator.attributions} == {platform}
    )


def report(folder: Path, *entries: Any, android: int = 13, user_build: bool = True, form: str = "zip") -> Path:
    phone = populate(Android(android=android, user_build=user_build))
    phone.add(*entries)
    return containers.write(phone, form, folder)


def case_of(sv: Sousveil, *paths: Path, **how: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(sv.check(*paths, options=JSON, **how).out)
    return found


def strengths(case: dict[str, Any]) -> dict[str, str]:
    return {finding["rule"]: finding["strength"] for finding in case["findings"]}


@pytest.mark.parametrize("android", [6, 10, 14, 16])
def test_a_published_app_is_found_and_its_neighbours_are_not(sv: Sousveil, tmp_path: Path, android: int) -> None:
    name = published(Platform.ANDROID)
    found = case_of(sv, report(tmp_path / "a", m.App(name=name, when=WHEN), android=android), bundled=True)
    assert found["verdict"] == "suspicious"
    (hit,) = [finding for finding in found["findings"] if finding["indicator"]]
    assert (hit["indicator"]["value"], hit["strength"], hit["source"]["table"]) == (name, "lead", "package")
    assert hit["source"]["line"] > 1 and len(hit["source"]["sha256"]) == 64
    near = [m.App(name=other, when=WHEN) for other in (f"{name}.x", f"x{name}", name[:-1], published(Platform.IOS))]
    clean = case_of(sv, report(tmp_path / "b", *near, android=android), bundled=True)
    assert (clean["verdict"], strengths(clean)) == ("no_known_traces", {})


def test_a_removed_app_and_a_running_one(sv: Sousveil, tmp_path: Path) -> None:
    name = published(Platform.ANDROID)
    for number, entry in enumerate(
        (
            m.Daily(app=name, when=WHEN.replace(second=0), version=0),
            m.UsageTotal(app=name, when=WHEN, interval="yearly"),
            m.Battery(when=WHEN, token="+job", app=name, rest="/.J"),
            m.Op(app=name, op="CAMERA", when=WHEN),
            m.Exit(app=name, when=WHEN),
        )
    ):
        found = case_of(sv, report(tmp_path / str(number), entry), bundled=True)
        assert found["verdict"] == "suspicious", entry


def test_a_link_in_a_section_and_bytes_beside_it(sv: Sousveil, tmp_path: Path) -> None:
    """What a section says is a lead and is not told twice; bytes of another member are found by the raw pass."""
    sql = m.DbOp(app="a.b", path="/data/x.db", sql=f"SELECT 'https://a.{LURE}/x'", when=WHEN)
    found = case_of(sv, report(tmp_path / "a", sql), scan=True)
    assert [(f["artefact"], f["strength"]) for f in found["findings"] if f["indicator"]] == [("android.dbinfo", "lead")]
    member = m.Member(path="/data/misc/logd/logcat", data=f"see https://b.{LURE}/".encode())
    (raw,) = case_of(sv, report(tmp_path / "b", member), scan=True)["findings"]
    assert (raw["artefact"], raw["source"]["file"], raw["strength"]) == ("scan", "/FS/data/misc/logd/logcat", "lead")


def power(name: str, **app: Any) -> list[Any]:
    return [
        m.App(name=name, when=WHEN, **app),
        m.Accessibility(component=f"{name}/.Service"),
        m.Listener(component=f"{name}/.Listener", changed=True),
        m.Admin(component=f"{name}/.Admin"),
    ]


def test_apps_with_power_over_the_phone(sv: Sousveil, tmp_path: Path) -> None:
    rule = "android-sideloaded-power"
    hidden = case_of(sv, report(tmp_path / "a", *power("a.hidden", installer=None)))
    assert strengths(hidden)[rule] == "lead" and hidden["verdict"] == "suspicious"
    control = case_of(sv, report(tmp_path / "b", *power("a.control")))  # from the store, in the open
    assert rule not in strengths(control) and control["verdict"] == "no_known_traces"
    system = case_of(sv, report(tmp_path / "c", *power("a.system", installer=None, system=True)))
    assert rule not in strengths(system)
    watch = [m.App(name="a.watch", when=WHEN, installer=None), m.Listener(component="a.watch/.L", changed=True)]
    one = case_of(sv, report(tmp_path / "d", *watch))
    assert (strengths(one)[rule], one["verdict"]) == ("weak", "no_known_traces")
    own = case_of(sv, report(tmp_path / "e", *power("a.own", installer=None, flags=("DEBUGGABLE",))))
    assert strengths(own)[rule] == "weak"


def test_a_developers_phone(sv: Sousveil, tmp_path: Path) -> None:
    """Unlocked, test keys, debugging, trusted computers: said, and never more than an open door."""
    entries = [
        m.AdbKey(owner="me@desk", when=WHEN, seed="1"),
        m.Setting(namespace="global", name="adb_enabled", value="1"),
    ]
    found = case_of(sv, report(tmp_path, *entries, user_build=False, android=11))
    assert found["verdict"] == "no_known_traces"
    assert {f["strength"] for f in found["findings"]} == {"weak"} and {f["shows"] for f in found["findings"]} == {
        "posture"
    }
    says = " ".join(f["says"] for f in found["findings"])
    for part in ("unlocked", "test keys", "built for debugging", "1 computer may control", "cable (adb)"):
        assert part in says
    assert "me@desk" not in says


def test_the_real_phone(sv: Sousveil, shared_data: Path) -> None:
    ran = sv.check(shared_data / REAL, bundled=True, scan=True, options=JSON)
    found = json.loads(ran.out)
    assert (found["verdict"], ran.code) == ("no_known_traces", 0)
    assert {(f["strength"], f["shows"]) for f in found["findings"]} == {("weak", "posture")}
    assert found["device"]["platform"] == "android"
    assert {c["outcome"] for c in found["coverage"]} == {"READ", "ABSENT_EXPECTED"}


@pytest.mark.parametrize("name", ["bugreport_aidldeadlock", "bugreport_deadlock", "bugreport_hybriddeadlock"])
def test_old_real_phones_give_posture_alone(sv: Sousveil, shared_data: Path, name: str) -> None:
    ran = sv.check(shared_data / "phones" / "android-bugreports" / f"{name}.txt", bundled=True, scan=True, options=JSON)
    found = json.loads(ran.out)
    assert (found["verdict"], ran.code) == ("no_known_traces", 3)
    assert {(f["strength"], f["shows"]) for f in found["findings"]} == {("weak", "posture")}


def test_words_are_about_android(sv: Sousveil, tmp_path: Path) -> None:
    path = report(tmp_path / "r")
    ran = sv.check(path, bundled=True, options=["--full", "--out", tmp_path / "case"])
    page = (tmp_path / "case" / "report.html").read_text()
    summary = (tmp_path / "case" / "summary.txt").read_text()
    for text in (ran.text, page, summary):
        assert "Android 13" in text
        for word in ("iOS", "Apple", "iTunes", "Finder", "encrypted backup", "Lockdown", "this backup"):
            assert word not in text, word
    assert "A bug report contains no messages" in ran.text and "made-up Android phones of ordinary people" in page


def test_both_systems_in_one_call(sv: Sousveil, tmp_path: Path, lured: Path) -> None:
    both = json.loads(sv.check(report(tmp_path), lured, options=JSON).out)["cases"]
    assert [(case["device"]["platform"], case["verdict"]) for case in both] == [
        ("android", "no_known_traces"),
        ("ios", "suspicious"),
    ]


def limited() -> None:
    """The parent too gets no more than 1 GiB."""
    resource.setrlimit(resource.RLIMIT_AS, (1 << 31, 1 << 31))


def nested(data: bytes, levels: int) -> bytes:
    for level in range(levels):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"bugreport-{level}.zip" if level else "bugreport-x.txt", data)
        data = buffer.getvalue()
    return data


def _cut(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


def _endless_line(whole: bytes) -> bytes:
    return whole[:600] + b"x" * (20 << 20)


def _borders(whole: bytes) -> bytes:
    return whole[:600] + b"------ A (b) ------\n" * 200_000


def _services(whole: bytes) -> bytes:
    return whole[:600] + (b"-" * 79 + b"\nDUMP OF SERVICE package:\nPackages:\n  Package [a.b] (1):\n") * 60_000


def _wrong_encoding(whole: bytes) -> bytes:
    return whole.decode().encode("utf-16-le")[: 1 << 20] + whole + b"\xff\x00\xfe" * 100_000


def _brackets(whole: bytes) -> bytes:
    body = b"DUMP OF SERVICE accessibility:\nEnabled services:{" + b"{" * (1 << 20) + b"a.b/c" * 100_000
    return whole[:600] + b"-" * 79 + b"\n" + body + b"\n"


def _quotes(whole: bytes) -> bytes:
    line = b'        0: [2024-05-14 01:02:03.004] x took 0ms - succeeded, sql="'
    return whole[:600] + b"-" * 79 + b"\nDUMP OF SERVICE dbinfo:\n" + (line + b"a" * 500 + b"\n") * 20_000


TEXTS: list[Callable[[bytes], bytes]] = [
    _cut,
    _endless_line,
    _borders,
    _services,
    _wrong_encoding,
    _brackets,
    _quotes,
]


@pytest.mark.parametrize("spoil", TEXTS, ids=lambda spoil: spoil.__name__.strip("_"))
def test_hostile_texts(sv: Sousveil, tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "bugreport-x.txt"
    path.write_bytes(spoil(dumpstate.text(populate(Android(android=13)))))
    ran = sv.check(path, scan=True, options=JSON, before=limited)
    assert ran.code in (2, 3) and "internal" not in ran.err.lower(), ran.err
    if ran.out:
        case = json.loads(ran.out)
        assert case.get("verdict") in ("no_known_traces", "not_examinable", None)


@pytest.mark.parametrize("form", ["bomb", "nested", "truncated", "noise", "names"])
def test_hostile_archives(sv: Sousveil, tmp_path: Path, form: str) -> None:
    text = dumpstate.text(populate(Android(android=13)))
    path = tmp_path / "bugreport-x.zip"
    if form == "bomb":
        path.write_bytes(nested(bytes(300 << 20), 1))
    elif form == "nested":
        path.write_bytes(nested(text, 12))
    elif form == "truncated":
        path.write_bytes(nested(text, 2)[:-5000])
    elif form == "noise":
        path.write_bytes(b"PK\x03\x04" + bytes(range(256)) * 1000)
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("bugreport-x.txt", text)
            for name in (
                "../../etc/passwd",
                "/etc/shadow",
                "C:\\x",
                "a\x1b[31m\u202e",
                "FS/data/tombstones/tombstone_00",
            ):
                archive.writestr(name, b"x")
    ran = sv.check(path, scan=True, options=["--out", tmp_path / "case"], before=limited)
    assert ran.code == (2 if form in ("bomb", "nested", "noise") else 3), ran.err
    assert sorted(entry.name for entry in tmp_path.iterdir()) in (
        ["bugreport-x.zip", "case", "home"],
        ["bugreport-x.zip", "home"],
    )
