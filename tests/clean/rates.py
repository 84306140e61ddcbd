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
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from phonegen.core import Phone
from sousveil.cases.error_rates import percent
from sousveil.cases.pool import Pool
from sousveil.findings.model import Strength
from sousveil.indicators.index import Index
from sousveil.indicators.model import IndicatorSet
from sousveil.indicators.store import load_paths
from tests.clean import corpus
from tests.truth import (
    android_table,
    own_set,
    test_adb_backup_truth,
    test_android_truth,
    test_dump_truth,
    test_intrusion_truth,
    test_sysdiagnose_truth,
    test_truth,
)
from tests.truth.examine import Trial, examine

COMMITTED = Path(__file__).resolve().parents[2] / "src" / "sousveil" / "cases" / "data" / "error_rates.toml"
HEAD = """\
# How often the program is wrong. Written by tests/clean/rates.py.
# Shares are ends of 95 % intervals (Wilson).

"""
Z = 1.959963984540054
PASSWORD = b"correct horse"
PAGE = Path(__file__).resolve().parents[2] / "docs" / "concepts" / "error-rates.md"
Written = Callable[[Path], tuple[Path, bytes | None]]
"""Writes an input into a folder; gives it with its password."""


class Truth(NamedTuple):
    """How the rates of an input are measured."""

    heading: str
    title: str
    """Of the phones of ordinary people."""
    sets: Callable[[Path], list[Path]]
    """Writes the indicators that are planted besides the bundled ones."""
    trials: Callable[[Path], Iterator[Trial]]
    of_person: Callable[..., tuple[Path, bytes | None]]
    """Writes an ordinary person's input; takes one of `people` and a folder."""
    people: Sequence[tuple[Any, ...]]


def _truth(heading: str, title: str, table: Any, sets: Callable[[Path], list[Path]] | None = None) -> Truth:
    """Of a module of `tests.truth`."""
    return Truth(heading, title, sets or table.own_sets, table.trials, table.of_person, table.ALL_PEOPLE)


_DUMPS = _truth("Dumps of file systems", "made-up phones of ordinary people as dumps", test_dump_truth)
TRUTHS = {
    "android": _truth(
        "Android bug reports and acquisitions",
        "made-up Android phones of ordinary people",
        test_android_truth,
        android_table.write_set,
    ),
    "android-backup": _truth(
        "Backups of adb",
        "made-up Android phones of ordinary people as backups of adb",
        test_adb_backup_truth,
        android_table.write_set,
    ),
    "android-intrusion-logs": _truth(
        "Logs of Intrusion Logging", "made-up logs of ordinary people's phones", test_intrusion_truth
    ),
    "sysdiagnose": _truth(
        "Sysdiagnoses of iPhones", "made-up iPhones of ordinary people", test_sysdiagnose_truth, own_set.write
    ),
    "dump": _DUMPS,
    "file-list": _DUMPS._replace(
        heading="Lists of files",
        title="lists of the files of made-up phones of ordinary people",
        trials=test_dump_truth.list_trials,
        people=test_dump_truth.ALL_LISTS,
    ),
}
INPUTS = {"ios": "iPhone backups", **{name: truth.heading for name, truth in TRUTHS.items()}}
"""Input -> heading of its part of the page, in the order of the page."""
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
    return _planted(put, missed, near, false)


def tried(pool: Pool, folder: Path, truth: Truth) -> dict[str, Any]:
    """The truth table of an input, measured."""
    folder.mkdir(parents=True)
    sets = load_paths(truth.sets(folder), bundled=True, added=False)
    index = Index.build(sets)
    put = near = missed = false = 0
    for trial in truth.trials(folder):
        findings = examine(pool, trial.path, index, sets, password=trial.password).case.findings
        seen = {(f.artefact, f.indicator.value.lower()) for f in findings if f.indicator is not None}
        wanted = {(artefact, value.lower()) for artefact, value in trial.wanted}
        put += len(trial.wanted)
        missed += missing(trial.wanted, seen)
        near += trial.near
        if trial.near:
            false += sum(f.indicator is not None or f.strength is not Strength.WEAK for f in findings)
        else:
            known = {value for _, value in wanted} | {value.lower() for value in trial.also}
            false += len({value for _, value in seen} - known)
    return _planted(put, missed, near, false)


def missing(wanted: Iterable[tuple[str, str]], seen: set[tuple[str, str]]) -> int:
    """How many planted (artefact, value) no finding shows; a value that is planted twice counts twice."""
    return sum((artefact, value.lower()) not in seen for artefact, value in wanted)


def _planted(put: int, missed: int, near: int, false: int) -> dict[str, Any]:
    return {
        "planted": put,
        "found": put - missed,
        "found_at_least": wilson(put - missed, put)[0],
        "near": near,
        "false": false,
        "false_at_most": wilson(false, near)[1],
    }


def backups(phones: Mapping[str, Callable[[], Phone]]) -> list[Written]:
    """The backups of iPhones."""

    def written(name: str, make: Callable[[], Phone], folder: Path) -> tuple[Path, bytes | None]:
        with make() as phone:
            return phone.write(folder), PASSWORD if "encrypted" in name else None

    return [partial(written, name, make) for name, make in phones.items()]


def people(pool: Pool, folder: Path, name: str) -> dict[str, Any]:
    """Inputs of ordinary people's phones."""
    truth = TRUTHS[name]

    def written(whose: tuple[Any, ...], folder: Path) -> tuple[Path, bytes | None]:
        return truth.of_person(*whose, folder)

    inputs = [partial(written, each) for each in truth.people]
    return {
        "name": name,
        "title": truth.title,
        **measure(pool, folder, inputs, load_paths([], bundled=True, added=False)),
    }


def measure(pool: Pool, folder: Path, inputs: Sequence[Written], sets: Sequence[IndicatorSet]) -> dict[str, Any]:
    """Files, rows, findings and verdicts of some phones."""
    index = Index.build(sets)
    total: Counter[str] = Counter()
    for number, write in enumerate(inputs):
        path, password = write(folder / str(number))
        examined = examine(pool, path, index, sets, password=password)
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
            **measure(pool, folder / "o", backups(corpus.ORDINARY), published),
        },
        {
            "name": "readers",
            "title": "made-up phones of people who read and write about spyware and keep lists of it",
            **measure(pool, folder / "r", backups(readers), published),
        },
        {
            "name": "random",
            "title": "made-up phones of ordinary people, with 20,000 random indicators added",
            **measure(pool, folder / "a", backups(corpus.ORDINARY), more),
        },
    ]


def real(pool: Pool, folder: Path, data: Path) -> list[dict[str, Any]]:
    """The groups of published test images."""
    phones = backups({"real": lambda: corpus.real(data)})
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

    made = []
    for name, own in rates.items():
        made.append(f"[{name}.planted]\n{lines(own['planted'])}\n")
        made += [f"[[{name}.clean]]\n{lines(entry)}\n" for entry in own["clean"]]
    return HEAD + "\n".join(made)


def as_markdown(rates: Mapping[str, Any]) -> str:
    """The rates as the tables of the page."""
    return "\n".join(f"### {INPUTS[name]}\n\n{_tables(own)}" for name, own in rates.items())


def _tables(rates: Mapping[str, Any]) -> str:
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
    parser.add_argument("--only", choices=tuple(INPUTS), help="keep the committed numbers of other inputs")
    given = parser.parse_args()
    rates = committed()
    with tempfile.TemporaryDirectory() as scratch, Pool(2) as pool:
        folder = Path(scratch)
        if given.only in (None, "ios"):
            clean = [entry for entry in rates["ios"]["clean"] if entry["name"].startswith("real")]
            for name in ("c", "i"):
                (folder / name).mkdir()
            if given.shared is not None:
                clean = real(pool, folder / "i", given.shared)
            rates["ios"] = {"planted": planted(pool, folder / "t"), "clean": synthetic(pool, folder / "c") + clean}
        for name, truth in TRUTHS.items():
            if given.only in (None, name):
                rates[name] = {
                    "planted": tried(pool, folder / name, truth),
                    "clean": [people(pool, folder / f"{name} people", name)],
                }
    rates = {name: rates[name] for name in INPUTS if name in rates}
    text = as_toml(rates)
    print(text)
    if given.write:
        COMMITTED.write_text(text, "utf-8")
        PAGE.write_text(page_with(rates), "utf-8")


if __name__ == "__main__":
    main()
