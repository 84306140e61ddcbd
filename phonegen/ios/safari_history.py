"""Safari's history: HomeDomain Library/Safari/History.db, and History.db of each Safari profile.

Row keys: url, at (Unix seconds), title, id (of the visit), loaded, non_get, synthesized, origin (1: from another
device), redirect_source and redirect_destination (visit ids), redirects (sequence of (url, seconds later): the visits
that follow, chained as Safari chains them), or any column of history_visits by its own name.
Layout: as on a real History.db of macOS; status_code, tags and the rest of later versions recalled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

import apsw

from phonegen.ios._tables import BASE_TIME, check_ios, lookup, mac

DOMAIN = "HomeDomain"
RELATIVE = "Library/Safari/History.db"
VERSIONS: tuple[int, ...] = (12, 13, 15)

_VISITS = "history_visits(id) ON DELETE CASCADE"
_SCHEMA = f"""
CREATE TABLE history_items (id INTEGER PRIMARY KEY AUTOINCREMENT,url TEXT NOT NULL UNIQUE,domain_expansion TEXT NULL,
 visit_count INTEGER NOT NULL,daily_visit_counts BLOB NOT NULL,weekly_visit_counts BLOB NULL,
 autocomplete_triggers BLOB NULL,
 should_recompute_derived_visit_counts INTEGER NOT NULL,visit_count_score INTEGER NOT NULL@STATUS@);
CREATE TABLE history_visits (id INTEGER PRIMARY KEY AUTOINCREMENT,
 history_item INTEGER NOT NULL REFERENCES history_items(id) ON DELETE CASCADE,visit_time REAL NOT NULL,title TEXT NULL,
 load_successful BOOLEAN NOT NULL DEFAULT 1,http_non_get BOOLEAN NOT NULL DEFAULT 0,
 synthesized BOOLEAN NOT NULL DEFAULT 0,
 redirect_source INTEGER NULL UNIQUE REFERENCES {_VISITS},redirect_destination INTEGER NULL UNIQUE REFERENCES {_VISITS},
 origin INTEGER NOT NULL DEFAULT 0,generation INTEGER NOT NULL DEFAULT 0,attributes INTEGER NOT NULL DEFAULT 0,
 score INTEGER NOT NULL DEFAULT 0);
CREATE TABLE history_tombstones (id INTEGER PRIMARY KEY AUTOINCREMENT,start_time REAL NOT NULL,end_time REAL NOT NULL,
 url TEXT,generation INTEGER NOT NULL DEFAULT 0);
CREATE TABLE metadata (key TEXT NOT NULL UNIQUE, value);
CREATE TABLE history_client_versions (client_version INTEGER PRIMARY KEY,last_seen REAL NOT NULL);
CREATE TABLE history_event_listeners (listener_name TEXT PRIMARY KEY NOT NULL UNIQUE,last_seen REAL NOT NULL);
CREATE TABLE history_events (id INTEGER PRIMARY KEY AUTOINCREMENT,event_type TEXT NOT NULL,event_time REAL NOT NULL,
 pending_listeners TEXT NOT NULL,value BLOB);
CREATE INDEX history_items__domain_expansion ON history_items (domain_expansion);
CREATE INDEX history_visits__last_visit ON history_visits (history_item, visit_time DESC, synthesized ASC);
CREATE INDEX history_visits__origin ON history_visits (origin, generation);
CREATE INDEX history_tombstones__generation ON history_tombstones (generation);
CREATE INDEX history_tombstones__end_time ON history_tombstones (end_time);
"""
_TAGS = """
CREATE TABLE history_tags (id INTEGER PRIMARY KEY AUTOINCREMENT,type INTEGER NOT NULL,level INTEGER NOT NULL,
 identifier TEXT NOT NULL,title TEXT NOT NULL,modification_timestamp REAL NOT NULL,item_count INTEGER NOT NULL DEFAULT
 0);
CREATE TABLE history_items_to_tags (history_item INTEGER NOT NULL REFERENCES history_items(id) ON DELETE CASCADE,
 tag_id INTEGER NOT NULL REFERENCES history_tags(id) ON DELETE CASCADE,timestamp REAL NOT NULL,
 UNIQUE(history_item, tag_id) ON CONFLICT REPLACE);
"""
_COLUMNS = [
    "id",
    "history_item",
    "visit_time",
    "title",
    "load_successful",
    "http_non_get",
    "synthesized",
    "redirect_source",
    "redirect_destination",
    "origin",
]
_KEYS = {"url", "at", "title", "id", "loaded", "non_get", "synthesized", "origin", "redirects"}
_KEYS |= {"redirect_source", "redirect_destination"}


def profile(uuid: str) -> str:
    """The relative path of the history of the Safari profile with this UUID (iOS 17)."""
    return f"Library/Safari/Profiles/{uuid}/History.db"


def schema(ios: int) -> str:
    """The statements that make an empty history of this iOS major version."""
    check_ios(ios, VERSIONS)
    status = ",status_code INTEGER NOT NULL DEFAULT 0" if ios >= 13 else ""
    return _SCHEMA.replace("@STATUS@", status) + (_TAGS if ios >= 15 else "")


def bulk(db: apsw.Connection, ios: int, rows: Iterable[Mapping[str, Any]]) -> None:
    """Writes many visits in one transaction."""
    with db:
        items: dict[Any, int] = lookup(db, "SELECT url, id FROM history_items")
        counts: dict[int, int] = {}
        urls: list[tuple[Any, ...]] = []
        visits: list[tuple[Any, ...]] = []
        extras: list[tuple[int, dict[str, Any]]] = []
        number = db.execute("SELECT ifnull(max(id), 0) FROM history_visits").get
        first_item = max(items.values(), default=0)

        def item(url: str) -> int:
            found = items.get(url)
            if found is None:
                found = items[url] = first_item + len(urls) + 1
                # Without its top-level domain, as Safari completes it: "www.example.org" is stored as "example".
                host = (urlsplit(url).hostname or "").removeprefix("www.")
                urls.append((found, url, host.rpartition(".")[0] or None))
            counts[found] = counts.get(found, 0) + 1
            return found

        for row in rows:
            number = int(row.get("id", number + 1))
            at = mac(row.get("at", BASE_TIME + number * 60))
            chain = row.get("redirects", ())
            loaded = int(row.get("loaded", not chain))
            after = number + 1 if chain else row.get("redirect_destination")
            visits.append(
                (
                    number,
                    item(row["url"]),
                    at,
                    row.get("title"),
                    loaded,
                    int(row.get("non_get", False)),
                    int(row.get("synthesized", False)),
                    row.get("redirect_source"),
                    after,
                    row.get("origin", 0),
                )
            )
            extra = {name: value for name, value in row.items() if name not in _KEYS}
            if extra:
                extras.append((number, extra))
            for place, (url, delay) in enumerate(chain, 1):
                at += delay
                number += 1
                last = place == len(chain)
                title = row.get("title") if last else None
                visits.append((number, item(url), at, title, 1, 0, 0, number - 1, None if last else number + 1, 0))
        db.executemany(
            "INSERT INTO history_items (id, url, domain_expansion, visit_count, daily_visit_counts,"
            " should_recompute_derived_visit_counts, visit_count_score) VALUES (?,?,?,0,X'64000000',0,100)",
            urls,
        )
        marks = ",".join("?" * len(_COLUMNS))
        db.executemany(f"INSERT INTO history_visits ({', '.join(_COLUMNS)}) VALUES ({marks})", visits)
        db.executemany(
            "UPDATE history_items SET visit_count = visit_count + ? WHERE id = ?", ((n, i) for i, n in counts.items())
        )
        for visit, extra in extras:
            names = ", ".join(f"{name} = ?" for name in extra)
            db.execute(f"UPDATE history_visits SET {names} WHERE id = ?", (*extra.values(), visit))


def insert(db: apsw.Connection, ios: int, **row: Any) -> None:
    """Writes one visit; see the module for the keys."""
    bulk(db, ios, [row])


def tombstone(db: apsw.Connection, start: float, end: float, url: str | None = None) -> None:
    """The mark that Safari leaves when history between two moments (Unix seconds) is cleared; rows are not touched."""
    sql = "INSERT INTO history_tombstones (start_time, end_time, url, generation) VALUES (?,?,?,1)"
    db.execute(sql, (mac(start), mac(end), url))
