"""WhatsApp's hidden identifiers ("...@lid") and the telephone numbers behind them.

Groups and newer chats name a person by such an identifier only. Three databases of the app say whose it is: LID.sqlite,
ContactsV2.sqlite and the chat list in ChatStorage.sqlite.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from itertools import islice

import apsw

from sousveil.acquisition.evidence_db import open_database
from sousveil.acquisition.model import FileGroup
from sousveil.errors import SousveilError
from sousveil.readers.model import Context
from sousveil.readers.sqlite import Amendment, Column, quote, real_tables
from sousveil.records import Batch, Coded, Sparse, Texts

MAX_LIDS = 500_000
"""Identifiers that are remembered at most."""
_PAIRS = (
    ("ZWAPHONENUMBERLIDPAIR", "ZLID", "ZPHONENUMBER"),
    ("ZWAZACCOUNT", "ZIDENTIFIER", "ZPHONENUMBER"),
    ("ZWAADDRESSBOOKCONTACT", "ZLID", "ZPHONENUMBER"),
    ("ZWACHATSESSION", "ZLID", "ZCONTACTJID"),
)
"""Table, column of the identifier, column of the number."""


def load_lids(*groups: FileGroup | None) -> dict[str, str]:
    """Identifier (without `@lid`) -> number, out of whichever of the databases are there.

    What cannot be read is left out: the names are a help, and the databases are read as artefacts of their own.
    """
    found: dict[str, str] = {}
    for group in groups:
        if group is None:
            continue
        try:
            with open_database(group) as database:
                _collect(database.connection, found)
        except (SousveilError, apsw.Error, UnicodeDecodeError):
            continue
    return found


def _collect(connection: apsw.Connection, found: dict[str, str]) -> None:
    tables = real_tables(connection)
    for table, lid, number in _PAIRS:
        if not {lid, number} <= set(tables.get(table, ())):
            continue
        sql = f"SELECT {quote(lid)}, {quote(number)} FROM {quote(table)} WHERE {quote(lid)} IS NOT NULL"
        with closing(connection.execute(sql)) as rows:
            for who, whose in islice(rows, MAX_LIDS):
                if isinstance(who, str) and isinstance(whose, str) and len(found) < MAX_LIDS:
                    found.setdefault(who.partition("@")[0], whose.partition("@")[0])


def numbers(column: Column, lids: Mapping[str, str]) -> Column | None:
    """The numbers of a column's identifiers; None where there is none."""
    if not lids:
        return None
    with suppress(TypeError):  # something else than texts and None
        if "@lid" not in "\n".join(filter(None, column)):  # quicker than a set of what never occurs twice
            return None
    known: dict[object, str | None] = {}
    for v in set(column):
        if type(v) is str and v.endswith("@lid"):
            known[v] = lids.get(v[:-4].partition(":")[0])
    return list(map(known.get, column)) if known else None


def numbers_in(batch: Batch, field: str, lids: Mapping[str, str]) -> Column | None:
    """`numbers` of a field of a batch. Most packed columns show at once that they hold no hidden identifier."""
    column = batch.columns.get(field)
    if not lids or (isinstance(column, Texts) and b"@lid" not in column.joined):
        return None
    if isinstance(column, Coded | Sparse) and not any(type(v) is str and v.endswith("@lid") for v in column.held):
        return None
    return numbers(batch.column(field), lids)


def numbers_beside(fields: Sequence[tuple[str, str]], *roles: str) -> Amendment:
    """Fills fields with the numbers behind the identifiers in others: (identifier, number). `roles` name the databases."""

    def prepare(files: Mapping[str, FileGroup], context: Context) -> Callable[[Batch], None]:
        lids = load_lids(*map(files.get, roles)) if context.full else {}

        def amend(batch: Batch) -> None:
            for identifier, number in fields:
                found = numbers_in(batch, identifier, lids)
                if found is not None:
                    batch.columns[number] = found

        return amend

    return prepare
