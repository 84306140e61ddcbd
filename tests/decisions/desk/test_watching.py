"""Who is watched, what is planned, and whether a regulator was told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from sousveil.decisions.desk import harms
from sousveil.decisions.desk.triggers import tell
from sousveil.decisions.desk.watching import watch
from sousveil.register.admission import Held
from sousveil.register.codes import PublicInterest, Role, Waived
from sousveil.register.model import Stance, Standing, Statement, entity_id
from sousveil.register.register import Register
from tests.decisions.desk.offices import COUNCIL, EXCHANGE, HOLDING, VENDOR, WORKS, key, office, said

LISTING, NOTICE = entity_id("desk", "listing"), entity_id("desk", "notice")
PLANNED = said(
    LISTING, "CorporateEvent", name="Fernhill goes public", company=HOLDING, eventKind="listing",
    plannedFor="2026-12-10", market="Port Meridian", status="announced",
)  # fmt: skip


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with office(tmp_path / "register") as opened:
        yield opened


def sent(**more: str) -> list[Statement]:
    return said(NOTICE, "RegulatorNotice", name="Letter", regulator=EXCHANGE, company=HOLDING, **more)


def states(register: Register, day: str) -> tuple[list[str], list[str]]:
    found = watch(register.store, day).watched
    return [one.state for each in found for one in each.events], [one.state for each in found for one in each.notices]


def test_the_listed_owner_of_a_vendor_is_watched_and_its_plans_are_untold(register: Register) -> None:
    register.publish(PLANNED, key("post"))
    found = watch(register.store, "2026-11-25")
    assert (found.untold, found.overdue, len(found.watched)) == (1, 0, 1)
    one = found.watched[0]
    assert (one.company.id, one.traded, [ref.id for ref in one.vendors], one.harms) == (
        HOLDING,
        ["ticker FERN"],
        [VENDOR],
        4,
    )
    event = one.events[0]
    assert (event.ref.id, event.kind, event.market, event.planned_for, event.state) == (
        LISTING,
        "listing",
        "Port Meridian",
        "2026-12-10",
        "untold",
    )


def test_told_before_is_told_and_after_the_day_it_is_late(register: Register) -> None:
    register.publish(PLANNED, key("post"))
    assert states(register, "2026-12-10") == (["untold"], [])
    assert states(register, "2026-12-11") == (["late"], [])
    register.publish(sent(sentOn="2026-12-11", corporateEvent=LISTING), key("post"))
    assert states(register, "2026-12-12") == (["late"], ["waiting"])


def test_a_notice_is_overdue_after_thirty_days_until_it_is_acknowledged(register: Register) -> None:
    register.publish([*PLANNED, *sent(sentOn="2026-11-01", corporateEvent=LISTING)], key("post"))
    assert states(register, "2026-12-01") == (["told"], ["waiting"])
    assert states(register, "2026-12-02") == (["told"], ["overdue"])
    register.publish(said(NOTICE, "RegulatorNotice", acknowledgedOn="2026-12-02"), key("post"))
    assert states(register, "2026-12-02") == (["told"], ["acknowledged"])


def test_a_withdrawn_plan_waits_for_nobody(register: Register) -> None:
    plan = [one for one in PLANNED if one.property != "status"]
    register.publish([*plan, *said(LISTING, "CorporateEvent", status="withdrawn")], key("post"))
    assert states(register, "2026-11-25") == (["withdrawn"], [])


@pytest.mark.parametrize("by", ["council", "works"])
def test_who_has_no_business_in_it_neither_acknowledges_nor_gives_up_a_plan(register: Register, by: str) -> None:
    register.publish([*PLANNED, *sent(sentOn="2026-11-01", corporateEvent=LISTING)], key("post"))
    mine = {"council": COUNCIL, "works": WORKS}[by]
    claims = [
        *said(NOTICE, "RegulatorNotice", acknowledgedOn="2026-11-02", sentOn="2026-11-02", regulator=mine),
        *said(LISTING, "CorporateEvent", status="withdrawn", plannedFor="2030-01-01"),
    ]
    register.publish([msgspec.structs.replace(one, publisher=mine) for one in claims], key(by))
    assert states(register, "2026-12-02") == (["told"], ["overdue"])
    found = watch(register.store, "2026-12-02").watched[0].notices[0]
    assert (found.sent_on, found.acknowledged_on, found.regulator and found.regulator.id) == (
        "2026-11-01",
        None,
        EXCHANGE,
    )


def test_the_regulator_that_was_told_acknowledges_by_itself(register: Register) -> None:
    register.key_add(key("exchange").public.raw.hex(), EXCHANGE, Role.PUBLISHER)
    register.publish([*PLANNED, *sent(sentOn="2026-11-01", corporateEvent=LISTING)], key("post"))
    mine = said(NOTICE, "RegulatorNotice", acknowledgedOn="2026-11-20")
    register.publish([msgspec.structs.replace(one, publisher=EXCHANGE) for one in mine], key("exchange"))
    assert states(register, "2026-12-02") == (["told"], ["acknowledged"])


def test_a_company_that_tells_of_itself_has_not_told_the_regulator(register: Register) -> None:
    register.key_add(key("holding").public.raw.hex(), HOLDING, Role.PUBLISHER)
    register.publish(PLANNED, key("post"))
    mine = sent(sentOn="2026-11-01", corporateEvent=LISTING)
    register.publish([msgspec.structs.replace(one, publisher=HOLDING) for one in mine], key("holding"))
    assert states(register, "2026-11-20") == (["untold"], ["waiting"])


def test_only_reported_or_better_is_told_with_every_reply_and_nobody_is_named(register: Register) -> None:
    first = register.store.statements_of([entity_id("desk", "incident")])
    stage = next(one for one in first if one.statement.property == "stage")
    reply = Statement(
        subject=stage.statement.subject, type="AbuseIncident", property="reply", value="We were not there.",
        source="Letter of Glasmoth", publisher=WORKS, dataset="direct", standing=Standing.REPORTED,
        stance=Stance.DENIES, supersedes=stage.id,
    )  # fmt: skip
    register.publish([reply], key("works"))
    alleged = [
        Statement(
            subject=entity_id("desk", "rumour"), type="AbuseIncident", property=name, value=value, source="Unsigned",
            publisher="The Port Meridian Post", dataset="direct", standing=Standing.ALLEGED,
        )
        for name, value in {"stage": "selected", "vendor": VENDOR}.items()
    ]  # fmt: skip
    waiting = register.publish(alleged, key("post"))
    assert isinstance(waiting, Held)
    for reviewer in ("anna", "bela"):
        register.review(waiting.id, key(reviewer), ground=PublicInterest.ABUSE, waived=Waived.ALREADY_PUBLIC)
    assert register.store.statements_of([entity_id("desk", "rumour")])
    told, left_out = harms.told(register.store, [VENDOR])
    assert left_out == 0
    assert {(one.says, one.standing) for one in told} == {
        ("Name: Phone of a newsroom", "reported"),
        ("How far it went: reported as infected", "reported"),
        ("Vendor of the product: Glasmoth Systems Ltd", "reported"),
        ("Date: March 2026", "reported"),
    }
    answered = [one for one in told if one.replies]
    assert [(one.statement, [reply.says for reply in one.replies]) for one in answered] == [
        (stage.id, ["We were not there."])
    ]
    assert harms.told(register.store, [HOLDING]) == ((), 0)


def test_the_worker_tells_the_operator_once_for_each_state(register: Register) -> None:
    assert tell(register, day="2026-11-25") == 0
    register.publish(PLANNED, key("post"))
    assert tell(register, day="2026-11-25") == 1
    assert tell(register, day="2026-11-26") == 0
    assert tell(register, day="2026-12-11") == 1
    register.publish(sent(sentOn="2026-12-01", corporateEvent=LISTING), key("post"))
    assert tell(register, day="2026-12-12") == 0
    assert tell(register, day="2027-02-01") == 1
    assert [(code, line) for _, code, line in register.store.operator_lines()] == [
        ("watch", f"{NOTICE}: a notice that was not acknowledged in time"),
        ("watch", f"{LISTING}: an event has passed of which no regulator was told before"),
        ("watch", f"{LISTING}: a planned event, and no regulator was told"),
    ]
