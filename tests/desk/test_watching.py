"""Who is watched, what is planned, and whether a regulator was told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from sousveil.cli import main
from sousveil.decisions.procedures import registry
from sousveil.decisions.procedures.engine import Board, day_of
from sousveil.decisions.procedures.items import due_of
from sousveil.desk import harms
from sousveil.desk.watching import tell, watch
from sousveil.register.admission import Held
from sousveil.register.codes import PublicInterest, Role, Waived
from sousveil.register.model import Stance, Standing, Statement, entity_id
from sousveil.register.register import Register
from sousveil.register.store import writing
from tests.desk.offices import COUNCIL, EXCHANGE, HOLDING, VENDOR, WITNESS, WORKS, key, office, said

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
    assert (found.untold, found.unanswered, len(found.watched)) == (1, 0, 1)
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
    assert states(register, "2026-12-12") == (["told-late"], ["waiting"])


def counts(register: Register, day: str) -> tuple[int, int, int]:
    """Untold, passed untold, told only afterwards."""
    found = watch(register.store, day)
    return found.untold, found.late, found.notified_late


@pytest.mark.parametrize(("planned", "counted"), [("2021-07-26", 0), ("2021-06", 0), ("2021-07-27", 1), ("2021-07", 1)])
def test_an_event_before_the_letter_is_not_on_the_watch(register: Register, planned: str, counted: int) -> None:
    plan = [msgspec.structs.replace(one, value=planned) if one.property == "plannedFor" else one for one in PLANNED]
    register.publish(plan, key("post"))
    found = watch(register.store, "2026-11-25")
    assert (found.untold + found.late, sum(len(one.events) for one in found.watched)) == (counted, counted)


def test_an_event_that_passed_untold_stays_counted(register: Register) -> None:
    register.publish(PLANNED, key("post"))
    assert counts(register, "2026-12-10") == (1, 0, 0)
    assert counts(register, "2026-12-11") == (0, 1, 0)
    register.publish(said(LISTING, "CorporateEvent", status="completed"), key("post"))
    assert counts(register, "2026-12-01") == (0, 1, 0)
    register.publish(sent(sentOn="2026-12-12", corporateEvent=LISTING), key("post"))
    assert counts(register, "2026-12-11") == (0, 1, 0)
    assert counts(register, "2026-12-12") == (0, 0, 1)


def test_the_verb_ends_with_1_for_an_event_that_passed_untold(
    register: Register, capsys: pytest.CaptureFixture[str]
) -> None:
    register.publish(PLANNED, key("post"))
    where = ["--register", str(register.folder)]
    assert main(["register", "watch", *where, "--as-of", "2026-12-11"]) == 1
    out = capsys.readouterr().out
    assert "  Planned events of which no regulator has been told: 0\n" in out
    assert "  Events that have passed, and no regulator was told before: 1\n" in out
    assert "as of 11 December 2026." in out and re.search(r"\d{4}-\d{2}-\d{2}", out) is None
    told = "it has passed; no regulator was told before it"
    assert told in " ".join(out.split()) and "sousveil register notice draft --regulator ID" in " ".join(out.split())
    assert [line for line in out.splitlines() if len(line) > 80] == []
    register.publish(sent(sentOn="2026-12-12", corporateEvent=LISTING), key("post"))
    assert main(["register", "watch", *where, "--as-of", "2026-12-12"]) == 0
    out = capsys.readouterr().out
    assert "  Events that have passed, and no regulator was told before: 0\n" in out
    assert "  Events of which a regulator was told only afterwards: 1\n" in out and "notice draft" not in out


def due(register: Register, day: str) -> str:
    """What the clock of the procedure says of the listing."""
    board = Board(register.store)
    [clock] = [one for one in registry.all_procedures()["k-markets"].clocks if one.type == "CorporateEvent"]
    [event] = board.records["CorporateEvent"]
    found = due_of(board, clock, event, day_of(day))
    return found.state if found is not None else ""


def test_a_day_that_is_named_afterwards_hides_no_delay(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "utc_now", lambda: "2026-10-01T12:00:00Z")
    register.publish(PLANNED, key("post"))
    assert (states(register, "2026-12-20"), due(register, "2026-12-20")) == ((["late"], []), "asked")
    monkeypatch.setattr(writing, "utc_now", lambda: "2027-06-01T12:00:00Z")
    register.publish(sent(sentOn="2026-11-01", corporateEvent=LISTING), key("post"))
    assert (states(register, "2026-12-20")[0], due(register, "2026-12-20")) == (["late"], "asked")
    assert (states(register, "2027-06-02")[0], due(register, "2027-06-02")) == (["told-late"], "met")
    [event] = watch(register.store, "2027-06-02").watched[0].events
    assert (event.notified_on, event.recorded_on) == ("2026-11-01", "2027-06-01")


def test_nor_one_that_is_named_for_an_acknowledgement(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "utc_now", lambda: "2026-11-01T12:00:00Z")
    register.publish([*PLANNED, *sent(sentOn="2026-11-01", corporateEvent=LISTING)], key("post"))
    monkeypatch.setattr(writing, "utc_now", lambda: "2027-06-01T12:00:00Z")
    register.publish(said(NOTICE, "RegulatorNotice", acknowledgedOn="2026-11-20"), key("post"))
    assert states(register, "2026-12-20") == (["told"], ["unanswered"])
    assert states(register, "2027-06-01") == (["told"], ["acknowledged"])


def test_before_the_day_on_which_it_was_sent_a_notice_is_not_shown(register: Register) -> None:
    register.publish([*PLANNED, *sent(sentOn="2026-11-01", corporateEvent=LISTING)], key("post"))
    assert states(register, "2026-10-31") == (["untold"], [])
    assert states(register, "2026-11-01") == (["told"], ["waiting"])


def test_an_event_without_a_day_is_told_by_a_notice_that_came_before_it_was_over(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = [one for one in PLANNED if one.property != "plannedFor"]
    monkeypatch.setattr(writing, "utc_now", lambda: "2026-10-01T12:00:00Z")
    register.publish(plan, key("post"))
    assert states(register, "2026-12-01") == (["untold"], [])
    monkeypatch.setattr(writing, "utc_now", lambda: "2026-12-01T12:00:00Z")
    register.publish(said(LISTING, "CorporateEvent", status="completed"), key("post"))
    assert states(register, "2026-12-01") == (["late"], [])
    register.publish(sent(sentOn="2026-12-04", corporateEvent=LISTING), key("post"))
    assert states(register, "2026-12-03") == (["late"], [])
    assert states(register, "2026-12-04") == (["told-late"], ["waiting"])


@pytest.mark.parametrize(
    ("over", "state"), [("2026-11-30", "told-late"), ("2026-12-01", "told-late"), ("2026-12-02", "told")]
)
def test_a_notice_before_an_event_without_a_day_counts_from_its_recording(
    register: Register, monkeypatch: pytest.MonkeyPatch, over: str, state: str
) -> None:
    """Its own day hides no delay: the log has it since the first of December."""
    plan = [one for one in PLANNED if one.property != "plannedFor"]
    monkeypatch.setattr(writing, "utc_now", lambda: "2026-10-01T12:00:00Z")
    register.publish(plan, key("post"))
    days = sorted([(over, said(LISTING, "CorporateEvent", status="completed")),
                   ("2026-12-01", sent(sentOn="2026-10-05", corporateEvent=LISTING))], key=lambda one: one[0])  # fmt: skip
    for day, statements in days:
        monkeypatch.setattr(writing, "utc_now", lambda day=day: f"{day}T12:00:00Z")
        register.publish(statements, key("post"))
    assert states(register, "2026-12-03") == ([state], ["unanswered"])


def test_a_notice_is_overdue_after_thirty_days_until_it_is_acknowledged(register: Register) -> None:
    register.publish([*PLANNED, *sent(sentOn="2026-11-01", corporateEvent=LISTING)], key("post"))
    assert states(register, "2026-12-01") == (["told"], ["waiting"])
    assert states(register, "2026-12-02") == (["told"], ["unanswered"])
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
    assert states(register, "2026-12-02") == (["told"], ["unanswered"])
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
    assert states(register, "2026-11-20") == (["untold"], ["own"])
    assert watch(register.store, "2026-12-10").unanswered == 0


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
    told, left_out = harms.harms_of(register.store, [VENDOR])
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
    assert harms.harms_of(register.store, [HOLDING]) == ((), 0)


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
        ("watch", f"{NOTICE}: NOT ACKNOWLEDGED within the days asked for"),
        ("watch", f"{LISTING}: it has passed; no regulator was told before it"),
        ("watch", f"{LISTING}: no regulator has been told"),
    ]


SHELL, MERGER = entity_id("desk", "shell"), entity_id("desk", "merger")


@pytest.mark.parametrize("with_whom", [VENDOR, HOLDING])
def test_a_shell_that_merges_with_somebody_on_the_watch_is_his_event(
    register: Register, with_whom: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A blank-cheque company by which a seller, or its owner, comes to the market: it is watched under who stands on the watch, once."""
    register.publish(
        said(SHELL, "Company", name="Blank Cheque Acquisition Corp", country="xb")
        + said(
            MERGER, "CorporateEvent", name="Blank merger", company=SHELL, counterparty=with_whom, eventKind="merger",
            plannedFor="2026-12-10", status="announced",
        ),
        key("post"),
    )  # fmt: skip
    found = watch(register.store, "2026-11-25")
    assert {one.company.id: [event.ref.id for event in one.events] for one in found.watched if one.events} == {
        with_whom: [MERGER]
    }
    assert (found.untold, tell(register, day="2026-11-25")) == (1, 1)
    assert main(["register", "watch", "--register", str(register.folder), "--as-of", "2026-11-25"]) == 1
    told = f"Merger: Blank merger (10 December 2026): no regulator has been told {MERGER}"
    assert told in " ".join(capsys.readouterr().out.split())
    assert counts(register, "2026-12-11") == (0, 1, 0)


def test_a_merger_of_two_who_are_both_watched_is_counted_once(register: Register) -> None:
    register.publish(
        said(
            MERGER, "CorporateEvent", name="Merger", company=HOLDING, counterparty=VENDOR, eventKind="merger",
            plannedFor="2026-12-10", status="announced",
        ),
        key("post"),
    )  # fmt: skip
    found = watch(register.store, "2026-11-25")
    assert sorted(one.company.id for one in found.watched if one.events) == sorted([HOLDING, VENDOR])
    assert counts(register, "2026-11-25") == (1, 0, 0)


def test_who_names_a_publisher_as_party_to_an_event_makes_no_notice_the_partys_own(register: Register) -> None:
    register.publish(PLANNED, key("post"))
    told = sent(sentOn="2026-11-01", corporateEvent=LISTING)
    register.publish([msgspec.structs.replace(one, publisher=WITNESS) for one in told], key("witness"))
    assert (states(register, "2026-12-02"), watch(register.store, "2026-12-02").unanswered) == (
        (["told"], ["unanswered"]), 1,
    )  # fmt: skip
    for name in ("company", "counterparty"):
        named = said(LISTING, "CorporateEvent", **{name: WITNESS})
        register.publish([msgspec.structs.replace(one, publisher=WORKS) for one in named], key("works"))
        found = watch(register.store, "2026-12-02")
        [mine] = [one for one in found.watched if one.company.id == HOLDING]
        assert ([one.state for one in mine.notices], found.unanswered) == (["unanswered"], 1), name
