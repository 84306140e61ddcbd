"""How the tables of a database become rows: what an artefact says of them, and whether it fits a database."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import apsw
import msgspec

from sousveil.patterns import lazy_pattern
from sousveil.readers.model import Context
from sousveil.readers.sqlite_batch import Column

_NAME = lazy_pattern(r"\b([A-Za-z_][A-Za-z0-9_]*)\.([A-Za-z_][A-Za-z0-9_]*)\b")
_PLAIN = lazy_pattern(r'("?)[A-Za-z_][A-Za-z0-9_]*\1\.("?)[A-Za-z_][A-Za-z0-9_]*\2')
_ALIAS = lazy_pattern(r"\b(?:FROM|JOIN)\s+([A-Za-z_][A-Za-z0-9_]*)(?:\s+AS\s+([A-Za-z_][A-Za-z0-9_]*))?", re.IGNORECASE)
_JOIN = lazy_pattern(r"\s+(?=LEFT\s+JOIN\b)", re.IGNORECASE)


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Some rows of a layout: those for which `where` holds.

    The left joins of `without` (aliases) find nothing for these rows. They are left out of the query, and every expression
    that names one of them is None.
    """

    where: str
    without: tuple[str, ...] = ()


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """One schema of a database.

    `source` is the FROM clause without the word FROM, the driving table first: `message LEFT JOIN handle ON ...`; aliases are
    written with AS. `columns` (field -> SQL expression with qualified names) must all exist; those of `optional` are None
    where a column is missing. `inputs` are fetched for `derive` and then dropped. `decode` maps a field to a function over
    its whole column; `derive` may then add or change columns (all of one length). `extra` names the tables whose other
    columns are kept as they are; `kept` names columns of theirs (`message.attributedBody`) that are kept as well although an
    input or an expression reads them. `where` is added to the query. `selective`: a sound table with rows may give none, because
    `where` or an inner join leaves all of them out; any other table with rows that gives none counts as not read.

    `parts`: where most rows have nothing in a joined table, they are read apart from the others, each part by a query of
    its own, so that dozens of empty columns are not fetched for them. Every row must belong to exactly one part. They are
    read one after another; rows and values are the same as without, only in another order. `order` holds in each part.
    """

    name: str
    source: str
    columns: Mapping[str, str]
    optional: Mapping[str, str] = msgspec.field(default_factory=dict)
    inputs: Mapping[str, str] = msgspec.field(default_factory=dict)
    decode: Mapping[str, Callable[[Column], Column]] = msgspec.field(default_factory=dict)
    derive: Callable[[dict[str, Column], Context], None] | None = None
    extra: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    where: str = ""
    order: str = ""
    selective: bool = False
    parts: tuple[Part, ...] = ()

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

    def asked(self, part: Part | None = None) -> tuple[str, str]:
        """FROM and WHERE of the query, without the words, for all rows or for those of a part."""
        source, where = self.source, self.where
        if part is not None:
            driving, *joins = _JOIN.split(source)
            source = " ".join([driving, *(j for j in joins if not set(part.without) & set(_ALIAS.findall(j)[0]))])
            where = f"({where}) AND ({part.where})" if where else part.where
        return source, where

    def clauses(self, part: Part | None = None, also: str = "") -> str:
        """The query from FROM on. `also`: a further condition."""
        source, where = self.asked(part)
        if also:
            where = f"({where}) AND ({also})" if where else also
        tail = f" FROM {source}" + (f" WHERE {where}" if where else "")
        return tail + (f" ORDER BY {self.order}" if self.order else "")


class DeclaredPart(msgspec.Struct, frozen=True, kw_only=True):
    """A part that an artefact declares: a table with the ways to read it.

    A required part that cannot be read makes its artefact UNSUPPORTED; one that is not required may be absent.
    """

    name: str
    required: bool
    layouts: tuple[Layout, ...] = ()
    """The ways to read it, the preferred one first."""


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


def named(expression: str) -> list[tuple[str, str]]:
    """Alias and name of every column in an expression, lower case."""
    return [(alias.lower(), column.lower()) for alias, column in _NAME.findall(expression)]


def exists(expression: str, aliases: Mapping[str, str], tables: Mapping[str, list[str]]) -> bool:
    """Whether every column that an expression names exists."""
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
        exists(e, aliases, tables)
        for e in (*layout.columns.values(), *layout.inputs.values(), layout.where, layout.source)
    )


def key(expression: str) -> str:
    """The same for two ways of writing the same column."""
    return expression.replace('"', "").lower() if _PLAIN.fullmatch(expression) else expression
