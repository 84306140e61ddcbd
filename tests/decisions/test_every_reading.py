"""Generated worlds whose facts follow from who is meant: no candidate has a more severe verdict than the strictest answer."""

from __future__ import annotations

import itertools
import random
from collections.abc import Collection
from dataclasses import dataclass

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.decisions.facts.model import Fact, Of, Polarity, Value
from sousveil.decisions.model import Deal, Question
from sousveil.decisions.rules.judge import VERDICTS, Judge
from tests.decisions.cases import VALUES, Case, cases
from tests.decisions.test_engine import strictest
from tests.decisions.worlds import SmallWorld, question
from tests.profiles import examples

SLIPS = {"supplier": "Slip", "product": "Slippery", "end_user": "Slipped"}


@dataclass
class Shifting(SmallWorld):
    """What is known of anybody depends on everybody in the deal."""

    seed: int = 0

    def deal(self, question: Question, sure: Collection[str] = ()) -> Deal:
        deal = super().deal(question, sure)
        found = random.Random(f"{self.seed} {deal.parties[1].id}")
        homes = tuple(sorted(found.sample(("xa", "xb", "xc"), found.randint(0, 2)))) if deal.parties[1].id else ()
        roots = {party.id for party in deal.parties if party.id and party.role in ("supplier", "via")}
        return msgspec.structs.replace(
            deal, vendors=tuple(sorted({"T", *roots})), home_states=homes, states=tuple(sorted({"xb", *homes}))
        )

    def value(self, fact: Fact, subject: str, deal: Deal) -> Value:
        key = [self.seed, fact.name, subject]
        if fact.of is Of.DEAL or fact.polarity is Polarity.LIFTS:
            key += [party.id for party in deal.parties]
        levels = (0, 1, 3) if fact.polarity is Polarity.LIFTS else (0, 1, 2, 3)
        return VALUES[random.Random(repr(key)).choice(levels)]


@settings(max_examples=examples(150), deadline=None)
@given(
    case=cases(),
    seed=st.integers(0, 1 << 30),
    roles=st.sets(st.sampled_from(sorted(SLIPS)), min_size=1),
    others=st.integers(0, 3),
)
def test_no_candidates_are_judged_more_severely(case: Case, seed: int, roles: set[str], others: int) -> None:
    names = {SLIPS[role]: (*(f"{role}-{at}" for at in range(others)), f"{role}-meant") for role in roles}
    world = Shifting(seed=seed, names=names)
    judge = Judge(world, case.packs)
    answer = strictest(world, case.packs, **{role: SLIPS[role] for role in roles})
    for chosen in itertools.product(*(names[SLIPS[role]] for role in sorted(roles))):
        meant = judge.judge(question(**dict(zip(sorted(roles), chosen, strict=True))))
        assert VERDICTS.index(answer.verdict) >= VERDICTS.index(meant.verdict)
