"""A day that is named afterwards hides no delay: what counts is the day on which the log had it, and both are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from sousveil.decisions.api import gate
from sousveil.decisions.procedures import items, registry
from sousveil.decisions.procedures.engine import Board, day_of
from sousveil.decisions.procedures.items import DueView, due_of
from sousveil.decisions.views import records
from sousveil.ledger.keys import PrivateKey
from sousveil.register.codes import Role
from sousveil.register.model import Stance, Standing, Statement, entity_id
from sousveil.register.publication_rules import publishers
from sousveil.register.register import Register
from sousveil.register.store import writing
from sousveil.register.views.entity import entity_view
from sousveil.web.outer import Outer
from sousveil.web.site import Site
from tests.decisions.rig import disclosures_view
from tests.web import client as web

REQUEST, STATE, BODY, INQUIRY, BOARD, MAKER = (
    entity_id("recording", name) for name in ("request", "state", "body", "inquiry", "board", "maker")
)
PAPER = "Paper (invented)"
Tell = Callable[..., list[str]]


def said(subject: str, type: str, **values: Any) -> list[Statement]:
    more = {name: values.pop(name) for name in ("asserted", "stance", "supersedes") if name in values}
    return [
        Statement(subject=subject, type=type, property=name, value=value, source="Gazette 1", publisher=PAPER,
                  dataset="direct", standing=Standing.CONFIRMED, **more)
        for name, value in values.items()
    ]  # fmt: skip


@pytest.fixture
def register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Register]:
    monkeypatch.setattr(writing, "utc_now", lambda: "2019-01-01T12:00:00Z")  # no batch is older than the one before it
    with Register.init(
        tmp_path / "register", title="Days (invented)", origin="days.example/log", example=True, gate=gate
    ) as made:
        yield made


def stranger(register: Register, owner: str = "Stranger (invented)") -> Callable[..., None]:
    """Somebody else, who says more of a record with a key of their own; `owner`: whose it is."""
    key = PrivateKey.new()
    register.key_add(key.public.raw.hex(), owner, Role.PUBLISHER)

    def add(subject: str, type: str, **values: Any) -> None:
        made = [structs.replace(one, publisher=owner) for one in said(subject, type, **values)]
        register.publish(made, key, receipt=False)

    return add


@pytest.fixture
def tell(register: Register, monkeypatch: pytest.MonkeyPatch) -> Tell:
    """Publishes a record on a day."""
    key = PrivateKey.new()
    register.key_add(key.public.raw.hex(), PAPER, Role.PUBLISHER)

    def on(day: str, subject: str, type: str, **values: Any) -> list[str]:
        monkeypatch.setattr(writing, "utc_now", lambda: f"{day}T12:00:00Z")
        done = register.publish(said(subject, type, **values), key, receipt=False)
        return list(done.ids)

    on("2026-01-01", STATE, "State", name="Sarvian Union", country="xc")
    on("2026-01-01", BODY, "PublicBody", name="Service", country="xc", partOf=STATE)
    return on


def ask(tell: Tell, recorded: str = "2026-03-01", **more: str) -> list[str]:
    return tell(
        recorded,
        REQUEST,
        "InformationRequest",
        name="Request 1",
        body=BODY,
        status="asked",
        askedOn="2026-03-01",
        **more,
    )


def clock(register: Register, procedure: str, name: str, day: str) -> DueView:
    board = Board(register.store)
    one = next(each for each in registry.all_procedures()[procedure].clocks if each.name == name)
    found = due_of(board, one, board.records[one.type][0], day_of(day))
    assert found is not None
    return found


def answer(register: Register, day: str) -> tuple[str, str | None, str | None, str | None]:
    one = clock(register, "f-contracts", "answer", day)
    return one.state, one.met_on, one.recorded_on, one.counted_on


def test_an_answer_that_names_an_earlier_day_was_overdue_until_the_log_had_it(register: Register, tell: Tell) -> None:
    ask(tell)
    tell("2026-06-10", REQUEST, "InformationRequest", answeredOn="2026-03-20")
    assert answer(register, "2026-03-31") == ("running", None, None, None)
    assert answer(register, "2026-06-09") == ("asked", None, None, None)
    assert answer(register, "2026-06-10") == ("met", "2026-03-20", "2026-06-10", "2026-06-10")
    board = Board(register.store)
    assert [one.due.days_open for one in items.open_duties(board, day_of("2026-06-09"))] == [100]
    assert items.open_duties(board, day_of("2026-06-10")) == []
    (row,) = disclosures_view(register.store, today="2026-06-10").requests
    assert (row.state, [(one.days_open, one.met_on) for one in row.due]) == ("answered", [(101, "2026-03-20")])
    assert [one.due[0].state for one in disclosures_view(register.store, as_of="2026-06-09").requests] == ["asked"]


def test_an_answer_without_a_day_counts_from_its_recording(register: Register, tell: Tell) -> None:
    ask(tell)
    tell("2026-06-10", REQUEST, "InformationRequest", status="answered")

    def found(day: str) -> tuple[str, list[int]]:
        (row,) = disclosures_view(register.store, today=day).requests
        return row.state, [one.days_open for one in row.due]

    assert found("2026-06-09") == ("asked", [100])
    assert found("2026-06-10") == ("answered", [101])


@pytest.mark.parametrize(
    "added",
    [
        {"answeredOn": "2026-03-20"},
        {"refusedOn": "2026-03-20"},
        {"appealedOn": "2026-03-20"},
        {"status": "answered"},
        {"status": "withdrawn"},
        {"dueOn": "2026-12-31"},
        {"askedOn": "2026-05-01"},
    ],
)
def test_what_a_stranger_adds_ends_no_request(register: Register, tell: Tell, added: dict[str, str]) -> None:
    """The page says what the clock says."""
    ask(tell)
    stranger(register)(REQUEST, "InformationRequest", **added)
    (row,) = disclosures_view(register.store, today="2026-06-10").requests
    found = [(one.authority, one.days_open, one.met_on) for one in row.due if one.clock == "answer"]
    assert found == [("letter", 101, None)]
    assert answer(register, "2026-06-10")[0] == "asked"


@pytest.mark.parametrize("told", ["2026-03-01", "2026-03-25"])
def test_an_answer_without_a_day_that_was_told_in_time_is_in_time(register: Register, tell: Tell, told: str) -> None:
    ask(tell)
    tell(told, REQUEST, "InformationRequest", status="answered")
    (row,) = disclosures_view(register.store, today="2026-12-31").requests
    assert (row.state, [one.days_over for one in row.due]) == ("answered", [0])


def test_what_was_told_in_time_stays_in_time(register: Register, tell: Tell) -> None:
    ask(tell)
    tell("2026-03-25", REQUEST, "InformationRequest", answeredOn="2026-03-20")
    assert answer(register, "2026-12-31") == ("met", "2026-03-20", "2026-03-25", "2026-03-25")


def test_a_history_that_is_filed_at_once_was_never_overdue_here(register: Register, tell: Tell) -> None:
    """The log held no duty before the answer: the day that is named counts, and the day of recording stands beside it."""
    ask(tell, "2026-06-10", answeredOn="2026-03-20")
    assert answer(register, "2026-12-31") == ("met", "2026-03-20", "2026-06-10", "2026-03-20")
    (item,) = items.items(Board(register.store), registry.all_procedures()["f-contracts"], day_of("2026-12-31"))
    assert (item.date, item.recorded_on, item.published_after) == ("2026-03-01", "2026-06-10", 101)


def test_it_was_overdue_here_only_since_the_log_knew_of_it(register: Register, tell: Tell) -> None:
    ask(tell, "2026-06-01")
    tell("2026-06-10", REQUEST, "InformationRequest", answeredOn="2026-03-20")
    assert answer(register, "2026-06-10") == ("met", "2026-03-20", "2026-06-10", "2026-06-10")


def test_what_is_late_by_its_own_day_is_later_still_by_its_recording(register: Register, tell: Tell) -> None:
    ask(tell)
    tell("2026-06-10", REQUEST, "InformationRequest", answeredOn="2026-04-10")
    assert answer(register, "2026-05-01")[0] == "asked"
    assert answer(register, "2026-06-10") == ("met", "2026-04-10", "2026-06-10", "2026-06-10")


def test_a_correction_of_a_day_to_come_counts_from_itself(register: Register, tell: Tell) -> None:
    """Otherwise a day far ahead, told early, would be the place for every day that is named later."""
    ask(tell)
    (first,) = tell("2026-03-02", REQUEST, "InformationRequest", answeredOn="2026-12-01")
    tell("2026-08-01", REQUEST, "InformationRequest", answeredOn="2026-03-20", stance=Stance.CORRECTS, supersedes=first)
    assert answer(register, "2026-08-01")[:4] == ("met", "2026-03-20", "2026-08-01", "2026-08-01")


def test_a_second_source_later_makes_nobody_late(register: Register, tell: Tell) -> None:
    ask(tell)
    tell("2026-03-25", REQUEST, "InformationRequest", answeredOn="2026-03-20")
    tell("2026-08-01", REQUEST, "InformationRequest", answeredOn="2026-03-20", asserted="2026-07-31")
    assert answer(register, "2026-12-31") == ("met", "2026-03-20", "2026-03-25", "2026-03-25")


def test_a_statement_that_ends_an_inquiry_counts_from_its_recording(register: Register, tell: Tell) -> None:
    tell("2026-03-01", INQUIRY, "Investigation", name="Inquiry", body=BODY, startDate="2026-03-01",
         investigationKind="independent")  # fmt: skip
    stranger(register, BODY)(INQUIRY, "Investigation", dueOn="2026-05-01")
    text = {"title": "Statement", "body": BODY, "investigation": INQUIRY, "results": "Ten.", "prevention": "None."}
    tell("2026-07-01", entity_id("recording", "statement"), "PublicStatement", statedOn="2026-04-20", **text)
    before = clock(register, "nso-exporting-states", "statement", "2026-06-30")
    after = clock(register, "nso-exporting-states", "statement", "2026-07-01")
    assert (before.state, before.days_over) == ("overdue", 60)
    assert (after.state, after.met_on, after.counted_on) == ("met-late", "2026-04-20", "2026-07-01")
    (one,) = records.inquiries_view(register.store, today="2026-07-01").inquiries
    assert [due.met_on for due in one.due] == ["2026-04-20", "2026-04-20"]
    (one,) = records.inquiries_view(register.store, as_of="2026-06-30").inquiries
    assert [(due.met_on, due.days_over) for due in one.due] == [(None, 60), (None, 60)]


def test_what_a_stranger_adds_ends_no_inquiry(register: Register, tell: Tell) -> None:
    """Neither a statement of their own nor a day, findings or a refusal added to the record: the page says what the clock says."""
    tell("2026-03-01", INQUIRY, "Investigation", name="Inquiry", body=BODY, startDate="2026-03-01",
         investigationKind="independent")  # fmt: skip
    stranger(register, BODY)(INQUIRY, "Investigation", dueOn="2026-05-01")
    add = stranger(register)
    text = {"title": "Statement", "body": BODY, "investigation": INQUIRY, "results": "Ten.", "prevention": "None."}
    add(entity_id("recording", "statement"), "PublicStatement", statedOn="2026-04-20", **text)
    add(INQUIRY, "Investigation", endDate="2026-04-20", findings="None.", status="refused")
    add(INQUIRY, "Investigation", dueOn="2027-05-01", startDate="2026-04-01")
    assert clock(register, "nso-exporting-states", "statement", "2026-06-30").state == "overdue"
    (one,) = records.inquiries_view(register.store, today="2026-06-30").inquiries
    assert [(due.clock, due.due, due.days_over) for due in one.due] == [
        ("results", "2026-05-01", 60),
        ("statement", "2026-05-01", 60),
    ]
    assert (records.is_overdue(one), one.state, one.date, one.texts) == (True, "open", "2026-03-01", {})


def test_reports_that_are_made_up_for_afterwards_leave_the_gap_in_sight(register: Register, tell: Tell) -> None:
    tell("2026-01-02", MAKER, "Company", name="Maker", country="xc")
    tell(
        "2026-01-02",
        BOARD,
        "OversightBody",
        name="Board",
        oversees=MAKER,
        bodyKind="vendor",
        establishedOn="2026-01-02",
    )
    day = clock(register, "g-oversight", "meeting", "2026-07-05").due
    assert day == "2026-07-05"
    tell("2026-10-05", entity_id("recording", "meeting"), "Meeting", body=BOARD, date="2026-07-01", agenda="Sales")
    late = clock(register, "g-oversight", "meeting", "2026-10-04")
    assert (late.state, late.days_over) == ("asked", 0)
    since = clock(register, "g-oversight", "meeting", "2026-10-05")
    assert (since.state, since.started, since.due) == ("running", "2026-07-01", "2027-01-01")


def test_a_newer_record_counts_from_its_recording(register: Register, tell: Tell) -> None:
    tell("2026-01-02", MAKER, "Company", name="Maker", country="xc")
    report = {"title": "Report", "company": MAKER}
    tell("2026-01-02", entity_id("recording", "d1"), "DueDiligenceReport", periodEnd="2025-12-31",
         publishedAt="2026-01-01", **report)  # fmt: skip
    stranger(register, MAKER)(entity_id("recording", "d1"), "DueDiligenceReport", expiresOn="2026-02-01")
    tell("2026-05-01", entity_id("recording", "d2"), "DueDiligenceReport", publishedAt="2026-01-30", **report)
    first = next(
        one for one in items.items(Board(register.store), registry.all_procedures()["c-due-diligence"], day_of("2026-05-01"))
        if one.ref.id == entity_id("recording", "d1")
    )  # fmt: skip
    (one,) = first.due
    assert (one.state, one.met_on, one.counted_on) == ("met-late", "2026-01-30", "2026-05-01")


@pytest.mark.parametrize(
    "dates", [{"publishedAt": "2028-05-01", "periodEnd": "2028-04-30"}, {"periodEnd": "2028-04-30"}]
)
def test_a_day_that_is_added_to_an_older_record_counts_from_its_recording(
    register: Register, tell: Tell, dates: dict[str, str]
) -> None:
    tell("2026-01-01", MAKER, "Company", name="Maker", country="xc")
    first, second = (entity_id("recording", name) for name in ("d1", "d2"))
    published = {} if "publishedAt" in dates else {"publishedAt": "2028-05-01"}
    tell("2026-01-02", second, "DueDiligenceReport", title="Second", company=MAKER, **published)
    tell("2027-07-01", first, "DueDiligenceReport", title="First", company=MAKER, publishedAt="2027-07-01",
         periodEnd="2027-06-30")  # fmt: skip
    stranger(register, MAKER)(first, "DueDiligenceReport", expiresOn="2028-06-01")
    tell("2030-05-01", second, "DueDiligenceReport", **dates)
    found = items.items(Board(register.store), registry.all_procedures()["c-due-diligence"], day_of("2030-06-01"))
    [due] = next(one for one in found if one.ref.id == first).due
    assert (due.state, due.met_on, due.counted_on) == ("met-late", "2028-05-01", "2030-05-01")


def test_a_claim_says_how_long_after_its_own_day_it_was_published(register: Register, tell: Tell) -> None:
    tell("2026-06-10", MAKER, "Company", name="Maker", asserted="2024-02")
    tell("2026-06-10", MAKER, "Company", country="xc")
    view = entity_view(register.store, MAKER, today="2026-06-11")
    told = {
        one.property: (one.asserted, one.recorded_on, one.published_after)
        for each in view.properties
        for one in each.claims
    }
    assert told == {"name": ("2024-02", "2026-06-10", 832), "country": (None, "2026-06-10", None)}


def test_a_data_set_is_older_than_its_copy_here(register: Register, tell: Tell) -> None:
    """How late something was published here is said of what was published here directly alone (decision 0071)."""
    loaded = [
        structs.replace(one, dataset="us-ofac-sdn", publisher=next(iter(publishers("us-ofac-sdn", ""))))
        for one in said(INQUIRY, "Investigation", name="Inquiry", body=BODY, startDate="2025-01-01")
    ]
    register.publish(loaded, receipt=False)
    direct = entity_id("recording", "direct")
    tell("2026-06-10", direct, "Investigation", name="Other inquiry", body=BODY, startDate="2025-06-10")
    found = items.items(Board(register.store), registry.all_procedures()["b-investigations"], day_of("2026-12-31"))
    assert [(one.ref.caption, one.published_after) for one in found] == [("Other inquiry", 365), ("Inquiry", None)]
    app = Outer(Site(register))
    page = web.ask(app, "/procedures/b-investigations?as_of=2026-12-31").text
    [late] = [row for row in page.split("<tr>") if "days after the date it states" in row]
    assert "Other inquiry" in late and "published here 365 days after" in late and "10 June 2025" in late


def test_pages_and_json_say_both_days(register: Register, tell: Tell) -> None:
    ask(tell)
    tell("2026-06-10", REQUEST, "InformationRequest", answeredOn="2026-03-20", asserted="2026-03-20")
    app = Outer(Site(register))
    sentence = "(dated 20 March 2026; recorded here on 10 June 2026)"
    (item,) = web.ask(app, "/api/v1/procedures/f-contracts?as_of=2026-06-10").json["data"]["items"]
    assert item["due"][0]["state"] == "met"
    page = web.ask(app, "/procedures/f-contracts?as_of=2026-06-10").text
    assert sentence in page and "done on 10 June 2026, after 101 days" in page
    assert "asked since 1 March 2026, no recorded answer, 100 days" in web.ask(app, "/overdue?as_of=2026-06-09").text
    assert "No step is open." in web.ask(app, "/overdue?as_of=2026-06-10").text
    claim = "Published here 82 days after the date it states"
    assert claim in web.ask(app, f"/entities/{REQUEST}").text
    told = web.ask(app, f"/api/v1/entities/{REQUEST}").json["data"]["properties"]
    (answered,) = next(one for one in told if one["name"] == "answeredOn")["claims"]
    assert (answered["recorded_on"], answered["published_after"]) == ("2026-06-10", 82)


def test_a_correction_of_the_duty_makes_no_late_step_punctual(register: Register, tell: Tell) -> None:
    asked = {one.statement.property: one.id for id in [ask(tell)] for one in register.store.statements_of([REQUEST])}
    tell("2026-12-01", REQUEST, "InformationRequest", answeredOn="2026-03-20")
    late = ("met", "2026-03-20", "2026-12-01", "2026-12-01")
    assert answer(register, "2026-12-31") == late
    (first,) = tell("2026-12-05", REQUEST, "InformationRequest", askedOn="2026-03-02", stance=Stance.CORRECTS,
                    supersedes=asked["askedOn"])  # fmt: skip
    assert answer(register, "2026-12-31") == late
    tell("2026-12-06", REQUEST, "InformationRequest", askedOn="2026-03-01", stance=Stance.CORRECTS, supersedes=first)
    assert answer(register, "2026-12-31") == late
