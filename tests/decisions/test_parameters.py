"""Days, shares and lists stand in the packs: which there are is declared, what is wrong is refused, facts read what is written."""

from __future__ import annotations

from typing import Any

import pytest

from sousveil.decisions import packs, parameters
from sousveil.decisions.facts import boards, item, lists, offices, reading
from sousveil.decisions.facts.model import all_facts
from sousveil.decisions.parameters import Kind, Parameter
from sousveil.decisions.rules.pack import read_pack
from sousveil.errors import Malformed


def test_every_parameter_stands_in_its_pack_and_no_other() -> None:
    for name in packs.names():
        assert set(packs.pack(name).parameters) == set(parameters.of_pack(name)), name
    assert {one.pack for one in parameters.PARAMETERS} <= set(packs.names())


def test_facts_read_what_the_packs_say() -> None:
    assert boards.NOTICE_DAYS == packs.pack("letter-2021").parameters["notice_days"] == 30
    assert reading.CONFIRMED_DAYS == packs.pack("letter-2021").parameters["confirmation_days"] == 366
    assert lists.HALF == packs.pack("us-lists").parameters["half_percent"] == 50
    assert lists.FRESH_DAYS == packs.pack("us-lists").parameters["copy_days"] == 31
    assert len(offices.COUNCIL) == len(packs.pack("pace-2023").parameters["council_states"]) == 46
    assert len(offices.EU) == len(packs.pack("eu-2021-821").parameters["member_states"]) == 27
    assert item.listed("4D004.a") and item.listed("5d002.a.3.b") and not item.listed("5A001.i")


@pytest.mark.parametrize(
    ("kind", "value", "wrong"),
    [
        (Kind.DAYS, 30, ""),
        (Kind.DAYS, 0, "whole days from 1 to 3660 were expected"),
        (Kind.DAYS, True, "whole days from 1 to 3660 were expected"),
        (Kind.DAYS, 1.5, "whole days from 1 to 3660 were expected"),
        (Kind.DAYS, None, "whole days from 1 to 3660 were expected"),
        (Kind.PERCENT, 50, ""),
        (Kind.PERCENT, 101, "a number above 0 and up to 100 was expected"),
        (Kind.COUNTRIES, ["de", "fr"], ""),
        (
            Kind.COUNTRIES,
            ["de", False],
            "'False' cannot stand among country codes; a word that means yes or no takes quotes",
        ),
        (Kind.COUNTRIES, ["de", "de"], "something stands in the list twice"),
        (Kind.COUNTRIES, [], "a list of country codes was expected"),
        (Kind.CODES, ["5D002.a.3.b"], ""),
        (Kind.CODES, ["two words"], "'two words' cannot stand among codes; a word that means yes or no takes quotes"),
    ],
)
def test_what_cannot_be_is_said(kind: Kind, value: Any, wrong: str) -> None:
    assert parameters.problem(Parameter("letter-2021", "x", kind, "a test"), value) == wrong


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("parameters:\n  notice_days: 0\n", "letter-2021.yaml, parameters.notice_days: whole days from 1 to 3660"),
        ("parameters:\n  notice_day: 30\n", "letter-2021.yaml, parameters: no fact reads 'notice_day' of this pack."),
    ],
)
def test_a_pack_with_other_parameters_is_refused(change: str, says: str) -> None:
    text = (packs.FOLDER / "letter-2021.yaml").read_text()
    before, _, after = text.partition("parameters:\n  notice_days: 30\n  confirmation_days: 366\n")
    assert after
    with pytest.raises(Malformed) as caught:
        read_pack((before + change + after).encode(), "letter-2021.yaml", all_facts())
    assert says in str(caught.value)
