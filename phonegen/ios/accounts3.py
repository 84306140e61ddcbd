"""Accounts: HomeDomain Library/Accounts/Accounts3.sqlite, a Core Data store.

Row keys: username, kind (account type identifier), description, bundle (owner), at (Unix seconds), active,
authenticated, identifier, parent (Z_PK), properties (dictionary, each value stored as an archived plist); or any
ZACCOUNT column by its own name.
Layout: seen in a real database (2021 test phone); iOS 15 and 17 additions are recalled.
"""

from __future__ import annotations

import plistlib
from collections.abc import Iterable
from typing import Any

import apsw

from phonegen.ios._tables import (
    BASE_TIME,
    Batch,
    Table,
    check_ios,
    core_data,
    ddl,
    fixed_uuid,
    lookup,
    mac,
    note_maximum,
    raw_columns,
)

DOMAIN = "HomeDomain"
RELATIVE = "Library/Accounts/Accounts3.sqlite"
VERSIONS: tuple[int, ...] = (12, 15, 17)

_ENTITIES = (
    "AccessOptionsKey",
    "Account",
    "AccountProperty",
    "AccountType",
    "Authorization",
    "CredentialItem",
    "Dataclass",
)
_HEAD = ("Z_PK INTEGER PRIMARY KEY", "Z_ENT INTEGER", "Z_OPT INTEGER")
_PAIRS = (
    ("Z_1OWNINGACCOUNTTYPES", "Z_1ACCESSKEYS", "Z_4OWNINGACCOUNTTYPES"),
    ("Z_2ENABLEDDATACLASSES", "Z_2ENABLEDACCOUNTS", "Z_7ENABLEDDATACLASSES"),
    ("Z_2PROVISIONEDDATACLASSES", "Z_2PROVISIONEDACCOUNTS", "Z_7PROVISIONEDDATACLASSES"),
    ("Z_4SUPPORTEDDATACLASSES", "Z_4SUPPORTEDTYPES", "Z_7SUPPORTEDDATACLASSES"),
    ("Z_4SYNCABLEDATACLASSES", "Z_4SYNCABLETYPES", "Z_7SYNCABLEDATACLASSES"),
)
TYPE_NAMES = {
    "com.apple.account.AppleAccount": "iCloud",
    "com.apple.account.IMAP": "IMAP",
    "com.apple.account.Exchange": "Exchange",
    "com.apple.account.Google": "Gmail",
    "com.apple.account.SMTP": "SMTP",
    "com.apple.account.iTunesStore": "iTunes Store",
}


def _tables(ios: int) -> tuple[Table, ...]:
    account = [
        *_HEAD,
        "ZACTIVE INTEGER",
        "ZAUTHENTICATED INTEGER",
        "ZSUPPORTSAUTHENTICATION INTEGER",
        "ZVISIBLE INTEGER",
        "ZACCOUNTTYPE INTEGER",
        "ZPARENTACCOUNT INTEGER",
        "ZDATE TIMESTAMP",
        "ZLASTCREDENTIALRENEWALREJECTIONDATE TIMESTAMP",
        "ZACCOUNTDESCRIPTION VARCHAR",
        "ZAUTHENTICATIONTYPE VARCHAR",
        "ZCREDENTIALTYPE VARCHAR",
        "ZIDENTIFIER VARCHAR",
        "ZOWNINGBUNDLEID VARCHAR",
        "ZUSERNAME VARCHAR",
        "ZDATACLASSPROPERTIES BLOB",
    ]
    if ios >= 15:
        account += ["ZMODIFICATIONID VARCHAR"]
    if ios >= 17:
        account += ["ZPERSONAIDENTIFIER VARCHAR"]
    return (
        Table("ZACCESSOPTIONSKEY", *_HEAD, "ZNAME VARCHAR"),
        Table(
            "ZACCOUNT",
            *account,
            indexes=("ZACCOUNTTYPE", "ZPARENTACCOUNT"),
            Z_ENT=2,
            Z_OPT=1,
            ZVISIBLE=1,
            ZSUPPORTSAUTHENTICATION=1,
        ),
        Table(
            "ZACCOUNTPROPERTY",
            *_HEAD,
            "ZOWNER INTEGER",
            "ZKEY VARCHAR",
            "ZVALUE BLOB",
            indexes=("ZOWNER",),
            Z_ENT=3,
            Z_OPT=1,
        ),
        Table(
            "ZACCOUNTTYPE",
            *_HEAD,
            "ZENCRYPTACCOUNTPROPERTIES INTEGER",
            "ZOBSOLETE INTEGER",
            "ZSUPPORTSAUTHENTICATION INTEGER",
            "ZSUPPORTSMULTIPLEACCOUNTS INTEGER",
            "ZVISIBILITY INTEGER",
            "ZACCOUNTTYPEDESCRIPTION VARCHAR",
            "ZCREDENTIALPROTECTIONPOLICY VARCHAR",
            "ZCREDENTIALTYPE VARCHAR",
            "ZIDENTIFIER VARCHAR",
            "ZOWNINGBUNDLEID VARCHAR",
            Z_ENT=4,
            Z_OPT=1,
            ZENCRYPTACCOUNTPROPERTIES=0,
            ZOBSOLETE=0,
            ZSUPPORTSAUTHENTICATION=1,
            ZSUPPORTSMULTIPLEACCOUNTS=1,
            ZVISIBILITY=0,
            ZCREDENTIALPROTECTIONPOLICY="ck",
            ZCREDENTIALTYPE="password",
            ZOWNINGBUNDLEID="com.apple.accountsd",
        ),
        Table(
            "ZAUTHORIZATION",
            *_HEAD,
            "ZACCOUNTTYPE INTEGER",
            "ZBUNDLEID VARCHAR",
            "ZGRANTEDPERMISSIONS VARCHAR",
            "ZOPTIONS BLOB",
        ),
        Table(
            "ZCREDENTIALITEM",
            *_HEAD,
            "ZPERSISTENT INTEGER",
            "ZEXPIRATIONDATE TIMESTAMP",
            "ZACCOUNTIDENTIFIER VARCHAR",
            "ZSERVICENAME VARCHAR",
        ),
        Table("ZDATACLASS", *_HEAD, "ZNAME BLOB"),
        *(
            Table(name, f"{left} INTEGER", f"{right} INTEGER", constraints=(f"PRIMARY KEY ({left}, {right})",))
            for name, left, right in _PAIRS
        ),
    )


def schema(ios: int) -> str:
    """The statements that make an empty store of this iOS major version."""
    check_ios(ios, VERSIONS)
    return ddl(_tables(ios)) + core_data("accounts3", _ENTITIES)


def bulk(db: apsw.Connection, ios: int, rows: Iterable[dict[str, Any]]) -> None:
    """Write many accounts in one transaction; account types are shared."""
    with Batch(db, _tables(ios)) as batch:
        kinds = lookup(db, "SELECT ZIDENTIFIER, Z_PK FROM ZACCOUNTTYPE")
        for row in rows:
            _add(batch, row, kinds)
        batch.flush()
        for entity in ("Account", "AccountProperty", "AccountType"):
            note_maximum(db, entity, "Z" + entity.upper())


def _add(batch: Batch, row: dict[str, Any], kinds: dict[Any, Any]) -> None:
    kind = row.get("kind", "com.apple.account.IMAP")
    if kind not in kinds:
        kinds[kind] = batch.new_id("ZACCOUNTTYPE")
        batch.add(
            "ZACCOUNTTYPE",
            {
                "Z_PK": kinds[kind],
                "ZIDENTIFIER": kind,
                "ZACCOUNTTYPEDESCRIPTION": TYPE_NAMES.get(kind, kind.rsplit(".", 1)[-1]),
            },
        )
    key = batch.key(row, "ZACCOUNT")
    batch.add(
        "ZACCOUNT",
        {
            "Z_PK": key,
            "ZACTIVE": int(row.get("active", True)),
            "ZAUTHENTICATED": int(row.get("authenticated", True)),
            "ZACCOUNTTYPE": kinds[kind],
            "ZPARENTACCOUNT": row.get("parent"),
            "ZDATE": mac(row.get("at", BASE_TIME)),
            "ZACCOUNTDESCRIPTION": row.get("description"),
            "ZIDENTIFIER": row.get("identifier", fixed_uuid("account", key)),
            "ZOWNINGBUNDLEID": row.get("bundle", "com.apple.Preferences"),
            "ZUSERNAME": row.get("username", "alex@example.com"),
            **raw_columns(row),
        },
    )
    for name, value in row.get("properties", {}).items():
        blob = plistlib.dumps(
            {
                "$version": 100000,
                "$archiver": "NSKeyedArchiver",
                "$top": {"root": plistlib.UID(1)},
                "$objects": ["$null", value],
            },
            fmt=plistlib.FMT_BINARY,
        )
        batch.add(
            "ZACCOUNTPROPERTY", {"Z_PK": batch.new_id("ZACCOUNTPROPERTY"), "ZOWNER": key, "ZKEY": name, "ZVALUE": blob}
        )


def insert(db: apsw.Connection, ios: int, **row: Any) -> None:
    """Write one account; see the module for the keys."""
    bulk(db, ios, [row])
