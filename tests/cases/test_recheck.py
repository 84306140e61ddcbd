"""A re-check of lakes that no case folder gives: very many values, rows of another case, and how strong a hit can be."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyrage
import pytest

from sousveil.cases import database, recheck
from sousveil.cases.column_types import Type
from sousveil.cases.folder import encrypted_for
from sousveil.cases.lake import Entry, Lake, Table, create
from sousveil.cases.lake_rows import FINDING, VALUE, parquet_of
from sousveil.findings.matching import TRUNCATES
from sousveil.findings.model import Strength
from sousveil.indicators.bundled import bundled_bytes, bundled_sets
from sousveil.indicators.model import IndicatorKind, Platform, ThreatClass

NOW = datetime(2026, 11, 30, tzinfo=UTC)
UNTIL = date(2027, 11, 30)
FIRST, SECOND = "1" * 16, "2" * 16
PUBLISHED = next(
    one.value
    for known in bundled_sets()
    for one in known.indicators
    if one.kind is IndicatorKind.DOMAIN
    and [(said.threat_class, said.ceiling, said.publisher is None) for said in one.attributions]
    == [(ThreatClass.MERCENARY, None, False)]
)
"""A domain of one report that no review limits."""
COLUMNS = (
    "case_id folder what field compares value host how artefact reversed_host domain source_file source_table source_row "
    "source_line source_offset first_seen last_seen sightings judged_at circumstances"
).split()
TYPES = {
    name: Type.INSTANT
    if name.endswith(("_seen", "_at"))
    else Type.WHOLE
    if name in ("source_row", "source_line", "source_offset", "sightings")
    else Type.TEXT
    for name in COLUMNS
}


def row(case: str, value: str, **rest: Any) -> dict[str, Any]:
    """A row with a process name of a case."""
    given = {"what": VALUE, "field": "process", "compares": "process:name", "artefact": "ios.datausage"}
    place = {"source_file": "WirelessDomain/Library/Databases/DataUsage.sqlite", "source_table": "ZPROCESS"}
    made = {"case_id": case, "folder": f"/cases/{case}", "value": value, "sightings": 1, **given, **place, **rest}
    return {name: made.get(name, "" if name in ("host", "how") else None) for name in COLUMNS}


def put(lake: Lake, case: str, *tables: list[dict[str, Any]], lacking: tuple[str, ...] = ()) -> None:
    """Write the observables of a case as the lake stores them."""
    stored = []
    for number, rows in enumerate(tables):
        content = parquet_of(TYPES, [[row[name] for row in rows] for name in COLUMNS])
        content = encrypted_for(lake.contents.recipients, content)
        name = f"{case}{number:016x}.observables.parquet{'.age' if lake.private else ''}"
        table = Table(name=name, size=len(content), sha256=hashlib.sha256(content).hexdigest())
        lake.path(table).write_bytes(content)
        stored.append(table)
    entry = Entry(
        case=case,
        device=case,
        added=NOW,
        consent_until=UNTIL,
        delete_after=UNTIL,
        platform=Platform.IOS,
        whole=not lacking,
        lacking=lacking,
        rows=sum(map(len, tables)),
        tables=tuple(stored),
    )
    lake.replace_cases([*lake.contents.cases, entry])


def compared(lake: Lake, folder: Path, *values: str, identity: Path | None = None) -> recheck.Rechecked:
    """The result of comparing a lake with names of processes."""
    (folder / "new.csv").write_text("type,value\n" + "".join(f"process:name,{value}\n" for value in values))
    return recheck.recheck(lake, [folder / "new.csv"], identity=identity, now=NOW)


def private_lake(folder: Path) -> tuple[Lake, Path]:
    """An encrypted lake and the file of its identity."""
    key = pyrage.x25519.Identity.generate()
    (folder / "identity.txt").write_text(f"{key}\n")
    return create(folder / "lake", [str(key.to_public())], plain=False), folder / "identity.txt"


def test_very_many_different_values_of_an_encrypted_case_are_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them at once would need more memory than a query may take, and nothing of them may go to the disk."""
    monkeypatch.setattr(database, "MEMORY", "40MB")
    lake, identity = private_lake(tmp_path)
    values = sorted(f"{number % 7}{number:0200d}" for number in range(150_000))
    put(lake, FIRST, [row(FIRST, value) for value in values], [row(FIRST, "evild")])
    result = compared(lake, tmp_path, "evild", values[77], identity=identity)
    assert (result.failed, result.examined) == ((), 1)
    assert [(hit.value, hit.sightings) for hit in result.cases[0].hits] == [(values[77], 1), ("evild", 1)]


def test_a_case_that_is_larger_than_memory_is_compared_file_by_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the check reported counts for all files of the case, and rows of several files are counted together."""
    monkeypatch.setattr(recheck, "PRIVATE_BYTES", 1)
    lake, identity = private_lake(tmp_path)
    reported = row(FIRST, "known", what=FINDING, field="", artefact="")
    put(lake, FIRST, [row(FIRST, "evild"), row(FIRST, "known")], [row(FIRST, "evild", source_row=2)], [reported])
    put(lake, SECOND, [row(SECOND, "known")])
    result = compared(lake, tmp_path, "evild", "known", identity=identity)
    hits = {case.case: [(hit.value, hit.sightings) for hit in case.hits] for case in result.cases}
    assert hits == {FIRST: [("evild", 2)], SECOND: [("known", 1)]}


@pytest.mark.parametrize("private", [False, True])
@pytest.mark.parametrize("what", [VALUE, FINDING])
def test_a_row_of_another_case_is_not_attributed(tmp_path: Path, private: bool, what: str) -> None:
    """Neither as a hit of that case nor as something that its check reported."""
    lake, identity = private_lake(tmp_path) if private else (create(tmp_path / "lake", [], plain=True), None)
    put(lake, FIRST, [row(FIRST, "evild"), row(SECOND, "evild", what=what)])
    put(lake, SECOND, [row(SECOND, "evild" if what == FINDING else "good")])
    result = compared(lake, tmp_path, "evild", identity=identity)
    assert result.failed == (FIRST,)
    assert [case.case for case in result.cases] == ([SECOND] if what == FINDING else [])
    assert result.exit_code == (1 if what == FINDING else 2)


SMS = {"artefact": "ios.sms", "source_file": "HomeDomain/Library/SMS/sms.db", "source_table": "message"}
RECEIVED = {"role": "received", "field": "url", "shape": "bare", "sender": "unknown"}
STRONG, LEAD, WEAK = Strength


def link(host: str, circumstances: dict[str, Any] | None, **rest: Any) -> dict[str, Any]:
    """A row with a link of a case."""
    stored = "" if circumstances is None else json.dumps(circumstances)
    given = {"what": "link", "field": "text", "compares": "", "host": host, "how": "", "domain": host, **SMS, **rest}
    turned = ".".join(reversed(host.split(".")))
    return row(FIRST, f"https://{host}/", reversed_host=turned, circumstances=stored, **given)


@pytest.mark.parametrize(
    ("rows", "strength"),
    [
        ([RECEIVED], STRONG),
        ([RECEIVED | {"shape": "sentence"}], LEAD),
        ([RECEIVED | {"sender": "contact"}], LEAD),
        ([RECEIVED | {"warns": True}], LEAD),
        ([{"role": "visited", "field": "url"}], LEAD),
        ([RECEIVED | {"sender": "contact"}, RECEIVED], STRONG),
        ([None], None),
        ([None, RECEIVED | {"shape": "sentence"}], LEAD),
    ],
)
def test_a_hit_has_the_strength_of_its_strongest_row(
    tmp_path: Path, rows: list[dict[str, Any] | None], strength: Strength | None
) -> None:
    hit = strongest(tmp_path, [link(PUBLISHED, around, source_row=number) for number, around in enumerate(rows)])
    assert (hit.strength, hit.sightings, hit.first_row.row) == (strength, len(rows), 0)


@pytest.mark.parametrize(
    "place",
    [
        {"artefact": "mvt.messages", "source_file": "sms.json", "source_table": None},
        {"artefact": "ios.firefox_favicons", "source_file": "favicons.db", "source_table": "favicon_site_urls"},
        {"artefact": "ios.later", "source_file": "later.db", "source_table": "messages"},
    ],
)
def test_what_no_verified_layout_gives_needs_confirmation(tmp_path: Path, place: dict[str, Any]) -> None:
    assert strongest(tmp_path, [link(PUBLISHED, RECEIVED, **place)]).strength is LEAD


def strongest(folder: Path, rows: list[dict[str, Any]]) -> recheck.Hit:
    """The only hit of a case with these rows, compared with the bundled indicators."""
    lake = create(folder / "lake", [], plain=True)
    put(lake, FIRST, rows)
    (folder / "bundled.bin").write_bytes(bundled_bytes())
    (case,) = recheck.recheck(lake, [folder / "bundled.bin"], identity=None, now=NOW).cases
    (hit,) = case.hits
    assert hit.value == PUBLISHED
    return hit


def test_a_program_in_a_folder_of_spyware_is_worth_more(tmp_path: Path) -> None:
    lake = create(tmp_path / "lake", [], plain=True)
    there = {"artefact": "ios.dump_files", "source_file": "", "source_table": None}
    for case, place in ((FIRST, {}), (SECOND, {"place": "staging"})):
        put(
            lake,
            case,
            [row(case, "evild", circumstances=json.dumps({"role": "installed", "field": "path"} | place), **there)],
        )
    found = compared(lake, tmp_path, "evild").cases
    assert [hit.strength for case in found for hit in case.hits] == [WEAK, LEAD]


def test_circumstances_that_cannot_be_read_cost_their_case_alone(tmp_path: Path) -> None:
    lake = create(tmp_path / "lake", [], plain=True)
    put(lake, FIRST, [row(FIRST, "evild", circumstances='{"role": "thrown"}')])
    put(lake, SECOND, [row(SECOND, "evild")])
    result = compared(lake, tmp_path, "evild")
    assert (result.failed, [case.case for case in result.cases]) == ((FIRST,), [SECOND])


def test_cases_in_part_ended_and_damaged_are_told_apart(tmp_path: Path) -> None:
    lake = create(tmp_path / "lake", [], plain=True)
    put(lake, FIRST, [row(FIRST, "good")])
    put(lake, SECOND, [row(SECOND, "good")], lacking=("ios.sms",))
    result = compared(lake, tmp_path, "evild")
    assert (result.examined, result.in_part, result.failed, result.ended) == (2, {SECOND: ("ios.sms",)}, (), ())
    assert (result.indicators, result.exit_code) == (1, 3)
    lake.path(lake.contents.cases[0].tables[0]).write_bytes(b"")
    result = compared(lake, tmp_path, "evild")
    assert (result.examined, result.failed, result.exit_code) == (1, (FIRST,), 2)
    late = recheck.recheck(lake, [tmp_path / "new.csv"], identity=None, now=NOW.replace(year=2028))
    assert (late.examined, late.ended, late.failed, late.exit_code) == (0, (FIRST, SECOND), (), 3)


def test_a_domain_is_found_below_itself_by_its_registrable_domain_alone(tmp_path: Path) -> None:
    lake = create(tmp_path / "lake", [], plain=True)
    hosts = ("evil.example", "a.b.evil.example", "notevil.example", "evil.example.net")
    put(
        lake,
        FIRST,
        [
            row(
                FIRST,
                host,
                what="host",
                field="text",
                compares="",
                host=host,
                how="equals",
                artefact="ios.sms",
                reversed_host=".".join(reversed(host.split("."))),
                domain=".".join(host.split(".")[-2:]),
                source_row=number,
                first_seen=1_740_000_000_000_000 - number,
            )
            for number, host in enumerate(hosts, 1)
        ],
    )
    (tmp_path / "new.txt").write_text("evil.example\n")
    result = recheck.recheck(lake, [tmp_path / "new.txt"], identity=None, now=NOW)
    (hit,) = result.cases[0].hits
    assert (hit.value, hit.sightings, hit.first_row.row, hit.first_row.value) == ("evil.example", 2, 2, hosts[1])
    assert (hit.how, hit.text, hit.family, hit.publisher) == ("equals", hosts[1], None, None)


def test_addresses_in_a_network_and_names_that_an_artefact_cuts_are_found(tmp_path: Path) -> None:
    lake = create(tmp_path / "lake", [], plain=True)
    name = "a-name-that-is-longer-than-its-column"
    artefact, size = next(iter(TRUNCATES.items()))
    address = {"what": "host", "field": "text", "compares": "", "how": "equals", "artefact": "ios.sms"}
    put(
        lake,
        FIRST,
        [
            row(FIRST, "192.0.2.7", host="192.0.2.7", **address),
            row(FIRST, "192.0.3.7", host="192.0.3.7", **address),
            row(FIRST, name[:size], artefact=artefact),
            row(FIRST, name[:size]),
        ],
    )
    (tmp_path / "new.csv").write_text(f"type,value\nip,192.0.2.0/24\nprocess:name,{name}\n")
    result = recheck.recheck(lake, [tmp_path / "new.csv"], identity=None, now=NOW)
    assert {(hit.value, hit.first_row.artefact, hit.first_row.value) for hit in result.cases[0].hits} == {
        ("192.0.2.0/24", "ios.sms", "192.0.2.7"),
        (name, artefact, name[:size]),
    }


def test_a_pattern_is_compared_with_every_row(tmp_path: Path) -> None:
    lake = create(tmp_path / "lake", [], plain=True)
    put(lake, FIRST, [link("abcde-x7.example", None), link("abcde-y7.example", None)])
    thing = {
        "type": "indicator",
        "spec_version": "2.1",
        "id": "indicator--00000000-0000-4000-8000-000000000001",
        "created": "2026-01-01T00:00:00.000Z",
        "modified": "2026-01-01T00:00:00.000Z",
        "pattern": "[domain-name:value LIKE 'abcde-x_.%']",
        "pattern_type": "stix",
        "valid_from": "2026-01-01T00:00:00Z",
    }
    bundle = {"type": "bundle", "id": "bundle--00000000-0000-4000-8000-000000000009", "objects": [thing]}
    (tmp_path / "new.stix2").write_text(json.dumps(bundle))
    (case,) = recheck.recheck(lake, [tmp_path / "new.stix2"], identity=None, now=NOW).cases
    assert [(hit.how, hit.text) for hit in case.hits] == [("like", "https://abcde-x7.example/")]


@pytest.mark.parametrize("private", [False, True])
def test_so_many_files_are_compared_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, private: bool) -> None:
    lake, identity = private_lake(tmp_path) if private else (create(tmp_path / "lake", [], plain=True), None)
    names = [f"{number:016x}" for number in range(6)]
    for name in names:
        put(lake, name, [row(name, "evild")])
    monkeypatch.setattr(recheck, "FILES", 2)
    monkeypatch.setattr(recheck, "PRIVATE_BYTES", 1)
    counts, connect = [], recheck.connect_files

    def counted(tables: Any, *rest: Any, **options: Any) -> Any:
        counts.append(len(tables["observables"]))
        return connect(tables, *rest, **options)

    monkeypatch.setattr(recheck, "connect_files", counted)
    assert [case.case for case in compared(lake, tmp_path, "evild", identity=identity).cases] == names
    assert counts == ([1] * 6 if private else [2, 2, 2])
