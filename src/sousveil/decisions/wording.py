"""Sentences of an answer: for whom a rule fires, what is not proven, what would decide it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sousveil.decisions.compiled_rule import Compiled
from sousveil.decisions.hedged import hedged, is_ghost, named
from sousveil.decisions.language import TRUE, All, AnyOf, Const, Every, Some
from sousveil.decisions.predicates import Literal
from sousveil.decisions.subject import Subject
from sousveil.decisions.subject_groups import Group, Piece, pieces_of, texts, told

if TYPE_CHECKING:
    from sousveil.decisions.frame import Frame


def sentence(one: Compiled, about: Group, names: Mapping[str, str], frame: Frame) -> str:
    """What the rule says, about these."""
    if frame.ghosts and (frame.places or frame.read or any(is_ghost(subject) for subject in about.subjects)):
        return hedged(one, about, names, frame)
    pieces = one.says
    places = len(pieces) // 2
    if places == 0:
        return pieces[0]
    if places == 1:
        place = pieces[1]
        return f"{pieces[0]}{about.names if place == 'subject' else names[place]}{pieces[2]}"
    text = [about.names if one == "subject" else names[one] for one in pieces[1::2]]
    if places == 2:
        return f"{pieces[0]}{text[0]}{pieces[2]}{text[1]}{pieces[4]}"
    whole = list(pieces)
    whole[1::2] = text
    return "".join(whole)


def unproven(one: Compiled, about: Group, alleged: Group | None, frame: Frame) -> list[str]:
    """What is missing for the lift, in words; and what is only alleged, only possible, or not resolved."""
    groups = frame.groups
    if one.plainly and alleged is None and not frame.ghosts:
        if len(one.needed) == 1:
            ((selector, slot),) = one.needed
            group = groups[selector] if selector else about
            alone: Piece = group.kept[slot] or group.piece(slot)
            return alone.rows  # type: ignore[no-any-return]  # texts
        return told(pieces_of(one.needed, about, groups))
    parts = pieces_of(one.needed, about, groups)
    for part in one.unless_other:
        parts += [texts(_missing(part, subject, frame)) for subject in about.subjects]
    for selector, mask, slot in one.possible_elsewhere:
        group = groups[selector]
        if group.least & mask != mask:
            parts.append(group.kept[slot] or group.piece(slot))
    if one.possible_own and about.least & one.possible_own != one.possible_own:
        parts.append(about.kept[one.possible_slot] or about.piece(one.possible_slot))
    if alleged is not None:
        parts.append(
            texts(
                [
                    f"An allegation alone stands against {named(alleged)}: a report with a stored source, or a finding, is missing."
                ]
            )
        )
    if frame.ghosts:
        for subject in about.subjects:
            if subject.candidates:
                parts.append(
                    texts([f"That {subject.caption} is none of: {'; '.join(map(_called, subject.candidates))}"])
                )
    return told(parts)


def unknowns(one: Compiled, about: Group, frame: Frame) -> str:
    """The facts that would decide a rule whose `when` is UNKNOWN."""
    parts = pieces_of(one.when_elsewhere, about, frame.groups)
    if one.when_mask:
        parts.append(about.kept[one.when_slot] or about.piece(one.when_slot))
    return "; ".join([text for part in parts for text in part.rows])


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
