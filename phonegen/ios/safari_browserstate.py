"""Safari's open tabs: HomeDomain Library/Safari/BrowserState.db, and BrowserState.db of each Safari profile.

Row keys: url, title, at (Unix seconds, last viewed), uuid, private, visible_url, entries (the tab's back list: URLs,
or dicts with url, title, original, referrer), session (ready bytes for session_data; None: no row in tab_sessions),
id, or any column of tabs by its own name. session_data is a 4-byte header and a binary plist. Layout: recalled from
public descriptions.
"""

from __future__ import annotations

import plistlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import apsw

from phonegen.ios._tables import BASE_TIME, Batch, Table, check_ios, ddl, fixed_uuid, mac

DOMAIN = "HomeDomain"
RELATIVE = "Library/Safari/BrowserState.db"
VERSIONS: tuple[int, ...] = (12, 14)
SESSION_HEADER = b"\x00\x00\x00\x02"

_KEYS = {"url", "title", "at", "uuid", "private", "visible_url", "entries", "session", "id"}


def profile(uuid: str) -> str:
    """The relative path of the tabs of the Safari profile with this UUID (iOS 17)."""
    return f"Library/Safari/Profiles/{uuid}/BrowserState.db"


def _tables(ios: int) -> tuple[Table, ...]:
    columns = [
        "id INTEGER PRIMARY KEY NOT NULL",
        "uuid TEXT NOT NULL UNIQUE",
        "title TEXT",
        "url TEXT",
        "user_visible_url TEXT",
    ]
    columns += ["order_index INTEGER NOT NULL", "last_viewed_time REAL", "readinglist_bookmark_id INTEGER"]
    columns += ["opened_from_link BOOLEAN", "showing_reader BOOLEAN", "reader_view_top_scroll_offset INTEGER"]
    columns += ["private_browsing BOOLEAN", "displaying_standalone_image BOOLEAN", "browser_window_uuid TEXT"]
    if ios >= 14:
        columns += ["owning_browser_window_uuid TEXT", "pinned BOOLEAN", "date_closed REAL"]
    return (
        Table(
            "tabs", *columns, opened_from_link=0, showing_reader=0, private_browsing=0, displaying_standalone_image=0
        ),
        Table(
            "tab_sessions",
            "id INTEGER PRIMARY KEY NOT NULL",
            "tab_uuid TEXT NOT NULL UNIQUE",
            "session_data BLOB",
            "uncompressed_session_data_size INTEGER",
        ),
        Table(
            "browser_windows",
            "id INTEGER PRIMARY KEY NOT NULL",
            "active_document_index INTEGER",
            "active_private_document_index INTEGER",
            "uuid TEXT NOT NULL UNIQUE",
            "type INTEGER",
            "scene_id TEXT",
        ),
    )


def schema(ios: int) -> str:
    """The statements that make an empty database of this iOS major version."""
    check_ios(ios, VERSIONS)
    return ddl(_tables(ios)) + "CREATE INDEX tabs_index_browser_window ON tabs (browser_window_uuid);\n"


def session_data(entries: Sequence[str | Mapping[str, Any]]) -> bytes:
    """The back list of a tab as Safari keeps it."""
    made = []
    for number, entry in enumerate(entries):
        given: Mapping[str, Any] = {"url": entry} if isinstance(entry, str) else entry
        item = {
            "SessionHistoryEntryData": number.to_bytes(4, "little") * 4,
            "SessionHistoryEntryOriginalURL": given.get("original", given["url"]),
            "SessionHistoryEntryShouldOpenExternalURLsPolicyKey": 1,
            "SessionHistoryEntryTitle": given.get("title", ""),
            "SessionHistoryEntryURL": given["url"],
        }
        if "referrer" in given:
            item["SessionHistoryEntryReferrer"] = given["referrer"]
        made.append(item)
    history = {"SessionHistoryCurrentIndex": len(made) - 1, "SessionHistoryEntries": made, "SessionHistoryVersion": 1}
    content = {"IsAppInitiated": True, "RenderTreeSize": 300, "SessionHistory": history}
    return SESSION_HEADER + plistlib.dumps(content, fmt=plistlib.FMT_BINARY)


def bulk(db: apsw.Connection, ios: int, rows: Iterable[Mapping[str, Any]]) -> None:
    """Writes many tabs in one transaction."""
    with Batch(db, _tables(ios)) as batch:
        window = fixed_uuid("safari window")
        if not db.execute("SELECT count(*) FROM browser_windows").get:
            batch.add("browser_windows", {"id": 1, "uuid": window, "type": 0, "active_document_index": 0})
        for row in rows:
            key = batch.key(row, "tabs", "id")
            uuid = row.get("uuid") or fixed_uuid("tab", key)
            url = row.get("url", "")
            values = {
                "id": key,
                "uuid": uuid,
                "title": row.get("title"),
                "url": url,
                "user_visible_url": row.get("visible_url", url),
                "order_index": key - 1,
                "last_viewed_time": mac(row.get("at", BASE_TIME + key * 60)),
                "private_browsing": int(row.get("private", False)),
                "browser_window_uuid": window,
                **{name: value for name, value in row.items() if name not in _KEYS},
            }
            batch.add("tabs", values)
            data = row["session"] if "session" in row else session_data(row.get("entries", [url]))
            if data is not None:
                session = {"id": batch.new_id("tab_sessions", "id"), "tab_uuid": uuid, "session_data": data}
                batch.add("tab_sessions", session | {"uncompressed_session_data_size": len(data)})


def insert(db: apsw.Connection, ios: int, **row: Any) -> None:
    """Writes one tab; see the module for the keys."""
    bulk(db, ios, [row])
