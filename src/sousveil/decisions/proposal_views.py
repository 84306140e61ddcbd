"""Views of proposals before community boards (h)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Unpack

import msgspec

from sousveil.decisions import lookup, proposals, voices
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
    """Why it is no step, or by whose word it is one; empty where it is one by itself."""
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
LATE = "It does not count: it came after the decision."
AGAINST = "As a rejection it counts against the purchase in answers (rule L21-h-3), until an approval follows it or it is refuted."
ALLEGED = "As a rejection that is only alleged it puts a condition on the purchase in answers (rule L21-h-3)."
WAITS = "The decision is that of the board."
NOBODY = "which is neither the board, nor the body that asks, nor their State"
HEARING = "A hearing counts by the word of the board, of the body that asks, or of their State."
NO_BOARD, NO_RECORD = "No board is named.", "Nothing is on file about this body."
CODES = {"comment": "position", "vote": "choice"}
"""Kind of a step -> the property with its code; `outcome` for the others."""


def proposals_view(store: Store, **when: Unpack[Moment]) -> ProposalsView:
    """Every proposal, those with departures first."""
    reader = Reader(store, **when)
    rows = [_proposal(proposals.Case(reader, one.id)) for one in lookup.every(reader, "Acquisition")]
    rows.sort(key=lambda one: (not one.stands.problems, one.stands.stage == COMING, one.ref.caption, one.ref.id))
    return ProposalsView(
        frame=reader.frame(),
        day=reader.day,
        count=len(rows),
        proposals=rows,
        departures=sum(len(one.stands.problems) for one in rows),
        to_come=sum(one.stands.stage == COMING for one in rows),
    )


def proposal_view(store: Store, proposal: str, **when: Unpack[Moment]) -> ProposalView | None:
    """One proposal; None where the register knows none of this id."""
    reader = Reader(store, **when)
    reader.load([proposal])
    record = reader.records.get(reader.canonical(proposal))
    if record is None or not voices.is_called(record, "Acquisition"):
        return None
    case = proposals.Case(reader, record.id)
    return ProposalView(
        frame=reader.frame(),
        day=reader.day,
        proposal=_proposal(case),
        steps=sorted(_steps(case), key=lambda one: (lookup.sort_day(one.date), one.ref.id)),
        votes=[_vote(case, one) for one in case.ballots],
    )


def _steps(case: proposals.Case) -> Iterator[StepRow]:
    reader = case.reader
    for one in filter(None, map(reader.records.get, lookup.entities(reader, case.record, "impactReport"))):
        impact = voices.as_type(one, "ImpactReport")
        yield _step(case, "impact", impact, "; ".join(lookup.texts(impact, "rightsAssessment")))
    for one in case.notices:
        yield _step(case, "notice", one, one.first("place") or "")
    for one in case.comments:
        yield _step(case, "comment", one, one.first("comment") or "")
    heard = {one.id for one in case.hearings}
    for one in case.pointing("Hearing", "acquisition"):
        note = "" if one.id in heard else _not_counted(case, one, "acquisition", NOBODY, HEARING)
        yield _step(case, "hearing", one, one.first("place") or "", note)
    late = {one.id for one in case.late}
    for one in case.pointing("Vote", "about"):
        if one.id in late or any(one.id == each.id for each in case.votes):
            yield _step(case, "vote", one, "", LATE if one.id in late else "")
    for one in case.pointing("OversightDecision", "about"):
        yield _step(case, "decision", one, "; ".join(lookup.texts(one, "reason")), *_weighed(case, one))
    wanted = [case.id, *(one.id for one in case.decisions)]
    for one in lookup.pointing(reader, wanted, "UseReport", "about"):
        yield _step(case, "report", one, one.first("title") or "")


def _weighed(case: proposals.Case, decision: Record) -> tuple[str, bool]:
    """Why a decision is no step, or by whose word it is one; and whether it counts against a purchase though it is none."""
    world, reader = world_of(case.reader, case.day), case.reader
    if any(one.id == decision.id for one in case.decisions):
        others = ", ".join(sorted({reader.publisher(one) for one in case.independent(decision)}))
        note = (
            f"It counts: it was published by {others}, who is independent of the buyer and the vendor."
            if others
            else ""
        )
        approves = APPROVES & set(lookup.texts(decision, "outcome"))
        doubts = "; ".join(counted(world, case.id, decision.id).why) if approves else ""
        refused = f"Answers do not accept it: {doubts}." if doubts else ""
        return f"{note} {refused}".strip(), False
    judged, rejected = case.judged.get(decision.id), against(world, case.id, decision.id)
    why = "; ".join(("which is not the board", *(judged.why if judged is not None else ())))
    then = (ALLEGED if rejected.alleged else AGAINST) if rejected.counts else WAITS
    return _not_counted(case, decision, "about", why, then), rejected.counts


def _not_counted(case: proposals.Case, record: Record, property: str, why: str, then: str) -> str:
    """That a step on file is none: by whom it was published, why that does not count, and what follows."""
    claims = record.stand(property)
    confirmed = [one for one in claims if one.statement.standing is Standing.CONFIRMED]
    owners = {lookup.signer(case.reader, one) for one in confirmed or claims}
    names = ", ".join(sorted(map(case.reader.publisher, owners)))
    if not confirmed:
        return f"It is no step of the procedure: {names} only reports it. {then}"
    return f"It is no step of the procedure: it was signed by {names}, {why}. {then}"


def _step(case: proposals.Case, kind: str, record: Record, what: str, note: str = "", against: bool = False) -> StepRow:
    reader, code = case.reader, CODES.get(kind, "outcome")
    named = lookup.entities(reader, record, "body" if kind == "impact" else "organization")
    return StepRow(
        kind=kind,
        ref=reader.ref(record.id),
        date=record.first("noticedOn") or record.first("publishedAt") or lookup.day_of(record),
        what=what,
        by=[reader.ref(one) for one in (case.seated(record) if kind == "vote" else named)],
        code="; ".join(reader.display(record.type, code, one)[0] for one in lookup.texts(record, code)),
        note=note,
        against=against,
    )


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


def _proposal(case: proposals.Case) -> ProposalRow:
    stands, record, reader = proposals.standing_of(case), case.record, case.reader
    refs = {name: [*map(reader.ref, lookup.entities(reader, record, name))] for name in ("vendor", "impactReport")}
    world = world_of(reader, reader.day)
    board = world.record(stands.board) if stands.board else None
    vendors = lookup.entities(reader, record, "vendor")
    show = partial(facts.shown, world, board, vendors) if board is not None else lambda: None
    found = world.once("board", " ".join((stands.board or "", *vendors)), show)  # many proposals share a board
    return ProposalRow(
        ref=reader.ref(case.id),
        body=[reader.ref(one) for one in stands.bodies],
        board=[reader.ref(stands.board)] if stands.board else [],
        product=[reader.ref(one) for one in stands.product],
        vendor=refs["vendor"],
        purpose=lookup.texts(record, "purpose"),
        impact=refs["impactReport"],
        stands=stands,
        board_established=found.truth.name.lower() if found else "unknown",
        board_reasons=[one.says for one in found.faults] if found else [NO_RECORD if stands.board else NO_BOARD],
    )
