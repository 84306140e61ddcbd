"""What of a layout's query can be answered without SQLite: plain columns of a table, of tables joined to it by row id, and
simple conditions. Anything else has no plan."""

from __future__ import annotations

import re
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import apsw
import numpy as np

from sousveil.readers.btree import Ints, Pages, Table, Unusual
from sousveil.readers.btree_cells import Cells
from sousveil.readers.sqlite_layout import quote

MAX_COLUMNS = 1000
MAX_LISTED = 2_000_000
"""Row ids of a subquery at most."""
ROWID = -1
"""The place of the row id among the columns."""

_WORD = r'(?:"(?:[^"]|"")+"|[A-Za-z_][A-Za-z0-9_]*)'
_COLUMN = re.compile(rf"\+?({_WORD})\.({_WORD})\Z")
_JOINED = re.compile(
    rf"\s*({_WORD})(?:\s+AS\s+({_WORD}))?\s+ON\s+({_WORD})\.({_WORD})\s*=\s*({_WORD})\.({_WORD})\s*\Z", re.IGNORECASE
)
_DRIVING = re.compile(rf"\s*({_WORD})(?:\s+AS\s+({_WORD}))?\s*\Z", re.IGNORECASE)
_IS_NULL = re.compile(rf"(\+?{_WORD}\.{_WORD})\s+IS\s+(NOT\s+)?NULL\Z", re.IGNORECASE)
_TYPEOF = re.compile(rf"typeof\(({_WORD}\.{_WORD})\)\s*(=|<>)\s*'null'\Z", re.IGNORECASE)
_NOT_IN = re.compile(rf"({_WORD}\.{_WORD})\s+NOT\s+IN\s+\((SELECT\s[^()]+)\)\Z", re.IGNORECASE)

Place = tuple[str, int]
"""A column: the alias of its table in lower case, and its place there or `ROWID`."""


@dataclass(slots=True)
class Source:
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


@dataclass(slots=True)
class Join:
    """A table joined to one before by its row id: nothing where there is no such row."""

    source: Source
    by: Place
    """The column that holds the row id."""


@dataclass(slots=True)
class Test:
    """A condition on rows of the driving table."""

    how: str
    """`null`, `held`, `outside` (the column's value is none of `ids`), `and`, `or`."""
    column: int = ROWID
    ids: Any = None
    parts: tuple[Test, ...] = ()

    def columns(self) -> set[int]:
        """The columns that it looks at."""
        return {self.column} - {ROWID} if not self.parts else {c for part in self.parts for c in part.columns()}

    def of(self, cells: Mapping[int, Cells], ids: Ints) -> Any:
        """For which rows it holds."""
        if self.parts:
            found = [part.of(cells, ids) for part in self.parts]
            return np.all(found, axis=0) if self.how == "and" else np.any(found, axis=0)
        if self.how == "outside":
            place = np.searchsorted(self.ids, ids)
            return self.ids[np.minimum(place, len(self.ids) - 1)] != ids if len(self.ids) else np.ones(len(ids), bool)
        held = cells.get(self.column)
        nulls = np.ones(len(ids), dtype=bool) if held is None else held.nulls()
        if nulls is None:
            nulls = np.zeros(len(ids), dtype=bool)
        return nulls if self.how == "null" else ~nulls


@dataclass(slots=True)
class Plan:
    """How a query is answered."""

    driving: Source
    joins: list[Join]
    test: Test | None
    columns: list[Place | None]
    """What is fetched; None: nothing (NULL)."""
    needed: dict[str, set[int]] = field(default_factory=dict)
    """By alias, the columns that are looked at."""


def plan(connection: apsw.Connection, pages: Pages, source: str, where: str, expressions: Sequence[str]) -> Plan:
    """The plan of a query. Raises Unusual where there is none."""
    head, *rest = re.split(r"\sLEFT\s+JOIN\s", source, flags=re.IGNORECASE)
    if not (found := _DRIVING.match(head)):
        raise Unusual("another kind of query")
    driving = _source(connection, pages, found[1], found[2])
    sources, joins = {driving.alias: driving}, []
    for text in rest:
        join = _join(connection, pages, text, sources)
        if join.source.alias in sources:
            raise Unusual("two tables of one name")
        sources[join.source.alias] = join.source
        joins.append(join)
    test = _test(connection, where, driving) if where else None
    columns = [None if e == "NULL" else _column(e, sources) for e in expressions]
    made = Plan(driving, joins, test, columns)
    for place in (*columns, *(join.by for join in joins)):
        if place is not None and place[1] != ROWID:
            made.needed.setdefault(place[0], set()).add(place[1])
    if test is not None:
        made.needed.setdefault(driving.alias, set()).update(test.columns())
    return made


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
    if one[0] != source.alias or source.place(one[1]) != ROWID or before is None or place is None:
        raise Unusual("a join that goes by no row id")
    if place in before.real:
        raise Unusual("a row id that is a float")
    return Join(source, (before.alias, place))


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
    if "rowid" in places:
        raise Unusual("a column that hides the row id")
    keys = [at for at, row in enumerate(info) if row[5]]
    if len(keys) == 1 and str(info[keys[0]][2]).upper() == "INTEGER":
        indexes = connection.execute(f"PRAGMA index_list({quote(real_name)})").fetchall()
        if not any(row[3] == "pk" for row in indexes):
            places[str(info[keys[0]][1]).lower()] = ROWID
    return Source(
        alias=_name(alias or table).lower(),
        table=Table(pages, root),
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


def _test(connection: apsw.Connection, where: str, driving: Source) -> Test:
    text = where.strip()
    for how in ("and", "or"):
        parts = _cut(text, how)
        if len(parts) > 1:
            if how == "and" and any(len(_cut(part, "or")) > 1 for part in parts):
                raise Unusual("a condition of two kinds")
            return Test(how, parts=tuple(_test(connection, part, driving) for part in parts))
    if text[:1] == "(" and text[-1:] == ")":
        return _test(connection, text[1:-1], driving)
    if found := _IS_NULL.match(text):
        return Test("held" if found[2] else "null", _own(found[1], driving))
    if found := _TYPEOF.match(text):
        return Test("null" if found[2] == "=" else "held", _own(found[1], driving))
    if (found := _NOT_IN.match(text)) and _column(found[1], {driving.alias: driving})[1] == ROWID:
        try:
            ids = array("q", (row[0] for row in connection.execute(f"{found[2]} LIMIT {MAX_LISTED + 1}")))
        except (TypeError, OverflowError) as error:
            raise Unusual("row ids that are none") from error
        if len(ids) > MAX_LISTED:
            raise Unusual("too many row ids")
        return Test("outside", ids=np.sort(np.array(ids, dtype=np.int64)))
    raise Unusual("another kind of condition")


def _own(expression: str, driving: Source) -> int:
    place = _column(expression, {driving.alias: driving})[1]
    if place == ROWID or place in driving.filled:
        raise Unusual("a condition on a column that is never empty")
    return place


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
