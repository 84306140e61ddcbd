"""An answer for people: in short, and its parts rule by rule.

The short form is verdict and authority, three reasons, what is missing and who must act next: at most ten lines of a terminal, and the top
of a page. Both are made from the answer and its packs alone; the answer itself stays as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlsplit

import msgspec

from sousveil.decisions.facts.model import UNPROVABLE
from sousveil.decisions.model import Action, Answer, Effect, FactShown, Question, Reason, Verdict
from sousveil.decisions.packs import FIRST as LETTER
from sousveil.decisions.packs import pack
from sousveil.display import wrapped
from sousveil.kinds import visible
from sousveil.register import edtf
from sousveil.register.model import Standing
from sousveil.register.views import words

NAMES = "names"
"""Stands for a rule where a name of the question has no record."""
REASONS = 3
LINES = 10
WIDTH = 80
NEGATIVE = ("Whether ", UNPROVABLE)
"""Begin a need that nobody can show: that something adverse is not so."""
NO_STEP = "Look for what the rules that were asked do not cover."
_EFFECTS = [str(one) for one in (Effect.BLOCKED, Effect.BLOCKED_UNLESS, Effect.UNDECIDED, Effect.DUTY)]
_STANDINGS = [str(one) for one in Standing]


class ShortReason(msgspec.Struct, frozen=True, kw_only=True):
    """One of the strongest reasons."""

    rule: str
    says: str
    fact: FactShown | None
    """Its firmest and newest statement; None where something is missing."""


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
        missing=tuple(_missing(answer)),
        next_step=_next(chosen),
    )


def showable(one: Reason) -> bool:
    """Whether somebody could show what an undecided rule waits for; that something adverse is not so nobody can."""
    return bool(one.facts or one.rule == NAMES or showable_needs(one.needs))


def showable_needs(needs: Sequence[str]) -> list[str]:
    """The needs of a rule that somebody could show."""
    return [one for one in needs if not one.startswith(NEGATIVE)]


def needs_of(one: Reason) -> Sequence[str]:
    """The needs of a rule that somebody could show; all of them where there is none."""
    return showable_needs(one.needs) or one.needs


def short_lines(question: Question, answer: Answer, *, example: bool, width: int = WIDTH) -> list[str]:
    """The short form for a terminal: at most ten lines, none wider than `width` columns or 80."""
    width = min(width, WIDTH)
    parts = short(question, answer)
    lines = _fitted(f"{'Invented example. ' if example else ''}{parts.sentence}", width, 2)
    for number, one in enumerate(parts.reasons, 1):
        of = _cited(one.fact) if one.fact is not None else f"rule {one.rule}"
        lines += _fitted(f"{number}. {one.says}", width, 2, tail=f" ({of})", rest="   ")
    if parts.missing:
        more = f"{len(parts.missing)} proofs, first: " if len(parts.missing) > 1 else ""
        lines += _fitted(f"Missing: {more}{parts.missing[0]}", width, 1)
    room = min(2, LINES - len(lines))
    return lines + _fitted(f"Next: {parts.next_step or NO_STEP}", width, room, tail=" (--full shows everything)")


def _sentence(question: Question, answer: Answer, chosen: Sequence[Reason]) -> str:
    doing = ACTION_NOUNS[question.action]
    deciding = [one.pack for one in answer.packs if one.verdict is answer.verdict]
    law = next((pack(one).title for one in deciding if one != LETTER), "")
    if answer.verdict is Verdict.NO_RULE_BLOCKS:
        return f"No rule that was asked blocks this {doing}. That is not a permission."
    if answer.verdict is Verdict.INSUFFICIENT_INFORMATION:
        return f"Not enough is known about this {doing} to answer under {law or 'the letter'}."
    if answer.verdict is Verdict.BLOCKED_UNLESS:
        authority = law or "the letter of July 2021, which is not a law,"
        return f"Stop, unless what is missing is shown: {authority} blocks this {doing}."
    if LETTER in deciding:
        absolute = any(one.effect != Effect.UNDECIDED and one.pack == LETTER and not one.needs for one in chosen)
        why = "names this case" if absolute else "asks for a halt, and no safeguards are shown"
        also = f"; {law} blocks it too" if law else ""
        return f"Stop: the letter of July 2021 {why}{also}. The letter is not a law."
    return f"Stop: {law} blocks this {doing}."


def _strongest(answer: Answer, asked: Sequence[str]) -> list[Reason]:
    """Three reasons of three rules: the best of each pack that was asked for, then the best of all."""
    by_rule: dict[str, Reason] = {}
    parts: list[Reason] = [*answer.reasons, *filter(showable, answer.undecided), *answer.duties]
    for one in sorted(parts, key=_strength):
        if one.rule != NAMES:
            by_rule.setdefault(one.rule, one)
    best: dict[str, Reason] = {}
    # Of a pack, what is on file tells more than a rule that says only what is not known.
    for one in sorted(by_rule.values(), key=lambda one: one.effect == Effect.UNDECIDED and not one.says):
        if one.facts or one.effect != Effect.UNDECIDED:
            best.setdefault(one.pack, one)
    first = [best[name] for name in (LETTER, *asked) if name in best][:REASONS]
    rest = [one for one in by_rule.values() if one not in first]
    return sorted([*first, *rest[: REASONS - len(first)]], key=_strength)


def _strength(one: Reason) -> tuple[int, int, int]:
    """Sorts what blocks before what is open, then the firmer and newer first."""
    fact = _firmest(one.facts)
    return _EFFECTS.index(one.effect), *((len(_STANDINGS), 0) if fact is None else _firmness(fact))


def _firmness(fact: FactShown) -> tuple[int, int]:
    return _STANDINGS.index(fact.standing), -edtf.sort_key(fact.date)[0] if fact.date else 0


def _firmest(facts: Iterable[FactShown]) -> FactShown | None:
    """The firmest statement, of equals the newest."""
    return min(facts, key=_firmness, default=None)


def _reason(one: Reason) -> ShortReason:
    fact = _firmest(one.facts)
    # an undecided rule may say nothing itself: then what is known of it
    known = [*showable_needs(one.needs), *([fact.says] if fact else [])]
    return ShortReason(
        rule=one.rule,
        says=one.says or [*known, one.citation.partition(", http")[0]][0],
        fact=fact,
    )


def _missing(answer: Answer) -> Iterable[str]:
    """What somebody could show, once each: what most rules wait for first."""
    needs = [(need, one.rule) for one in answer.reasons or answer.undecided for need in showable_needs(one.needs)]
    waiting = Counter(need for need, _ in dict.fromkeys(needs))
    return (need for need, _ in waiting.most_common())


def _next(chosen: Sequence[Reason]) -> str:
    for one in chosen:
        rule = next((each for each in pack(one.pack).rules if each.id == one.rule), None)
        if rule is not None and rule.lifted_by:  # its first sentence names who must act; the full answer has the rest
            return f"{rule.lifted_by.partition('. ')[0].rstrip('.')}."
        if rule is not None and rule.decides:
            return f"{rule.decides[0].upper()}{rule.decides[1:]}"
    return ""


def _cited(fact: FactShown) -> str:
    """A statement in few words: how firm it is, its day, its source, and whether a note qualifies it."""
    date = words.date(fact.date) if fact.date else ""
    return ", ".join(
        filter(None, (words.standing(fact.standing), date, _site(fact.source), fact.note and "see its note"))
    )


def _site(source: str) -> str:
    """A source in few letters: the host of an address, else its beginning."""
    host = urlsplit(source).hostname if source.startswith(("https://", "http://")) else None
    text = host.removeprefix("www.") if host else visible(source, 300)
    return text if len(text) <= 44 else f"{text[:43].rstrip()}…"


def _fitted(text: str, width: int, most: int, *, tail: str = "", rest: str = "") -> list[str]:
    """A text in at most so many lines, cut at a word with “…” before its tail."""
    text = visible(" ".join(text.split()), 1_000)
    lines = wrapped(text + tail, width, rest=rest)
    while len(lines) > most and " " in text:
        text = text.rpartition(" ")[0].rstrip(",;:. ")
        lines = wrapped(f"{text}…{tail}", width, rest=rest)
    return lines[:most]


class OfRule(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule says in an answer: about each State, company or deal."""

    rule: str
    citation: str
    reasons: tuple[Reason, ...]
    undecided: tuple[Reason, ...]
    duties: tuple[Reason, ...]


def rules_of(answer: Answer, pack: str) -> Iterator[OfRule]:
    """The rules of a pack that say something, in the order in which they first do. Names without a record belong to no rule."""
    reasons, duties = ([one for one in part if one.pack == pack] for part in (answer.reasons, answer.duties))
    undecided = [one for one in answer.undecided if one.pack == pack and one.rule != NAMES and showable(one)]
    every: list[Reason] = [*reasons, *undecided, *duties]
    for rule, citation in {one.rule: one.citation for one in every}.items():
        yield OfRule(
            rule=rule,
            citation=citation,
            reasons=tuple(one for one in reasons if one.rule == rule),
            undecided=tuple(one for one in undecided if one.rule == rule),
            duties=tuple(one for one in duties if one.rule == rule),
        )


# What verdicts, actions and standings are called where people read them. No phrase is a permission.


_VERDICTS = {
    Verdict.BLOCKED: ("BLOCKED", "blocked", "A rule blocks it, or a condition that would lift a block is not proven."),
    Verdict.BLOCKED_UNLESS: (
        "BLOCKED UNLESS",
        "blocked unless",
        "It is blocked unless what is listed as not proven is proven.",
    ),
    Verdict.INSUFFICIENT_INFORMATION: (
        "NOT ENOUGH IS KNOWN",
        "not enough is known",
        "What is on file does not suffice to say: somebody must decide, or a fact is missing.",
    ),
    Verdict.NO_RULE_BLOCKS: (
        "NO BLOCKING RULE ON FILE",
        "no rule blocks",
        "That is not a permission: facts may be missing, and other law may apply.",
    ),
}
VERDICT_SAYS, VERDICT_WORDS, VERDICT_MEANS = ({key: row[at] for key, row in _VERDICTS.items()} for at in range(3))
"""At the head of an answer, within a line of one set of rules, and what it means."""
_ACTIONS = {
    Action.SALE: ("sale", "Sale of {product} by {supplier} to {end_user}"),
    Action.TRANSFER: ("transfer", "Transfer of {product} by {supplier} to {end_user}"),
    Action.MARKETING: ("marketing", "Marketing of {product} by {supplier} to {end_user}"),
    Action.USE: ("use", "Use of {product} of {supplier} by {end_user}"),
    Action.MAINTENANCE: ("maintenance", "Maintenance of {product} by {supplier} for {end_user}"),
    Action.GRANT_LICENCE: ("licence", "A licence for {product} of {supplier} to {end_user}"),
    Action.ACQUIRE: ("acquisition", "Acquisition of {product} of {supplier} by {end_user}"),
    Action.INVEST: ("investment", "Investment in {supplier}, maker or seller of {product} for {end_user}"),
    Action.LIST: ("listing", "Listing of {supplier}, maker or seller of {product} for {end_user}, on an exchange"),
}
ACTION_NOUNS = {action: noun for action, (noun, _) in _ACTIONS.items()}
"""After "this"."""
ACTION_WORDS = {**ACTION_NOUNS, Action.GRANT_LICENCE: "granting a licence", Action.LIST: "listing on an exchange"}
"""In a rule's sentence."""


def asked_for(question: Question, country: str = "") -> str:
    """What was asked, with the names as they were typed; the country by its code where no name of it is given."""
    text = _ACTIONS[question.action][1].format(
        product=f"“{question.product}”", supplier=f"“{question.supplier}”", end_user=f"“{question.end_user}”"
    )
    via = f" through {', '.join(f'“{name}”' for name in question.via)}" if question.via else ""
    return f"{text}{via} ({country or question.country.upper()})"


def undated(answer: Answer) -> list[str]:
    """The statements of an answer that have no day of their own."""
    parts = (*answer.reasons, *answer.duties, *answer.undecided)
    return list(dict.fromkeys(fact.statement for one in parts for fact in one.facts if fact.date is None))


def silent(answer: Answer) -> set[str]:
    """The packs that say nothing, because the day is none of those for which they count."""
    return {one.pack for one in answer.packs if not pack(one.pack).in_force.holds(answer.as_of)}
