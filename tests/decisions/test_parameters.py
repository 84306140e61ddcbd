"""Days, shares and lists stand in the packs: what is wrong is refused, facts read what is written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions import packs, parameters
from sousveil.decisions.facts import boards, item, lists, offices, reading
from sousveil.errors import Malformed

SOURCE = Path(parameters.__file__).parent


def test_every_parameter_of_a_pack_is_read_by_a_fact() -> None:
    text = "".join(file.read_text("utf-8") for file in (SOURCE / "facts").glob("*.py"))
    read = set(re.findall(r'parameters\.(?:days|percent|codes)\((?:"[^"]*"|pack), "([^"]*)"\)', text))
    assert {one for name in packs.names() for one in packs.pack(name).parameters} == read


def test_facts_read_what_the_packs_say() -> None:
    assert boards.NOTICE_DAYS == packs.pack("letter-2021").parameters["notice_days"] == 30
    assert reading.CONFIRMED_DAYS == packs.pack("letter-2021").parameters["confirmation_days"] == 366
    assert lists.HALF == packs.pack("us-lists").parameters["half_percent"] == 50
    assert lists.FRESH_DAYS == packs.pack("us-lists").parameters["copy_days"] == 31
    assert len(offices.COUNCIL) == len(packs.pack("pace-2023").parameters["council_states"]) == 46
    assert len(offices.EU) == len(packs.pack("eu-2021-821").parameters["member_states"]) == 27
    assert item.listed("4D004.a") and item.listed("5d002.a.3.b") and not item.listed("5A001.i")


@pytest.mark.parametrize(
    ("read", "value", "wrong"),
    [
        (parameters.days, 30, ""),
        (parameters.days, 0, "Expected `int` >= 1"),
        (parameters.days, True, "Expected `int`, got `bool`"),
        (parameters.days, 1.5, "Expected `int`, got `float`"),
        (parameters.days, None, "Expected `int`, got `null`"),
        (parameters.percent, 50, ""),
        (parameters.percent, 101, "Expected `float` <= 100.0"),
        (parameters.codes, ["de", "fr"], ""),
        (parameters.codes, ["de", False], "Expected `str`, got `bool` - at `$[1]`"),
        (parameters.codes, [], "Expected `array` of length >= 1"),
    ],
)
def test_what_cannot_be_is_said(monkeypatch: pytest.MonkeyPatch, read: Any, value: Any, wrong: str) -> None:
    monkeypatch.setattr(parameters, "raw_packs", lambda: {"letter-2021": {"parameters": {"x": value}}})
    if not wrong:
        assert read("letter-2021", "x") == (tuple(value) if isinstance(value, list) else value)
        return
    with pytest.raises(Malformed) as caught:
        read("letter-2021", "x")
    assert caught.value.message == f"letter-2021.yaml, parameters.x: {wrong}."
