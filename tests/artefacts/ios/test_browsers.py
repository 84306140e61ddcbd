"""Chrome and its relatives, Firefox."""

from __future__ import annotations

from pathlib import Path

import pytest

from phonegen.core import Phone
from phonegen.ios import chrome, chrome_favicons, firefox
from sousveil.artefacts.ios import brave_history, chrome_history, edge_history, firefox_favicons, firefox_history, opera
from sousveil.artefacts.ios import chrome_favicons as icons_artefact
from sousveil.artefacts.model import Artefact
from sousveil.errors import Unsupported
from tests.artefacts.ios.reading import batches, extras, rows

BASE = 1_700_000_000_000_000
ICON_SITES = """CREATE TABLE favicon_site_urls (id INTEGER PRIMARY KEY, site_url TEXT, faviconID INTEGER);
INSERT INTO favicon_site_urls VALUES (1, 'https://a.example/', 1);"""


def visits(db, ios: int) -> None:  # type: ignore[no-untyped-def]
    chrome.insert(db, ios, url="https://a.example/", title="A", at=1_700_000_000, typed=True, duration=2)
    chrome.insert(db, ios, url="https://b.example/", at=1_700_000_001, from_visit=1, transition=-0x60000000)
    chrome.insert(db, ios, url="https://frame.example/", at=1_700_000_002, transition=0x30000003)
    chrome.insert(db, ios, url="https://duckduckgo.com/?q=evil.example", at=1_700_000_003)
    db.execute("INSERT INTO keyword_search_terms VALUES (2, 4, 'Evil.example', 'evil.example')")


def expected() -> list[dict[str, object]]:
    common = {"visit_duration": 0, "visit_count": 1, "typed_count": 0, "hidden": 0, "typed": 0}
    return [
        common
        | {
            "id": 1,
            "url": "https://a.example/",
            "visit_id": 1,
            "title": "A",
            "timestamp": BASE,
            "role": "visited",
            "redirect_source": 0,
            "transition": 0x30000001,
            "transition_type": "typed",
            "typed": 1,
            "visit_duration": 2_000_000,
            "typed_count": 1,
        },
        common
        | {
            "id": 2,
            "url": "https://b.example/",
            "visit_id": 2,
            "title": "",
            "timestamp": BASE + 1_000_000,
            "role": "redirected",
            "redirect_source": 1,
            "redirect_source_url": "https://a.example/",
            "transition": -0x60000000,
            "transition_type": "link",
        },
        common
        | {
            "id": 3,
            "url": "https://frame.example/",
            "visit_id": 3,
            "title": "",
            "timestamp": BASE + 2_000_000,
            "role": "loaded",
            "redirect_source": 0,
            "transition": 0x30000003,
            "transition_type": "auto_subframe",
        },
        common
        | {
            "id": 4,
            "url": "https://duckduckgo.com/?q=evil.example",
            "visit_id": 4,
            "title": "",
            "timestamp": BASE + 3_000_000,
            "role": "searched",
            "redirect_source": 0,
            "transition": 0x30000000,
            "transition_type": "link",
        },
        {
            "id": 4,
            "url": "https://duckduckgo.com/?q=evil.example",
            "title": "",
            "timestamp": BASE + 3_000_000,
            "search_term": "Evil.example",
            "role": "searched",
        },
    ]


@pytest.mark.parametrize("ios", [12, 15, 17])
@pytest.mark.parametrize(
    ("browser", "artefact"),
    [
        ("chrome", chrome_history.ARTEFACT),
        ("edge", edge_history.ARTEFACT),
        ("opera", opera.ARTEFACT),
        ("brave", brave_history.ARTEFACT),
    ],
)
def test_chromium_history(tmp_path: Path, browser: str, artefact: Artefact, ios: int) -> None:
    phone = Phone(ios=f"{ios}.0")
    domain, relative = chrome.place(browser)
    phone.database(chrome, lambda db: visits(db, ios), domain=domain, relative=relative)
    found, errors = batches(artefact, phone, tmp_path / "b")
    assert errors == [] and [(b.layout, b.table, b.row_numbers()) for b in found] == [
        ("visits", "visits", [1, 2, 3, 4]),
        ("searches", "keyword_search_terms", [1]),
    ]
    assert [b.row(at) for b in found for at in range(b.count)] == expected()
    assert extras(found[1], 0) == {"keyword_id": 2, "normalized_term": "evil.example"}
    assert ("visited_link_id" in extras(found[0], 0)) is (ios >= 17)


def test_referrer_and_wal(tmp_path: Path) -> None:
    phone = Phone(ios="17.0")
    phone.database(
        chrome,
        lambda db: chrome.insert(db, 17, url="https://a.example/", referrer="https://r.example/"),
        wal=lambda db: chrome.insert(db, 17, url="https://wal.example/"),
    )
    made = rows(chrome_history.ARTEFACT, phone, tmp_path / "b")
    assert [(row["url"], row.get("external_referrer_url")) for row in made] == [
        ("https://a.example/", "https://r.example/"),
        ("https://wal.example/", None),
    ]


@pytest.mark.parametrize(
    "artefact", [chrome_history.ARTEFACT, brave_history.ARTEFACT, edge_history.ARTEFACT, opera.ARTEFACT]
)
def test_other_tables_are_unsupported(tmp_path: Path, artefact: Artefact) -> None:
    browser = artefact.name.removeprefix("ios.").removesuffix("_history")
    phone = Phone()
    phone.database(chrome.place(browser), lambda db: db.execute("CREATE TABLE other (a)"))
    found, errors = batches(artefact, phone, tmp_path / "b")
    assert found == [] and [type(error) for error in errors] == [Unsupported]


def test_brave_core_data(tmp_path: Path) -> None:
    phone = Phone()

    def fill(db) -> None:  # type: ignore[no-untyped-def]
        db.execute(
            "CREATE TABLE ZHISTORY (Z_PK INTEGER PRIMARY KEY, ZURL VARCHAR, ZTITLE VARCHAR, ZVISITEDON TIMESTAMP)"
        )
        db.execute("INSERT INTO ZHISTORY VALUES (1, 'https://a.example/', 'A', 721692800.5)")

    phone.database(("AppDomain-com.brave.ios.browser", "Library/Application Support/Brave.sqlite"), fill)
    assert rows(brave_history.ARTEFACT, phone, tmp_path / "b") == [
        {"id": 1, "url": "https://a.example/", "title": "A", "visited_on": BASE + 500_000, "role": "visited"}
    ]


@pytest.mark.parametrize("ios", [12, 17])
@pytest.mark.parametrize("browser", list(chrome.BROWSERS))
def test_chromium_favicons(tmp_path: Path, browser: str, ios: int) -> None:
    phone = Phone(ios=f"{ios}.0")
    domain, relative = chrome.place(browser, "Favicons")
    phone.database(
        chrome_favicons,
        lambda db: chrome_favicons.insert(db, ios, url="https://a.example/p", at=1_700_000_000),
        domain=domain,
        relative=relative,
    )
    assert rows(icons_artefact.ARTEFACT, phone, tmp_path / "b") == [
        {
            "url": "https://a.example/p",
            "icon_url": "https://a.example/favicon.ico",
            "timestamp": BASE,
            "icon_type": 1,
            "width": 32,
            "height": 32,
        }
    ]


def test_firefox(tmp_path: Path) -> None:
    phone = Phone()

    def fill(db) -> None:  # type: ignore[no-untyped-def]
        firefox.insert(
            db, 16, url="https://a.example/", title="A", at=1_700_000_000.5, type=2, icon="https://a.example/i.ico"
        )
        firefox.insert(db, 16, url="https://b.example/", at=1_700_000_001, type=6, local=False)
        firefox.insert(db, 16, url="https://c.example/", at=1_700_000_002, type=4)

    phone.database(firefox, fill)
    assert rows(firefox_history.ARTEFACT, phone, tmp_path / "b") == [
        {
            "id": 1,
            "timestamp": BASE + 500_000,
            "url": "https://a.example/",
            "title": "A",
            "role": "visited",
            "is_local": 1,
            "type": 2,
            "is_deleted": 0,
            "page_modified": BASE + 500_000,
        },
        {
            "id": 2,
            "timestamp": BASE + 1_000_000,
            "url": "https://b.example/",
            "title": "",
            "role": "redirected",
            "is_local": 0,
            "type": 6,
            "is_deleted": 0,
            "page_modified": BASE + 1_000_000,
        },
        {
            "id": 3,
            "timestamp": BASE + 2_000_000,
            "url": "https://c.example/",
            "title": "",
            "role": "loaded",
            "is_local": 1,
            "type": 4,
            "is_deleted": 0,
            "page_modified": BASE + 2_000_000,
        },
    ]
    assert rows(firefox_favicons.ARTEFACT, phone, tmp_path / "b") == [
        {
            "id": 1,
            "url": "https://a.example/i.ico",
            "width": 32,
            "height": 32,
            "type": 0,
            "timestamp": BASE + 500_000,
            "history_id": 1,
            "history_url": "https://a.example/",
        }
    ]


def test_firefox_places(tmp_path: Path) -> None:
    phone = Phone()

    def fill(db) -> None:  # type: ignore[no-untyped-def]
        db.execute(
            "CREATE TABLE moz_places (id INTEGER PRIMARY KEY, url LONGVARCHAR NOT NULL, title LONGVARCHAR, guid TEXT)"
        )
        db.execute(
            "CREATE TABLE moz_historyvisits (id INTEGER PRIMARY KEY, is_local INTEGER, from_visit INTEGER, "
            "place_id INTEGER, visit_date INTEGER, visit_type INTEGER)"
        )
        db.execute(
            "INSERT INTO moz_places VALUES (1, 'https://a.example/', 'A', 'g'), (2, 'https://b.example/', NULL, 'h')"
        )
        db.execute(
            "INSERT INTO moz_historyvisits VALUES (1, 1, NULL, 1, 1700000000250, 1), (2, 1, 1, 2, 1700000000500, 5)"
        )

    phone.database(("AppDomainGroup-group.org.mozilla.ios.Firefox", "profile.profile/places.db"), fill)
    assert rows(firefox_history.ARTEFACT, phone, tmp_path / "b") == [
        {
            "id": 1,
            "timestamp": BASE + 250_000,
            "url": "https://a.example/",
            "title": "A",
            "role": "visited",
            "is_local": 1,
            "type": 1,
        },
        {
            "id": 2,
            "timestamp": BASE + 500_000,
            "url": "https://b.example/",
            "role": "redirected",
            "is_local": 1,
            "type": 5,
            "from_visit": 1,
            "from_url": "https://a.example/",
        },
    ]


@pytest.mark.parametrize(
    ("sql", "layout"),
    [
        (ICON_SITES, "favicon_site_urls"),
        ("", "favicons"),
    ],
)
def test_firefox_icon_variants(tmp_path: Path, sql: str, layout: str) -> None:
    phone = Phone()
    phone.database(
        (firefox.DOMAIN, firefox.RELATIVE),
        lambda db: db.execute(
            "CREATE TABLE favicons (id INTEGER PRIMARY KEY, url TEXT, date REAL);"
            "INSERT INTO favicons VALUES (1, 'https://a.example/i', 1700000000000000);" + sql
        ),
    )
    found, errors = batches(firefox_favicons.ARTEFACT, phone, tmp_path / "b")
    assert errors == [] and [batch.layout for batch in found] == [layout]
    page = {"history_url": "https://a.example/"} if sql else {}
    assert found[0].row(0) == {"id": 1, "url": "https://a.example/i", "timestamp": BASE} | page


def test_what_is_left_of_a_history_without_visits(tmp_path: Path) -> None:
    """Searches are still read, and the missing table is said."""
    phone = Phone()
    phone.database(chrome, lambda db: visits(db, 16), delete=lambda db: db.execute("DROP TABLE visits"))
    found, errors = batches(chrome_history.ARTEFACT, phone, tmp_path / "b")
    assert [batch.layout for batch in found] == ["searches"] and [type(error) for error in errors] == [Unsupported]
