"""How many decisions a second one core gives, each with its whole proof: no result is kept, no question is asked twice.

    python benchmarks/decisions.py [--entities 100000] [--questions 200000] [--licences 2000] [--asked 60000]

The world is generated: companies in chains of ownership six deep, 60 States, products, end users, and for every fact of every
subject a value with a statement behind it, or none. The rules are 42 of the shipped packs, `letter-2021` first, over the shipped
facts. Values of facts are compiled for each entity before the clock starts, as a database's index is. Five rates are measured, each
over as many questions, none of which is asked twice: the first after the start, when nothing was asked before, the next, and three
times those of a service that runs, of which the best counts: what else the machine has to do can only take away. What lies between them
is what a world keeps of its entities as it is asked: chains of owners put together, and what a rule comes to, and says, that hangs on
one company, one chain or the States of a deal alone. All that hangs on two of them, and what an answer is, is worked out for each
question. Prints processor and wall time, and the machine's load beside it. Then: every open licence judged anew when one fact changes.
Last, without a limit: the same rules over a register of as many entities that is published, compiled and asked as a user asks it, with
facts derived from statements, which is what an answer costs in all. Exits 1 where the service that runs stays below 20,000 decisions a
second of processor time.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Collection, Hashable
from pathlib import Path
from typing import Any

import msgspec

from sousveil import memory
from sousveil.decisions import packs
from sousveil.decisions.compiled import compile_world
from sousveil.decisions.engine import Judge
from sousveil.decisions.facts.model import UNKNOWN as NOTHING
from sousveil.decisions.facts.model import Fact, Of, Polarity, Value
from sousveil.decisions.model import Action, FactShown, Question, Truth, written
from sousveil.decisions.pack import Pack
from sousveil.decisions.world import Deal, Party
from sousveil.register.register import Register

RULES = 42
DEPTH = 6
STATES = 60
LIMIT = 20_000.0
PARTS = ("the first", "the next", *("a service that runs",) * 3)
WRITTEN = 10_000
"""Answers over a register that are written as JSON besides."""
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

    def lasting(self, fact: Fact, subject: str) -> bool:
        return True

    def hangs_on(self, fact: Fact, subject: str) -> tuple[Any, ...] | None:
        return None

    def read(self, on: tuple[Any, ...], deal: Deal) -> tuple[Hashable, ...]:
        return ()

    def gain(self, ids: tuple[str, ...], deal: Deal) -> bool:
        return False

    def for_all(self, on: tuple[Any, ...], ids: tuple[str, ...]) -> tuple[Hashable, ...]:
        return on

    def notes(self, deal: Deal) -> tuple[str, ...]:
        return ()


def rules() -> list[Pack]:
    """42 rules of the shipped packs, the letter's first."""
    found: list[Pack] = []
    left = RULES
    for name in packs.names():
        one = packs.pack(name)
        if left:
            found.append(dataclasses.replace(one, rules=one.rules[:left]))
            left -= len(found[-1].rules)
    return found


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


def compile_entities(judge: Judge, asked: list[Question]) -> None:
    """Values of facts, for every entity that is asked about."""
    for one in asked:
        deal = judge.world.deal(one)
        for state in deal.states:
            judge.subjects.made(Of.STATE, state, deal)
        for vendor in deal.vendors:
            judge.subjects.made(Of.VENDOR, vendor, deal)
        judge.subjects.made(Of.PRODUCT, one.product, deal)
        judge.subjects.made(Of.BUYER, one.end_user, deal)


def measured(judge: Judge, asked: list[Question]) -> tuple[float, float, int, int]:
    """Processor seconds, wall seconds, reasons, bytes of JSON of a hundred answers."""
    reasons = 0
    wall, cpu = time.perf_counter(), time.process_time()
    for one in asked:
        reasons += len(judge.judge(one).reasons)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    size = sum(len(written(judge.judge(one))) for one in asked[:100])
    return cpu, wall, reasons, size


def real(entities: int, count: int, chosen: list[Pack]) -> None:
    """The same rules over a register: statements are published and compiled, ids resolved, facts derived; some answers written as JSON."""
    import _decisions_register  # beside this file, where it runs as a script

    made = _decisions_register.World(entities)
    with tempfile.TemporaryDirectory() as folder:
        with Register.init(
            Path(folder) / "register", title="Invented", origin="benchmark.example/log", example=True
        ) as register:
            said = _decisions_register.fill(register, made)
            world = compile_world(register.store, DAY)
        judge, asked = Judge(world, chosen), made.questions(3 * count + WRITTEN, DAY)
        start = time.process_time()
        compile_entities(judge, asked)
        print(
            f"a register of {len(world.base.records):,} entities and {said:,} statements; facts of {judge.subjects.count():,} entities "
            f"derived in {time.process_time() - start:.1f} s"
        )
        for at, name in enumerate(PARTS[:3]):
            part = asked[at * count : (at + 1) * count]
            memory.settle()
            cpu, _, reasons, size = measured(judge, part)
            print(
                f"{count:,} distinct questions over it, whole proof ({name}): {count / cpu:,.0f} a second of processor; "
                f"{reasons / count:.1f} reasons and {size / 100 / 1000:.1f} kB an answer"
            )
        cpu, size = time.process_time(), 0
        for one in asked[3 * count :]:
            size += len(written(judge.judge(one)))
        cpu = time.process_time() - cpu
        print(
            f"{WRITTEN:,} more, written as JSON: {WRITTEN / cpu:,.0f} a second of processor; {size / WRITTEN / 1000:.1f} kB an answer"
        )


def licences(world: Generated, chosen: list[Pack], count: int) -> None:
    """Every open licence judged anew when one fact of one State changes."""
    asked = [msgspec.structs.replace(one, action=Action.TRANSFER) for one in questions(world, count, 11)]
    judge = Judge(world, chosen)
    compile_entities(judge, asked)
    before = [judge.judge(one) for one in asked]
    wall, cpu = time.perf_counter(), time.process_time()
    world.changed["state.safeguards_law", "s07"] = Value(Truth.FALSE, ("f" * 64,))
    judge.subjects.forget({(Of.STATE, "s07")})
    after = [judge.judge(one) for one in asked]
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    changed = sum(one != other for one, other in zip(before, after, strict=True))
    print(
        f"{count:,} open licences judged anew after one fact changed: {cpu:.2f} s processor, {wall:.2f} s wall; {changed:,} answers differ"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entities", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=200_000)
    parser.add_argument("--licences", type=int, default=2_000)
    parser.add_argument("--asked", type=int, default=60_000, help="questions of each part over a register; 0: none")
    options = parser.parse_args()
    world, chosen = Generated(options.entities), rules()
    asked = questions(world, len(PARTS) * options.questions, 7)
    judge = Judge(world, chosen)
    start = time.process_time()
    compile_entities(judge, asked)
    kept = judge.subjects.count()
    print(
        f"{sum(len(one.rules) for one in chosen)} rules, {options.entities:,} entities, ownership {DEPTH} deep; "
        f"{kept:,} of them compiled in {time.process_time() - start:.1f} s; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )
    rates: list[float] = []
    for at, name in enumerate(PARTS):
        part = asked[at * options.questions : (at + 1) * options.questions]
        memory.settle()  # as the server does when it has grown
        cpu, wall, reasons, size = measured(judge, part)
        rates.append(len(part) / cpu)
        print(
            f"{len(part):,} distinct questions, whole proof ({name}): {cpu:.2f} s processor, {wall:.2f} s wall; "
            f"{rates[-1]:,.0f} a second of processor, {len(part) / wall:,.0f} of wall; "
            f"{reasons / len(part):.1f} reasons and {size / 100 / 1000:.1f} kB an answer"
        )
    rate = max(rates[2:])
    licences(world, chosen, options.licences)
    if options.asked:
        real(options.entities, options.asked, chosen)
    print(
        f"a service that runs: best {rate:,.0f} a second, least {min(rates[2:]):,.0f}\n"
        f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB; "
        f"{rate:,.0f} a second, at least {LIMIT:,.0f}: {'PASS' if rate >= LIMIT else 'MISS'}"
    )
    return 0 if rate >= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
