"""Views of proposals before community boards (h)."""

from __future__ import annotations

from typing import Unpack

import msgspec

from sousveil.decisions import apart, lookup, proposals, voices
from sousveil.decisions.boards import world_of
from sousveil.decisions.facts import oversight as facts
from sousveil.decisions.facts.boards import APPROVES, against, counted
from sousveil.register.model import Standing
from sousveil.register.views.model import Frame, Ref
from sousveil.register.views.reading import Moment, Reader, Record, Store


class VoteRow(msgspec.Struct, frozen=True, kw_only=True):
    """A vote with its reasons."""

    ref: Ref
    member: list[Ref]
    choice: str
    signed: bool
    """Whether the member's own key signed it; else the board alone publishes it."""
    date: str | None
    necessity: list[str]
    proportionality: list[str]
    legality: list[str]


class StepRow(msgspec.Struct, frozen=True, kw_only=True):
    """A report on the impact, a notice, comment, hearing, vote, decision or report on use."""

    kind: str
    ref: Ref
    date: str | None
    what: str
    by: list[Ref]
    """Who comments, votes, or made the report on the impact; empty where nobody is named."""
    code: str
    """The position of a comment, the choice of a vote, or the outcome of a decision, in words; empty where none is given."""
    note: str
    """Why it is no step, or by whose word it is one that is not the board, in a sentence; empty where it is one by itself."""
    against: bool
    """It is no step, and it counts against a purchase all the same: what blocks counts whoever reports it."""


class ProposalRow(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal with where it stands."""

    ref: Ref
    body: list[Ref]
    board: list[Ref]
    product: list[Ref]
    vendor: list[Ref]
    purpose: list[str]
    impact: list[Ref]
    """Reports on the impact that the proposal names."""
    stands: proposals.ProposalStanding
    board_established: str
    """`true`, `false`, `unknown`; held against the vendor of the proposal."""
    board_reasons: list[str]


class ProposalsView(msgspec.Struct, frozen=True, kw_only=True):
    """All proposals."""

    frame: Frame
    day: str
    count: int
    """So many are on file; the list may hold a part of them."""
    proposals: list[ProposalRow]
    departures: int
    to_come: int
    """So many of them are proposed after the day; they stand at the end."""


class ProposalView(msgspec.Struct, frozen=True, kw_only=True):
    """One proposal, step by step."""

    frame: Frame
    day: str
    proposal: ProposalRow
    steps: list[StepRow]
    votes: list[VoteRow]


COMING = "to-come"


def proposals_view(store: Store, **when: Unpack[Moment]) -> ProposalsView:
    """Every proposal, those with departures first."""
    reader = Reader(store, **when)
    boards_known: Known = {}
    cases = (proposals.Case(reader, one.id, whole=True) for one in lookup.every(reader, "Acquisition"))
    rows = [_proposal(reader, one, boards_known) for one in cases]
    rows.sort(key=lambda one: (not one.stands.problems, one.stands.stage == COMING, one.ref.caption, one.ref.id))
    departures = sum(len(one.stands.problems) for one in rows)
    return ProposalsView(
        frame=reader.frame(),
        day=reader.day,
        count=len(rows),
        proposals=rows,
        departures=departures,
        to_come=sum(one.stands.stage == COMING for one in rows),
    )


def proposal_view(store: Store, proposal: str, **when: Unpack[Moment]) -> ProposalView | None:
    """One proposal; None where the register knows none of this id."""
    reader = Reader(store, **when)
    reader.load([proposal])
    record = reader.records.get(reader.canonical(proposal))
    if record is None or not voices.is_called(record, "Acquisition"):
        return None
    case = proposals.Case(reader, record.id, whole=True)
    steps = [
        *(
            _step(case, "impact", one, "; ".join(lookup.texts(one, "rightsAssessment")))
            for one in _impact(reader, case)
        ),
        *(_step(case, "notice", one, one.first("place") or "") for one in case.notices),
        *(_comment(case, one) for one in case.comments),
        *(
            _step(case, "hearing", one, one.first("place") or "", _unheard(case, one))
            for one in lookup.pointing(reader, [case.id], "Hearing", "acquisition")
        ),
        *(
            _step(case, "vote", one, "", "" if one.id not in case.late else LATE)
            for one in lookup.pointing(reader, [case.id], "Vote", "about")
            if one.id in case.late or any(each.id == one.id for each in case.votes)
        ),
        *(
            _step(case, "decision", one, "; ".join(lookup.texts(one, "reason")), *_weighed(case, one))
            for one in lookup.pointing(reader, [case.id], "OversightDecision", "about")
        ),
    ]
    wanted = [case.id, *(one.id for one in case.decisions)]
    steps += [
        _step(case, "report", one, one.first("title") or "")
        for one in lookup.pointing(reader, wanted, "UseReport", "about")
    ]
    return ProposalView(
        frame=reader.frame(),
        day=reader.day,
        proposal=_proposal(reader, case, {}),
        steps=sorted(steps, key=lambda one: (lookup.sort_day(one.date), one.ref.id)),
        votes=[_vote(case, one) for one in case.ballots],
    )


LATE = "It does not count: it came after the decision."
NO_STEP, NO_DECISION = "It does not count", "It is no decision of the board"
AGAINST = "As a rejection it counts against the purchase in answers (rule L21-h-3), until an approval follows it or it is refuted."
SOFT = "As a rejection that is only alleged it puts a condition on the purchase in answers (rule L21-h-3)."
HOLDS = "A hearing counts by the word of the board, of the body that asks, or of their State."
NOBODY = "which is neither the board, nor the body that asks, nor their State"


def _weighed(case: proposals.Case, decision: Record) -> tuple[str, bool]:
    """Why a decision is no step, or by whose word it is one; and whether it counts against a purchase though it is none."""
    world = world_of(case.reader, case.day)
    if any(one.id == decision.id for one in case.decisions):
        notes = []
        if by := case.independent.get(decision.id):
            others = ", ".join(sorted({case.reader.publisher(one) for one in by}))
            notes.append(f"It counts: it was published by {others}, who is independent of the buyer and the vendor.")
        if APPROVES & set(lookup.texts(decision, "outcome")) and (doubts := counted(world, case.id, decision.id).why):
            notes.append(f"Answers do not accept it: {'; '.join(doubts)}.")
        return " ".join(notes), False
    board = case.reader.ref(case.boards[0]).caption if case.boards else ""
    waits = f"The decision is that of {board}." if board else "No board is named that is to decide it."
    names, signers = _publishers(case, decision, "about")
    asks = any(lookup.speaks_for(case.reader, one, body) for one in signers for body in case.bodies)
    rejected = against(world, case.id, decision.id)
    so = NO_DECISION if rejected.counts else NO_STEP
    why = "which asks for the approval itself" if asks else "which is not the board"
    if decision.id in case.against and not asks:  # what keeps the word of another publisher from counting
        why = "; ".join((why, *case.against[decision.id].why))
    note = f"{so}: it was signed by {names}, {why}. {waits}" if signers else f"{so}: {names} only reports it. {waits}"
    if not rejected.counts:
        return note, False
    return f"{note} {SOFT if rejected.alleged else AGAINST}", True


def _unheard(case: proposals.Case, hearing: Record) -> str:
    """Why a hearing on file is no step; empty where it is one."""
    if any(one.id == hearing.id for one in case.hearings):
        return ""
    names, signers = _publishers(case, hearing, "acquisition")
    return (
        f"{NO_STEP}: it was signed by {names}, {NOBODY}." if signers else f"{NO_STEP}: {names} only reports it. {HOLDS}"
    )


def _publishers(case: proposals.Case, record: Record, property: str) -> tuple[str, list[str]]:
    """The names of who publishes a step, and the owners of the keys that confirm it; no keys where all only report it."""
    told = record.stand(property)
    firm = [one for one in told if one.statement.standing is Standing.CONFIRMED]
    owners = list(dict.fromkeys(lookup.signer(case.reader, one) for one in firm or told))
    return ", ".join(sorted({case.reader.publisher(one) for one in owners})), owners if firm else []


def _impact(reader: Reader, case: proposals.Case) -> list[Record]:
    """The reports on the impact that a proposal names."""
    named = lookup.entities(reader, case.record, "impactReport")
    return [voices.as_type(one, "ImpactReport") for id in named if (one := reader.records.get(id)) is not None]


_CODES = {"comment": "position", "vote": "choice"}


def _comment(case: proposals.Case, record: Record) -> StepRow:
    """A comment as whoever handed it in tells it; what others add to it is shown apart, with their names."""
    whole = case.reader.records.get(record.id, record)
    note = " ".join(apart.others(case.reader, whole, record))
    return _step(case, "comment", record, record.first("comment") or "", note)


def _step(case: proposals.Case, kind: str, record: Record, what: str, note: str = "", against: bool = False) -> StepRow:
    reader = case.reader
    date = record.first("noticedOn") or record.first("publishedAt") or lookup.day_of(record)
    code = _CODES.get(kind, "outcome")
    return StepRow(
        kind=kind,
        ref=reader.ref(record.id),
        date=date,
        what=what,
        by=_by(case, kind, record),
        code="; ".join(reader.display(record.type, code, one)[0] for one in lookup.texts(record, code)),
        note=note,
        against=against,
    )


def _by(case: proposals.Case, kind: str, record: Record) -> list[Ref]:
    """Who comments, made a report, or has the seat of a vote."""
    if kind == "vote":
        return [case.reader.ref(member) for member in case.seated(record)]
    named = lookup.entities(case.reader, record, "body" if kind == "impact" else "organization")
    return [case.reader.ref(one) for one in named]


def _vote(case: proposals.Case, ballot: proposals.Ballot) -> VoteRow:
    return VoteRow(
        ref=case.reader.ref(ballot.vote.id),
        member=[case.reader.ref(ballot.member)],
        choice=ballot.vote.first("choice") or "",
        signed=ballot.signed,
        date=lookup.day_of(ballot.vote),
        necessity=lookup.texts(ballot.vote, "necessity"),
        proportionality=lookup.texts(ballot.vote, "proportionality"),
        legality=lookup.texts(ballot.vote, "legality"),
    )


Known = dict[tuple[str, ...], facts.Shown | None]


def _proposal(reader: Reader, case: proposals.Case, known: Known) -> ProposalRow:
    """`known`: what boards show, by the board and the vendors: many proposals go to one board."""
    stands, record = proposals.standing_of(case), case.record
    named = lookup.entities(reader, record, "impactReport")
    vendors = lookup.entities(reader, record, "vendor")
    key = (stands.board or "", *vendors)
    if key not in known:
        world = world_of(reader, reader.day)
        board = world.record(stands.board) if stands.board else None
        known[key] = facts.shown(world, board, vendors) if board is not None else None
    found = known[key]
    return ProposalRow(
        ref=reader.ref(case.id),
        body=[reader.ref(one) for one in stands.bodies],
        board=[reader.ref(stands.board)] if stands.board else [],
        product=[reader.ref(one) for one in stands.product],
        vendor=[reader.ref(one) for one in vendors],
        purpose=lookup.texts(record, "purpose"),
        impact=[reader.ref(one) for one in named],
        stands=stands,
        board_established=found.truth.name.lower() if found else "unknown",
        board_reasons=[one.says for one in found.faults] if found else [NO_BOARD if not stands.board else NO_RECORD],
    )


NO_BOARD, NO_RECORD = "No board is named.", "Nothing is on file about this body."
