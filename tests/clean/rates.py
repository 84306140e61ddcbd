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
from functools import partial
from pathlib import Path
from typing import Any

from phonegen.android import androidqf, containers
from phonegen.core import Phone
from phonegen.sysdiagnose import write as write_sysdiagnose
from sousveil.cases.error_rates import percent
from sousveil.cases.pool import Pool
from sousveil.indicators.index import Index
from sousveil.indicators.model import IndicatorSet
from sousveil.indicators.store import load_paths
from tests.clean import corpus
from tests.truth import android_table, sysdiagnose_table, test_android_truth, test_sysdiagnose_truth, test_truth
from tests.truth.examine import examine

COMMITTED = Path(__file__).resolve().parents[2] / "src" / "sousveil" / "cases" / "data" / "error_rates.toml"
HEAD = """\
# How often the program is wrong. Written by tests/clean/rates.py.
# Shares are ends of 95 % intervals (Wilson).

"""
Z = 1.959963984540054
PASSWORD = b"correct horse"
PAGE = Path(__file__).resolve().parents[2] / "docs" / "concepts" / "error-rates.md"
INPUTS = {
    "ios": "### iPhone backups",
    "android": "### Android bug reports and acquisitions",
    "sysdiagnose": "### Sysdiagnoses of iPhones",
}
ACQUISITIONS = 3
"""Acquisitions with every planted trace, and as many with near misses."""
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


def android_planted(pool: Pool, folder: Path) -> dict[str, Any]:
    """The truth table of Android, measured: reports of each version, and acquisitions in each form."""
    truth = test_android_truth
    sets = load_paths(android_table.write_set(folder / "sets"), bundled=True, added=False)
    tools = truth.Tools(pool, Index.build(sets), sets)
    put = near = missed = false = 0
    for version in android_table.VERSIONS:
        phone = truth.android(version)
        made = truth.planted(phone)
        seen = tools.look(containers.write(phone, android_table.FORM_OF[version], folder / f"p{version}"))
        put += len(made)
        missed += len(truth.missed(seen, [(trace.name, trace.artefact, value) for trace, value in made]))
        false += len({value for _, value in truth.seen(seen)} - {value for _, value in made})
        phone = truth.android(version)
        near += len(truth.planted(phone, truth.look_alike(version)))
        path = containers.write(phone, android_table.FORM_OF[version], folder / f"n{version}")
        false += len(truth.beyond_posture(tools.look(path)))
    for number in range(ACQUISITIONS):
        acquisition, wanted = truth.collected(truth.android(13, seed=9 + number))
        put += len(wanted)
        missed += len(truth.missed(tools.look(androidqf.write_archive(acquisition, folder / f"a{number}")), wanted))
        acquisition, wanted = truth.collected(truth.android(13, seed=20 + number), truth.look_alike(number))
        near += len(wanted)
        false += len(truth.beyond_posture(tools.look(androidqf.write_archive(acquisition, folder / f"b{number}"))))
    return _planted(put, missed, near, false)


def sysdiagnose_planted(pool: Pool, folder: Path) -> dict[str, Any]:
    """The truth table of sysdiagnoses, measured: an archive of each version."""
    truth = test_sysdiagnose_truth
    sets = load_paths(truth.own_set.write(folder), bundled=True, added=False)
    tools = truth.Tools(pool, Index.build(sets), sets)
    put = near = missed = false = 0
    for number, version in enumerate(sysdiagnose_table.VERSIONS):
        form = sysdiagnose_table.FORM_OF.get(version, "tar.gz")
        phone = truth.phone_of(version)
        made = truth.planted(phone)
        seen = tools.look(write_sysdiagnose(phone, folder / f"p{number}", form))
        put += len(made)
        missed += len(truth.missed(seen, made))
        false += len({value for _, value in truth.seen(seen)} - {value.lower() for _, value in made})
        phone = truth.phone_of(version)
        near += len(truth.planted(phone, truth.look_alike(number)))
        false += len(truth.suspicious(tools.look(write_sysdiagnose(phone, folder / f"n{number}", form))))
    return _planted(put, missed, near, false)


def _planted(put: int, missed: int, near: int, false: int) -> dict[str, Any]:
    return {
        "planted": put,
        "found": put - missed,
        "found_at_least": wilson(put - missed, put)[0],
        "near": near,
        "false": false,
        "false_at_most": wilson(false, near)[1],
    }


Written = Callable[[Path], tuple[Path, bytes | None]]
"""Writes an input into a folder; gives it with its password."""


def backups(phones: Mapping[str, Callable[[], Phone]]) -> list[Written]:
    """The backups of iPhones."""

    def written(name: str, make: Callable[[], Phone], folder: Path) -> tuple[Path, bytes | None]:
        with make() as phone:
            return phone.write(folder), PASSWORD if "encrypted" in name else None

    return [partial(written, name, make) for name, make in phones.items()]


def people(pool: Pool, folder: Path, name: str) -> dict[str, Any]:
    """Inputs of ordinary people's phones: `android` (bug reports and acquisitions) or `sysdiagnose`."""
    truth, title = {
        "android": (test_android_truth, "made-up Android phones of ordinary people"),
        "sysdiagnose": (test_sysdiagnose_truth, "made-up iPhones of ordinary people"),
    }[name]

    def written(whose: tuple[Any, ...], folder: Path) -> tuple[Path, bytes | None]:
        return truth.of_person(*whose, folder), None

    inputs = [partial(written, each) for each in truth.ALL_PEOPLE]
    return {"name": name, "title": title, **measure(pool, folder, inputs, load_paths([], bundled=True, added=False))}


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
    return "\n".join(f"{INPUTS[name]}\n\n{_tables(own)}" for name, own in rates.items())


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
        for name, truth in (("android", android_planted), ("sysdiagnose", sysdiagnose_planted)):
            if given.only in (None, name):
                (folder / name / "sets").mkdir(parents=True)
                rates[name] = {
                    "planted": truth(pool, folder / name),
                    "clean": [people(pool, folder / f"{name} people", name)],
                }
    text = as_toml(rates)
    print(text)
    if given.write:
        COMMITTED.write_text(text, "utf-8")
        PAGE.write_text(page_with(rates), "utf-8")


if __name__ == "__main__":
    main()
