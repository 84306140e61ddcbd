"""Generated worlds whose facts follow from who is meant: a name that is not resolved is judged as its strictest reading, at least."""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass
from threading import Thread

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.decisions.engine import Judge
from sousveil.decisions.facts.model import Fact, Of, Polarity, Value
from sousveil.decisions.model import Question
from sousveil.decisions.subject import Subject
from sousveil.decisions.world import Deal
from tests.decisions.cases import VALUES, Case, cases
from tests.decisions.packs.test_names_and_shells import severities
from tests.decisions.worlds import TRUE, UNKNOWN, SmallWorld, pack, question
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

    def lasting(self, fact: Fact, subject: str) -> bool:
        return False


@settings(max_examples=examples(150), deadline=None)
@given(
    case=cases(),
    seed=st.integers(0, 1 << 30),
    roles=st.sets(st.sampled_from(sorted(SLIPS)), min_size=1),
    others=st.integers(0, 4),
)
def test_no_reading_is_more_severe_than_the_answer(case: Case, seed: int, roles: set[str], others: int) -> None:
    names = {SLIPS[role]: (*(f"{role}-{at}" for at in range(others)), f"{role}-meant") for role in roles}
    world = Shifting(seed=seed, names=names)
    judge = Judge(world, case.packs)
    answer = severities(judge.judge(question(**{role: SLIPS[role] for role in roles})))
    for at in (*range(others), "meant"):
        meant = severities(judge.judge(question(**{role: f"{role}-{at}" for role in roles})))
        assert {name: answer[name] for name in answer if answer[name] < meant[name]} == {}


def test_a_subject_is_not_seen_before_it_is_known_that_it_varies() -> None:
    """Another thread that asks while a subject is kept gets what holds in its own deal."""
    rule = """
  - id: R
    citation: {article: "1"}
    actions: all
    each: vendors
    when: {fact: vendor.abuse}
    unless: {fact: vendor.body}
    effect: blocked_unless
    says: "No."
    decides: "The State"
"""

    class World(SmallWorld):
        def value(self, fact: Fact, subject: str, deal: Deal) -> Value:
            return Value(TRUE if deal.buyer == "B" else UNKNOWN)

        def lasting(self, fact: Fact, subject: str) -> bool:
            return False

    world = World()
    judge = Judge(world, [pack(rule)])
    subjects = judge.subjects
    first, second = world.deal(question()), world.deal(question())
    second = msgspec.structs.replace(second, buyer="C")
    seen: list[Subject] = []

    class Kept(dict[str, Subject]):
        """Lets another thread ask at the moment when a subject is there."""

        def __setitem__(self, key: str, value: Subject) -> None:
            super().__setitem__(key, value)
            if not seen and not running:
                running.append(True)
                other = Thread(target=lambda: seen.append(subjects.made(Of.VENDOR, "S", second)))
                other.start()
                other.join()

    running: list[bool] = []
    subjects._kept[Of.VENDOR] = Kept()
    made = subjects.made(Of.VENDOR, "S", first)
    at = next(at for at, row in enumerate(made.dictionary) if row is not None and row.name == "vendor.body")
    assert (made.values[at].truth, seen[0].values[at].truth) == (TRUE, UNKNOWN)
