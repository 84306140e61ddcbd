"""The gate asks the database about what it may know, and about nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sousveil.decisions.procedures.checks import gate
from sousveil.register.codes import Role
from sousveil.register.gates import Arrival
from sousveil.register.keyring import Keyring
from sousveil.register.model import Statement, entity_id
from sousveil.register.owners import KeyState
from sousveil.register.refusal import Refused
from sousveil.register.store import Store
from tests.register import maker
from tests.register.maker import Made, said
from tests.register.test_publication import submission

PAPER = maker.KEYS["paper"][0]


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Made]:
    with maker.made(tmp_path / "register") as one:
        yield one


def arrival(made: Made, new: list[Statement], known: set[str], asked: list[int]) -> Arrival:
    ring: Keyring = made.register.store.keyring()
    state = ring.find(maker.private("paper").public.id)
    assert isinstance(state, KeyState) and state.role is Role.PUBLISHER

    def look() -> Store:
        asked.append(1)
        return made.register.store

    return Arrival(
        statements=new,
        owner=state,
        dataset="direct",
        held=(),
        index=made.register.store.size(),
        day="2026-11-26",
        look=look,
        is_new=lambda id: id not in known,
        ring=ring,
    )


def dates(id: str, start: str | None, end: str | None) -> list[Statement]:
    pairs = (("incorporationDate", start), ("dissolutionDate", end))
    return [said(id, "Company", name, value, publisher=PAPER) for name, value in pairs if value is not None]


def test_a_new_record_is_judged_by_what_comes_with_it(made: Made) -> None:
    asked: list[int] = []
    id = entity_id("invented", "dated")
    gate(arrival(made, dates(id, "1999", None), set(), asked))
    gate(arrival(made, dates(id, "1999", "2001"), set(), asked))
    with pytest.raises(Refused) as error:
        gate(arrival(made, dates(id, "2001", "1999"), set(), asked))
    assert (error.value.code, error.value.field) == ("end_before_start", "statements[1].Company.dissolutionDate")
    assert asked == []


def test_a_known_record_is_read_where_a_date_is_new(made: Made) -> None:
    asked: list[int] = []
    first = dates(maker.ACME, "2001", None)
    made.register.publish(first, maker.private("paper"))
    gate(arrival(made, [said(maker.ACME, "Company", "alias", "Acme", publisher=PAPER)], {maker.ACME}, asked))
    assert asked == []
    with pytest.raises(Refused) as error:
        gate(arrival(made, dates(maker.ACME, None, "1999"), {maker.ACME}, asked))
    assert (error.value.code, error.value.field) == ("end_before_start", "statements[0].Company.dissolutionDate")
    assert asked == [1]


def test_the_register_tells_the_gate_what_it_knows(made: Made) -> None:
    """End to end: an end that comes after, in the same batch and in a later one."""
    id = entity_id("invented", "later")
    work = [submission(*dates(id, "2001", None)), submission(*dates(id, None, "1999"))]
    first, second = made.register.submit_many(work)
    assert not isinstance(first, Refused)
    assert isinstance(second, Refused) and second.code == "end_before_start"
    (third,) = made.register.submit_many([submission(*dates(id, None, "2000"))])
    assert isinstance(third, Refused) and third.code == "end_before_start"
