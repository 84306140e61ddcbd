"""Who countersigns a registration: the registry of the company's home State, by the rule's own test, for label, clock, cell and rule."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions.model import Truth
from sousveil.decisions.procedures.cells import company_cells
from sousveil.decisions.procedures.engine import Board, day_of
from sousveil.decisions.procedures.items import item_of, open_duties
from sousveil.decisions.procedures.registry import all_procedures
from tests.decisions.met import filed
from tests.decisions.rig import DAY, FREE, Rig, rigged, sid

REGISTERED: dict[str, Any] = {
    "type": "Registration", "company": "@vireo", "by": "vireo", "status": "submitted", "startDate": "2024-01-01",
    "declares": ["identity", "products", "due-diligence", "impacts", "sales"], "declaresNone": ["intermediaries", "rejections"],
}  # fmt: skip


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A registry of Calder, one of Averna, and a city of Calder, each with a verified key; who is what the foundation says."""
    with rigged(tmp_path) as made:
        for key in ("vireo", "city", "registry", "other"):
            made.publisher(key)
        filed(made)
        made.say("city", type="PublicBody", name="City of Calder", country="xa", partOf="@calder", level="local")
        made.say("registry", type="PublicBody", name="Registry", country="xa", partOf="@calder", office="registry")
        made.say(
            "other", type="PublicBody", name="Registry of Averna", country="xb", partOf="@averna", office="registry"
        )
        yield made


def answer(rig: Rig, by: str, outcome: str = "confirmed", date: str = "2024-02-01", key: str = "answer") -> None:
    rig.say(key, type="Countersignature", registration="@one", authority=f"@{by}", outcome=outcome, date=date, by=by,
            **({} if outcome == "confirmed" else {"reason": "Parts are missing."}))  # fmt: skip


def seen(rig: Rig, day: str = DAY) -> tuple[str, str, str, Truth]:
    """The label, the clock, the cell's need, the fact of the rule."""
    board, at = Board(rig.register.store), day_of(day)
    (record,) = board.records["Registration"]
    item = item_of(board, all_procedures()["d-registration"], record, at)
    (due,) = item.due
    (cell,) = (one for one in company_cells(board, sid("vireo"), at) if one.letter == "d")
    (need,) = (one for one in cell.needs if one.name == "countersigned")
    return item.state, due.state, need.state, rig.value("vendor.registered", "vireo", as_of=day).truth


WAITS = ("declared", "asked", "unknown", Truth.UNKNOWN)
DONE = ("confirmed", "met", "met", Truth.TRUE)


@pytest.mark.parametrize("named", ["city", "registry", "other"])
def test_a_city_that_the_company_names_countersigns_nothing(rig: Rig, named: str) -> None:
    rig.say("one", **REGISTERED, authority=f"@{named}")
    assert seen(rig) == WAITS
    for by in ("city", "other"):
        answer(rig, by, key=f"by-{by}")
        assert seen(rig) == WAITS, by
    answer(rig, "registry")
    assert seen(rig) == DONE
    assert seen(rig, "2024-01-31") == ("declared", "running", "unknown", Truth.UNKNOWN)


@pytest.mark.parametrize("outcome", ["incomplete", "refused"])
def test_only_the_state_refuses(rig: Rig, outcome: str) -> None:
    rig.say("one", **REGISTERED, authority="@city")
    answer(rig, "city", outcome, key="by-city")
    assert seen(rig)[:2] == WAITS[:2]
    answer(rig, "registry", outcome)
    assert seen(rig)[:2] == (outcome, "met")


def test_what_is_not_whole_is_answered_and_not_countersigned(rig: Rig) -> None:
    rig.say("one", **{**REGISTERED, "declaresNone": ["intermediaries"]}, authority="@registry")
    answer(rig, "registry")
    assert seen(rig) == ("partial", "met", "unknown", Truth.UNKNOWN)


BACK = ("incomplete", "met", "not", Truth.UNKNOWN)


def test_what_was_incomplete_and_is_then_confirmed_is_countersigned(rig: Rig) -> None:
    rig.say("one", **REGISTERED, authority="@registry")
    answer(rig, "registry", "incomplete", "2024-01-20", key="first")
    assert seen(rig) == BACK
    answer(rig, "registry", date="2024-01-25", key="then")
    assert seen(rig) == DONE
    assert seen(rig, "2024-01-22") == BACK


def test_what_the_registry_calls_incomplete_after_it_confirmed_is_countersigned_no_more(rig: Rig) -> None:
    rig.say("one", **REGISTERED, authority="@registry")
    answer(rig, "registry", date="2024-01-25", key="first")
    answer(rig, "registry", "incomplete", "2024-01-28", key="then")
    assert seen(rig, "2024-01-26") == DONE
    assert seen(rig) == BACK
    answer(rig, "registry", date="2024-02-02", key="again")
    assert seen(rig) == DONE


def test_of_one_day_the_answer_counts_that_was_told_last(rig: Rig) -> None:
    rig.say("one", **REGISTERED, authority="@registry")
    for at, (outcome, then) in enumerate((("incomplete", BACK), ("confirmed", DONE), ("incomplete", BACK))):
        answer(rig, "registry", outcome, "2024-01-25", key=f"answer-{at}")
        assert seen(rig) == then


@pytest.mark.parametrize("by", ["city", "other"])
def test_nobody_else_calls_incomplete_what_the_registry_confirmed(rig: Rig, by: str) -> None:
    rig.say("one", **REGISTERED, authority="@registry")
    answer(rig, by, "incomplete", key="before")
    assert seen(rig) == WAITS
    answer(rig, "registry")
    assert seen(rig) == DONE
    answer(rig, by, "incomplete", "2024-02-05", key="after")
    assert seen(rig) == DONE


def need_and_rule(rig: Rig) -> tuple[str, Truth]:
    (cell,) = (one for one in company_cells(Board(rig.register.store), sid("vireo"), day_of(DAY)) if one.letter == "d")
    (need,) = (one for one in cell.needs if one.name == "countersigned")
    return need.state, rig.value("vendor.registered", "vireo").truth


@pytest.mark.parametrize("day", ["2023-06-01", "2024-03-01"])
def test_an_incomplete_registration_takes_nothing_from_another_that_is_countersigned(rig: Rig, day: str) -> None:
    rig.say("one", **REGISTERED, authority="@registry")
    answer(rig, "registry")
    rig.say("two", **{**REGISTERED, "startDate": day}, authority="@registry")
    rig.say("two-said", type="Countersignature", registration="@two", authority="@registry", outcome="incomplete",
            date="2024-04-01", reason="Parts are missing.", by="registry")  # fmt: skip
    assert need_and_rule(rig) == ("met", Truth.TRUE)
    rig.say("one-said", type="Countersignature", registration="@one", authority="@registry", outcome="incomplete",
            date="2024-04-02", reason="Parts are missing.", by="registry")  # fmt: skip
    assert need_and_rule(rig) == ("not", Truth.UNKNOWN)


def test_a_city_s_word_for_one_registration_hides_no_later_one_that_is_incomplete(rig: Rig) -> None:
    rig.say("one", **REGISTERED, authority="@city")
    answer(rig, "city")
    rig.say("two", **{**REGISTERED, "startDate": "2024-03-01"}, authority="@registry")
    rig.say("two-said", type="Countersignature", registration="@two", authority="@registry", outcome="incomplete",
            date="2024-04-01", reason="Parts are missing.", by="registry")  # fmt: skip
    assert need_and_rule(rig) == ("not", Truth.UNKNOWN)


# Amendments of what the State refused


def amend(rig: Rig, key: str, of: str, start: str, **more: Any) -> None:
    rig.say(key, **{**REGISTERED, "status": "amended", "amends": f"@{of}", "startDate": start, **more})


def sign(rig: Rig, of: str, date: str) -> None:
    rig.say(f"sign-{of}", type="Countersignature", registration=f"@{of}", authority="@registry", outcome="confirmed", date=date,
            by="registry")  # fmt: skip


def refusal(rig: Rig) -> tuple[str, Truth, Truth]:
    """The cell's need, whether the rule counts a refusal, whether it counts a registration."""
    need, rule = need_and_rule(rig)
    return need, rig.value("vendor.registration_refused", "vireo").truth, rule


def test_another_registration_undoes_no_refusal(rig: Rig) -> None:
    rig.say("one", **REGISTERED)
    answer(rig, "registry", "refused")
    amend(rig, "two", "one", "2024-02-10", declares=["identity"], declaresNone=[])
    rig.say("three", **{**REGISTERED, "startDate": "2024-02-20"})
    sign(rig, "three", "2024-03-01")
    assert refusal(rig)[1:] == (Truth.TRUE, Truth.UNKNOWN)


def test_a_refusal_counts_until_an_amendment_is_countersigned(rig: Rig) -> None:
    rig.say("one", **REGISTERED)
    answer(rig, "registry", "refused")
    refused = "not", Truth.TRUE
    assert refusal(rig)[:2] == refused
    amend(rig, "two", "one", "2024-02-10")
    assert refusal(rig)[:2] == refused
    amend(rig, "three", "two", "2024-02-20")
    assert refusal(rig)[:2] == refused
    sign(rig, "three", "2024-03-01")
    assert refusal(rig) == ("met", Truth.UNKNOWN, Truth.TRUE)
    amend(rig, "four", "three", "2024-03-10")
    assert refusal(rig) == ("unknown", Truth.UNKNOWN, Truth.UNKNOWN)


# Answers of an office that is identified, and not verified


@pytest.mark.parametrize("by", [FREE, "counter"])
@pytest.mark.parametrize("outcome", ["confirmed", "incomplete"])
def test_an_identified_office_answers_and_lifts_nothing(rig: Rig, by: str, outcome: str) -> None:
    rig.publisher("counter", verified=False, identified=True)
    rig.say("counter", type="PublicBody", name="Counter", country="xa", partOf="@calder")
    rig.say("one", **REGISTERED, authority="@counter")
    answer(rig, "counter", outcome)
    assert seen(rig) == WAITS
    rig.say("counter", type="PublicBody", office="registry", by="vireo")
    assert seen(rig) == WAITS
    rig.say("counter", type="PublicBody", office="registry", by=by)
    assert seen(rig) == ("replied", "replied", "unknown", Truth.UNKNOWN)
    assert seen(rig, "2024-01-31") == ("declared", "running", "unknown", Truth.UNKNOWN)


def test_neither_a_foreign_office_nor_the_company_answers_for_the_state(rig: Rig) -> None:
    rig.say("one", **REGISTERED, authority="@counter")
    for name, code in (("counter", "xb"), ("shop", "xa")):
        rig.publisher(name, verified=False, identified=name == "counter")
        rig.say(name, type="PublicBody", name=name.title(), country=code, office="registry", by=name)
        answer(rig, name, "incomplete", key=f"by-{name}")
    assert seen(rig) == WAITS


def test_a_key_that_no_domain_names_confirms_nothing(rig: Rig) -> None:
    rig.publisher("counter", verified=False)
    rig.say("one", **REGISTERED, authority="@counter")
    for by in (FREE, "vireo", "counter"):
        rig.say("counter", type="PublicBody", name="Counter", country="xa", partOf="@calder", office="registry", by=by)
    answer(rig, "counter")
    assert seen(rig) == WAITS


# What is told later of who is tied to whom


def tie(rig: Rig, asset: str, by: str = "vireo") -> None:
    """Somebody says that the foundation, which confirms the office of the registry, owns a share of a seller."""
    rig.say("quiet", type="Company", name="Quietwater", country="xa", by="paper")
    rig.say("desk", type="SurveillanceProduct", name="Desk", vendor="@quiet", category="forensics", by="paper")
    rig.say("share", type="Ownership", owner=f"@{FREE}", asset=f"@{asset}", percentage="1", startDate="2020", by=by)


def clock(rig: Rig) -> tuple[str, int]:
    """Its state, and how much the State of the company is told to owe."""
    board = Board(rig.register.store)
    late = [one.due.owed_by.id for one in open_duties(board, day_of(DAY)) if one.due.owed_by is not None]
    return seen(rig)[1], late.count(sid("calder"))


@pytest.mark.parametrize("asset", ["quiet", "vireo"])
@pytest.mark.parametrize("by", ["vireo", "paper"])
@pytest.mark.parametrize("outcome", ["confirmed", "incomplete", "refused"])
def test_a_state_that_answered_is_not_late_whatever_is_told_of_ties(
    rig: Rig, outcome: str, by: str, asset: str
) -> None:
    """Who confirms the office is asked of somebody who is tied to nobody; until then the State replied, and is not late (decision 0071)."""
    rig.say("one", **REGISTERED, authority="@registry")
    answer(rig, "registry", outcome)
    assert clock(rig) == ("met", 0)
    tie(rig, asset, by)
    assert clock(rig) == ("replied", 1)
    assert seen(rig)[3] is (Truth.FALSE if outcome == "refused" else Truth.UNKNOWN)


def test_a_tie_makes_nobody_s_answer_that_of_the_state(rig: Rig) -> None:
    rig.say("one", **REGISTERED, authority="@city")
    tie(rig, "vireo")
    for by in ("city", "other"):
        answer(rig, by, key=f"by-{by}")
    assert clock(rig) == ("asked", 1)
    answer(rig, "registry", date="2024-03-10")
    assert seen(rig)[1] == "replied"


def test_what_the_company_alone_calls_a_registry_is_none(rig: Rig) -> None:
    rig.say("one", **REGISTERED, authority="@city")
    rig.say("city", type="PublicBody", partOf="@calder", office="registry", by="vireo")
    answer(rig, "city")
    assert clock(rig) == ("asked", 1)
