"""Sentences of an answer: for whom a rule fires, what is not proven, what would decide it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sousveil.decisions.compiled_rule import Compiled
from sousveil.decisions.hedged import hedged, is_ghost, named
from sousveil.decisions.language import TRUE, All, AnyOf, Const, Every, Some
from sousveil.decisions.predicates import Literal
from sousveil.decisions.subject import NOT_ON_FILE, Subject
from sousveil.decisions.subject_groups import Group, texts, texts_of

if TYPE_CHECKING:
    from sousveil.decisions.frame import Frame


def sentence(one: Compiled, about: Group, names: dict[str, str], frame: Frame) -> str:
    """What the rule says, about these. `names`: what stands for the places; that of the subject is set here."""
    if frame.ghosts and (frame.places or frame.read or any(is_ghost(subject) for subject in about.subjects)):
        return hedged(one, about, names, frame)
    names["subject"] = about.names
    return one.sentence(names)


def sentences(one: Compiled, fired: Group | None, alleged: Group | None, names: dict[str, str], frame: Frame) -> str:
    """What the rule says, and apart from it of whom an allegation alone says it: a rule's words are those of what is reported."""
    told = [] if fired is None else [sentence(one, fired, names, frame)]
    if alleged is not None:
        says = sentence(one, alleged, names, frame)
        told.append(f"An allegation alone says so: {says}")
    return " ".join(told)


def unproven(one: Compiled, about: Group, alleged: Group | None, frame: Frame) -> list[str]:
    """What is missing for the lift, in words; and what is only alleged, only possible, or not resolved."""
    groups = frame.groups
    parts = unmet(one, about, groups)
    if one.plainly and alleged is None and not frame.ghosts:
        return texts(parts)
    for part in one.unless_other:
        parts += [_missing(part, subject, frame) for subject in about.subjects]
    if alleged is not None:
        parts.append(
            [
                f"An allegation alone stands against {named(alleged)}: a report with a stored source, or a finding, is missing."
            ]
        )
    if frame.ghosts:
        for subject in about.subjects:
            if subject.candidates:
                whom = f"“{subject.asked}”{NOT_ON_FILE}" if subject.asked else subject.caption
                # not "the State of …", of whom it is asked: those that it could be are no States
                parts.append([f"That {whom} is none of: {'; '.join(map(_called, subject.candidates))}"])
    return texts(parts)


def unmet(one: Compiled, about: Group, groups: Mapping[str, Group]) -> list[list[str]]:
    """What the lift of a rule asks for at once (`needed`) and is missing; and of what is treated as so, for it may be, what is not shown.
    In one go: half of what is said each time needs it."""
    found: list[list[str]] = []
    for whom, slot in one.needed:
        group = groups[whom] if whom else about
        kept = group.kept[slot]
        found.append(group.piece(slot) if kept is None else kept)
    if one.plainly:
        return found
    for whom, mask, slot in one.possible_elsewhere:
        group = groups[whom]
        if group.least & mask != mask:
            kept = group.kept[slot]
            found.append(group.piece(slot) if kept is None else kept)
    if one.possible_own and about.least & one.possible_own != one.possible_own:
        kept = about.kept[one.possible_slot]
        found.append(about.piece(one.possible_slot) if kept is None else kept)
    return found


def unknowns(one: Compiled, about: Group, frame: Frame) -> str:
    """The facts that would decide a rule whose `when` is UNKNOWN."""
    return "; ".join([text for part in texts_of(one.undecided, about, frame.groups) for text in part])


def _called(candidate: str) -> str:
    """The name first, and the id behind it."""
    id, _, caption = candidate.partition(": ")
    return f"{caption} ({id})"


def _missing(node: Any, subject: Subject, frame: Frame) -> list[str]:
    """What a part of `unless` needs; empty where it is TRUE."""
    match node:
        case Literal(leaf, negated):
            bit = frame.layout.bit(leaf, negated, TRUE)
            whose = subject if leaf.fact.of is subject.kind else frame.groups[str(leaf.fact.of)].subjects[0]
            return [] if whose.strict & bit else list(whose.needs(bit))
        case All(parts):
            return [need for part in parts for need in _missing(part, subject, frame)]
        case AnyOf(parts):
            return _either([_missing(part, subject, frame) for part in parts])
        case Every(selector, where):
            return [need for one in frame.groups[selector].subjects for need in _missing(where, one, frame)]
        case Some(selector, where):
            return _either([_missing(where, one, frame) for one in frame.groups[selector].subjects])
        case Const(value):
            return [] if value else ["Nothing in the text."]
    return []  # pragma: no cover - `possibly` does not stand in `unless`


def _either(found: list[list[str]]) -> list[str]:
    if not found or any(not needs for needs in found):
        return [] if found else ["Somebody of whom it holds."]
    parts = list(dict.fromkeys(", and ".join(dict.fromkeys(needs)) for needs in found))
    return [" Or: ".join(parts)]
