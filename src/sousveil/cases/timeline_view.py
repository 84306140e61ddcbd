"""`sousveil timeline`: the timeline of a case, sorted by time, as a table, CSV or JSON lines for Timesketch."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, TextIO

from sousveil import display
from sousveil.cases.database import connect
from sousveil.cases.folder import CaseFiles
from sousveil.errors import Usage
from sousveil.kinds import defang, visible
from sousveil.texts import t

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""First characters that make a spreadsheet read a cell as a formula."""
RANGE = 200_000
"""Rows sorted at once: the instants are sorted first, then the rows range after range, so that memory stays flat."""
_HEAD = ("time", "artefact", "event", "summary", "source", "event_id")


def cell(text: str) -> str:
    """A value that a spreadsheet shows and never computes; control and bidi characters are made visible."""
    return visible(("'" + text) if text.startswith(FORMULA) else text, limit=4000)


def moment(text: str | None, *, end: bool = False) -> datetime | None:
    """A date or time given by a person, in UTC. `end`: a bare date means its last microsecond. Raises Usage."""
    if text is None:
        return None
    try:
        when = datetime.fromisoformat(text.strip())
        when = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
        return when + timedelta(days=1, microseconds=-1) if end and len(text.strip()) <= 10 else when
    except (ValueError, OverflowError):
        raise Usage(t("error.common.date", text=visible(text, 40)), hint=t("error.timeline_view.write_t")) from None


def show_timeline(
    case: Path,
    out: TextIO,
    *,
    form: Literal["table", "csv", "jsonl"] = "table",
    grep: str | None = None,
    since: str | None = None,
    until: str | None = None,
    identity: Path | None = None,
) -> int:
    """Write the timeline of the case folder to `out`, oldest first, and return the number of rows.

    `grep` keeps rows whose artefact, summary or source contains the text, whatever its case. `identity` opens
    an encrypted case. Raises Usage, Malformed, and as `CaseFiles`."""
    start, end = moment(since), moment(until, end=True)
    asked = {"since": _micros(start), "until": _micros(end), "grep": grep or None}
    rows = 0
    with connect(CaseFiles(case, identity), "timeline") as database:
        write: _Table | _Csv | _Jsonl = _FORMS[form](out)
        instants = (
            f"SELECT epoch_us(time) AS micros, row_number() OVER (ORDER BY time) AS place FROM timeline WHERE {_ASKED}"
        )
        database.execute(
            f"SELECT DISTINCT micros FROM ({instants}) WHERE (place - 1) % {RANGE} = 0 ORDER BY micros", asked
        )
        begins = [micros for (micros,) in database.fetchall()]
        for low, high in pairwise([*begins, None]):
            database.execute(
                f"""
                SELECT epoch_us(time), artefact, event, summary, source, event_id FROM timeline
                WHERE {_ASKED} AND time >= make_timestamptz($low) AND ($high IS NULL OR time < make_timestamptz($high))
                ORDER BY time, event_id, summary
                """,
                {**asked, "low": low, "high": high},
            )
            while some := database.fetchmany(10_000):
                for micros, *rest in some:
                    write.row(_EPOCH + timedelta(microseconds=micros), *rest)
                rows += len(some)
    return rows


_ASKED = """
    ($since IS NULL OR time >= make_timestamptz($since)) AND ($until IS NULL OR time <= make_timestamptz($until))
    AND ($grep IS NULL OR contains(lower(artefact), lower($grep)) OR contains(lower(summary), lower($grep))
         OR contains(lower(source), lower($grep)))
"""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _micros(when: datetime | None) -> int | None:
    return None if when is None else (when - _EPOCH) // timedelta(microseconds=1)


def _iso(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"


class _Table:
    def __init__(self, out: TextIO) -> None:
        self._out = out

    def row(self, time: datetime, artefact: str, event: str, summary: str, source: str, event_id: str) -> None:
        place = defang(source) if "://" in source else visible(source)
        line = f"{time:%Y-%m-%d %H:%M:%S}  {display.padded(visible(artefact, 40), 24)} {defang(summary)}  ({place})"
        self._out.write(line + "\n")


class _Csv:
    def __init__(self, out: TextIO) -> None:
        self._writer = csv.writer(out, lineterminator="\n")
        self._writer.writerow(_HEAD)

    def row(self, time: datetime, *rest: str) -> None:
        self._writer.writerow([_iso(time), *map(cell, rest)])


class _Jsonl:
    def __init__(self, out: TextIO) -> None:
        self._out = out

    def row(self, time: datetime, artefact: str, event: str, summary: str, source: str, event_id: str) -> None:
        made: dict[str, Any] = {
            "message": visible(summary, 4000),
            "datetime": time.strftime("%Y-%m-%dT%H:%M:%S.%f") + "+00:00",
            "timestamp": _micros(time),
            "timestamp_desc": event,
            "data_type": f"sousveil:{artefact}",
            "source": visible(source, 4000),
            "event_id": event_id,
        }
        self._out.write(json.dumps(made, ensure_ascii=True) + "\n")


_FORMS: dict[str, type[_Table] | type[_Csv] | type[_Jsonl]] = {"table": _Table, "csv": _Csv, "jsonl": _Jsonl}
