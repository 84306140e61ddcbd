"""A charge is limited by whoever tells it: a date, an end, a stage, a place that others add never makes a fact that blocks milder.

Every property of every record that charges somebody is tried with every kind of value, by strangers, by those who gain and by their
States; then several at once on charges of which statements were left out or told otherwise.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random

import pytest

from sousveil.decisions.model import Truth
from sousveil.register import types
from sousveil.register.model import Recorded
from sousveil.register.types.model import Kind
from tests.decisions.limits import (
    ADDERS,
    UNVERIFIED,
    Charges,
    added,
    changed,
    sayable,
    softer,
    sweep,
    told_once,
    told_otherwise,
)
from tests.decisions.rig import Rig, rigged, sid
from tests.profiles import examples, sample

ROUNDS = examples(60)
"""How often several words are tried on each kind of charges; the same ones each time."""
BENCHES: dict[str, Callable[[Rig], Charges]] = {"told once": told_once, "told otherwise": told_otherwise}


@cache
def bench(name: str) -> Charges:
    with tempfile.TemporaryDirectory() as folder, rigged(Path(folder)) as rig:
        return BENCHES[name](rig)


def told(name: str, dates: bool) -> list[Recorded]:
    return bench(name).told if dates else bench(name).undated()


def test_each_charge_counts_with_its_dates_and_without() -> None:
    """Else nothing here could fail."""
    for name in BENCHES:
        for dates in (True, False):
            found = bench(name).values(bench(name).build(told(name, dates)))
            open_ = {fact for fact, value in found.items() if value.truth is not Truth.TRUE or value.alleged}
            assert open_ == (set() if dates else NEEDS_A_DATE & set(found)), (name, dates)


NEEDS_A_DATE = {"state.request_overdue"}
"""What is owed by a day is not overdue without one."""


@pytest.mark.parametrize("dates", [True, False], ids=["dated", "undated"])
@pytest.mark.parametrize("name", BENCHES)
def test_no_value_that_others_add_to_a_charge_makes_it_milder(name: str, dates: bool) -> None:
    world, statements = bench(name), told(name, dates)
    before = world.values(world.build(statements))
    found = []
    for property, value, where in sample(list(sweep(world)), 200):
        more = [added(world, owner, record, property, value) for owner in ADDERS for record, _ in where]
        more += [added(world, UNVERIFIED, record, property, value, "reported") for record, _ in where]
        milder = softer(before, world.values(world.build(statements, more)))
        found += [(property, value, one) for one in milder]
    assert found == []


@pytest.mark.parametrize("dates", [True, False], ids=["dated", "undated"])
@pytest.mark.parametrize("name", BENCHES)
def test_several_words_on_charges_of_which_something_was_left_out_or_told_otherwise(name: str, dates: bool) -> None:
    """One adder says some things of every record at once; before that, here and there a statement was left out or told otherwise."""
    world, found = bench(name), []
    for seed in range(ROUNDS):
        draw = Random(f"{name} {dates} {seed}")
        owner = draw.choice([*ADDERS, UNVERIFIED])
        statements = _otherwise(world, draw, told(name, dates))
        more = [
            added(world, owner, record, property, value, draw.choice(["confirmed", "confirmed", "reported"]))
            for record in world.records
            for property, value in _words(world, draw, owner, record)
        ]
        before = world.values(world.build(statements))
        found += [(seed, owner, one) for one in softer(before, world.values(world.build(statements, more)))]
    assert found == []


def _otherwise(world: Charges, draw: Random, told: list[Recorded]) -> list[Recorded]:
    """The statements, of the charges one in eight left out or with another value."""
    keys = {sid(one): one for one in world.records}
    kept = []
    for one in told:
        record = keys.get(one.statement.subject)
        if record is None or draw.random() >= 1 / 8:
            kept.append(one)
        elif draw.random() < 0.5:
            kept.append(changed(one, draw.choice(dict(sayable(world, record))[one.statement.property])))
    return kept


def _words(world: Charges, draw: Random, owner: str, record: str) -> list[tuple[str, str]]:
    """One to three things to say of a record: what limits it more often than what tells of it, and the adder itself among the values."""
    says = dict(sayable(world, record))
    known = {one: types.property_of(world.first.records[sid(record)].type, one) for one in says}
    limits = [one for one, kind in known.items() if kind is not None and kind.kind != Kind.TEXT]
    found = []
    for property in draw.sample(limits, min(len(limits), draw.randint(1, 3))):
        kind = known[property]
        own = [sid(owner)] * 3 if kind is not None and kind.kind == Kind.ENTITY else []
        found.append((property, draw.choice([*says[property], *own])))
    return found
