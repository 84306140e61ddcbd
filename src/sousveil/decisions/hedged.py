"""Sentences where a name is not resolved: nothing is said of it, only of those on file that it could be.

The strictest reading counts, so a rule fires for a name because of somebody it could be. Its sentence is then about that somebody:
a name that nobody has on file is neither accused nor cleared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from sousveil.decisions.compiled_rule import Compiled
from sousveil.decisions.evaluation import who
from sousveil.decisions.facts.model import Of
from sousveil.decisions.predicates import FIXED
from sousveil.decisions.subject import NOT_ON_FILE, Subject
from sousveil.decisions.subject_groups import NAMES_MAX, Group, joined

if TYPE_CHECKING:
    from sousveil.decisions.frame import Frame

MEANT = {
    Of.PRODUCT: "the product that is meant",
    Of.BUYER: "the end user that is meant",
    Of.VENDOR: "the company that is meant",
    Of.STATE: "the State that is meant",
}
"""Who is spoken of where a sentence holds for anybody of whom nothing is on file."""

SEVERAL = (
    "It could be one of several, and what is on file of each alone would not say so: the strictest reading counts."
)


class Reading(NamedTuple):
    """How a sentence speaks of a name that is not resolved."""

    first: str
    """That it is not on file; empty where that need not be said."""
    more: str
    """Whom it could be."""
    words: str
    """What stands for it; empty where no sentence is true of one of those it could be."""
    could: bool
    """`words` are those on file that it could be."""


def is_ghost(subject: Subject) -> bool:
    """Whether it is a name that is not resolved, or somebody who would follow from it."""
    return subject.kind is not Of.DEAL and bool(subject.asked or subject.others)


def hedged(one: Compiled, about: Group, names: Mapping[str, str], frame: Frame) -> str:
    """What the rule says about these, some of whom are not resolved."""
    words = dict(names)
    everywhere: list[Reading] = []
    places = {place for _, place in one.places}
    for place, ghost in frame.places.items():
        if place in places:
            reading = _reading(one, [ghost], frame)
            if not reading.words:
                return f"{reading.first} {reading.more}"
            words[place] = reading.words
            everywhere.append(reading)
    deal = frame.groups["deal"].subjects[0]
    if deal.others and (read := _of_deal(one, deal, frame)) is not None:
        if not read.words:
            return f"{read.first} {read.more}"
        everywhere.append(read)
    known = [subject.caption for subject in about.subjects if not is_ghost(subject)]
    telling = _Telling()
    if known or "subject" not in places:
        telling.add(everywhere, _fill(one, joined(known) if known else "", words))
    if "subject" in places:
        called: dict[str, list[Subject]] = {}  # the State of a name stands in several sets, and is told once
        for subject in about.subjects:
            if is_ghost(subject):
                called.setdefault(_called(subject), []).append(subject)
        for ghosts in called.values():
            reading = _reading(one, ghosts, frame)
            telling.add([*everywhere, reading], _fill(one, reading.words, words) if reading.words else "")
    return " ".join(dict.fromkeys(telling.found))


def named(about: Group) -> str:
    """Their names; of a name that is not resolved, that it is one of those it could be."""
    return joined(
        [f"somebody that {_called(one)} could be" if is_ghost(one) else one.caption for one in about.subjects]
    )


def _fill(one: Compiled, subject: str, words: Mapping[str, str]) -> str:
    text = list(one.says)
    for at, place in one.places:
        text[at] = subject if place == "subject" else words[place]
    return "".join(text)


class _Telling:
    """Sentences one behind the other: that a name is not on file is said once."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._said: set[str] = set()

    def add(self, readings: Iterable[Reading], text: str) -> None:
        """A sentence, behind what is said of the names in it."""
        read = list(dict.fromkeys(readings))
        firsts = [one.first for one in read if one.first and one.first not in self._said]
        self._said.update(firsts)
        if text and any(one.could for one in read):
            text = f"{text.rstrip('.')}; which one is meant is not known."
        parts = (*dict.fromkeys(firsts), *dict.fromkeys(one.more for one in read), text)
        self.found.append(" ".join(part for part in parts if part))


def _reading(one: Compiled, ghosts: Sequence[Subject], frame: Frame) -> Reading:
    """How the rule speaks of what is called one thing."""
    called = _called(ghosts[0])
    first = f"{called[:1].upper()}{called[1:]} is not on file here."
    for ghost in ghosts:
        if ghost.blank is not None and _fires(one, [ghost.blank], frame):
            if not ghost.asked:
                return Reading("", "", ghost.caption, could=False)
            return Reading(first, "", MEANT[ghost.kind], could=False)
    captions = list(dict.fromkeys(other.caption for ghost in ghosts for other in _fires(one, ghost.others, frame)))
    if captions:
        return Reading(first, f"It could be {_either(captions)}, and then:", joined(captions), could=True)
    return Reading(first, SEVERAL, "", could=False)


def _of_deal(one: Compiled, deal: Subject, frame: Frame) -> Reading | None:
    """How a sentence speaks of a deal that only another reading of its names makes so; None: it is so in any case."""
    masks = [mask & deal.planes for area, mask in one.alleged.areas if area == FIXED]
    if deal.blank is None or not any(mask & ~deal.blank.bits for mask in masks):
        return None
    asked = [f"“{party.asked}”" for party in frame.unresolved]
    first = f"{joined(asked)} {'is' if len(asked) == 1 else 'are'} not on file here."
    through = [other for other in deal.others if not any(mask & ~other.bits for mask in masks)]
    if through:
        captions = list(dict.fromkeys(other.caption for other in through))
        return Reading(first, f"It could be {_either(captions)}, and then:", joined(captions), could=True)
    return Reading(first, SEVERAL, "", could=False)


def _fires(one: Compiled, those: Sequence[Subject], frame: Frame) -> list[Subject]:
    """Of these, those for whom the rule fires by what is on file of them alone."""
    test = one.alleged
    found = [
        subject for subject in those if not any(_lacks(subject, mask) for area, mask in test.areas if area == FIXED)
    ]
    if not found or frame.groups[one.each].subjects[0].kind is not found[0].kind:
        return found
    group = Group(found)
    places = who(test, group, frame)
    return [subject for at, subject in enumerate(found) if places >> at & 1]


def _lacks(subject: Subject, mask: int) -> bool:
    return subject.kind in (Of.PRODUCT, Of.BUYER) and bool(mask & subject.planes & ~subject.bits)


def _called(ghost: Subject) -> str:
    return ghost.caption.removesuffix(NOT_ON_FILE)


def _either(captions: Sequence[str]) -> str:
    if len(captions) == 1:
        return captions[0]
    if len(captions) > NAMES_MAX:
        return f"{', '.join(captions[:NAMES_MAX])} or one of {len(captions) - NAMES_MAX} more"
    return f"{', '.join(captions[:-1])} or {captions[-1]}"
