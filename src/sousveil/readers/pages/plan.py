"""What of a layout's query can be answered without SQLite: plain columns of a table, of tables joined to it by row id, and
simple conditions. Anything else has no plan."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import apsw
import msgspec
import numpy as np

from sousveil.patterns import lazy_pattern
from sousveil.readers.gather import Ints
from sousveil.readers.pages.cells import Cells
from sousveil.readers.pages.tree import Pages, Table, Unusual
from sousveil.readers.sqlite_layout import quote

MAX_COLUMNS = 1000
MAX_LISTED = 2_000_000
"""Row ids of a subquery at most."""
ROWID = -1
"""The place of the row id among the columns."""

_WORD = r'(?:"(?:[^"]|"")+"|[A-Za-z_][A-Za-z0-9_]*)'
_COLUMN = lazy_pattern(rf"\+?({_WORD})\.({_WORD})\Z")
_JOINED = lazy_pattern(
    rf"\s*({_WORD})(?:\s+AS\s+({_WORD}))?\s+ON\s+({_WORD})\.({_WORD})\s*=\s*({_WORD})\.({_WORD})\s*\Z", re.IGNORECASE
)
_DRIVING = lazy_pattern(rf"\s*({_WORD})(?:\s+AS\s+({_WORD}))?\s*\Z", re.IGNORECASE)
_IS_NULL = lazy_pattern(rf"(\+?{_WORD}\.{_WORD})\s+IS\s+(NOT\s+)?NULL\Z", re.IGNORECASE)
_TYPEOF = lazy_pattern(rf"typeof\(({_WORD}\.{_WORD})\)\s*(=|<>)\s*'null'\Z", re.IGNORECASE)
_EITHER = lazy_pattern(rf"ifnull\(({_WORD}\.{_WORD}), ({_WORD}\.{_WORD})\)\Z", re.IGNORECASE)
_NOT_IN = lazy_pattern(rf"({_WORD}\.{_WORD})\s+NOT\s+IN\s+\((SELECT\s[^()]+)\)\Z", re.IGNORECASE)

Place = tuple[str, int]
"""A column: the alias of its table in lower case, and its place there or `ROWID`."""


class Source(msgspec.Struct):
    """A table of a query."""

    alias: str
    table: Table
    places: dict[str, int]
    """Place of each column by its name in lower case."""
    width: int
    real: frozenset[int]
    """Columns whose whole numbers are floats."""
    filled: frozenset[int]
    """Columns that have a value in rows that were written before the column was there."""

    def place(self, name: str) -> int | None:
        """The place of a column."""
        found = self.places.get(name)
        return ROWID if found is None and name == "rowid" else found


class Join(msgspec.Struct):
    """A table joined to one before: each of its rows that fits, or nothing where there is none."""

    source: Source
    by: Place
    """The column of the table before."""
    to: int = ROWID
    """The column that is equal to it: the row id, or one that several rows may have."""
    inner: bool = False
    """Whether rows for which there is none are left out."""


class Test(msgspec.Struct):
    """A condition on rows."""

    how: str
    """`null`, `held`, `outside` (the column's value is none of `ids`), `and`, `or`."""
    column: Place = ("", ROWID)
    ids: Any = None
    parts: tuple[Test, ...] = ()

    def places(self) -> set[Place]:
        """The columns that it looks at."""
        return {self.column} if not self.parts else {place for part in self.parts for place in part.places()}

    def of(self, cell: Callable[[Place], Cells | None], ids: Ints) -> Any:
        """For which rows it holds. `ids` are those of the driving table, `cell` gives the values of other columns."""
        if self.parts:
            found = [part.of(cell, ids) for part in self.parts]
            return np.all(found, axis=0) if self.how == "and" else np.any(found, axis=0)
        if self.how == "outside":
            place = np.searchsorted(self.ids, ids)
            return self.ids[np.minimum(place, len(self.ids) - 1)] != ids if len(self.ids) else np.ones(len(ids), bool)
        held = cell(self.column)
        nulls = np.ones(len(ids), dtype=bool) if held is None else held.nulls()
        if nulls is None:
            nulls = np.zeros(len(ids), dtype=bool)
        return nulls if self.how == "null" else ~nulls


class Plan(msgspec.Struct):
    """How a query is answered."""

    driving: Source
    joins: list[Join]
    test: Test | None
    columns: list[Place | tuple[Place, Place] | None]
    """What is fetched; None: nothing (NULL); two places: the first that holds something."""
    shown: str = ""
    """The table whose row ids are those of the answer."""
    late: bool = False
    """Whether the condition is one on rows of joined tables."""
    needed: dict[str, set[int]] = msgspec.field(default_factory=dict)
    """By alias, the columns that are looked at."""


def plan(connection: apsw.Connection, pages: Pages, source: str, where: str, expressions: Sequence[str]) -> Plan:
    """The plan of a query. Raises Unusual where there is none."""
    head, *rest = re.split(r"\s(?:LEFT\s+)?JOIN\s", source, flags=re.IGNORECASE)
    kinds = re.findall(r"\s(LEFT\s+)?JOIN\s", source, flags=re.IGNORECASE)
    if not (found := _DRIVING.match(head)):
        raise Unusual("another kind of query")
    driving = _source(connection, pages, found[1], found[2])
    sources, joins = {driving.alias: driving}, list[Join]()
    for left, text in zip(kinds, rest, strict=True):
        join = _join(connection, pages, text, sources)
        if not left:
            if joins or join.to == ROWID or join.by != (driving.alias, ROWID):
                raise Unusual("another kind of join")
            # Of two tables that must both have a row, the one that names the other's rows is walked.
            join = Join(driving, (join.source.alias, join.to), inner=True)
            sources[join.by[0]] = driving = _source(connection, pages, *_named(text))
            joins.append(join)
            continue
        if join.source.alias in sources:
            raise Unusual("two tables of one name")
        sources[join.source.alias] = join.source
        joins.append(join)
    test = _test(connection, where, sources, driving.alias) if where else None
    columns = [None if e == "NULL" else _value(e, sources) for e in expressions]
    made = Plan(driving, joins, test, columns, shown=_name(found[2] or found[1]).lower())
    looked = {join.by for join in joins} | {(join.source.alias, join.to) for join in joins}
    if test is not None:
        looked |= test.places()
        made.late = any(alias not in (driving.alias, "") for alias, _ in test.places())
    for place in columns:
        looked |= {place} if place is not None and isinstance(place[0], str) else set(place or ())
    for alias, at in looked:
        if at != ROWID:
            made.needed.setdefault(alias, set()).add(at)
    return made


def _value(expression: str, sources: Mapping[str, Source]) -> Place | tuple[Place, Place]:
    if found := _EITHER.match(expression):
        return _column(found[1], sources), _column(found[2], sources)
    return _column(expression, sources)


def _named(text: str) -> tuple[str, str | None]:
    """Table and alias of a join."""
    found = _JOINED.match(text)
    assert found is not None
    return found[1], found[2]


def _name(word: str) -> str:
    return word[1:-1].replace('""', '"') if word[:1] == '"' else word


def _column(expression: str, sources: Mapping[str, Source]) -> Place:
    found = _COLUMN.match(expression)
    source = sources.get(_name(found[1]).lower()) if found else None
    place = source.place(_name(found[2]).lower()) if found and source is not None else None
    if source is None or place is None:
        raise Unusual("an expression that is no column")
    return source.alias, place


def _join(connection: apsw.Connection, pages: Pages, text: str, sources: Mapping[str, Source]) -> Join:
    found = _JOINED.match(text)
    if not found:
        raise Unusual("another kind of join")
    source = _source(connection, pages, found[1], found[2])
    one, other = (_name(found[3]).lower(), _name(found[4]).lower()), (_name(found[5]).lower(), _name(found[6]).lower())
    if one[0] != source.alias:
        one, other = other, one
    before = sources.get(other[0])
    place = before.place(other[1]) if before is not None else None
    to = source.place(one[1])
    if one[0] != source.alias or to is None or before is None or place is None:
        raise Unusual("another kind of join")
    if place in before.real or to in source.real:
        raise Unusual("a key that is a float")
    return Join(source, (before.alias, place), to)


def _source(connection: apsw.Connection, pages: Pages, table: str, alias: str | None) -> Source:
    name = _name(table)
    roots = connection.execute(
        "SELECT name, rootpage FROM sqlite_schema WHERE type = 'table' AND lower(name) = lower(?)", (name,)
    ).fetchall()
    kinds = connection.execute(f"PRAGMA table_list({quote(name)})").fetchall()
    if len(roots) != 1 or len(kinds) != 1 or kinds[0][2] != "table" or kinds[0][4] or kinds[0][5]:
        raise Unusual("no ordinary table")
    real_name, root = str(roots[0][0]), roots[0][1]
    info = connection.execute(f"PRAGMA table_xinfo({quote(real_name)})").fetchall()
    if not isinstance(root, int) or root < 2 or not 0 < len(info) <= MAX_COLUMNS or any(row[6] for row in info):
        raise Unusual("no ordinary table")
    places = {str(row[1]).lower(): at for at, row in enumerate(info)}
    keys = [at for at, row in enumerate(info) if row[5]]
    if len(keys) == 1 and str(info[keys[0]][2]).upper() == "INTEGER":
        indexes = connection.execute(f"PRAGMA index_list({quote(real_name)})").fetchall()
        if not any(row[3] == "pk" for row in indexes):
            places[str(info[keys[0]][1]).lower()] = ROWID
    if places.get("rowid", ROWID) != ROWID:
        raise Unusual("a column that hides the row id")
    return Source(
        alias=_name(alias or table).lower(),
        table=pages.tables.setdefault(root, Table(pages, root)),
        places=places,
        width=len(info),
        real=frozenset(at for at, row in enumerate(info) if _is_real(str(row[2]))),
        filled=frozenset(at for at, row in enumerate(info) if row[4] is not None and str(row[4]).upper() != "NULL"),
    )


def _is_real(declared: str) -> bool:
    """Whether a column of this type has SQLite's affinity to floats."""
    kind = declared.upper()
    return not any(word in kind for word in ("INT", "CHAR", "CLOB", "TEXT", "BLOB")) and any(
        word in kind for word in ("REAL", "FLOA", "DOUB")
    )


def _test(connection: apsw.Connection, where: str, sources: Mapping[str, Source], driving: str) -> Test:
    text = where.strip()
    for how in ("and", "or"):
        parts = _cut(text, how)
        if len(parts) > 1:
            if how == "and" and any(len(_cut(part, "or")) > 1 for part in parts):
                raise Unusual("a condition of two kinds")
            return Test(how, parts=tuple(_test(connection, part, sources, driving) for part in parts))
    if text[:1] == "(" and text[-1:] == ")":
        return _test(connection, text[1:-1], sources, driving)
    if found := _IS_NULL.match(text):
        return Test("held" if found[2] else "null", _own(found[1], sources))
    if found := _TYPEOF.match(text):
        return Test("null" if found[2] == "=" else "held", _own(found[1], sources))
    if (found := _NOT_IN.match(text)) and _column(found[1], sources) == (driving, ROWID):
        try:
            ids = array("q", (row[0] for row in connection.execute(f"{found[2]} LIMIT {MAX_LISTED + 1}")))
        except (TypeError, OverflowError) as error:
            raise Unusual("row ids that are none") from error
        if len(ids) > MAX_LISTED:
            raise Unusual("too many row ids")
        return Test("outside", (driving, ROWID), ids=np.sort(np.array(ids, dtype=np.int64)))
    raise Unusual("another kind of condition")


def _own(expression: str, sources: Mapping[str, Source]) -> Place:
    alias, place = _column(expression, sources)
    if place == ROWID or place in sources[alias].filled:
        raise Unusual("a condition on a column that is never empty")
    return alias, place


def _cut(text: str, word: str) -> list[str]:
    """The parts of a condition between a word that stands in no brackets."""
    parts, depth, begin = [], 0, 0
    for hit in re.finditer(rf"[()]|\b{word}\b", text, re.IGNORECASE):
        if hit[0] in "()":
            depth += 1 if hit[0] == "(" else -1
        elif depth == 0:
            parts.append(text[begin : hit.start()].strip())
            begin = hit.end()
    return [*parts, text[begin:].strip()]
