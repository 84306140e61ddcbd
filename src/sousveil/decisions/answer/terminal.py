"""An answer for a person at a terminal: the verdict first, then why, in lines that fit the window."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sousveil.decisions.answer.ambiguity import Ambiguous
from sousveil.decisions.answer.short import (
    NAMES,
    VERDICT_MEANS,
    VERDICT_SAYS,
    VERDICT_WORDS,
    asked_for,
    needs_of,
    showable,
    silent,
)
from sousveil.decisions.model import Answer, Effect, FactShown, Question, Reason
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

Line = tuple[int, str, int]
"""Indent, text, indent of what the text runs over to."""
EMPTY: Line = (0, "", 0)


def screen(
    question: Question, answer: Answer, *, example: bool, width: int, logged: Mapping[str, str] | None = None
) -> Iterator[str]:
    """The answer, line by line; no line is wider than asked for, but for a word that is.

    `logged`: statement -> day on which it was logged, for those that have no day of their own.
    """
    width = min(max(width, WIDTHS[0]), WIDTHS[1])
    if example:
        yield from wrapped("Invented example: nothing here is true.", width)
    for indent, text, rest in _Screen(logged or {}).lines(question, answer):
        yield from wrapped(text, width, first=" " * indent, rest=" " * rest) if text else [""]


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


class _Screen:
    """The lines of one answer; a link is written out the first time."""

    def __init__(self, logged: Mapping[str, str]) -> None:
        self._logged = logged
        self._links = set[str]()

    def lines(self, question: Question, answer: Answer) -> Iterator[Line]:
        asked = asked_for(question, country_name(question.country))
        yield 0, visible(f"{VERDICT_SAYS[answer.verdict]}: {asked}.", 1_000), 0
        yield 0, VERDICT_MEANS[answer.verdict], 0
        day = words.date(answer.as_of)
        yield 0, f"As of {day}, with what {answer.known_on:,} of {answer.log_size:,} entries of the log say.", 0
        for one in answer.packs:
            means = f" {VERDICT_MEANS[one.verdict]}" if one.verdict != answer.verdict else ""
            means = " It says nothing of that day." if one.pack in silent(answer) else means
            yield from (EMPTY, (0, f"{pack(one.pack).title} ({one.pack}): {VERDICT_WORDS[one.verdict]}.{means}", 0))
            for reason in (each for each in answer.reasons if each.pack == one.pack):
                yield from self._rule(reason)
        parts: dict[str, Iterable[Iterable[Line]]] = {
            "Not decided:": (self._rule(one) for one in answer.undecided if showable(one)),
            "Steps that somebody owes (the verdict does not depend on them):": map(self._rule, answer.duties),
            "To know:": (_bullets([note], 2) for note in answer.notes),
        }
        for title, many in parts.items():
            if each := list(many):
                yield from (EMPTY, (0, title, 0))
                for lines in each:
                    yield from lines
        yield from (EMPTY, (0, NOT_A_PERMISSION, 0))
        yield from (
            (0, text, 0) for text in ("Fingerprint of the rules that were asked (SHA-256):", answer.rules_sha256)
        )

    def _rule(self, one: Reason) -> Iterator[Line]:
        """A rule, where it stands, what is on file and what is missing."""
        is_open = one.effect == Effect.UNDECIDED
        says, *more = [one.says] if one.says else needs_of(one)
        yield 2, f"[{'Name' if one.rule == NAMES else one.rule}] {visible(says, 1_000)}", 6
        yield from _bullets(more, 6)
        text, _, link = one.citation.rpartition(", ")
        if not link.startswith(("https://", "http://")):
            text, link = one.citation, ""
        if text:
            yield 6, f"Rule: {visible(text, 600)}", 8
        if link and link not in self._links:
            self._links.add(link)
            yield 8, visible(link, 600), 8
        if is_open and one.says:
            yield from ((6, "Needed:", 6), *_bullets(needs_of(one), 6))
        for fact in one.facts:
            yield from self._fact(fact)
        if not is_open:
            yield from ((6, f"Not proven: {visible(need, 600)}", 8) for need in one.needs)

    def _fact(self, fact: FactShown) -> Iterator[Line]:
        logged = self._logged.get(fact.statement)
        undated = f"no date given; logged on {words.date(logged)}" if logged else "no date given"
        date = words.date(fact.date) if fact.date else undated
        yield 6, f"On file: {visible(fact.says, 600)} ({words.standing(fact.standing)}, {date})", 8
        if fact.note:
            yield 8, f"Note: {visible(fact.note, 600)}", 10
        yield 8, f"Source: {visible(fact.source, 300)}", 10
        yield 6, f"statement {fact.statement}", 8


def _bullets(texts: Iterable[str], indent: int = 4) -> Iterator[Line]:
    yield from ((indent, f"- {visible(text, 600)}", indent + 2) for text in texts)
