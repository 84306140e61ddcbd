"""False alarms: nothing above `no_known_traces` on phones on which nothing is wrong."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from phonegen.sysdiagnose import Sysdiagnose
from sousveil.acquisition.model import RESULTS, Device
from sousveil.cases.error_rates import error_rates, lines, percent
from sousveil.cases.pool import Pool
from sousveil.findings.model import Finding
from sousveil.indicators.index import Index
from sousveil.indicators.store import load_paths
from tests.clean import corpus, rates
from tests.truth import android_table, sysdiagnose_table, test_android_truth
from tests.truth.examine import examine

FORMS = {name: {"ios": "ios-backup", "android": "android-bugreport"}.get(name, name) for name in rates.INPUTS}
"""A form of each input that was measured."""


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    """Two workers."""
    with Pool(2) as workers:
        yield workers


def strong(findings: tuple[Finding, ...]) -> list[tuple[str, str, str]]:
    """What is more than WEAK."""
    return [(f.strength.value, f.artefact, f.says) for f in findings if f.strength.value != "weak"]


@pytest.mark.full
def test_phones_that_only_look_strange(pool: Pool, tmp_path: Path) -> None:
    """Articles, lists, makers' sites, look-alike names and ordinary data, from iOS 12 to 26: no lead and no strong finding, also
    with 20,000 random indicators added; and the rates in the committed file are what is measured here."""
    measured = rates.synthetic(pool, tmp_path)
    assert [(m["name"], m["strong"], m["lead"], m["above"]) for m in measured] == [
        ("ordinary", 0, 0, 0),
        ("readers", 0, 0, 0),
        ("random", 0, 0, 0),
    ]
    assert measured == [entry for entry in rates.committed()["ios"]["clean"] if not entry["name"].startswith("real")]


@pytest.mark.full
@pytest.mark.parametrize("name", rates.TRUTHS)
def test_phones_of_ordinary_people(name: str, pool: Pool, tmp_path: Path) -> None:
    """No lead, no strong finding, and the committed numbers are what is measured here."""
    measured = rates.people(pool, tmp_path, name)
    assert (measured["strong"], measured["lead"], measured["above"]) == (0, 0, 0)
    assert [measured] == rates.committed()[name]["clean"]


@pytest.mark.parametrize("name", ["reader, iOS 16"])
def test_a_reader_has_lists_and_no_leads(name: str, pool: Pool, tmp_path: Path) -> None:
    """Each stored list is one weak finding that says so, and what the owner wrote, searched or visited is weak."""
    sets = load_paths([], bundled=True, added=False)
    with corpus.CLEAN[name]() as phone:
        backup = phone.write(tmp_path / "backup")
    examined = examine(
        pool, backup, Index.build(sets), sets, password=b"correct horse" if "encrypted" in name else None
    )
    assert strong(examined.case.findings) == []
    assert examined.case.verdict.value == "no_known_traces"
    lists = {f.source.file.rpartition("/")[2] for f in examined.case.findings if f.rule == "scan.list"}
    assert {
        "hosts.txt",
        "hosts.txt.gz",
        "report.html",
        "predator.csv",
        "sets.zip",
        "amnesty-pegasus-2021.stix2",
        "rules.txt",
    } <= lists
    assert any(f.artefact == "ios.notes" for f in examined.case.findings)


def test_quoted_lures_are_at_most_suspicious(pool: Pool, tmp_path: Path) -> None:
    """Two warnings of friends: nothing strong, one verdict `suspicious`, and the quote is the first explanation."""
    sets = load_paths([], bundled=True, added=False)
    with corpus.quotes() as phone:
        backup = phone.write(tmp_path / "backup")
    case = examine(pool, backup, Index.build(sets), sets).case
    assert case.verdict.value == "suspicious"
    assert [(f.strength.value, f.artefact) for f in case.findings] == [("lead", "ios.whatsapp"), ("lead", "ios.sms")]
    assert all("quoted" in f.innocent[0] for f in case.findings)


def test_published_clean_databases(pool: Pool, tmp_path: Path, shared_data: Path) -> None:
    """Databases of published test images at their places: nothing above `no_known_traces`, random indicators too."""
    measured = rates.real(pool, tmp_path, shared_data)
    assert [(m["strong"], m["lead"], m["above"]) for m in measured] == [(0, 0, 0), (0, 0, 0)]
    assert measured == [entry for entry in rates.committed()["ios"]["clean"] if entry["name"].startswith("real")]


@pytest.mark.full
@pytest.mark.parametrize("name", ["android-backup", "android-intrusion-logs", "dump", "file-list"])
def test_planted_rates_are_what_is_measured(name: str, pool: Pool, tmp_path: Path) -> None:
    """Every planted trace is found, no near miss is, and the committed numbers say so."""
    measured = rates.tried(pool, tmp_path / "x", rates.TRUTHS[name])
    assert (measured["planted"] - measured["found"], measured["false"]) == (0, 0)
    assert measured == rates.committed()[name]["planted"]


def test_planted_rates_are_those_of_the_truth_table() -> None:
    """The committed numbers of plants and near misses are those of the table, whose test finds every one."""
    from tests.truth import near, test_truth

    put = sum(len(plant.wants) * len(plant.phones) for plant in test_truth.PLANTS)
    beside = sum(len(plant.phones) for plant in near.NEAR)
    assert rates.committed()["ios"]["planted"] == rates._planted(put, 0, beside, 0)
    table = android_table
    put = sum(trace.first <= version <= trace.last for version in table.VERSIONS for trace in table.TRACES)
    put += test_android_truth.ACQUISITIONS * len(table.COLLECTED)
    assert rates.committed()["android"]["planted"] == rates._planted(put, 0, put, 0)
    versions = [Sysdiagnose(version).version for version in sysdiagnose_table.VERSIONS]
    put = sum(trace.first <= version <= trace.last for version in versions for trace in sysdiagnose_table.TRACES)
    assert rates.committed()["sysdiagnose"]["planted"] == rates._planted(put, 0, put, 0)


def test_each_planted_value_that_is_missing_counts() -> None:
    planted = [("ios.sms", "Evil.example"), ("ios.sms", "evil.example"), ("ios.calls", "evil.example")]
    assert rates.missing(planted, {("ios.calls", "evil.example")}) == 2
    assert rates.missing(planted, {("ios.sms", "evil.example")}) == 1


def test_only_the_forms_that_were_measured_have_rates() -> None:
    first = {name: lines(Device(platform="", acquisition=form))[0].size for name, form in FORMS.items()}
    assert first == {name: f"{rates.committed()[name]['planted']['planted']:,}" for name in rates.INPUTS}
    assert lines(Device(platform="android", acquisition="androidqf"))[0].size == first["android"]
    assert [lines(Device(platform=system, acquisition=RESULTS)) for system in ("ios", "android")] == [[], []]


def test_wilson() -> None:
    """Against values worked out by hand: n = 10 with none and with half."""
    assert rates.wilson(0, 10) == (0.0, 0.277533)
    assert rates.wilson(5, 10) == (0.236593, 0.763407)
    assert rates.wilson(10, 10) == (0.722467, 1.0)


def test_the_file_and_the_words() -> None:
    """What reports print comes from the file, and every number of it that matters is in the words."""
    raw = tomllib.loads(rates.COMMITTED.read_text("utf-8"))
    assert rates.as_toml(raw) == rates.COMMITTED.read_text("utf-8")
    assert rates.page_with(raw) == rates.PAGE.read_text("utf-8")
    for name, form in FORMS.items():
        planted, near, *clean = lines(Device(platform="", acquisition=form))
        shipped = error_rates(name)
        assert (planted.size, near.size) == (f"{shipped.planted.planted:,}", f"{shipped.planted.near:,}")
        assert [line.size for line in clean] == [f"{group.rows + group.files:,}" for group in shipped.clean]
    assert (percent(0.992936), percent(0.0), percent(1.0)) == ("99.29 %", "0 %", "100 %")
