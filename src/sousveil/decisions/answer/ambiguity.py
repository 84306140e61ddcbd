"""Names of a question that are not exactly one record's: the candidates to choose from, and the strictest answer over all of them.

Neither a spelling mistake nor namesakes give a milder answer. A name without any candidate has no record; that clears nobody.
"""

from __future__ import annotations

import itertools

import msgspec

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.engine import Judge
from sousveil.decisions.facts.model import Of, Polarity
from sousveil.decisions.facts.registry import all_facts
from sousveil.decisions.model import Effect, Question, Truth, Verdict
from sousveil.decisions.world import Party
from sousveil.errors import Usage

SHOWN = 10
"""Candidates of a name that are listed; the rest are counted."""
COMBINED = 64
"""So many combinations of candidates are answered together; of more, each name is settled by itself, one after another."""
ROLE_WORDS = {"product": "product", "supplier": "supplier", "via": "intermediary", "end_user": "end user"}
OF_ROLE = {"product": Of.PRODUCT, "supplier": Of.VENDOR, "via": Of.VENDOR, "end_user": Of.BUYER}
_SEVERITY = list(Verdict)

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


def strictest(
    world: Compiled, judge: Judge, question: Question, parties: list[Party]
) -> tuple[Question, list[Candidate]]:
    """The question with the ids of those candidates that have most against them, and these candidates."""
    total = 1
    for party in parties:
        total *= len(party.candidates)
    ids: Ids = {}
    if total <= COMBINED:
        many = itertools.product(*(party.candidates for party in parties))
        ids = max(
            (dict(zip(map(_key, parties), each, strict=True)) for each in many),
            key=lambda one: _against(world, judge, question, one),
        )
    else:
        for party in parties:
            ids |= max(
                ({_key(party): id} for id in party.candidates),
                key=lambda one: _against(world, judge, question, {**ids, **one}),
            )
    return question.meaning(ids), [_candidate(world, question, ids[_key(one)], one) for one in parties]


def _listed(world: Compiled, question: Question, party: Party) -> NameQuestion:
    made = [_candidate(world, question, id, party) for id in party.candidates]
    stated = question.country if party.role == "end_user" else question.exporting_country
    made.sort(key=lambda one: (-one.adverse, stated not in one.countries))
    return NameQuestion(
        role=party.role, asked=party.asked, candidates=tuple(made[:SHOWN]), more=max(0, len(made) - SHOWN)
    )


def _candidate(world: Compiled, question: Question, id: str, party: Party) -> Candidate:
    record, row = world.base.records.get(id), world.base.rows.get(id)
    values = record.by_property if record is not None else {}
    countries = dict.fromkeys(
        one.statement.value for name in ("country", "jurisdiction") for one in values.get(name, ())
    ) | dict.fromkeys(row.countries if row is not None else ())
    return Candidate(
        id=id,
        caption=world.caption(id),
        countries=tuple(countries),
        adverse=len(_adverse(world, question.meaning({_key(party): id}), id, party.role)),
    )


def _adverse(world: Compiled, question: Question, id: str, role: str) -> set[str]:
    """The statements under adverse facts about a record in a role of the question."""
    deal = world.deal(question)
    values = (
        world.value(fact, id, deal)
        for fact in all_facts().values()
        if fact.polarity is Polarity.BLOCKS and fact.of is OF_ROLE[role]
    )
    return {statement for one in values if one.truth is Truth.TRUE for statement in one.proof}


def _against(world: Compiled, judge: Judge, question: Question, ids: Ids) -> tuple[int, int, int]:
    """How much is against a deal: severity of the verdict, rules that block it for good, statements under adverse facts about these."""
    meant = question.meaning(ids)
    answer = judge.judge(meant)
    return (
        -_SEVERITY.index(answer.verdict),
        sum(one.effect == Effect.BLOCKED for one in answer.reasons),
        sum(len(_adverse(world, meant, id, role)) for (role, _), id in ids.items()),
    )


def _key(party: Party) -> tuple[str, str]:
    return party.role, party.asked
