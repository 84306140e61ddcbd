"""Firefox's history and site icons: AppDomainGroup-group.org.mozilla.ios.Firefox profile.profile/browser.db.

Row keys: url, at (Unix seconds), title, type (1 link, 2 typed, 5 and 6 redirects), local, icon (URL of the site's
icon), deleted. Times are microseconds since 1970 UTC. Layout: recalled from public descriptions of browser.db.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

import apsw

from phonegen.ios._tables import BASE_TIME, Batch, Table, check_ios, ddl, fixed_uuid, lookup

DOMAIN = "AppDomainGroup-group.org.mozilla.ios.Firefox"
RELATIVE = "profile.profile/browser.db"
VERSIONS: tuple[int, ...] = (12,)

_ID = "id INTEGER PRIMARY KEY AUTOINCREMENT"
_TABLES = (
    Table("domains", _ID, "domain TEXT NOT NULL UNIQUE", "showOnTopSites TINYINT NOT NULL DEFAULT 1", showOnTopSites=1),
    Table(
        "history",
        _ID,
        "guid TEXT NOT NULL UNIQUE",
        "url TEXT UNIQUE",
        "title TEXT NOT NULL",
        "server_modified INTEGER",
        "local_modified INTEGER",
        "is_deleted TINYINT NOT NULL",
        "should_upload TINYINT NOT NULL",
        "domain_id INTEGER REFERENCES domains(id) ON DELETE CASCADE",
        constraints=("CONSTRAINT urlOrDeleted CHECK (url IS NOT NULL OR is_deleted = 1)",),
        is_deleted=0,
        should_upload=1,
    ),
    Table(
        "visits",
        _ID,
        "siteID INTEGER NOT NULL REFERENCES history(id) ON DELETE CASCADE",
        "date REAL NOT NULL",
        "type INTEGER NOT NULL",
        "is_local TINYINT NOT NULL",
        constraints=("UNIQUE (siteID, date, type)",),
        indexes=("siteID, date, is_local",),
    ),
    Table(
        "favicons",
        _ID,
        "url TEXT NOT NULL UNIQUE",
        "width INTEGER",
        "height INTEGER",
        "type INTEGER NOT NULL",
        "date REAL NOT NULL",
        type=0,
        width=32,
        height=32,
    ),
    Table(
        "favicon_sites",
        _ID,
        "siteID INTEGER NOT NULL REFERENCES history(id) ON DELETE CASCADE",
        "faviconID INTEGER NOT NULL REFERENCES favicons(id) ON DELETE CASCADE",
        constraints=("UNIQUE (siteID, faviconID)",),
    ),
)


def schema(ios: int) -> str:
    """The statements that make an empty database."""
    check_ios(ios, VERSIONS)
    return ddl(_TABLES)


def bulk(db: apsw.Connection, ios: int, rows: Iterable[Mapping[str, Any]]) -> None:
    """Writes many visits in one transaction."""
    with Batch(db, _TABLES) as batch:
        sites = lookup(db, "SELECT url, id FROM history")
        hosts = lookup(db, "SELECT domain, id FROM domains")
        icons = lookup(db, "SELECT url, id FROM favicons")
        pairs = set(db.execute("SELECT siteID, faviconID FROM favicon_sites").fetchall())
        for row in rows:
            key = batch.new_id("visits", "id")
            at = row.get("at", BASE_TIME + key * 60)
            site = _site(batch, row, at, sites, hosts)
            visit = {"id": key, "siteID": site, "date": round(at * 1_000_000), "type": row.get("type", 1)}
            batch.add("visits", visit | {"is_local": int(row.get("local", True))})
            icon = row.get("icon")
            if icon is None:
                continue
            if icon not in icons:
                icons[icon] = batch.new_id("favicons", "id")
                batch.add("favicons", {"id": icons[icon], "url": icon, "date": round(at * 1_000_000)})
            if (site, icons[icon]) not in pairs:
                pairs.add((site, icons[icon]))
                number = batch.new_id("favicon_sites", "id")
                batch.add("favicon_sites", {"id": number, "siteID": site, "faviconID": icons[icon]})


def _site(batch: Batch, row: Mapping[str, Any], at: float, sites: dict[Any, Any], hosts: dict[Any, Any]) -> int:
    url = row["url"]
    if url not in sites:
        host = (urlsplit(url).hostname or "").removeprefix("www.")
        if host not in hosts:
            hosts[host] = batch.new_id("domains", "id")
            batch.add("domains", {"id": hosts[host], "domain": host})
        site = sites[url] = batch.new_id("history", "id")
        values = {"id": site, "guid": fixed_uuid("firefox", url), "url": url, "title": row.get("title", "")}
        values |= {
            "local_modified": round(at * 1000),
            "domain_id": hosts[host],
            "is_deleted": int(row.get("deleted", False)),
        }
        batch.add("history", values)
    return int(sites[url])


def insert(db: apsw.Connection, ios: int, **row: Any) -> None:
    """Writes one visit; see the module for the keys."""
    bulk(db, ios, [row])
