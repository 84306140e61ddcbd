"""What is indexed and what a search gives; the same for both engines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

FACETS = ("type", "country", "dataset", "standing")
FACET_VALUES = 50
"""Values of a facet that are counted out, the most frequent ones."""
PAGE = 20
LARGEST_PAGE = 100
DEEPEST = 10_000
"""Hits that can be paged to; whoever needs all takes the bulk files."""
MOST_WORDS = 12
"""Words of a query that are looked for."""
LONGEST_TEXT = 20_000
"""Characters of an entity's texts that are indexed."""


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One entity as the index holds it."""

    id: str
    """Canonical id."""
    members: tuple[str, ...]
    """All ids of its cluster."""
    type: str
    names: tuple[str, ...]
    """The name to show first."""
    texts: tuple[str, ...] = ()
    """Values of its other statements that people read."""
    countries: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    standings: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()
    """Ids of the statements that it is made of, so that an erased one leads back to it."""

    def facet(self, name: str) -> tuple[str, ...]:
        """Its values of a facet."""
        return {
            "type": (self.type,),
            "country": self.countries,
            "dataset": self.datasets,
            "standing": self.standings,
        }[name]


class Highlight(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of text with the words that were found."""

    parts: tuple[tuple[str, bool], ...]
    """Text, and whether it is one of the words. Joined they are the text as it was said: escape them for HTML."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One entity."""

    id: str
    name: str
    type: str
    countries: tuple[str, ...]
    datasets: tuple[str, ...]
    standings: tuple[str, ...]
    score: float
    highlights: tuple[Highlight, ...]


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """One page of hits."""

    total: int
    hits: tuple[Found, ...]
    facets: Mapping[str, tuple[tuple[str, int], ...]]
    """Facet -> values with how many of all hits have them, most first."""
    about: bool
    """The facet counts are worked out from a sample of the hits: there are very many."""
    page: int
    size: int
    tolerant: bool
    """Nothing had the words as they were typed; these are words within a slip or two."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine found."""

    total: int
    hits: list[tuple[float, Document]]
    facets: dict[str, list[tuple[str, int]]]
    tolerant: bool
    about: bool = False


class Engine(Protocol):
    """An index."""

    def put(self, documents: Iterable[Document]) -> None:
        """Adds documents; those of the same members are replaced. Lasting once `commit` returns."""

    def delete(self, members: Sequence[str]) -> None:
        """Takes out the documents of these ids."""

    def commit(self) -> None:
        """Makes the changes last and seen."""

    def clear(self) -> None:
        """Takes everything out."""

    def members_of(self, *, statements: Sequence[str] = (), members: Sequence[str] = ()) -> set[str]:
        """The ids in the documents that are made of these statements or stand for these ids."""

    def query(self, words: Sequence[str], facets: Mapping[str, Sequence[str]], offset: int, size: int) -> Answer:
        """A page of hits with counts."""

    def close(self) -> None:
        """Lets go of files."""


_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder(Document).decode


def stored(document: Document) -> bytes:
    """What an engine keeps of a document to show it."""
    return _ENCODE(msgspec.structs.replace(document, statements=()))


def restored(data: bytes) -> Document:
    """The document again."""
    return _DECODE(data)
