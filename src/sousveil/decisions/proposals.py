"""Where a proposal before a community board stands (h): notice, comments, hearing, votes, decision, expiry, yearly report.

A step counts by the own act of the board, of the body that buys, or of their State. A decision is the board's own act, or that of an
independent publisher by the test of answers (`facts/boards.py`): the body that asks for an approval gives none. A vote is the board's or
the member's word; where a member signs another vote than the board publishes, the member's counts, and the page shows the difference.
What others report is shown apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date
from weakref import WeakKeyDictionary

import msgspec

from sousveil.decisions import lookup, voices
from sousveil.decisions.acts import with_words
from sousveil.decisions.boards import world_of
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import DATED, Account, accounts, firm, possible_client, values
from sousveil.decisions.evidence.admissibility import Support
from sousveil.decisions.evidence.dates import earliest, ended_by, latest, possibly_by
from sousveil.decisions.facts.boards import APPROVES, TOPIC, counted
from sousveil.decisions.procedures.days import ordinal, said_on
from sousveil.decisions.rulings import Ruling
from sousveil.register.model import Recorded, Standing
from sousveil.register.views import words
from sousveil.register.views.reading import Reader, Record
from sousveil.register.views.reading import stands as standing

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
    """`no_notice`, `notice_too_short`, `no_votes`, `votes_without_reasons`, `votes_unsigned`, `vote_contradicted`,
    `vote_out_of_turn`, `votes_differ`, `vote_after_decision`, `use_before_approval`, `use_without_approval`,
    `approval_told_late`, `use_after_expiry`, `no_report`, `no_board`."""
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


class Ballot(msgspec.Struct, frozen=True, kw_only=True):
    """The vote of one member that counts."""

    member: str
    vote: Record
    signed: bool
    """Whether the member's own key signed it."""
    contradicted: tuple[Recorded, ...] = ()
    """What the board published of this member otherwise."""


class Case:
    """A proposal with everything that points to it."""

    def __init__(self, reader: Reader, proposal: str, day: str | None = None, *, whole: bool = False) -> None:
        """`day`: on which laws have to be in force; else the reader's. `whole`: with what an independent publisher confirms of the
        board's decisions. It closes no vote: nobody but the board keeps its members from voting."""
        reader.load([proposal])
        self.reader, self.day = reader, day or reader.day
        self.id = reader.canonical(proposal)
        record = reader.records.get(self.id) or Record(id=self.id, type="Acquisition", statements=[], by_property={})
        self.record = record
        self.words = with_words(reader, voices.as_type(record, "Acquisition"), ("body", "board"))
        """The record in the words of its first publisher, and of the bodies and boards that this one names: others move no step."""
        self.bodies = lookup.entities(reader, self.words, "body")
        self.boards = lookup.entities(reader, self.words, "board")
        above = frozenset(id for board in self.boards for id in lookup.part_of(reader, board))
        self.sides = above.union(*(lookup.part_of(reader, body) for body in self.bodies))
        """Those whose acts are steps: the board, the body that buys, and what they are part of."""
        self.deciding = above.difference(self.bodies)
        """Who asks for an approval gives none."""
        self.notices = self.own("PublicNotice", "acquisition", self.sides)
        self.hearings = self.own("Hearing", "acquisition", self.sides)
        self.decisions = self.own("OversightDecision", "about", self.deciding)
        if (
            not self.decisions
        ):  # that it was refused, the body that asks may say against itself while the board is silent
            asking = self.own("OversightDecision", "about", self.sides)
            self.decisions = [one for one in asking if lookup.texts(one, "outcome") == ["rejected"]]
        self.closing = [one for one in self.decisions if DECISIONS & set(lookup.texts(one, "outcome"))]
        """Decisions that end the vote."""
        self.late: dict[str, Record] = {}
        """Votes that came after a decision, and which; they do not count."""
        self.ballots = self._ballots()
        self.votes = [one.vote for one in self.ballots]
        self.independent: dict[str, list[str]] = {}
        """Decisions that count by the word of an independent publisher, and whose keys signed them."""
        self.against: dict[str, Support] = {}
        """Decisions that others confirm and that do not count, by the test of answers."""
        for one in self._pointing("OversightDecision", "about") if whole else ():
            self._judge(one)
        comments = (voices.founded(reader, one) for one in self._pointing("PublicComment", "acquisition"))
        self.comments = [one for one in comments if one.stand("acquisition")]
        """As whoever handed each in words it: nobody adds a position to what another said."""

    def _pointing(self, type: str, property: str) -> list[Record]:
        return lookup.pointing(self.reader, [self.id], type, property)

    def own(self, type: str, property: str, by: Collection[str]) -> list[Record]:
        """Records of a type about this proposal, each as the own act of these: without what others add."""
        found = (self.act(one, property, by) for one in self._pointing(type, property))
        return [one for one in found if one is not None]

    def act(self, record: Record, property: str, by: Collection[str]) -> Record | None:
        """A record in the words of these alone; None where they do not confirm the property."""
        mine = voices.only(record, [one for one in record.statements if standing(one) and self._signer(one) in by])
        return mine if any(one.statement.standing is Standing.CONFIRMED for one in mine.stand(property)) else None

    def acts(self, owner: str) -> bool:
        """Whether the owner of a key acts for the board, the body that buys, or their State."""
        return any(lookup.speaks_for(self.reader, owner, id) for id in self.sides)

    def _signer(self, one: Recorded) -> str:
        owner = lookup.signer(self.reader, one)
        self.reader.load([owner])
        return self.reader.canonical(owner)

    def _judge(self, record: Record) -> None:
        """A decision that the board itself did not publish, by the test that answers ask: the same for a page and an answer."""
        confirmed = [one for one in record.stand("about") if one.statement.standing is Standing.CONFIRMED]
        if not confirmed or any(one.id == record.id for one in self.decisions):
            return
        found = counted(world_of(self.reader, self.day), self.id, record.id)
        if not found.holds:
            self.against[record.id] = found
            return
        by = {self._signer(one) for one in record.statements if one.id in found.proof}
        self.independent[record.id] = sorted(by)
        self.decisions.append(voices.only(record, [one for one in record.statements if self._signer(one) in by]))

    # Votes

    def _ballots(self) -> list[Ballot]:
        """One vote of each member: its own signed one before that which the board publishes; of several the first."""
        found: dict[str, list[tuple[Record, bool]]] = {}
        for record in self._pointing("Vote", "about"):
            for member in self.seated(record):
                cast = [(self._signed(record, member), True), (self.act(record, "about", self.sides), False)]
                mine = [(vote, signed) for vote, signed in cast if vote is not None]
                kept = [(vote, signed) for vote, signed in mine if self._closed_before(vote) is None]
                found.setdefault(member, []).extend(kept)
                for vote in (record,) if not mine else [vote for vote, _ in mine] if not kept else ():
                    if (decision := self._closed_before(vote)) is not None:
                        self.late[record.id] = decision
        ballots = []
        for member, votes in found.items():
            if votes:
                vote, signed = next((one for one in votes if one[1]), votes[0])
                every = (said for one, _ in votes for said in one.stand("choice"))
                other = tuple(said for said in every if said.statement.value != vote.first("choice"))
                ballots.append(Ballot(member=member, vote=vote, signed=signed, contradicted=other))
        return ballots

    def _signed(self, record: Record, member: str) -> Record | None:
        """A vote as its member's own key signed it; alone, or with others under one publication of the board."""
        mine = [one for one in record.statements if standing(one) and member in self._signers(one)]
        vote = voices.only(record, mine)
        return vote if any(one.statement.standing is Standing.CONFIRMED for one in vote.stand("about")) else None

    def _signers(self, one: Recorded) -> set[str]:
        owners = lookup.signers(self.reader, one)
        self.reader.load(sorted(owners))
        return {self.reader.canonical(owner) for owner in owners}

    def seated(self, vote: Record) -> list[str]:
        """The members who have the seats of a vote on its day, as the board's side gives them; as the body's side does, where the
        proposal names no board."""
        day, members = lookup.day_of(vote), dict[str, None]()
        named = self.boards or self.bodies
        for id in lookup.entities(self.reader, vote, "seat"):
            for member in sitting(self.reader, id, named, day)[0]:
                members[member] = None
        return list(members)

    def _closed_before(self, vote: Record) -> Record | None:
        """The decision that was there before a vote, by their days or by the log; None where none was.

        By the log: when what the vote says now, were it only by a correction, was first recorded.
        """
        first: dict[str, int] = {}
        for one in vote.stand("choice"):
            first[one.statement.value] = min(one.recorded, first.get(one.statement.value, one.recorded))
        recorded = max(first.values(), default=0)
        for decision in self.closing:
            there = min(each.recorded for each in decision.stand("outcome"))
            if there < recorded or lookup.before(lookup.day_of(decision), lookup.day_of(vote)):
                return decision
        return None

    # Days

    @property
    def days(self) -> int | None:
        """Days of notice: the most that the proposal, its notices or the law of the place set; None where none of them does."""
        found = [lookup.number(self.words.first("noticeDays"))]
        found += [lookup.number(one.first("days")) for one in self.notices]
        return max((one for one in (*found, *self._by_law()) if one is not None), default=None)

    def _by_law(self) -> Iterator[int]:
        """Days that laws on boards set on the day, each as one of those who act here confirms it: what others add is no part of it."""
        for law in _laws(self.reader):
            for by in self.sides & {self._signer(one) for one in law.stand("noticeDays")}:
                own = self.act(law, "noticeDays", {by})
                if own is None or not {"in-force"} & set(lookup.texts(own, "status")):
                    continue
                if (
                    TOPIC in lookup.texts(own, "topic")
                    and lookup.held_on(own, self.day) is not False
                    and self._is_of(own)
                ):
                    yield from filter(None, map(lookup.number, lookup.texts(own, "noticeDays")))

    def _is_of(self, law: Record) -> bool:
        """Whether it is a law of what the bodies of the case are part of, or of their country where it names no body."""
        if named := {self.reader.canonical(one) for one in lookup.texts(law, "state")}:
            return not named.isdisjoint(self.sides)
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
        """The last day of hearing, past or planned."""
        days = [day for one in self.hearings if (day := lookup.day_of(one))]
        return max([*days, *lookup.texts(self.words, "hearingDate")], key=lookup.sort_day, default=None)

    def decided(self, day: str | None = None) -> Record | None:
        """The newest decision up to a day that approves or rejects."""
        return max(self._closed_by(day), key=lambda one: lookup.sort_day(lookup.day_of(one)), default=None)

    def first_decided(self, day: str) -> Record | None:
        """The first of them."""
        return min(self._closed_by(day), key=lambda one: lookup.sort_day(lookup.day_of(one)), default=None)

    def _closed_by(self, day: str | None) -> list[Record]:
        found = [one for one in self.decisions if DECISIONS & set(lookup.texts(one, "outcome"))]
        return [one for one in found if not (day and lookup.before(day, lookup.day_of(one)))]


def sitting(
    reader: Reader, seat: str, boards: Sequence[str] | None = None, day: str | None = None
) -> tuple[list[str], list[str]]:
    """Who has a seat, and in which of these boards (None: those that it names), by the confirmed word of the board or of what it is part
    of; nobody on a day on which it is over. What others add to a seat ends it not, and joins nobody to it."""
    reader.load([seat])
    record = reader.records.get(reader.canonical(seat))
    if record is None:
        return [], []
    named = lookup.entities(reader, voices.as_type(record, "Membership"), "organization")
    sides = lookup.sides(reader, named if boards is None else boards)
    own = [
        one
        for one in record.statements
        if standing(one) and any(lookup.speaks_for(reader, lookup.signer(reader, one), id) for id in sides)
    ]
    act = voices.as_type(voices.only(record, own), "Membership")
    said = {reader.canonical(one.statement.value) for one in act.stand("organization")
            if one.statement.standing is Standing.CONFIRMED}  # fmt: skip
    bodies = [one for one in (named if boards is None else boards) if one in said]
    if not bodies or (day is not None and lookup.held_on(act, day) is False):
        return [], []
    return lookup.entities(reader, act, "member"), bodies


_LAWS: WeakKeyDictionary[Reader, list[Record]] = WeakKeyDictionary()


def _laws(reader: Reader) -> list[Record]:
    """Laws that set days of notice, by anybody's word, read once for a reader: a case asks whose words they are."""
    found = _LAWS.get(reader)
    if found is None:
        found = _LAWS[reader] = [one for one in lookup.every(reader, "Law") if one.stand("noticeDays")]
    return found


def stands(reader: Reader, proposal: str, day: str) -> ProposalStanding:
    """Where the proposal stands on an ISO day."""
    return standing_of(Case(reader, proposal, day, whole=True))


def standing_of(case: Case) -> ProposalStanding:
    """The same of a case that was read `whole`."""
    reader, day = case.reader, case.day
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
    """What was decided: of several outcomes of one decision the strictest, as the rule counts it."""
    told = lookup.texts(decision, "outcome")
    return next((one for one in STRICTEST if one in told), decision.first("outcome"))


def _noticed(case: Case, day: str) -> bool:
    """Whether public notice was given by the day, or may have been."""
    return case.noticed is not None and not lookup.before(day, case.noticed)


def stage_of(case: Case, outcome: str | None, expires: str | None, day: str) -> str:
    """The stage of a proposal, in a word of `ProposalStanding.stage`."""
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
    found = lookup.pointing(case.reader, [decision.id, case.id], "UseReport", "about")
    reports = [own for one in found if (own := case.act(one, "about", case.sides)) is not None]
    made = [one for one in reports if one.first("publishedAt")]
    planned = [day for one in reports if not one.first("publishedAt") and (day := one.first("dueOn"))]
    if planned:
        return min(planned, key=lookup.sort_day)
    last = max((one.first("publishedAt") for one in made), key=lookup.sort_day, default=None) or lookup.day_of(decision)
    return lookup.later(last, YEAR) if last else None


# Departures from what (h) asks: shown, and hidden by no later step


def problems(case: Case, decision: Record | None, day: str, due: str | None) -> list[Departure]:
    """What was not done as it has to be done, by the day."""
    return [*_of_steps(case, decision, day, due), *_of_uses(case, day)]


def _departure(code: str, says: str, proof: Iterable[str] = ()) -> Departure:
    return Departure(code=code, says=says, proof=list(proof))


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
    if decision is not None and outcome_of(decision) in APPROVES:
        if not case.votes:
            yield _departure("no_votes", "It was approved, and no vote is on file.", lookup.proof(decision))
        bare = [one for one in case.votes if not all(map(one.stand, REASONS))]
        if bare:
            says = f"{len(bare)} votes give no reasons on necessity, proportionality and legality."
            yield _departure("votes_without_reasons", says, (id for one in bare for id in lookup.proof(one)))
        if due and lookup.before(due, day):
            yield _departure("no_report", f"No report on use is recorded by {words.date(due)}.")
    yield from _of_votes(case, decision)
    if not case.boards and decision is None:
        yield _departure("no_board", "No board is named that is to decide it.")


def _of_votes(case: Case, decision: Record | None) -> Iterator[Departure]:
    unsigned = [one for one in case.ballots if not one.signed]
    if decision is not None and unsigned:
        says = f"{len(unsigned)} of {len(case.ballots)} votes carry no signature of the member."
        yield _departure("votes_unsigned", says, (id for one in unsigned for id in lookup.proof(one.vote, "choice")))
    for one in case.ballots:
        if one.contradicted:
            name = case.reader.ref(one.member).caption
            which = "the first that it signed" if one.signed else "the first"
            says = f"{name} has more than one vote on file; {which} counts."
            yield _departure("vote_contradicted", says, (each.id for each in one.contradicted))
        day, hearing = lookup.day_of(one.vote), case.hearing
        if lookup.before(day, case.until) or lookup.before(day, hearing):
            says = f"A vote names {words.date(day or '')}, before the notice was over or the hearing held."
            yield _departure("vote_out_of_turn", says, lookup.proof(one.vote, "choice", "date"))
    for name, choice in (("votesFor", "for"), ("votesAgainst", "against")) if decision is not None else ():
        count = sum(one.vote.first("choice") == choice for one in case.ballots)
        stated = lookup.number(decision.first(name)) if decision is not None else None
        if case.ballots and decision is not None and stated is not None and stated != count:
            label = "for it" if choice == "for" else "against it"
            says = f"The decision counts {stated} votes {label}; {count} are on file."
            yield _departure("votes_differ", says, lookup.proof(decision, name))
    for id, closing in case.late.items():
        vote = case.reader.records[id]
        day, decided = lookup.day_of(vote), lookup.day_of(closing)
        after = f"the decision of {words.date(decided)}" if decided else "the decision"
        if lookup.before(decided, day):
            says = f"A vote names {words.date(day or '')}, after {after}; it does not count."
        else:
            last = max(vote.stand("choice"), key=lambda each: each.recorded)
            logged = words.date(case.reader.store.entry(last.recorded).recorded_at[:10])
            says = f"A vote was published or changed on {logged}, when {after} was on file; it does not count."
        yield _departure("vote_after_decision", says, lookup.proof(vote, "choice", "date"))


def _of_uses(case: Case, day: str) -> Iterator[Departure]:
    """Deployments of the proposal's product by its body, against the approvals: by whoever's account they depart. Where the proposal names
    no product, those that name its approval."""
    world = world_of(case.reader, day)
    products = set(lookup.entities(case.reader, case.record, "product"))
    decided = ((one, set(lookup.texts(one, "outcome"))) for one in case.decisions)
    approvals = [one for one, outcomes in decided if APPROVES & outcomes and "rejected" not in outcomes]
    first = earliest(filter(None, map(lookup.day_of, approvals)))
    last = latest(one.first("expiryDate") or ".." for one in approvals)
    wanted = ("product", products) if products else ("approval", {one.id for one in case.decisions})
    for use in (one for body in case.bodies for one in world.pointing(body, "Deployment.body")):
        told = [] if possible_client(world, use) else _accounts(world, use, case.bodies, wanted)
        begun = [one for one in told if possibly_by(day, _start(one))]
        if not begun:
            continue
        # Who gives no day may mean any; of those who give one the earliest is the strictest.
        account = min(begun, key=lambda one: (_start(one) is None, lookup.sort_day(_start(one))))
        start, ids = _start(account), [one.id for one in values(account, "body", wanted[0], "startDate")]
        ends = world.graph.endings(use, ("body", "product"))
        over = bool(ends) and None not in ends
        if first is None:
            end = latest(one.statement.value for one in values(account, "endDate"))
            until = f"It was in use until {words.date(end)}" if over and end else "It is in use"
            yield _departure("use_without_approval", f"{until}, and no approval is on file.", ids)
        elif lookup.before(start, first):
            says = f"It was in use from {words.date(start or '')} on, before the approval of {words.date(first)}."
            yield _departure("use_before_approval", says, ids)
        elif (late := _recorded_late(world, use, begun, approvals)) is not None:
            says = f"Its use was on file since {words.date(late[0])}; the approval names {words.date(first)} and was recorded only on "
            yield _departure("approval_told_late", f"{says}{words.date(late[1])}.", ids)
        if last and ended_by(day, last) and not over:
            yield _departure("use_after_expiry", f"It is in use, and the approval ended on {words.date(last)}.", ids)


def _accounts(world: Compiled, use: Record, bodies: Collection[str], wanted: tuple[str, set[str]]) -> list[Account]:
    """The accounts by which these bodies use what is `wanted` (property, values); what is only alleged where nothing firmer is there."""
    needed = (("body", bodies), wanted)
    for kept in (firm, list[Recorded]):
        found: list[Account] = [kept(one) for one in accounts(world, use, ("body",))]
        for name, among in needed:
            found = [one for one in found if any(world.base.target(each) in among for each in values(one, name))]
        if found:
            return found
    return []


def _start(account: Account) -> str | None:
    """Since when an account gives a use; of several days the earliest."""
    return earliest(one.statement.value for one in values(account, *DATED)) or earliest(
        filter(None, (one.statement.valid_from for one in values(account, "body")))
    )


def _recorded_late(
    world: Compiled, use: Record, told: Iterable[Account], approvals: Iterable[Record]
) -> tuple[str, str] | None:
    """The days on which the log had a use that had begun and, later, its first approval; None where one was there by then. A correction
    of an approval counts from the day of what it corrects."""
    recorded = world.base.logged
    first = min(
        (
            recorded[one.recorded]
            for each in approvals
            if (record := world.record(each.id)) is not None
            for one in record.claims("outcome")
            if one.statement.value in APPROVES
        ),
        default=None,
    )
    for account in told:
        used = min(recorded[one.recorded] for one in values(account, "body", "product"))
        start = ordinal(_start(account), last=True)
        begun = max(used, date.fromordinal(start).isoformat()) if start is not None else used
        if first is not None and first > begun:
            return begun, first
    return None


# What rules and labels ask


CaseOf = Callable[[str], Case]
"""Reads a proposal whole, once for all that is asked of it."""


def stage_ruling(reader: Reader, proposal: str, day: str, case_of: CaseOf) -> Ruling:
    """Where a proposal stands on a day, in a word of `ProposalStanding.stage`, for whoever shows it: label and page are one test."""
    case = case_of(proposal)
    decision = case.decided(day)
    if decision is None:
        noticed = [one.id for each in case.notices for one in each.stand("acquisition")]
        return Ruling(stage_of(case, None, None, day), words=(tuple(noticed),) if noticed else ())
    return _of_decision(reader, stage_of(case, outcome_of(decision), decision.first("expiryDate"), day), decision)


def first_decision(reader: Reader, proposal: str, day: str, case_of: CaseOf) -> Ruling:
    """What was first decided on a proposal by a day; nothing where nothing was."""
    first = case_of(proposal).first_decided(day)
    return _of_decision(reader, outcome_of(first) or "", first) if first is not None else Ruling("")


def decision_ruling(reader: Reader, decision: str, day: str, case_of: CaseOf) -> Ruling:
    """Whether a decision on a proposal is one: `counts`, or `told` where it is none by the page of that; nothing of a decision on anything
    else."""
    reader.load([decision])
    id = reader.canonical(decision)
    record = reader.records.get(id)
    about = lookup.entities(reader, record, "about") if record is not None else []
    asked = [one for one in about if voices.is_called(reader.records[one], "Acquisition")]
    if any(each.id == id for one in asked for each in case_of(one).decisions):
        return Ruling("counts")
    return Ruling("told" if asked else "")


def _of_decision(reader: Reader, says: str, decision: Record) -> Ruling:
    proof = [tuple(one.id for one in decision.stand(name)) for name in ("about", "outcome", "date")]
    on = ordinal(lookup.day_of(decision)) or min(said_on(reader, one) for one in decision.stand("outcome"))
    return Ruling(says, on, tuple(one for one in proof if one))
