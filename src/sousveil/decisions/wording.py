"""Sentences of an answer: for whom a rule fires, what is not proven, what would decide it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sousveil.decisions.language import TRUE, All, AnyOf, Const, Every, Some
from sousveil.decisions.predicates import Literal
from sousveil.decisions.program import Compiled
from sousveil.decisions.subjects import Subject

if TYPE_CHECKING:
    from sousveil.decisions.evaluation import Outcome
    from sousveil.decisions.frame import Frame

NAMES_MAX = 6
"""So many names in one sentence; the rest are counted."""


def joined(names: Sequence[str]) -> str:
    """ "Xaland, Xbland and Xcland"."""
    if len(names) == 1:
        return names[0]
    if len(names) > NAMES_MAX:
        return f"{', '.join(names[:NAMES_MAX])} and {len(names) - NAMES_MAX} more"
    return f"{', '.join(names[:-1])} and {names[-1]}"


def sentence(one: Compiled, about: Sequence[Subject], names: Mapping[str, str]) -> str:
    """What the rule says, about these."""
    pieces = one.says
    if len(pieces) == 1:
        return pieces[0]
    subject = joined([who.caption for who in about])
    return "".join(
        [piece if at % 2 == 0 else subject if piece == "subject" else names[piece] for at, piece in enumerate(pieces)]
    )


def unproven(outcome: Outcome, about: Sequence[Subject], frame: Frame) -> list[str]:
    """What is missing for the lift, in words; and what is only alleged, only possible, or not resolved."""
    one = outcome.compiled
    found: list[str] = []
    if one.lifted is not None:
        mask = one.unless_own
        if mask:
            for subject in about:
                found += subject.needs(mask & ~subject.strict)
        for selector, inner in one.unless_every:
            for subject in frame.by_selector[selector]:
                found += subject.needs(inner & ~subject.strict)
        for part in one.unless_other:
            for subject in about:
                found += _missing(part, subject, frame)
    for selector, mask in one.possible_elsewhere:
        for subject in frame.by_selector[selector] if selector else frame.fixed:
            found += subject.needs(mask & subject.planes & ~subject.bits)
    if one.possible_own:
        for subject in about:
            found += subject.needs(one.possible_own & ~subject.bits)
    if outcome.alleged:
        names = joined([subject.caption for subject in outcome.alleged])
        found.append(
            f"An allegation alone stands against {names}: a report with a stored source, or a finding, is missing."
        )
    for subject in about:
        if subject.candidates:
            found.append(f"That {subject.caption} is none of: {'; '.join(subject.candidates)}")
    return list(dict.fromkeys(found)) if len(found) > 1 else found


def unknowns(outcome: Outcome, frame: Frame) -> str:
    """The facts that would decide a rule whose `when` is UNKNOWN."""
    one = outcome.compiled
    found: list[str] = []
    for selector, mask in one.when_elsewhere:
        for subject in frame.by_selector[selector] if selector else frame.fixed:
            found += subject.needs(subject.unknown(mask))
    if one.when_mask:
        for subject in outcome.unknown:
            found += subject.needs(subject.unknown(one.when_mask))
    return "; ".join(dict.fromkeys(found))


def _missing(node: Any, subject: Subject, frame: Frame) -> list[str]:
    """What a part of `unless` needs; empty where it is TRUE."""
    match node:
        case Literal(leaf, negated):
            bit = frame.layout.bit(leaf, negated, TRUE)
            whose = subject if leaf.fact.of is subject.kind else _fixed(leaf.fact.of, frame)
            return [] if whose.strict & bit else list(whose.needs(bit))
        case All(parts):
            return [need for part in parts for need in _missing(part, subject, frame)]
        case AnyOf(parts):
            return _either([_missing(part, subject, frame) for part in parts])
        case Every(selector, where):
            return [need for one in frame.by_selector[selector] for need in _missing(where, one, frame)]
        case Some(selector, where):
            return _either([_missing(where, one, frame) for one in frame.by_selector[selector]])
        case Const(value):
            return [] if value else ["Nothing in the text."]
    return []  # pragma: no cover - `possibly` does not stand in `unless`


def _either(found: list[list[str]]) -> list[str]:
    if not found or any(not needs for needs in found):
        return [] if found else ["Somebody of whom it holds."]
    parts = list(dict.fromkeys(", and ".join(dict.fromkeys(needs)) for needs in found))
    return [" Or: ".join(parts)]


def _fixed(kind: Any, frame: Frame) -> Subject:
    return next(one for one in frame.fixed if one.kind is kind)
