"""An answer for a person at a terminal: the verdict first, then why, in lines that fit the window."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sousveil.decisions.answer.ambiguity import Ambiguous
from sousveil.decisions.answer.phrases import (
    VERDICT_MEANS,
    VERDICT_SAYS,
    VERDICT_WORDS,
    asked_for,
    parted,
    silent,
    standing_words,
)
from sousveil.decisions.answer.short import showable
from sousveil.decisions.model import Answer, FactShown, Open, Question, Reason, Verdict
from sousveil.decisions.packs import pack
from sousveil.decisions.rules.evaluate import ROLE_WORDS
from sousveil.display import wrapped
from sousveil.kinds import visible
from sousveil.register.types.countries import country_name
from sousveil.register.views import words

WIDTHS = (40, 100)
"""The narrowest and the widest that lines are made."""
NOT_A_PERMISSION = (
    "This is no permission and no legal advice: it says what rules and the register say, and what is not proven."
)
_JOINED = re.compile(r"(?<=\.); ")
NEXT = {
    Verdict.BLOCKED: "Below stands for each rule what blocks it, and what would have to be proven.",
    Verdict.BLOCKED_UNLESS: "Below stands what has to be proven: “Not proven”.",
    Verdict.INSUFFICIENT_INFORMATION: "Below stands what is missing and who can say it: “Not decided”.",
    Verdict.NO_RULE_BLOCKS: "Look below for what the rules that were asked do not cover.",
}
"""What to read next."""

Line = tuple[int, str, int]
"""Indent, text, indent of what the text runs over to."""


def screen(
    question: Question, answer: Answer, *, example: bool, width: int, logged: Mapping[str, str] | None = None
) -> Iterator[str]:
    """The answer, line by line; no line is wider than asked for, but for a word that is.

    `logged`: statement -> day on which it was logged, for those that have no day of their own.
    """
    width = min(max(width, WIDTHS[0]), WIDTHS[1])
    for indent, text, rest in _lines(question, answer, example=example, logged=logged or {}):
        if not text:
            yield ""
            continue
        yield from wrapped(text, width, first=" " * indent, rest=" " * rest)


def _lines(question: Question, answer: Answer, *, example: bool, logged: Mapping[str, str]) -> Iterator[Line]:
    shown = _Shown(logged)
    if example:
        yield 0, "Invented example: nothing here is true.", 0
    asked = asked_for(question, country_name(question.country))
    yield 0, visible(f"{VERDICT_SAYS[answer.verdict]}: {asked}.", 1_000), 0
    yield 0, f"{VERDICT_MEANS[answer.verdict]} {NEXT[answer.verdict]}", 0
    day = words.date(answer.as_of)
    yield 0, f"As of {day}, with what {answer.known_on:,} of {answer.log_size:,} entries of the log say.", 0
    for one in answer.packs:
        means = f" {VERDICT_MEANS[one.verdict]}" if one.verdict != answer.verdict else ""
        if one.pack in silent(answer):
            means = " It says nothing of that day."
        yield 0, "", 0
        yield 0, f"{pack(one.pack).title} ({one.pack}): {VERDICT_WORDS[one.verdict]}.{means}", 0
        for reason in (each for each in answer.reasons if each.pack == one.pack):
            yield from _reason(reason, shown)
    yield from _open([one for one in answer.undecided if showable(one)], shown)
    if answer.duties:
        yield from ((0, "", 0), (0, "Steps that somebody owes (the verdict does not depend on them):", 0))
        for duty in answer.duties:
            yield from _reason(duty, shown)
    if answer.would_change:
        yield from ((0, "", 0), (0, "What would change it:", 0))
        for change in answer.would_change:
            whose = pack(change.pack).title if change.pack else "the whole answer"
            yield 2, f"{whose} would be “{VERDICT_WORDS[Verdict(change.verdict)]}” if:", 4
            yield from _bullets(change.facts)
    if answer.notes:
        yield from ((0, "", 0), (0, "To know:", 0))
        yield from ((2, f"- {visible(note, 600)}", 4) for note in answer.notes)
    yield from ((0, "", 0), (0, NOT_A_PERMISSION, 0))
    yield 0, "Fingerprint of the rules that were asked (SHA-256):", 0
    yield 0, answer.rules_sha256, 0


def candidate_lines(ambiguous: Ambiguous, width: int) -> Iterator[str]:
    """The records that names may mean, numbered, line by line."""
    width = min(max(width, WIDTHS[0]), WIDTHS[1])
    for name in ambiguous.names:
        yield from wrapped(f"Which {ROLE_WORDS[name.role]} is “{visible(name.asked, 300)}”?", width)
        for number, one in enumerate(name.candidates, 1):
            of = ", ".join(map(country_name, one.countries))
            against = f"; statements against it: {one.adverse}" if one.adverse else ""
            text = f"{number}. {visible(one.caption, 300)}{f', {of}' if of else ''} ({one.id}){against}"
            yield from wrapped(text, width, first="  ", rest="     ")
        if name.more:
            yield f"  and {name.more:,} more; write a longer name or an id."


class _Shown:
    """What lines before have shown, and what they may look up."""

    def __init__(self, logged: Mapping[str, str]) -> None:
        self.logged = logged
        self.links = set[str]()


def _reason(reason: Reason, shown: _Shown) -> Iterator[Line]:
    yield from _head(reason.rule, reason.says)
    yield from _rule(reason.citation, shown)
    yield from _facts(reason.facts, shown)
    yield from ((6, f"Not proven: {visible(need, 600)}", 8) for need in reason.unproven)


def _open(found: list[Open], shown: _Shown) -> Iterator[Line]:
    if found:
        yield from ((0, "", 0), (0, "Not decided:", 0))
    for one in found:
        several = _parted(one.says or one.needs)
        yield from _head("Name" if one.rule == "names" else one.rule, several[0])
        yield from _bullets(several[1:], 6)
        yield from _rule(one.citation, shown)
        if one.says and one.needs:
            yield 6, "Needed:", 6
            yield from _bullets(_parted(one.needs), 6)
        for candidate in one.candidates:
            id, _, name = candidate.partition(": ")
            yield 6, f"Could be: {visible(name, 300)} ({id})", 8
        yield from _facts(one.facts, shown)


def _head(rule: str, says: str) -> Iterator[Line]:
    yield 2, f"[{rule}] {visible(says, 1_000)}", 6


def _rule(citation: str, shown: _Shown) -> Iterator[Line]:
    """Where the rule stands; a link is written out the first time."""
    if not citation:
        return
    text, _, link = citation.rpartition(", ")
    if not link.startswith(("https://", "http://")):
        text, link = citation, ""
    yield 6, f"Rule: {visible(text, 600)}", 8
    if link and link not in shown.links:
        shown.links.add(link)
        yield 8, visible(link, 600), 8


def _facts(facts: Iterable[FactShown], shown: _Shown) -> Iterator[Line]:
    for fact in facts:
        day = shown.logged.get(fact.statement)
        date = (
            words.date(fact.date)
            if fact.date
            else f"no date given; logged on {words.date(day)}"
            if day
            else "no date given"
        )
        yield 6, f"On file: {visible(fact.says, 600)} ({standing_words(fact.standing)}, {date})", 8
        yield 8, f"Source: {visible(fact.source, 300)}", 10
        yield 6, f"statement {fact.statement}", 8


def _bullets(texts: Sequence[str], indent: int = 4) -> Iterator[Line]:
    yield from ((indent, f"- {visible(text, 600)}", indent + 2) for text in texts)


def _parted(text: str) -> list[str]:
    """Sentences that the engine joined: each for itself."""
    return parted(text, _JOINED)
