"""A re-check of a lake meets what a full check with the new indicators meets, over the phones of every truth table.

Of a full check, findings of rules and of the raw pass are left out: the lake has no bytes outside the parsers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from phonegen.android import containers
from phonegen.sysdiagnose import write
from sousveil.cases.check import check, indicators_for
from sousveil.cases.folder import CaseFiles
from sousveil.cases.lake import add_case, create
from sousveil.cases.lake_rows import OBSERVABLES
from sousveil.cases.pool import Pool
from sousveil.cases.recheck import Hit, recheck
from sousveil.cases.settings import Settings
from sousveil.findings.model import Finding, Strength
from sousveil.indicators.bundled import bundled_bytes, bundled_sets
from sousveil.indicators.model import IndicatorKind
from tests.cli.cli_runner import small
from tests.truth import android_table, near, own_set, test_android_truth, test_sysdiagnose_truth
from tests.truth.examine import Trial, examine
from tests.truth.test_truth import PHONES, PLANTS, build

NOW = datetime(2026, 11, 30, tzinfo=UTC)
UNTIL = date(2027, 11, 30)
Key = tuple[str, str, str]
"""Kind and value of an indicator, and the artefact."""
Place = tuple[str | None, str | None, int | None, int | None, int | None]


@dataclass(frozen=True)
class Met:
    """An indicator in an artefact of one phone, and the rows where it stands."""

    key: Key
    places: frozenset[Place]
    strength: Strength
    """Of the strongest finding."""


def of_findings(findings: tuple[Finding, ...]) -> dict[Key, Met]:
    """What a full check met in parsed records."""
    met: dict[Key, Met] = {}
    for finding in findings:
        if finding.indicator is not None and finding.artefact != "scan":
            key = (finding.indicator.kind, finding.indicator.value, finding.artefact)
            sources = [evidence.source for evidence in finding.evidence]
            places = {(s.file, s.table, s.row, s.line, s.offset) for s in sources}
            before = met.get(key, Met(key, frozenset(), finding.strength))
            strength = min(before.strength, finding.strength, key=lambda one: one.rank)
            met[key] = Met(key, frozenset(places) | before.places, strength)
    return met


def problems(hits: tuple[Hit, ...], findings: tuple[Finding, ...]) -> list[str]:
    """Every difference between a re-check of a case and its full check."""
    wanted = of_findings(findings)
    rows = {(hit.kind, hit.value, hit.first_row.artefact): hit for hit in hits if hit.first_row.artefact != OBSERVABLES}
    wrong = [f"MISSED: {key}" for key in wanted if key not in rows]
    wrong += [f"FALSE: {key}" for key in rows if key not in wanted]
    for key, hit in rows.items():
        row = hit.first_row
        place = (row.file, row.table, row.row, row.line, row.offset)
        if key in wanted and place not in wanted[key].places:
            wrong.append(f"WRONG: {key} is attributed to {place}")
        if key in wanted and hit.strength != wanted[key].strength:
            wrong.append(f"STRENGTH: {key} is {hit.strength}, a check says {wanted[key].strength}")
    return wrong


def iphones(folder: Path) -> Iterator[Trial]:
    """Backups with every planted trace, and with values that only look like published ones."""
    for plants in (PLANTS, near.NEAR):
        for name in sorted({name for plant in plants for name in plant.phones}):
            place = folder / ("near" if plants is near.NEAR else "plants") / name
            place.mkdir(parents=True)
            password = b"correct horse" if PHONES[name].get("encrypted") else None
            yield Trial(build(name, plants, place)[0], password=password)


def sent(folder: Path) -> Iterator[Trial]:
    """Backups of phones that were sent one published link each."""
    domains = sorted(
        {one.value for known in bundled_sets() for one in known.indicators if one.kind is IndicatorKind.DOMAIN}
    )
    for seed, domain in enumerate(domains[:: len(domains) // 45][:45]):
        yield Trial(small(folder / f"{seed}", f"see https://a.b.{domain}/{seed}", seed=seed))


PHONES_OF = {
    "backups": (iphones, 15),
    "sent": (sent, 45),
    "android": (test_android_truth.trials, 24),
    "sysdiagnose": (test_sysdiagnose_truth.trials, 20),
}
"""Phones, and how many they are: together a hundred and more."""


def few(folder: Path) -> Iterator[Trial]:
    """One phone of each truth table."""
    for name in ("ios12", "wal17"):
        (folder / name).mkdir()
        yield Trial(build(name, PLANTS, folder / name)[0])
    android = test_android_truth.android(14)
    test_android_truth.planted(android)
    yield Trial(containers.write(android, "zip_in_zip", folder / "android"))
    archive = test_sysdiagnose_truth.phone_of("17.5")
    test_sysdiagnose_truth.planted(archive)
    yield Trial(write(archive, folder / "sysdiagnose", "tar.gz"))


def differences(trials: Iterator[Trial], folder: Path) -> tuple[int, int, list[str]]:
    """How many phones and hits there were, and what is wrong with a lake of all these phones."""
    nobody = folder / "nobody.txt"
    nobody.write_text("nobody.example\n")
    bundled = folder / "bundled.bin"
    bundled.write_bytes(bundled_bytes())
    (folder / "own").mkdir()
    (folder / "android").mkdir()
    new = [*own_set.write(folder / "own"), *android_table.write_set(folder / "android"), bundled]
    lake = create(folder / "lake", [], plain=True)
    wanted: dict[str, tuple[Finding, ...]] = {}
    partly = set[str]()
    known = {
        platform: indicators_for(Settings(paths=(), indicators=new, no_bundled=True), platform)
        for platform in ("ios", "android")
    }
    with Pool(2) as pool:
        for number, trial in enumerate(trials):
            case = folder / f"case-{number}"
            settings = Settings(
                paths=[trial.path],
                password=trial.password.decode() if trial.password else None,
                indicators=[nobody],
                no_bundled=True,
                full_records=True,
                no_scan=True,
                out=case,
            )
            checked = check(settings, lambda _: None, alone=True)
            sets, index = known[checked.cases[0].device.platform]
            full = examine(pool, trial.path, index, sets, password=trial.password, scan=False)
            entry = add_case(lake, CaseFiles(case), folder=case, consent_until=UNTIL, delete_after=UNTIL, now=NOW)
            assert not isinstance(entry, str)
            unread = {line.artefact for line in checked.cases[0].coverage if not line.outcome.complete}
            assert set(entry.lacking) == unread - {"scan", "results"} and entry.whole == (not entry.lacking)
            if not entry.whole:
                partly.add(entry.case)
            wanted[entry.case] = full.case.findings
    found = recheck(lake, new, identity=None, now=NOW)
    hits = {case.case: case.hits for case in found.cases}
    assert found.examined == len(wanted) and not (found.ended or found.failed)
    assert set(found.in_part) == partly
    wrong = [f"{case}: {text}" for case in wanted for text in problems(hits.get(case, ()), wanted[case])]
    return len(wanted), sum(map(len, hits.values())), wrong


def test_a_recheck_meets_what_a_full_check_meets(tmp_path: Path) -> None:
    count, hits, wrong = differences(few(tmp_path), tmp_path)
    assert wrong == []
    assert count == 4 and hits > 200


@pytest.mark.full
@pytest.mark.parametrize("kind", PHONES_OF)
def test_rechecks_of_a_hundred_phones_meet_what_full_checks_meet(kind: str, tmp_path: Path) -> None:
    phones, expected = PHONES_OF[kind]
    (tmp_path / "phones").mkdir()
    count, hits, wrong = differences(phones(tmp_path / "phones"), tmp_path)
    assert wrong == []
    assert count == expected and hits >= 45
