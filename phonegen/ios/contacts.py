"""Contacts: HomeDomain Library/AddressBook/AddressBook.sqlitedb.

Row keys: first, middle, last, organization, note, phones, emails, urls (lists of text), created, modified (Unix
seconds), or any ABPerson column by its own name.
Layout: recalled from public descriptions of ABPerson and ABMultiValue; property 3 is a phone number, 4 an e-mail
address, 22 a web address. Newer versions add columns only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import apsw

from phonegen.ios._tables import BASE_TIME, Batch, Table, check_ios, ddl, fixed_uuid, mac

DOMAIN = "HomeDomain"
RELATIVE = "Library/AddressBook/AddressBook.sqlitedb"
VERSIONS: tuple[int, ...] = (12, 14, 17)

PHONE, EMAIL, URL = 3, 4, 22
LABELS = ("_$!<Mobile>!$_", "_$!<Home>!$_", "_$!<Work>!$_", "_$!<HomePage>!$_")
_FRIENDLY = {"first": "First", "middle": "Middle", "last": "Last", "organization": "Organization", "note": "Note"}
_TAKEN = {*_FRIENDLY, "phones", "emails", "urls", "created", "modified", "ROWID"}


def _tables(ios: int) -> tuple[Table, ...]:
    person = [
        "ROWID INTEGER PRIMARY KEY AUTOINCREMENT",
        "First TEXT",
        "Last TEXT",
        "Middle TEXT",
        "FirstPhonetic TEXT",
        "MiddlePhonetic TEXT",
        "LastPhonetic TEXT",
        "Organization TEXT",
        "Department TEXT",
        "Note TEXT",
        "Kind INTEGER",
        "Birthday TEXT",
        "JobTitle TEXT",
        "Nickname TEXT",
        "Prefix TEXT",
        "Suffix TEXT",
        "FirstSort TEXT",
        "LastSort TEXT",
        "CreationDate INTEGER",
        "ModificationDate INTEGER",
        "CompositeNameFallback TEXT",
        "ExternalIdentifier TEXT",
        "ExternalModificationTag TEXT",
        "ExternalUUID TEXT",
        "StoreID INTEGER",
        "DisplayName TEXT",
        "ExternalRepresentation BLOB",
        "FirstSortSection TEXT",
        "LastSortSection TEXT",
        "FirstSortLanguageIndex INTEGER DEFAULT 2147483647",
        "LastSortLanguageIndex INTEGER DEFAULT 2147483647",
        "PersonLink INTEGER DEFAULT -1",
        "ImageURI TEXT",
        "IsPreferredName INTEGER DEFAULT 1",
        "guid TEXT DEFAULT NULL",
        "PhonemeData TEXT",
        "AlternateBirthday TEXT",
        "MapsData TEXT",
        "FirstPronunciation TEXT",
        "MiddlePronunciation TEXT",
        "LastPronunciation TEXT",
        "OrganizationPhonetic TEXT",
        "OrganizationPronunciation TEXT",
        "PreviousFamilyName TEXT",
        "PreferredLikenessSource TEXT",
        "PreferredPersonaIdentifier TEXT",
        "PreferredChannel TEXT",
    ]
    if ios >= 14:
        person += ["DowntimeWhitelist TEXT", "ImageType TEXT", "ImageHash BLOB"]
    if ios >= 17:
        person += ["MemojiMetadata BLOB", "WallpaperMetadata BLOB", "SensitiveContentConfiguration BLOB"]
    return (
        Table(
            "ABPerson",
            *person,
            FirstSortLanguageIndex=2147483647,
            LastSortLanguageIndex=2147483647,
            PersonLink=-1,
            IsPreferredName=1,
            Kind=0,
            StoreID=0,
        ),
        Table(
            "ABMultiValue",
            "UID INTEGER PRIMARY KEY",
            "record_id INTEGER",
            "property INTEGER",
            "identifier INTEGER",
            "label INTEGER",
            "value TEXT",
            "guid TEXT DEFAULT NULL",
            indexes=("record_id, property",),
            identifier=0,
        ),
        Table(
            "ABMultiValueEntry",
            "parent_id INTEGER",
            "key INTEGER",
            "value TEXT",
            constraints=("UNIQUE (parent_id, key)",),
        ),
        Table("ABMultiValueEntryKey", "value TEXT UNIQUE"),
        Table("ABMultiValueLabel", "value TEXT UNIQUE"),
        Table(
            "ABStore",
            "ROWID INTEGER PRIMARY KEY AUTOINCREMENT",
            "Name TEXT",
            "ExternalIdentifier TEXT",
            "Type INTEGER",
            "ConstraintsPath TEXT",
            "Enabled INTEGER DEFAULT 1",
            "AccountID INTEGER DEFAULT -1",
        ),
        Table(
            "ABGroup",
            "ROWID INTEGER PRIMARY KEY AUTOINCREMENT",
            "Name TEXT",
            "ExternalIdentifier TEXT",
            "StoreID INTEGER",
        ),
        Table(
            "ABGroupMembers",
            "UID INTEGER PRIMARY KEY",
            "group_id INTEGER",
            "member_type INTEGER",
            "member_id INTEGER",
            constraints=("UNIQUE (group_id, member_type, member_id)",),
        ),
    )


def schema(ios: int) -> str:
    """The statements that make an empty address book of this iOS major version, with its label texts."""
    check_ios(ios, VERSIONS)
    labels = "".join(f"INSERT INTO ABMultiValueLabel (value) VALUES ('{label}');\n" for label in LABELS)
    return ddl(_tables(ios)) + labels


def bulk(db: apsw.Connection, ios: int, rows: Iterable[dict[str, Any]]) -> None:
    """Write many contacts in one transaction."""
    with Batch(db, _tables(ios)) as batch:
        for row in rows:
            key = batch.key(row, "ABPerson", "ROWID")
            values = {column: row.get(name) for name, column in _FRIENDLY.items()}
            if not any(values.values()):
                values.update(First="Alex", Last="Example")
            created = row.get("created", BASE_TIME)
            values.update(
                ROWID=key,
                CreationDate=mac(created),
                ModificationDate=mac(row.get("modified", created)),
                FirstSort=values["First"],
                LastSort=values["Last"],
                guid=fixed_uuid("person", key) + ":ABPerson",
            )
            values.update((name, value) for name, value in row.items() if name not in _TAKEN)
            batch.add("ABPerson", values)
            for kind, label, items in (
                (PHONE, 1, row.get("phones", ())),
                (EMAIL, 2, row.get("emails", ())),
                (URL, 4, row.get("urls", ())),
            ):
                for number, value in enumerate(items):
                    uid = batch.new_id("ABMultiValue", "UID")
                    batch.add(
                        "ABMultiValue",
                        {
                            "UID": uid,
                            "record_id": key,
                            "property": kind,
                            "identifier": number,
                            "label": label,
                            "value": value,
                            "guid": fixed_uuid("value", uid),
                        },
                    )


def insert(db: apsw.Connection, ios: int, **row: Any) -> None:
    """Write one contact; see the module for the keys."""
    bulk(db, ios, [{"phones": ["+15555550123"], **row}])
