"""What an answer of `sousveil decide` costs: from cold on the command line, and in a register that is served.

    python benchmarks/decisions.py DATA [--entities 114000] [--licences 2000]

DATA is the folder with one folder a data set; every data set that is no example is loaded. From cold: processor time and memory of
`sousveil decide` on that register, with `--on-ambiguity strictest`, the least of three runs. Served: the first answer after a
publication and the next, over that register and, with --entities, over a generated one. Last, so many open licences judged anew.
Exits 1 when a limit is missed: 2 s and 150 MiB from cold, 1 s for the first and 0.3 s for the next, a minute for the licences, and
the row of the Entity List cited where `us-lists` is asked.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import _decisions_register
from _peer import plain_environment
from _places import holding

from sousveil.decisions.answer.asking import STRICTEST, Desk
from sousveil.decisions.api import gate
from sousveil.decisions.model import Action, Question
from sousveil.ledger.keys import PrivateKey
from sousveil.register.codes import Role
from sousveil.register.intake.registry import shipped
from sousveil.register.load import load
from sousveil.register.model import Standing, Statement
from sousveil.register.register import Register

QUESTION = Question(
    action=Action.SALE,
    product="Pegasus",
    supplier="NSO Group",
    end_user="Government of Mexico",
    country="mx",
    as_of="2026-11-25",
    packs=("us-lists",),
)
COLD_SECONDS, COLD_MIB = 2.0, 150.0
FIRST_SECONDS, NEXT_SECONDS, LICENCES_SECONDS = 1.0, 0.3, 60.0
MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss, file=sys.stderr)
"""
ENTITY_LIST = "Entity List"


class Limits:
    """What was measured against what is allowed."""

    def __init__(self) -> None:
        self.missed = False

    def compare(self, what: str, value: float, most: float, unit: str) -> None:
        """Print a figure with its limit."""
        met = value <= most
        self.missed |= not met
        print(f"{what}: {value:,.2f} {unit} (at most {most:,.1f}) {'PASS' if met else 'MISS'}")


def loaded(folder: Path, data: Path) -> Register:
    """A register with every data set that is no example."""
    register = Register.init(folder, title="All shipped data", origin="benchmark.example/log", gate=gate)
    for name, intake in shipped().items():
        if not intake.dataset.example:
            load(register, name, data / name, non_commercial=True)
    return register


def cold(folder: Path, limits: Limits) -> None:
    """The command line, the least of three runs."""
    command = [sys.executable, "-m", "sousveil.cli", "decide", "--register", str(folder), "--json"]
    command += ["--action", "sale", "--product", QUESTION.product, "--supplier", QUESTION.supplier]
    command += ["--end-user", QUESTION.end_user, "--country", QUESTION.country, "--pack", "us-lists"]
    command += ["--as-of", str(QUESTION.as_of), "--on-ambiguity", STRICTEST]
    seconds, memory, printed = [], [], b""
    for _ in range(3):
        # A small process between: a child's peak begins with the memory of the process that it was made from.
        measure = [sys.executable, "-c", MEASURE, *command]
        done = subprocess.run(measure, env=plain_environment(), capture_output=True, check=True)
        printed = done.stdout
        used = done.stderr.split()
        seconds.append(float(used[-2]))
        memory.append(float(used[-1]) / 1024)
    limits.compare("from cold, processor", min(seconds), COLD_SECONDS, "s")
    limits.compare("from cold, memory", min(memory), COLD_MIB, "MiB")
    answer = json.loads(printed)
    said = " ".join(one["says"] for one in (*answer["reasons"], *answer["duties"]))
    limits.compare("answers without the Entity List row", float(ENTITY_LIST not in said), 0, "")


def served(register: Register, question: Question, limits: Limits, what: str) -> None:
    """A desk that answered before, then something is published."""
    desk = Desk(register.store)
    desk.answer(question, on_ambiguity=STRICTEST)
    key = PrivateKey.new()
    register.key_add(key.public.raw.hex(), "A publisher (benchmark)", Role.PUBLISHER)
    desk.answer(question, on_ambiguity=STRICTEST)
    statement = Statement(
        subject=_decisions_register.sid("published meanwhile"),
        type="Company",
        property="name",
        value="Published Meanwhile Ltd",
        source="Benchmark",
        publisher="A publisher (benchmark)",
        dataset="direct",
        standing=Standing.REPORTED,
    )
    register.publish([statement], key)
    for name, most in (("the first after a publication", FIRST_SECONDS), ("the next", NEXT_SECONDS)):
        start = time.process_time()
        desk.answer(question, on_ambiguity=STRICTEST)
        limits.compare(f"{what}, {name}", time.process_time() - start, most, "s")


def licences(register: Register, made: _decisions_register.World, count: int, limits: Limits) -> None:
    """Open licences judged anew: each a transfer of its own."""
    desk = Desk(register.store)
    asked = made.questions(count, str(QUESTION.as_of))
    start = time.process_time()
    for one in asked:
        desk.answer(one)
    limits.compare(f"{count:,} licences judged anew", time.process_time() - start, LICENCES_SECONDS, "s")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--entities", type=int, default=114_000, help="of the generated register; 0: none")
    parser.add_argument("--licences", type=int, default=2_000)
    options = parser.parse_args()
    holding(options.data, "DATA", [name for name, one in shipped().items() if not one.dataset.example])
    limits = Limits()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        with loaded(place / "all", options.data) as register:
            cold(place / "all", limits)
            served(register, QUESTION, limits, "all shipped data")
        if options.entities:
            made = _decisions_register.World(options.entities)
            with Register.init(
                place / "generated", title="Invented", origin="benchmark.example/log", example=True, gate=gate
            ) as register:
                _decisions_register.fill(register, made)
                served(register, made.questions(1, str(QUESTION.as_of))[0], limits, f"{options.entities:,} entities")
                licences(register, made, options.licences, limits)
    return 1 if limits.missed else 0


if __name__ == "__main__":
    sys.exit(main())
