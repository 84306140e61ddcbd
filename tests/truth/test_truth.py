"""The truth table: every planted trace is found as the table says, and nothing else is."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from phonegen.core import Phone
from sousveil.acquisition.model import Device
from sousveil.artefacts.model import discover
from sousveil.cases.model import Outcome
from sousveil.cases.pool import Pool
from sousveil.findings.model import Finding
from sousveil.findings.rules.model import discover_rules
from sousveil.indicators.bundled import bundled_sets
from sousveil.indicators.index import Index
from sousveil.indicators.model import IndicatorSet
from sousveil.indicators.store import load_paths
from tests.truth import near, own_set, rules, table
from tests.truth.examine import examine
from tests.truth.model import Basket, Plant, Values, Want, filled, rule_of


@dataclasses.dataclass
class Tools:
    """What all phones share."""

    pool: Pool
    index: Index
    sets: list[IndicatorSet]


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tools]:
    """Two workers and every indicator: the bundled sets and the test's own."""
    sets = load_paths(own_set.write(tmp_path_factory.mktemp("sets")), bundled=True, added=False)
    with Pool(2) as pool:
        yield Tools(pool, Index.build(sets), sets)


PASSWORD = b"correct horse"
PHONES = {**table.PHONES, **rules.PHONES, **near.PHONES}
PLANTS = (*table.PLANTS, *rules.RULES)
Key = tuple[str, str, str]
"""Artefact, rule, indicator's value ("" for rules)."""


def build(name: str, plants: tuple[Plant, ...], folder: Path) -> tuple[Path, dict[Key, tuple[Plant, Want]]]:
    """The phone of that name written to a folder, and what must be found on it."""
    facts = PHONES[name]
    wanted: dict[Key, tuple[Plant, Want]] = {}
    values = Values(own_set.pools(), turn=list(PHONES).index(name))
    with Phone(**facts) as phone:
        basket = Basket(phone, wal=name.endswith("17"), encoding="UTF-16le" if name.endswith("15") else "UTF-8")
        for plant in plants:
            if name not in plant.phones:
                continue
            value = values.take(plant.kind, plant.family) if plant.kind else ""
            for put in plant.puts:
                basket.put(put, value)
            for want in plant.wants:
                kind = want.kind or plant.kind
                key = (want.artefact, want.rule or rule_of(kind), "" if want.rule else filled(want.value, value))
                assert key not in wanted, f"two plants want {key}"
                wanted[key] = (plant, want)
        basket.pack()
        return phone.write(folder / "backup"), wanted


def key_of(finding: Finding) -> Key:
    """What a finding is about."""
    return (finding.artefact, finding.rule, finding.indicator.value if finding.indicator is not None else "")


def compare(name: str, found: tuple[Finding, ...], wanted: dict[Key, tuple[Plant, Want]]) -> list[str]:
    """Every difference between the findings and the table."""
    wrong = [f"{n} findings for {key}" for key, n in Counter(map(key_of, found)).items() if n > 1]
    for finding in found:
        if key_of(finding) not in wanted:
            wrong.append(f"FALSE on {name}: {key_of(finding)} {finding.strength} {finding.source} {finding.record}")
    by_key = {key_of(finding): finding for finding in found}
    for key, (plant, want) in wanted.items():
        got = by_key.get(key)
        if got is None:
            wrong.append(f"MISSED on {name}: {plant.name}: {key}")
            continue
        for what, is_, must in (
            ("strength", got.strength.value, want.strength),
            ("shows", got.shows.value, want.shows),
            ("table", got.source.table, want.table or got.source.table),
            ("row", got.source.row, want.row or got.source.row),
            ("space", got.source.space, want.space or got.source.space),
            ("evidence", len(got.evidence), want.evidence or len(got.evidence)),
        ):
            if is_ != must:
                wrong.append(f"WRONG on {name}: {plant.name}: {key}: {what} is {is_}, not {must}")
        if not got.source.file.endswith(want.file):
            wrong.append(f"WRONG on {name}: {plant.name}: it says {got.source.file}, not {want.file}")
        if not got.source.file or (got.indicator is not None and not got.attributions):
            wrong.append(f"WRONG on {name}: {plant.name}: no place or nobody who says so")
    return wrong


def problems(name: str, plants: tuple[Plant, ...], tools: Tools, folder: Path) -> list[str]:
    """What is wrong on one phone."""
    backup, wanted = build(name, plants, folder)
    examined = examine(
        tools.pool, backup, tools.index, tools.sets, password=PASSWORD if PHONES[name].get("encrypted") else None
    )
    wrong = compare(name, examined.case.findings, {k: v for k, v in wanted.items() if k[0] != "context"})
    noted = {("context", note.kind, "") for note in examined.case.context}
    wrong += [
        f"MISSED on {name}: {wanted[key][0].name}: {key}" for key in wanted if key[0] == "context" and key not in noted
    ]
    wrong += [f"FALSE on {name}: a note {key[1]}" for key in noted if key not in wanted]
    wrong += [
        f"FAILED on {name}: {line.artefact}: {line.detail}"
        for line in examined.case.coverage
        if line.outcome in (Outcome.FAILED, Outcome.UNSUPPORTED)
    ]
    return wrong


@pytest.mark.parametrize("name", [*table.PHONES, *rules.PHONES])
def test_every_plant_is_found_and_nothing_else(name: str, tools: Tools, tmp_path: Path) -> None:
    """0 missed, 0 false, and strength, meaning and place as the table says."""
    wrong = problems(name, PLANTS, tools, tmp_path)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", near.PHONES)
def test_no_near_miss_is_found(name: str, tools: Tools, tmp_path: Path) -> None:
    """What only looks like a published value gives no finding at all, not even a weak one."""
    wrong = problems(name, near.NEAR, tools, tmp_path)
    assert not wrong, "\n".join(wrong)


def test_the_table_is_large_enough() -> None:
    """At least 250 planted traces and 250 near misses."""
    assert sum(len(plant.wants) * len(plant.phones) for plant in PLANTS) >= 250
    assert sum(len(plant.phones) for plant in near.NEAR) >= 250


def test_every_artefact_and_rule_has_a_plant() -> None:
    """But for what holds nothing that is compared or searched, and what only dumps have (`test_dump_truth.py`); rules that only give
    notes are planted as notes."""
    planted = {want.artefact for plant in PLANTS for want in plant.wants}
    silent = {
        name
        for name, artefact in discover().items()
        if not any(kind.compares or kind.searched for kind in artefact.kinds.values())
    }
    of_backups = {name for name, artefact in discover().items() if artefact.lies_in(Device())}
    assert of_backups - silent - planted == set()
    rules_planted = {want.rule for plant in PLANTS for want in plant.wants}
    notes = {"lockdown-mode": "posture", "short-links": "short_link", "threat-notice": "threat_notice"}
    rules = {
        name
        for name, rule in discover_rules().items()
        if any(one.artefact.startswith("ios.") for one in rule.reads.values())
    }
    assert {notes.get(name, name) for name in rules} - rules_planted == set()


def test_rules_name_families_as_the_indicators_do() -> None:
    """Else a rule and an indicator of one family would not support each other."""
    published = {said.family for one in bundled_sets() for found in one.indicators for said in found.attributions}
    assert {rule.family for rule in discover_rules().values() if rule.family} - published == set()


def test_a_wrong_table_is_noticed(tools: Tools, tmp_path: Path) -> None:
    """The comparison itself: another strength, another artefact and a missing line are all reported."""
    first, second, *_ = (plant for plant in PLANTS if plant.phones == table.DATABASES and plant.family == "Pegasus")
    changed = dataclasses.replace(first, wants=(dataclasses.replace(first.wants[0], strength="weak"),))
    unplanted = dataclasses.replace(second, puts=())
    unlisted = dataclasses.replace(first, wants=())
    wrong = problems("ios12", (changed, unplanted, unlisted), tools, tmp_path)
    assert sorted(line.partition(" ")[0] for line in wrong) == ["FALSE", "MISSED", "WRONG"]
