"""What an answer says of a rule: for whom it fires, on which statements that rests, and what is missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from sousveil.decisions.answer.short import ACTION_WORDS
from sousveil.decisions.facts.model import Fact
from sousveil.decisions.model import Effect, FactShown, Reason, Truth
from sousveil.decisions.rules.evaluate import Active, Outcome, Subject, Subjects, without_record
from sousveil.decisions.rules.language import (
    TRUE,
    UNKNOWN,
    All,
    Condition,
    Every,
    Joined,
    Leaf,
    Quantified,
    level_of,
)
from sousveil.decisions.rules.pack import PLACES

NAMES_MAX = 6
"""So many names in one sentence; the rest are counted."""
_PLACE = re.compile(r"\{(" + "|".join(PLACES) + r")\}")

Show = Callable[[str], FactShown]
"""A statement, by its id, as an answer shows it."""


def enumerate_names(names: Sequence[str]) -> str:
    """ "Xaland, Xbland and Xcland"; of more than six the rest are counted."""
    if len(names) == 1:
        return names[0]
    if len(names) > NAMES_MAX:
        return f"{', '.join(names[:NAMES_MAX])} and {len(names) - NAMES_MAX} more"
    return f"{', '.join(names[:-1])} and {names[-1]}"


def part_of_answer(outcome: Outcome, subjects: Subjects, show: Show) -> Reason | None:
    """What an answer says of a rule; None where it does not name it."""
    if not outcome.is_shown:
        return None
    active, rule, effect, says = outcome.active, outcome.active.rule, Effect.UNDECIDED, ""
    decides = f"Who must decide: {rule.decides}."
    if about := [*outcome.fires, *outcome.alleged]:
        softer = not outcome.fires and rule.effect is Effect.BLOCKED
        effect = Effect.BLOCKED_UNLESS if softer else rule.effect
        says, needs = _sentences(outcome, subjects), _unproven(outcome, about, subjects)
        if effect is Effect.UNDECIDED:
            needs = [decides, *needs]
    elif outcome.unknown:  # "X served an abuser" would accuse, so an unknown rule says nothing
        about = list(outcome.unknown)
        needs = _each_once(_undecided(active, about, subjects))
    else:
        about, needs = list(outcome.lifted), [decides]
        names = enumerate_names([one.caption for one in about])
        says = f"What is asked for at the least is shown for {names}. By itself that lifts nothing."
    return Reason(
        rule=rule.id,
        pack=active.pack.name,
        effect=effect,
        citation=rule.citation.line(),
        says=says,
        facts=_statements(active, about, subjects, show),
        needs=needs,
    )


def notes(outcome: Outcome, subjects: Subjects) -> Iterator[str]:
    """What a reader must know about the facts that a rule asked for."""
    about = [*outcome.fires, *outcome.alleged, *outcome.unknown, *outcome.lifted]
    for leaf in outcome.active.asks:
        for subject in subjects.asked_of(leaf, about):
            yield from subjects.value(leaf.fact, subject).notes


# Statements


def _statements(active: Active, about: Sequence[Subject], subjects: Subjects, show: Show) -> list[FactShown]:
    """The statements under every fact that a rule asked for, each once: of others first, then of those it is about."""
    asked: dict[str, dict[str, Fact]] = {}
    for leaf in active.asks:
        asked.setdefault(leaf.selector, {})[leaf.fact.name] = leaf.fact
    own = asked.pop("", {})
    found: dict[str, FactShown] = {}
    for selector, facts in [*asked.items(), ("", own)]:
        for subject in subjects.of(selector) if selector else about:
            ids = {id for fact in facts.values() for id in subjects.value(fact, subject).proof}
            for one in sorted(map(show, ids), key=lambda one: (one.date or "~", one.statement)):
                found.setdefault(one.statement, one)
    return list(found.values())


# Sentences


def _sentences(outcome: Outcome, subjects: Subjects) -> str:
    """What a rule says, and apart from it of whom an allegation alone says it."""
    parts = []
    if outcome.fires:
        parts.append(_sentence(outcome.active, outcome.fires, subjects))
    if outcome.alleged:
        parts.append(f"An allegation alone says so: {_sentence(outcome.active, outcome.alleged, subjects)}")
    return " ".join(parts)


def _sentence(active: Active, about: Sequence[Subject], subjects: Subjects) -> str:
    word = ACTION_WORDS[subjects.deal.question.action]
    says = active.rule.says
    first = word[0].upper() + word[1:] if says.startswith("{action}") else word
    text = says.replace("{action}", first, 1).replace("{action}", word)
    return _PLACE.sub(lambda match: _place(match[1], about, subjects), text)


def _place(place: str, about: Sequence[Subject], subjects: Subjects) -> str:
    if place == "country":
        return subjects.world.caption(subjects.deal.question.country)
    if place == "supplier":
        party = next((one for one in subjects.deal.parties if one.role == "supplier"), None)
        if party is None:
            return "the supplier"
        return subjects.world.caption(party.id) if party.id is not None else without_record(party)
    those = about if place == "subject" else subjects.of(place)
    return enumerate_names(list(dict.fromkeys(one.caption for one in those)))


# What is missing


def _unproven(outcome: Outcome, about: Sequence[Subject], subjects: Subjects) -> list[str]:
    """What the lift of a rule lacks, and what is treated as so because it is possible or alleged."""
    active = outcome.active
    found: list[str] = []
    unless = active.rule.unless
    for part in unless.parts if isinstance(unless, All) else (unless,):
        for subject in (
            about[:1] if isinstance(part, Quantified) else about
        ):  # of a set that the deal names, each lacks the same
            found += _missing(part, subject, subjects)
    for leaf in active.when_asks:
        if leaf.possible:
            for subject in subjects.asked_of(leaf, about):
                if level_of(subjects.value(leaf.fact, subject)) != TRUE:
                    found.append(_need(leaf, subject, subjects))
    if outcome.alleged:
        names = enumerate_names([one.caption for one in outcome.alleged])
        found.append(
            f"An allegation alone stands against {names}: a report with a stored source, or a finding, is missing."
        )
    return _each_once(found)


def _missing(condition: Condition, subject: Subject, subjects: Subjects) -> list[str]:
    """What a condition needs to be TRUE; empty where it is."""
    match condition:
        case Leaf():
            one = subjects.asked_for(condition, subject)
            return [] if subjects.level(condition, one) == TRUE else [_need(condition, one, subjects)]
        case Joined(parts):
            each = [_missing(part, subject, subjects) for part in parts]
        case Quantified(selector, where):
            each = [_missing(where, one, subjects) for one in subjects.of(selector)]
    if isinstance(condition, All | Every):
        return [need for needs in each for need in needs]
    return [" Or: ".join(_each_once(", and ".join(_each_once(needs)) for needs in each))] if each and all(each) else []


def _need(leaf: Leaf, subject: Subject, subjects: Subjects) -> str:
    """What would make a fact, or its denial, TRUE."""
    value = subjects.value(leaf.fact, subject)
    if leaf.negated and value.truth is Truth.TRUE:
        return f"A confirmed no to: {leaf.fact.asks.replace('{subject}', subject.caption)}"
    return value.needs or leaf.fact.needs.replace("{subject}", subject.caption)


def _undecided(active: Active, about: Sequence[Subject], subjects: Subjects) -> Iterator[str]:
    """What would decide each fact of `when` that is not known: of others first, then of those the rule is about."""
    for leaf in sorted(active.when_asks, key=lambda one: not one.selector):
        for subject in subjects.asked_of(leaf, about):
            if subjects.level(leaf, subject) == UNKNOWN:
                yield _need(leaf, subject, subjects)


def _each_once(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))
