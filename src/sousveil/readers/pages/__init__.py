"""The reader of pages: queries over the tables of a SQLite file, answered out of its pages in place of by SQLite.

This module is all that the rest of the program sees of it. It reads thousands of rows at once (numpy) and takes a third of
the time of a full check. It is a second parser over hostile bytes, so it gives up wherever a file is not as SQLite writes
it, and SQLite answers. Where its pages prove that a file is damaged, SQLite is not asked.

With `SOUSVEIL_PAGE_READER=off` in the environment SQLite answers every query: rows and findings are the same.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import apsw

from sousveil.acquisition.evidence_db import EvidenceDatabase
from sousveil.errors import Malformed
from sousveil.readers.pages.plan import plan
from sousveil.readers.pages.tree import Pages, RepeatedPage, Unusual
from sousveil.readers.pages.vector import Answer, Part, answers
from sousveil.texts import t

__all__ = ["SETTING", "Answer", "Behind", "Query", "answered"]

SETTING = "SOUSVEIL_PAGE_READER"
"""Name of the environment variable that turns this reader `off`."""

Behind = tuple[str, int] | None
"""A table of a query and a row id: what is asked for are the rows of the answer with a greater one; None: all."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query over one table and those joined to it."""

    source: str
    """What stands behind FROM."""
    where: str
    expressions: Sequence[str]
    """What is fetched, the row id of the first table among it."""
    plain: bool
    """Whether the rows may come in the order of the table, which has row ids."""


def answered(
    database: EvidenceDatabase, queries: Sequence[Query], left: dict[int, Behind]
) -> Iterator[tuple[int, Answer]]:
    """The rows of some queries over one table, each answer with the number of its query.

    `left` takes the queries, by number, that SQLite has to answer, each with the last row that it need not give. Raises
    Malformed, at the end, where a page stands in two places: its rows are given once, and nothing is left to SQLite.
    """
    parts: list[Part] = []
    pages: Pages | None = None
    try:
        main = database.reader()
        if os.environ.get(SETTING) == "off" or main is None or not database.at_rest:
            raise Unusual("another reader is asked for, or the file does not stand alone")
        if not all(query.plain for query in queries):
            raise Unusual("a query of another kind")
        pages = Pages(main)
        for query in queries:
            parts.append(Part(plan(database.connection, pages, query.source, query.where, query.expressions)))
        yield from answers(parts)
        if any(table.repeats for table in pages.tables.values()):
            raise RepeatedPage
    except RepeatedPage:
        raise _malformed() from None
    except (Unusual, apsw.Error):
        if pages is not None and _repeats(pages):
            raise _malformed() from None
        left.update((at, parts[at].last if at < len(parts) else None) for at in range(len(queries)))
    finally:
        if pages is not None:
            pages.close()


def _repeats(pages: Pages) -> bool:
    """Whether a page of a table that was asked for stands in two places."""
    try:
        for table in pages.tables.values():
            table.check()
    except RepeatedPage:
        return True
    except Unusual:  # a page cannot be read: SQLite finds that out too
        return False
    return False


def _malformed() -> Malformed:
    return Malformed(t("error.init.database_refers_page"))
