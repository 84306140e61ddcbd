"""The evidence model's policy, sentence by sentence: each test's name states the sentence that it shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions.evidence.dates import certainly_by, possibly_by, since_entry
from sousveil.decisions.facts.model import Value
from sousveil.decisions.model import Truth
from sousveil.register.model import Stance
from tests.decisions.rig import Rig, rigged

TRUE, UNKNOWN = Truth.TRUE, Truth.UNKNOWN
HALT = {"state": "@averna", "measureKind": "moratorium", "covers": ["sale", "use"], "startDate": "2023-01-01"}
CASE = {"stage": "infected", "vendor": "@vireo", "client": "@ministry", "clientStage": "reported", "date": "2024-02"}


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with rigged(tmp_path) as made:
        for name in ("gazette", "averna"):
            made.publisher(name)
        yield made


def halt(rig: Rig, by: str = "paper", standing: str = "reported", **more: Any) -> list[str]:
    return rig.say("halt", type="MoratoriumMeasure", by=by, standing=standing, **more)


def halted(rig: Rig, as_of: str = "2024-06-01") -> Value:
    return rig.value("state.halt_in_force", "xb", as_of=as_of)


# 1. Adverse facts


def test_one_reported_account_with_every_property_makes_an_adverse_fact_true(rig: Rig) -> None:
    halt(rig, **HALT)
    found = halted(rig)
    assert (found.truth, found.alleged) == (TRUE, False)


def test_an_account_without_a_required_property_makes_no_adverse_fact(rig: Rig) -> None:
    halt(rig, **{**HALT, "covers": ["transfer"]})
    assert halted(rig).truth is UNKNOWN


def test_an_account_that_is_over_by_its_own_dates_makes_no_adverse_fact(rig: Rig) -> None:
    halt(rig, **HALT, endDate="2024-03-31")
    assert [halted(rig, day).truth for day in ("2022-12-31", "2023-01-01", "2024-03-31", "2024-04-01")] == [
        UNKNOWN,
        TRUE,
        TRUE,
        UNKNOWN,
    ]


def test_an_alleged_account_alone_gives_at_most_blocked_unless(rig: Rig) -> None:
    halt(rig, **HALT, standing="alleged")
    found = halted(rig)
    assert (found.truth, found.alleged) == (TRUE, True)
    assert {one.effect for one in rig.judge("sale").reasons} == {"blocked_unless"}


@pytest.mark.parametrize("by", ["paper-2", "averna", "gazette"])
@pytest.mark.parametrize("more", [{"endDate": "2023-02-01"}, {"startDate": "2030"}, {"status": "ended"}, {"status": "announced"},
                                  {"covers": "transfer"}, {"measureKind": "lifted"}])  # fmt: skip
def test_adding_an_account_never_weakens_an_adverse_fact(rig: Rig, by: str, more: dict[str, str]) -> None:
    rig.publisher("paper-2", verified=False)
    halt(rig, **HALT)
    halt(rig, by, "confirmed", **more)
    found = halted(rig)
    assert (found.truth, found.alleged) == (TRUE, False)


def test_its_own_publishers_retraction_ends_an_adverse_fact_and_is_named(rig: Rig) -> None:
    halt(rig, **HALT)
    rig.retract("halt", "paper")
    found = halted(rig)
    assert found.truth is UNKNOWN
    assert any("was taken back by its publisher" in note for note in found.notes)


def test_another_publishers_denial_does_not_end_an_adverse_fact(rig: Rig) -> None:
    ids = halt(rig, **HALT)
    for id in ids:
        rig.answer(id, Stance.DENIES, "There is no such measure.", "gazette")
    assert halted(rig).truth is TRUE


# 3. Another publisher's record


def test_a_publisher_completes_what_another_left_out(rig: Rig) -> None:
    halt(rig, state="@averna", measureKind="moratorium")
    assert halted(rig).truth is UNKNOWN
    halt(rig, "gazette", "reported", covers="sale")
    found = halted(rig)
    assert (found.truth, found.alleged) == (TRUE, False)


def test_an_alleged_date_makes_no_reported_account_begin_earlier(rig: Rig) -> None:
    halt(rig, **{**HALT, "startDate": "2030-01-01"})
    halt(rig, "gazette", "alleged", startDate="2023-01-01")
    found = halted(rig)
    assert (found.truth, found.alleged) == (TRUE, True)


def test_an_incident_with_a_potential_client_charges_as_an_allegation_does(rig: Rig) -> None:
    rig.say("case", type="AbuseIncident", by="paper", standing="reported", **{**CASE, "clientStage": "potential"})
    found = rig.value("buyer.abused", "ministry")
    assert (found.truth, found.alleged) == (TRUE, True)
    rig.say("case", type="AbuseIncident", by="gazette", standing="reported", **CASE)
    found = rig.value("buyer.abused", "ministry")
    assert (found.truth, found.alleged) == (TRUE, False)


def test_who_stood_in_a_relation_at_the_time_answers_for_that_time(rig: Rig) -> None:
    """The end of a supply contract leaves the supplier of that time with its client."""
    rig.say("case", type="AbuseIncident", by="paper", standing="reported", **{**CASE, "vendor": "@rival"})
    supply = {"supplier": "@vireo", "recipient": "@ministry", "date": "2019", "clientStage": "reported"}
    rig.say("supply", type="Supply", by="paper", standing="reported", **supply)
    assert rig.value("vendor.served_abuser", "vireo").truth is TRUE
    rig.say("supply", type="Supply", by="gazette", endDate="2020")
    assert rig.value("vendor.served_abuser", "vireo").truth is TRUE


# 4. Dates


@pytest.mark.parametrize(
    ("text", "possible", "certain"),
    [("2024-06-01", True, True), ("2024-06-02", False, False), ("2024", True, False), ("2023", True, True),
     ("2025?", True, False), ("2020?", True, False), ("..", True, False), (None, True, False)],
)  # fmt: skip
def test_an_adverse_fact_takes_a_possible_date_and_a_mitigating_fact_a_certain_one(
    text: str | None, possible: bool, certain: bool
) -> None:
    assert (possibly_by("2024-06-01", text), certainly_by("2024-06-01", text)) == (possible, certain)


@pytest.mark.parametrize(
    ("named", "counts"),
    [("2021-03-01", "2024-06-01"), (None, "2024-06-01"), ("2025-01-01", "2025-01-01"), ("2024", "2024")],
)
def test_an_act_counts_from_the_later_of_its_day_and_its_recording(named: str | None, counts: str) -> None:
    assert since_entry(named, "2024-06-01") == counts
