"""A world in which everything is invented from a seed, over the shipped facts: for tests of what a judge keeps."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Collection

from sousveil.decisions.facts.model import UNKNOWN as NOTHING
from sousveil.decisions.facts.model import Fact, Of, Polarity, Value
from sousveil.decisions.model import Action, Deal, FactShown, Party, Question, Truth

DEPTH = 6
STATES = 60
DAY = "2026-11-25"
SHARE = {Polarity.BLOCKS: (0.06, 0.5), Polarity.LIFTS: (0.15, 0.5), Polarity.SCOPE: (0.8, 0.9)}
"""So many values are TRUE; so many are TRUE or FALSE; the rest is unknown."""


class Generated:
    """A world in which everything is invented from a seed."""

    as_of, known_on, log_size = DAY, 1_000_000, 1_000_000

    def __init__(self, entities: int, seed: int = 4) -> None:
        self.seed, self.companies = seed, entities * 9 // 10
        self.changed: dict[tuple[str, str], Value] = {}
        self.chains: dict[int, tuple[str, ...]] = {}
        """By the number of the first: a world keeps who stands behind whom, as the register's does."""
        self.seats: dict[tuple[int, int], tuple[str, ...]] = {}
        """Of a company and the last of its chain: where they have their seats."""

    def deal(self, question: Question, sure: Collection[str] = ()) -> Deal:
        """Ids are numbers with a letter; a chain is six companies in a row, each owned by the next."""
        at = int(question.supplier[1:])
        first = at - at % DEPTH
        chain = self.chains.get(first)
        if chain is None:
            chain = self.chains[first] = tuple(f"c{first + step}" for step in range(DEPTH))
        home = self.seats.get((at % STATES, first % STATES))
        if home is None:
            home = tuple(sorted({f"s{at % STATES:02}", f"s{first % STATES:02}"}))
            self.seats[at % STATES, first % STATES] = home
        parties = (
            Party(role="product", asked=question.product, id=question.product),
            Party(role="supplier", asked=question.supplier, id=question.supplier),
            Party(role="end_user", asked=question.end_user, id=question.end_user),
        )
        return Deal(
            question=question,
            parties=parties,
            states=tuple(sorted({*home, question.country})),
            vendors=chain,
            product=question.product,
            buyer=question.end_user,
            home_states=home,
            exporting_states=home[:1],
            buyer_states=(question.country,),
        )

    def caption(self, subject: str) -> str:
        return f"Invented {subject}"

    def shown(self, statement: str) -> FactShown:
        return FactShown(
            statement=statement,
            says="Something that was published",
            source="https://paper.example/1",
            standing="confirmed",
            date="2024-01-01",
        )

    def value(self, fact: Fact, subject: str, deal: Deal) -> Value:
        if fact.of is Of.DEAL:
            return NOTHING
        known = self.changed.get((fact.name, subject))
        if known is not None:
            return known
        statement = hashlib.sha256(f"{self.seed} {fact.name} {subject}".encode()).hexdigest()
        share = int(statement[:8], 16) / (1 << 32)
        true, known_share = SHARE[fact.polarity]
        if share >= known_share:
            return Value(Truth.UNKNOWN)
        return Value(Truth.TRUE if share < true else Truth.FALSE, (statement,))

    def notes(self, deal: Deal) -> tuple[str, ...]:
        return ()


def questions(world: Generated, count: int, seed: int) -> list[Question]:
    """Questions that all differ."""
    draw = random.Random(seed)
    actions = list(Action)
    seen: set[tuple[object, ...]] = set()
    found: list[Question] = []
    while len(found) < count:
        key = (
            draw.choice(actions),
            f"p{draw.randrange(2_000)}",
            f"c{draw.randrange(world.companies)}",
            f"b{draw.randrange(5_000)}",
            f"s{draw.randrange(STATES):02}",
        )
        if key not in seen:
            seen.add(key)
            found.append(
                Question(action=key[0], product=key[1], supplier=key[2], end_user=key[3], country=key[4], as_of=DAY)
            )
    return found
