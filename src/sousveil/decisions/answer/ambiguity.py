"""Names of a question that are not exactly one record's: the candidates to choose from, and the strictest answer over all of them.

Neither a spelling mistake nor namesakes give a milder answer. A name without any candidate has no record; that clears nobody.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from functools import partial

import msgspec

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.facts.model import Of, Polarity, World, all_facts
from sousveil.decisions.model import Answer, Deal, Effect, Party, Question, Truth
from sousveil.decisions.rules.evaluate import ROLE_WORDS, SEVERITY
from sousveil.decisions.rules.judge import Judge
from sousveil.errors import Usage

SHOWN = 10
"""Candidates of a name that are listed; the rest are counted."""
COMBINED = 64
"""So many combinations of candidates are answered together; of more, each name is settled by itself, one after another."""
OF_ROLE = {"product": Of.PRODUCT, "supplier": Of.VENDOR, "via": Of.VENDOR, "end_user": Of.BUYER}

Ids = dict[tuple[str, str], str]
"""Role and name -> the id of a record."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A record that a name may mean."""

    id: str
    caption: str
    countries: tuple[str, ...]
    """Codes on record."""
    adverse: int
    """Statements under adverse facts about it."""


class NameQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """Which of these records a name means."""

    role: str
    """product, supplier, via, end_user."""
    asked: str
    candidates: tuple[Candidate, ...]
    """At most ten: those with most against them first, then those of the stated country."""
    more: int
    """Further candidates that are not listed."""


class Ambiguous(Usage):
    """Names of a question may mean several records."""

    def __init__(self, names: tuple[NameQuestion, ...]) -> None:
        asked = " and ".join(f"“{one.asked}” ({ROLE_WORDS[one.role]})" for one in names)
        super().__init__(
            f"Which record do you mean by {asked}?",
            hint="Ask again with the id of a candidate, or for the strictest answer over all of them.",
        )
        self.names = names


def unclear(world: Compiled, question: Question) -> list[Party]:
    """The parties of a question whose name has candidates and is not exactly one record's."""
    return [one for one in world.resolver.parties(question) if one.id is None and one.candidates]


def ask_back(world: Compiled, question: Question, parties: list[Party]) -> Ambiguous:
    """The question that a person has to answer first."""
    return Ambiguous(tuple(_listed(world, question, one) for one in parties))


def strictest(world: World, judge: Judge, question: Question, parties: Sequence[Party]) -> Ids:
    """The candidates that have most against them, over all of them: what each name of these parties is taken to mean."""
    if math.prod(len(one.candidates) for one in parties) <= COMBINED:
        many = itertools.product(*(one.candidates for one in parties))
        combinations = (dict(zip(map(_key, parties), each, strict=True)) for each in many)
        return max(combinations, key=lambda ids: _against(world, judge, question, ids))
    ids = {_key(one): one.candidates[0] for one in parties}
    ids = {_key(one): max(one.candidates, key=partial(_most_adverse, world, question, ids, one)) for one in parties}
    for one in parties:
        each = ({**ids, _key(one): id} for id in one.candidates)
        ids = max(each, key=lambda ids: _against(world, judge, question, ids))
    return ids


def _most_adverse(world: World, question: Question, ids: Ids, party: Party, id: str) -> int:
    meant = {**ids, _key(party): id}
    return len(_adverse(world, world.deal(question.meaning(meant), meant.values()), id, party.role))


def strictest_answer(world: Compiled, judge: Judge, question: Question) -> tuple[Answer, Question]:
    """The answer for the candidates that have most against them, with a note on each, and the question with their ids."""
    parties = unclear(world, question)
    ids = strictest(world, judge, question, parties) if parties else Ids()
    meant, sure = question.meaning(ids), tuple(ids.values())
    answer = judge.judge(meant, sure)
    if not parties:
        return answer, meant
    notes = []
    for party in parties:
        id, many = ids[_key(party)], len(party.candidates)
        fit = (
            f"{many} records fit; this answer is for the one with the most against it" if many > 1 else "1 record fits"
        )
        notes.append(f"“{party.asked}”: {fit}: {world.caption(id)} ({id}).")
    return msgspec.structs.replace(answer, notes=[*notes, *answer.notes]), meant


def _listed(world: Compiled, question: Question, party: Party) -> NameQuestion:
    stated = question.country if party.role == "end_user" else question.exporting_country
    many = [_candidate(world, question, id, party) for id in party.candidates]
    many.sort(key=lambda one: (-one.adverse, stated not in one.countries))
    more = max(0, len(many) - SHOWN)
    return NameQuestion(role=party.role, asked=party.asked, candidates=tuple(many[:SHOWN]), more=more)


def _candidate(world: Compiled, question: Question, id: str, party: Party) -> Candidate:
    record, row = world.base.records.get(id), world.base.rows.get(id)
    claims = record.by_property if record is not None else {}
    stated = [one.statement.value for name in ("country", "jurisdiction") for one in claims.get(name, ())]
    countries = tuple(dict.fromkeys([*stated, *(row.countries if row is not None else ())]))
    adverse = _most_adverse(world, question, {}, party, id)
    return Candidate(id=id, caption=world.caption(id), countries=countries, adverse=adverse)


def _adverse(world: World, deal: Deal, id: str, role: str) -> set[str]:
    """The statements under adverse facts about a record in a role of the question."""
    values = (
        world.value(fact, id, deal)
        for fact in all_facts().values()
        if fact.polarity is Polarity.BLOCKS and fact.of is OF_ROLE[role]
    )
    return {statement for one in values if one.truth is Truth.TRUE for statement in one.proof}


def _against(world: World, judge: Judge, question: Question, ids: Ids) -> tuple[int, int, int]:
    """How much is against a deal: severity of the verdict, rules that block it for good, statements under adverse facts about these."""
    meant = question.meaning(ids)
    answer, deal = judge.judge(meant, ids.values()), world.deal(meant, ids.values())
    return (
        SEVERITY[answer.verdict],
        sum(one.effect == Effect.BLOCKED for one in answer.reasons),
        sum(len(_adverse(world, deal, id, role)) for (role, _), id in ids.items()),
    )


def _key(party: Party) -> tuple[str, str]:
    return party.role, party.asked
