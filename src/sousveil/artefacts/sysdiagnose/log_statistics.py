"""Which programs filled the system logs (logdata.statistics): names of programs, weeks older than the logs that are left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.artefacts.sysdiagnose._common import MAX_LINE, process_name, seconds
from sousveil.kinds import FilePath, Integer, Label, ProcessName, Role, UnixTime
from sousveil.patterns import lazy_pattern
from sousveil.readers.dumpstate import text_rows
from sousveil.readers.model import Outcome, PartReading
from sousveil.readers.plists import Row
from sousveil.records import Record
from sousveil.texts import t


class LogShare(Record):
    """One program of one record: it had written this much of a log when that was closed."""

    path: FilePath
    process: ProcessName | None
    size: Integer | None
    """Bytes that the program wrote."""
    what: Label | None
    """`File Rotate`, `Memory Rollover`, or `logd quarantine` for a program whose messages were held back."""
    log: Label | None
    """The log file that was closed."""
    at: UnixTime | None


_BEGIN = "--- !logd"
_PROCESS = lazy_pattern(r"\s*- \[ *(\d{1,19}), *[\d.,]{1,8}, (.{1,2000}) \]\Z")
_FACT = lazy_pattern(r"\s*(type|file|time) *: (.{1,1000})\Z")


def parse(lines: Iterator[tuple[int, str]], context: Context) -> Iterator[Row]:
    """The programs of each record of a text, or of one JSON object a line."""
    facts: dict[str, Any] = {}
    damaged = 0
    for number, line in lines:
        if line.startswith("{"):
            try:
                yield from _of_json(msgspec.json.decode(line), number)
            except (msgspec.DecodeError, RecursionError):
                damaged += 1
            continue
        line = line[:MAX_LINE].rstrip()
        if line.startswith(_BEGIN):
            facts = {}
        elif fact := _FACT.match(line):
            facts[fact[1]] = fact[2]
        elif process := _PROCESS.match(line):
            moment = seconds(facts.get("time", ""))
            at = None if moment is None else round(moment)
            yield _row(process[2], int(process[1]), facts.get("type"), facts.get("file"), at, number)
    if damaged:
        detail = t("error.sysdiagnose.json_lines", n=damaged)
        context.log.add(PartReading(name="JSON", outcome=Outcome.UNSUPPORTED, undecoded=damaged, detail=detail))


def _of_json(record: object, number: int) -> Iterator[Row]:
    if not isinstance(record, Mapping):
        return
    kind = record.get("type") or record.get("record")
    listed = record.get("processList")
    rows = (
        listed
        if isinstance(listed, list)
        else [{"process": record.get("client"), "sizeBytes": record.get("sizeBytes")}]
    )
    for row in rows:
        if isinstance(row, Mapping) and isinstance(row.get("process"), str) and row["process"]:
            yield _row(row["process"], row.get("sizeBytes"), kind, record.get("file"), record.get("unixTime"), number)


def _row(path: str, size: object, kind: object, file: object, at: object, line: int) -> Row:
    values = {
        "path": path[:2000],
        "process": process_name(path),
        "size": size if isinstance(size, int) and 0 <= size < 1 << 63 else None,
        "what": kind[:100] if isinstance(kind, str) else None,
        "log": file[:1000] if isinstance(file, str) else None,
        "at": at if isinstance(at, int) and 0 <= at < 1 << 40 else None,
    }
    return Row(values, line=line)


ARTEFACT = Artefact(
    name="sysdiagnose.log_statistics",
    title="Programs that filled the system logs",
    needs={"main": (At.sysdiagnose("*/logdata.statistics.*.txt"), At.sysdiagnose("*/logdata.statistics.*.jsonl"))},
    record=LogShare,
    role=Role.RAN,
    read=text_rows(parse),
    events=(Event(at="at", says="program had written to the system log", shows="process"),),
    expected=Expected(optional="not every version of iOS writes it", guide="sysdiagnose"),
    seen=(
        Seen(
            versions="iOS 15 to 18",
            basis="layout from published listings of the log daemon, and from published lines of a real phone of 2025",
            verified=True,
        ),
    ),
    means="A program of a published name or path shows that it ran before the time of the record.",
)
