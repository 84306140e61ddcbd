"""SQLite databases as batches of columns.

A `Layout` says which table a trace lies in and which expression gives which field; the first layout whose required columns
all exist is used. The database is opened through `sousveil.acquisition.evidence_db`: committed rows of the WAL are seen, the
evidence is never written. Views, virtual tables and triggers are never trusted: a layout's tables must be real tables.

Rows come in batches. What was read before an error is kept: the error is raised after it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain as chained
from itertools import islice
from typing import TYPE_CHECKING, Any

import apsw
import msgspec

from sousveil.acquisition.evidence_db import EvidenceDatabase, as_error, open_database
from sousveil.acquisition.model import FileGroup
from sousveil.errors import LimitExceeded, Malformed, SousveilError, Unsupported
from sousveil.readers.model import Context, Described, Outcome, PartReading, Reader
from sousveil.readers.sqlite_batch import Column, make_batch
from sousveil.readers.sqlite_constants import compared, constants
from sousveil.readers.sqlite_layout import DeclaredPart, Layout, Part, exists, fits, key, named, quote, real_tables
from sousveil.readers.work import Constant, Work
from sousveil.records import Batch, Whole
from sousveil.texts import data, several, t

if TYPE_CHECKING:
    from sousveil.readers import pages

__all__ = [
    "Column",
    "Layout",
    "Part",
    "amended",
    "chain",
    "fits",
    "make_batch",
    "parts_of",
    "quote",
    "real_tables",
    "sqlite",
]

ROWS = 2048
"""Rows of a batch: twice as many no longer lie in the processor's cache, half as many cost more calls than they save."""
SECONDS_PER_BATCH = 60.0
"""A query that gives no batch for so long is taken for hostile."""
_STEPS = 200_000  # virtual machine steps between two looks at the clock


def sqlite(
    *layouts: Layout,
    role: str = "main",
    rowid: bool = True,
    also: Sequence[Layout] = (),
    part: str = "",
    required: bool = True,
) -> Reader:
    """A reader for one part of the database given as `role`: the first layout that fits. `rowid` False where the table has
    none.

    `part` names the part (by default like its first layout). With `required` False the table may be absent. Each of `also`
    is a further part that may be absent, read in the same opening. An error in one part does not keep the others from being
    read.
    """
    parts = (
        _Part(part or layouts[0].name, required, layouts),
        *(_Part(layout.name, False, (layout,)) for layout in also),
    )
    return _Sqlite(parts, role, rowid)


def chain(*readers: Reader, some: bool = False) -> Reader:
    """Several readers one after another over the same files; an error of one does not keep the next from reading.

    Raises one error at the end: the first that is no Unsupported, else the first. With `some`, Unsupported where each part may
    be absent and all of them are.
    """
    return _Chain(readers, some)


def amended(reader: Reader, amendment: Amendment) -> Reader:
    """A reader whose batches are amended by what `amendment` returns for the files of a task."""
    return _Amended(reader, amendment)


def parts_of(reader: Reader) -> tuple[DeclaredPart, ...]:
    """The parts that a reader declares; () for one that reads no database."""
    parts: tuple[DeclaredPart, ...] = getattr(reader, "parts", ())
    return parts


Amendment = Callable[[Mapping[str, FileGroup], Context], Callable[[Batch], None]]


class _Chain(msgspec.Struct, frozen=True):
    readers: tuple[Reader, ...]
    some: bool

    @property
    def parts(self) -> tuple[DeclaredPart, ...]:
        """See `parts_of`."""
        return tuple(part for reader in self.readers for part in parts_of(reader))

    def __call__(self, artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]:
        errors: list[SousveilError] = []
        for reader in self.readers:
            try:
                yield from reader(artefact, files, context)
            except SousveilError as error:
                errors.append(error)
        if self.some and not errors and all(part.outcome is Outcome.ABSENT_EXPECTED for part in context.log.parts):
            errors.append(Unsupported(t("error.sqlite.no_known_table"), hint=t(_REPORT)))
        _raise_gravest(errors)


class _Amended(msgspec.Struct, frozen=True):
    reader: Reader
    amendment: Amendment

    @property
    def parts(self) -> tuple[DeclaredPart, ...]:
        """See `parts_of`."""
        return parts_of(self.reader)

    def __call__(self, artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]:
        amend = self.amendment(files, context)
        for batch in self.reader(artefact, files, context):
            amend(batch)
            yield batch


def _raise_gravest(errors: Sequence[SousveilError]) -> None:
    """Raise the first error that is no Unsupported, else the first; nothing for none."""
    if errors:
        raise next((error for error in errors if not isinstance(error, Unsupported)), errors[0])


class _Part(msgspec.Struct, frozen=True):
    """A table of a database with its layouts."""

    name: str
    required: bool
    layouts: tuple[Layout, ...]

    def unread(self, layout: Layout | None, records: int, tables: Mapping[str, list[str]], has_rows: HasRows) -> str:
        """Why the part counts as not read; "" where it was read whole or may be absent."""
        if layout is not None:
            if not records and not layout.selective and has_rows(layout.table):
                return t("error.sqlite.table_rows_row", name=data(self.name), table=layout.table)
            # A later layout makes do with fewer tables: that is the whole part only where the others are not there.
            preferred = self.layouts[: self.layouts.index(layout)]
            joined = dict.fromkeys(table for one in preferred for table in one.aliases.values())
            passed_over = [table for table in joined if table not in layout.aliases.values() and has_rows(table)]
            if not passed_over:
                return ""
            return t("error.sqlite.known_layout_fits", name=data(self.name), passed_over=several(passed_over))
        driving = dict.fromkeys(one.table for one in self.layouts)
        if not self.required and not any(map(has_rows, driving)):
            return ""
        return t("error.sqlite.known_layout_fits_database", name=data(self.name), tables=len(tables))


HasRows = Callable[[str], bool]


class _Sqlite(msgspec.Struct, frozen=True):
    tables: tuple[_Part, ...]
    role: str
    rowid: bool

    @property
    def parts(self) -> tuple[DeclaredPart, ...]:
        """See `parts_of`."""
        return tuple(DeclaredPart(name=p.name, required=p.required, layouts=p.layouts) for p in self.tables)

    def __call__(self, artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]:
        group = files.get(self.role)
        if group is None:
            return
        with open_database(group) as database:
            clock = _Clock()
            try:
                database.connection.set_progress_handler(clock, _STEPS)
                tables = real_tables(database.connection)
            except apsw.Error as error:
                raise (clock.error() or as_error(error)) from error
            errors: list[SousveilError] = []
            for part in self.tables:
                layout = next((one for one in part.layouts if fits(one, tables)), None)
                records, failures = 0, list[SousveilError]()
                if layout is not None:
                    queries = _queries(artefact, layout, tables, context, group.where, self.rowid)
                    for batch in _answered(queries, database, clock, failures):
                        records += batch.count
                        yield batch
                outcome, detail = Outcome.READ, ""
                if failures:
                    outcome, detail = Outcome.FAILED, failures[0].message
                elif detail := part.unread(layout, records, tables, _rows_in(database, tables, clock)):
                    outcome = Outcome.UNSUPPORTED
                    failures.append(Unsupported(detail, hint=t(_REPORT)))
                elif layout is None:
                    outcome = Outcome.ABSENT_EXPECTED
                errors += failures
                context.log.add(PartReading(name=part.name, outcome=outcome, records=records, detail=detail))
            _raise_gravest(errors)


_REPORT = "error.sqlite.please_report_system"


def _answered(
    queries: list[_Query], database: EvidenceDatabase, clock: _Clock, failures: list[SousveilError]
) -> Iterator[Batch]:
    """The batches of the queries of one layout; what keeps rows from being read goes to `failures`."""
    clock.restart()
    from sousveil.readers import pages  # large, and not needed before a database is read

    left: dict[int, pages.Behind] = {}
    try:
        for number, answer in pages.answered(database, [query.asked() for query in queries], left):
            yield queries[number].packed(answer)
    except SousveilError as error:
        failures.append(error)
    for number, last in left.items():
        try:
            clock.restart()
            yield from _bounded(queries[number].run(database.connection, clock, last), database)
        except (apsw.Error, SousveilError) as error:
            failures.append(clock.error() or as_error(error))


def _rows_in(database: EvidenceDatabase, tables: Mapping[str, list[str]], clock: _Clock) -> HasRows:
    """Whether a table of the database exists and has rows; a table that cannot be read counts as one with rows."""

    def has_rows(table: str) -> bool:
        if table.lower() not in {name.lower() for name in tables}:
            return False
        try:
            clock.restart()
            return database.connection.execute(f"SELECT 1 FROM {quote(table)} LIMIT 1").fetchone() is not None
        except apsw.Error:
            return True

    return has_rows


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
            return LimitExceeded(t("error.sqlite.database_gave_row", seconds_per_batch=SECONDS_PER_BATCH))
        return None


def _queries(
    artefact: Described, layout: Layout, tables: Mapping[str, list[str]], context: Context, where: str, rowid: bool
) -> list[_Query]:
    """A layout's queries: one for each part, or one for all rows where nothing is asked of what the parts go without."""
    whole = _Query(artefact, layout, tables, context, where, rowid)
    spared = {alias.lower() for part in layout.parts for alias in part.without}
    if spared.isdisjoint(alias for e in whole.expressions for alias, _ in named(e.replace('"', ""))):
        return [whole]
    return [_Query(artefact, layout, tables, context, where, rowid, part) for part in layout.parts]


_ROW = 6
"""Bytes that a row takes at least: a cell of four and its pointer."""


def _bounded(batches: Iterator[Batch], database: EvidenceDatabase) -> Iterator[Batch]:
    """The batches of a query. Raises Malformed where they are more rows than the bytes of the database can hold."""
    files = [file for suffix in ("", "-wal") if (file := database.reader(suffix)) is not None]
    room = max(ROWS, sum(file.size for file in files) // _ROW)
    for batch in batches:
        room -= batch.count
        if room < 0:
            raise Malformed(t("error.sqlite.database_gives_more"))
        yield batch


class _Query:
    """One layout, or a part of it, over one database."""

    def __init__(
        self,
        artefact: Described,
        layout: Layout,
        tables: Mapping[str, list[str]],
        context: Context,
        where: str,
        rowid: bool,
        part: Part | None = None,
    ) -> None:
        self.artefact, self.layout, self.context, self.where = artefact, layout, context, where
        aliases = layout.aliases
        chosen = {f: e for f, e in {**layout.optional, **layout.columns}.items() if exists(e, aliases, tables)}
        if not context.full:
            chosen = {f: e for f, e in chosen.items() if f in context.wanted}
        extras = self._extras(tables, aliases, chosen) if context.full else []
        alias = next(iter(aliases))
        # What several names ask for is fetched once: `expressions` are the different ones, the first one is the row.
        self.expressions = [f"{quote(alias)}.rowid" if rowid else "NULL"]
        places = {key(self.expressions[0]): 0} if rowid else {}
        absent = {alias.lower() for alias in part.without} if part is not None else set()

        def place(expression: str) -> int:
            if absent and not absent.isdisjoint(alias for alias, _ in named(expression)):
                return _ABSENT
            found = places.setdefault(key(expression), len(self.expressions))
            if found == len(self.expressions):
                self.expressions.append(expression)
            return found

        self.work = {name: place(e) for name, e in (*chosen.items(), *layout.inputs.items())}
        self.extras = {name: place(f"{quote(a)}.{quote(c)}") for a, c, name in extras if a.lower() not in absent}
        self.part, self.rowid = part, rowid

    def _extras(
        self, tables: Mapping[str, list[str]], aliases: Mapping[str, str], chosen: Mapping[str, str]
    ) -> list[tuple[str, str, str]]:
        used = {name for e in (*chosen.values(), *self.layout.inputs.values()) for name in named(e)}
        used -= {name for e in self.layout.kept for name in named(e)}
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

    def sql(self, careful: bool, known: Mapping[int, object], more: Sequence[str] = (), later: str = "") -> str:
        """The query. Columns of `known` are not fetched; `more` are fetched after the others. `later`: only rows behind one
        whose id is bound."""
        expressions = [*(e for place, e in enumerate(self.expressions) if place not in known), *more]
        if careful:  # texts that are not UTF-8 come as bytes
            expressions = [f"CASE typeof({e}) WHEN 'text' THEN CAST({e} AS BLOB) ELSE {e} END" for e in expressions]
        tail = self.layout.clauses(self.part, f"{quote(later)}.rowid > ?" if later else "")
        return "SELECT " + ", ".join(expressions) + tail + " LIMIT -1 OFFSET ?"

    def asked(self) -> pages.Query:
        """The query as the reader of pages takes it."""
        from sousveil.readers import pages

        source, where = self.layout.asked(self.part)
        return pages.Query(source, where, self.expressions, plain=self.rowid and not self.layout.order)

    def packed(self, answer: pages.Answer) -> Batch:
        """A batch out of columns that are packed."""
        count = len(answer.ids)
        held = answer.columns
        work = Work({name: Constant(None) if at == _ABSENT else held[at] for name, at in self.work.items()}, count)
        for name, function in self.layout.decode.items():
            if name in work:
                work[name] = function(work[name])
        if self.layout.derive is not None:
            self.layout.derive(work, self.context)
        return make_batch(
            self.artefact,
            self.layout.name,
            self.where,
            work.settled(),
            count,
            table=self.layout.table,
            rows=Whole(data=answer.ids.tobytes()),
            extra={name: held[at] for name, at in self.extras.items() if at != _ABSENT},
        )

    def run(self, connection: apsw.Connection, clock: _Clock, last: pages.Behind) -> Iterator[Batch]:
        """All batches, or those behind the row `last`. A row with bad UTF-8, or too much text at once, makes the rest go the
        careful way."""
        done, careful, size = 0, False, ROWS
        while True:
            try:
                for batch in self._pass(connection, done, careful, size, clock, last):
                    done += batch.count
                    yield batch
                return
            except UnicodeDecodeError:
                if careful:
                    raise Malformed(t("error.sqlite.text_database_cannot")) from None
                careful = True
            except MemoryError:
                if size == 1:
                    raise LimitExceeded(t("error.sqlite.row_database_too")) from None
                size = 1 if size <= 64 else 64
                careful = True

    def _pass(
        self, connection: apsw.Connection, done: int, careful: bool, size: int, clock: _Clock, last: pages.Behind
    ) -> Iterator[Batch]:
        # Most columns of a wide table hold one value over thousands of rows. Those that do in one batch are not fetched any
        # more: SQLite compares them. Where the comparison fails, the batch is read again with every column.
        guesses = 0 if careful or self.layout.order else _GUESSES
        known: dict[int, Any] = {}
        candidates: dict[int, Any] | None = None
        while True:
            test, bound, right = compared(self.expressions, known) if known else ("", [], 0)
            sql = self.sql(careful, known, [test] if known else [], last[0] if last else "")
            cursor = connection.execute(sql, (*bound, *(last[1:] if last else ()), done))
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
                if known and not _all_are(right, fetched.pop()):
                    known = {}
                    break
                if count:
                    yield self._batch(fetched, count, careful, {**known, _ABSENT: None})
                    done += count
                if error is not None:
                    raise error
                if count < size:
                    return
                size = _fitting(fetched, count, size)
                if guesses and not known:
                    candidates = constants(fetched, candidates)
                    guesses = guesses - 1 if len(candidates) >= _WORTH else 0
                    if len(candidates) >= _WORTH:
                        known = candidates
                        break
            cursor.close()

    def _batch(self, fetched: list[Column], count: int, careful: bool, known: Mapping[int, Any]) -> Batch:
        """A batch out of the columns that were fetched; those of `known` hold that value in every row."""
        columns = iter(fetched)
        held = {place: next(columns) for place in range(len(self.expressions)) if place not in known}
        given = {0}

        def column(name: str, place: int) -> Column:
            if careful and not (name in self.layout.inputs or name in self.layout.decode):
                return _decoded(held[place])
            if place in given:  # a derivation may change a column in place
                return held[place].copy()
            given.add(place)
            return held[place]

        work: dict[str, Column] = {}
        filled: dict[str, Column] = {}
        for name, place in self.work.items():
            if place in known:
                work[name] = filled[name] = [known[place]] * count
            else:
                work[name] = column(name, place)
        extra = {name: column(name, place) for name, place in self.extras.items() if place not in known}
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
            rows=held[0] if set(map(type, held[0])) == {int} else None,
            extra=extra,
            same=still,
            extra_same={name: known[place] for name, place in self.extras.items() if place in known},
        )


_HEAVY = 4 << 20
"""Bytes of texts and blobs in one batch from which on the next is made shorter, so that long messages do not fill the memory."""


def _fitting(columns: Sequence[Sequence[Any]], count: int, size: int) -> int:
    """Rows for the next batch: by the weight of this one, of which some sixty rows are looked at."""
    step = max(1, count // 64)
    held = step * sum(len(v) for column in columns for v in column[::step] if type(v) is str or type(v) is bytes)
    return max(64, size * _HEAVY // held) if held > _HEAVY else size


_ABSENT = -1
"""The place of what a part goes without: it is in no row, and None."""
_GUESSES = 3
"""How often one query may be started anew with columns that are compared and not fetched."""
_WORTH = 4
"""Columns from which on that pays."""


def _all_are(value: int, column: Column) -> bool:
    """Whether every value is this integer, and none is a float or nothing."""
    return column.count(value) == len(column) and set(map(type, column)) <= {int}


def _decoded(column: Column) -> Column:
    """Bytes that stand for text, as text; what is not UTF-8 is shown as its escapes."""
    return [v.decode("utf-8", "backslashreplace") if type(v) is bytes else v for v in column]
