"""Sites seen by a web view: Library/WebKit/WebsiteData/ResourceLoadStatistics/observations.db of any app domain.

DOMAIN is Safari's; give another app's domain to the backup writer for its web views.
Row keys: domain (registrable), at (last seen), interacted (bool), interaction_at, under (domains of the top frames
that loaded it), redirects_to (domains), or any ObservedDomains column by its own name.
Layout: as WebKit's own public source creates it: ten columns at first, isScheduledForAllButCookieDataRemoval next
(iOS 15 here), mostRecentWebPushInteractionTime last (iOS 16.4; here 17). Before iOS 14 a phone keeps the plist instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import apsw

from phonegen.ios._tables import BASE_TIME, Batch, Table, check_ios, ddl, lookup

DOMAIN = "AppDomain-com.apple.mobilesafari"
RELATIVE = "Library/WebKit/WebsiteData/ResourceLoadStatistics/observations.db"
VERSIONS: tuple[int, ...] = (14, 15, 17)

_PAIRS = (
    ("StorageAccessUnderTopFrameDomains", "domainID", "topLevelDomainID"),
    ("TopFrameUniqueRedirectsTo", "sourceDomainID", "toDomainID"),
    ("TopFrameUniqueRedirectsFrom", "targetDomainID", "fromDomainID"),
    ("TopFrameLinkDecorationsFrom", "toDomainID", "fromDomainID"),
    ("TopFrameLoadedThirdPartyScripts", "topFrameDomainID", "subresourceDomainID"),
    ("SubframeUnderTopFrameDomains", "subFrameDomainID", "topFrameDomainID"),
    ("SubresourceUnderTopFrameDomains", "subresourceDomainID", "topFrameDomainID"),
    ("SubresourceUniqueRedirectsTo", "subresourceDomainID", "toDomainID"),
    ("SubresourceUniqueRedirectsFrom", "subresourceDomainID", "fromDomainID"),
)
_TIMED = {
    "TopFrameLinkDecorationsFrom",
    "SubframeUnderTopFrameDomains",
    "SubresourceUnderTopFrameDomains",
    "SubresourceUniqueRedirectsTo",
}
_TAKEN = {"domain", "at", "interacted", "interaction_at", "under", "redirects_to", "domainID"}


def _tables(ios: int) -> tuple[Table, ...]:
    columns = [
        "domainID INTEGER PRIMARY KEY",
        "registrableDomain TEXT NOT NULL UNIQUE ON CONFLICT FAIL",
        "lastSeen REAL NOT NULL",
        "hadUserInteraction INTEGER NOT NULL",
        "mostRecentUserInteractionTime REAL NOT NULL",
        "grandfathered INTEGER NOT NULL",
        "isPrevalent INTEGER NOT NULL",
        "isVeryPrevalent INTEGER NOT NULL",
        "dataRecordsRemoved INTEGER NOT NULL",
        "timesAccessedAsFirstPartyDueToUserInteraction INTEGER NOT NULL",
        "timesAccessedAsFirstPartyDueToStorageAccessAPI INTEGER NOT NULL",
    ]
    if ios >= 15:
        columns += ["isScheduledForAllButCookieDataRemoval INTEGER NOT NULL"]
    if ios >= 17:
        columns += ["mostRecentWebPushInteractionTime REAL NOT NULL"]
    zeros: dict[str, Any] = {column.split()[0]: 0 for column in columns[5:]}
    zeros["mostRecentWebPushInteractionTime"] = -1
    tables = [
        Table("ObservedDomains", *columns, **zeros),
        Table(
            "TopLevelDomains",
            "topLevelDomainID INTEGER PRIMARY KEY",
            constraints=("FOREIGN KEY (topLevelDomainID) REFERENCES ObservedDomains (domainID) ON DELETE CASCADE",),
        ),
    ]
    for name, left, right in _PAIRS:
        timed = ("lastUpdated REAL NOT NULL",) if name in _TIMED else ()
        tables.append(
            Table(
                name,
                f"{left} INTEGER NOT NULL",
                *timed,
                f"{right} INTEGER NOT NULL",
                constraints=(
                    f"UNIQUE ({left}, {right}) ON CONFLICT REPLACE",
                    f"FOREIGN KEY ({left}) REFERENCES ObservedDomains (domainID) ON DELETE CASCADE",
                ),
            )
        )
    return tuple(tables)


def schema(ios: int) -> str:
    """The statements that make an empty database of this iOS major version."""
    check_ios(ios, VERSIONS)
    return ddl(_tables(ios))


def bulk(db: apsw.Connection, ios: int, rows: Iterable[dict[str, Any]]) -> None:
    """Write many observed domains in one transaction; a domain that is already there keeps its row."""
    with Batch(db, _tables(ios)) as batch:
        known = lookup(db, "SELECT registrableDomain, domainID FROM ObservedDomains")
        for row in rows:
            at = row.get("at", BASE_TIME)
            key = _domain(batch, row, known)
            for other in row.get("under", ()):
                top = _domain(batch, {"domain": other, "at": at, "interacted": True}, known)
                batch.add(
                    "SubresourceUnderTopFrameDomains",
                    {"subresourceDomainID": key, "lastUpdated": at, "topFrameDomainID": top},
                )
            for other in row.get("redirects_to", ()):
                target = _domain(batch, {"domain": other, "at": at}, known)
                batch.add("TopFrameUniqueRedirectsTo", {"sourceDomainID": key, "toDomainID": target})
                batch.add("TopFrameUniqueRedirectsFrom", {"targetDomainID": target, "fromDomainID": key})


def _domain(batch: Batch, row: dict[str, Any], known: dict[Any, Any]) -> int:
    name = row.get("domain", "example.com")
    if name not in known:
        known[name] = batch.key(row, "ObservedDomains", "domainID")
        at = row.get("at", BASE_TIME)
        interacted = bool(row.get("interacted", False))
        values = {
            "domainID": known[name],
            "registrableDomain": name,
            "lastSeen": at,
            "hadUserInteraction": int(interacted),
            "mostRecentUserInteractionTime": row.get("interaction_at", at if interacted else -1),
        }
        values.update((column, value) for column, value in row.items() if column not in _TAKEN)
        batch.add("ObservedDomains", values)
    return int(known[name])


def insert(db: apsw.Connection, ios: int, **row: Any) -> None:
    """Write one observed domain; see the module for the keys."""
    bulk(db, ios, [row])
