"""People the phone talked with: HomeDomain Library/CoreDuet/People/interactionC.db, a Core Data store.

Row keys: at (start), end, created (Unix seconds), bundle, target_bundle, account, outgoing, mechanism, group, domain,
sender, recipients, attachments. A person is a dictionary (identifier, name, person_id, custom) or just an identifier;
an attachment is a dictionary (url, uti, text, person, size) or just a uti. Or any ZINTERACTIONS column by its name.
Layout: table, join and column names as publicly described; which version first had a column is recalled: ZGROUPNAME
and ZPHOTOLOCALIDENTIFIER from iOS 13, ZDERIVEDINTENTIDENTIFIER from 13, cloud and photo columns from 14.
"""

from __future__ import annotations

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
RELATIVE = "Library/CoreDuet/People/interactionC.db"
VERSIONS: tuple[int, ...] = (12, 13, 14, 16)

_ENTITIES = ("Attachment", "Contacts", "Interactions", "Keywords", "Version")
_HEAD = ("Z_PK INTEGER PRIMARY KEY", "Z_ENT INTEGER", "Z_OPT INTEGER")
_ROLES = ("INCOMINGRECIPIENT", "INCOMINGSENDER", "OUTGOINGRECIPIENT")


def _tables(ios: int) -> tuple[Table, ...]:
    attachment = [*_HEAD, "ZSIZEINBYTES INTEGER", "ZCONTENTTEXT VARCHAR", "ZUTI VARCHAR", "ZCONTENTURL BLOB"]
    contacts = [
        *_HEAD,
        *(f"Z{role}COUNT INTEGER" for role in _ROLES),
        "ZPERSONIDTYPE INTEGER",
        "ZTYPE INTEGER",
        "ZCREATIONDATE TIMESTAMP",
        *(f"ZFIRST{role}DATE TIMESTAMP" for role in _ROLES),
        *(f"ZLAST{role}DATE TIMESTAMP" for role in _ROLES),
        "ZCUSTOMIDENTIFIER VARCHAR",
        "ZDISPLAYNAME VARCHAR",
        "ZIDENTIFIER VARCHAR",
        "ZPERSONID VARCHAR",
    ]
    interactions = [
        *_HEAD,
        "ZDIRECTION INTEGER",
        "ZISRESPONSE INTEGER",
        "ZMECHANISM INTEGER",
        "ZRECIPIENTCOUNT INTEGER",
        "ZSENDER INTEGER",
        "ZCREATIONDATE TIMESTAMP",
        "ZENDDATE TIMESTAMP",
        "ZSTARTDATE TIMESTAMP",
        "ZUPDATEDATE TIMESTAMP",
        "ZACCOUNT VARCHAR",
        "ZBUNDLEID VARCHAR",
        "ZCONTENTURL VARCHAR",
        "ZDOMAINIDENTIFIER VARCHAR",
        "ZLOCATIONUUID VARCHAR",
        "ZTARGETBUNDLEID VARCHAR",
        "ZUUID VARCHAR",
    ]
    if ios >= 13:
        attachment += ["ZPHOTOLOCALIDENTIFIER VARCHAR"]
        interactions += ["ZGROUPNAME VARCHAR", "ZDERIVEDINTENTIDENTIFIER VARCHAR"]
    if ios >= 14:
        attachment += ["ZCLOUDIDENTIFIER VARCHAR", "ZPERSONINPHOTO VARCHAR", "ZIDENTIFIER BLOB"]
        interactions += ["ZNSUSERNAME VARCHAR", "ZMAILSHARESHEETDELETIONCANDIDATE INTEGER"]
    if ios >= 16:
        contacts += ["ZDISPLAYTYPE INTEGER"]
        interactions += ["ZSELFPARTICIPANTSTATUS INTEGER"]
    counts: dict[str, Any] = {f"Z{role}COUNT": 0 for role in _ROLES}
    return (
        Table("ZATTACHMENT", *attachment, Z_ENT=1, Z_OPT=1),
        Table("ZCONTACTS", *contacts, indexes=("ZIDENTIFIER",), Z_ENT=2, Z_OPT=1, ZPERSONIDTYPE=0, ZTYPE=0, **counts),
        Table(
            "ZINTERACTIONS",
            *interactions,
            indexes=("ZSTARTDATE", "ZSENDER"),
            Z_ENT=3,
            Z_OPT=1,
            ZISRESPONSE=0,
            ZMECHANISM=4,
        ),
        Table("ZKEYWORDS", *_HEAD, "ZKEYWORD VARCHAR", Z_ENT=4, Z_OPT=1),
        Table("ZVERSION", *_HEAD, "ZNUMBER INTEGER", Z_ENT=5, Z_OPT=1),
        Table(
            "Z_1INTERACTIONS",
            "Z_1ATTACHMENTS INTEGER",
            "Z_3INTERACTIONS INTEGER",
            constraints=("PRIMARY KEY (Z_1ATTACHMENTS, Z_3INTERACTIONS)",),
        ),
        Table(
            "Z_2INTERACTIONRECIPIENT",
            "Z_2RECIPIENTS INTEGER",
            "Z_3INTERACTIONRECIPIENT INTEGER",
            constraints=("PRIMARY KEY (Z_2RECIPIENTS, Z_3INTERACTIONRECIPIENT)",),
        ),
        Table(
            "Z_3KEYWORDS",
            "Z_3INTERACTIONS1 INTEGER",
            "Z_4KEYWORDS INTEGER",
            constraints=("PRIMARY KEY (Z_3INTERACTIONS1, Z_4KEYWORDS)",),
        ),
    )


def schema(ios: int) -> str:
    """The statements that make an empty store of this iOS major version."""
    check_ios(ios, VERSIONS)
    return ddl(_tables(ios)) + core_data("interactionc", _ENTITIES)


def bulk(db: apsw.Connection, ios: int, rows: Iterable[dict[str, Any]]) -> None:
    """Write many interactions in one transaction; people with the same identifier share one row."""
    with Batch(db, _tables(ios)) as batch:
        people = lookup(db, "SELECT ZIDENTIFIER, Z_PK FROM ZCONTACTS")
        for row in rows:
            _add(batch, row, people)
        batch.flush()
        for entity in _ENTITIES[:3]:
            note_maximum(db, entity, "Z" + entity.upper())


def _person(batch: Batch, person: Any, at: float, role: str, people: dict[Any, Any]) -> int:
    facts = person if isinstance(person, dict) else {"identifier": person}
    identifier = facts.get("identifier", "+15555550123")
    if identifier not in people:
        people[identifier] = batch.new_id("ZCONTACTS")
        batch.add(
            "ZCONTACTS",
            {
                "Z_PK": people[identifier],
                "ZIDENTIFIER": identifier,
                "ZDISPLAYNAME": facts.get("name"),
                "ZPERSONID": facts.get("person_id"),
                "ZCUSTOMIDENTIFIER": facts.get("custom"),
                "ZPERSONIDTYPE": 3 if facts.get("person_id") else 0,
                "ZCREATIONDATE": mac(at),
                f"Z{role}COUNT": 1,
                f"ZFIRST{role}DATE": mac(at),
                f"ZLAST{role}DATE": mac(at),
            },
        )
    return int(people[identifier])


def _add(batch: Batch, row: dict[str, Any], people: dict[Any, Any]) -> None:
    key = batch.key(row, "ZINTERACTIONS")
    at = row.get("at", BASE_TIME)
    outgoing = bool(row.get("outgoing", False))
    sender = row.get("sender", None if outgoing else "+15555550123")
    recipients = list(row.get("recipients", ["+15555550124"] if outgoing else []))
    role = "OUTGOINGRECIPIENT" if outgoing else "INCOMINGRECIPIENT"
    attachments = list(row.get("attachments", ()))
    values = {
        "Z_PK": key,
        "ZDIRECTION": int(outgoing),
        "ZMECHANISM": row.get("mechanism", 4),
        "ZRECIPIENTCOUNT": len(recipients),
        "ZSENDER": None if sender is None else _person(batch, sender, at, "INCOMINGSENDER", people),
        "ZSTARTDATE": mac(at),
        "ZENDDATE": mac(row.get("end", at)),
        "ZCREATIONDATE": mac(row.get("created", at)),
        "ZUPDATEDATE": mac(row.get("created", at)),
        "ZACCOUNT": row.get("account"),
        "ZBUNDLEID": row.get("bundle", "com.apple.MobileSMS"),
        "ZTARGETBUNDLEID": row.get("target_bundle"),
        "ZDOMAINIDENTIFIER": row.get("domain"),
        "ZUUID": fixed_uuid("interaction", key),
        **raw_columns(row),
    }
    if row.get("group") is not None:
        values["ZGROUPNAME"] = row["group"]
    batch.add("ZINTERACTIONS", values)
    for number in dict.fromkeys(_person(batch, person, at, role, people) for person in recipients):
        batch.add("Z_2INTERACTIONRECIPIENT", {"Z_2RECIPIENTS": number, "Z_3INTERACTIONRECIPIENT": key})
    for item in attachments:
        facts = item if isinstance(item, dict) else {"uti": item}
        number = batch.new_id("ZATTACHMENT")
        batch.add(
            "ZATTACHMENT",
            {
                "Z_PK": number,
                "ZUTI": facts.get("uti", "public.jpeg"),
                "ZCONTENTURL": facts.get("url"),
                "ZCONTENTTEXT": facts.get("text"),
                "ZSIZEINBYTES": facts.get("size", 0),
            },
        )
        batch.add("Z_1INTERACTIONS", {"Z_1ATTACHMENTS": number, "Z_3INTERACTIONS": key})


def insert(db: apsw.Connection, ios: int, **row: Any) -> None:
    """Write one interaction; see the module for the keys."""
    bulk(db, ios, [row])
