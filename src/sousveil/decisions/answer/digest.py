"""The parts of an answer, for people: what decides it, what is unproven, what would change it, and each rule of each pack.

Made out of the answer and nothing else, so that it says nothing which the answer does not; the answer itself stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain

import msgspec

from sousveil.decisions.answer.phrases import parted
from sousveil.decisions.answer.short import showable, showable_needs
from sousveil.decisions.model import Answer, Change, Open, Reason, Verdict

_NEED = re.compile(r"; (?=[A-Z“])")
CONDITIONS = 5
"""Unproven conditions that stand at the top; the rest is folded."""
NAMES = "names"
"""Stands for a rule where a name of the question is not resolved."""


class OfRule(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule says in an answer: about each State, company or deal."""

    rule: str
    citation: str
    reasons: tuple[Reason, ...] = ()
    undecided: tuple[Open, ...] = ()
    duties: tuple[Reason, ...] = ()


class OfPack(msgspec.Struct, frozen=True, kw_only=True):
    """What one pack says in an answer, rule by rule."""

    pack: str
    verdict: Verdict
    decides: bool
    """Its verdict is that of the whole answer, which is that of the most severe pack."""
    rules: tuple[OfRule, ...]

    @property
    def blocking(self) -> int:
        """Rules that fired."""
        return sum(bool(one.reasons) for one in self.rules)

    @property
    def undecided(self) -> int:
        """Rules that could not be decided."""
        return sum(bool(one.undecided) for one in self.rules)

    @property
    def duties(self) -> int:
        """Rules under which somebody owes a step."""
        return sum(bool(one.duties) for one in self.rules)


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is not proven."""

    text: str
    rules: tuple[str, ...]
    """The rules that wait for it."""


class Digest(msgspec.Struct, frozen=True, kw_only=True):
    """The short of an answer."""

    deciding: tuple[OfPack, ...]
    unproven: tuple[Condition, ...]
    """In the packs that decide; what most rules wait for first."""
    changes: tuple[Change, ...]
    """Of the whole answer."""
    further_changes: tuple[Change, ...]
    """Of single packs, and not of the whole."""
    packs: tuple[OfPack, ...]
    """All, in the answer's order."""
    names: tuple[Open, ...]
    """Names of the question that are not resolved. They are of no rule and stand beside the verdict."""


def digest(answer: Answer) -> Digest:
    """The short of an answer."""
    packs = tuple(
        OfPack(
            pack=one.pack,
            verdict=one.verdict,
            decides=one.verdict is answer.verdict,
            rules=tuple(_rules(answer, one.pack)),
        )
        for one in answer.packs
    )
    deciding = tuple(one for one in packs if one.decides)
    return Digest(
        deciding=deciding,
        unproven=_unproven(deciding),
        changes=tuple(one for one in answer.would_change if not one.pack),
        further_changes=tuple(one for one in answer.would_change if one.pack),
        packs=packs,
        names=tuple(one for one in answer.undecided if one.rule == NAMES),
    )


def needs_of(text: str) -> list[str]:
    """The single needs of a rule that somebody could show; all of them where there is none."""
    return showable_needs(text) or [one for one in parted(text, _NEED) if one]


def _rules(answer: Answer, pack: str) -> Iterator[OfRule]:
    """The rules of a pack that say something, in the order in which they first do."""
    found: dict[str, tuple[str, list[Reason], list[Open], list[Reason]]] = {}
    parts: tuple[Iterable[Reason | Open], ...] = (answer.reasons, answer.undecided, answer.duties)
    for at, part in enumerate(parts, 1):
        for one in part:
            if one.pack == pack and one.rule != NAMES and (isinstance(one, Reason) or showable(one)):
                found.setdefault(one.rule, (one.citation, [], [], []))[at].append(one)  # type: ignore[union-attr, arg-type]
    for rule, (citation, reasons, undecided, duties) in found.items():
        yield OfRule(
            rule=rule, citation=citation, reasons=tuple(reasons), undecided=tuple(undecided), duties=tuple(duties)
        )


def _unproven(packs: tuple[OfPack, ...]) -> tuple[Condition, ...]:
    waiting: dict[str, dict[str, None]] = {}
    for one in chain.from_iterable(pack.rules for pack in packs):
        texts = [need for reason in one.reasons for need in reason.unproven]
        if not any(pack.blocking for pack in packs):
            texts += [need for open in one.undecided for need in needs_of(open.needs)]
        for text in texts:
            waiting.setdefault(text, {})[one.rule] = None
    found = [Condition(text=text, rules=tuple(rules)) for text, rules in waiting.items()]
    return tuple(sorted(found, key=lambda one: -len(one.rules)))
