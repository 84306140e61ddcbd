"""How fast is the search? Invented entities, both engines, the slowest of a hundred queries.

    python benchmarks/search.py             # a million entities in tantivy, 100,000 in FTS5: some minutes
    python benchmarks/search.py --quick     # a twentieth of it

Each query gives a page of 20 hits with facet counts and highlights. Times are wall times, which other programs lengthen;
the time of CPU stands beside them. See docs/concepts/screening.md.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "src")]

from _measure import table

from sousveil.register.search import Document, Search

SYLLABLES = "ka lo mi ra ten zu vek or pal gos an di ver sha nim tor el qua ri bo dra fen gul hes jo kir lum mas nor pex".split()
WORDS = "surveillance vendor exploit chain delivered domain infrastructure customer government operator report product".split()
TYPES = ("Company", "Organization", "PublicBody", "SurveillanceProduct", "Contract", "ExportLicence")
COUNTRIES = "ad ae bg cy de es fr gb gr hu il in it mk mx pl ru sa us za".split()
STANDINGS = ("confirmed", "forensically_attributed", "reported", "alleged")
QUERIES = 400


def entities(count: int, seed: int) -> Iterator[Document]:
    """Invented ones."""
    chance = random.Random(seed)
    for at in range(count):
        words = [
            "".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))).title() for _ in range(chance.randint(1, 3))
        ]
        name = " ".join(words) + chance.choice(["", " Ltd", " GmbH", " Group", " Technologies"])
        yield Document(
            id=f"sv-{at:024x}",
            members=(f"sv-{at:024x}",),
            type=chance.choice(TYPES),
            names=(name,),
            texts=(" ".join(chance.choices(WORDS, k=12)),),
            countries=(chance.choice(COUNTRIES),),
            datasets=(f"set-{chance.randint(1, 9)}",),
            standings=(chance.choice(STANDINGS),),
        )


def queries(count: int, seed: int) -> Iterator[tuple[str, str, dict[str, list[str]]]]:
    """Kind, text, facets: what people type."""
    chance = random.Random(seed + 1)
    names = [one.names[0] for one in entities(min(count, 20_000), seed)]
    for at in range(QUERIES):
        name = chance.choice(names)
        word = name.split()[0]
        place = chance.randrange(1, len(word))
        yield (
            ("name", name, {}),
            ("one word", word, {}),
            ("begun word", word[:4], {}),
            ("one slip", word[:place] + chance.choice("qxz") + word[place + 1 :], {}),
            ("with facets", word, {"country": [chance.choice(COUNTRIES)], "type": [chance.choice(TYPES)]}),
        )[at % 5]  # type: ignore[misc]
    for word in ("group", "technologies", "surveillance", "ltd"):
        yield "word of very many", word, {}


def measure(engine: str, count: int, limit: float, seed: int, folder: Path) -> list[list[str]]:
    """Rows of the table."""
    search = Search.open(folder, engine=engine)  # type: ignore[arg-type]
    start = time.perf_counter()
    search.fill(entities(count, seed))
    built = time.perf_counter() - start
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    asked = list(queries(count, seed))
    search.query("warm up")
    times: dict[str, list[tuple[float, float]]] = {}
    empty = 0
    for kind, text, facets in asked:
        start, busy = time.perf_counter(), time.thread_time()
        results = search.query(text, facets)
        took = 1000 * (time.perf_counter() - start), 1000 * (time.thread_time() - busy)
        times.setdefault(kind, []).append(took)
        times.setdefault("all", []).append(took)
        empty += not results.total and not facets
    search.close()
    rows = [[engine, f"{count:,} entities", f"{built:.0f} s", f"{size / 1e6:.0f} MB", "", "to make", f"{empty} empty"]]
    for kind, every in times.items():
        walls, cpus = sorted(wall for wall, _ in every), sorted(cpu for _, cpu in every)
        last = min(len(every) - 1, int(len(every) * 0.99))
        met = ("PASS" if walls[last] <= limit else "miss") if kind == "all" else ""
        goal = f"p99 at most {limit:g} ms" if kind == "all" else ""
        shown = [f"{walls[len(walls) // 2]:.2f} ms", f"{walls[last]:.2f} ms", f"{cpus[last]:.2f} ms"]
        rows.append([engine, kind, *shown, goal, met])
    return rows


def main(arguments: list[str] | None = None) -> int:
    """Runs it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--engine", choices=("tantivy", "fts5"))
    given = parser.parse_args(arguments)
    rows = []
    for engine, count, limit in (("tantivy", 1_000_000, 10.0), ("fts5", 100_000, 100.0)):
        if given.engine in (None, engine):
            with tempfile.TemporaryDirectory() as folder:
                rows += measure(engine, count // 20 if given.quick else count, limit, given.seed, Path(folder))
    print(table(rows, ["engine", "queries", "p50", "p99", "p99 of CPU", "goal", ""]))
    return 1 if any("miss" in row for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
