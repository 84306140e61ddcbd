"""Records of every trace source against the list of what the generator planted: the same rows, at the same instants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from phonegen.android import Android, containers
from phonegen.android import model as m
from phonegen.android.background import populate
from sousveil.artefacts.model import discover
from tests.artefacts.android.acquired import rows
from tests.truth import android_table as table

DATE = table.DATE.replace(microsecond=0)
ZONES = {10: "Asia/Kathmandu", 13: "America/St_Johns", 15: "Pacific/Auckland"}


def micros(moment: datetime | None, *, seconds: bool = False) -> int | None:
    """A planted moment as records give it: microseconds, to the millisecond or the second that the text prints."""
    return None if moment is None else m.ms(moment) // (1000 if seconds else 1) * (1_000_000 if seconds else 1000)


def at(row: dict[str, Any], *names: str) -> int | None:
    """The first of the instants that a row has."""
    return next((row[name] for name in names if row.get(name) is not None), None)


def made(version: int) -> Android:
    """A phone with ordinary content and every trace of its version."""
    phone = populate(Android(version, seed=3, date=DATE, zone=ZONES.get(version, "Europe/Berlin")), apps=8)
    pools = {kind: iter(values) for kind, values in table.pools().items()}
    for trace in table.TRACES:
        if trace.first <= version:
            trace.put(phone, next(pools[trace.kind]))
    return phone


Rows = Counter[tuple[Any, ...]]


def _packages(phone: Android, found: list[dict[str, Any]]) -> tuple[Rows, Rows]:
    dumped = [row for row in found if row.get("code_path")]
    return (
        Counter(
            (
                row["package"],
                row["app_id"],
                row["version_code"],
                row.get("installer"),
                row["first_installed"],
                row["updated"],
            )
            for row in dumped
        ),
        Counter(
            (
                app.name,
                app.uid,
                app.code,
                app.installer,
                micros(app.when, seconds=True),
                micros(app.updated or app.when, seconds=True),
            )
            for app in phone.of(m.App)
        ),
    )


def _appops(phone: Android, found: list[dict[str, Any]]) -> tuple[Rows, Rows]:
    return (
        Counter(
            (row["package"], row["operation"], row["at"], row.get("rejected", 0))
            for row in found
            if not row.get("running") and row.get("at")
        ),
        Counter(
            (op.app, op.op, micros(op.when), int(op.reject))
            for op in phone.of(m.Op)
            if op.when is not None and not op.discrete
        ),
    )


def _usage(phone: Android, found: list[dict[str, Any]]) -> tuple[Rows, Rows]:
    return (
        Counter((row["package"], row["event"], row["at_utc"]) for row in found if "at_utc" in row),
        Counter(
            [(one.app, one.kind, micros(one.when)) for one in phone.of(m.Usage)]
            + [(one.app, "total", micros(one.when)) for one in phone.of(m.UsageTotal)]
        ),
    )


def _battery(phone: Android, found: list[dict[str, Any]]) -> tuple[Rows, Rows]:
    return (
        Counter((row["event"], row["package"], at(row, "at_utc", "at")) for row in found if row.get("package")),
        Counter((one.token, one.app, micros(one.when)) for one in phone.of(m.Battery) if one.app),
    )


def _daily(phone: Android, found: list[dict[str, Any]]) -> tuple[Rows, Rows]:
    return (
        Counter((row["package"], row["version_code"], row["removed"], row["day_from"]) for row in found),
        Counter(
            (one.app, one.version, int(one.version == 0), micros(one.when, seconds=True)) for one in phone.of(m.Daily)
        ),
    )


def _tombstones(phone: Android, found: list[dict[str, Any]]) -> tuple[Rows, Rows]:
    whole = phone.android >= 12
    return (
        Counter({(row["process"], row["uid"], row["at"] // 1000): 1 for row in found}),
        Counter(
            {
                (one.process, one.uid, (micros(one.when, seconds=not whole) or 0) // 1000): 1
                for one in phone.of(m.Tombstone)
            }
        ),
    )


def _exits(phone: Android, found: list[dict[str, Any]]) -> tuple[Rows, Rows]:
    return (
        Counter((row["package"], row["pid"], row["at"]) for row in found),
        Counter((one.app, one.pid, micros(one.when)) for one in phone.of(m.Exit)),
    )


def _statements(phone: Android, found: list[dict[str, Any]]) -> tuple[Rows, Rows]:
    return (
        Counter((row["process"], row["path"], row["sql"], row["at"]) for row in found if row.get("sql")),
        Counter((one.app, one.path, one.sql, micros(one.when)) for one in phone.of(m.DbOp)),
    )


def _drops(phone: Android, found: list[dict[str, Any]]) -> tuple[Rows, Rows]:
    return (
        Counter((row["tag"], row["at"]) for row in found),
        Counter((one.tag, micros(one.when, seconds=True)) for one in phone.of(m.Drop)),
    )


def _starts(phone: Android, found: list[dict[str, Any]]) -> tuple[Rows, Rows]:
    return (
        Counter((row["package"], row["at"]) for row in found if row["event"] == "am_proc_start"),
        Counter((one.text.split(",")[3], micros(one.when)) for one in phone.of(m.Log) if one.tag == "am_proc_start"),
    )


def _computers(phone: Android, found: list[dict[str, Any]]) -> tuple[Rows, Rows]:
    return (
        Counter((row["fingerprint"], row["computer"]) for row in found if row["place"] == "user_keys"),
        Counter((key.fingerprint, key.owner) for key in phone.of(m.AdbKey)),
    )


def _connections(phone: Android, found: list[dict[str, Any]]) -> tuple[Rows, Rows]:
    """Binary XML (Android 12 and later) loses the times on its way through a text."""
    return (
        Counter((row["fingerprint"], row["last_connection"]) for row in found if row.get("last_connection")),
        Counter((key.fingerprint, micros(key.when)) for key in phone.of(m.AdbKey) if phone.android < 12),
    )


def _restarts(phone: Android, found: list[dict[str, Any]]) -> tuple[Rows, Rows]:
    return (
        Counter((row.get("package"), row["at"]) for row in found),
        Counter((one.package or None, micros(one.when)) for one in phone.of(m.Shutdown)),
    )


def _listeners(phone: Android, found: list[dict[str, Any]]) -> tuple[Rows, Rows]:
    return (
        Counter(dict.fromkeys(((row["package"],) for row in found), 1)),
        Counter(dict.fromkeys(((one.component.partition("/")[0],) for one in phone.of(m.Listener)), 1)),
    )


COMPARED: tuple[tuple[str, int, Callable[[Android, list[dict[str, Any]]], tuple[Rows, Rows]]], ...] = (
    ("packages", 5, _packages),
    ("appops", 5, _appops),
    ("usage", 5, _usage),
    ("battery", 5, _battery),
    ("battery_daily", 5, _daily),
    ("tombstones", 5, _tombstones),
    ("exit_info", 11, _exits),
    ("dbinfo", 5, _statements),
    ("dropbox", 5, _drops),
    ("log_events", 5, _starts),
    ("adb", 10, _computers),
    ("adb", 10, _connections),
    ("shutdowns", 13, _restarts),
    ("notification_listeners", 5, _listeners),
)


@pytest.mark.parametrize(
    "version",
    [v if v in (8, 13) else pytest.param(v, marks=pytest.mark.full) for v in (5, 8, 9, 10, 11, 12, 13, 14, 15)],
)
def test_records_are_what_was_planted(version: int, tmp_path: Path) -> None:
    phone = made(version)
    phone.add(m.AdbKey(owner="a@one", when=table.WHEN), m.AdbKey(owner="b@two", when=DATE + timedelta(hours=4)))
    path = containers.write(phone, "zip", tmp_path)
    wrong = {}
    for name, first, compare in COMPARED:
        if version >= first:
            got, wanted = compare(phone, rows(discover()[f"android.{name}"], path))
            assert wanted or name == "adb"
            if got != wanted:
                wrong[f"{name} {compare.__name__}"] = {
                    "missing": list(wanted - got)[:4],
                    "more": list(got - wanted)[:4],
                }
    assert wrong == {}
