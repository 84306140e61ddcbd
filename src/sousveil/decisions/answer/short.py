"""The short form of an answer: verdict and authority, three reasons, what is missing, who must act next.

Made from the answer and its packs alone. A terminal shows it in at most ten lines; the page of an answer shows the same parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

import msgspec

from sousveil.decisions.answer.phrases import ACTION_NOUNS, parted, standing_words
from sousveil.decisions.model import Answer, Effect, FactShown, Open, Question, Reason, Verdict
from sousveil.decisions.packs import pack
from sousveil.display import wrapped
from sousveil.kinds import visible
from sousveil.register.model import Standing
from sousveil.register.views import words

LETTER = "letter-2021"
NAMES = "names"
"""Stands for a rule where a name of the question has no record."""
REASONS = 3
LINES = 10
WIDTH = 80
NEGATIVE = "Whether "
"""Begins a need that nobody can show: that something adverse is not so."""
NO_STEP = "Look for what the rules that were asked do not cover."
_NEED = re.compile(r"; (?=[A-Z“])")
_EFFECTS = [str(one) for one in (Effect.BLOCKED, Effect.BLOCKED_UNLESS, Effect.UNDECIDED, Effect.DUTY)]
_STANDINGS = [str(one) for one in Standing]


class ShortReason(msgspec.Struct, frozen=True, kw_only=True):
    """One of the strongest reasons."""

    rule: str
    says: str
    date: str | None
    """EDTF date of its firmest and newest statement; None where it rests on no statement or that has no date."""
    standing: str
    """How firm that statement is; empty where the reason is that something is missing."""
    source: str
    """Source of that statement; empty where the reason is that something is missing."""


class Short(msgspec.Struct, frozen=True, kw_only=True):
    """An answer in short."""

    verdict: Verdict
    sentence: str
    """The verdict with its authority, one sentence."""
    reasons: tuple[ShortReason, ...]
    missing: tuple[str, ...]
    """What somebody could show and nobody has, what most rules wait for first."""
    next_step: str
    """Who must act next, and what would lift the first reason; empty where no rule names anybody."""


def short(question: Question, answer: Answer) -> Short:
    """The short form of an answer to a question."""
    chosen = _strongest(answer, question.packs)
    return Short(
        verdict=answer.verdict,
        sentence=_sentence(question, answer, chosen),
        reasons=tuple(map(_reason, chosen)),
        missing=_missing(answer),
        next_step=_next(answer, chosen),
    )


def showable(one: Open) -> bool:
    """Whether somebody could show what an undecided rule waits for; that something adverse is not so nobody can."""
    return bool(one.facts or one.candidates or one.rule == NAMES or showable_needs(one.needs))


def showable_needs(text: str) -> list[str]:
    """The single needs of a rule that somebody could show."""
    return [one for one in parted(text, _NEED) if one and not one.startswith(NEGATIVE)]


def short_lines(question: Question, answer: Answer, *, example: bool, width: int = WIDTH) -> list[str]:
    """The short form for a terminal: at most ten lines, none wider than `width` columns or 80."""
    width = min(width, WIDTH)
    found = short(question, answer)
    head = "Invented example. " if example else ""
    lines = _fitted(f"{head}{found.sentence}", width, 2)
    for number, one in enumerate(found.reasons, 1):
        date = words.date(one.date) if one.date else ""
        of = (standing_words(one.standing), date, _site(one.source)) if one.standing else (f"rule {one.rule}",)
        lines += _fitted(f"{number}. {one.says}", width, 2, tail=f" ({', '.join(filter(None, of))})", rest="   ")
    if found.missing:
        more = f"{len(found.missing)} proofs, first: " if len(found.missing) > 1 else ""
        lines += _fitted(f"Missing: {more}{found.missing[0]}", width, 1)
    room = min(2, LINES - len(lines))
    return lines + _fitted(f"Next: {found.next_step or NO_STEP}", width, room, tail=" (--full shows everything)")


def _sentence(question: Question, answer: Answer, chosen: Sequence[Reason | Open]) -> str:
    doing = ACTION_NOUNS[question.action]
    deciding = [one.pack for one in answer.packs if one.verdict is answer.verdict]
    laws = [pack(one).title for one in deciding if one != LETTER]
    if answer.verdict is Verdict.NO_RULE_BLOCKS:
        return f"No rule that was asked blocks this {doing}. That is not a permission."
    if answer.verdict is Verdict.INSUFFICIENT_INFORMATION:
        authority = laws[0] if laws else "the letter"
        return f"Not enough is known about this {doing} to answer under {authority}."
    if answer.verdict is Verdict.BLOCKED_UNLESS:
        authority = laws[0] if laws else "the letter of July 2021, which is not a law,"
        return f"Stop, unless what is missing is shown: {authority} blocks this {doing}."
    if LETTER in deciding:
        absolute = any(isinstance(one, Reason) and one.pack == LETTER and not one.unproven for one in chosen)
        why = "names this case" if absolute else "asks for a halt, and no safeguards are shown"
        also = f"; {laws[0]} blocks it too" if laws else ""
        return f"Stop: the letter of July 2021 {why}{also}. The letter is not a law."
    return f"Stop: {laws[0]} blocks this {doing}."


def _strongest(answer: Answer, asked: Sequence[str]) -> list[Reason | Open]:
    """Three reasons of three rules: the best of each pack that was asked for, then the best of all."""
    every: list[Reason | Open] = [*answer.reasons, *filter(showable, answer.undecided), *answer.duties]
    found = sorted(every, key=_rank)
    by_rule: dict[str, Reason | Open] = {}
    for one in found:
        if one.rule != NAMES:
            by_rule.setdefault(one.rule, one)
    best: dict[str, Reason | Open] = {}
    for one in by_rule.values():
        if one.facts or isinstance(one, Reason):
            best.setdefault(one.pack, one)
    first = [best[name] for name in (LETTER, *asked) if name in best][:REASONS]
    rest = [one for one in by_rule.values() if one not in first]
    return sorted([*first, *rest[: REASONS - len(first)]], key=_rank)


def _rank(one: Reason | Open) -> tuple[int, int, str]:
    effect = _EFFECTS.index(one.effect if isinstance(one, Reason) else Effect.UNDECIDED)
    firmest = _firmest(one.facts)
    newest = "".join(chr(0x10FFFF - ord(letter)) for letter in (firmest.date or "")) if firmest else ""
    return effect, _firmness(firmest), newest or "\U0010ffff"


def _firmness(fact: FactShown | None) -> int:
    return _STANDINGS.index(fact.standing) if fact is not None and fact.standing in _STANDINGS else len(_STANDINGS)


def _firmest(facts: Iterable[FactShown]) -> FactShown | None:
    """The firmest statement, of equals the newest."""
    many = sorted(facts, key=lambda one: one.date or "", reverse=True)
    return min(many, key=_firmness, default=None)


def _reason(one: Reason | Open) -> ShortReason:
    fact = _firmest(one.facts)
    return ShortReason(
        rule=one.rule,
        says=one.says or _open(one, fact),
        date=fact.date if fact else None,
        standing=fact.standing if fact else "",
        source=fact.source if fact else "",
    )


def _open(one: Reason | Open, fact: FactShown | None) -> str:
    """What is known of an undecided rule that says nothing itself."""
    needs = showable_needs(one.needs) if isinstance(one, Open) else []
    return needs[0] if needs else fact.says if fact else one.citation.partition(", http")[0]


def _missing(answer: Answer) -> tuple[str, ...]:
    waiting: dict[str, set[str]] = {}
    for reason in answer.reasons:
        for need in reason.unproven:
            if not need.startswith(NEGATIVE):
                waiting.setdefault(need, set()).add(reason.rule)
    if not answer.reasons:
        for open_ in answer.undecided:
            for need in showable_needs(open_.needs):
                waiting.setdefault(need, set()).add(open_.rule)
    return tuple(sorted(waiting, key=lambda need: -len(waiting[need])))


def _next(answer: Answer, chosen: Sequence[Reason | Open]) -> str:
    for one in chosen:
        rule = next((each for each in pack(one.pack).rules if each.id == one.rule), None)
        if rule is not None and rule.lifted_by:  # its first sentence names who must act; the full answer has the rest
            return f"{rule.lifted_by.partition('. ')[0].rstrip('.')}."
        if rule is not None and rule.decides:
            return f"{rule.decides[0].upper()}{rule.decides[1:]}"
    return ""


def _site(source: str) -> str:
    """A source in few letters: the host of an address, else its beginning."""
    host = urlsplit(source).hostname if source.startswith(("https://", "http://")) else None
    text = host.removeprefix("www.") if host else visible(source, 300)
    return text if len(text) <= 44 else f"{text[:43].rstrip()}…"


def _fitted(text: str, width: int, most: int, *, tail: str = "", rest: str = "") -> list[str]:
    """A text in at most so many lines, cut at a word with “…” before its tail."""
    text = visible(" ".join(text.split()), 1_000)
    lines = _wrapped(text + tail, width, rest)
    while len(lines) > most and " " in text:
        text = text.rpartition(" ")[0].rstrip(",;:. ")
        lines = _wrapped(f"{text}…{tail}", width, rest)
    return lines[:most]


def _wrapped(text: str, width: int, rest: str) -> list[str]:
    return list(wrapped(text, width, first="", rest=rest))
