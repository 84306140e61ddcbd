"""Whose act it is: authorities by what others say of their office, never by the record that names them; and dates that lift."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sousveil.decisions.facts.reading import ids_of
from sousveil.decisions.facts.standing import Interest, charge, interest, support, unfit
from sousveil.decisions.world import Deal
from sousveil.register import edtf
from sousveil.register.model import Recorded
from sousveil.register.types import is_a
from sousveil.register.views.records import Record, stands

if TYPE_CHECKING:
    from sousveil.decisions.compiled import Compiled

DEPTH = 4
"""Steps from an office up to its State."""


def offices(world: Compiled, deal: Deal, record: Record, name: str, *subjects: str) -> frozenset[str]:
    """Those of the bodies which a record names whose office is proven: only they may act, and so pass the question of their State."""
    who = interest(world, deal, *subjects)
    return frozenset(id for id in ids_of(world, record, name) if is_office(world, id, who))


def is_office(world: Compiled, id: str, who: Interest) -> bool:
    """Whether somebody independent, or the State with its own verified key, says that this public body is part of a State."""
    wave = [id]
    for _ in range(DEPTH):
        above: list[str] = []
        for one in wave:
            there = world.record(one)
            if there is None or not is_a(there.type, "PublicBody"):
                continue
            if there.type == "State":
                if support(world, there, [("country", None)], who).holds:
                    return True
                continue
            above += [
                world.base.canonical(said.statement.value)
                for said in there.by_property.get("partOf", ())
                if _says_office(world, said, who)
            ]
        wave = above
    return False


def _says_office(world: Compiled, said: Recorded, who: Interest) -> bool:
    end = edtf.holds(said.statement.valid_from, said.statement.valid_until, world.as_of)
    if not stands(said) or end is False:
        return False
    state = world.base.canonical(said.statement.value)
    own = world.resolver.publisher(world.base.signer(said).owner) == state and not unfit(world, said, None)
    return own or not unfit(world, said, who)


def lifting_date(
    world: Compiled, record: Record, name: str, who: Interest, *, latest: bool, alone: bool = False
) -> str | None:
    """A date by what may lift: the latest start, or the earliest end. None where no fit statement gives one.

    A contrary date at the standard for blocking counts too, never an allegation. `alone`: it counts even where no fit statement
    gives a date, as for an end that need not be stated.
    """
    fitting = [one for one in record.by_property.get(name, ()) if not unfit(world, one, who)]
    if not fitting and not alone:
        return None
    against = [
        one for one in record.by_property.get(name, ()) if (found := charge(world, [one])).counts and not found.alleged
    ]
    values = [one.statement.value for one in (*fitting, *against)]
    return (max if latest else min)(values, key=edtf.sort_key, default=None)
