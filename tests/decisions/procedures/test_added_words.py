"""One more statement by somebody who is no founder of a record fulfils nothing, closes nothing, stops no clock and ends no use.

A real register of two States with everything that the views of procedures show: cells that are not met, and what is overdue, open
and running. Then a mole of `moles.py` adds one statement, signed with a verified key of its own, and takes it back again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.decisions.procedures import items
from sousveil.decisions.procedures.cells import MET, NOT, PARTLY, UNKNOWN, company_cells, state_row, vendors
from sousveil.decisions.procedures.engine import Board, day_of
from sousveil.decisions.views.halts import halts
from sousveil.decisions.views.licences import queue
from sousveil.errors import SousveilError
from sousveil.register.admission import Published
from sousveil.register.codes import RetractReason, Role
from tests.decisions import moles
from tests.decisions.moles import MOLES, OFTEN, OWNERS, Bench, Mole
from tests.decisions.rig import DAY, Rig, parties, sid
from tests.profiles import examples
from tests.register.maker import private, public

RANKS = (NOT, UNKNOWN, PARTLY, MET)
MANY = settings(OFTEN, max_examples=examples(150))
DAY_NUMBER = day_of(DAY)
NAMED = (
    "running licence incident request announced report inquiry system event notice keys barrier secret act bill"
).split()
QUEUE_DAY = "2199-01-01"
"""Items of the queue wait from the day on which the register could tell it, which is that of the test."""
OVERDUE = [
    ("announced", "in-force"),
    ("barrier", "reform"),
    ("incident", "investigation"),
    ("inquiry", "results"),
    ("keys", "repeal"),
    ("notice", "acknowledgement"),
    ("report", "next-report"),
    ("request", "answer"),
    ("system", "decision"),
]
ADDRESSED = frozenset({"exchange", "calder"})
"""The regulator that the notice names, and its State: that it acknowledges the notice is its own act."""
REPLYING = "ministry"
"""The office that was asked: what it answers is open and not late, until somebody confirms its competence."""
REPLIED = {("xb", "f-contracts", ""), ("xb", "f-contracts", "requests"), (sid("request"), "answer")}
OWN = frozenset({"calder"})
"""A decision of the issuing State on its licence is its own act, and what closes an item."""


@dataclass(frozen=True)
class Seen:
    """What the views show on the day."""

    cells: dict[tuple[str, str, str], int]
    """(State or company, demand, need; empty for the cell) -> how near to met."""
    waiting: frozenset[tuple[str, str]]
    """(licence, incident) that nobody decided."""
    queue_undecided: frozenset[str]
    overdue: dict[tuple[str, str], int]
    """(record, clock) -> days over."""
    shown_for: frozenset[tuple[str, str, str | None, str | None]]
    """(record, clock, country, who owes it): the pages on which it stands."""
    despite: frozenset[tuple[str, str]]


def seen(rig: Rig) -> Seen:
    store = rig.register.store
    board = Board(store)
    cells = {}
    rows = [(code, state_row(board, code, DAY_NUMBER).cells) for code in ("xa", "xb", "xc")]
    rows += [(id, company_cells(board, id, DAY_NUMBER)) for id in vendors(board)]
    for subject, many in rows:
        for one in many:
            cells[subject, one.procedure, ""] = RANKS.index(one.state)
            cells.update({(subject, one.procedure, need.name): RANKS.index(need.state) for need in one.needs})
    late = items.open_duties(board, DAY_NUMBER)
    view = queue(store, as_of=QUEUE_DAY)
    return Seen(
        cells=cells,
        waiting=frozenset(
            (one.licence.id, touch.incident.id)
            for one in view.items
            for touch in one.touches
            if one.state == "undecided"
        ),
        queue_undecided=frozenset(one.licence.id for one in view.items if one.state == "undecided"),
        overdue={(one.item.ref.id, one.due.clock): one.due.days_open for one in late},
        shown_for=frozenset(
            (one.item.ref.id, one.due.clock, one.item.country, one.due.owed_by.id if one.due.owed_by else None)
            for one in late
        ),
        despite=frozenset((view.country, one.ref.id) for view in halts(board, DAY_NUMBER) for one in view.despite),
    )


def softer(before: Seen, after: Seen, owner: str) -> list[object]:
    """What a mole made milder."""
    low = RANKS.index(UNKNOWN)
    found: list[object] = [(key, RANKS[rank]) for key, rank in after.cells.items() if rank > before.cells.get(key, low)]
    found += [(key, over) for key, over in before.overdue.items() if after.overdue.get(key, 0) < over]
    if owner == REPLYING:
        found = [one for one in found if not (isinstance(one, tuple) and one[0] in REPLIED)]
    found += sorted(before.shown_for - after.shown_for, key=str)
    if owner not in OWN:
        found += sorted(before.waiting - after.waiting) + sorted(before.queue_undecided - after.queue_undecided)
    return found + sorted(before.despite - after.despite)


def tell(rig: Rig) -> None:
    """The State's halt and what runs on despite it, a licence with an incident, things owed, and demands that are not met."""
    by = {"by": "paper", "standing": "reported"}
    rig.say("export-office", type="PublicBody", name="Export office of Calder", country="xa", partOf="@calder", **by)
    rig.say("exchange", type="PublicBody", name="Exchange of Calder", country="xa", partOf="@calder", **by)
    rig.say("exchange", type="PublicBody", partOf="@calder", office="regulator")
    rig.say("halt", type="MoratoriumMeasure", summary="Decree 1", state="@averna", country="xb", measureKind="moratorium",
            covers=["use", "sale"], status="in-force", date="2022-01-01", startDate="2022-01-01", **by)  # fmt: skip
    rig.say("announced", type="MoratoriumMeasure", summary="Decree 2", state="@calder", country="xa",
            measureKind="moratorium", covers=["sale", "transfer", "use"], status="announced", date="2023-01-01", **by)  # fmt: skip
    rig.say("running", type="Deployment", summary="System at the port", product="@lens", body="@ministry", country="xb",
            startDate="2021-01-01", **by)  # fmt: skip
    rig.say("licence", type="ExportLicence", name="Licence 1", licensee="@vireo", product="@lens", issuer="@export-office",
            endUser="@ministry", destination="xb", issueDate="2021-01-01", **by)  # fmt: skip
    rig.say("other-licence", type="ExportLicence", name="Licence 2", licensee="@rival", issuer="@export-office", **by)
    rig.say("bare-event", type="LicenceEvent", licence="@licence", event="reviewed", date="2024-03-01", **by)
    rig.say("ended-event", type="LicenceEvent", licence="@other-licence", event="revoked", date="2024-03-01",
            reason="Abuse.", **by)  # fmt: skip
    rig.say("incident", type="AbuseIncident", name="Phone of a reporter", stage="infected", product="@lens",
            client="@ministry", date="2023-01-01", targetCountry="xb", **by)  # fmt: skip
    rig.say("inquiry", type="Investigation", name="Inquiry", body="@ministry", about="@incident", status="open",
            startDate="2023-01-05", **by)  # fmt: skip
    rig.say("closed-inquiry", type="Investigation", name="Another inquiry", body="@ministry", status="closed",
            findings="Nothing.", startDate="2022-01-05", endDate="2022-05-05", **by)  # fmt: skip
    rig.say("request", type="InformationRequest", name="Request 1", body="@ministry", status="asked",
            askedOn="2024-01-01", **by)  # fmt: skip
    rig.say("secret", type="Contract", title="A", buyer="@ministry", supplier="@vireo", withheld="The price.",
            contractDate="2020-01-01", **by)  # fmt: skip
    rig.say("act", type="Law", title="Act", jurisdiction="xb", status="in-force", topic="due-diligence", enforced="no",
            provides=["covers-companies"], inForceFrom="2020-01-01", **by)  # fmt: skip
    rig.say("bill", type="Law", title="Bill", jurisdiction="xa", status="bill", topic="transparency", **by)
    rig.say("keys", type="Law", title="Keys Act", jurisdiction="xb", status="in-force", topic="encryption",
            effect="weakens-encryption", inForceFrom="2020-01-01", **by)  # fmt: skip
    rig.say("barrier", type="RemedyBarrier", state="@averna", barrierKind="secrecy", status="in-force",
            startDate="2020-01-01", **by)  # fmt: skip
    rig.say("report", type="DueDiligenceReport", title="Report", company="@vireo", publishedAt="2021-01-01", **by)
    rig.say(
        "system", type="Acquisition", name="Cameras", body="@ministry", product="@lens", proposedOn="2023-01-01", **by
    )
    rig.say("event", type="CorporateEvent", name="Listing of Vireo", company="@vireo", eventKind="listing",
            announcedOn="2024-01-01", **by)  # fmt: skip
    rig.say("notice", type="RegulatorNotice", name="Notice", regulator="@exchange", company="@vireo",
            sentOn="2024-01-01", **by)  # fmt: skip


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    made = Rig(tmp_path_factory.mktemp("words") / "register")
    parties(made)
    moles.people(made)
    tell(made)
    for owner in MOLES:
        if not owner.startswith("?"):
            made.publisher(owner)
    for number, owner in enumerate(one[1:] for one in MOLES if one.startswith("?")):
        made.register.key_add(public(f"namesake-{number}"), owner, Role.PUBLISHER)
    yield made
    made.register.close()


@pytest.fixture(scope="module")
def bench(rig: Rig) -> Bench:
    return Bench(rig.register, rig.ids)


@pytest.fixture(scope="module")
def before(rig: Rig) -> Seen:
    return seen(rig)


def key_of(owner: str) -> str:
    names = [one for one in MOLES if one.startswith("?")]
    return f"namesake-{names.index(owner)}" if owner in names else owner


def after_it(rig: Rig, mole: Mole) -> Seen | None:
    """What the views show once a mole has said it; taken back again. None where the register does not take it."""
    key = private(key_of(mole.owner))
    try:
        done = rig.register.publish([mole.said], key, receipt=False)
    except SousveilError:
        return None
    if not isinstance(done, Published):
        return None
    try:
        return seen(rig)
    finally:
        rig.register.retract(list(done.ids), key, RetractReason.WRONG)


def test_the_views_show_what_could_be_taken_away(before: Seen) -> None:
    """Else nothing here could fail."""
    keys = {sid(one): one for one in NAMED}
    assert sorted((keys[id], clock) for id, clock in before.overdue) == OVERDUE
    assert {(code, keys[id]) for code, id in before.despite} == {("xb", "running")}
    assert {(keys[one], keys[two]) for one, two in before.waiting} == {("licence", "incident")}
    assert {keys[one] for one in before.queue_undecided} == {"licence"}
    assert RANKS.index(NOT) in before.cells.values()


@given(st.data(), OWNERS)
@MANY
def test_whatever_a_mole_adds_nothing_is_milder(
    rig: Rig, bench: Bench, before: Seen, data: st.DataObject, owner: str
) -> None:
    records = (one for one in bench.keys.values() if not one.startswith("voucher"))
    mole = moles.drawn(data, bench, owner, records, lambda record, name: True)
    said = mole.said
    if owner in ADDRESSED and (said.subject, said.property) == (sid("notice"), "acknowledgedOn"):
        return
    after = after_it(rig, mole)
    assert after is None or softer(before, after, owner) == []


ATTACKS = (
    ("ministry", "request", "InformationRequest", "answeredOn", "2024-01-20"),
    ("ministry", "request", "InformationRequest", "dueOn", "2030-01-01"),
    ("ministry", "request", "InformationRequest", "askedOn", "2030-01-01"),
    ("calder", "announced", "MoratoriumMeasure", "status", "in-force"),
    ("calder", "announced", "MoratoriumMeasure", "country", "xc"),
    ("third-office", "notice", "RegulatorNotice", "acknowledgedOn", "2024-01-05"),
    ("averna", "notice", "RegulatorNotice", "acknowledgedOn", "2024-01-05"),
    ("vireo", "notice", "RegulatorNotice", "acknowledgedOn", "2024-01-05"),
    ("ministry", "running", "Deployment", "endDate", "2022-01-01"),
    ("averna", "halt", "MoratoriumMeasure", "endDate", "2022-02-01"),
    ("averna", "halt", "MoratoriumMeasure", "measureKind", "lifted"),
    ("vireo", "licence", "ExportLicence", "expiryDate", "2022-01-01"),
    ("vireo", "licence", "ExportLicence", "status", "revoked"),
    ("ministry", "inquiry", "Investigation", "findings", "Nothing."),
    ("averna", "act", "Law", "status", "repealed"),
    ("averna", "act", "Law", "enforced", "yes"),
    ("averna", "keys", "Law", "inForceUntil", "2021-01-01"),
    ("calder", "bill", "Law", "status", "in-force"),
    ("averna", "barrier", "RemedyBarrier", "status", "reformed"),
    ("vireo", "incident", "AbuseIncident", "date", "2120-01-01"),
)


def test_the_regulator_that_was_told_acknowledges(rig: Rig, before: Seen) -> None:
    after = after_it(rig, moles.plain("exchange", "notice", "RegulatorNotice", "acknowledgedOn", "2024-01-05"))
    assert after is not None
    assert before.overdue.keys() - after.overdue.keys() == {(sid("notice"), "acknowledgement")}


@pytest.mark.parametrize("attack", ATTACKS, ids=["-".join(one[:4]) for one in ATTACKS])
def test_none_of_these_takes_anything_away(rig: Rig, before: Seen, attack: tuple[str, str, str, str, str]) -> None:
    after = after_it(rig, moles.plain(*attack))
    assert after is not None, "the register takes it"
    assert softer(before, after, attack[0]) == []
