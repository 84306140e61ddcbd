"""What a fact is: a question about one subject, answered in three values, with the statements that answer it.

Modules under `decisions/facts/` declare facts (`reading.blocks`, `lifts`, `scope`) and are found by walking the package. Rules name a
fact by `name`; the engine calls `derive` once for each subject of a `World` and keeps the value.

The asymmetry lives here and nowhere else: a fact that **lifts** is TRUE only by `confirmed` statements of a publisher with a
verified key who is independent of whoever benefits (another group, another State); a fact that **blocks** is TRUE by `reported` or
better with a stored source, and `alleged` where nothing better says it.
"""

from __future__ import annotations

import enum
import importlib
import pkgutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import msgspec

from sousveil.decisions import facts
from sousveil.decisions.model import Deal, FactShown, Question, Truth


class Value(msgspec.Struct, frozen=True):
    """The answer to a fact, with its proof."""

    truth: Truth
    proof: tuple[str, ...] = ()
    """Ids of the statements that make it so; empty where nothing on file says anything."""
    alleged: bool = False
    """TRUE by allegations alone: it never does more than `blocked_unless`."""
    needs: str = ""
    """For UNKNOWN, and for an open condition: what would decide it, in words."""
    notes: tuple[str, ...] = ()
    """What a reader must know: "a retraction of 2023-02-01 took away ...", "the reply says ..."."""


UNKNOWN = Value(Truth.UNKNOWN)
UNPROVABLE = "An answer to "
"""Begins a need that nobody can show: that something adverse is not so."""


class Of(enum.StrEnum):
    """What a fact is about."""

    DEAL = "deal"
    """The whole question."""
    STATE = "state"
    """A State, by country code."""
    VENDOR = "vendor"
    """A company: the supplier, an intermediary, or anybody that owns or controls one of them."""
    PRODUCT = "product"
    BUYER = "buyer"
    """The end user."""


class Polarity(enum.StrEnum):
    """Which way it counts, and so what it takes to be TRUE."""

    BLOCKS = "blocks"
    LIFTS = "lifts"
    SCOPE = "scope"
    """Neither: what the deal is (in scope, cross-border, a government)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One fact of the dictionary."""

    name: str
    """`state.safeguards_law`: subject, a point, what is asked."""
    of: Of
    polarity: Polarity
    asks: str
    """The question in words, with `{subject}` for its name: "Has {subject} a law in force that ...?"."""
    needs: str
    """What would decide it, and who can publish it, with `{subject}`."""
    derive: Callable[[World, Deal, str], Value]
    """`derive(world, deal, subject)`; the subject is a country code, an entity id, or "" for the deal."""

    def through_tie(self, value: Value, caption: str) -> Value:
        """The value for somebody to whom the deal is tied without proof: it blocks as an allegation does, and need not be lifted."""
        if self.polarity is Polarity.LIFTS:
            return Value(Truth.TRUE)
        if self.polarity is Polarity.SCOPE or value.truth is not Truth.TRUE:
            return value
        note = f"{caption} counts here by a tie that is not proven: an allegation, or an owner or officer in common."
        return msgspec.structs.replace(value, alleged=True, notes=(*value.notes, note))


DECLARED: dict[str, Fact] = {}
"""Facts by name, as far as their modules are loaded: `registry.all_facts` loads all."""


class World(Protocol):
    """What facts are derived from. `decisions/compiled.py` builds it from a store; tests build small ones by hand."""

    as_of: str
    known_on: int
    log_size: int
    """Entries in the log at large; `known_on` of them are known here."""

    def deal(self, question: Question, sure: Collection[str] = ()) -> Deal:
        """Resolve a question. `sure`: ids that are taken to be who they are called, though somebody contests who they are."""

    def caption(self, subject: str) -> str:
        """The name of an entity or a State, for sentences."""

    def shown(self, statement: str) -> FactShown:
        """A statement for an answer."""

    def value(self, fact: Fact, subject: str, deal: Deal) -> Value:
        """A fact about a subject: a country code, an entity id, or "" for the deal."""

    def notes(self, deal: Deal) -> tuple[str, ...]:
        """What a reader must know about the deal at large: a second reading of a name."""


# All facts, found by walking the package.


@cache
def all_facts() -> Mapping[str, Fact]:
    """Every fact by its name, sorted."""
    for module in pkgutil.iter_modules(facts.__path__):
        importlib.import_module(f"{facts.__name__}.{module.name}")
    return dict(sorted(DECLARED.items()))
