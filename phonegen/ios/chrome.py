"""Chrome's history, and that of other browsers made from Chromium (BROWSERS gives their places).

Row keys: url, at (Unix seconds), title, id (of the visit), from_visit (visit id of the page that redirected or linked
here), transition, typed, duration (seconds), referrer (external), hidden, or any column of visits by its own name.
Times are microseconds since 1601 UTC. Layout: Chromium's, from its public documentation, recalled; it follows the
app's version, so the iOS major number stands here for the app of that time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import apsw

from phonegen.ios._tables import BASE_TIME, Batch, Table, check_ios, ddl, lookup

DOMAIN = "AppDomain-com.google.chrome.ios"
RELATIVE = "Library/Application Support/Google/Chrome/Default/History"
VERSIONS: tuple[int, ...] = (12, 15, 17)
BROWSERS: dict[str, tuple[str, str]] = {
    "chrome": (DOMAIN, "Library/Application Support/Google/Chrome/Default"),
    "brave": ("AppDomain-com.brave.ios.browser", "Library/Application Support/BraveSoftware/Brave-Browser/Default"),
    "edge": ("AppDomain-com.microsoft.msedge", "Library/Application Support/Microsoft/Edge/Default"),
    "opera": ("AppDomain-com.opera.OperaTouch", "Library/Application Support/Opera/Default"),
}
"""Domain and folder by browser; only Chrome's is confirmed, the others are guesses by its pattern (see ``place``)."""

_EPOCH = 11_644_473_600
_KEYS = {"url", "at", "title", "from_visit", "transition", "typed", "duration", "referrer", "hidden", "id"}
LINK, TYPED, CHAIN = 0, 1, 0x30000000


def place(browser: str, file: str = "History") -> tuple[str, str]:
    """Domain and relative path of a file of this browser ("History", "Favicons")."""
    domain, folder = BROWSERS[browser]
    return domain, f"{folder}/{file}"


def webkit(unix: float) -> int:
    """Microseconds since 1601 UTC for Unix seconds."""
    return round((unix + _EPOCH) * 1_000_000)


def _tables(ios: int) -> tuple[Table, ...]:
    visits = [
        "id INTEGER PRIMARY KEY AUTOINCREMENT",
        "url INTEGER NOT NULL",
        "visit_time INTEGER NOT NULL",
        "from_visit INTEGER",
    ]
    if ios >= 17:
        visits += ["external_referrer_url TEXT"]
    visits += [
        "transition INTEGER DEFAULT 0 NOT NULL",
        "segment_id INTEGER",
        "visit_duration INTEGER DEFAULT 0 NOT NULL",
    ]
    visits += ["incremented_omnibox_typed_score BOOLEAN DEFAULT FALSE NOT NULL"]
    if ios >= 15:
        visits += ["opener_visit INTEGER", "originator_cache_guid TEXT", "originator_visit_id INTEGER"]
        visits += ["originator_from_visit INTEGER", "originator_opener_visit INTEGER"]
    if ios >= 17:
        visits += [
            "is_known_to_sync BOOLEAN DEFAULT FALSE NOT NULL",
            "consider_for_ntp_most_visited BOOLEAN DEFAULT FALSE NOT NULL",
        ]
        visits += ["visited_link_id INTEGER DEFAULT 0 NOT NULL", "app_id TEXT"]
    return (
        Table(
            "urls",
            "id INTEGER PRIMARY KEY AUTOINCREMENT",
            "url LONGVARCHAR",
            "title LONGVARCHAR",
            "visit_count INTEGER DEFAULT 0 NOT NULL",
            "typed_count INTEGER DEFAULT 0 NOT NULL",
            "last_visit_time INTEGER NOT NULL",
            "hidden INTEGER DEFAULT 0 NOT NULL",
            visit_count=0,
            typed_count=0,
            hidden=0,
        ),
        Table(
            "visits",
            *visits,
            indexes=("url", "from_visit", "visit_time"),
            transition=0,
            visit_duration=0,
            incremented_omnibox_typed_score=0,
            is_known_to_sync=0,
            consider_for_ntp_most_visited=0,
            visited_link_id=0,
        ),
    )


_REST = """
CREATE INDEX urls_url_index ON urls (url);
CREATE TABLE meta(key LONGVARCHAR NOT NULL UNIQUE PRIMARY KEY, value LONGVARCHAR);
CREATE TABLE visit_source(id INTEGER PRIMARY KEY, source INTEGER NOT NULL);
CREATE TABLE keyword_search_terms (keyword_id INTEGER NOT NULL,url_id INTEGER NOT NULL,term LONGVARCHAR NOT NULL,
 normalized_term LONGVARCHAR NOT NULL);
CREATE TABLE segments (id INTEGER PRIMARY KEY,name VARCHAR,url_id INTEGER NON NULL);
CREATE TABLE segment_usage (id INTEGER PRIMARY KEY,segment_id INTEGER NOT NULL,time_slot INTEGER NOT NULL,
 visit_count INTEGER DEFAULT 0 NOT NULL);
CREATE TABLE downloads_url_chains (id INTEGER NOT NULL,chain_index INTEGER NOT NULL,url LONGVARCHAR NOT NULL,
 PRIMARY KEY (id, chain_index));
INSERT INTO meta VALUES ('version', '@VERSION@'), ('last_compatible_version', '16');
"""


def schema(ios: int) -> str:
    """The statements that make an empty history of the app of this iOS major version's time."""
    check_ios(ios, VERSIONS)
    version = 42 if ios < 15 else 54 if ios < 17 else 66
    return ddl(_tables(ios)) + _REST.replace("@VERSION@", str(version))


def bulk(db: apsw.Connection, ios: int, rows: Iterable[Mapping[str, Any]]) -> None:
    """Writes many visits in one transaction."""
    with Batch(db, _tables(ios)) as batch:
        urls = lookup(db, "SELECT url, id FROM urls")
        seen: dict[int, list[int]] = {}
        for row in rows:
            key = batch.key(row, "visits", "id")
            at = webkit(row.get("at", BASE_TIME + key * 60))
            site = urls.get(row["url"])
            if site is None:
                site = urls[row["url"]] = batch.new_id("urls", "id")
                hidden = int(row.get("hidden", False))
                batch.add(
                    "urls",
                    {
                        "id": site,
                        "url": row["url"],
                        "title": row.get("title", ""),
                        "last_visit_time": at,
                        "hidden": hidden,
                    },
                )
            count = seen.setdefault(site, [0, 0, 0])
            count[:] = count[0] + 1, count[1] + bool(row.get("typed")), max(count[2], at)
            values = {
                "id": key,
                "url": site,
                "visit_time": at,
                "from_visit": row.get("from_visit", 0),
                "transition": row.get("transition", CHAIN | (TYPED if row.get("typed") else LINK)),
                "visit_duration": int(row.get("duration", 0) * 1_000_000),
                **{name: value for name, value in row.items() if name not in _KEYS},
            }
            if "referrer" in row:
                values["external_referrer_url"] = row["referrer"]
            batch.add("visits", values)
        batch.flush()
        sql = (
            "UPDATE urls SET visit_count = visit_count + ?, typed_count = typed_count + ?,"
            " last_visit_time = max(last_visit_time, ?)"
        )
        db.executemany(f"{sql} WHERE id = ?", [(*count, site) for site, count in seen.items()])


def insert(db: apsw.Connection, ios: int, **row: Any) -> None:
    """Writes one visit; see the module for the keys."""
    bulk(db, ios, [row])
