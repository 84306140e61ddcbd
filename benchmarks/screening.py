"""Does screening find what it should, leave alone what it should, and how fast? Beside the reference package, in one run.

    python benchmarks/screening.py                    # everything: about half an hour
    python benchmarks/screening.py --quick            # 300 queries a class and one way to candidates

One corpus (the shipped lists), the same queries for both (fixed seed), one core each, one after the other. The reference
package scores 50 candidates that SQLite's FTS5 gives it, found in two ways: by words with a four-letter beginning, and by
trigrams; its names are indexed together with its own Latin form of them. Quality is held against the better of the two
ways, class by class; speed against the faster one. Persons and other entities are told apart for both. Intervals are
Wilson's (95 %); "better" means that the paired difference is above zero with 95 %. See docs/concepts/screening.md.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import time
import venv
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(HERE), str(ROOT / "src")]

import _screening_corpus as corpus
from _measure import table
from _peer import plain_environment
from _places import holding, program, writable

VERSIONS = ("nomenklatura==4.17.4", "followthemoney==4.11.2", "rigour==2.6.1")
THRESHOLD = 0.7
SEED = 20210718
EACH = 2000


@dataclass
class Result:
    """What one system answered."""

    name: str
    hits: dict[str, list[tuple[str, float]]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def found(self, query: corpus.Query) -> bool:
        """Is the wanted entity among the hits? For a negative: is there any hit?"""
        hits = [id for id, value in self.hits[query.id] if value >= THRESHOLD]
        return any(id in query.wanted for id in hits) if query.wanted else bool(hits)

    def first(self, query: corpus.Query) -> bool:
        """Is the best hit the wanted entity?"""
        hits = self.hits[query.id]
        return bool(hits) and hits[0][1] >= THRESHOLD and hits[0][0] in query.wanted

    def speed(self) -> float:
        """Queries a second of CPU."""
        return len(self.hits) / sum(self.seconds.values())


def ours(given: corpus.Corpus) -> Result:
    """The product, from the name to the explained hits."""
    from sousveil.register.model_reference import ReferenceRow
    from sousveil.register.score import Query
    from sousveil.register.screening import Screener

    rows = [
        ReferenceRow(
            id=one.id,
            dataset="benchmark",
            type="Person" if one.person else "Organization",
            caption=one.names[0],
            names=one.names,
            person=one.person,
        )
        for one in given.entities
    ]
    start = time.process_time()
    screener = Screener.build(rows=rows)
    print(f"sousveil: {len(screener):,} entities ready in {time.process_time() - start:.1f} s", file=sys.stderr)
    result = Result("sousveil")
    for one in given.queries:
        start = time.process_time()
        hits = screener.screen(Query(name=one.name, kind="person" if one.person else "organization"))
        result.seconds[one.kind] = result.seconds.get(one.kind, 0.0) + time.process_time() - start
        result.hits[one.id] = [(hit.entity, hit.score) for hit in hits]
    return result


def theirs(python: Path, work: Path, algorithm: str, way: str) -> Result:
    """The reference package in its environment."""
    print(f"{algorithm}, candidates by {way}", file=sys.stderr)
    command = [python, HERE / "_screening_peer.py", work, algorithm, way]
    told = subprocess.run(command, env=plain_environment(), check=True, capture_output=True, text=True).stdout
    result = Result(f"{algorithm} ({way})")
    for line in told.splitlines():
        one = json.loads(line)
        if "seconds" in one:
            result.seconds = one["seconds"]
        else:
            result.hits[one["id"]] = [(id, value) for id, value in one["hits"]]
    return result


def install(folder: Path) -> Path:
    """An environment with the reference package, made on first use. Gives its Python."""
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    ready = folder / (VERSIONS[0].replace("==", "-") + ".ready")
    if not ready.exists():
        print(f"Installing {' '.join(VERSIONS)} into {folder} (once)", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *VERSIONS], check=True
        )
        ready.touch()
    return python


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    z, share = 1.96, hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return middle - half, middle + half


def difference(mine: list[bool], other: list[bool]) -> tuple[float, float]:
    """The 95 % interval of a paired difference of shares."""
    more = sum(a and not b for a, b in zip(mine, other, strict=True))
    less = sum(b and not a for a, b in zip(mine, other, strict=True))
    of = len(mine)
    mean = (more - less) / of
    half = 1.96 * math.sqrt(max(more + less - (more - less) ** 2 / of, 0.0)) / of
    return mean - half, mean + half


def report(given: corpus.Corpus, results: list[Result]) -> tuple[str, bool]:
    """The tables, and whether every goal is met."""
    kinds: dict[str, list[corpus.Query]] = defaultdict(list)
    for query in given.queries:
        kinds[query.kind].append(query)
    rows = []
    for kind in (*corpus.CLASSES, *corpus.NEGATIVES):
        queries = kinds[kind]
        for result in results:
            found = sum(map(result.found, queries))
            low, high = wilson(found, len(queries))
            first = f"{sum(map(result.first, queries)) / len(queries):.3f}" if kind in corpus.CLASSES else "-"
            share = f"{found / len(queries):.3f} [{low:.3f}, {high:.3f}]"
            rows.append([kind, result.name, len(queries), share, first, f"{len(queries) / result.seconds[kind]:.0f}"])
    head = ["class", "system", "queries", "found (negatives: false hits), 95 %", "hit@1", "q/s"]
    text = table(rows, head) + "\n\n" + goals(kinds, results)
    return text, "miss" not in text


def goals(kinds: dict[str, list[corpus.Query]], results: list[Result]) -> str:
    """Each goal with what came out."""
    mine, others = results[0], results[1:]
    rows = []
    for kind in corpus.CLASSES:
        queries = kinds[kind]
        best = max(others, key=lambda one: sum(map(one.found, queries)))
        low, high = difference(list(map(mine.found, queries)), list(map(best.found, queries)))
        better = kind in ("one typo", "two typos", "no legal form", "other script")
        met = low > 0 if better else high >= 0
        goal = "better" if better else "not worse"
        rows.append(
            [f"{kind}: difference to {best.name}", f"[{low:+.3f}, {high:+.3f}]", goal, "PASS" if met else "miss"]
        )
    for kind in (*corpus.NEGATIVES, "all negatives"):
        queries = kinds[kind] if kind in kinds else [one for part in corpus.NEGATIVES for one in kinds[part]]
        rates = {one.name: sum(map(one.found, queries)) / len(queries) for one in results}
        for other in others:
            met = rates[mine.name] <= rates[other.name]
            value = f"{rates[mine.name]:.3f} / {rates[other.name]:.3f}"
            rows.append([f"{kind}: false hits, ours / {other.name}", value, "no higher", "PASS" if met else "miss"])
    fastest = max(others, key=Result.speed)
    ratio = mine.speed() / fastest.speed()
    says = f"{mine.speed():.0f} / {fastest.speed():.0f} = {ratio:.1f}x"
    rows.append(
        [f"queries a second per core, ours / {fastest.name}", says, "at least 3x", "PASS" if ratio >= 3 else "miss"]
    )
    return table(rows, ["figure", "value", "goal", ""])


def main(arguments: list[str] | None = None) -> int:
    """Runs it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--shared", type=Path, default=ROOT.parent / "shared" / "data", help="the folder of published data"
    )
    parser.add_argument("--work", type=Path, default=Path("screening-benchmark"))
    parser.add_argument("--peer-venv", type=Path, help=f"an environment that holds {VERSIONS[0]}")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args(arguments)
    holding(given.shared, "--shared", [f"register/{one}" for one in corpus.LISTS])
    environment = given.peer_venv
    if environment:
        program(environment / "bin" / "python", "--peer-venv", VERSIONS[0])
    work: Path = writable(given.work.resolve(), "--work")
    python = environment / "bin" / "python" if environment else install(work / "peer-venv")
    made = corpus.make(given.shared, given.seed, 300 if given.quick else EACH)
    for name, rows in (("entities", made.entities), ("queries", made.queries)):
        text = "".join(json.dumps(asdict(row)) + "\n" for row in rows)
        (work / f"{name}.jsonl").write_text(text, encoding="utf-8")
    results = [ours(made)]
    for way in ("words",) if given.quick else ("words", "trigram"):
        results += [theirs(python, work, algorithm, way) for algorithm in ("logic-v1", "logic-v2")]
    text, met = report(made, results)
    print(f"{len(made.entities):,} entities, {len(made.queries):,} queries, seed {given.seed}, threshold {THRESHOLD}\n")
    print(text)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
