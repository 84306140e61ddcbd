"""`sousveil lake` and `sousveil recheck` as a person runs them: cases in, hits out, and nothing left of what is removed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyrage
import pytest

from sousveil.cases import database, lake_rows
from sousveil.cases import lake as lakes
from sousveil.cases.folder import CaseFiles
from sousveil.cases.lake import FORMAT, Lake, case_id, locked
from sousveil.errors import SousveilError
from sousveil.indicators.bundled import bundled_sets
from sousveil.indicators.model import IndicatorKind
from tests.cli.cli_runner import LURE, Ran, Sousveil, small, tree
from tests.cli.test_cli_mvt_results import results
from tests.parquet_tables import columns

NEW = "later.example"
"""A domain that became known after the checks."""
LATER = "2199-12-31"
MAIL = "someone@mail.later.example"


def case_of(sv: Sousveil, name: str, *texts: str, options: tuple[object, ...] = ("--full-records",)) -> Path:
    """A case of a phone with these messages."""

    def make() -> None:
        backup = small(sv.home / f"phone-{name}", *texts, seed=sum(name.encode()))
        assert sv.check(backup, options=["--out", sv.home / name, *options]).code in (0, 1, 3)
        complete(sv.home / name)

    once(sv, make, name, f"phone-{name}", key=(texts, options))
    return sv.home / name


def once(sv: Sousveil, make: Callable[[], object], *names: str, key: object = ()) -> None:
    """Make folders of `sv.home` that several tests begin with, or copy those that an earlier test made."""
    place = sv.cache.with_name("made-once") / hashlib.sha256(repr((names, key)).encode()).hexdigest()
    if place.exists():
        for name in names:
            shutil.copytree(place / name, sv.home / name)
        return
    make()
    for name in names:
        shutil.copytree(sv.home / name, place / name)


def complete(case: Path) -> Path:
    """Have the check of a small backup say that the phone has no more than the backup. An encrypted case stays as it is."""
    findings = case / "findings.json"
    if findings.exists():
        findings.write_text(findings.read_text().replace("ABSENT_UNEXPECTED", "ABSENT_EXPECTED"))
    return case


def add(sv: Sousveil, *cases: object, options: tuple[object, ...] = ("--plain",)) -> Ran:
    """Add cases to the lake `lake`."""
    return sv("lake", "add", "--delete-after", LATER, *options, *cases)


def recheck(sv: Sousveil, *values: str, options: tuple[object, ...] = (), code: int) -> dict[str, Any]:
    """Compare the lake with indicators; hits by the name of the case folder, as indicator, artefact, table and row."""
    (sv.home / "new.txt").write_text("\n".join(values) + "\n")
    ran = sv("recheck", "lake", "--indicators", "new.txt", "--json", *options)
    assert ran.code == code, ran.err
    found: dict[str, Any] = json.loads(ran.out)
    assert found["exit_code"] == code
    found["hits"] = {
        Path(case["folder"]).name: [
            (hit["value"], hit["first_row"]["artefact"], hit["first_row"]["table"], hit["first_row"]["row"])
            for hit in case["hits"]
        ]
        for case in found["cases"]
    }
    return found


def listed(sv: Sousveil) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads(sv("lake", "list", "--json").out)["cases"]
    return cases


def content(folder: Path) -> bytes:
    """All bytes of a folder, names too."""
    return b"\0".join(
        part
        for path in sorted(folder.rglob("*"))
        for part in (bytes(path), path.read_bytes() if path.is_file() else b"")
    )


def test_a_domain_is_found_with_everything_below_it_and_nothing_else(sv: Sousveil) -> None:
    case_of(sv, "hit", f"see https://a.b.{NEW}/x", "and again https://a.b.later.example/x", f"write to {MAIL}")
    case_of(sv, "near", "https://notlater.example/ later.example.net xn--later.example https://example/later.example")
    assert add(sv, "hit", "near").code == 0
    found = recheck(sv, NEW, f"b.{NEW}", f"a.b.{NEW}", code=1)
    assert found["hits"] == {
        "hit": [
            (f"a.b.{NEW}", "ios.sms", "message", 1),
            (f"b.{NEW}", "ios.sms", "message", 1),
            (NEW, "ios.sms", "message", 1),
        ]
    }
    (case,) = found["cases"]
    assert [hit["sightings"] for hit in case["hits"]] == [2, 2, 3]
    assert (found["examined"], found["in_part"], found["ended"], found["failed"]) == (2, {}, [], [])
    assert recheck(sv, "nobody.example", code=0)["cases"] == []


def test_links_mail_and_addresses_are_found(sv: Sousveil) -> None:
    case_of(sv, "hit", f"https://{NEW}/a/b?c=1", f"write to {MAIL}", "http://192.0.2.7/x")
    add(sv, "hit")
    (sv.home / "list.csv").write_text(
        f"type,value\nurl,https://www.{NEW}/a/b?c=1\nurl,https://{NEW}/a\nemail,{MAIL}\nip,192.0.2.0/24\n"
    )
    ran = sv("recheck", "lake", "--indicators", "list.csv", "--json")
    (case,) = json.loads(ran.out)["cases"]
    assert [(hit["kind"], hit["how"], hit["first_row"]["row"]) for hit in case["hits"]] == [
        ("email-addr:value", "equals", 2),
        ("ipv4-addr:value", "cidr", 3),
        ("url:value", "equals", 1),
    ]


def test_a_row_for_each_newly_hit_case(sv: Sousveil) -> None:
    """The check has reported one indicator already: it is not new."""
    case_of(sv, "hit", f"see https://{LURE}/ and https://{NEW}/x")
    add(sv, "hit")
    (sv.home / "new.txt").write_text(f"{NEW}\n{LURE}\n")
    ran = sv("recheck", "lake", "--indicators", "new.txt")
    case = listed(sv)[0]["case"]
    first, hit, *rest = ran.out.decode().splitlines()
    assert (ran.code, first) == (1, f"{case}  {sv.home / 'hit'}  1 new hit")
    assert hit == (
        "  no family: later[.]example in ios.sms (HomeDomain/Library/SMS/sms.db, table message, row 1), "
        "2025-02-19T21:20:00Z, occurrences: 1, needs confirmation"
    )
    assert rest[0] == "Compared 1 case with 2 indicators. New hits in 1."


def test_a_case_without_full_records_is_compared_in_part(sv: Sousveil) -> None:
    case_of(sv, "old", f"https://a.{NEW}/x", f"write to {MAIL}", options=())
    ran = add(sv, "old")
    assert "rows (in part)." in ran.text
    name = listed(sv)[0]["case"]
    assert (
        f"{name} is compared in part. Links, e-mail addresses, profiles and file names may be missing in: " in ran.err
    )
    assert listed(sv)[0]["lacking"] == ["ios.manifest", "ios.sms"]
    assert ran.err.endswith(" in: ios.manifest, ios.sms.\n")
    assert recheck(sv, NEW, code=1)["hits"] == {"old": [(NEW, "observables", None, None)]}
    found = recheck(sv, MAIL, code=3)
    assert found["in_part"] == {name: ["ios.manifest", "ios.sms"]}
    ran = sv("recheck", "lake", "--indicators", "new.txt")
    assert (
        f"{name} is compared in part. Links, e-mail addresses, profiles and file names may be missing in: ios.manifest, ios.sms."
        in ran.text
    )


def test_words_and_telephone_numbers_do_not_get_into_the_lake(sv: Sousveil) -> None:
    case_of(sv, "hit", f"Secret words at https://{NEW}/x")
    add(sv, "hit")
    lake = Lake(sv.home / "lake")
    (table,) = lake.contents.cases[0].observables
    rows = columns(lake.path(table))
    texts = " ".join(str(value) for values in rows.values() for value in values)
    assert f"https://{NEW}/x" in texts
    assert "Secret" not in texts and "15550100" not in texts
    assert set(rows["case_id"]) == {lake.contents.cases[0].case} and set(rows["delete_after"]) == {date(2199, 12, 31)}


def test_a_name_that_no_artefact_has_is_not_read(sv: Sousveil) -> None:
    case_of(sv, "hit", f"see https://{NEW}/x")
    records = sv.home / "hit/records"
    shutil.copy(records / "ios.sms.parquet", records / 'ios.x" AS SELECT 1; --.parquet')
    assert "rows (full records)." in add(sv, "hit").text
    assert recheck(sv, NEW, code=1)["hits"] == {"hit": [(NEW, "ios.sms", "message", 1)]}


def incomplete(case: Path, how: str) -> None:
    """Take from a case what makes it whole."""
    sms, found = case / "records/ios.sms.parquet", case / "findings.json"
    match how:
        case "deleted":
            sms.unlink()
        case "unknown":
            sms.rename(case / "records/ios.later.parquet")
        case "renamed":
            rewrite(sms, "* RENAME (text AS words)")
        case "check":
            written = json.loads(found.read_bytes())
            written["coverage"][0]["outcome"] = "FAILED"
            found.write_text(json.dumps(written))
        case "absent":
            found.write_text(found.read_text().replace("ABSENT_EXPECTED", "ABSENT_UNEXPECTED", 1))


def rewrite(table: Path, select: str) -> None:
    """Replace a table by a selection of its columns."""
    import duckdb

    duckdb.execute(f"COPY (SELECT {select} FROM '{table}') TO '{table}.new' (FORMAT parquet)")
    Path(f"{table}.new").replace(table)


@pytest.mark.parametrize("how", ["deleted", "unknown", "renamed", "check", "absent"])
def test_a_case_whose_rows_were_not_all_read_is_compared_in_part(sv: Sousveil, how: str) -> None:
    incomplete(case_of(sv, "hit", f"see https://{NEW}/x", f"write to {MAIL}"), how)
    assert "rows (in part)." in add(sv, "hit").text
    hits = recheck(sv, NEW, code=1)["hits"]["hit"]
    assert ((NEW, "observables", None, None) in hits) == (how != "absent")
    assert ((NEW, "ios.sms", "message", 1) in hits) == (how in ("check", "absent"))
    in_part = recheck(sv, "nobody.example", code=3)["in_part"]
    assert list(in_part) == [listed(sv)[0]["case"]]
    assert ("ios.sms" in in_part[listed(sv)[0]["case"]]) == (how in ("deleted", "renamed", "unknown"))


def test_a_new_lake_is_encrypted_or_says_that_it_is_not(sv: Sousveil) -> None:
    case_of(sv, "hit", f"see https://a.{NEW}/x")
    refused = add(sv, "hit", options=())
    assert refused.code == 2 and "A new lake needs either --recipient or --plain." in refused.err
    assert not (sv.home / "lake").exists()
    identity, other = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    (sv.home / "key").write_text(f"{identity}\n")
    (sv.home / "other").write_text(f"{other}\n")
    assert add(sv, "hit", options=("--recipient", identity.to_public())).code == 0
    assert {path.suffix for path in (sv.home / "lake/tables").iterdir()} == {".age"}
    assert b"later" not in content(sv.home / "lake") and b"hit" not in content(sv.home / "lake")
    assert recheck(sv, NEW, options=("--identity", "key"), code=1)["hits"] == {"hit": [(NEW, "ios.sms", "message", 1)]}
    for options in ((), ("--identity", "other")):
        ran = sv("recheck", "lake", "--indicators", "new.txt", *options)
        assert ran.code == 2 and ran.out == b""
    ran = add(sv, "hit", options=("--recipient", other.to_public()))
    assert ran.code == 2 and "a lake keeps its recipients" in ran.err
    ran = add(sv, "hit", options=("--plain",))
    assert ran.code == 2 and "a lake keeps its recipients" in ran.err


def test_an_encrypted_case_is_added_with_its_identity(sv: Sousveil) -> None:
    identity = pyrage.x25519.Identity.generate()
    (sv.home / "key").write_text(f"{identity}\n")
    case_of(sv, "hit", f"see {NEW}", options=("--full-records", "--case-recipient", identity.to_public()))
    assert add(sv, "hit").code == 2
    assert add(sv, "hit", options=("--plain", "--identity", "key")).code == 0
    ran = add(sv, "hit", options=("--identity", "key"))
    assert ran.code == 2 and "The case is encrypted, and the lake is not." in ran.err
    assert recheck(sv, NEW, code=1)["hits"] == {"hit": [(NEW, "ios.sms", "message", 1)]}


def test_results_of_mvt_are_added(sv: Sousveil) -> None:
    folder = results(sv.home / "mvt", sms=[{"text": f"see https://{NEW}/x", "isodate": "2025-02-19 21:20:00.250000"}])
    before = tree(folder)
    assert add(sv, "mvt").code == 0
    assert tree(folder) == before
    assert [path.name for path in sorted((sv.home / "lake").iterdir())] == ["lake.json", "lock", "tables"]
    found = recheck(sv, NEW, code=1)
    assert found["hits"] == {"mvt": [(NEW, "mvt.messages", None, None)]}
    long = add(sv, "x" * 300)
    assert long.code == 2 and "is not a case folder and not a folder with results of MVT." in long.err
    ran = add(sv, sv.home / "phone")
    assert ran.code == 2 and "is not a case folder and not a folder with results of MVT." in ran.err


def test_results_of_mvt_with_a_bundled_domain_are_new(sv: Sousveil) -> None:
    """Nobody was shown what the check met that made a case of the results."""
    domain = next(one.value for known in bundled_sets() for one in known.indicators if one.kind is IndicatorKind.DOMAIN)
    results(sv.home / "mvt", sms=[{"text": f"see https://{domain}/x", "isodate": "2025-02-19 21:20:00.250000"}])
    assert add(sv, "mvt").code == 0
    assert recheck(sv, domain, code=1)["hits"] == {"mvt": [(domain, "mvt.messages", None, None)]}


def test_a_lake_without_cases_gives_no_all_clear(sv: Sousveil) -> None:
    case_of(sv, "hit", f"see https://{NEW}/x")
    add(sv, "hit")
    assert sv("lake", "remove", "hit").code == 0
    assert recheck(sv, NEW, code=3)["examined"] == 0
    ran = sv("recheck", "lake", "--indicators", "absent.txt")
    assert ran.code == 2 and "absent.txt" in ran.err


def test_a_case_with_very_many_rows_gives_several_sorted_files(sv: Sousveil, monkeypatch: pytest.MonkeyPatch) -> None:
    case_of(sv, "hit", *(f"see https://{letter}.{NEW}/x" for letter in "qwertzuiopasdfghjklyxcvbnm"))
    monkeypatch.setattr(lake_rows, "FILE", 8)
    monkeypatch.setattr(lake_rows, "_GATHERED", 4)
    lake = lakes.create(sv.home / "lake", [], plain=True)
    day, now = date(2199, 12, 31), datetime.now(UTC)
    entry = lakes.add_case(
        lake, CaseFiles(sv.home / "hit"), folder=sv.home / "hit", consent_until=day, delete_after=day, now=now
    )
    assert not isinstance(entry, str)
    assert len(entry.observables) == 4 and len(entry.tables) == 5
    for table in entry.observables:
        hosts = [host for host in columns(lake.path(table))["reversed_host"] if host is not None]
        assert hosts == sorted(hosts)
    (case,) = recheck(sv, NEW, code=1)["cases"]
    assert [(hit["value"], hit["sightings"]) for hit in case["hits"]] == [(NEW, 26)]
    assert sv("lake", "remove", entry.case).text.startswith(f"Removed {entry.case}: {entry.rows} rows in 5 files.")
    assert not any((sv.home / "lake/tables").iterdir())


def stix(path: Path, *patterns: str) -> None:
    """Write a bundle with these patterns."""
    things = [
        {
            "type": "indicator",
            "spec_version": "2.1",
            "id": f"indicator--00000000-0000-4000-8000-00000000000{number}",
            "created": "2026-01-01T00:00:00.000Z",
            "modified": "2026-01-01T00:00:00.000Z",
            "pattern": pattern,
            "pattern_type": "stix",
            "valid_from": "2026-01-01T00:00:00Z",
        }
        for number, pattern in enumerate(patterns)
    ]
    bundle = {"type": "bundle", "id": "bundle--00000000-0000-4000-8000-000000000009", "objects": things}
    path.write_text(json.dumps(bundle))


def test_an_indicator_that_requires_another_counts_with_it_alone(sv: Sousveil) -> None:
    case_of(sv, "both", f"see https://{NEW}/x or write to {MAIL}")
    case_of(sv, "alone", f"see https://{NEW}/x")
    assert add(sv, "both", "alone").code == 0
    stix(sv.home / "new.stix2", f"[domain-name:value = '{NEW}' AND email-addr:value = '{MAIL}']")
    ran = sv("recheck", "lake", "--indicators", "new.stix2", "--json")
    assert [Path(case["folder"]).name for case in json.loads(ran.out)["cases"]] == ["both"]


def test_published_patterns_are_compared_with_every_row(sv: Sousveil) -> None:
    case_of(sv, "hit", "see https://abc-x7.later.example/in and https://abc.example/in")
    case_of(sv, "near", "see https://abc-y.later.example/in")
    assert add(sv, "hit", "near").code == 0
    stix(
        sv.home / "new.stix2",
        "[domain-name:value LIKE 'abc-x_.%']",
        "[url:value MATCHES '^https://[a-z]+-x[0-9]\\\\.']",
    )
    ran = sv("recheck", "lake", "--indicators", "new.stix2", "--json")
    (case,) = json.loads(ran.out)["cases"]
    assert Path(case["folder"]).name == "hit"
    assert [(hit["kind"], hit["how"]) for hit in case["hits"]] == [
        ("domain-name:value", "like"),
        ("url:value", "matches"),
    ]


def test_an_indicator_of_two_values_needs_a_check(sv: Sousveil) -> None:
    """The lake does not know whether both stand in one message."""
    case_of(sv, "hit", f"see https://{NEW}/x", "see https://second.example/x")
    assert add(sv, "hit").code == 0
    pattern = f"[domain-name:value = '{NEW}' AND domain-name:value = 'second.example']"
    thing = {
        "type": "indicator",
        "spec_version": "2.1",
        "id": "indicator--00000000-0000-4000-8000-000000000001",
        "created": "2026-01-01T00:00:00.000Z",
        "modified": "2026-01-01T00:00:00.000Z",
        "pattern": pattern,
        "pattern_type": "stix",
        "valid_from": "2026-01-01T00:00:00Z",
    }
    bundle = {"type": "bundle", "id": "bundle--00000000-0000-4000-8000-000000000009", "objects": [thing]}
    (sv.home / "new.stix2").write_text(json.dumps(bundle))
    ran = sv("recheck", "lake", "--indicators", "new.stix2", "--json")
    (case,) = json.loads(ran.out)["cases"]
    assert {hit["needs_check"] for hit in case["hits"]} == {True}
    ran = sv("recheck", "lake", "--indicators", "new.stix2")
    assert "only a check can say." in ran.text and "whether several values are in one row" in ran.text
    assert not any(hit["needs_check"] for case in recheck(sv, NEW, code=1)["cases"] for hit in case["hits"])


def test_a_name_that_this_version_does_not_count_as_registrable_is_found_all_the_same(sv: Sousveil) -> None:
    """A lake keeps the list of its first day: what is a domain of somebody today may have been a registry's then."""
    case_of(sv, "hit", f"see https://a.{NEW}/x and https://{NEW}/y")
    add(sv, "hit")
    contents = json.loads((sv.home / "lake/lake.json").read_text())
    assert sv("lake", "remove", contents["cases"][0]["case"]).code == 0
    contents["cases"], contents["suffixes"] = [], [NEW, "example"]
    (sv.home / "lake/lake.json").write_text(json.dumps(contents))
    assert add(sv, "hit").code == 0
    (case,) = recheck(sv, NEW, code=1)["cases"]
    assert [(hit["value"], hit["sightings"]) for hit in case["hits"]] == [(NEW, 2)]


def test_a_case_is_added_once(sv: Sousveil) -> None:
    case_of(sv, "hit", f"see https://{NEW}/x")
    add(sv, "hit")
    shutil.copytree(sv.home / "hit", sv.home / "copy")
    before = tree(sv.home / "lake/tables")
    ran = add(sv, "copy", "hit", options=())
    case = listed(sv)[0]["case"]
    assert ran.code == 0
    assert ran.out.decode().splitlines() == [
        f"{name} is already in the lake as {case}. Nothing was added. Consent until {LATER}, delete after {LATER}."
        for name in ("copy", "hit")
    ]
    assert tree(sv.home / "lake/tables") == before and len(listed(sv)) == 1


def test_all_cases_of_a_phone_are_removed_and_those_of_others_stay(sv: Sousveil) -> None:
    case_of(sv, "one", f"see https://{NEW}/one")
    case_of(sv, "other", f"see {NEW}")
    shutil.copytree(sv.home / "one", sv.home / "again")
    manifest = sv.home / "again/manifest.json"
    written = json.loads(manifest.read_bytes())
    written["files"] = []  # a check that read other files
    manifest.write_text(json.dumps(written, indent=2))
    assert add(sv, "one", "again", "other").code == 0
    both = {case_id(CaseFiles(sv.home / name)) for name in ("one", "again")}
    assert len(both) == 2 and len(listed(sv)) == 3
    ran = sv("lake", "remove", "again")
    assert {line.split()[1].rstrip(":") for line in ran.out.decode().splitlines() if line.startswith("Removed")} == both
    assert [case["case"] for case in listed(sv)] == [case_id(CaseFiles(sv.home / "other"))]


def test_an_older_copy_of_the_list_deletes_no_case(sv: Sousveil) -> None:
    for name in ("one", "two", "three"):
        case_of(sv, name, f"see https://{NEW}/{name}")
    add(sv, "one")
    contents = sv.home / "lake/lake.json"
    copy = contents.read_bytes()
    add(sv, "two")
    tables = {path.name for path in (sv.home / "lake/tables").iterdir()}
    contents.write_bytes(copy)
    assert add(sv, "three").code == 0
    assert tables <= {path.name for path in (sv.home / "lake/tables").iterdir()}


def test_one_bad_case_does_not_keep_the_others_out(sv: Sousveil) -> None:
    case_of(sv, "hit", f"see https://{NEW}/x")
    case_of(sv, "damaged", "good morning")
    (sv.home / "damaged/timeline.parquet").write_bytes(b"PAR1")
    ran = add(sv, "damaged", "hit")
    assert ran.code == 2 and "damaged: timeline.parquet cannot be read" in ran.err
    for number, select in enumerate(("* REPLACE (1 AS text)", "* REPLACE ([text] AS text)", "* EXCLUDE (source_row)")):
        case = case_of(sv, f"columns{number}", "good morning")
        rewrite(case / "records/ios.sms.parquet", select)
        ran = add(sv, case, "hit")
        assert ran.code == 2 and f"{case}: records/ios.sms.parquet cannot be read" in ran.err
    assert recheck(sv, NEW, code=1)["examined"] == 1
    assert sv("lake", "verify").code == 0


def two_cases(sv: Sousveil) -> tuple[Path, list[bytes]]:
    """A plain lake with two cases, and what only the first case has put into it: canaries."""
    case_of(sv, "gone", "see https://canary.example/only-here")
    case_of(sv, "stays", f"see {NEW}")
    once(sv, lambda: add(sv, "gone", "stays"), "lake")
    lake = Lake(sv.home / "lake")
    (entry,) = [entry for entry in lake.contents.cases if entry.case == case_id(CaseFiles(sv.home / "gone"))]
    canaries = [entry.case.encode(), b"canary.example", *(table.name.encode() for table in entry.tables)]
    for table in entry.tables:
        stored = lake.path(table).read_bytes()
        canaries += [stored[at : at + 64] for at in range(4, len(stored) - 64, 64)]
    whole = content(sv.home / "lake")
    # Tables of two cases have equal beginnings and ends.
    others = [lake.path(table).read_bytes() for one in lake.contents.cases if one != entry for table in one.tables]
    canaries = [canary for canary in canaries if not any(canary in other for other in others)]
    assert len(canaries) > 20 and [canary for canary in canaries if canary not in whole] == []
    return sv.home / "lake", canaries


def remaining(folder: Path, canaries: list[bytes]) -> int:
    whole = content(folder)
    return sum(canary in whole for canary in canaries)


def test_nothing_of_a_removed_case_remains(sv: Sousveil) -> None:
    folder, canaries = two_cases(sv)
    ran = sv("lake", "remove", "gone")
    assert ran.code == 0 and "rows in 2 files." in ran.text and "still contain the case" in ran.text
    assert remaining(folder, canaries) == 0
    assert sv("lake", "verify").text == "1 case, every file as written."
    assert recheck(sv, NEW, code=1)["hits"] == {"stays": [(NEW, "ios.sms", "message", 1)]}
    assert sv("lake", "remove", "gone").code == 2


def test_an_addition_that_was_killed_leaves_nothing(sv: Sousveil, monkeypatch: pytest.MonkeyPatch) -> None:
    case_of(sv, "stays", f"see {NEW}")
    case_of(sv, "gone", "see https://canary.example/only-here")
    add(sv, "stays")
    program = (
        "import os, signal, sys; from sousveil.cases.lake import Lake; from sousveil.cli import main;"
        f"Lake.replace_cases = lambda *_: os.kill(os.getpid(), {signal.SIGKILL:d}); main(sys.argv[1:])"
    )
    ran = killed(sv, program, "lake", "add", "--delete-after", LATER, "gone")
    assert ran == -signal.SIGKILL
    assert len(sv("lake", "verify").out.splitlines()) == 2
    again = add(sv, "gone", options=())
    assert again.code == 0 and "Deleted 2 files that interrupted runs left." in again.err
    assert sv("lake", "verify").code == 0 and len(listed(sv)) == 2


def killed(sv: Sousveil, program: str, *words: object) -> int:
    """The exit code of a program that ends itself."""
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, words)], cwd=sv.home, env=sv.environment(), capture_output=True
    )
    return done.returncode


def test_verify_names_what_is_wrong(sv: Sousveil) -> None:
    case_of(sv, "one", f"see https://{NEW}/one")
    case_of(sv, "two", f"see https://{NEW}/two")
    add(sv, "one", "two")
    folder = sv.home / "lake"
    first, second = Lake(folder).contents.cases
    (folder / "notes.txt").write_text("mine")
    lost, changed = Lake(folder).path(first.observables[0]), Lake(folder).path(second.observables[0])
    lost.unlink()
    data = bytearray(changed.read_bytes())
    data[len(data) // 2] ^= 1
    changed.write_bytes(data)
    before = tree(folder / "tables")
    ran = sv("lake", "verify")
    assert ran.code == 1
    assert ran.out.decode().splitlines() == [
        f"Missing: tables/{lost.name} ({first.case})",
        f"Changed: tables/{changed.name} ({second.case})",
        "Does not belong to the lake: notes.txt",
    ]
    assert tree(folder / "tables") == before
    found = recheck(sv, "nobody.example", code=2)
    assert found["failed"] == [first.case, second.case]
    assert (folder / "notes.txt").read_text() == "mine"  # a person's file is never deleted


@pytest.mark.parametrize("private", [False, True])
def test_a_damaged_file_hides_no_other_case(sv: Sousveil, private: bool) -> None:
    identity = pyrage.x25519.Identity.generate()
    (sv.home / "key").write_text(f"{identity}\n")
    names = ("one", "two", "three")
    for name in names:
        case_of(sv, name, f"see https://{NEW}/{name}")
    assert add(sv, *names, options=("--recipient", identity.to_public()) if private else ("--plain",)).code == 0
    lake = Lake(sv.home / "lake")
    gone = case_id(CaseFiles(sv.home / "two"))
    (table,) = lake.find(gone).observables
    lake.path(table).write_bytes(bytes(table.size))
    found = recheck(sv, NEW, options=("--identity", "key") if private else (), code=1)
    assert (sorted(found["hits"]), found["failed"], found["examined"]) == (["one", "three"], [gone], 2)
    for name in ("one", "three"):
        lake.path(lake.find(case_id(CaseFiles(sv.home / name))).observables[0]).unlink()
    ran = sv("recheck", "lake", "--indicators", "new.txt", "--identity", "key")
    assert ran.code == 2


def test_a_table_in_the_place_of_another_hides_neither_case(sv: Sousveil) -> None:
    for name in ("one", "two"):
        case_of(sv, name, f"see https://{NEW}/{name}")
    assert add(sv, "one", "two").code == 0
    lake = Lake(sv.home / "lake")
    one, two = (lake.find(case_id(CaseFiles(sv.home / name))) for name in ("one", "two"))
    shutil.copy(lake.path(one.observables[0]), lake.path(two.observables[0]))
    found = recheck(sv, NEW, code=1)
    assert (list(found["hits"]), found["failed"]) == (["one"], [two.case])


def test_a_damaged_file_of_the_only_phone_of_its_system_hides_no_other_case(sv: Sousveil) -> None:
    identity = pyrage.x25519.Identity.generate()
    (sv.home / "key").write_text(f"{identity}\n")
    for name in ("one", "two"):
        case_of(sv, name, f"see https://{NEW}/{name}")
    assert add(sv, "one", "two", options=("--recipient", identity.to_public())).code == 0
    lake = Lake(sv.home / "lake")
    two = lake.find(case_id(CaseFiles(sv.home / "two")))
    damaged = bytes(two.observables[0].size)
    lake.path(two.observables[0]).write_bytes(damaged)
    contents = json.loads((sv.home / "lake/lake.json").read_text())
    (entry,) = [entry for entry in contents["cases"] if entry["case"] == two.case]
    entry["platform"] = "android"
    for table in entry["tables"]:
        if table["name"] == two.observables[0].name:
            table["sha256"] = hashlib.sha256(damaged).hexdigest()
    (sv.home / "lake/lake.json").write_text(json.dumps(contents))
    found = recheck(sv, NEW, options=("--identity", "key"), code=1)
    assert (list(found["hits"]), found["failed"]) == (["one"], [two.case])


def test_a_case_whose_time_has_ended_is_refused_until_it_is_removed(sv: Sousveil) -> None:
    case_of(sv, "one", f"see https://{NEW}/one")
    case_of(sv, "two", f"see https://{NEW}/two")
    assert add(sv, "one").code == 0
    assert sv("lake", "add", "--delete-after", LATER, "--consent-until", "2199-01-01", "two").code == 0
    past = sv("lake", "add", "--delete-after", "2020-01-01", "two")
    assert past.code == 2 and "has passed" in past.err
    contents = json.loads((sv.home / "lake/lake.json").read_text())
    ended = next(case for case in contents["cases"] if case["consent_until"] == "2199-01-01")
    ended["consent_until"] = "2020-01-01"
    (sv.home / "lake/lake.json").write_text(json.dumps(contents))
    name = ended["case"]
    verified = sv("lake", "verify")
    assert (verified.code, verified.text) == (1, f"Ended: {name}. Run `sousveil lake remove --lake lake {name}`.")
    found = recheck(sv, NEW, code=1)
    assert (found["ended"], list(found["hits"])) == ([name], ["one"])
    assert recheck(sv, "nobody.example", code=3)["ended"] == [name]
    assert sv("lake", "remove", name[:8]).code == 0
    assert recheck(sv, "nobody.example", code=0)["ended"] == []


def test_a_second_run_says_who_has_the_lake(sv: Sousveil) -> None:
    case_of(sv, "one", f"see https://{NEW}/one")
    add(sv, "one")
    with locked(sv.home / "lake", "lake add"):
        for words in (("lake", "remove", "one"), ("lake", "verify"), ("recheck", "lake", "--indicators", sv.iocs)):
            ran = sv(*words)
            assert ran.code == 2
            assert "is in use: sousveil lake add, process " in ran.err and "Wait until that run has ended" in ran.err
        assert len(listed(sv)) == 1
    assert sv("lake", "verify").code == 0


@pytest.mark.parametrize("again", [False, True])
def test_a_lock_that_another_run_deleted_locks_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, again: bool
) -> None:
    import fcntl

    flock, place = fcntl.flock, tmp_path / "lake/lock"

    def late(*words: Any) -> None:
        place.rename(tmp_path / "old")
        if again:
            place.touch()
        flock(*words)

    monkeypatch.setattr(fcntl, "flock", late)
    with pytest.raises(SousveilError, match="is in use"), locked(tmp_path / "lake", "lake add"):
        pytest.fail("two runs have the lake")


def test_a_lake_of_a_newer_version_is_refused(sv: Sousveil) -> None:
    case_of(sv, "one", f"see https://{NEW}/one")
    add(sv, "one")
    path = sv.home / "lake/lake.json"
    contents = json.loads(path.read_text())
    path.write_text(json.dumps({"format": FORMAT + 1, "sousveil": "9.8.7", "shelves": []}))
    for words in (
        ("lake", "list"),
        ("lake", "add", "--delete-after", LATER, "one"),
        ("recheck", "lake", "--indicators", sv.iocs),
    ):
        ran = sv(*words)
        assert ran.code == 2 and "was written by Sousveil 9.8.7." in ran.err
    added, contents["cases"][0]["added"] = contents["cases"][0]["added"], "2026-01-01T00:00:00"
    path.write_text(json.dumps(contents))
    ran = sv("lake", "list")
    assert ran.code == 2 and "is damaged" in ran.err
    contents["cases"][0]["added"] = added
    contents["cases"][0]["tables"][0]["name"] = "../../one/findings.json"
    path.write_text(json.dumps(contents))
    ran = sv("lake", "list")
    assert ran.code == 2 and "is damaged" in ran.err
    path.write_bytes(path.read_bytes()[:40])
    assert sv("lake", "verify").code == 2
    ran = sv("recheck", "nowhere", "--indicators", sv.iocs)
    assert ran.code == 2 and "nowhere is not a lake" in ran.err and not (sv.home / "nowhere").exists()


def test_a_lake_of_an_older_version_is_compared_without_strengths(sv: Sousveil) -> None:
    case_of(sv, "one", f"see https://{NEW}/one")
    add(sv, "one")
    path = sv.home / "lake/lake.json"
    contents = json.loads(path.read_text())
    contents["format"] = 1
    (table,) = (table for table in contents["cases"][0]["tables"] if ".observables." in table["name"])
    file = sv.home / "lake/tables" / table["name"]
    rewrite(file, "* EXCLUDE (circumstances, judged_at)")
    table["sha256"], table["size"] = hashlib.sha256(file.read_bytes()).hexdigest(), file.stat().st_size
    path.write_text(json.dumps(contents))
    (case,) = recheck(sv, NEW, code=1)["cases"]
    assert [(hit["value"], hit["strength"]) for hit in case["hits"]] == [(NEW, None)]
    assert "strength unknown" in sv("recheck", "lake", "--indicators", "new.txt").text
    refused = add(sv, "one", options=())
    assert refused.code == 2 and "has the format of an older version" in refused.err and refused.out == b""
    assert sv("lake", "verify").code == sv("lake", "remove", "one").code == 0
    assert json.loads(path.read_text())["format"] == 1


def test_a_clock_that_is_behind_is_refused(sv: Sousveil) -> None:
    case_of(sv, "one", f"see https://{NEW}/one")
    add(sv, "one")
    contents = json.loads((sv.home / "lake/lake.json").read_text())
    contents["cases"][0]["added"] = "2198-01-01T00:00:00Z"
    (sv.home / "lake/lake.json").write_text(json.dumps(contents))
    ran = sv("recheck", "lake", "--indicators", sv.iocs)
    assert ran.code == 2 and "Set the clock" in ran.err


def test_the_list_names_no_person(sv: Sousveil) -> None:
    case_of(sv, "maria", f"see https://{NEW}/x")
    add(sv, "maria")
    head, line = sv("lake", "list").out.decode().splitlines()
    case = listed(sv)[0]
    assert head.split() == "CASE ADDED CONSENT UNTIL DELETE AFTER SYSTEM ROWS SOURCE ENDED".split()
    assert line.split()[0] == case["case"] and line.endswith("full records")
    assert b"maria" not in (sv.home / "lake/lake.json").read_bytes()


def test_a_folder_with_something_else_does_not_become_a_lake(sv: Sousveil) -> None:
    case = case_of(sv, "one", f"see https://{NEW}/one")
    before = tree(case)
    ran = sv("lake", "add", "--lake", case, "--plain", "--delete-after", LATER, case)
    assert ran.code == 2 and "is not empty and is not a lake" in ran.err
    assert [entry[0] for entry in tree(case)] == [entry[0] for entry in before]


def test_a_case_with_very_long_messages_is_kept_in_part(sv: Sousveil, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading them needs more memory than a query may take: what the check itself has gathered stands in for them."""
    case_of(sv, "long", *(f"https://a{number}.{NEW}/x {'word ' * 40_000}" for number in range(120)))
    monkeypatch.setattr(database, "MEMORY", "20MB")
    lake = lakes.create(sv.home / "lake", [], plain=True)
    day, now = date(2199, 12, 31), datetime.now(UTC)
    case = CaseFiles(sv.home / "long")
    entry = lakes.add_case(lake, case, folder=case.folder, consent_until=day, delete_after=day, now=now)
    assert not isinstance(entry, str)
    assert (entry.whole, entry.lacking) == (False, ("ios.sms",))
    monkeypatch.undo()
    assert (NEW, "observables", None, None) in recheck(sv, NEW, code=1)["hits"]["long"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_lake_that_cannot_be_written_says_what_to_do(sv: Sousveil) -> None:
    case_of(sv, "hit", f"see https://{NEW}/x")
    add(sv, "hit")
    (sv.home / "lake/lock").unlink()
    (sv.home / "lake").chmod(0o500)
    ran = add(sv, "hit")
    assert ran.code == 2 and "let this user write to its folder" in ran.err
