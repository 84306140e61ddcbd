"""Statements that apps ran on their databases just before the report was made (dumpsys dbinfo)."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.artefacts.android._common import cut, package_of_process
from sousveil.artefacts.model import Artefact, At, Context, Event, Seen
from sousveil.kinds import BundleId, FilePath, Integer, Label, LocalTime, Role, Text
from sousveil.patterns import lazy_pattern
from sousveil.readers.dumpstate import SectionText, section_rows
from sousveil.readers.plists import Row
from sousveil.records import Record


class Statement(Record):
    """One statement, or the opening of a database."""

    process: BundleId | None
    pid: Integer | None
    path: FilePath | None
    kind: Label | None
    """Such as executeForCursorWindow, prepare, open."""
    sql: Text | None
    """The statement; it may hold what a person wrote."""
    at: LocalTime | None


MAX_SQL = 20_000
_PROCESS = lazy_pattern(r"\*\* Database info for pid (\d{1,9}) \[([^\]]{1,255})\] \*\*")
_POOL = lazy_pattern(r"Connection pool for (/.{0,1000}):\Z")
_OPERATION = lazy_pattern(
    r"\s+\d+: \[((?:\d{4}-)?\d\d-\d\d \d\d:\d\d:\d\d\.\d{3})\] (?:\[Pid:\(\d+\)\])?(\w{1,60}) took (.*)"
)
_PATH = lazy_pattern(r", path=(/.{0,1000})\Z")


def parse(text: SectionText, context: Context) -> Iterator[Row]:
    """One row an operation; a statement may go over several lines."""
    process: tuple[int, str] | None = None
    pool: str | None = None
    row: Row | None = None
    said: list[str] = []
    for number, line in text.lines():
        operation = _OPERATION.match(line)
        named, pooled = _PROCESS.match(line), _POOL.match(line)
        if row is not None and (
            operation or named or pooled or not line.strip() or (line.startswith("  ") and '"' not in line)
        ):
            yield _finished(row, said)
            row = None
        if named:
            process, pool = (int(named[1]), named[2]), None
        elif pooled:
            pool = pooled[1]
        elif operation:
            stamp = operation[1]
            at = text.clock.utc(stamp) if len(stamp) > 18 else text.without_year(stamp)
            values = {"path": pool, "kind": operation[2], "at": at}
            if process:
                values |= {"pid": process[0], "process": package_of_process(process[1]) or process[1]}
            row, said = Row(values, line=number), [operation[3]]
        elif row is not None and sum(map(len, said)) < MAX_SQL:
            said.append(line)
    if row is not None:
        yield _finished(row, said)


def _finished(row: Row, said: list[str]) -> Row:
    text = "\n".join(said)
    if path := _PATH.search(text):
        row["path"] = path[1]
        text = text[: path.start()]
    _, mark, sql = text.partition('sql="')
    if mark:
        row["sql"] = cut(sql.removesuffix('"'), MAX_SQL)
    return row


ARTEFACT = Artefact(
    name="android.dbinfo",
    title="Recent statements on databases",
    needs={"main": (At.section("dbinfo"),)},
    record=Statement,
    role=Role.RAN,
    read=section_rows(parse),
    events=(Event(at="at", says="an app used its database", shows="process"),),
    seen=(Seen(versions="Android 10", basis="seen on a real phone", verified=True),),
    means="The name of a published app shows that it ran. A link in a statement was stored or looked up by the app.",
)
