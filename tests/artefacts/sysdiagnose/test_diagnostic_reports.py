"""Crashes and other diagnostic reports, and the processes that they list."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from archives import artefact, batches, rows, sysdiagnose

from phonegen.sysdiagnose import model, reports
from phonegen.sysdiagnose.model import Sysdiagnose
from sousveil.errors import Malformed
from sousveil.readers.ips import moment

WHEN = datetime(2024, 5, 20, 6, tzinfo=UTC)
AT = 1_716_184_800_000_000
IMAGE = "/private/var/tmp/inject.dylib"
CRASHES, LISTED = "sysdiagnose.crashes", "sysdiagnose.crash_processes"


def files(*entries: Any) -> dict[str, bytes | str]:
    phone = Sysdiagnose("17.5")
    phone.add(*entries)
    return {name: data for name, data in reports.files(phone) if ".ips" in name}


@pytest.mark.parametrize("kind", [309, 109])
def test_a_crash_with_its_program_and_queue(tmp_path: Path, kind: int) -> None:
    crash = model.Crash(name="mnm", when=WHEN, kind=kind, pid=77, bundle="org.example.app", queue="com.example.queue")
    (row,) = rows(CRASHES, sysdiagnose(tmp_path, files(crash)))
    expected = {
        "kind": "crash",
        "bug_type": str(kind),
        "process": "mnm",
        "path": "/usr/libexec/mnm",
        "bundle": "org.example.app",
        "pid": 77,
        "parent": "launchd",
        "coalition": "org.example.app",
        "at": AT,
        "launched": AT,
        "system": "iPhone OS 17.5 (21F79)",
        "exception": "EXC_BAD_ACCESS SIGSEGV" if kind == 309 else "EXC_CRASH (SIGABRT)",
        "queues": "com.example.queue",
    }
    if kind == 309:
        end = {"flags": 0, "code": 11, "namespace": "SIGNAL", "indicator": "Segmentation fault: 11"}
        expected |= {"uid": 501, "termination": json.dumps(end, separators=(",", ":"))}
    assert row == expected


@pytest.mark.parametrize("kind", [309, 109])
def test_only_images_outside_the_systems_folders_are_listed(tmp_path: Path, kind: int) -> None:
    images = (
        "/usr/lib/dyld",
        "/System/Library/Frameworks/A.framework/A",
        "/private/var/containers/Bundle/Application/U/A.app/A",
        "/var/containers/Bundle/Application/U/A.app/A",
        IMAGE,
        "/usr/libexec/odd",
    )
    found = rows(LISTED, sysdiagnose(tmp_path, files(model.Crash(name="a", when=WHEN, kind=kind, images=images))))
    assert [(row["listed"], row["path"], row["listed_at"], row["bug_type"]) for row in found] == [
        ("image", IMAGE, AT, str(kind)),
        ("image", "/usr/libexec/odd", AT, str(kind)),
    ]


@pytest.mark.parametrize(
    ("kind", "name", "more"),
    [
        (298, "memory", {"states": "daemon, idle", "pages": 900}),
        (288, "hang", {}),
        (151, "hang", {}),
        (210, "panic", {}),
    ],
)
def test_a_list_of_all_processes_with_the_reports_time(
    tmp_path: Path, kind: int, name: str, more: dict[str, Any]
) -> None:
    archive = sysdiagnose(tmp_path, files(model.Inventory(when=WHEN, names=("launchd", "bh"), kind=kind)))
    found = rows(LISTED, archive)
    image = [row.pop("image", None) for row in found]
    assert (image[0] is not None) == (kind == 298)
    assert found == [
        {"listed": "process", "process": process, "pid": pid, "listed_at": AT, "bug_type": str(kind), **more}
        for process, pid in (("launchd", 200), ("bh", 201))
    ]
    (report,) = rows(CRASHES, archive)
    assert (report["kind"], report["at"]) == (name, AT)
    assert report.get("detail") == ('panic(cpu 0 caller 0xfffffff0): "example"' if kind == 210 else None)


@pytest.mark.parametrize(("kind", "name"), [(202, "processor use"), (142, "processor use"), (145, "disk use")])
def test_a_report_on_resources(tmp_path: Path, kind: int, name: str) -> None:
    archive = sysdiagnose(tmp_path, files(model.Crash(name="bh", when=WHEN, kind=kind, pid=5)))
    (row,) = rows(CRASHES, archive)
    assert (row["kind"], row["process"], row["pid"], row["path"], row["at"], row["parent"]) == (
        name,
        "bh",
        5,
        "/usr/libexec/bh",
        AT,
        "launchd",
    )
    assert rows(LISTED, archive) == [
        {
            "listed": "process",
            "process": "bh",
            "path": "/usr/libexec/bh",
            "pid": 5,
            "listed_at": AT,
            "bug_type": str(kind),
        }
    ]


@pytest.mark.parametrize(
    ("kind", "verified"),
    [(109, True), (309, True), (202, True), (298, True), (288, True), (151, True), (210, False), (385, False)],
)
def test_which_kinds_of_reports_are_verified(tmp_path: Path, kind: int, verified: bool) -> None:
    listed = kind in (298, 288, 151, 210)
    entry = (
        model.Inventory(when=WHEN, names=("a",), kind=kind) if listed else model.Crash(name="a", when=WHEN, kind=kind)
    )
    for name in (CRASHES, LISTED):
        found, errors = batches(name, sysdiagnose(tmp_path, files(entry)))
        assert errors == []
        assert {artefact(name).verified(batch.source(0)) for batch in found} <= {verified}
        assert {batch.table for batch in found} <= {f"bug type {kind}"}
        assert found or name == LISTED


def test_a_cut_report_keeps_what_it_states_and_says_so(tmp_path: Path) -> None:
    (name, whole), *_ = files(model.Inventory(when=WHEN, names=("launchd", "bh", "late"))).items()
    assert isinstance(whole, bytes)
    archive = sysdiagnose(tmp_path, {name: whole[: whole.index(b'"late"')]})
    found, errors = batches(LISTED, archive)
    assert [batch.column("process") for batch in found] == [["launchd", "bh"]]
    assert [type(error) for error in errors] == [Malformed]
    found, errors = batches(CRASHES, archive)
    assert [batch.row(0)["process"] for batch in found] == ["launchd"]  # the largest process
    assert [type(error) for error in errors] == [Malformed]


def test_measurements_give_their_head_only(tmp_path: Path) -> None:
    archive = sysdiagnose(tmp_path, files(model.Analytics(when=WHEN)))
    (row,) = rows(CRASHES, archive)
    assert (row["kind"], row["bug_type"], row.get("process")) == ("other", "211", None)
    assert rows(LISTED, archive) == []


def test_a_companion_of_a_mac_is_no_report(tmp_path: Path) -> None:
    (name, data), *_ = files(model.Crash(name="a", when=WHEN)).items()
    archive = sysdiagnose(tmp_path, {name: data, name.replace("/", "/._"): b"\0\5\x16\7", name + ".synced": data})
    assert len(rows(CRASHES, archive)) == 2


def test_a_text_that_lists_nothing(tmp_path: Path) -> None:
    head = json.dumps({"bug_type": "145"}) + "\n"
    archive = sysdiagnose(tmp_path, {"a.ips": head, "b.ips": head + "no such line\nPath: /a\n"})
    assert rows(LISTED, archive) == []
    assert rows(CRASHES, archive) == [
        {"kind": "disk use", "bug_type": "145"},
        {"kind": "disk use", "bug_type": "145", "path": "/a"},
    ]


def test_half_a_character_becomes_its_number(tmp_path: Path) -> None:
    body = '{"procName": "a\\ud800", "termination": {"b\\udfff": "\\ud83d\\ude00"}, "processes": [{"name": "\\udc00"}]}'
    archive = sysdiagnose(tmp_path, {"a.ips": '{"bug_type": "309"}\n' + body})
    found, errors = batches(CRASHES, archive)
    (row,) = (batch.row(0) for batch in found)
    assert (row["process"], [type(error) for error in errors]) == ("a\\ud800", [Malformed])
    found, _ = batches(LISTED, archive)
    assert [batch.column("process") for batch in found] == [["\\udc00"]]


def test_foreign_types_are_left_out(tmp_path: Path) -> None:
    body = {
        "procName": 7,
        "pid": "x",
        "userID": [],
        "asi": {"a": ["said", 4], "b": 1},
        "exception": [],
        "bundleInfo": 3,
        "processes": [{"name": {"a": 1}}, {"name": "/private/var/tmp/x", "pid": 1 << 70, "states": 4}],
        "usedImages": [{"path": 5}, {}],
        "threads": [{"queue": 1}, {"queue": "q"}, {"queue": "q"}],
    }
    data = json.dumps({"bug_type": 309, "timestamp": 5, "name": ["a"]}) + "\n" + json.dumps(body)
    archive = sysdiagnose(tmp_path, {"crashes_and_spins/a.ips": data})
    assert rows(CRASHES, archive) == [{"kind": "crash", "bug_type": "309", "queues": "q", "detail": "said"}]
    assert rows(LISTED, archive) == [
        {"listed": "process", "process": "/private/var/tmp/x", "path": "/private/var/tmp/x", "bug_type": "309"}
    ]


def test_real_reports(tmp_path: Path, shared_data: Path) -> None:
    source = shared_data / "phones/ios-ips"
    if not source.is_dir():
        pytest.skip("shared data has no reports")
    content: dict[str, bytes | str] = {
        "crashes_and_spins/" + path.name: path.read_bytes() for path in sorted(source.glob("user_mode*.ips"))
    }
    old, new = rows(CRASHES, sysdiagnose(tmp_path, content))
    seconds = moment("2022-01-21 18:14:25.9296 +0200")
    assert seconds is not None
    assert old == {
        "kind": "crash",
        "bug_type": "109",
        "process": "kaki",
        "path": "/private/var/containers/Bundle/Application/C6BE6763-DE45-469A-9E94-385A1A425C02/kaki.app/kaki",
        "bundle": "cyber.bitim.kaki2",
        "pid": 12225,
        "parent": "launchd",
        "coalition": "cyber.bitim.kaki2",
        "at": round(seconds * 1e6),
        "launched": 1_642_781_665_864_300,
        "system": "iPhone OS 14.5.1 (18E212)",
        "exception": "EXC_CRASH (SIGABRT)",
        "queues": "com.apple.main-thread",
        "first_party": 0,
    }
    assert (new["process"], new["path"], new["pid"], new["responsible"]) == ("sleep", "/bin/sleep", 10277, "iTerm2")
    assert rows(LISTED, sysdiagnose(tmp_path, content)) == []
