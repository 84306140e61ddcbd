"""Rows of reference lists: they serve screening and are not published row by row."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

import msgspec


class ReferenceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One entity of a reference list (sanctions, listed companies), as one snapshot gives it."""

    id: str
    """Stable across snapshots: `entity_id(dataset, the list's own id)`."""
    dataset: str
    type: str
    """A name in `register/types`."""
    caption: str
    """The name to show."""
    names: list[str]
    """All names and aliases, the caption among them."""
    countries: list[str] = []
    """ISO 3166-1 alpha-2, lower case."""
    identifiers: dict[str, str] = {}
    """Company numbers, tickers, list numbers by scheme; never of persons."""
    years: list[str] = []
    """Years of birth, founding or listing, by which a hit is told from a namesake."""
    person: bool = False
    """A natural person: left out unless the operator switches persons on."""
    data: dict[str, list[str]] = {}
    """What else the list says: programme, reason, list date, link."""


_ENCODER = msgspec.json.Encoder()


def content(row: ReferenceRow) -> bytes:
    """The bytes of a row in the database."""
    return _ENCODER.encode(row)


def digest(rows: Iterable[tuple[str, bytes]]) -> str:
    """What a snapshot's entry in the log says of its rows: one hash over all of them, 64 hex digits.

    `rows`: id and content, in the order of the ids' bytes. SHA-256 over, for each row, SHA-256(id) and SHA-256(content).
    """
    whole = sha256()
    for id, data in rows:
        whole.update(sha256(id.encode()).digest() + sha256(data).digest())
    return whole.hexdigest()
