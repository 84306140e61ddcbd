"""Measures how often the program is wrong, and writes the numbers that reports print.

    python -m tests.clean.rates [--shared FOLDER] [--write]

prints them; with `--write` they go into `error_rates.toml` of the program and the page in docs. Without the folder of published
test images the part that rests on them is kept as it is committed.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from phonegen.core import Phone
from sousveil.cases.error_rates import percent
from sousveil.cases.pool import Pool
from sousveil.indicators.index import Index
from sousveil.indicators.model import IndicatorSet
from sousveil.indicators.store import load_paths
from tests.clean import corpus
from tests.truth import test_truth
from tests.truth.examine import examine

COMMITTED = Path(__file__).resolve().parents[2] / "src" / "sousveil" / "cases" / "data" / "error_rates.toml"
HEAD = """\
# How often the program is wrong. Written by tests/clean/rates.py.
# Shares are ends of 95 % intervals (Wilson).

"""
Z = 1.959963984540054
PASSWORD = b"correct horse"
PAGE = Path(__file__).resolve().parents[2] / "docs" / "concepts" / "error-rates.md"
BEGIN, END = "<!-- numbers: begin -->\n", "<!-- numbers: end -->\n"


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson's score interval), rounded outwards to six places."""
    share = hits / trials
    middle = share + Z * Z / (2 * trials)
    spread = Z * math.sqrt(share * (1 - share) / trials + Z * Z / (4 * trials * trials))
    low, high = ((middle + sign * spread) / (1 + Z * Z / trials) for sign in (-1, 1))
    return max(0.0, math.floor(low * 1e6) / 1e6), min(1.0, math.ceil(high * 1e6) / 1e6)


def planted(pool: Pool, folder: Path) -> dict[str, Any]:
    """The truth table, measured: what was found of what was planted, and false alarms among near misses."""
    sets = load_paths(test_truth.own_set.write(folder / "sets"), bundled=True, added=False)
    tools = test_truth.Tools(pool, Index.build(sets), sets)
    put = sum(len(plant.wants) * len(plant.phones) for plant in test_truth.PLANTS)
    near = sum(len(plant.phones) for plant in test_truth.near.NEAR)
    wrong: list[str] = []
    for name in test_truth.PHONES:
        plants = test_truth.near.NEAR if name in test_truth.near.PHONES else test_truth.PLANTS
        wrong += test_truth.problems(name, plants, tools, folder / name)
    missed = sum(not line.startswith("FALSE") for line in wrong)
    false = sum(line.startswith("FALSE") for line in wrong)
    return {
        "planted": put,
        "found": put - missed,
        "found_at_least": wilson(put - missed, put)[0],
        "near": near,
        "false": false,
        "false_at_most": wilson(false, near)[1],
    }


def measure(
    pool: Pool, folder: Path, phones: Mapping[str, Callable[[], Phone]], sets: Sequence[IndicatorSet]
) -> dict[str, Any]:
    """Files, rows, findings and verdicts of some phones."""
    index = Index.build(sets)
    total: Counter[str] = Counter()
    for number, (name, make) in enumerate(phones.items()):
        with make() as phone:
            backup = phone.write(folder / str(number))
        examined = examine(pool, backup, index, sets, password=PASSWORD if "encrypted" in name else None)
        total["phones"] += 1
        for line in examined.case.coverage:
            total["files" if line.artefact == "scan" else "rows"] += line.records
        total.update(finding.strength.value for finding in examined.case.findings)
        total["above"] += examined.case.verdict.value != "no_known_traces"
    numbers: dict[str, Any] = {
        key: total[key] for key in ("phones", "files", "rows", "strong", "lead", "weak", "above")
    }
    numbers["above_at_most"] = wilson(total["above"], total["phones"])[1]
    numbers["strong_at_most"] = wilson(total["strong"] + total["lead"], total["rows"] + total["files"])[1]
    return numbers


def synthetic(pool: Pool, folder: Path) -> list[dict[str, Any]]:
    """The groups that need nothing but the repository."""
    published = load_paths([], bundled=True, added=False)
    (folder / "random.stix2").write_bytes(corpus.random_set())
    more = load_paths([folder / "random.stix2"], bundled=True, added=False)
    readers = {name: make for name, make in corpus.CLEAN.items() if name not in corpus.ORDINARY}
    return [
        {
            "name": "ordinary",
            "title": "made-up phones of ordinary people",
            **measure(pool, folder / "o", corpus.ORDINARY, published),
        },
        {
            "name": "readers",
            "title": "made-up phones of people who read and write about spyware and keep lists of it",
            **measure(pool, folder / "r", readers, published),
        },
        {
            "name": "random",
            "title": "made-up phones of ordinary people, with 20,000 random indicators added",
            **measure(pool, folder / "a", corpus.ORDINARY, more),
        },
    ]


def real(pool: Pool, folder: Path, data: Path) -> list[dict[str, Any]]:
    """The groups of published test images."""
    phones = {"real": lambda: corpus.real(data)}
    (folder / "random.stix2").write_bytes(corpus.random_set())
    more = load_paths([folder / "random.stix2"], bundled=True, added=False)
    return [
        {
            "name": "real",
            "title": "databases of published test phones that nobody attacked",
            **measure(pool, folder / "p", phones, load_paths([], bundled=True, added=False)),
        },
        {
            "name": "real-random",
            "title": "databases of published test phones that nobody attacked, with 20,000 random indicators added",
            **measure(pool, folder / "q", phones, more),
        },
    ]


def committed() -> dict[str, Any]:
    """The file as it is committed."""
    return tomllib.loads(COMMITTED.read_text("utf-8"))


def as_toml(rates: Mapping[str, Any]) -> str:
    """The rates as a file."""

    def lines(entry: Mapping[str, Any]) -> str:
        return "\n".join(
            f'{key} = "{value}"' if isinstance(value, str) else f"{key} = {value}" for key, value in entry.items()
        )

    groups = "".join(f"\n[[clean]]\n{lines(entry)}\n" for entry in rates["clean"])
    return f"{HEAD}[planted]\n{lines(rates['planted'])}\n{groups}"


def as_markdown(rates: Mapping[str, Any]) -> str:
    """The rates as the tables of the page."""
    one = rates["planted"]
    out = [
        "| What was tried | How many | Right | With 95 % confidence |",
        "|---|---|---|---|",
        f"| planted traces | {one['planted']:,} | {one['found']:,} found | at least {percent(one['found_at_least'])} are found |",
        f"| near misses | {one['near']:,} | {one['near'] - one['false']:,} left alone | at most {percent(one['false_at_most'])} are not |",
        "",
        "| Phones on which nothing is wrong | Phones | Rows | Files | Strong | Leads | Weak | Wrong results | Rows strong or lead |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    out += [
        f"| {e['title']} | {e['phones']:,} | {e['rows']:,} | {e['files']:,} | {e['strong']:,} | {e['lead']:,} | {e['weak']:,} | "
        f"{e['above']:,} | {percent(e['strong_at_most'])} |"
        for e in rates["clean"]
    ]
    return "\n".join(out) + "\n"


def page_with(rates: Mapping[str, Any]) -> str:
    """The page with these numbers in it."""
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    return before + BEGIN + as_markdown(rates) + END + rest.partition(END)[2]


def main() -> None:
    """Measure, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, Pool(2) as pool:
        folder = Path(scratch)
        rates: dict[str, Any] = {"planted": planted(pool, folder / "t"), "clean": []}
        made = folder / "c"
        made.mkdir()
        rates["clean"] = synthetic(pool, made)
        if given.shared is not None:
            images = folder / "i"
            images.mkdir()
            rates["clean"] += real(pool, images, given.shared)
        else:
            rates["clean"] += [entry for entry in committed()["clean"] if entry["name"].startswith("real")]
    text = as_toml(rates)
    print(text)
    if given.write:
        COMMITTED.write_text(text, "utf-8")
        PAGE.write_text(page_with(rates), "utf-8")


if __name__ == "__main__":
    main()
