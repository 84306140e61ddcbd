"""Rules over crashes, images and traffic of a sysdiagnose."""

from __future__ import annotations

from typing import Any

import pytest

from sousveil.acquisition.model import Device
from sousveil.artefacts.model import discover
from sousveil.findings.judge import finding_from_hit
from sousveil.findings.model import Strength
from sousveil.findings.rules import (
    datausage_large_upload,
    extraction_crash,
    message_crashes,
    shutdown_log_emptied,
    staged_program,
    tcc_path_client,
)
from sousveil.findings.rules.model import Hit, Kept, Rule, discover_rules
from sousveil.records import Source

EVERY = (
    datausage_large_upload,
    extraction_crash,
    message_crashes,
    shutdown_log_emptied,
    staged_program,
    tcc_path_client,
)
MINUTE = 60_000_000
PHONE = Device(platform="ios", acquisition="sysdiagnose", product_version="17.5")


def found(rule: Rule, device: Device = PHONE, **parts: list[dict[str, Any]]) -> list[Hit]:
    """The hits of rows that pass through `keep`, as in a run."""
    kept: dict[str, list[Kept]] = {}
    for part, reads in rule.reads.items():
        rows = [{name: row.get(name) for name in reads.columns} for row in parts.get(part, [])]
        columns = {name: [row[name] for row in rows] for name in reads.columns}
        kept[part] = [
            Kept(
                artefact=reads.artefact,
                source=Source(file="/top/" + part, row=at),
                row=rows[at],
            )
            for at in reads.keep(columns)
        ]
    return list(rule.find(kept, device))


def strength(rule: Rule, hit: Hit) -> Strength:
    return finding_from_hit(rule, hit).strength


@pytest.mark.parametrize("module", EVERY)
def test_rules_fit_their_artefacts_and_say_what_is_innocent(module: Any) -> None:
    rule: Rule = module.RULE
    assert discover_rules()[rule.name] is rule
    assert rule.innocent and rule.basis
    for reads in rule.reads.values():
        assert set(reads.columns) <= set(discover()[reads.artefact].kinds)
        assert list(reads.keep({name: [None, None] for name in reads.columns})) == []
    assert found(rule) == []


# ---- the extraction tool


def test_the_queue_is_a_lead_with_the_program_and_without() -> None:
    rule = extraction_crash.RULE
    rows: list[dict[str, Any]] = [
        {"process": "mnm", "queues": "com.apple.main-thread, com.cellebrite.bruteforce", "at": 5},
        {"process": "other", "queues": "com.cellebrite.bruteforce", "at": 6},
        {"process": "mnm", "queues": "com.apple.main-thread"},
        {"process": "mnm", "queues": "com.cellebrite.bruteforce.example"},
        {"process": "mnm"},
    ]
    assert [(hit.rows[0].source.row, hit.at, strength(rule, hit)) for hit in found(rule, reports=rows)] == [
        (0, 5, Strength.LEAD),
        (1, 6, Strength.LEAD),
    ]


# ---- folders for temporary files


@pytest.mark.parametrize(
    "path",
    [
        "/private/var/db/com.apple.xpc.roleaccountd.staging/subridged",
        "/var/db/com.apple.xpc.roleaccountd.staging/x/y",
        "/private/var/tmp/UserEventAgent",
        "/private/tmp/x",
        "/tmp/l/x",
        "/var/tmp/x",
    ],
)
def test_a_program_in_a_folder_for_temporary_files(path: str) -> None:
    (hit,) = found(staged_program.RULE, images=[{"path": path, "image": "A"}])
    assert hit.says == f"A program or library ran from a folder for temporary files: {path.removeprefix('/private')}"
    assert strength(staged_program.RULE, hit) is Strength.LEAD


@pytest.mark.parametrize(
    "path",
    [
        "/private/var/db/com.apple.xpc.roleaccountd.staging/exec/16777220.42.xpc/Contents/x",
        "/private/var/db/com.apple.xpc.roleaccountd.staging/",
        "/private/var/db/uuidtext/x",
        "/private/var/tmp/",
        "/private/var/tmpfiles/x",
        "/private/var/mobile/tmp/x",
        "/private/var/logs/keybagd.log.0",
        "/usr/libexec/tmp/x",
        "var/tmp/x",
        "",
    ],
)
def test_other_places_are_passed_over(path: str) -> None:
    assert found(staged_program.RULE, images=[{"path": path}], crashes=[{"path": path}]) == []


@pytest.mark.parametrize("part", sorted(staged_program.RULE.reads.keys() - {"processes"}))
def test_every_list_of_paths_counts(part: str) -> None:
    (hit,) = found(staged_program.RULE, **{part: [{"path": "/private/var/tmp/x"}]})
    assert hit.rows[0].artefact == staged_program.RULE.reads[part].artefact


def test_one_path_is_one_finding_with_its_first_time() -> None:
    (hit,) = found(
        staged_program.RULE,
        images=[{"path": "/private/var/tmp/x", "image": "A"}],
        crashes=[{"path": "/var/tmp/x", "at": 9}],
        listed=[{"path": "/private/var/tmp/x", "listed_at": 7}, {"path": "/usr/lib/dyld", "listed_at": 1}],
    )
    assert (hit.at, [row.artefact for row in hit.rows]) == (
        7,
        ["sysdiagnose.log_images", "sysdiagnose.crashes", "sysdiagnose.crash_processes"],
    )


def test_processes_of_the_log_are_found_by_the_uuid_of_their_program() -> None:
    (hit,) = found(
        staged_program.RULE,
        images=[{"path": "/private/var/tmp/x", "image": "A"}, {"path": "/usr/libexec/y", "image": "B"}],
        processes=[
            {"image": "A", "pid": 5, "uid": 0, "first": 3, "last": 9},
            {"image": "B", "pid": 6, "uid": 0, "first": 1, "last": 2},
            {"pid": 7, "uid": 0, "first": 1, "last": 2},
        ],
    )
    assert hit.at == 3
    assert [dict(row.row) for row in hit.rows] == [
        {"path": "/private/var/tmp/x", "image": "A"},
        {"image": "A", "pid": 5, "uid": 0, "first": 3, "last": 9},
    ]


# ---- crashes of programs that receive messages


def crashes(*rows: tuple[str, int]) -> list[dict[str, Any]]:
    """(program, minute) of each."""
    return [{"process": process, "kind": "crash", "at": 10_000 * MINUTE + minute * MINUTE} for process, minute in rows]


HOMED, DOOR = "homed", "MessagesBlastDoorService"
TWO_STAGES = ((HOMED, 0), (HOMED, 10), (DOOR, 130), (DOOR, 131))


def test_two_bursts_in_order_need_confirmation() -> None:
    (hit,) = found(message_crashes.RULE, crashes=crashes(*reversed(TWO_STAGES)))
    assert (hit.at, len(hit.rows), strength(message_crashes.RULE, hit)) == (10_000 * MINUTE, 4, Strength.LEAD)
    assert hit.says == "Programs that receive messages crashed in the order of a published attack."


@pytest.mark.parametrize(
    "rows",
    [
        ((HOMED, 0), (HOMED, 10), (DOOR, 131), (DOOR, 132)),  # later than two hours
        ((HOMED, 0), (HOMED, 11), (DOOR, 60), (DOOR, 61)),  # no burst
        ((HOMED, 0), (HOMED, 1), (DOOR, 60), (DOOR, 71)),
        ((DOOR, 0), (DOOR, 1), (HOMED, 60), (HOMED, 61)),  # the other way round
        ((HOMED, 0), (HOMED, 0), (DOOR, 60), (DOOR, 60)),  # one crash each, reported twice
        ((HOMED, 0), (DOOR, 1)),
        ((HOMED, 0), (HOMED, 1), (HOMED, 2)),  # one program alone
        ((HOMED, 0), ("imagent", 5), ("fmfd", 11)),
        (("Example", 0), ("Other", 1), ("imagent", 2), ("fmfd", 3)),
    ],
)
def test_crashes_that_are_no_sign(rows: tuple[tuple[str, int], ...]) -> None:
    assert found(message_crashes.RULE, crashes=crashes(*rows)) == []


def test_a_cluster_of_several_programs_is_weak() -> None:
    rows = crashes(("imagent", 0), ("imagent", 5), ("fmfd", 10), ("fmfd", 40))
    (hit,) = found(message_crashes.RULE, crashes=rows)
    assert (hit.says, len(hit.rows)) == ("3 programs that receive messages crashed within ten minutes.", 3)
    assert strength(message_crashes.RULE, hit) is Strength.WEAK
    for row in rows:
        row["kind"] = "processor use"
    assert found(message_crashes.RULE, crashes=rows) == []


# ---- traffic and permissions


def test_gigabytes_of_mobile_data_in_the_power_log() -> None:
    rule = datausage_large_upload.RULE
    rows: list[dict[str, Any]] = [
        {"process": "evil", "cell_out": 1_200_000_000, "start": 9},
        {"process": "evil", "cell_out": 900_000_000, "start": 4},
        {"process": "evil", "cell_out": 999_999, "start": 1},  # too small to be kept
        {"process": "cloudd", "cell_out": 3_000_000_000},
        {"process": "app", "bundle": "org.example", "cell_out": 9_000_000_000},
        {"process": "less", "cell_out": 1_999_999_999},
    ]
    evil, system = found(rule, power=rows)
    assert (evil.says, evil.at, strength(rule, evil)) == (
        "A program without a bundle id sent 2.1 GB over mobile data.",
        4,
        Strength.LEAD,
    )
    assert [row.source.row for row in evil.rows] == [0, 1]
    assert (system.rows[0].row["process"], strength(rule, system)) == ("cloudd", Strength.WEAK)


def test_a_permission_for_a_path_in_the_copied_database() -> None:
    (hit,) = found(
        tcc_path_client.RULE,
        copied=[{"path": "/private/var/tmp/x", "last_modified": 7}, {"service": "kTCCServiceCamera"}],
    )
    assert (hit.at, hit.rows[0].artefact) == (7, "sysdiagnose.tcc")


HOUR, DAY = 60 * MINUTE, 24 * 60 * MINUTE
STATISTICS = [{"at": None}, {"at": 1}, {"at": 2}]


def boots(count: int) -> list[dict[str, Any]]:
    """Starts, one a day, each in two records."""
    return [{"boot": f"b{n}", "started": n * DAY} for n in range(count)] * 2 + [{"boot": "x", "started": None}]


def ends(*times: int | None) -> list[dict[str, Any]]:
    """Entries of the shutdown log."""
    made: list[dict[str, Any]] = [{"entry": "client", "ended": 5 * DAY}]
    return made + [{"entry": "end", "ended": time} for time in times]


def panics(*times: int | None) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = [{"kind": "crash", "at": n * DAY} for n in range(9)]
    return made + [{"kind": "panic", "at": time} for time in times]


@pytest.mark.parametrize(
    ("count", "parts", "missing"),
    [
        (5, {"statistics": STATISTICS}, [1, 2, 3, 4]),
        (5, {}, []),
        (5, {"statistics": STATISTICS[:1]}, []),
        (3, {"statistics": STATISTICS}, []),
        (4, {"statistics": STATISTICS}, [1, 2, 3]),
        # The first entry ends the gap, whatever is missing later.
        (9, {"ends": ends(4 * DAY + HOUR)}, [1, 2, 3, 4]),
        (9, {"ends": ends(4 * DAY + HOUR, 6 * DAY + HOUR)}, [1, 2, 3, 4]),
        (9, {"ends": ends(4 * DAY)}, [1, 2, 3]),
        (9, {"ends": ends(5 * DAY, 8 * DAY + HOUR)}, [1, 2, 3, 4]),
        # A panic is no restart; its report comes within an hour of the start.
        (6, {"statistics": STATISTICS, "panics": panics(None, 2 * DAY + HOUR, 9 * DAY)}, [1, 3, 4, 5]),
        (6, {"statistics": STATISTICS, "panics": panics(2 * DAY + HOUR + 1)}, [1, 2, 3, 4, 5]),
        (6, {"statistics": STATISTICS, "panics": panics(2 * DAY - HOUR, 4 * DAY)}, [1, 3, 5]),
        # An entry of unknown time may belong to the first of them.
        (6, {"ends": ends(None)}, [2, 3, 4, 5]),
        (6, {"ends": ends(None, None, 5 * DAY + HOUR)}, [3, 4, 5]),
        (6, {"ends": ends(None, None, None)}, []),
    ],
)
def test_restarts_that_the_shutdown_log_lacks(count: int, parts: dict[str, Any], missing: list[int]) -> None:
    hits = found(shutdown_log_emptied.RULE, boots=boots(count), **parts)
    assert [[row.row["boot"] for row in hit.rows] for hit in hits] == ([[f"b{n}" for n in missing]] if missing else [])
    assert [hit.at for hit in hits] == ([missing[-1] * DAY] if missing else [])


@pytest.mark.parametrize(("version", "kept"), [("18.7", 1), ("12.5.7", 1), ("19", 0), ("26.1", 0), (None, 0)])
def test_only_builds_that_keep_the_shutdown_log_are_asked(version: str | None, kept: int) -> None:
    device = Device(platform="ios", acquisition="sysdiagnose", product_version=version)
    assert len(found(shutdown_log_emptied.RULE, device, boots=boots(5), statistics=STATISTICS)) == kept
