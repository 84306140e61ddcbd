"""A charge is limited by whoever tells it: a date, an end, a stage, a place that others add never makes a fact that blocks milder.

Every property of every record that charges somebody is tried with every kind of value, by strangers, by those who gain and by their
States; then several at once on charges of which statements were left out or told otherwise.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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
    may_add,
    sayable,
    softer,
    sweep,
    told_once,
    told_otherwise,
)
from tests.decisions.rig import Rig, rigged, sid

TRIED = settings(max_examples=250, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
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
    for property, value, where in sweep(world):
        more = [
            added(world, owner, record, property, value)
            for owner in ADDERS
            for record, _ in where
            if may_add(world, owner, record)
        ]
        more += [added(world, UNVERIFIED, record, property, value, "reported") for record, _ in where]
        milder = softer(before, world.values(world.build(statements, more)))
        found += [(property, value, one) for one in milder]
    assert found == []


@given(st.data(), st.sampled_from([*ADDERS, UNVERIFIED]), st.sampled_from(sorted(BENCHES)), st.booleans())
@TRIED
def test_several_words_on_a_charge_of_which_something_was_left_out_or_told_otherwise(
    data: st.DataObject, owner: str, name: str, dates: bool
) -> None:
    world, statements = bench(name), told(name, dates)
    record = data.draw(st.sampled_from([one for one in world.records if may_add(world, owner, one)]))
    says = dict(sayable(world, record))
    mine = [one for one in statements if one.statement.subject == sid(record)]
    other = data.draw(st.none() | st.sampled_from(mine)) if mine else None
    if other is not None:
        value = data.draw(st.none() | st.sampled_from(says.get(other.statement.property, ["x"])))
        rest = [one for one in statements if one is not other]
        statements = rest if value is None else [*rest, changed(other, value)]
    more = []
    for _ in range(data.draw(st.integers(1, 4))):
        property = data.draw(st.sampled_from(sorted(says)))
        value = data.draw(
            st.sampled_from([*says[property], sid(owner)] if _entity(world, record, property) else says[property])
        )
        standing = data.draw(st.sampled_from(["confirmed", "reported", "alleged"]))
        more.append(added(world, owner, record, property, value, standing))
    before = world.values(world.build(statements))
    assert softer(before, world.values(world.build(statements, more))) == []


def _entity(world: Charges, record: str, property: str) -> bool:
    known = types.property_of(world.first.records[sid(record)].type, property)
    return known is not None and known.kind == Kind.ENTITY
