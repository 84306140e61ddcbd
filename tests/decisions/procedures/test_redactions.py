"""What is withheld of a contract counts: its cells say "not", with ground and day, and decisions do not take it for disclosed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sousveil.decisions.model import Truth
from sousveil.decisions.procedures.cells import NeedView, company_cells, state_row
from sousveil.decisions.procedures.engine import Board, day_of
from tests.decisions.rig import Rig, rigged, sid

DAY = "2024-06-01"
WHAT = {
    "what": "The price and all annexes",
    "legalGround": "Section 9",
    "startDate": "2024-01-01",
    "endDate": "2030-01-01",
}


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with rigged(tmp_path) as rig:
        rig.publisher("ministry")
        rig.publisher("stranger", verified=False)
        rig.say("contract", type="Contract", title="Reading of phones", buyer="@ministry", supplier="@vireo", product="@lens",
                stage="signed", amount="EUR 190000", contractDate="2023-05-01", startDate="2023-05-01",
                endDate="2031-12-31", by="ministry")  # fmt: skip
        yield rig


def redact(rig: Rig, by: str = "ministry", standing: str = "confirmed", key: str = "redaction", **more: str) -> None:
    rig.say(key, type="Redaction", record="@contract", by=by, standing=standing, **{**WHAT, **more})


def needs(rig: Rig, day: str = DAY) -> list[NeedView]:
    """That contracts are disclosed in full: of the State, of the company."""
    board = Board(rig.register.store)
    found = [*state_row(board, "xb", day_of(day)).cells, *company_cells(board, sid("vireo"), day_of(day))]
    return [need for cell in found if cell.letter == "f" for need in cell.needs if need.name == "contracts"]


def states(rig: Rig, day: str = DAY) -> list[str]:
    return [one.state for one in needs(rig, day)]


def disclosed(rig: Rig, day: str = DAY) -> tuple[Truth, list[str]]:
    truth = rig.value("buyer.contract_disclosed", "ministry", "acquire", as_of=day).truth
    answer = rig.judge("acquire", as_of=day)
    where = [name for name in ("reasons", "undecided") for one in getattr(answer, name) if one.rule == "L21-f-1"]
    return truth, where


def test_without_one_the_contract_is_disclosed(rig: Rig) -> None:
    assert disclosed(rig) == (Truth.TRUE, [])
    assert states(rig) == ["partly", "met"]  # of the State by its own word


def test_the_buyers_own_redaction_counts_until_its_day(rig: Rig) -> None:
    redact(rig, body="@ministry")
    assert disclosed(rig) == (Truth.FALSE, ["reasons"])
    assert disclosed(rig, "2023-12-31") == (Truth.TRUE, [])
    assert disclosed(rig, "2029-12-31") == (Truth.FALSE, ["reasons"])
    assert disclosed(rig, "2030-01-02") == (Truth.TRUE, [])
    assert states(rig) == ["not", "not"]
    for one in needs(rig):
        assert [each.says for each in one.proof][:4] == [
            "Withheld from: Reading of phones", "What is withheld: The price and all annexes", "Ground: Section 9", "Until: 1 January 2030",
        ]  # fmt: skip
        assert one.words == "not met"
    assert (states(rig, "2023-12-31")[1], states(rig, "2030-01-02")[1]) == ("met", "met")


def test_the_rule_says_what_is_withheld(rig: Rig) -> None:
    redact(rig, body="@ministry")
    value = rig.value("buyer.contract_disclosed", "ministry", "acquire")
    assert value.truth is Truth.FALSE
    told = {one.id: one.statement.property for one in rig.register.store.statements_of([sid("redaction")])}
    assert sorted(told[one] for one in value.proof) == ["endDate", "legalGround", "record", "what"]


@pytest.mark.parametrize(("standing", "counts"), [("reported", True), ("alleged", False)])
def test_what_a_stranger_tells_counts_at_the_standard_for_blocking(rig: Rig, standing: str, counts: bool) -> None:
    redact(rig, "stranger", standing, body="@ministry")
    assert disclosed(rig) == ((Truth.FALSE, ["reasons"]) if counts else (Truth.TRUE, []))
    assert states(rig)[1] == ("not" if counts else "met")


def test_what_another_body_withholds_binds_nobody_here(rig: Rig) -> None:
    rig.say("office", type="PublicBody", name="Office of Calder", country="xa", partOf="@calder")
    redact(rig, "stranger", "reported", body="@office")
    assert disclosed(rig) == (Truth.TRUE, []) and states(rig)[1] == "met"
    redact(rig, "stranger", "reported", "of-the-state", body="@averna")
    assert disclosed(rig) == (Truth.FALSE, ["reasons"]) and states(rig)[1] == "not"


def test_nobody_else_ends_it(rig: Rig) -> None:
    redact(rig, body="@ministry")
    redact(rig, "stranger", "reported", endDate="2024-02-01")
    assert disclosed(rig) == (Truth.FALSE, ["reasons"]) and states(rig)[1] == "not"


def test_who_names_another_body_in_a_redaction_lifts_it_from_nobody(rig: Rig) -> None:
    redact(rig, "stranger", "reported")
    before = (disclosed(rig), states(rig))
    assert before == ((Truth.FALSE, ["reasons"]), ["not", "not"])
    rig.publisher("rival")
    redact(rig, "rival", "reported", body="@vireo")
    assert (disclosed(rig), states(rig)) == before
