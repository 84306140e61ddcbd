"""Released ends (policy 3): another publisher's end counts for everybody once two reviewers who are tied to no party released it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions.compiled import compile_world
from sousveil.decisions.facts.licences import state
from sousveil.decisions.model import Truth
from sousveil.decisions.procedures.checks.acts import REQUESTS_MAX
from sousveil.register.codes import RetractReason, RevokeReason, Role
from sousveil.register.model import Stance
from sousveil.register.refusal import Refused
from tests.decisions.rig import FREE, Rig, private, rigged, sid
from tests.register.maker import public

REPORTED: dict[str, Any] = {"by": "paper", "standing": "reported"}


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with rigged(tmp_path) as made:
        for name in ("north", "south"):
            reviewer(made, name)
        made.say("licence", type="ExportLicence", name="Licence 1", licensee="@vireo", product="@lens", **REPORTED)
        made.say(
            "bar",
            type="RemedyBarrier",
            state="@averna",
            country="xb",
            barrierKind="secrecy",
            startDate="2020-01-01",
            **REPORTED,
        )
        yield made


def reviewer(rig: Rig, name: str, **more: str) -> None:
    """A verified organization with a key of a reviewer."""
    rig.publisher(name)
    rig.register.key_add(public(f"{name}-reviews"), sid(name), Role.REVIEWER, holder=private(name))
    rig.say(name, type="Organization", name=f"{name.title()} Society (invented)", by=name, **{"country": "xd", **more})


def end(rig: Rig) -> str:
    """A foundation reports that the licence was revoked; gives the statement's id."""
    event = {"licence": "@licence", "event": "revoked", "date": "2024-01-01"}
    rig.say("event", type="LicenceEvent", **event)
    return rig.ids["event"][1]


def ask(rig: Rig, statement: str, record: str = "@licence", key: str = "release", by: str = FREE) -> None:
    values = {"record": record, "statement": statement, "reason": "Its office wrote to us."}
    rig.say(key, type="Release", by=by, **values)


def answer(rig: Rig, by: str, outcome: str = "released") -> list[str]:
    return rig.say("release", type="Release", by=by, outcome=outcome)


def says(rig: Rig, known_on: int | None = None) -> str:
    world = compile_world(rig.register.store, "2024-06-01", known_on)
    record = world.record(sid("licence"))
    assert record is not None
    return state(world, record).says


def test_an_end_counts_from_the_entry_of_the_second_review(rig: Rig) -> None:
    statement = end(rig)
    assert says(rig) == "live"
    ask(rig, statement)
    answer(rig, "north")
    assert says(rig) == "live"
    before = rig.register.store.size()
    ids = answer(rig, "south")
    assert (says(rig), says(rig, before)) == ("revoked", "live")
    rig.register.retract(ids, private("south"), RetractReason.WRONG)
    assert says(rig) == "live"


@pytest.mark.parametrize("case", ["tied", "party", "no-reviewer", "refused", "before"])
def test_who_releases_nothing(rig: Rig, case: str) -> None:
    statement = end(rig)
    second = {"tied": "west", "party": "east", "no-reviewer": "plain"}.get(case, "south")
    if case == "tied":
        reviewer(rig, "west")
        rig.say("owns", type="Ownership", owner="@north", asset="@west", percentage="100")
    if case == "party":
        reviewer(rig, "east")
        rig.say("owns", type="Ownership", owner="@vireo", asset="@east", percentage="100", **REPORTED)
    if case == "no-reviewer":
        rig.publisher("plain")
        rig.say("plain", type="Organization", name="Plain Society (invented)", country="xd", by="plain")
    if case == "before":
        answer(rig, second)
    ask(rig, statement)
    answer(rig, "north")
    if case != "before":
        answer(rig, second, "refused" if case == "refused" else "released")
    assert says(rig) == "live"


@pytest.mark.parametrize(("by", "counts"), [(FREE, True), ("vireo", True), ("paper", False)])
def test_a_verified_publisher_or_a_party_asks(rig: Rig, by: str, counts: bool) -> None:
    rig.publisher("vireo", verified=False)
    ask(rig, end(rig), by=by)
    for one in ("north", "south"):
        answer(rig, one)
    assert (says(rig) == "revoked") is counts


def test_nobody_adds_to_what_was_asked(rig: Rig) -> None:
    statement = end(rig)
    ask(rig, statement)
    rig.retract("release", FREE)
    ask(rig, statement, by="paper")
    for one in ("north", "south"):
        answer(rig, one)
    assert says(rig) == "live"


def test_a_second_request_inherits_no_reviews(rig: Rig) -> None:
    statement = end(rig)
    rig.publisher("other")
    ask(rig, statement)
    ask(rig, statement, by="other")
    for one in ("north", "south"):
        answer(rig, one)
    assert says(rig) == "revoked"
    rig.retract("release", FREE)
    assert says(rig) == "live"


def test_a_released_last_day_counts_in_every_account(rig: Rig) -> None:
    def barred() -> Truth:
        return rig.value("state.remedy_barred", "xb").truth

    (last_day,) = rig.say("bar", type="RemedyBarrier", endDate="2022-01-01")
    assert barred() is Truth.TRUE
    ask(rig, last_day, record="@bar")
    answer(rig, "north")
    assert barred() is Truth.TRUE
    answer(rig, "south")
    assert barred() is Truth.UNKNOWN


def test_a_later_word_of_a_publisher_counts_beside_a_released_last_day(rig: Rig) -> None:
    (last_day,) = rig.say("bar", type="RemedyBarrier", endDate="2022-01-01")
    ask(rig, last_day, record="@bar")
    for one in ("north", "south"):
        answer(rig, one)
    assert rig.value("state.remedy_barred", "xb").truth is Truth.UNKNOWN
    rig.say("bar", type="RemedyBarrier", endDate="2030-01-01", **REPORTED)
    assert rig.value("state.remedy_barred", "xb").truth is Truth.TRUE


def test_only_what_ends_or_dates_a_record_is_released(rig: Rig) -> None:
    (kind,) = rig.say("bar", type="RemedyBarrier", barrierKind="cost")
    ask(rig, kind, record="@bar")
    for one in ("north", "south"):
        answer(rig, one)
    assert rig.world().released(sid("bar")) == []


@pytest.mark.parametrize("who", ["south", "east"])
def test_a_reviewer_who_refuses_later_stops_a_release(rig: Rig, who: str) -> None:
    reviewer(rig, "east")
    statement = end(rig)
    ask(rig, statement)
    for one in ("north", "south"):
        answer(rig, one)
    assert says(rig) == "revoked"
    answer(rig, who, "refused")
    assert says(rig) == "live"


def test_no_party_vouches_for_a_reviewer(rig: Rig) -> None:
    rig.register.key_add(public("watch-vouches"), sid(FREE), Role.VOUCHER, holder=private(FREE))
    for name in ("east", "west"):
        rig.publisher(name, verified=False, identified=True)
        for voucher in ("watch-vouches", "voucher-1"):
            rig.register.vouch(public(name), private(voucher))
        reviewer(rig, name)
    ask(rig, end(rig))
    answer(rig, "north")
    answer(rig, "east")
    assert says(rig) == "live"
    answer(rig, "south")
    assert says(rig) == "revoked"


def test_a_reviewer_releases_while_in_office(rig: Rig) -> None:
    reviewer(rig, "east")
    ask(rig, end(rig))
    answer(rig, "north")
    rig.register.key_revoke(public("south-reviews"), RevokeReason.CEASED)
    answer(rig, "south")
    assert says(rig) == "live"
    answer(rig, "east")
    rig.register.key_revoke(public("east-reviews"), RevokeReason.CEASED)
    assert says(rig) == "revoked"


def test_a_reviewer_appointed_later_has_released_nothing(rig: Rig) -> None:
    rig.publisher("east")
    rig.say("east", type="Organization", name="East Society (invented)", country="xd", by="east")
    ask(rig, end(rig))
    answer(rig, "north")
    answer(rig, "east")
    rig.register.key_add(public("east-reviews"), sid("east"), Role.REVIEWER, holder=private("east"))
    assert says(rig) == "live"


def test_a_reviewer_tied_to_a_state_that_a_code_names_releases_nothing(rig: Rig) -> None:
    rig.say("other", type="ExportLicence", name="Licence 2", licensee="@vireo", destination="xe", **REPORTED)
    rig.say("event", type="LicenceEvent", licence="@other", event="revoked", date="2024-01-01")
    rig.say("ministry-xe", type="PublicBody", name="Ministry of xe (invented)", country="xe", **REPORTED)
    rig.say("owns", type="Ownership", owner="@ministry-xe", asset="@north", percentage="100", **REPORTED)
    ask(rig, rig.ids["event"][1], record="@other")
    reviewer(rig, "east")
    for name in ("north", "south"):
        answer(rig, name)
    assert rig.world().released(sid("other")) == []
    answer(rig, "east")
    assert len(rig.world().released(sid("other"))) == 1


def test_a_reviewer_tied_to_the_company_of_the_record_releases_nothing(rig: Rig) -> None:
    rig.say("holding", type="Company", name="Holding (invented)", **REPORTED)
    (last_day,) = rig.say("holding", type="Company", dissolutionDate="2023-01-01")
    ask(rig, last_day, record="@holding")
    for name in ("north", "south"):
        answer(rig, name)
    assert [one.end.id for one in rig.world().released(sid("holding"))] == [last_day]
    rig.say("owns", type="Ownership", owner="@holding", asset="@north", percentage="100", **REPORTED)
    assert rig.world().released(sid("holding")) == []


@pytest.mark.parametrize(("before", "standing"), [(True, "reported"), (True, "alleged"), (False, "reported")])
def test_parties_are_those_reported_before_the_second_review(rig: Rig, before: bool, standing: str) -> None:
    rig.publisher("stranger", verified=False)
    ask(rig, end(rig))
    answer(rig, "north")

    def name_south() -> None:
        rig.say("licence", type="ExportLicence", by="stranger", standing=standing, endUser="@south")

    if before:
        name_south()
    answer(rig, "south")
    if not before:
        name_south()
    assert (says(rig) == "live") is (before and standing == "reported")


@pytest.mark.parametrize("how", ["corrected", "added", "retracted", "erased"])
def test_a_release_ends_where_its_statement_is_dated_anew(rig: Rig, how: str) -> None:
    statement = end(rig)
    day = rig.ids["event"][2]
    ask(rig, statement)
    for one in ("north", "south"):
        answer(rig, one)
    assert says(rig) == "revoked"
    if how == "corrected":
        rig.answer(day, Stance.CORRECTS, "2022-01-01", FREE)
    if how == "added":
        rig.say("event", type="LicenceEvent", date="2022-01-01")
    if how == "retracted":
        rig.register.retract([day], private(FREE), RetractReason.WRONG)
    if how == "erased":
        rig.erase([day])
    assert says(rig) == "live"


def test_a_release_ends_where_its_request_changes(rig: Rig) -> None:
    ask(rig, end(rig))
    reason = rig.ids["release"][2]
    for one in ("north", "south"):
        answer(rig, one)
    rig.register.retract([reason], private(FREE), RetractReason.WRONG)
    assert says(rig) == "live"


def test_requests_of_one_publisher_are_capped(rig: Rig) -> None:
    statement = end(rig)
    for place in range(REQUESTS_MAX):
        ask(rig, statement, key=f"release-{place}")
    with pytest.raises(Refused) as refused:
        ask(rig, statement, key="one-more")
    assert refused.value.code == "too_many_requests"
    rig.publisher("vireo", verified=False)
    ask(rig, statement, key="of-another", by="vireo")
    rig.say("release-0", type="Release", by="vireo", outcome="refused")  # no reviewer decides nothing
    with pytest.raises(Refused):
        ask(rig, statement, key="one-more")
    rig.say("release-0", type="Release", by="north", outcome="refused")
    ask(rig, statement, key="one-more")
    rig.say("release-1", type="Release", by="north", outcome="released")
    with pytest.raises(Refused):
        ask(rig, statement, key="another")
    rig.say("release-1", type="Release", by="south", outcome="released")
    ask(rig, statement, key="another")


def test_requests_of_one_publication_are_counted_together(rig: Rig) -> None:
    values = {"record": "@licence", "statement": end(rig), "reason": "Its office wrote to us."}
    with pytest.raises(Refused) as refused:
        rig.many([(f"release-{place}", "Release", FREE, "confirmed", values) for place in range(REQUESTS_MAX + 1)])
    assert refused.value.code == "too_many_requests"
    rig.many([(f"release-{place}", "Release", FREE, "confirmed", values) for place in range(REQUESTS_MAX)])


def test_whoever_asks_does_not_review(rig: Rig) -> None:
    ask(rig, end(rig), by="north")
    for one in ("north", "south"):
        answer(rig, one)
    assert says(rig) == "live"
