"""What screening answers: hits with their paths of ownership, and rows of a table that could not be asked."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from sousveil.kinds import visible
from sousveil.register.score import Query
from sousveil.register.views import words


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One link of ownership."""

    entity: str
    name: str
    link: str
    """`owner of` or `owned by`: what this entity is to the step before."""
    percentage: str | None = None
    listed: bool = False
    """Does the entity itself stand on a reference list?"""
    until: str | None = None
    """When the link ended, where that is on file."""


def chain_words(name: str, chain: Iterable[Step]) -> str:
    """A chain of ownership in words, from the entity of this name on: who owns whom is said of each pair by its names."""
    told = []
    for step in chain:
        told.append(words.owned(visible(step.name, 100), step.link, visible(name, 100), step.until))
        name = step.name
    return "; ".join(told)


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """One entity that a query may mean."""

    entity: str
    name: str
    """The entity's name that was hit."""
    score: float
    why: tuple[str, ...]
    path: tuple[tuple[Step, ...], ...] = ()
    """Chains of ownership that lead from the entity to others of the register, nearest first."""
    snapshot: str | None = None
    """Date of the data set's snapshot; None where the register knows none, as for publications of their own."""
    dataset: str
    type: str
    countries: tuple[str, ...] = ()
    replies: tuple[str, ...] = ()
    """Values of statements by which somebody denies or corrects what is said of the entity."""
    about: tuple[str, ...] = ()
    """In plain words what is on file about the entity, so that nobody reads a hit as an accusation."""
    against: bool = False
    """Whether anything is on file against the entity, whoever says it: such a hit is never left out."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a name may mean."""

    hits: tuple[Hit, ...]
    left_out: int = 0
    """How many more are as much alike or less, and have nothing against them on file."""


class BadRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a table that cannot be screened."""

    line: int
    problem: str


class Screened(msgspec.Struct, frozen=True, kw_only=True):
    """The hits of one query, best first."""

    query: Query
    hits: tuple[Hit, ...]
    left_out: int = 0
    """How many more are alike, with nothing against them on file."""
    line: int | None = None
    warnings: tuple[str, ...] = ()
    """What was left out of the question, in words: an unknown country."""
