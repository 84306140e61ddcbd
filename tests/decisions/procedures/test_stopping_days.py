"""A clock stops on the day of the act that stops it, never on the day on which its record begins: every clock of the thirteen files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions.api import gate
from sousveil.decisions.model import Ruling
from sousveil.decisions.procedures import items, proven, registry
from sousveil.decisions.procedures.conditions import (
    AllOf,
    AnyOf,
    Condition,
    Fails,
    Has,
    Is,
    Linked,
    Reached,
    Ruled,
    Running,
)
from sousveil.decisions.procedures.engine import Board
from sousveil.decisions.procedures.items import DueView, due_of
from sousveil.decisions.procedures.model import Clock
from sousveil.decisions.views.licences import exporting_view
from sousveil.ledger.keys import PrivateKey
from sousveil.register.codes import Role
from sousveil.register.model import Standing, Statement, entity_id
from sousveil.register.register import Register
from sousveil.register.store import writing
from tests.decisions.rig import rigged
from tests.decisions.rig import sid as rig_id

START = date(2022, 1, 1)
PAPER = "Paper (invented)"
Values = dict[str, Any]


def sid(name: str) -> str:
    return entity_id("stopping", name)


OFFICE, STATE, COMPANY, BOARD = (sid(name) for name in ("office", "state", "company", "board"))
ACTS_OF = {
    "Registration": COMPANY, "Countersignature": OFFICE, "ScreeningRecord": OFFICE, "UseReport": OFFICE, "OversightDecision": BOARD,
}  # fmt: skip
"""Who alone may publish these."""


class Desk:
    """A register that is told everything on days of the test's choice, by a paper, or by those whose act it is."""

    def __init__(self, register: Register, patch: pytest.MonkeyPatch) -> None:
        self.register, self._patch = register, patch
        self._keys = {name: PrivateKey.new() for name in (PAPER, OFFICE, COMPANY, BOARD)}
        for owner, key in self._keys.items():
            register.key_add(key.public.raw.hex(), owner, Role.PUBLISHER)

    def tell(self, on: date, key: str, type: str, /, **values: Any) -> None:
        self._patch.setattr(writing, "utc_now", lambda: f"{on}T12:00:00Z")
        by = ACTS_OF.get(type, PAPER)
        made = [
            Statement(subject=sid(key), type=type, property=property, value=one, source="Gazette 1", publisher=by,
                      dataset="direct", standing=Standing.REPORTED)
            for property, many in values.items()
            for one in ([many] if isinstance(many, str) else many)
        ]  # fmt: skip
        self.register.publish(made, self._keys[by], receipt=False)

    def due(self, procedure: str, clock: Clock, day: date) -> DueView | None:
        board = Board(self.register.store)
        record = next(one for one in board.records[clock.type] if one.id == sid("record"))
        return due_of(board, clock, record, day.toordinal())

    def label(self, procedure: str, day: date) -> str:
        board = Board(self.register.store)
        found = items.items(board, registry.all_procedures()[procedure], day.toordinal())
        return next(one.state for one in found if one.ref.id == sid("record"))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setitem(proven.TESTS, "registry", lambda *_: True)  # whose act it is, other tests ask
    monkeypatch.setitem(proven.TESTS, "notice", lambda *_: Ruling("regulator"))
    monkeypatch.setattr(writing, "utc_now", lambda: "2019-01-01T12:00:00Z")  # no batch is older than the one before it
    with Register.init(
        tmp_path / "r", title="Days (invented)", origin="stopping.example/log", example=True, gate=gate
    ) as made:
        desk = Desk(made, monkeypatch)
        desk.tell(date(2019, 1, 1), "state", "State", name="Sarvian Union", country="xc")
        desk.tell(date(2019, 1, 1), "office", "PublicBody", name="Service", country="xc", partOf=sid("state"))
        desk.tell(date(2019, 1, 1), "company", "Company", name="Maker", country="xc")
        desk.tell(date(2019, 1, 1), "board", "OversightBody", name="Board", country="xc", bodyKind="community")
        desk.tell(date(2019, 1, 1), "product", "SurveillanceProduct", name="Lens", vendor=sid("company"))
        desk.tell(date(2019, 1, 1), "proposal", "Acquisition", name="Buy", body=sid("office"), product=sid("product"))
        yield desk


RECORDS: dict[tuple[str, str], Values] = {
    ("a-moratorium", "in-force"): {
        "summary": "Decree", "state": STATE, "country": "xc", "measureKind": "ban", "covers": "sale", "date": START,
    },
    ("b-investigations", "investigation"): {"stage": "infected", "country": "xc", "date": START},
    ("b-investigations", "results"): {"name": "Inquiry", "body": OFFICE, "startDate": START},
    ("c-due-diligence", "next-report"): {
        "title": "Report", "company": COMPANY, "periodStart": "2021-01-01", "periodEnd": START,
    },
    ("d-registration", "countersignature"): {"company": COMPANY, "authority": OFFICE, "startDate": START},
    ("e-liability", "disclosure"): {"asset": COMPANY, "ownerUnspecified": "unknown", "startDate": START},
    ("f-contracts", "answer"): {
        "name": "Request", "body": OFFICE, "question": "Which?", "askedOn": START, "status": "asked",
    },
    ("f-contracts", "ruling"): {
        "name": "Request", "body": OFFICE, "question": "Which?", "askedOn": "2021-06-01", "status": "appealed",
        "appealBody": OFFICE, "appealedOn": START,
    },
    ("f-contracts", "compliance"): {
        "name": "Request", "body": OFFICE, "question": "Which?", "askedOn": "2021-06-01", "status": "appealed",
        "ruling": "answer", "ruledOn": START,
    },
    ("f-contracts", "disclosure"): {
        "record": sid("product"), "body": OFFICE, "what": "Price", "legalGround": "S. 9", "endDate": START,
    },
    ("g-oversight", "meeting"): {
        "name": "Body", "oversees": COMPANY, "bodyKind": "vendor", "establishedOn": START,
    },
    ("h-boards", "decision"): {
        "name": "Purchase", "body": OFFICE, "product": sid("product"), "board": BOARD, "proposedOn": START,
    },
    ("h-boards", "yearly-report"): {
        "name": "Decision", "body": BOARD, "about": sid("proposal"), "outcome": "approved", "date": START,
        "reason": "Narrow.",
    },
    ("i-remedy", "reform"): {
        "summary": "Immunity", "state": STATE, "barrierKind": "immunity", "status": "in-force", "startDate": START,
    },
    ("j-lifting", "standard"): {
        "name": "Standard", "state": STATE, "status": "proposed", "requires": "ungp-respect", "proposedOn": START,
    },
    ("j-lifting", "screen-again"): {
        "name": "Screening", "authority": OFFICE, "logSize": "9", "issuedOn": START, "expiresOn": START + timedelta(30),
    },
    ("k-markets", "notice"): {"name": "Listing", "company": COMPANY, "eventKind": "listing", "plannedFor": START},
    ("k-markets", "acknowledgement"): {
        "name": "Notice", "corporateEvent": sid("event"), "regulator": OFFICE, "sentOn": START,
    },
    ("l-encryption", "repeal"): {
        "title": "Act", "jurisdiction": "xc", "state": STATE, "topic": "encryption", "effect": "weakens-encryption",
        "status": "in-force", "inForceFrom": START,
    },
    ("nso-exporting-states", "revocation"): {
        "title": "Order", "authority": OFFICE, "company": COMPANY, "status": "draft", "publishedAt": START,
    },
    ("nso-exporting-states", "statement"): {"name": "Inquiry", "body": OFFICE, "startDate": START},
}  # fmt: skip
"""Each clock's record, begun on START."""

NEVER = {("b-investigations", "investigation"), ("f-contracts", "disclosure"), ("h-boards", "decision")}
"""An incident waits for an investigation with all four qualities (`test_letter_sentences.py`); what was withheld is owed until the record
says that it ended; a decision is what a board confirms after its notice (`test_one_test_for_proposals.py`)."""

LINKED: dict[str, Values] = {
    "PublicStatement": {"title": "Statement", "body": OFFICE, "results": "Ten.", "prevention": "None."},
    "Countersignature": {"authority": OFFICE, "outcome": "refused", "reason": "Parts are missing."},
    "OversightDecision": {"name": "Decision", "body": BOARD, "outcome": "rejected", "reason": "Broad."},
    "RegulatorNotice": {"name": "Notice", "regulator": OFFICE},
    "UseReport": {"title": "Use", "periodStart": "2022-01-01", "periodEnd": "2022-12-31"},
    "Meeting": {"name": "Meeting", "agenda": "Sales"},
    "DueDiligenceReport": {"title": "Next", "periodStart": "2022-01-02", "periodEnd": "2023-01-01"},
    "ScreeningRecord": {"name": "Next", "logSize": "9", "expiresOn": "the day"},
}
"""What else the act of another record says."""

Stop = tuple[str, str, Values]
"""Key of the record, type, values; the day is to be put where `DAY` stands."""
DAY = "the day"


def stops(clock: Clock) -> Iterator[tuple[str, Stop]]:
    """Every way in which a clock can be stopped on a day that is named."""
    for at, condition in enumerate((clock.stops_when, clock.ends_as.get("refused"), clock.again)):
        for found in by(clock, condition) if condition is not None else ():
            yield f"condition {at}: {found[1]} {sorted(found[2])}", found


def by(clock: Clock, condition: Condition) -> list[Stop]:
    match condition:
        case AnyOf(of=of):
            return [found for one in of for found in by(clock, one)]
        case AllOf(of=of):
            merged: Values = {}
            for one in of:
                for _, _, values in by(clock, one)[:1]:
                    merged |= values
            return [] if merged.get("proposedOn") == "lacks" else [("record", clock.type, merged)]
        case Is(property=name, values=values, on=on):
            return [("record", clock.type, {name: values[0], on[0]: DAY} if on else {name: values[0]})]
        case Reached(property=name):
            return [("record", clock.type, {name: DAY})]
        case Ruled(test="barrier", says=("reformed",)):
            return [("record", clock.type, {"status": "reformed", "endDate": DAY})]
        case Ruled(test="request", says=("answered",)):
            word: Values = {"status": "answered", "answer": "Twelve."}
            return [("record", clock.type, {"answeredOn": DAY}), ("record", clock.type, {**word, "answeredOn": DAY})]
        case Ruled(test="request", says=("refused", *_)):
            return [("record", clock.type, {"status": "refused", "refusedOn": DAY})]
        case Ruled(test="encryption-law"):
            return [("record", clock.type, {"status": "repealed", "inForceUntil": DAY})]
        case Ruled(test="case" | "decided"):  # by what the board confirms after its notice
            return []
        case Linked(by=property, since=(_, *_), on=on):
            same = next(value for name, value in _record(clock).items() if name == property)
            return [("other", clock.type, {**LINKED[clock.type], property: same, on[0]: DAY})]
        case Linked(type=type, by=property, on=on):
            return [("other", type, {**LINKED[type], property: sid("record"), on[0]: DAY})]
        case Fails(of=Has(property="proposedOn")):
            return [("record", clock.type, {"proposedOn": "lacks"})]
        case Has() | Fails() | Running():
            return []
    raise AssertionError(condition)


def _record(clock: Clock) -> Values:
    return next(
        values for (name, which), values in RECORDS.items() if which == clock.name and _type(name, which) == clock.type
    )


def _type(procedure: str, clock: str) -> str:
    return next(one.type for one in registry.all_procedures()[procedure].clocks if one.name == clock)


CASES = [
    pytest.param(procedure.name, clock, stop, id=f"{procedure.name} {clock.name}: {how}")
    for procedure in registry.all_procedures().values()
    for clock in procedure.clocks
    for how, stop in stops(clock)
]


def put(values: Values, day: date) -> Values:
    texts = {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
    return {name: day.isoformat() if value == DAY else value for name, value in texts.items()}


def test_every_clock_is_walked() -> None:
    known = {(one.name, clock.name) for one in registry.all_procedures().values() for clock in one.clocks}
    assert set(RECORDS) == known
    assert {(one.values[0], one.values[1].name) for one in CASES} == known - NEVER  # type: ignore[union-attr, attr-defined]


@pytest.mark.parametrize(("procedure", "clock", "stop"), CASES)
@pytest.mark.parametrize("late", [0, 1, 700])
def test_a_history_that_is_filed_at_once_stops_on_the_day_of_the_act(
    desk: Desk, procedure: str, clock: Clock, stop: Stop, late: int
) -> None:
    """In time up to the day on which it is due, late behind it; before the act it runs, or is overdue."""
    filed = date(2026, 11, 1)
    name, kind, values = stop
    first = RECORDS[procedure, clock.name]
    desk.tell(filed, "record", clock.type, **put(first, START))
    running = desk.due(procedure, clock, START)
    assert running is not None and running.state == "running"
    due = date.fromisoformat(running.due)
    done = due + timedelta(late)
    desk.tell(filed, "record" if name == "record" else name, kind, **put(values, done))
    before = desk.due(procedure, clock, done - timedelta(1))
    assert before is not None
    letter = before.authority == "letter"
    past = "asked" if letter else "overdue"
    assert (before.state, before.days_over) == (past if late > 1 else "running", 0 if letter else max(late - 1, 0))
    after = desk.due(procedure, clock, done)
    assert after is not None
    if clock.again is not None:
        assert (after.state, after.started) == ("running", done.isoformat())
        return
    ended = "refused" if "refusedOn" in values else "met"
    assert (after.state, after.met_on) == (f"{ended}-late" if late and not letter else ended, done.isoformat())
    much_later = desk.due(procedure, clock, filed + timedelta(1))
    assert much_later is not None and much_later.met_on == done.isoformat()


WORDS = [
    pytest.param(*one.values, id=one.id) for one in CASES
    if DAY in one.values[2][2].values()  # type: ignore[union-attr, index]
    and any(value not in (DAY,) for value in one.values[2][2].values())  # type: ignore[union-attr, index]
]  # fmt: skip


@pytest.mark.parametrize(("procedure", "clock", "stop"), WORDS)
def test_a_word_without_a_day_stops_it_on_the_day_on_which_it_was_told(
    desk: Desk, procedure: str, clock: Clock, stop: Stop
) -> None:
    name, kind, values = stop
    filed = date(2026, 11, 1)
    ended = "refused" if "refusedOn" in values else "met"
    values = {property: value for property, value in values.items() if value != DAY}
    if kind == "ScreeningRecord" or (kind == "RegulatorNotice" and clock.type == "CorporateEvent"):
        return  # neither is one without its day
    if kind == "RemedyBarrier":
        return  # it stands until a day of the reform is on file, as in answers
    desk.tell(filed, "record", clock.type, **put(RECORDS[procedure, clock.name], START))
    desk.tell(filed, name, kind, **values)
    before = desk.due(procedure, clock, filed - timedelta(1))
    assert before is not None and before.state in ("asked", "overdue")
    late = "" if before.authority == "letter" else "-late"
    after = desk.due(procedure, clock, filed)
    assert after is not None
    if clock.again is not None:
        assert (after.state, after.started) == ("running", filed.isoformat())
    else:
        assert (after.state, after.met_on) == (ended + late, filed.isoformat())


def test_an_order_is_a_draft_until_the_day_on_which_it_was_issued(tmp_path: Path) -> None:
    """The page of a group's licences says what the clock says."""
    with rigged(tmp_path) as rig:
        rig.publisher("export-office")
        rig.say("export-office", type="PublicBody", name="Export office of Calder", country="xa", partOf="@calder")
        rig.say("licence", type="ExportLicence", name="Licence 1", licensee="@vireo", issuer="@export-office",
                status="granted", issueDate="2020-01-01", by="export-office")  # fmt: skip
        rig.say("case", type="AbuseIncident", stage="infected", vendor="@vireo", date="2021-05-01")
        rig.say("order", type="RevocationOrder", title="Order", authority="@export-office", company="@vireo",
                licence="@licence", status="issued", publishedAt="2021-08-01", issuedOn="2026-01-01", reason="Abuse.",
                by="export-office")  # fmt: skip
        found = [
            exporting_view(rig.register.store, rig_id("vireo"), as_of=day).states[0]
            for day in ("2023-01-01", "2026-01-01")
        ]
        assert [(one.order_status, one.asked_since, one.days_open) for one in found] == [
            ("draft", "2021-07-27", 523), ("issued", None, 0),
        ]  # fmt: skip
        board = Board(rig.register.store)
        clock = next(
            one for one in registry.all_procedures()["nso-exporting-states"].clocks if one.name == "revocation"
        )
        (order,) = board.records["RevocationOrder"]
        dues = [
            due_of(board, clock, order, date.fromisoformat(day).toordinal()) for day in ("2023-01-01", "2026-01-01")
        ]
        assert [(one.state, one.days_over, one.met_on) for one in dues if one] == [
            ("asked", 0, None), ("met", 0, "2026-01-01"),
        ]  # fmt: skip
