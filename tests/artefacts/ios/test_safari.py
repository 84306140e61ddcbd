"""Safari: history, marks of cleared history, tabs, bookmarks."""

from __future__ import annotations

import json
import plistlib
from collections import Counter
from pathlib import Path

import pytest

from phonegen.core import Phone
from phonegen.ios import bookmarks, safari_browserstate, safari_history
from sousveil.acquisition.model import Device, FileGroup, Member
from sousveil.artefacts.browsing import is_search
from sousveil.artefacts.ios import safari_bookmarks as bookmarks_artefact
from sousveil.artefacts.ios import safari_browserstate as tabs_artefact
from sousveil.artefacts.ios import safari_history as history_artefact
from sousveil.artefacts.ios import safari_tabs, safari_tombstones
from sousveil.artefacts.model import Context
from sousveil.errors import Unsupported
from tests.artefacts.ios.reading import batches, extras, rows

BASE = 1_700_000_000_000_000
"""Microseconds: the generator's BASE_TIME."""


def fill(db, ios):  # type: ignore[no-untyped-def]
    safari_history.insert(
        db, ios, url="http://a.example/x", at=1_700_000_000.0, redirects=[("https://b.example/", 0.25)], title="B"
    )
    safari_history.insert(
        db, ios, url="https://www.google.com/search?hl=en&q=evil.example", at=1_700_000_100.0, origin=1
    )


@pytest.mark.parametrize("ios", [12, 13, 15, 26])
def test_history(tmp_path: Path, ios: int) -> None:
    phone = Phone(ios=f"{ios}.0")
    phone.database(safari_history, lambda db: fill(db, ios))
    common = {"load_successful": 1, "http_non_get": 0, "synthesized": 0, "origin": 0, "generation": 0, "visit_count": 1}
    made, errors = batches(history_artefact.ARTEFACT, phone, tmp_path / "b")
    assert errors == [] and [(b.layout, b.table, b.row_numbers(), b.count) for b in made] == [
        ("visits", "history_visits", [3], 1),
        ("visits", "history_visits", [1, 2], 2),
    ]
    plain, batch = made
    assert [batch.row(0), batch.row(1), plain.row(0)] == [
        common
        | {
            "id": 1,
            "url": "http://a.example/x",
            "visit_id": 1,
            "timestamp": BASE,
            "role": "visited",
            "load_successful": 0,
            "title": "B",
            "redirect_destination": 2,
            "redirect_destination_url": "https://b.example/",
            "redirect_destination_time": BASE + 250_000,
            "domain_expansion": "a",
        },
        common
        | {
            "id": 2,
            "url": "https://b.example/",
            "visit_id": 2,
            "timestamp": BASE + 250_000,
            "role": "redirected",
            "title": "B",
            "redirect_source": 1,
            "redirect_source_url": "http://a.example/x",
            "redirect_source_time": BASE,
            "domain_expansion": "b",
        },
        common
        | {
            "id": 3,
            "url": "https://www.google.com/search?hl=en&q=evil.example",
            "visit_id": 3,
            "timestamp": BASE + 100_000_000,
            "role": "searched",
            "origin": 1,
            "domain_expansion": "google",
        },
    ]
    status = {"status_code": 0} if ios >= 13 else {}
    assert extras(batch, 0) == status | {
        "history_item": 1,
        "attributes": 0,
        "score": 0,
        "daily_visit_counts": b"d\0\0\0",
        "should_recompute_derived_visit_counts": 0,
        "visit_count_score": 100,
    }


def test_only_wanted_fields(tmp_path: Path) -> None:
    phone = Phone()
    phone.database(safari_history, lambda db: fill(db, 16))
    assert rows(history_artefact.ARTEFACT, phone, tmp_path / "b", full=False)[2] == {
        "url": "https://b.example/",
        "timestamp": BASE + 250_000,
        "role": "redirected",
        "title": "B",
        "redirect_source_time": BASE,
    }


def test_profiles_and_wal(tmp_path: Path) -> None:
    phone = Phone()
    phone.database(
        safari_history,
        lambda db: safari_history.insert(db, 16, url="https://a.example/"),
        wal=lambda db: safari_history.insert(db, 16, url="https://wal.example/"),
    )
    phone.database(
        safari_history,
        lambda db: safari_history.insert(db, 16, url="https://profile.example/"),
        relative=safari_history.profile("11111111-2222-3333-4444-555555555555"),
    )
    found, errors = batches(history_artefact.ARTEFACT, phone, tmp_path / "b")
    assert errors == [] and sorted((b.file, b.column("url")) for b in found) == [
        ("HomeDomain/Library/Safari/History.db", ["https://a.example/", "https://wal.example/"]),
        (
            "HomeDomain/Library/Safari/Profiles/11111111-2222-3333-4444-555555555555/History.db",
            ["https://profile.example/"],
        ),
    ]


def test_empty_and_unknown(tmp_path: Path) -> None:
    phone = Phone()
    phone.database(safari_history)
    assert rows(history_artefact.ARTEFACT, phone, tmp_path / "empty") == []
    other = Phone()
    other.database(("HomeDomain", "Library/Safari/History.db"), lambda db: db.execute("CREATE TABLE other (a)"))
    found, errors = batches(history_artefact.ARTEFACT, other, tmp_path / "other")
    assert found == [] and [type(e) for e in errors] == [Unsupported]


def test_published_test_image(shared_data: Path) -> None:
    path = shared_data / "phones" / "ios-plaso" / "apple" / "safari_History.db"
    if not path.is_file():
        pytest.skip("shared data not there")
    member = Member(suffix="", path=str(path), size=path.stat().st_size)
    group = FileGroup(domain="HomeDomain", relative="Library/Safari/History.db", members=(member,))
    context = Context(device=Device())
    artefact = history_artefact.ARTEFACT
    made = list(artefact.read(artefact, {"main": group}, context))
    assert sum(batch.count for batch in made) == 25
    assert Counter(role for batch in made for role in batch.column("role")) == {"visited": 14, "redirected": 11}
    found = {number: batch.row(at) for batch in made for at, number in enumerate(batch.row_numbers() or ())}
    assert found[sorted(found)[1]]["redirect_destination_url"] == "https://www.facebook.com/"
    gone = list(safari_tombstones.ARTEFACT.read(safari_tombstones.ARTEFACT, {"main": group}, context))
    assert gone[0].row(0) == {
        "id": 1,
        "start_time": 1_510_079_420_000_000,
        "end_time": 1_510_083_020_000_000,
        "generation": 0,
    }
    assert gone[0].row(2)["end_time"] == 1_510_097_243_583_456 and "start_time" not in gone[0].row(2)


def test_tombstones(tmp_path: Path) -> None:
    phone = Phone()
    phone.database(
        safari_history, lambda db: safari_history.tombstone(db, 1_700_000_000, 1_700_000_060, "https://gone.example/")
    )
    assert rows(safari_tombstones.ARTEFACT, phone, tmp_path / "b") == [
        {
            "id": 1,
            "start_time": BASE,
            "end_time": BASE + 60_000_000,
            "url": "https://gone.example/",
            "generation": 1,
        }
    ]


@pytest.mark.parametrize("ios", [12, 14, 26])
def test_browserstate(tmp_path: Path, ios: int) -> None:
    phone = Phone(ios=f"{ios}.0")

    def tabs(db) -> None:  # type: ignore[no-untyped-def]
        pages = [
            {
                "url": "https://e1.example/",
                "title": "E1",
                "referrer": "https://r.example/",
                "original": "http://o.example/",
            },
            "https://t.example/",
        ]
        safari_browserstate.insert(
            db, ios, url="https://t.example/", title="T", at=1_700_000_000, uuid="U1", entries=pages
        )
        safari_browserstate.insert(
            db, ios, url="https://bad.example/", at=1_700_000_001, uuid="U2", private=True, session=b"\0\0\0\2nope"
        )
        safari_browserstate.insert(db, ios, url="https://none.example/", at=1_700_000_002, uuid="U3", session=None)

    phone.database(safari_browserstate, tabs)
    made = rows(tabs_artefact.ARTEFACT, phone, tmp_path / "b")
    session = json.loads(made[0].pop("session_data"))
    assert session == [
        {
            "entry_title": "E1",
            "entry_url": "https://e1.example/",
            "data_length": 16,
            "entry_original_url": "http://o.example/",
            "entry_referrer": "https://r.example/",
        },
        {"entry_title": "", "entry_url": "https://t.example/", "data_length": 16},
    ]
    assert "not a property list" in made[1].pop("session_problem")
    assert made == [
        {
            "tab_title": "T",
            "tab_url": "https://t.example/",
            "tab_visible_url": "https://t.example/",
            "last_viewed_timestamp": BASE,
            "uuid": "U1",
            "opened_from_link": 0,
            "private_browsing": 0,
        },
        {
            "tab_url": "https://bad.example/",
            "tab_visible_url": "https://bad.example/",
            "last_viewed_timestamp": BASE + 1_000_000,
            "uuid": "U2",
            "opened_from_link": 0,
            "private_browsing": 1,
        },
        {
            "tab_url": "https://none.example/",
            "tab_visible_url": "https://none.example/",
            "last_viewed_timestamp": BASE + 2_000_000,
            "uuid": "U3",
            "opened_from_link": 0,
            "private_browsing": 0,
        },
    ]


def test_tabs_without_sessions(tmp_path: Path) -> None:
    phone = Phone()
    phone.database(
        safari_browserstate,
        lambda db: safari_browserstate.insert(db, 16, url="https://t.example/", uuid="U"),
        delete=lambda db: db.execute("DROP TABLE tab_sessions"),
    )
    made, errors = batches(tabs_artefact.ARTEFACT, phone, tmp_path / "b")
    assert errors == [] and made[0].layout == "tabs" and made[0].row(0)["tab_url"] == "https://t.example/"


@pytest.mark.parametrize("ios", [12, 13, 15])
def test_bookmarks(tmp_path: Path, ios: int) -> None:
    phone = Phone(ios=f"{ios}.0")
    facts = plistlib.dumps({"com.apple.ReadingList": {"PreviewText": "words"}}, fmt=plistlib.FMT_BINARY)
    phone.database(
        bookmarks,
        lambda db: bookmarks.insert(
            db,
            ios,
            title="B",
            url="https://b.example/",
            reading_list=True,
            at=1_700_000_000,
            extra_attributes=facts,
            external_uuid="U",
        ),
    )
    made = rows(bookmarks_artefact.ARTEFACT, phone, tmp_path / "b")
    assert len(made) == 5 and made[4] == {
        "id": 4,
        "title": "B",
        "url": "https://b.example/",
        "parent": 3,
        "folder": "com.apple.ReadingList",
        "type": 0,
        "special_id": 0,
        "uuid": "U",
        "last_modified": BASE,
        "deleted": 0,
        "locally_added": 0,
        "extra_attributes": '{"com.apple.ReadingList":{"PreviewText":"words"}}',
    }


def test_tabs_of_newer_systems(tmp_path: Path) -> None:
    phone = Phone(ios="17.5")

    def fill_tabs(db) -> None:  # type: ignore[no-untyped-def]
        bookmarks.insert(db, 17, title="Group", folder=True, parent=0, external_uuid="G")
        bookmarks.insert(
            db,
            17,
            title="T",
            url="https://t.example/",
            parent=4,
            at=1_700_000_000,
            external_uuid="T",
            date_closed=721_692_800.0,
            local_attributes=b"\1\2",
        )

    phone.database(bookmarks, fill_tabs, relative="Library/Safari/SafariTabs.db")
    made = rows(safari_tabs.ARTEFACT, phone, tmp_path / "b")
    assert made[5] == {
        "id": 5,
        "title": "T",
        "url": "https://t.example/",
        "parent": 4,
        "group": "Group",
        "type": 0,
        "subtype": 0,
        "uuid": "T",
        "last_modified": BASE,
        "date_closed": BASE,
        "deleted": 0,
        "local_attributes": "\1\2",
    }


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://www.google.com/search?q=a", True),
        ("https://google.co.uk/search?client=x&q=a", True),
        ("https://duckduckgo.com/?q=a", True),
        ("https://www.google.com/url?q=https://evil.example/", False),
        ("https://evil.example/search?q=a", False),
        ("https://google.evil.ru/search?q=a", False),
        ("https://www.google.com.evil.example/search?q=a", False),
        ("https://evil.example/www.google.com/search?q=a", False),
    ],
)
def test_search_engines(url: str, found: bool) -> None:
    assert is_search(url) is found
