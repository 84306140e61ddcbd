"""Where a proposal before a community board stands (h): notice, comments, hearing, votes, decision, expiry, yearly report.

A step counts by the own act of the board, of the body that buys, or of their State. A decision is the board's own act, or an independent
publisher's by the test of answers (`facts.boards.counted`). Of each member one vote counts: the first that it signed, else the first that
the board publishes. What departs from (h) is shown whoever reports it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cache, cached_property
from typing import Unpack

import msgspec

from sousveil.decisions import lookup
from sousveil.decisions.compiled import read, world_of
from sousveil.decisions.evidence.accounts import DATED, adverse, firm, values
from sousveil.decisions.evidence.admissibility import Support
from sousveil.decisions.evidence.dates import earliest, ended_by, latest, possibly_by
from sousveil.decisions.facts.boards import APPROVES, against, counted
from sousveil.decisions.lookup import with_words
from sousveil.decisions.model import Ruling
from sousveil.decisions.procedures.days import dated_step, first_of, iso, ordinal, stated_on
from sousveil.register.model import Standing
from sousveil.register.views import words
from sousveil.register.views.model_base import DayView, Ref
from sousveil.register.views.reading import Moment, Reader, Record, Store, span
from sousveil.register.views.reading import stands as standing

DECISIONS = APPROVES | {"rejected"}
ENDED = ("ended", "suspended")
REASONS = ("necessity", "proportionality", "legality")
"""Properties of a vote in which its reasons are given."""
STRICTEST = ("rejected", *ENDED, "approved-with-conditions", "approved")
"""Outcomes of a decision, the strictest first: of several the first counts."""
YEAR = 365
"""Days between an approval, or a report on use, and the next report."""
DEPARTURES = {
    "no_notice": "It was decided without public notice.",
    "notice_too_short": "It was decided on {day}, before the notice was over on {until}.",
    "no_votes": "It was approved, and no vote is on file.",
    "votes_without_reasons": "{count} votes give no reasons on necessity, proportionality and legality.",
    "no_report": "No report on use is recorded by {day}.",
    "use_without_approval": "A use is recorded, and no approval.",
    "use_before_approval": "It was in use from {day} on. The approval counts from {approved} on.",
    "use_after_expiry": "It is in use, and the approval ended on {day}.",
}
"""Code of a departure -> its sentence."""
NEXT = {
    "to-come": "That it is proposed: its day is still to come.",
    "proposed": "Public notice, before anybody decides.",
    "notice": "Comments; it may be decided when the notice is over.",
    "deciding": "A hearing, the votes of the board, each with its reasons, and the decision.",
    "rejected": "Nothing: it was rejected.",
    **dict.fromkeys(("expired", "withdrawn"), "Nothing: a new proposal would be needed."),
    **dict.fromkeys(APPROVES, "The yearly report on use."),
}
"""Stage -> what comes next."""


class Departure(msgspec.Struct, frozen=True, kw_only=True):
    """A step that departs from what (h) asks: shown, never hidden by a later step."""

    code: str
    """One of `DEPARTURES`."""
    says: str
    proof: list[str] = []


class ProposalStanding(msgspec.Struct, frozen=True, kw_only=True):
    """Where a proposal stands on a day."""

    stage: str
    """`proposed`, `notice`, `deciding`, `approved`, `approved-with-conditions`, `rejected`, `expired`, `withdrawn`; `to-come`: it is
    proposed after the day."""
    notice_from: str | None
    notice_days: int | None
    notice_until: str | None
    """First day on which it may be decided."""
    comments_until: str | None
    comments: dict[str, int]
    """Position -> number."""
    hearing: str | None
    votes: dict[str, int]
    """Choice -> number."""
    decision: str | None
    """Id of the newest decision."""
    decided_on: str | None
    outcome: str | None
    conditions: list[str]
    expires_on: str | None
    report_due: str | None
    problems: list[Departure]
    next: str
    """What comes next, in words."""


class Ballot(msgspec.Struct, frozen=True, kw_only=True):
    """The vote of one member that counts."""

    member: str
    vote: Record
    signed: bool
    """Whether the member's own key signed it."""


def own_act(
    reader: Reader, record: Record, property: str, by: Collection[str], *, signing: bool = False
) -> Record | None:
    """A record in the words of these alone; None where they do not confirm the property. `signing`: who signed an entry beside its
    publisher confirms it too."""
    kept = []
    for one in filter(standing, record.statements):
        owners = lookup.signers(reader, one) if signing else {lookup.signer(reader, one)}
        reader.load(sorted(owners))
        if not set(by).isdisjoint(map(reader.canonical, owners)):
            kept.append(one)
    own = lookup.only(record, kept)
    return own if any(one.statement.standing is Standing.CONFIRMED for one in own.stand(property)) else None


class Case:
    """A proposal with everything that points to it."""

    def __init__(self, reader: Reader, proposal: str, day: str | None = None) -> None:
        """`day`: that is asked about; else the reader's."""
        reader.load([proposal])
        self.reader, self.day = reader, day or reader.day
        self.id = reader.canonical(proposal)
        record = reader.records.get(self.id) or Record(id=self.id, type="Acquisition", statements=[], by_property={})
        self.record = record
        self.words = with_words(reader, lookup.as_type(record, "Acquisition"), ("body", "board"))
        """The record in the words of its first publisher, and of the bodies and boards that this one names: others move no step."""
        self.bodies = lookup.entities(reader, self.words, "body")
        self.boards = lookup.entities(reader, self.words, "board")
        above = frozenset(lookup.sides(reader, self.boards))
        self.sides = above.union(lookup.sides(reader, self.bodies))
        """Those whose acts are steps: the board, the body that buys, and what they are part of."""
        self.notices = self.own("PublicNotice", "acquisition", self.sides)
        self.hearings = self.own("Hearing", "acquisition", self.sides)
        self.own_decisions = self.own("OversightDecision", "about", above.difference(self.bodies))
        if not self.own_decisions:  # while the board is silent, who asks may say against itself that it was refused
            asking = self.own("OversightDecision", "about", self.sides)
            self.own_decisions = [one for one in asking if lookup.texts(one, "outcome") == ["rejected"]]
        self.judged: Callable[[str], Support] = cache(lambda id: counted(world_of(reader, self.day), self.id, id))
        """Whether a decision counts that the board itself did not publish, by the test that answers ask."""
        self.ballots = list(self._ballots())

    def pointing(self, type: str, property: str) -> list[Record]:
        """Records of a type about this proposal, by whoever's word."""
        return lookup.pointing(self.reader, [self.id], type, property)

    def own(self, type: str, property: str, by: Collection[str]) -> list[Record]:
        """Records of a type about this proposal, each as the own act of these: without what others add."""
        found = (own_act(self.reader, one, property, by) for one in self.pointing(type, property))
        return [one for one in found if one is not None]

    @cached_property
    def comments(self) -> list[Record]:
        """Comments, each in the words of whoever handed it in."""
        found = (lookup.first_account(self.reader, one) for one in self.pointing("PublicComment", "acquisition"))
        return [one for one in found if one.stand("acquisition")]

    # Decisions

    @cached_property
    def decisions(self) -> list[Record]:
        """Decisions that count: the board's own, and those that an independent publisher confirms, in its words."""
        own = {one.id for one in self.own_decisions}
        others = [one for one in self.pointing("OversightDecision", "about") if one.id not in own]
        found = (own_act(self.reader, one, "about", self.independent(one)) for one in others)
        return [*self.own_decisions, *filter(None, found)]

    def independent(self, decision: Record) -> list[str]:
        """The publishers by whose word a decision counts that the board did not publish."""
        proof = self.judged(decision.id).proof
        owners = {lookup.signer(self.reader, one) for one in decision.statements if one.id in proof}
        self.reader.load(sorted(owners))
        return sorted(map(self.reader.canonical, owners))

    def decided(self, day: str, *, first: bool = False) -> Record | None:
        """The newest (or first) decision up to a day that approves or rejects."""
        closing = [one for one in self.decisions if DECISIONS & set(lookup.texts(one, "outcome"))]
        known = [one for one in closing if not lookup.before(day, lookup.day_of(one))]
        known.sort(key=lambda one: lookup.sort_day(lookup.day_of(one)), reverse=not first)
        return next(iter(known), None)

    # Votes

    def _ballots(self) -> Iterator[Ballot]:
        """One vote of each member: of several the first that it signed itself, else the first that the board publishes."""
        cast: dict[str, list[Ballot]] = {}
        for record in self.pointing("Vote", "about"):
            for member in self.seated(record):
                for by, signed in (({member}, True), (self.sides, False)):
                    if (vote := own_act(self.reader, record, "about", by, signing=signed)) is not None:
                        cast.setdefault(member, []).append(Ballot(member=member, vote=vote, signed=signed))
        return (max(many, key=lambda one: one.signed) for many in cast.values())

    def seated(self, vote: Record) -> list[str]:
        """The members who have the seats of a vote on its day, as the board's side gives them; as the body's side does, where the
        proposal names no board."""
        day, named = lookup.day_of(vote), self.boards or self.bodies
        seats = lookup.entities(self.reader, vote, "seat")
        return list(dict.fromkeys(one for id in seats for one in sitting(self.reader, id, named, day)[0]))

    # Days

    @cached_property
    def days(self) -> int | None:
        """Days of notice: the most that the proposal or its notices set; None where none of them does."""
        texts = [self.words.first("noticeDays"), *(one.first("days") for one in self.notices)]
        return max((days for one in texts if (days := lookup.number(one)) is not None), default=None)

    @property
    def noticed(self) -> str | None:
        """The day of the first notice."""
        return earliest(day for one in self.notices if (day := one.first("noticedOn")))

    @property
    def until(self) -> str | None:
        """The first day on which it may be decided: after the days of notice."""
        return lookup.later(self.noticed, self.days or 0) if self.noticed else None

    @property
    def hearing(self) -> str | None:
        """The last day of hearing, past or planned."""
        days = [day for one in self.hearings if (day := lookup.day_of(one))]
        return latest([*days, *lookup.texts(self.words, "hearingDate")])


def sitting(
    reader: Reader, seat: str, boards: Sequence[str] | None = None, day: str | None = None
) -> tuple[list[str], list[str]]:
    """Who has a seat, and in which of these boards (None: those that it names), by the confirmed word of the board or of what it is part
    of; nobody on a day on which it is over. What others add to a seat ends it not, and joins nobody to it."""
    reader.load([seat])
    record = reader.records.get(reader.canonical(seat))
    if record is None:
        return [], []
    record = lookup.as_type(record, "Membership")
    named = lookup.entities(reader, record, "organization") if boards is None else boards
    act = own_act(reader, record, "organization", lookup.sides(reader, named))
    if act is None or (day is not None and lookup.applies_on(act, day) is False):
        return [], []
    act = lookup.as_type(act, "Membership")
    bodies = [one for one in named if one in lookup.entities(reader, act, "organization")]
    return (lookup.entities(reader, act, "member"), bodies) if bodies else ([], [])


# Where it stands


def standing_of(case: Case) -> ProposalStanding:
    """Where a proposal that was read stands on its day."""
    decision = case.decided(case.day)
    outcome = outcome_of(decision) if decision else None
    due = _report_due(case, decision) if decision and outcome in APPROVES else None
    stage = stage_of(case, decision)
    # A decision or a notice by the day shows that it was before somebody then, whatever day it gives itself.
    if stage == "proposed" and lookup.before(case.day, span(case.words)[0]):
        stage = "to-come"
    return ProposalStanding(
        stage=stage,
        notice_from=case.noticed,
        notice_days=case.days,
        notice_until=case.until,
        comments_until=case.words.first("commentsUntil"),
        comments=_count(case.comments, "position"),
        hearing=case.hearing,
        votes=_count([one.vote for one in case.ballots], "choice"),
        decision=decision.id if decision else None,
        decided_on=lookup.day_of(decision) if decision else None,
        outcome=outcome,
        conditions=lookup.texts(decision, "condition") if decision else [],
        expires_on=decision.first("expiryDate") if decision else None,
        report_due=due,
        problems=[*_of_steps(case, decision, due), *_of_uses(case)],
        next=NEXT[stage],
    )


def _count(records: list[Record], property: str) -> dict[str, int]:
    return dict(sorted(Counter(one.first(property) or "none" for one in records).items()))


def outcome_of(decision: Record) -> str | None:
    """What was decided: of several outcomes of one decision the strictest, as the rule counts it."""
    outcomes = lookup.texts(decision, "outcome")
    return next((one for one in STRICTEST if one in outcomes), decision.first("outcome"))


def stage_of(case: Case, decision: Record | None) -> str:
    """The stage of a proposal by the newest decision on it, in a word of `ProposalStanding.stage`."""
    outcome = outcome_of(decision) if decision is not None else None
    if "withdrawn" in lookup.texts(case.words, "status"):
        return "withdrawn"
    if outcome in ENDED:
        return "expired"
    if decision is not None and outcome in APPROVES and lookup.before(decision.first("expiryDate"), case.day):
        return "expired"
    if outcome:
        return outcome
    if case.noticed is None or lookup.before(case.day, case.noticed):
        return "proposed"
    return "notice" if lookup.before(case.day, case.until) else "deciding"


def _report_due(case: Case, decision: Record) -> str | None:
    """A year after the approval or the last report, or the day that the report record itself sets; by those who act here alone."""
    about = lookup.pointing(case.reader, [decision.id, case.id], "UseReport", "about")
    reports = [own for one in about if (own := own_act(case.reader, one, "about", case.sides)) is not None]
    planned = earliest(day for one in reports if not one.first("publishedAt") and (day := one.first("dueOn")))
    last = latest(day for one in reports if (day := one.first("publishedAt"))) or lookup.day_of(decision)
    return planned or (lookup.later(last, YEAR) if last else None)


# Departures from what (h) asks: shown, and hidden by no later step


def _departure(code: str, proof: Iterable[str] = (), *, count: int = 0, **days: str | None) -> Departure:
    """A departure with its sentence. `days`: those that the sentence names."""
    says = DEPARTURES[code].format(count=count, **{name: words.date(day or "") for name, day in days.items()})
    return Departure(code=code, says=says, proof=list(proof))


def _of_steps(case: Case, decision: Record | None, due: str | None) -> Iterator[Departure]:
    for one in case.pointing("OversightDecision", "about"):
        if not DECISIONS & set(lookup.texts(one, "outcome")):
            continue
        day, ids = lookup.day_of(one), lookup.proof(one, "about", "outcome", "date")
        if case.noticed is None:
            yield _departure("no_notice", ids)
        elif lookup.before(day, case.until):
            yield _departure("notice_too_short", ids, day=day, until=case.until)
    if decision is not None and outcome_of(decision) in APPROVES:
        if not case.ballots:
            yield _departure("no_votes", lookup.proof(decision))
        if bare := [one.vote for one in case.ballots if not all(map(one.vote.stand, REASONS))]:
            yield _departure("votes_without_reasons", (id for one in bare for id in lookup.proof(one)), count=len(bare))
        if lookup.before(due, case.day):
            yield _departure("no_report", day=due)


def _of_uses(case: Case) -> Iterator[Departure]:
    """Reported uses of the proposal's product by its body, against the approvals. Where the log had a use before an approval, that counts
    from its recording (policy 4)."""
    world, products = world_of(case.reader, case.day), lookup.entities(case.reader, case.record, "product")
    approvals = [one for one in case.decisions if outcome_of(one) in APPROVES]
    expiry = latest(one.first("expiryDate") or ".." for one in approvals)
    required = [("body", case.bodies), ("product", products)]
    for use in (one for body in case.bodies for one in world.pointing(body, "Deployment.body")):
        used = adverse(world, use, required, event=True, stage="clientStage")
        if not used.counts or used.alleged:
            continue
        days = [one.statement.value for one in firm(values(use.statements, *DATED))]
        start = earliest(one for one in days if possibly_by(case.day, one))
        known = first_of(case.reader, use.stand("body", "product"))
        steps = (dated_step(case.reader, one, "date", known) for one in approvals)
        approved = iso(min((one.counts for one in steps if one is not None), default=None))
        if not approvals:
            yield _departure("use_without_approval", used.proof)
        elif lookup.before(start, approved):
            yield _departure("use_before_approval", used.proof, day=start, approved=approved)
        if expiry and ended_by(case.day, expiry) and None in (world.graph.endings(use, ("body", "product")) or [None]):
            yield _departure("use_after_expiry", used.proof, day=expiry)


# What rules and labels ask


CaseOf = Callable[[str], Case]
"""Reads a proposal, once for all that is asked of it."""


def stage_ruling(reader: Reader, proposal: str, day: str, case_of: CaseOf) -> Ruling:
    """Where a proposal stands on a day, in a word of `ProposalStanding.stage`, for whoever shows it: label and page are one test."""
    case = case_of(proposal)
    decision = case.decided(day)
    if decision is not None:
        return _of_decision(reader, stage_of(case, decision), decision)
    noticed = tuple(one.id for each in case.notices for one in each.stand("acquisition"))
    return Ruling(stage_of(case, None), words=(noticed,) if noticed else ())


def first_decision(reader: Reader, proposal: str, day: str, case_of: CaseOf) -> Ruling:
    """What was first decided on a proposal by a day; nothing where nothing was."""
    decision = case_of(proposal).decided(day, first=True)
    return _of_decision(reader, outcome_of(decision) or "", decision) if decision is not None else Ruling("")


def decision_ruling(reader: Reader, decision: str, day: str, case_of: CaseOf) -> Ruling:
    """Whether a decision on a proposal is one: `counts`, or `told` where it is none by the page of that; nothing of a decision on anything
    else."""
    reader.load([decision])
    id = reader.canonical(decision)
    about = lookup.entities(reader, reader.records[id], "about") if id in reader.records else []
    asked = [one for one in about if lookup.is_called(reader.records[one], "Acquisition")]
    counts = any(each.id == id for one in asked for each in case_of(one).decisions)
    return Ruling("counts" if counts else "told" if asked else "")


def _of_decision(reader: Reader, says: str, decision: Record) -> Ruling:
    proof = [tuple(one.id for one in decision.stand(name)) for name in ("about", "outcome", "date")]
    on = ordinal(lookup.day_of(decision)) or min(stated_on(reader, one) for one in decision.stand("outcome"))
    return Ruling(says, on, tuple(one for one in proof if one))


# Views of proposals before community boards (h).


class StepRow(msgspec.Struct, frozen=True, kw_only=True):
    """A report on the impact, a notice, comment, hearing, vote, decision or report on use."""

    kind: str
    ref: Ref
    date: str | None
    by: list[Ref]
    """Who comments, votes, or made the report on the impact; empty where nobody is named."""
    what: str
    """Of a vote its reasons."""
    code: str
    """The position of a comment, the choice of a vote, or the outcome of a decision, in words; empty where none is given."""
    note: str
    """Of a decision why it is no step, or by whose word it is one; of a vote that its member did not sign it."""


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
    stands: ProposalStanding


class ProposalsView(DayView, frozen=True, kw_only=True):
    """All proposals."""

    count: int
    """So many are on file; the list may hold a part of them."""
    proposals: list[ProposalRow]
    departures: int


class ProposalView(DayView, frozen=True, kw_only=True):
    """One proposal, step by step."""

    proposal: ProposalRow
    steps: list[StepRow]


COMING = "to-come"
AGAINST = "As a rejection it counts against the purchase in answers (rule L21-h-3), until an approval follows it or it is refuted."
WAITS = "The decision is that of the board."
UNSIGNED = "The board publishes it, without the member's signature."


def proposals_view(store: Store, **when: Unpack[Moment]) -> ProposalsView:
    """Every proposal, those with departures first."""
    reader, _ = read(store, **when)
    rows = [_proposal(Case(reader, one.id)) for one in lookup.every(reader, "Acquisition")]
    rows.sort(key=lambda one: (not one.stands.problems, one.stands.stage == COMING, one.ref.caption, one.ref.id))
    return ProposalsView(
        frame=reader.frame(),
        day=reader.day,
        count=len(rows),
        proposals=rows,
        departures=sum(len(one.stands.problems) for one in rows),
    )


def proposal_view(store: Store, proposal: str, **when: Unpack[Moment]) -> ProposalView | None:
    """One proposal; None where the register knows none of this id."""
    reader, _ = read(store, **when)
    record = reader.records.get(reader.canonical(proposal))
    if record is None or not lookup.is_called(record, "Acquisition"):
        return None
    case = Case(reader, record.id)
    return ProposalView(
        frame=reader.frame(),
        day=reader.day,
        proposal=_proposal(case),
        steps=sorted(_steps(case), key=lambda one: (lookup.sort_day(one.date), one.ref.id)),
    )


def _steps(case: Case) -> Iterator[StepRow]:
    reader, decisions = case.reader, case.pointing("OversightDecision", "about")
    impacts = filter(None, map(reader.records.get, lookup.entities(reader, case.record, "impactReport")))
    votes = {one.vote.id: one.vote for one in case.ballots}
    reports = lookup.pointing(reader, [case.id, *(one.id for one in case.decisions)], "UseReport", "about")
    for kind, many, by, code, texts in (
        ("impact", [lookup.as_type(one, "ImpactReport") for one in impacts], "body", "", ("rightsAssessment",)),
        ("notice", case.notices, "", "", ("place",)),
        ("comment", case.comments, "organization", "position", ("comment",)),
        ("hearing", case.hearings, "", "", ("place",)),
        ("vote", [*votes.values()], "", "choice", REASONS),
        ("decision", decisions, "", "outcome", ("reason",)),
        ("report", reports, "", "", ("title",)),
    ):
        for one in many:
            cast = [each for each in case.ballots if each.vote.id == one.id]
            note = _weighed(case, one) if kind == "decision" else "" if all(each.signed for each in cast) else UNSIGNED
            yield StepRow(
                kind=kind,
                ref=reader.ref(one.id),
                date=one.first("noticedOn") or one.first("publishedAt") or lookup.day_of(one),
                by=[*map(reader.ref, (each.member for each in cast))]
                or [*map(reader.ref, lookup.entities(reader, one, by))],
                what="; ".join(text for name in texts for text in lookup.texts(one, name)),
                code="; ".join(reader.display(one.type, code, text)[0] for text in lookup.texts(one, code)),
                note=note,
            )


def _weighed(case: Case, decision: Record) -> str:
    """Why a decision is no step, or by whose word it is one, and what follows in answers."""
    publisher, why = case.reader.publisher, case.judged(decision.id).why
    if any(one.id == decision.id for one in case.own_decisions):
        approves = APPROVES & set(lookup.texts(decision, "outcome"))
        return f"Answers do not accept it: {'; '.join(why)}." if approves and why else ""
    if by := case.independent(decision):
        others = ", ".join(sorted(map(publisher, by)))
        return f"It counts: it was published by {others}, who is independent of the buyer and the vendor."
    owners = {lookup.signer(case.reader, one) for one in filter(standing, decision.statements)}
    charge = against(world_of(case.reader, case.day), case.id, decision.id)
    then = AGAINST if charge.counts and not charge.alleged else WAITS
    why = (f"it was published by {', '.join(sorted(map(publisher, owners)))}, which is not the board", *why)
    return f"It is no step of the procedure: {'; '.join(why)}. {then}"


def _proposal(case: Case) -> ProposalRow:
    record, reader = case.record, case.reader
    product, vendor, impact = (lookup.entities(reader, record, one) for one in ("product", "vendor", "impactReport"))
    return ProposalRow(
        ref=reader.ref(case.id),
        body=[*map(reader.ref, case.bodies)],
        board=[*map(reader.ref, case.boards[:1])],
        product=[*map(reader.ref, product)],
        vendor=[*map(reader.ref, vendor)],
        purpose=lookup.texts(record, "purpose"),
        impact=[*map(reader.ref, impact)],
        stands=standing_of(case),
    )
