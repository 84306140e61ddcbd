"""Where a proposal before a community board stands (h): notice, comments, hearing, votes, decision, expiry, yearly report.

Only what the board, the body that buys, or their State published counts as a step; a vote also by who has the seat; a decision by the
board, what it is part of, or somebody independent by the test of decisions (`facts/boards.py`): the body that asks for an approval gives
none. What others report is shown beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import partial
from operator import eq
from typing import NamedTuple
from weakref import WeakKeyDictionary

import msgspec

from sousveil.decisions import boards, lookup, voices
from sousveil.decisions.acts import with_words
from sousveil.decisions.boards import world_of
from sousveil.decisions.evidence.accounts import possible_client
from sousveil.decisions.evidence.admissibility import Support
from sousveil.decisions.facts.boards import APPROVES, TOPIC, counted
from sousveil.decisions.procedures.days import first_recorded, ordinal, said_on
from sousveil.decisions.rulings import Ruling
from sousveil.register.model import Standing
from sousveil.register.views import words
from sousveil.register.views.reading import Reader, Record, span
from sousveil.register.views.reading import stands as said

DECISIONS = APPROVES | {"rejected"}
ENDED = ("ended", "suspended")
REASONS = ("necessity", "proportionality", "legality")
"""Properties of a vote in which its reasons are given."""
STRICTEST = ("rejected", *ENDED, "approved-with-conditions", "approved")
"""Outcomes of a decision, the strictest first: of several that it gives the rule counts that one against a use."""
YEAR = 365
"""Days between an approval, or a report on use, and the next report."""


class Departure(msgspec.Struct, frozen=True, kw_only=True):
    """A step that departs from what (h) asks: shown, never hidden by a later step."""

    code: str
    """`no_notice`, `notice_too_short`, `no_votes`, `votes_without_reasons`, `vote_after_decision`, `use_before_approval`,
    `use_without_approval`, `approval_told_late`, `use_after_expiry`, `no_report`, `no_board`."""
    says: str
    proof: list[str] = []


class ProposalStanding(msgspec.Struct, frozen=True, kw_only=True):
    """Where a proposal stands on a day."""

    proposal: str
    day: str
    stage: str
    """`proposed`, `notice`, `deciding`, `approved`, `approved-with-conditions`, `rejected`, `expired`, `withdrawn`; `to-come`: it is
    proposed after the day."""
    board: str | None
    bodies: list[str]
    product: list[str]
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


class Case:
    """A proposal with everything that points to it."""

    def __init__(self, reader: Reader, proposal: str, day: str | None = None, *, whole: bool = False) -> None:
        """`day`: on which laws have to be in force; else the reader's. `whole`: with what somebody independent confirms of the board's
        decisions. It closes no vote: nobody but the board keeps its members from voting."""
        reader.load([proposal])
        self.reader = reader
        self.day = day or reader.day
        self._acts: dict[str, bool] = {}
        self._decides: dict[str, bool] = {}
        self.id = reader.canonical(proposal)
        record = reader.records.get(self.id)
        self.record = (
            record if record is not None else Record(id=self.id, type="Acquisition", statements=[], by_property={})
        )
        self.words = with_words(reader, voices.as_type(self.record, "Acquisition"), ("body", "board"))
        """Of the record what its founder says, and the bodies and boards that the founder names: what others add moves no step."""
        self.bodies = lookup.entities(reader, self.words, "body")
        self.boards = lookup.entities(reader, self.words, "board")
        self.notices = self._steps("PublicNotice", "acquisition")
        self.hearings = self._steps("Hearing", "acquisition")
        decided = lookup.pointing(reader, [self.id], "OversightDecision", "about")
        self.decisions = [
            self._act(one, self.decides) for one in decided if self.is_step(one, "about", by=self.decides)
        ]
        if (
            not self.decisions
        ):  # that it was refused, the body that asked may tell against itself, as long as the board is silent
            own = [self._act(one, self.acts) for one in decided if self.is_step(one, "about")]
            self.decisions = [one for one in own if set(lookup.texts(one, "outcome")) == {"rejected"}]
        self.closing = [one for one in self.decisions if DECISIONS & set(lookup.texts(one, "outcome"))]
        """Decisions that end the vote: of those who decide, or what the body tells against itself while they are silent."""
        cast = lookup.pointing(reader, [self.id], "Vote", "about")
        self.late = {one.id: by for one in cast if (by := self.closed_before(one)) is not None}
        """Votes that came after a decision, and which; they do not count."""
        self.votes = [one for one in cast if one.id not in self.late and self.is_step(one, "about", self.seated(one))]
        self.independent: dict[str, list[str]] = {}
        """Decisions that count by the word of somebody independent, and whose keys signed them."""
        self.against: dict[str, Support] = {}
        """Decisions that others confirm and that do not count, by the test of decisions."""
        for one in decided if whole else ():
            self._ask(one)
        told = (
            voices.founded(reader, one) for one in lookup.pointing(reader, [self.id], "PublicComment", "acquisition")
        )
        self.comments = [one for one in told if one.stand("acquisition")]
        """As whoever handed each in tells it: nobody adds a position to what another said."""

    def _ask(self, record: Record) -> None:
        """A decision that the board itself did not publish, by the test that answers ask: the same for a page and an answer."""
        told = {one.id: one for one in record.statements if said(one)}
        confirmed = [one for one in record.stand("about") if one.statement.standing is Standing.CONFIRMED]
        if not confirmed or any(one.id == record.id for one in self.decisions):
            return
        found = counted(world_of(self.reader, self.day), self.id, record.id)
        if not found.holds:
            self.against[record.id] = found
            return
        by = dict.fromkeys(lookup.signer(self.reader, told[id]) for id in found.proof if id in told)
        self.independent[record.id] = list(by)
        self.decisions.append(self._act(record, lambda owner: owner in by))

    def closed_before(self, vote: Record) -> Record | None:
        """The decision that was there before a vote, by their days or by the log; None where none was.

        By the log: when what the vote says now, were it only by a correction, was first put on file.
        """
        told: dict[str, int] = {}
        for one in vote.stand("choice"):
            told[one.statement.value] = min(one.recorded, told.get(one.statement.value, one.recorded))
        put = max(told.values(), default=0)
        for decision in self.closing:
            there = min(each.recorded for each in decision.stand("outcome"))
            if there < put or lookup.before(lookup.day_of(decision), lookup.day_of(vote)):
                return decision
        return None

    def _act(self, record: Record, by: Callable[[str], bool]) -> Record:
        """A record as those who act here sign it: what others add to a decision is no part of it."""
        return voices.only(
            record, [one for one in record.statements if said(one) and by(lookup.signer(self.reader, one))]
        )

    def _steps(self, type: str, property: str) -> list[Record]:
        """Steps as those who act here tell them: nobody else adds a day, or days, to a notice or a hearing."""
        found = lookup.pointing(self.reader, [self.id], type, property)
        return [self._act(one, self.acts) for one in found if self.is_step(one, property)]

    def is_step(
        self, record: Record, property: str, seats: Iterable[str] = (), by: Callable[[str], bool] | None = None
    ) -> bool:
        """Whether somebody who acts in the procedure says it, and says it as done. `seats`: whose own vote it is. `by`: who acts."""
        acts = by or self.acts
        return any(
            one.statement.standing is Standing.CONFIRMED
            and (
                acts(owner := lookup.signer(self.reader, one))
                or any(lookup.speaks_for(self.reader, owner, member) for member in seats)
            )
            for one in record.stand(property)
        )

    def seated(self, vote: Record) -> list[str]:
        """The members who have the seats of a vote, as the board's side tells them: they sign it themselves, for or against it. Where the
        proposal names no board, as the body that asks tells them."""
        members: list[str] = []
        for id in lookup.entities(self.reader, vote, "seat"):
            seat = self.reader.records.get(id)
            told = boards.seat_by_board(self.reader, seat, self.boards or self.bodies) if seat is not None else None
            named = self.boards or lookup.entities(self.reader, vote, "body")
            if told is not None and boards.boards_of(self.reader, told, named):
                members += lookup.entities(self.reader, told, "member")
        return list(dict.fromkeys(members))

    def acts(self, owner: str) -> bool:
        """Whether the owner of a key acts for the board, the body that buys, or their State."""
        if owner not in self._acts:
            sides = [id for body in self.bodies for id in lookup.part_of(self.reader, body)]
            sides += [id for board in self.boards for id in lookup.part_of(self.reader, board)]
            self._acts[owner] = any(lookup.speaks_for(self.reader, owner, id) for id in sides)
        return self._acts[owner]

    def decides(self, owner: str) -> bool:
        """Whether the owner of a key is the board that the proposal names, or what it is part of: who asks for an approval gives none."""
        if owner not in self._decides:
            sides = [id for board in self.boards for id in lookup.part_of(self.reader, board)]
            asks = any(lookup.speaks_for(self.reader, owner, body) for body in self.bodies)
            self._decides[owner] = not asks and any(lookup.speaks_for(self.reader, owner, id) for id in sides)
        return self._decides[owner]

    @property
    def days(self) -> int | None:
        """Days of notice: the most that the proposal, its notices or the law of the place set; None where none of them does."""
        found = [lookup.number(self.words.first("noticeDays"))]
        found += [lookup.number(one.first("days")) for one in self.notices]
        return max((one for one in (*found, *self._by_law()) if one is not None), default=None)

    def _by_law(self) -> list[int]:
        """Days that laws on boards set on the day, by what those who act here confirm: of their State, or of what they are part of.

        What others add is no part of their law, and the dates of one who does not set the days neither begin nor end it.
        """
        found: list[int] = []
        for law in _laws(self.reader):
            firm = [one for one in law.statements if said(one) and one.statement.standing is Standing.CONFIRMED]
            own = self._act(voices.only(law, firm), self.acts)
            in_force = TOPIC in lookup.texts(own, "topic") and "in-force" in lookup.texts(own, "status")
            for owner in {lookup.signer(self.reader, one) for one in own.stand("noticeDays")} if in_force else ():
                mine = self._act(own, partial(eq, owner))
                start = min(lookup.texts(mine, "inForceFrom"), key=lookup.sort_day, default=None)
                end = max(lookup.texts(mine, "inForceUntil"), key=lookup.sort_day, default=None)
                if not lookup.before(self.day, start) and not lookup.before(end, self.day) and self._is_of(own):
                    found += filter(None, map(lookup.number, lookup.texts(mine, "noticeDays")))
        return found

    def _is_of(self, law: Record) -> bool:
        """Whether it is a law of what the bodies of the case are part of, or of their country where it names no body."""
        if named := {self.reader.canonical(one) for one in lookup.texts(law, "state")}:
            sides = (*self.bodies, *self.boards)
            return any(id in named for body in sides for id in lookup.part_of(self.reader, body))
        codes = lookup.texts(law, "jurisdiction")
        return any(lookup.country_of(self.reader, body) in codes for body in self.bodies)

    @property
    def noticed(self) -> str | None:
        """The day of the first notice."""
        days = [day for one in self.notices if (day := one.first("noticedOn"))]
        return min(days, key=lookup.sort_day, default=None)

    @property
    def until(self) -> str | None:
        """The first day on which it may be decided: after the days of notice."""
        return lookup.later(self.noticed, self.days or 0) if self.noticed else None

    @property
    def hearing(self) -> str | None:
        """The last day of hearing: held, or planned."""
        days = [day for one in self.hearings if (day := lookup.day_of(one))]
        days += lookup.texts(self.words, "hearingDate")
        return max(days, key=lookup.sort_day, default=None)

    def decided(self, day: str | None = None) -> Record | None:
        """The newest decision up to a day that approves or rejects."""
        found = [
            one
            for one in self.decisions
            if DECISIONS & set(lookup.texts(one, "outcome")) and not (day and lookup.before(day, lookup.day_of(one)))
        ]
        return max(found, key=lambda one: lookup.sort_day(lookup.day_of(one)), default=None)


_LAWS: WeakKeyDictionary[Reader, list[Record]] = WeakKeyDictionary()


def _laws(reader: Reader) -> list[Record]:
    """Laws on boards that set days of notice, by anybody's word, read once for a reader: a case asks whose words they are."""
    found = _LAWS.get(reader)
    if found is None:
        found = _LAWS[reader] = [
            one
            for one in lookup.every(reader, "Law")
            if TOPIC in lookup.texts(one, "topic")
            and "in-force" in lookup.texts(one, "status")
            and one.stand("noticeDays")
        ]
    return found


def stands(reader: Reader, proposal: str, day: str) -> ProposalStanding:
    """Where the proposal stands on an ISO day."""
    case = Case(reader, proposal, day, whole=True)
    decision = case.decided(day)
    outcome = outcome_of(decision) if decision else None
    expires = decision.first("expiryDate") if decision else None
    decided_on = lookup.day_of(decision) if decision else None
    due = _report_due(case, decision) if decision and outcome in APPROVES else None
    # A decision or a notice by the day shows that it was before somebody then, whatever day it gives itself.
    begun = bool(outcome) or _noticed(case, day) or lookup.begun(reader, case.record, day)
    stage = stage_of(case, outcome, expires, day) if begun else "to-come"
    return ProposalStanding(
        proposal=case.id,
        day=day,
        stage=stage,
        board=case.boards[0] if case.boards else None,
        bodies=case.bodies,
        product=lookup.entities(reader, case.record, "product"),
        notice_from=case.noticed,
        notice_days=case.days,
        notice_until=case.until,
        comments_until=case.words.first("commentsUntil"),
        comments=_count(case.comments, "position"),
        hearing=case.hearing,
        votes=_count(case.votes, "choice"),
        decision=decision.id if decision else None,
        decided_on=decided_on,
        outcome=outcome,
        conditions=lookup.texts(decision, "condition") if decision else [],
        expires_on=expires,
        report_due=due,
        problems=problems(case, decision, day, due),
        next=_next(stage, case, due),
    )


def _count(records: list[Record], property: str) -> dict[str, int]:
    return dict(sorted(Counter(one.first(property) or "none" for one in records).items()))


def outcome_of(decision: Record) -> str | None:
    """What was decided: of several outcomes of one decision the strictest, as the rule counts it (decision 0058)."""
    told = lookup.texts(decision, "outcome")
    return next((one for one in STRICTEST if one in told), decision.first("outcome"))


def _noticed(case: Case, day: str) -> bool:
    """Whether public notice was given by the day, or may have been."""
    return case.noticed is not None and not lookup.before(day, case.noticed)


def stage_of(case: Case, outcome: str | None, expires: str | None, day: str) -> str:
    if "withdrawn" in lookup.texts(case.words, "status"):
        return "withdrawn"
    if outcome in ENDED:
        return "expired"
    if outcome in APPROVES and expires and lookup.before(expires, day):
        return "expired"
    if outcome:
        return outcome
    if not _noticed(case, day):
        return "proposed"
    return "notice" if case.until and lookup.before(day, case.until) else "deciding"


def _next(stage: str, case: Case, due: str | None) -> str:
    if stage == "to-come":
        return "That it is proposed: its day is still to come."
    if stage == "proposed":
        return "Public notice, before anybody decides."
    if stage == "notice":
        return f"Comments; it may be decided from {words.date(case.until or '')} on."
    if stage == "deciding":
        if not case.hearings:
            return "A hearing, then the votes of the board, each with its reasons."
        return "The votes of the board, each with its reasons, and the decision."
    if stage in APPROVES:
        return f"The report on use, due on {words.date(due)}." if due else "The yearly report on use."
    return "Nothing: a new proposal would be needed." if stage != "rejected" else "Nothing: it was rejected."


def _report_due(case: Case, decision: Record) -> str | None:
    """A year after the approval or the last report, or the day that the report record itself sets; by those who act here alone."""
    wanted = [decision.id, case.id]
    reports = [one for one in lookup.pointing(case.reader, wanted, "UseReport", "about") if case.is_step(one, "about")]
    made = [one for one in reports if one.first("publishedAt")]
    planned = [day for one in reports if not one.first("publishedAt") and (day := one.first("dueOn"))]
    if planned:
        return min(planned, key=lookup.sort_day)
    last = max((one.first("publishedAt") for one in made), key=lookup.sort_day, default=None) or lookup.day_of(decision)
    return lookup.later(last, YEAR) if last else None


# Departures from what (h) asks: shown, and hidden by no later step


def problems(case: Case, decision: Record | None, day: str, due: str | None) -> list[Departure]:
    """What was not done as it has to be done, by the day."""
    return [*_of_steps(case, decision, day, due), *_uses(case, day)]


def _of_steps(case: Case, decision: Record | None, day: str, due: str | None) -> Iterator[Departure]:
    for one in lookup.pointing(case.reader, [case.id], "OversightDecision", "about"):
        if not DECISIONS & set(lookup.texts(one, "outcome")):
            continue
        when, ids = lookup.day_of(one), lookup.proof(one, "about", "outcome", "date")
        if case.noticed is None:
            yield _departure("no_notice", "It was decided without public notice.", ids)
        elif lookup.before(when, case.until):
            says = f"It was decided on {words.date(when or '')}, before the notice was over on {words.date(case.until or '')}."
            yield _departure("notice_too_short", says, ids)
    if decision is not None and decision.first("outcome") in APPROVES:
        if not case.votes:
            yield _departure("no_votes", "It was approved, and no vote is on file.", lookup.proof(decision))
        bare = [one for one in case.votes if not all(map(one.stand, REASONS))]
        if bare:
            says = f"{len(bare)} votes give no reasons on necessity, proportionality and legality."
            yield _departure("votes_without_reasons", says, (id for one in bare for id in lookup.proof(one)))
        if due and lookup.before(due, day):
            yield _departure("no_report", f"No report on use is recorded by {words.date(due)}.")
    yield from _late_votes(case)
    if not case.boards and decision is None:
        yield _departure("no_board", "No board is named that is to decide it.")


def _departure(code: str, says: str, proof: Iterable[str] = ()) -> Departure:
    return Departure(code=code, says=says, proof=list(proof))


def _late_votes(case: Case) -> Iterator[Departure]:
    """Votes that were cast, put on file or turned round after the decision."""
    for id, decision in case.late.items():
        vote = case.reader.records[id]
        day, decided = lookup.day_of(vote), lookup.day_of(decision)
        after = f"the decision of {words.date(decided)}" if decided else "the decision"
        if lookup.before(decided, day):
            says = f"A vote names {words.date(day or '')}, after {after}; it does not count."
        else:
            put = max(vote.stand("choice"), key=lambda one: one.recorded)
            logged = words.date(case.reader.store.entry(put.recorded).recorded_at[:10])
            says = f"A vote was published or changed on {logged}, when {after} was on file; it does not count."
        yield _departure("vote_after_decision", says, lookup.proof(vote, "choice", "date"))


def _told_late(reader: Reader, use: Record, start: str | None, approvals: list[Record]) -> tuple[str, str] | None:
    """The days on which the log had a use that had begun and, later, its first approval; None where one was there by then."""
    used = first_recorded(reader, use, ("body", "product"))
    if used is not None:  # what is told beforehand has not begun
        used = max(used, ordinal(start, last=True) or used)
    told = [first_recorded(reader, one, ("outcome",)) for one in approvals]
    first = min((one for one in told if one is not None), default=None)
    if used is None or first is None or first <= used:
        return None
    return date.fromordinal(used).isoformat(), date.fromordinal(first).isoformat()


def _possible(case: Case, use: Record) -> bool:
    world = world_of(case.reader, case.day)
    there = world.record(use.id)
    return there is not None and possible_client(world, there)


class _Account(NamedTuple):
    """A use as one voice tells of it."""

    start: str | None
    record: Record
    names: bool
    """Whether it says itself who uses what, and not only since when."""


def _accounts(reader: Reader, use: Record) -> list[_Account]:
    """Since when it is used as each tells it who tells of the use, or gives it a first day, and by which statements: no later day that
    another adds ends a departure, and of two of one voice the earlier counts. What is only alleged counts where nothing else is told."""
    naming = ("body", "product")
    told = voices.tellers(reader, use).values()
    firm = [[one for one in many if one.statement.standing is not Standing.ALLEGED] for many in told]
    those = [many for many in firm if any(one.statement.property in (*naming, "startDate") for one in many)]
    found = []
    for many in those or list(told):
        mine = {one.statement.property for one in many}
        rest = [
            one for one in use.statements if one.statement.property in naming and one.statement.property not in mine
        ]
        account = voices.only(use, [*many, *filter(said, rest)])
        days = lookup.texts(account, "startDate") or [one for one in span(account)[:1] if one]
        found.append(_Account(min(days, key=lookup.sort_day, default=None), account, bool(mine & {*naming})))
    return found


def _over(case: Case, use: Record, told: list[_Account]) -> bool:
    """Whether a use is over by the test of decisions: by all who tell of it, or somebody independent; and by who gives its first day."""
    world = world_of(case.reader, case.day)
    there = world.record(use.id)
    ends = world.graph.endings(there, ("body", "product")) if there is not None else ()
    if not ends or any(one is None for one in ends):
        return False
    return all(one.names or lookup.held_on(one.record, case.day) is False for one in told)


def _uses(case: Case, day: str) -> Iterator[Departure]:
    """Deployments of the proposal's product by its body, held against the approvals: by whoever's account it departs. Where it names
    no product, those that are told with its approval."""
    products = set(lookup.entities(case.reader, case.record, "product"))
    decided = ((one, set(lookup.texts(one, "outcome"))) for one in case.decisions)
    approvals = [one for one, outcomes in decided if APPROVES & outcomes and "rejected" not in outcomes]
    first = min((lookup.day_of(one) for one in approvals), key=lookup.sort_day, default=None)
    last = max((one.first("expiryDate") or ".." for one in approvals), key=lookup.sort_day, default=None)
    decided_on = {one.id for one in case.decisions}
    for use in lookup.pointing(case.reader, case.bodies, "Deployment", "body"):
        names: tuple[str, ...] = ("body", "product", "startDate")
        if not products:  # it asks for no product by name; what rests on its approval is what it asked for
            if not decided_on & set(lookup.entities(case.reader, voices.founded(case.reader, use), "approval")):
                continue
            names = ("body", "product", "approval", "startDate")
        elif not products & set(lookup.entities(case.reader, use, "product")):
            continue
        if _possible(case, use):  # a potential client is no client: nobody knows that it uses anything
            continue
        told = [one for one in _accounts(case.reader, use) if not lookup.before(day, one.start)]
        if not told:
            continue
        # Who gives no day may mean any; of those who give one the earliest is the strictest.
        start, account, _ = min(told, key=lambda one: (one.start is None, lookup.sort_day(one.start)))
        ids, over = list(lookup.proof(account, *names)), _over(case, use, told)
        if first is None:
            end = max(lookup.texts(use, "endDate"), key=lookup.sort_day, default=span(use)[1])
            said = f"It was in use until {words.date(end or '')}" if over else "It is in use"
            says = f"{said}, and no approval is on file."
            yield _departure("use_without_approval", says, ids)
        elif lookup.before(start, first):
            says = f"It was in use from {words.date(start or '')} on, before the approval of {words.date(first)}."
            yield _departure("use_before_approval", says, ids)
        elif (late := _latest(case.reader, use, told, approvals)) is not None:
            says = (
                f"Its use was on file since {words.date(late[0])}; the approval names {words.date(first)} and was recorded only on "
                f"{words.date(late[1])}."
            )
            yield _departure("approval_told_late", says, ids)
        if last and lookup.before(last, day) and not over:
            says = f"It is in use, and the approval ended on {words.date(last)}."
            yield _departure("use_after_expiry", says, ids)


def _latest(reader: Reader, use: Record, told: list[_Account], approvals: list[Record]) -> tuple[str, str] | None:
    """The same by the first account by which it is so."""
    found = (_told_late(reader, use, one.start, approvals) for one in told)
    return next((one for one in found if one is not None), None)


CaseOf = Callable[[str], Case]
"""Reads a proposal whole, once for all that is asked of it."""


def stage_ruling(reader: Reader, proposal: str, day: str, case_of: CaseOf) -> Ruling:
    """Where a proposal stands on a day, in a word of `ProposalStanding.stage`, for whoever shows it: label and page are one test."""
    case = case_of(proposal)
    decision = case.decided(day)
    if decision is None:
        told = [one.id for each in case.notices for one in each.stand("acquisition")]
        return Ruling(stage_of(case, None, None, day), words=(tuple(told),) if told else ())
    stage = stage_of(case, outcome_of(decision), decision.first("expiryDate"), day)
    return _of_decision(reader, stage, decision)


def first_decision(reader: Reader, proposal: str, day: str, case_of: CaseOf) -> Ruling:
    """What was first decided on a proposal by a day; nothing where nothing was."""
    case = case_of(proposal)
    found = [
        one
        for one in case.decisions
        if DECISIONS & set(lookup.texts(one, "outcome")) and not lookup.before(day, lookup.day_of(one))
    ]
    first = min(found, key=lambda one: lookup.sort_day(lookup.day_of(one)), default=None)
    if first is None:
        return Ruling("")
    told = lookup.texts(first, "outcome")
    return _of_decision(reader, next(one for one in STRICTEST if one in told and one in DECISIONS), first)


def decision_ruling(reader: Reader, decision: str, day: str, case_of: CaseOf) -> Ruling:
    """Whether a decision on a proposal is one: `counts`, or `told` where it is none by the page of that; nothing of a decision on anything
    else."""
    reader.load([decision])
    record = reader.records.get(reader.canonical(decision))
    about = lookup.entities(reader, record, "about") if record is not None else []
    asked = [one for one in about if voices.is_called(reader.records[one], "Acquisition")]
    for one in asked:
        if any(each.id == reader.canonical(decision) for each in case_of(one).decisions):
            return Ruling("counts")
    return Ruling("told" if asked else "")


def _of_decision(reader: Reader, says: str, decision: Record) -> Ruling:
    words = [tuple(one.id for one in decision.stand(name)) for name in ("about", "outcome", "date")]
    on = ordinal(lookup.day_of(decision)) or min(said_on(reader, one) for one in decision.stand("outcome"))
    return Ruling(says, on, tuple(one for one in words if one))
