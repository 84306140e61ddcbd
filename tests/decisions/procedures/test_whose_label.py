"""Whose record gives another its label, what a State's company says of its State, and when a request is answered."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from sousveil.decisions.procedures import items, registry
from sousveil.decisions.procedures.cells import ITSELF, MET, PARTLY
from sousveil.decisions.procedures.conditions import (
    AllOf,
    AnyOf,
    Condition,
    Linked,
)
from sousveil.decisions.procedures.engine import Board, day_of
from sousveil.decisions.procedures.items import due_of
from sousveil.decisions.procedures.model import ACTORS
from sousveil.register.types import registry as types
from tests.decisions.procedures.test_own_word import ACTS, DAY_NUMBER, TWICE, WHOLE, base, row, tell
from tests.decisions.rig import FREE, SECOND, Rig, disclosures_view, sid

REPORTED = {"by": "paper", "standing": "reported"}


@pytest.fixture
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    made = Rig(tmp_path_factory.mktemp("label") / "register")
    base(made)
    yield made
    made.register.close()


# A company of the State


@pytest.mark.parametrize("through", [(), ("fund",)])
def test_a_company_of_the_state_speaks_of_it_as_the_state_does(rig: Rig, through: tuple[str, ...]) -> None:
    """It sits elsewhere, and files whole records about the State that owns it: that is the State's own word."""
    rig.publisher("harbour")
    rig.say("harbour", type="Company", name="Harbour Ltd", country="xc", by="harbour")
    told = tell(rig, "harbour", {key: values for key, values in WHOLE.items() if key not in ACTS})
    for key in TWICE:
        rig.second(key, **WHOLE[key])
    assert {letter: one.state for letter, one in row(rig).items() if letter != "b"} == dict.fromkeys("acdefghijkl", MET)
    for key in TWICE:
        rig.retract(key, SECOND)
    for owner, asset in pairwise(("averna", *through, "harbour")):
        if asset != "harbour":
            rig.say(asset, type="Company", name="A fund", country="xc", **REPORTED)
        rig.say(f"{owner}-{asset}", type="Ownership", owner=f"@{owner}", asset=f"@{asset}", percentage="100",
                startDate="2020", **REPORTED)  # fmt: skip
    after = {letter: (one.state, one.words) for letter, one in row(rig).items() if letter != "b"}
    assert after == dict.fromkeys("acdefghijkl", (PARTLY, ITSELF))
    assert told
    tell(rig, FREE, {key: values for key, values in WHOLE.items() if key not in ACTS})
    for key in TWICE:
        rig.second(key, **WHOLE[key])
    assert {letter: one.state for letter, one in row(rig).items() if letter != "b"} == dict.fromkeys("acdefghijkl", MET)


# Labels


def label(rig: Rig, procedure: str, key: str, day: int = DAY_NUMBER) -> tuple[str, bool]:
    found = items.items(Board(rig.register.store), registry.all_procedures()[procedure], day)
    one = next(each for each in found if each.ref.id == sid(key))
    return one.state, one.closed


DECISION = {"type": "OversightDecision", "name": "Decision", "body": "@board", "about": "@proposal", "outcome": "approved",
            "date": "2024-04-01", "reason": "Narrow."}  # fmt: skip


def proposal(rig: Rig, by: str = "paper", standing: str = "reported") -> None:
    rig.say("board", type="OversightBody", name="Board of Averna", country="xb", bodyKind="community", by=by,
            standing=standing)  # fmt: skip
    rig.say("proposal", type="Acquisition", name="Lens", body="@ministry", product="@lens", board="@board",
            proposedOn="2024-01-10", by=by, standing=standing)  # fmt: skip


@pytest.mark.parametrize("by", ["vireo", "rival", "third", "league", "grey", "hermit", "calder"])
def test_a_decision_of_a_stranger_names_no_proposal(rig: Rig, by: str) -> None:
    proposal(rig)
    assert label(rig, "h-boards", "proposal") == ("proposed", False)
    rig.say("decision", by=by, standing="reported", **DECISION)
    rig.say("notice", type="PublicNotice", acquisition="@proposal", noticedOn="2024-02-01", days="30", by=by,
            standing="reported")  # fmt: skip
    assert label(rig, "h-boards", "proposal") == ("proposed", False)


@pytest.mark.parametrize(
    ("by", "standing", "told"),
    [("board", "confirmed", REPORTED), (FREE, "confirmed", {"by": FREE, "standing": "confirmed"})],
)
def test_the_board_and_somebody_independent_name_it(rig: Rig, by: str, standing: str, told: dict[str, str]) -> None:
    """Somebody independent as in an answer: the board, the proposal and its notice are confirmed."""
    proposal(rig, **told)
    rig.publisher(by)
    rig.say("notice", type="PublicNotice", acquisition="@proposal", noticedOn="2024-02-01", days="30", by="ministry",
            standing="confirmed")  # fmt: skip
    rig.say("public", type="PublicNotice", acquisition="@proposal", noticedOn="2024-02-01", days="30", **told)
    assert label(rig, "h-boards", "proposal") == ("noticed", False)
    rig.say("decision", by=by, standing=standing, **DECISION)
    assert label(rig, "h-boards", "proposal") == ("approved", True)


@pytest.mark.parametrize("teller", ["ministry", "paper"])
@pytest.mark.parametrize("board", ["board", "ministry"])
@pytest.mark.parametrize("outcome", ["approved", "rejected"])
def test_no_body_gives_itself_the_approval_that_it_needs(rig: Rig, teller: str, board: str, outcome: str) -> None:
    """Nor does whoever told of the proposal, also where the body names itself as its board."""
    told: dict[str, Any] = {"by": teller, "standing": "reported"}
    rig.say("board", type="OversightBody", name="Board of Averna", country="xb", bodyKind="community", **REPORTED)
    rig.say(
        "proposal",
        type="Acquisition",
        name="Lens",
        body="@ministry",
        board=f"@{board}",
        proposedOn="2024-01-10",
        **told,
    )
    rig.say("decision", by="ministry", standing="reported", **{**DECISION, "body": f"@{board}", "outcome": outcome})
    rig.say("report", standing="reported", by="paper", **{**DECISION, "body": f"@{board}", "outcome": outcome})
    assert label(rig, "h-boards", "proposal") == ("proposed", False)
    rig.publisher("board")
    rig.say("hearsay", by="board", standing="reported", **{**DECISION, "outcome": outcome})
    assert label(rig, "h-boards", "proposal") == ("proposed", False)  # as on the page: who decides says it as done


def test_no_licensee_revokes_its_own_licence_in_the_label(rig: Rig) -> None:
    """Neither by an event, nor by the status of the licence that it told of first."""
    event: dict[str, Any] = {"type": "LicenceEvent", "event": "revoked", "date": "2024-03-01", "standing": "reported"}
    licence: dict[str, Any] = {
        "type": "ExportLicence",
        "licensee": "@vireo",
        "issuer": "@ministry",
        "status": "revoked",
    }
    rig.say("mine", name="Licence 3", by="vireo", standing="reported", **licence)
    rig.say("by-vireo", licence="@mine", by="vireo", **event)
    assert label(rig, "b-investigations", "mine") == ("live", False)
    assert label(rig, "b-investigations", "own-licence") == ("live", False)
    rig.say("by-paper", licence="@own-licence", by="paper", **event)  # who alone told of it: so answers count it
    assert label(rig, "b-investigations", "own-licence") == ("revoked", True)
    rig.say("by-office", licence="@mine", authority="@ministry", by="ministry", **{**event, "standing": "confirmed"})
    assert label(rig, "b-investigations", "mine") == ("revoked", True)
    rig.say("told", name="Licence 2", **licence, **REPORTED)
    assert label(rig, "b-investigations", "told") == ("revoked", True)  # the status that somebody else told of


def test_a_report_of_somebody_independent_is_no_confirmation(rig: Rig) -> None:
    proposal(rig)
    rig.say("decision", by=FREE, standing="reported", **DECISION)
    assert label(rig, "h-boards", "proposal") == ("proposed", False)


def test_strangers_revoke_no_licence_and_sign_no_registration(rig: Rig) -> None:
    rig.say("event", type="LicenceEvent", licence="@own-licence", authority="@ministry", event="revoked", date="2024-03-01",
            by="rival", standing="reported")  # fmt: skip
    assert label(rig, "b-investigations", "own-licence")[0] != "revoked"
    rig.say("registered", type="Registration", company="@vireo", startDate="2024-01-01", status="submitted",
            authority="@exchange", by="vireo")  # fmt: skip
    before = label(rig, "d-registration", "registered")
    rig.say("signed", type="Countersignature", registration="@registered", outcome="refused", date="2024-02-01",
            authority="@third-office", by="third-office", standing="reported")  # fmt: skip
    assert label(rig, "d-registration", "registered") == before
    rig.say("refusal", type="Countersignature", registration="@registered", outcome="refused", date="2024-02-01",
            authority="@exchange", by="exchange")  # fmt: skip
    assert label(rig, "d-registration", "registered") == before, (
        "it is named by the company, and no registry of its State"
    )


def linked(condition: Condition | None) -> bool:
    if isinstance(condition, AnyOf | AllOf):
        return any(map(linked, condition.of))
    return isinstance(condition, Linked) and not condition.proven


def test_each_label_that_another_record_gives_says_whose_act_it_is() -> None:
    """Where it names nobody only whoever told of the record, and somebody independent, give it. Where the rule
    has a test of its own for that (`Linked.proven`), the label asks it."""
    found = {
        (procedure.name, type, state.name): (ACTORS[type].offices, ACTORS[type].anybody)
        for procedure in registry.all_procedures().values()
        for type, states in procedure.states.items()
        for state in states
        if linked(state.when)
    }
    assert found == {
        ("k-markets", "CorporateEvent", "told"): ((), True),
        ("nso-exporting-states", "Investigation", "stated"): (("body",), False),
    }


# Requests


def request(rig: Rig, by: str = "paper", **more: str) -> None:
    rig.say("request", type="InformationRequest", name="Request 1", body="@ministry", status="asked", by=by,
            standing="reported", askedOn="2024-01-10", **more)  # fmt: skip


def answered(rig: Rig) -> tuple[str, str, str]:
    """By the clock, by the page, by the label, after all that was told: a word without a day counts from its recording."""
    board = Board(rig.register.store)
    procedure = registry.all_procedures()["f-contracts"]
    clock = next(one for one in procedure.clocks if one.name == "answer")
    record = board.record(sid("request"))
    assert record is not None
    due = due_of(board, clock, record, day_of(LATER))
    assert due is not None
    view = disclosures_view(rig.register.store, as_of=LATER)
    (one,) = (each for each in view.requests if each.ref.id == sid("request"))
    return due.state, one.state, label(rig, "f-contracts", "request", day_of(LATER))[0]


LATER = "2099-01-01"


OPEN = ("asked", "asked", "asked")
DONE = ("answered", "met")


def is_done(found: tuple[str, str, str]) -> bool:
    return all(one in DONE for one in found)


def test_whoever_owes_the_answer_does_not_answer_by_saying_so(rig: Rig) -> None:
    request(rig, by="ministry")
    assert answered(rig) == OPEN
    rig.say("request", type="InformationRequest", status="answered", by="ministry")
    assert answered(rig) == OPEN
    rig.say("request", type="InformationRequest", answer="Twelve contracts.", by="ministry")
    assert is_done(answered(rig))


@pytest.mark.parametrize("document", [True, False])
def test_an_answer_counts_with_its_text_or_its_document(rig: Rig, document: bool) -> None:
    rig.say("league", type="Organization", name="League of Averna")
    request(rig, requester="@league")
    rig.say("request", type="InformationRequest", status="answered", **REPORTED)
    assert answered(rig) == OPEN
    rig.say("letter", type="Document", title="The answer", **REPORTED)
    more = {"answerDocument": "@letter"} if document else {"answer": "Twelve contracts."}
    rig.say("request", type="InformationRequest", **more, **REPORTED)
    assert is_done(answered(rig))


def test_whoever_asked_says_that_it_was_answered_and_nobody_else_in_their_place(rig: Rig) -> None:
    request(rig, requester="@league")
    for stranger in ("rival", "ministry", "averna", "grey"):
        rig.say("request", type="InformationRequest", status="answered", by=stranger)
        assert answered(rig) == OPEN, stranger
    rig.say("request", type="InformationRequest", status="answered", by="league")
    assert is_done(answered(rig))


def test_where_nobody_is_named_who_told_of_the_request_asked(rig: Rig) -> None:
    request(rig)
    rig.say("request", type="InformationRequest", status="answered", **REPORTED)
    assert is_done(answered(rig))


def test_who_owes_it_asks_nothing_of_itself(rig: Rig) -> None:
    """Named as the one who asked, neither the body nor its State confirms its own answer."""
    request(rig, by="ministry", requester="@averna")
    for one in ("ministry", "averna"):
        rig.say("request", type="InformationRequest", status="answered", by=one)
    assert answered(rig) == OPEN


# Reports on the impact


def test_a_report_on_the_impact_has_a_form_and_is_what_a_proposal_names() -> None:
    forms = {one.name: one for one in registry.all_procedures()["h-boards"].forms}
    form = forms["impact"]
    assert form.type == "ImpactReport" and [
        one.property for one in form.fields if one.required and not one.of.required
    ] == [
        "title", "purpose", "affected", "rightsAssessment", "publishedAt",
    ]  # fmt: skip
    names = next(one for one in forms["proposal"].fields if one.property == "impactReport")
    assert any(types.is_a(form.type, one) for one in names.of.range)


def test_a_report_on_the_impact_is_listed(rig: Rig) -> None:
    rig.say("impact", type="ImpactReport", title="Impact of the Lens", body="@ministry", publishedAt="2024-02-01",
            by="ministry")  # fmt: skip
    assert label(rig, "h-boards", "impact") == ("on-file", True)


def test_whoever_a_decision_is_about_does_not_close_it(rig: Rig) -> None:
    rig.say("board", type="OversightBody", name="Board of Averna", country="xb", bodyKind="community", **REPORTED)
    rig.say("decision", **{**DECISION, "about": "@vireo"}, **REPORTED)
    before = label(rig, "h-boards", "decision")
    assert before == ("decided", False)
    ended = {**DECISION, "about": "@vireo", "expiryDate": "2024-05-01"}
    rig.say("decision", by="vireo", **ended)
    assert label(rig, "h-boards", "decision") == before
    rig.say("ended", **ended, **REPORTED)
    assert label(rig, "h-boards", "ended") == ("expired", True)
