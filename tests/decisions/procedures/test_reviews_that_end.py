"""A review by which the issuing State revokes or suspends a licence ends it as an event does, for all who ask."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions.procedures.cells import state_row
from sousveil.decisions.procedures.engine import Board, day_of
from sousveil.decisions.views.licences import count_of, queue
from sousveil.desk import harms
from sousveil.register.views.home import home_view
from tests.decisions.procedures.test_renewed_licences import LICENCE, T, U, seen
from tests.decisions.rig import Rig, rigged, sid

REVIEW: dict[str, Any] = {"type": "LicenceReview", "licence": "@licence", "incident": "@case", "authority": "@office",
                          "date": "2021-08-02", "reason": "Because of the phones."}  # fmt: skip
EVENT: dict[str, Any] = {
    "type": "LicenceEvent",
    "licence": "@licence",
    "authority": "@office",
    "reason": "It was asked for.",
}
DAY = "2021-10-01"
LIVE = (T, T, "live", "undecided", "live", ("2022-12-31", "current"))


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with rigged(tmp_path) as made:
        made.say("office", type="PublicBody", name="Export Office", country="xa", partOf="@calder", office="licensing")
        made.publisher("office")
        made.publisher("vireo")
        made.say("case", type="AbuseIncident", name="Phones", stage="infected", product="@lens", vendor="@vireo",
                 date="2021-05-01")  # fmt: skip
        made.say("licence", by="office", **LICENCE)
        yield made


def counted(rig: Rig) -> tuple[int, int, int, int]:
    """What the State's page counts: undecided, maintained, ended, ended without reasons."""
    view = queue(rig.register.store, today=DAY)
    one = count_of(view, "xa")
    return one.undecided, one.maintained, one.ended, one.unreasoned


def need(rig: Rig, name: str) -> tuple[str, list[str]]:
    (cell,) = (one for one in state_row(Board(rig.register.store), "xa", day_of(DAY)).cells if one.letter == "b")
    (found,) = (one for one in cell.needs if one.name == name)
    return found.state, [one.says for one in found.proof]


@pytest.mark.parametrize(
    ("outcome", "page"), [("revoked", ("2021-08-02", "ended")), ("suspended", ("2022-12-31", "current"))]
)
def test_a_review_that_revokes_or_suspends_ends_the_licence(rig: Rig, outcome: str, page: tuple[str, str]) -> None:
    assert seen(rig, DAY) == LIVE
    rig.say("review", by="office", **REVIEW, outcome=outcome)
    assert seen(rig, DAY) == (U, U, outcome, "ended", outcome, page)
    assert counted(rig) == (0, 0, 1, 0)
    assert need(rig, "reviewed") == ("met", [f"Outcome: {outcome}"])
    assert seen(rig, "2021-08-01")[:5] == LIVE[:5]
    (item,) = queue(rig.register.store, today=DAY).items
    assert item.ended is not None
    assert (item.ended.what, item.ended.date, item.ended.reasons) == (outcome, "2021-08-02", True)


@pytest.mark.parametrize("outcome", ["revoked", "suspended"])
def test_what_is_put_in_force_again_goes_on(rig: Rig, outcome: str) -> None:
    rig.say("review", by="office", **REVIEW, outcome=outcome)
    rig.say("again", by="office", **EVENT, event="reinstated", date="2021-09-01")
    assert seen(rig, DAY)[0] is T
    assert seen(rig, DAY)[2:5] == ("live", "maintained", "live")
    assert counted(rig) == (0, 1, 0, 0)


def test_a_later_review_that_maintains_it_has_it_go_on(rig: Rig) -> None:
    rig.say("review", by="office", **REVIEW, outcome="suspended")
    rig.say("later", by="office", **{**REVIEW, "date": "2021-09-01"}, outcome="maintained")
    found = seen(rig, DAY)
    assert (found[0], found[1:5]) == (T, (U, "live", "maintained", "live"))
    assert counted(rig) == (0, 1, 0, 0)


@pytest.mark.parametrize("outcome", ["maintained", "amended"])
def test_a_review_that_lets_it_go_on_ends_nothing(rig: Rig, outcome: str) -> None:
    rig.say("review", by="office", **REVIEW, outcome=outcome)
    assert seen(rig, DAY) == (*LIVE[:3], "maintained", *LIVE[4:])
    assert counted(rig) == (0, 1, 0, 0)


@pytest.mark.parametrize("outcome", ["revoked", "suspended"])
@pytest.mark.parametrize("by", ["paper", "vireo"])
def test_a_review_that_others_tell_of_ends_no_risk_and_closes_nothing(rig: Rig, by: str, outcome: str) -> None:
    """It takes the authorisation away, as every report of an end does."""
    rig.say("review", by=by, standing="reported", **REVIEW, outcome=outcome)
    found = seen(rig, DAY)
    assert found[:4] == (T, U, "live", "undecided")
    (item,) = queue(rig.register.store, today=DAY).items
    assert item.reported == outcome


@pytest.mark.parametrize("outcome", ["revoked", "suspended"])
def test_cell_first_page_and_notices_count_a_review_as_they_count_an_event(rig: Rig, outcome: str) -> None:
    def blocked() -> list[str]:
        return [one.kind for one in home_view(rig.register.store, today=DAY).blocked]

    assert (need(rig, "revoked"), blocked()) == (("unknown", []), [])
    rig.say("review", by="office", **REVIEW, outcome=outcome)
    assert need(rig, "revoked")[0] == ("partly" if outcome == "revoked" else "unknown")
    assert blocked() == [outcome]
    assert f"Outcome: {outcome}" in [one.says for one in harms.harms_of(rig.register.store, [sid("vireo")])[0]]
    rig.say("again", by="office", **EVENT, event="reinstated", date="2021-09-01")
    assert (need(rig, "revoked"), blocked()) == (("unknown", []), [])


def test_whom_the_rule_hears_the_cell_hears(rig: Rig) -> None:
    """An event that another publisher tells of revokes nothing, confirmed or not (policy 3): the answer and the cell agree."""
    event = {**EVENT, "event": "revoked", "date": "2021-08-02"}
    rig.say("told", by="paper", standing="reported", **event)
    assert (seen(rig, DAY)[0], seen(rig, DAY)[4], need(rig, "revoked")[0]) == (T, "live", "unknown")
    rig.say("confirmed", **event)
    assert (seen(rig, DAY)[0], seen(rig, DAY)[4], need(rig, "revoked")[0]) == (T, "live", "unknown")


@pytest.mark.parametrize("kind", ["event", "review"])
def test_what_is_only_alleged_ends_no_licence(rig: Rig, kind: str) -> None:
    """Not by whoever told of it either: an allegation would make what blocks a question."""
    told = {**EVENT, "event": "revoked", "date": "2021-08-02"} if kind == "event" else {**REVIEW, "outcome": "revoked"}
    rig.say("told", by="office", standing="alleged", **told)
    found = seen(rig, DAY)
    assert (found[0], found[4]) == (T, "live")
