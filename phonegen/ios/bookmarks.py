"""Safari's bookmarks and reading list: HomeDomain Library/Safari/Bookmarks.db.

Row keys: title, url, at (last modified, Unix seconds), reading_list (bool), folder=True (a folder, no url), parent
(id), deleted; or any `bookmarks` column by its own name.
Layout: as publicly described; the later columns (iOS 13, 15) are recalled.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import apsw

from phonegen.ios._tables import BASE_TIME, Batch, Table, check_ios, ddl, fixed_uuid, mac

DOMAIN = "HomeDomain"
RELATIVE = "Library/Safari/Bookmarks.db"
VERSIONS: tuple[int, ...] = (12, 13, 15)

ROOT, BOOKMARKS_BAR, READING_LIST = 0, 1, 3
_TAKEN = {"at", "reading_list", "folder", "deleted", "id"}


def _tables(ios: int) -> tuple[Table, ...]:
    columns = [
        "id INTEGER PRIMARY KEY",
        "special_id INTEGER DEFAULT 0",
        "parent INTEGER",
        "type INTEGER",
        "title TEXT",
        "url TEXT COLLATE NOCASE",
        "num_children INTEGER DEFAULT 0",
        "editable INTEGER DEFAULT 1",
        "deletable INTEGER DEFAULT 1",
        "hidden INTEGER DEFAULT 0",
        "hidden_ancestor_count INTEGER DEFAULT 0",
        "order_index INTEGER NOT NULL",
        "external_uuid TEXT UNIQUE",
        "read INTEGER DEFAULT NULL",
        "last_modified REAL DEFAULT NULL",
        "server_id TEXT",
        "sync_key TEXT",
        "sync_data BLOB",
        "added INTEGER DEFAULT 1",
        "deleted INTEGER DEFAULT 0",
        "extra_attributes BLOB DEFAULT NULL",
        "local_attributes BLOB DEFAULT NULL",
        "fetched_icon BOOL DEFAULT 0",
        "icon BLOB DEFAULT NULL",
        "dav_generation INTEGER DEFAULT 0",
        "locally_added BOOL DEFAULT 0",
        "archive_status INTEGER DEFAULT 0",
        "syncable BOOL DEFAULT 1",
        "web_filter_status INTEGER DEFAULT 0",
        "modified_attributes UNSIGNED BIG INT DEFAULT 0",
    ]
    if ios >= 13:
        columns += ["date_closed REAL DEFAULT NULL", "last_selected_child INTEGER DEFAULT NULL"]
    if ios >= 15:
        columns += ["subtype INTEGER DEFAULT 0"]
    zeros: dict[str, Any] = dict.fromkeys(
        (
            "special_id",
            "num_children",
            "hidden",
            "hidden_ancestor_count",
            "deleted",
            "fetched_icon",
            "dav_generation",
            "locally_added",
            "archive_status",
            "web_filter_status",
            "modified_attributes",
            "subtype",
            "type",
            "parent",
            "order_index",
        ),
        0,
    )
    return (
        Table("bookmarks", *columns, indexes=("parent", "url"), editable=1, deletable=1, added=1, syncable=1, **zeros),
        Table(
            "folder_ancestors", "id INTEGER PRIMARY KEY", "folder_id INTEGER NOT NULL", "ancestor_id INTEGER NOT NULL"
        ),
        Table(
            "generations",
            "generation INTEGER NOT NULL DEFAULT 0",
            "save_generation INTEGER NOT NULL DEFAULT 0",
            "dav_generation INTEGER NOT NULL DEFAULT 0",
        ),
        Table("sync_properties", "key TEXT PRIMARY KEY UNIQUE NOT NULL", "value TEXT NOT NULL"),
        Table(
            "bookmark_title_words",
            "id INTEGER PRIMARY KEY",
            "bookmark_id INTEGER NOT NULL",
            "word TEXT",
            "word_index INTEGER",
        ),
    )


def schema(ios: int) -> str:
    """The statements that make a database with the folders every phone has."""
    check_ios(ios, VERSIONS)
    folders = "".join(
        f"INSERT INTO bookmarks (id, special_id, parent, type, title, order_index, external_uuid) "
        f"VALUES ({key}, {special}, {parent}, 1, '{title}', {key}, '{fixed_uuid('folder', title)}');\n"
        for key, special, parent, title in (
            (0, 0, "NULL", "Root"),
            (1, 1, 0, "BookmarksBar"),
            (2, 2, 0, "BookmarksMenu"),
            (3, 3, 0, "com.apple.ReadingList"),
        )
    )
    return ddl(_tables(ios)) + folders + "INSERT INTO generations VALUES (1, 1, 0);\n"


def bulk(db: apsw.Connection, ios: int, rows: Iterable[dict[str, Any]]) -> None:
    """Write many bookmarks in one transaction."""
    with Batch(db, _tables(ios)) as batch:
        for row in rows:
            key = batch.key(row, "bookmarks", "id")
            folder = bool(row.get("folder", False))
            values = {
                "id": key,
                "type": int(folder),
                "title": "Example",
                "url": None if folder else "https://example.com/",
                "parent": READING_LIST if row.get("reading_list") else BOOKMARKS_BAR,
                "order_index": key,
                "external_uuid": fixed_uuid("bookmark", key),
                "last_modified": mac(row.get("at", BASE_TIME)),
                "deleted": int(row.get("deleted", False)),
            }
            values.update((name, value) for name, value in row.items() if name not in _TAKEN)
            batch.add("bookmarks", values)


def insert(db: apsw.Connection, ios: int, **row: Any) -> None:
    """Write one bookmark; see the module for the keys."""
    bulk(db, ios, [row])
