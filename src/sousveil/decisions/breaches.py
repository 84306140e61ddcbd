"""Breaches of the procedure before a community board (h): shown, and hidden by no later step."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec

from sousveil.decisions import lateness, lookup
from sousveil.decisions.boards import world_of
from sousveil.decisions.facts.reading import only_potential
from sousveil.decisions.procedures.engine import ordinal
from sousveil.register.views import words
from sousveil.register.views.reading import Reader, Record, span

if TYPE_CHECKING:
    from sousveil.decisions.proposals import Case

APPROVALS = frozenset({"approved", "approved-with-conditions"})
DECISIONS = APPROVALS | {"rejected"}


class Breach(msgspec.Struct, frozen=True, kw_only=True):
    """A breach of the procedure that is on file: shown, never hidden by a later step."""

    code: str
    """`no_notice`, `notice_too_short`, `no_votes`, `votes_without_reasons`, `vote_after_decision`, `use_before_approval`,
    `use_without_approval`, `approval_told_late`, `use_after_expiry`, `report_overdue`, `no_board`."""
    says: str
    proof: list[str] = []


def problems(case: Case, decision: Record | None, day: str, due: str | None) -> list[Breach]:
    """What was not done as it has to be done, by the day."""
    found = []
    every = lookup.pointing(case.reader, [case.id], "OversightDecision", "about")
    for one in every:
        if not DECISIONS & set(lookup.texts(one, "outcome")):
            continue
        when, ids = lookup.day_of(one), lookup.proof(one, "about", "outcome", "date")
        if case.noticed is None:
            found.append(Breach(code="no_notice", says="It was decided without public notice.", proof=list(ids)))
        elif lookup.before(when, case.until):
            says = f"It was decided on {words.date(when or '')}, before the notice was over on {words.date(case.until or '')}."
            found.append(Breach(code="notice_too_short", says=says, proof=list(ids)))
    if decision is not None and decision.first("outcome") in APPROVALS:
        if not case.votes:
            found.append(
                Breach(
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
                Breach(code="votes_without_reasons", says=says, proof=[id for one in bare for id in lookup.proof(one)])
            )
        if due and lookup.before(due, day):
            found.append(Breach(code="report_overdue", says=f"The report on use was due on {words.date(due)}."))
    found += _late_votes(case)
    if not case.boards and decision is None:
        found.append(Breach(code="no_board", says="No board is named that is to decide it."))
    return [*found, *_uses(case, day)]


def _late_votes(case: Case) -> list[Breach]:
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
        found.append(Breach(code="vote_after_decision", says=says, proof=list(lookup.proof(vote, "choice", "date"))))
    return found


def _told_late(reader: Reader, use: Record, approvals: list[Record]) -> tuple[str, str] | None:
    """The days on which the log had a use that had begun and, later, its first approval; None where one was there by then."""
    used = lateness.first_told(reader, use, ("body", "product"))
    if used is not None:  # what is told beforehand has not begun
        used = max(used, ordinal(span(use)[0], last=True) or used)
    told = [lateness.first_told(reader, one, ("outcome",)) for one in approvals]
    first = min((one for one in told if one is not None), default=None)
    if used is None or first is None or first <= used:
        return None
    return date.fromordinal(used).isoformat(), date.fromordinal(first).isoformat()


def _possible(case: Case, use: Record) -> bool:
    world = world_of(case.reader, case.day)
    there = world.record(use.id)
    return there is not None and only_potential(world, there)


def _uses(case: Case, day: str) -> list[Breach]:
    """Deployments of the proposal's product by its body, held against the approvals."""
    products = set(lookup.entities(case.reader, case.record, "product"))
    approvals = [one for one in case.decisions if APPROVALS & set(lookup.texts(one, "outcome"))]
    found = []
    for use in lookup.pointing(case.reader, case.bodies, "Deployment", "body"):
        if not products & set(lookup.entities(case.reader, use, "product")):
            continue
        if _possible(case, use):  # a potential client is no client: nobody knows that it uses anything
            continue
        start, ids = span(use)[0], lookup.proof(use, "body", "product", "startDate")
        first = min((lookup.day_of(one) for one in approvals), key=lookup.sort_day, default=None)
        last = max((one.first("expiryDate") or ".." for one in approvals), key=lookup.sort_day, default=None)
        if start and lookup.before(day, start):
            continue
        if first is None:
            over = lookup.held_on(use, day) is False
            said = f"It was in use until {words.date(span(use)[1] or '')}" if over else "It is in use"
            says = f"{said}, and no approval is on file."
            found.append(Breach(code="use_without_approval", says=says, proof=list(ids)))
        elif lookup.before(start, first):
            says = f"It was in use from {words.date(start or '')} on, before the approval of {words.date(first)}."
            found.append(Breach(code="use_before_approval", says=says, proof=list(ids)))
        elif (told := _told_late(case.reader, use, approvals)) is not None:
            says = (
                f"Its use was on file since {words.date(told[0])}; the approval names {words.date(first)} and was recorded only on "
                f"{words.date(told[1])}."
            )
            found.append(Breach(code="approval_told_late", says=says, proof=list(ids)))
        if last and lookup.before(last, day) and lookup.held_on(use, day) is not False:
            says = f"It is in use, and the approval ended on {words.date(last)}."
            found.append(Breach(code="use_after_expiry", says=says, proof=list(ids)))
    return found
