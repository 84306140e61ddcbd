"""What a proposal before a community board (h), or a decision on one, is called: label, clock and page are one test (`proposals.Case`)."""

from __future__ import annotations

from collections.abc import Callable

from sousveil.decisions import lookup, voices
from sousveil.decisions.procedures.days import ordinal, said_on
from sousveil.decisions.proposals import DECISIONS, STRICTEST, Case, outcome_of, stage_of
from sousveil.decisions.rulings import Ruling
from sousveil.register.views.reading import Reader, Record

CaseOf = Callable[[str], Case]
"""Reads a proposal whole, once for all that is asked of it."""


def ruling(reader: Reader, proposal: str, day: str, case_of: CaseOf) -> Ruling:
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


def counts(reader: Reader, decision: str, day: str, case_of: CaseOf) -> Ruling:
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
