"""`sousveil timeline`: the timeline of a case, sorted by time, as a table, CSV or JSON lines for Timesketch.

Memory stays flat: the instants are sorted first, then the rows are fetched range after range.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TextIO

os.environ.setdefault("POLARS_MAX_THREADS", "2")  # must be set before polars is imported: each holds memory of its own
import polars as pl

from sousveil import display
from sousveil.cases.folder import CaseFiles
from sousveil.errors import Malformed, Usage
from sousveil.kinds import defang, visible

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""First characters that make a spreadsheet read a cell as a formula."""
RANGE = 200_000
"""Rows fetched at once."""
_HEAD = ("at", "artefact", "event", "summary", "source", "event_id")


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
        raise Usage(
            f"{visible(text, 40)!r} is not a date.", hint="Write it as 2026-03-31 or 2026-03-31T14:00."
        ) from None


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

    `grep` keeps rows whose artefact, summary or source holds the text, whatever its case. `identity` opens
    an encrypted case. Raises Usage, Malformed, and as `CaseFiles`."""
    keep = _filter(grep, moment(since), moment(until, end=True))
    try:
        rows = 0
        write: _Table | _Csv | _Jsonl = _FORMS[form](out)
        with CaseFiles(case, identity).local("timeline.parquet") as path:
            for frame in _ranges(path, keep):
                for row in frame.iter_rows():
                    write.row(*row)
                rows += frame.height
        return rows
    except pl.exceptions.PolarsError as error:
        raise Malformed(
            f"timeline.parquet cannot be read: {str(error).splitlines()[0][:200]}.",
            hint="The file is damaged or is not a timeline; run the check again.",
        ) from error


def _filter(grep: str | None, since: datetime | None, until: datetime | None) -> pl.Expr:
    keep = pl.lit(True)
    if since is not None:
        keep = keep & (pl.col("at") >= since)
    if until is not None:
        keep = keep & (pl.col("at") <= until)
    if grep:
        wanted = grep.casefold()
        words = [
            pl.col(c).str.to_lowercase().str.contains(wanted, literal=True) for c in ("artefact", "summary", "source")
        ]
        keep = keep & pl.any_horizontal(words)
    return keep


def _ranges(path: Path, keep: pl.Expr) -> Iterator[pl.DataFrame]:
    """The rows that pass, in order, in pieces."""
    scan = pl.scan_parquet(path).filter(keep)
    instants = scan.select("at").collect(engine="streaming")["at"].sort()
    pivots = sorted({instants[i] for i in range(RANGE, instants.len(), RANGE)})
    del instants
    low: datetime | None = None
    for high in [*pivots, None]:
        piece = scan
        if low is not None:
            piece = piece.filter(pl.col("at") >= low)
        if high is not None:
            piece = piece.filter(pl.col("at") < high)
        yield piece.select(_HEAD).sort("at", "event_id", "summary").collect()
        low = high


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"


class _Table:
    def __init__(self, out: TextIO) -> None:
        self._out = out

    def row(self, at: datetime, artefact: str, event: str, summary: str, source: str, event_id: str) -> None:
        place = defang(source) if "://" in source else visible(source)
        line = f"{at:%Y-%m-%d %H:%M:%S}  {display.padded(visible(artefact, 40), 24)} {defang(summary)}  ({place})"
        self._out.write(line + "\n")


class _Csv:
    def __init__(self, out: TextIO) -> None:
        self._writer = csv.writer(out, lineterminator="\n")
        self._writer.writerow(_HEAD)

    def row(self, at: datetime, *rest: str) -> None:
        self._writer.writerow([_iso(at), *map(cell, rest)])


class _Jsonl:
    def __init__(self, out: TextIO) -> None:
        self._out = out

    def row(self, at: datetime, artefact: str, event: str, summary: str, source: str, event_id: str) -> None:
        made: dict[str, Any] = {
            "message": visible(summary, 4000),
            "datetime": at.strftime("%Y-%m-%dT%H:%M:%S.%f") + "+00:00",
            "timestamp": (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1),
            "timestamp_desc": event,
            "data_type": f"sousveil:{artefact}",
            "source": visible(source, 4000),
            "event_id": event_id,
        }
        self._out.write(json.dumps(made, ensure_ascii=True) + "\n")


_FORMS: dict[str, type[_Table] | type[_Csv] | type[_Jsonl]] = {"table": _Table, "csv": _Csv, "jsonl": _Jsonl}
