"""The register as decisions see it: what was known at a log size, and held on a day; compiled once, asked many times."""

from __future__ import annotations

from typing import Protocol

import msgspec

from sousveil.decisions.model import FactShown, Question


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """A name of the question, resolved."""

    role: str
    """product, supplier, via, end_user."""
    asked: str
    """As it was asked."""
    id: str | None
    """The canonical entity id; None: unknown or ambiguous."""
    candidates: tuple[str, ...] = ()
    """Entity ids that it could be, best first. A candidate is never taken for granted, and never ignored: what blocks a candidate
    is undecided for the party, and nothing that lifts for a candidate lifts for the party."""


class Deal(msgspec.Struct, frozen=True, kw_only=True):
    """A question, resolved: who is who, and which States have jurisdiction."""

    question: Question
    """With `as_of` and `known_on` filled in."""
    parties: tuple[Party, ...]
    states: tuple[str, ...]
    """Country codes with jurisdiction: seat of the supplier, of intermediaries, place of export, buyer; sorted, each once."""
    vendors: tuple[str, ...]
    """Entity ids of supplier and intermediaries, of the product's vendor, and of whoever controls one of them on that day
    (subsidiaries, resellers, holdings), sorted: what hits one of them hits the deal."""
    product: str | None
    buyer: str | None


class World(Protocol):
    """What facts are derived from. `decisions/compiled.py` builds it from a store; tests build small ones by hand."""

    as_of: str
    known_on: int

    def deal(self, question: Question) -> Deal:
        """Resolve a question."""

    def caption(self, subject: str) -> str:
        """The name of an entity or a State, for sentences."""

    def shown(self, statement: str) -> FactShown:
        """A statement for an answer."""
