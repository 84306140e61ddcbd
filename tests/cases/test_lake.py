"""A lake and the rows of a case in it, without a check: cases are folders of tables that these tests write."""

from __future__ import annotations

import json
import stat
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyrage
import pytest

from sousveil.artefacts.model import known_artefact
from sousveil.cases.column_types import Type
from sousveil.cases.folder import CaseFiles
from sousveil.cases.frames import type_of
from sousveil.cases.full_records import PLACES
from sousveil.cases.lake import Entry, Lake, add_case, create, ids, locked, remove_case, verify
from sousveil.cases.lake_rows import parquet_of
from sousveil.errors import Malformed, Missing, SousveilError, Usage
from tests.parquet_tables import columns

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
UNTIL = date(2027, 11, 30)
BACKUP = "2026-10-01T00:00:00.000000Z"
MADE = 1_790_812_800_000_000
"""The same, in microseconds since 1970 UTC."""
AT = 1_790_000_000_000_000
"""An instant before the backup, and `AT + 1` a later one."""
SMS = {"source_file": "HomeDomain/Library/SMS/sms.db", "source_table": "message"}
USAGE = {"source_file": "WirelessDomain/Library/Databases/DataUsage.sqlite"}


def case_of(folder: Path, phone: str = "phone", **records: list[dict[str, Any]]) -> CaseFiles:
    """A case folder with full records: the rows of artefacts, whose names are written with `_` for the first dot."""
    (folder / "records").mkdir(parents=True)
    for name, rows in records.items():
        artefact = known_artefact(name.replace("_", ".", 1))
        assert artefact is not None
        types = PLACES | {field: type_of(kind) for field, kind in artefact.kinds.items()}
        content = parquet_of(types, [[row.get(field) for row in rows] for field in types])
        (folder / "records" / f"{artefact.name}.parquet").write_bytes(content)
    coverage = [
        {"artefact": name.replace("_", ".", 1), "outcome": "READ", "records": len(rows)}
        for name, rows in records.items()
    ]
    device = {"platform": "ios", "last_backup": BACKUP}
    content = {"device": device, "findings": [], "coverage": coverage}
    (folder / "findings.json").write_text(json.dumps(content))
    (folder / "manifest.json").write_text(json.dumps({"device": device | {"unique_id": phone}, "files": [phone]}))
    (folder / "timeline.parquet").write_bytes(parquet_of({"at": Type.INSTANT}, [[AT]]))
    return CaseFiles(folder)


def message(text: str, **rest: Any) -> dict[str, Any]:
    return {"text": text, "role": "received", "handle": "+15550100", "date": AT, "source_row": 1, **SMS, **rest}


def add(lake: Lake, case: CaseFiles, now: datetime = NOW, **dates: date) -> Entry | str:
    given = {"consent_until": UNTIL, "delete_after": UNTIL} | dates
    return add_case(lake, case, folder=case.folder, now=now, **given)


def added(lake: Lake, case: CaseFiles) -> Entry:
    entry = add(lake, case)
    assert isinstance(entry, Entry)
    return entry


def stored(lake: Lake, entry: Entry, what: str) -> list[dict[str, Any]]:
    """The rows of a case of this class, in the order of their values."""
    (table,) = entry.observables
    content = columns(lake.path(table))
    rows = [dict(zip(content, values, strict=True)) for values in zip(*content.values(), strict=True)]
    return sorted((row for row in rows if row["what"] == what), key=lambda row: (row["value"], row["circumstances"]))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return create(tmp_path / "new" / "lake", [], plain=True)


def circumstances(lake: Lake, entry: Entry, what: str) -> list[dict[str, Any]]:
    return [json.loads(row["circumstances"]) for row in stored(lake, entry, what)]


def test_a_message_keeps_its_role_its_form_and_whether_a_contact_sent_it(lake: Lake, tmp_path: Path) -> None:
    bare = {"role": "received", "field": "url", "shape": "bare"}
    contacts = [{"value": "0049 555 0100", **SMS}, {"value": None, **SMS}]
    messages = [
        message("https://a.example/"),
        message("https://b.example/", handle="+4915559999"),
        message("https://c.example/ pegasus", handle="+4915559999"),
        message("https://d.example/", role="sent"),
        message("they wrote to me about e.example and I am asking what it might be"),
    ]
    messages[0]["handle"] = "+49 (555) 0100"
    entry = added(lake, case_of(tmp_path / "case", ios_sms=messages, ios_contacts=contacts))
    unknown = bare | {"sender": "unknown"}
    assert circumstances(lake, entry, "link") == [
        {"role": "received", "field": "text", "shape": "sentence", "sender": "unknown"},
        bare | {"sender": "contact"},
        unknown,
        unknown | {"warns": True},
        {"role": "sent", "field": "url"},
    ]


def test_one_link_in_different_circumstances_is_several_rows(lake: Lake, tmp_path: Path) -> None:
    link = "https://a.example/"
    times = [AT + 2, AT + 1, AT + 3]
    rows = [message(link, date=at, source_row=number) for number, at in enumerate(times)]
    rows.append(message(link, role="sent", date=None, source_row=9))
    first, sent = stored(lake, added(lake, case_of(tmp_path / "case", ios_sms=rows)), "link")
    seen = ("sightings", "source_row", "first_seen", "last_seen", "judged_at")
    assert [first[name] for name in seen] == [3, 1, AT + 1, AT + 3, AT + 1]
    assert [sent[name] for name in seen] == [1, 9, None, None, MADE]


def test_a_time_that_cannot_be_right_is_not_judged_by(lake: Lake, tmp_path: Path) -> None:
    after = AT + 10**14
    (row,) = stored(lake, added(lake, case_of(tmp_path / "case", ios_sms=[message("a.example/x", date=after)])), "link")
    assert (row["first_seen"], row["judged_at"]) == (after, MADE)


def test_traffic_is_known_where_a_table_counts_it(lake: Lake, tmp_path: Path) -> None:
    rows = [
        {"process": "a", "source_table": "ZLIVEUSAGE", "wifi_in": 0.0, "wwan_out": 1.0, **USAGE},
        {"process": "b", "source_table": "ZLIVEUSAGE", "wifi_in": 0.0, **USAGE},
        {"process": "c", "source_table": "ZLIVEUSAGE", **USAGE},
        {"process": "d", "source_table": "ZPROCESS", **USAGE},
    ]
    found = circumstances(lake, added(lake, case_of(tmp_path / "case", ios_datausage=rows)), "value")
    assert [row.get("traffic") for row in found] == [True, False, False, None]


def test_rows_of_verified_and_other_layouts_stay_apart(lake: Lake, tmp_path: Path) -> None:
    artefact = known_artefact("ios.firefox_favicons")
    assert artefact is not None
    (field, *_) = (name for name, kind in artefact.kinds.items() if kind.searched)
    tables = ["favicon_site_urls", "favicon_site_urls", "favicons"]
    rows = [{field: "https://a.example/", "source_file": "f", "source_table": table} for table in tables]
    entry = added(lake, case_of(tmp_path / "case", ios_firefox_favicons=rows))
    assert [(row["source_table"], row["sightings"]) for row in stored(lake, entry, "link")] == [
        ("favicon_site_urls", 2),
        ("favicons", 1),
    ]


def test_a_lake_is_private_and_only_what_it_made(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "lake"
    with locked(folder, "lake add"):
        assert (folder / "lock").read_text().startswith("sousveil lake add, process ")
        lake = create(folder, [], plain=True)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in sorted(folder.iterdir())] == ["lake.json", "lock", "tables"]
    left = [folder / ".new-1", folder / ".spill-2" / "deep", folder / "tables" / ".check-3"]
    mine = [folder / ".newest", folder / "notes.txt", tmp_path / "mine"]
    for path in (left[0], *mine):
        path.mkdir() if path.name == "mine" else path.write_text("x")
    left[1].mkdir(parents=True)
    left[2].symlink_to(mine[2])
    assert lake.sweep() == 3 and lake.strangers() == mine[:2]
    assert mine[2].is_dir() and not (folder / ".spill-2").exists()
    key = str(pyrage.x25519.Identity.generate().to_public())
    with pytest.raises(Usage, match="a lake keeps its recipients"):
        create(folder, [key], plain=False)
    with pytest.raises(Usage, match="needs either"):
        create(tmp_path / "other", [key], plain=True)


def test_a_case_is_named_by_its_phone_and_its_evidence(lake: Lake, tmp_path: Path) -> None:
    one, two = (case_of(tmp_path / name, name, ios_sms=[message("a.example/x")]) for name in ("one", "two"))
    assert ids(one) == ("3a74a0e88bcf4fba", "7692c3ad3540bb80")
    entries = [added(lake, case) for case in (one, two)]
    name = entries[0].case
    assert lake.find(name[:6]) == lake.find(name) == entries[0]
    for wrong in (name[:5], "", "f" * 16):
        with pytest.raises(Usage, match="cases in the lake have an id that begins with"):
            lake.find(wrong)


def test_a_second_addition_takes_earlier_dates_and_adds_nothing(lake: Lake, tmp_path: Path) -> None:
    case = case_of(tmp_path / "case", ios_sms=[message("a.example/x")])
    entry, day = added(lake, case), timedelta(days=1)
    assert (entry.whole, entry.rows, len(entry.tables), entry.lacking) == (True, 1, 2, ())
    assert add(lake, case, consent_until=UNTIL - day, delete_after=UNTIL + day) == entry.case
    (known,) = Lake(lake.folder).contents.cases
    assert (known.consent_until, known.delete_after, known.tables) == (UNTIL - day, UNTIL, entry.tables)
    for dates in ({"consent_until": NOW.date() - day}, {"delete_after": NOW.date() - day}):
        with pytest.raises(Usage, match="has passed"):
            add(lake, case, **dates)


def test_full_records_replace_a_case_in_part_and_never_the_other_way(lake: Lake, tmp_path: Path) -> None:
    case = case_of(tmp_path / "case", ios_sms=[message("a.example/x")], ios_datausage=[{"process": "p", **USAGE}])
    kept = {path.name: path.read_bytes() for path in (case.folder / "records").iterdir()}
    kinds = {"kind": Type.TEXT, "value": Type.TEXT, "first_seen": Type.INSTANT, "last_seen": Type.INSTANT}
    observables = parquet_of(kinds | {"sightings": Type.WHOLE}, [["host"], ["b.example"], [AT], [AT], [1]])
    (case.folder / "observables.parquet").write_bytes(observables)
    lacking = []
    for names in ((), ("ios.sms.parquet",), (), ("ios.datausage.parquet",), tuple(kept)):
        for path in (case.folder / "records").iterdir():
            path.unlink()
        for name in names:
            (case.folder / "records" / name).write_bytes(kept[name])
        answer = add(lake, case)
        (entry,) = lake.contents.cases
        lacking.append((isinstance(answer, str), entry.lacking, entry.whole))
        assert verify(lake, NOW.date()).sound
    assert lacking == [
        (False, ("ios.datausage", "ios.sms"), False),
        (False, ("ios.datausage",), False),
        (True, ("ios.datausage",), False),
        (True, ("ios.datausage",), False),
        (False, (), True),
    ]


@pytest.mark.parametrize("step", range(5))
def test_a_removal_that_was_killed_is_finished_by_the_next_run(lake: Lake, tmp_path: Path, step: int) -> None:
    gone, stays = (
        added(lake, case_of(tmp_path / name, name, ios_sms=[message(f"{name}.example/x")]))
        for name in ("gone", "stays")
    )
    steps: list[str] = []

    def kill(name: str) -> None:
        if len(steps) == step:
            raise KeyboardInterrupt
        steps.append(name)

    every = ["contents", *(table.name for table in gone.tables), "names"]
    if step == len(every):
        remove_case(lake, gone, kill)
    else:
        with pytest.raises(KeyboardInterrupt):
            remove_case(lake, gone, kill)
    assert steps == every[:step]
    again = Lake(lake.folder)
    assert (
        [entry.case for entry in again.contents.cases] == sorted([gone.case, stays.case]) if step == 0 else [stays.case]
    )
    assert len(verify(again, NOW.date()).strangers) == (0, 2, 1, 0, 0)[step]
    assert again.sweep() == (0, 2, 1, 0, 0)[step]
    assert verify(again, NOW.date()).sound
    assert all(lake.path(table).exists() == (step == 0) for table in gone.tables)


def test_what_is_missing_changed_or_over_is_named(lake: Lake, tmp_path: Path) -> None:
    entry = added(lake, case_of(tmp_path / "case", ios_sms=[message("a.example/x")]))
    observables, timeline = (lake.path(table) for table in entry.tables)
    timeline.write_bytes(timeline.read_bytes()[:-1] + b"x")
    observables.unlink()
    with pytest.raises(Missing):
        lake.check(entry.tables[0])
    with pytest.raises(Malformed):
        lake.check(entry.tables[1])
    wrong = verify(lake, UNTIL + timedelta(days=1))
    assert (wrong.missing, wrong.changed, wrong.ended, wrong.strangers) == (
        (f"tables/{observables.name} ({entry.case})",),
        (f"tables/{timeline.name} ({entry.case})",),
        (entry.case,),
        (),
    )
    assert not wrong.sound


def test_a_clock_that_is_behind_is_refused(lake: Lake, tmp_path: Path) -> None:
    """By more than a day: the clocks of the computers that use one lake may differ by as much."""
    case = case_of(tmp_path / "case", ios_sms=[message("a.example/x")])
    added(lake, case)
    lake.check_clock(NOW - timedelta(days=1))
    late = NOW - timedelta(days=1, seconds=1)
    with pytest.raises(SousveilError, match="This computer's clock says"):
        lake.check_clock(late)
    with pytest.raises(SousveilError, match="This computer's clock says"):
        add(lake, case, now=late)
