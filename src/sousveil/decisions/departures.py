"""Where a proposal departs from what (h) asks: shown, and hidden by no later step."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from sousveil.decisions import lateness, lookup, voices
from sousveil.decisions.boards import world_of
from sousveil.decisions.evidence.accounts import possible_client
from sousveil.decisions.procedures.engine import ordinal
from sousveil.register.model import Standing
from sousveil.register.views import words
from sousveil.register.views.reading import Reader, Record, span, stands

if TYPE_CHECKING:
    from sousveil.decisions.proposals import Case

APPROVALS = frozenset({"approved", "approved-with-conditions"})
DECISIONS = APPROVALS | {"rejected"}
ENDED = ("ended", "suspended")
STRICTEST = ("rejected", *ENDED, "approved-with-conditions", "approved")
"""Outcomes of a decision, the strictest first: of several that it gives the rule counts that one against a use."""


class Departure(msgspec.Struct, frozen=True, kw_only=True):
    """A step that departs from what (h) asks: shown, never hidden by a later step."""

    code: str
    """`no_notice`, `notice_too_short`, `no_votes`, `votes_without_reasons`, `vote_after_decision`, `use_before_approval`,
    `use_without_approval`, `approval_told_late`, `use_after_expiry`, `no_report`, `no_board`."""
    says: str
    proof: list[str] = []


def problems(case: Case, decision: Record | None, day: str, due: str | None) -> list[Departure]:
    """What was not done as it has to be done, by the day."""
    found = []
    every = lookup.pointing(case.reader, [case.id], "OversightDecision", "about")
    for one in every:
        if not DECISIONS & set(lookup.texts(one, "outcome")):
            continue
        when, ids = lookup.day_of(one), lookup.proof(one, "about", "outcome", "date")
        if case.noticed is None:
            found.append(Departure(code="no_notice", says="It was decided without public notice.", proof=list(ids)))
        elif lookup.before(when, case.until):
            says = f"It was decided on {words.date(when or '')}, before the notice was over on {words.date(case.until or '')}."
            found.append(Departure(code="notice_too_short", says=says, proof=list(ids)))
    if decision is not None and decision.first("outcome") in APPROVALS:
        if not case.votes:
            found.append(
                Departure(
                    code="no_votes", says="It was approved, and no vote is on file.", proof=list(lookup.proof(decision))
                )
            )
        bare = [
            one
            for one in case.votes
            if not all(one.stand(name) for name in ("necessity", "proportionality", "legality"))
        ]
        if bare:
            says = f"{len(bare)} votes give no reasons on necessity, proportionality and legality."
            found.append(
                Departure(
                    code="votes_without_reasons", says=says, proof=[id for one in bare for id in lookup.proof(one)]
                )
            )
        if due and lookup.before(due, day):
            found.append(
                Departure(code="no_report", says=f"No report on use is recorded for the year to {words.date(due)}.")
            )
    found += _late_votes(case)
    if not case.boards and decision is None:
        found.append(Departure(code="no_board", says="No board is named that is to decide it."))
    return [*found, *_uses(case, day)]


def _late_votes(case: Case) -> list[Departure]:
    """Votes that were cast, put on file or turned round after the decision."""
    found = []
    for id, decision in case.late.items():
        vote = case.reader.records[id]
        day, decided = lookup.day_of(vote), lookup.day_of(decision)
        after = f"the decision of {words.date(decided)}" if decided else "the decision"
        if lookup.before(decided, day):
            says = f"A vote names {words.date(day or '')}, after {after}; it does not count."
        else:
            put = max(vote.stand("choice"), key=lambda one: one.recorded)
            logged = case.reader.store.entry(put.recorded).recorded_at[:10]
            says = (
                f"A vote was published or changed on {words.date(logged)}, when {after} was on file; it does not count."
            )
        found.append(Departure(code="vote_after_decision", says=says, proof=list(lookup.proof(vote, "choice", "date"))))
    return found


def _told_late(reader: Reader, use: Record, start: str | None, approvals: list[Record]) -> tuple[str, str] | None:
    """The days on which the log had a use that had begun and, later, its first approval; None where one was there by then."""
    used = lateness.first_told(reader, use, ("body", "product"))
    if used is not None:  # what is told beforehand has not begun
        used = max(used, ordinal(start, last=True) or used)
    told = [lateness.first_told(reader, one, ("outcome",)) for one in approvals]
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
        account = voices.only(use, [*many, *filter(stands, rest)])
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


def _uses(case: Case, day: str) -> list[Departure]:
    """Deployments of the proposal's product by its body, held against the approvals: by whoever's account it departs. Where it names
    no product, those that are told with its approval."""
    products = set(lookup.entities(case.reader, case.record, "product"))
    decided = ((one, set(lookup.texts(one, "outcome"))) for one in case.decisions)
    approvals = [one for one, outcomes in decided if APPROVALS & outcomes and "rejected" not in outcomes]
    first = min((lookup.day_of(one) for one in approvals), key=lookup.sort_day, default=None)
    last = max((one.first("expiryDate") or ".." for one in approvals), key=lookup.sort_day, default=None)
    found = []
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
            found.append(Departure(code="use_without_approval", says=says, proof=ids))
        elif lookup.before(start, first):
            says = f"It was in use from {words.date(start or '')} on, before the approval of {words.date(first)}."
            found.append(Departure(code="use_before_approval", says=says, proof=ids))
        elif (late := _latest(case.reader, use, told, approvals)) is not None:
            says = (
                f"Its use was on file since {words.date(late[0])}; the approval names {words.date(first)} and was recorded only on "
                f"{words.date(late[1])}."
            )
            found.append(Departure(code="approval_told_late", says=says, proof=ids))
        if last and lookup.before(last, day) and not over:
            says = f"It is in use, and the approval ended on {words.date(last)}."
            found.append(Departure(code="use_after_expiry", says=says, proof=ids))
    return found


def _latest(reader: Reader, use: Record, told: list[_Account], approvals: list[Record]) -> tuple[str, str] | None:
    """The same by the first account by which it is so."""
    found = (_told_late(reader, use, one.start, approvals) for one in told)
    return next((one for one in found if one is not None), None)
