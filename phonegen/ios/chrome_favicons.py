"""Site icons of Chrome and of other browsers made from Chromium; they can outlive a cleared history.

Row keys: url (page), icon (its icon's URL), at (Unix seconds, last updated), image (bytes), width.
``phonegen.ios.chrome.place(browser, "Favicons")`` gives the places of other browsers. Layout: Chromium's, recalled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import apsw

from phonegen.ios._tables import BASE_TIME, Batch, Table, check_ios, ddl, lookup
from phonegen.ios.chrome import webkit

DOMAIN = "AppDomain-com.google.chrome.ios"
RELATIVE = "Library/Application Support/Google/Chrome/Default/Favicons"
VERSIONS: tuple[int, ...] = (12, 17)


def _tables(ios: int) -> tuple[Table, ...]:
    mapping = ["id INTEGER PRIMARY KEY", "page_url LONGVARCHAR NOT NULL", "icon_id INTEGER"]
    if ios >= 17:
        mapping.append("page_url_type INTEGER NOT NULL DEFAULT 0")
    return (
        Table("icon_mapping", *mapping, indexes=("page_url", "icon_id"), page_url_type=0),
        Table(
            "favicons",
            "id INTEGER PRIMARY KEY",
            "url LONGVARCHAR NOT NULL",
            "icon_type INTEGER DEFAULT 1",
            indexes=("url",),
            icon_type=1,
        ),
        Table(
            "favicon_bitmaps",
            "id INTEGER PRIMARY KEY",
            "icon_id INTEGER NOT NULL",
            "last_updated INTEGER DEFAULT 0",
            "image_data BLOB",
            "width INTEGER DEFAULT 0",
            "height INTEGER DEFAULT 0",
            "last_requested INTEGER DEFAULT 0",
            indexes=("icon_id",),
            last_requested=0,
        ),
    )


def schema(ios: int) -> str:
    """The statements that make an empty database of the app of this iOS major version's time."""
    check_ios(ios, VERSIONS)
    meta = "CREATE TABLE meta(key LONGVARCHAR NOT NULL UNIQUE PRIMARY KEY, value LONGVARCHAR);\n"
    return ddl(_tables(ios)) + meta + "INSERT INTO meta VALUES ('version', '8'), ('last_compatible_version', '7');\n"


def bulk(db: apsw.Connection, ios: int, rows: Iterable[Mapping[str, Any]]) -> None:
    """Writes many icons in one transaction."""
    with Batch(db, _tables(ios)) as batch:
        icons = lookup(db, "SELECT url, id FROM favicons")
        for row in rows:
            key = batch.new_id("icon_mapping", "id")
            url = row["icon"] if "icon" in row else "/".join(row["url"].split("/", 3)[:3]) + "/favicon.ico"
            if url not in icons:
                icons[url] = batch.new_id("favicons", "id")
                width = row.get("width", 32)
                batch.add("favicons", {"id": icons[url], "url": url})
                bitmap = {
                    "id": batch.new_id("favicon_bitmaps", "id"),
                    "icon_id": icons[url],
                    "width": width,
                    "height": width,
                }
                at = webkit(row.get("at", BASE_TIME + key * 60))
                batch.add(
                    "favicon_bitmaps",
                    bitmap | {"last_updated": at, "image_data": row.get("image", b"\x89PNG\r\n\x1a\n")},
                )
            batch.add("icon_mapping", {"id": key, "page_url": row["url"], "icon_id": icons[url]})


def insert(db: apsw.Connection, ios: int, **row: Any) -> None:
    """Writes one icon; see the module for the keys."""
    bulk(db, ios, [row])
