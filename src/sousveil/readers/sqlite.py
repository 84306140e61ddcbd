"""SQLite databases as batches of columns.

A `Layout` says which table a trace lies in and which expression gives which field; the first layout whose required columns
all exist is used. The database is opened through `sousveil.acquisition.evidence_db`: committed rows of the WAL are seen, the
evidence is never written. Views, virtual tables and triggers are never trusted: a layout's tables must be real tables.

Rows come in batches. What was read before an error is kept: the error is raised after it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain as chained
from itertools import islice
from typing import Any

import apsw

from sousveil.acquisition.evidence_db import as_error, open_database
from sousveil.acquisition.model import FileGroup
from sousveil.errors import LimitExceeded, Malformed, SousveilError, Unsupported
from sousveil.kinds import Kind, instants
from sousveil.readers.model import Context, Described, Reader
from sousveil.records import MAX_ROWS, Batch

Column = list[Any]
SECONDS_PER_BATCH = 60.0
"""A query that gives no batch for so long is taken for hostile."""
_STEPS = 200_000  # virtual machine steps between two looks at the clock
_NAME = re.compile(r"\b([A-Za-z_][A-Za-z0-9_]*)\.([A-Za-z_][A-Za-z0-9_]*)\b")
_ALIAS = re.compile(r"\b(?:FROM|JOIN)\s+([A-Za-z_][A-Za-z0-9_]*)(?:\s+AS\s+([A-Za-z_][A-Za-z0-9_]*))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One schema of a database.

    `source` is the FROM clause without the word FROM, the driving table first: `message LEFT JOIN handle ON ...`; aliases are
    written with AS. `columns` (field -> SQL expression with qualified names) must all exist; those of `optional` are None
    where a column is missing. `inputs` are fetched for `derive` and then dropped. `decode` maps a field to a function over
    its whole column; `derive` may then add or change columns (all of one length). `extra` names the tables whose other
    columns are kept as they are; `kept` names columns of theirs (`message.attributedBody`) that are kept as well although an
    input or an expression reads them. `where` is added to the query.
    """

    name: str
    source: str
    columns: Mapping[str, str]
    optional: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    decode: Mapping[str, Callable[[Column], Column]] = field(default_factory=dict)
    derive: Callable[[dict[str, Column], Context], None] | None = None
    extra: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    where: str = ""
    order: str = ""

    @property
    def table(self) -> str:
        """The driving table."""
        return self.source.split()[0]

    @property
    def aliases(self) -> dict[str, str]:
        """Alias -> table."""
        found = {}
        for table, alias in _ALIAS.findall("FROM " + self.source):
            found[alias or table] = table
        return found


def sqlite(*layouts: Layout, role: str = "main", rowid: bool = True, also: Sequence[Layout] = ()) -> Reader:
    """A reader for the database given as `role`: the first layout that fits. `rowid` False where the table has none.

    `also` are layouts of further tables of the same database: each that fits is read too, in the same opening; their absence
    is no error. An error in one table does not keep the others from being read.
    """
    return _Sqlite(layouts, role, rowid, tuple(also))


def chain(*readers: Reader) -> Reader:
    """Several readers one after another over the same files; an error of one does not keep the next from reading.

    Raises the first error at the end. A reader whose layouts do not fit is passed over if another one gave anything.
    """

    def read(artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]:
        errors: list[SousveilError] = []
        fitted = False
        for reader in readers:
            try:
                yield from reader(artefact, files, context)
                fitted = True
            except Unsupported as error:
                errors.append(error)
            except SousveilError as error:
                fitted = True
                errors.insert(0, error)
        if errors and not (fitted and isinstance(errors[0], Unsupported)):
            raise errors[0]

    return read


@dataclass(frozen=True, slots=True)
class _Sqlite:
    layouts: tuple[Layout, ...]
    role: str
    rowid: bool
    also: tuple[Layout, ...] = ()

    def __call__(self, artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]:
        group = files.get(self.role)
        if group is None:
            return
        with open_database(group) as database:
            clock = _Clock()
            failed: SousveilError | None = None
            try:
                database.connection.set_progress_handler(clock, _STEPS)
                tables = real_tables(database.connection)
            except apsw.Error as error:
                raise (clock.error() or as_error(error)) from error
            layout = next((one for one in self.layouts if fits(one, tables)), None)
            for one in ((layout,) if layout is not None else ()) + tuple(
                other for other in self.also if fits(other, tables)
            ):
                try:
                    clock.restart()
                    yield from _Query(artefact, one, tables, context, group.where, self.rowid).run(
                        database.connection, clock
                    )
                except (apsw.Error, SousveilError) as error:
                    failed = failed or clock.error() or as_error(error)
            if failed is not None:
                raise failed
            if layout is None:
                raise Unsupported(
                    f"no layout that we know fits this database ({len(tables)} tables).",
                    hint="Please report the system and app version, so that it can be added.",
                )


class _Clock:
    """Stops a query that gives nothing for too long."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self.until = time.monotonic() + SECONDS_PER_BATCH

    def __call__(self) -> bool:
        return time.monotonic() > self.until

    def error(self) -> SousveilError | None:
        if time.monotonic() > self.until:
            return LimitExceeded(f"the database gave no row for {SECONDS_PER_BATCH:.0f} seconds and was given up.")
        return None


def real_tables(connection: apsw.Connection) -> dict[str, list[str]]:
    """Table -> columns, real tables only (no views, no virtual tables)."""
    found: dict[str, list[str]] = {}
    names = [
        str(name)
        for name, sql in connection.execute("SELECT name, sql FROM sqlite_schema WHERE type='table' LIMIT 5000")
        if isinstance(name, str)
        and not (isinstance(sql, str) and sql.lstrip()[:14].upper().startswith("CREATE VIRTUAL"))
    ]
    for name in names:
        found[name] = [str(row[1]) for row in connection.execute(f"PRAGMA table_info({quote(name)})")]
    return found


def quote(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def _exists(expression: str, aliases: Mapping[str, str], tables: Mapping[str, list[str]]) -> bool:
    lower = {table.lower(): {c.lower() for c in columns} | {"rowid"} for table, columns in tables.items()}
    return all(
        column.lower() in lower.get(aliases.get(alias, alias).lower(), ())
        for alias, column in _NAME.findall(expression)
    )


def fits(layout: Layout, tables: Mapping[str, list[str]]) -> bool:
    """Whether every table and every required column of a layout exists."""
    aliases = layout.aliases
    have = {name.lower() for name in tables}
    if not all(table.lower() in have for table in aliases.values()):
        return False
    return all(
        _exists(e, aliases, tables)
        for e in (*layout.columns.values(), *layout.inputs.values(), layout.where, layout.source)
    )


class _Query:
    """One layout over one database."""

    def __init__(
        self,
        artefact: Described,
        layout: Layout,
        tables: Mapping[str, list[str]],
        context: Context,
        where: str,
        rowid: bool,
    ) -> None:
        self.artefact, self.layout, self.context, self.where = artefact, layout, context, where
        self.kinds = artefact.kinds
        aliases = layout.aliases
        chosen = {f: e for f, e in {**layout.optional, **layout.columns}.items() if _exists(e, aliases, tables)}
        if not context.full:
            chosen = {f: e for f, e in chosen.items() if f in context.wanted}
        self.fields = list(chosen)
        self.inputs = list(layout.inputs)
        self.extras = self._extras(tables, aliases, chosen) if context.full else []
        alias = next(iter(aliases))
        row = f"{quote(alias)}.rowid" if rowid else "NULL"
        self.expressions = [
            row,
            *chosen.values(),
            *layout.inputs.values(),
            *(f"{quote(a)}.{quote(c)}" for a, c, _ in self.extras),
        ]
        self.tail = f" FROM {layout.source}" + (f" WHERE {layout.where}" if layout.where else "")
        self.tail += f" ORDER BY {layout.order}" if layout.order else ""

    def _extras(
        self, tables: Mapping[str, list[str]], aliases: Mapping[str, str], chosen: Mapping[str, str]
    ) -> list[tuple[str, str, str]]:
        used = {
            (a.lower(), c.lower())
            for e in (*chosen.values(), *self.layout.inputs.values())
            for a, c in _NAME.findall(e)
        }
        used -= {(a.lower(), c.lower()) for e in self.layout.kept for a, c in _NAME.findall(e)}
        found: list[tuple[str, str, str]] = []
        names: set[str] = set()
        for alias in self.layout.extra:
            real = next((t for t in tables if t.lower() == aliases.get(alias, alias).lower()), None)
            for column in tables.get(real or "", []):
                if (alias.lower(), column.lower()) not in used:
                    name = column if column not in names else f"{alias}.{column}"
                    names.add(name)
                    found.append((alias, column, name))
        return found

    def sql(self, careful: bool, known: Mapping[int, object]) -> str:
        """The query. Columns of `known` are not fetched: one more column says whether each of them has its value."""
        if known:
            rest = [e for place, e in enumerate(self.expressions) if place not in known]
            return "SELECT " + ", ".join([*rest, _all_as(self.expressions, known)]) + self.tail + " LIMIT -1 OFFSET ?"
        expressions = self.expressions
        if careful:  # texts that are not UTF-8 come as bytes
            expressions = [f"CASE typeof({e}) WHEN 'text' THEN CAST({e} AS BLOB) ELSE {e} END" for e in expressions]
        return "SELECT " + ", ".join(expressions) + self.tail + " LIMIT -1 OFFSET ?"

    def run(self, connection: apsw.Connection, clock: _Clock) -> Iterator[Batch]:
        """All batches. A row with bad UTF-8, or too much text at once, makes the rest go the careful way."""
        done, careful, size = 0, False, MAX_ROWS
        while True:
            try:
                for batch in self._pass(connection, done, careful, size, clock):
                    done += batch.count
                    yield batch
                return
            except UnicodeDecodeError:
                if careful:
                    raise Malformed("a text of this database cannot be decoded.") from None
                careful = True
            except MemoryError:
                if size == 1:
                    raise LimitExceeded("one row of this database is too large to be read.") from None
                size = 1 if size <= 64 else 64
                careful = True

    def _pass(self, connection: apsw.Connection, done: int, careful: bool, size: int, clock: _Clock) -> Iterator[Batch]:
        # Most columns of a wide table hold one value over thousands of rows. Those that do in one batch are not fetched any
        # more: SQLite compares them. Where the comparison fails, the batch is read again with every column.
        guesses = 0 if careful or self.layout.order else _GUESSES
        known: dict[int, Any] = {}
        candidates: dict[int, Any] | None = None
        while True:
            values = [v for v in known.values() if v is not None]
            cursor = connection.execute(self.sql(careful, known), (*values, done))
            width = len(self.expressions) - len(known) + bool(known)
            while True:
                clock.restart()
                error: Exception | None = None
                cells: list[Any] = []
                try:
                    # Iteration in C, and each row is let go while it is still in the processor's cache.
                    cells.extend(chained.from_iterable(islice(cursor, size)))
                except (UnicodeDecodeError, apsw.Error, SousveilError) as raised:
                    error = raised  # list.extend keeps what came before the error
                count = len(cells) // width
                fetched = [cells[at::width] for at in range(width)]
                del cells
                if known and fetched.pop().count(1) != count:
                    known = {}
                    break
                if count:
                    yield self._batch(fetched, count, careful, known)
                    done += count
                if error is not None:
                    raise error
                if count < size:
                    return
                size = _fitting(fetched, count, size)
                if guesses and not known:
                    candidates = _constant(fetched, candidates)
                    guesses = guesses - 1 if len(candidates) >= _WORTH else 0
                    if len(candidates) >= _WORTH:
                        known = candidates
                        break
            cursor.close()

    def _batch(self, fetched: list[Column], count: int, careful: bool, known: Mapping[int, Any]) -> Batch:
        """A batch out of the columns that were fetched; those of `known` hold that value in every row."""
        names = ["", *self.fields, *self.inputs, *(n for _, _, n in self.extras)]
        first = 1 + len(self.fields) + len(self.inputs)
        columns = iter(fetched)
        rowids = next(columns)
        work: dict[str, Column] = {}
        filled: dict[str, Column] = {}
        extra: dict[str, Column] = {}
        same: dict[str, Any] = {}
        for place in range(1, len(names)):
            name = names[place]
            if place in known:
                if place < first:
                    work[name] = filled[name] = [known[place]] * count
                else:
                    extra.pop(name, None)
                    same[name] = known[place]
                continue
            column = next(columns)
            if careful:
                column = _decoded(column, binary=name in self.layout.inputs or name in self.layout.decode)
            if place < first:
                work[name] = column
            else:
                same.pop(name, None)
                extra[name] = column
        for name, function in self.layout.decode.items():
            if name in work:
                work[name] = function(work[name])
        if self.layout.derive is not None:
            self.layout.derive(work, self.context)
        # A derivation may have put another column there, or have changed this one.
        still = {n: c[0] for n, c in filled.items() if work.get(n) is c and c.count(c[0]) == len(c) == count}
        return make_batch(
            self.artefact,
            self.layout.name,
            self.where,
            work,
            count,
            table=self.layout.table,
            rows=rowids if set(map(type, rowids)) == {int} else None,
            extra=extra,
            same=still,
            extra_same=same,
        )


_HEAVY = 4 << 20
"""Bytes of texts and blobs in one batch from which on the next is made shorter, so that long messages do not fill the memory."""


def _fitting(columns: Sequence[Sequence[Any]], count: int, size: int) -> int:
    """Rows for the next batch: by the weight of this one, of which some sixty rows are looked at."""
    step = max(1, count // 64)
    held = step * sum(len(v) for column in columns for v in column[::step] if type(v) is str or type(v) is bytes)
    return max(64, size * _HEAVY // held) if held > _HEAVY else size


_GUESSES = 3
"""How often one query may be started anew with columns that are compared and not fetched."""
_WORTH = 4
"""Columns from which on that pays."""
_MOST = 400
_PER_SUM = 50


def _constant(columns: Sequence[Sequence[Any]], before: Mapping[int, Any] | None) -> dict[int, Any]:
    """Place -> value of the columns that hold one value of a kind that SQLite compares exactly (and held it `before`)."""
    found: dict[int, Any] = {}
    for place in range(1, len(columns)) if before is None else before:
        column = columns[place]
        value = column[0]
        if (
            (
                value is None
                or (type(value) is int and abs(value) < 1 << 40)
                or (type(value) is str and len(value) < 200)
            )
            and column[-1] == value
            and column.count(value) == len(column)
            and (before is None or before[place] == value)
            and len(set(map(type, column))) == 1
        ):
            found[place] = value
            if len(found) == _MOST:
                break
    return found


def _all_as(expressions: Sequence[str], known: Mapping[int, object]) -> str:
    """An expression that is 1 where every one of `known` has its value and type, else 0. Values are bound in their order.

    A plus takes away the affinity, so that nothing is converted for the comparison. 1 and 1.0 are equal all the same: a sum
    of numbers is an integer only where every one of them is.
    """
    tests: list[str] = []
    numbers: list[str] = []
    for place, value in known.items():
        expression = f"({expressions[place]})"
        if value is None:
            tests.append(f"{expression} IS NOT NULL")
        elif type(value) is int:
            tests.append(f"+{expression} IS NOT ?")
            numbers.append(expression)
        else:
            tests.append(f"+{expression} COLLATE BINARY IS NOT ?")
    for at in range(0, len(numbers), _PER_SUM):
        tests.append(f"typeof({'+'.join(numbers[at : at + _PER_SUM])}) IS NOT 'integer'")
    return "CASE " + " ".join(f"WHEN {test} THEN 0" for test in tests) + " ELSE 1 END"


def _decoded(column: Column, *, binary: bool) -> Column:
    """Bytes that stand for text, as text; what is not UTF-8 is shown as its escapes."""
    if binary:
        return column
    return [v.decode("utf-8", "backslashreplace") if type(v) is bytes else v for v in column]


def make_batch(
    artefact: Described,
    layout: str,
    where: str,
    work: Mapping[str, Column],
    count: int,
    *,
    table: str | None = None,
    rows: list[int] | None = None,
    lines: list[int] | None = None,
    extra: Mapping[str, Column] | None = None,
    same: Mapping[str, Any] | None = None,
    extra_same: Mapping[str, Any] | None = None,
) -> Batch:
    """A batch out of raw columns: instants converted, values of a wrong type moved to `extra`, equal columns folded.

    `work` may hold names that are no fields of the record (inputs of a derivation): they are dropped. `same` and
    `extra_same` name columns (of `work`, and further ones) that are known to hold this one value, which is no float.
    """
    kinds = artefact.kinds
    batch = Batch(
        artefact=artefact.name,
        layout=layout,
        file=where,
        count=count,
        table=table,
        rows=rows,
        lines=lines,
        columns={},
        extra={},
        same={},
        extra_same={},
    )
    for name, kind in kinds.items():
        column = work.get(name)
        if column is None:
            continue
        if same is not None and name in same:
            column = [same[name]]
        odd = None
        if kind.instant:
            column = instants(column, kind.epoch or 0)  # nothing but integers and None
        else:
            column, odd = conform(column, kind)
        _put(batch.columns, batch.same, name, column)
        if odd is not None:
            _put(batch.extra, batch.extra_same, name + " (as stored)", odd)
    for name, column in (extra or {}).items():
        _put(batch.extra, batch.extra_same, name, column)
    batch.extra_same.update((name, value) for name, value in (extra_same or {}).items() if value is not None)
    return batch


def _put(columns: dict[str, Column], same: dict[str, Any], name: str, column: Column) -> None:
    first = column[0] if column else None
    # Three looks spare most columns that vary the walk over all of it. 1 and 1.0 are equal and not the same: hence the types.
    if (
        column
        and column[-1] == first
        and column[len(column) // 2] == first
        and type(first) is not float
        and column.count(first) == len(column)
        and (first is None or len(set(map(type, column))) == 1)
    ):
        if first is not None:
            same[name] = first
    elif column:
        columns[name] = column


def conform(column: Column, kind: Kind) -> tuple[Column, Column | None]:
    """The column with only values of the kind's types, and the others as they were stored (None where all fit)."""
    types = set(map(type, column))
    types.discard(type(None))
    if types <= set(kind.types):
        return column, None
    fixed: Column = []
    odd: Column = []
    for value in column:
        if value is None or type(value) in kind.types:
            fixed.append(value)
            odd.append(None)
            continue
        good = _as(value, kind)
        fixed.append(good)
        odd.append(None if good is not None and type(value) is not bytes else value)
    return fixed, odd if any(v is not None for v in odd) else None


def _as(value: object, kind: Kind) -> object:
    """A value of another type as one of the kind's, or None."""
    if str in kind.types:
        return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)
    if int in kind.types and isinstance(value, float) and value.is_integer() and abs(value) < 2**62:
        return int(value)
    if int in kind.types and isinstance(value, str) and value.lstrip("-").isdecimal() and len(value) < 19:
        return int(value)
    return None
