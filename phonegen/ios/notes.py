"""Notes: AppDomainGroup-group.com.apple.notes NoteStore.sqlite, a Core Data store with gzip'd bodies.

Row keys: text (the first line is the title), title, snippet, folder, at (created), modified (Unix seconds), body (raw
bytes of ZDATA), links (web addresses, each an attachment object with ZURLSTRING); or any ZICCLOUDSYNCINGOBJECT column
by its own name. Layout: a subset of the columns seen in a real store of iOS 15; the creation column of earlier
versions is recalled; up to iOS 11 a table of pairs says in which folder a note lies (published descriptions). The body is
a protobuf: field 2 document, in it 3 note, in it 2 text.
"""

from __future__ import annotations

import gzip
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

DOMAIN = "AppDomainGroup-group.com.apple.notes"
RELATIVE = "NoteStore.sqlite"
VERSIONS: tuple[int, ...] = (9, 10, 12, 15)

_ENTITIES = (
    "ICCloudState",
    "ICCloudSyncingObject",
    "ICAccountData",
    "ICAttachment",
    "ICAttachmentPreviewImage",
    "ICMedia",
    "ICNote",
    "ICNoteContainer",
    "ICAccount",
    "ICFolder",
    "ICLocation",
    "ICNoteData",
)
_HEAD = ("Z_PK INTEGER PRIMARY KEY", "Z_ENT INTEGER", "Z_OPT INTEGER")


def _entity(name: str) -> int:
    return _ENTITIES.index(name) + 1


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def body(text: str) -> bytes:
    """The gzip'd protobuf of a note's text."""
    run = b"\x08" + _varint(len(text.encode("utf-16-le")) // 2)
    note = _field(2, text.encode()) + _field(5, run)
    document = b"\x08\x00\x10\x00" + _field(3, note)
    return gzip.compress(b"\x08\x00" + _field(2, document), mtime=0)


def _created(ios: int) -> str:
    """The column of a note's time of creation."""
    return "ZCREATIONDATE3" if ios >= 15 else "ZCREATIONDATE1" if ios >= 10 else "ZCREATIONDATE"


def _pairs(ios: int) -> tuple[str, str, str]:
    """The table that says in which folder a note lies, its columns of folders and of notes. Up to iOS 11."""
    return ("Z_11NOTES", "Z_11FOLDERS", "Z_8NOTES") if ios >= 10 else ("Z_12NOTES", "Z_12FOLDERS", "Z_9NOTES")


def _tables(ios: int) -> tuple[Table, ...]:
    created = _created(ios)
    columns = [
        *_HEAD,
        "ZISPASSWORDPROTECTED INTEGER",
        "ZMARKEDFORDELETION INTEGER",
        "ZCLOUDSTATE INTEGER",
        "ZACCOUNT INTEGER",
        "ZFILESIZE INTEGER",
        "ZMEDIA INTEGER",
        "ZNOTE INTEGER",
        "ZPARENTATTACHMENT INTEGER",
        *(("ZFOLDER INTEGER",) if ios >= 12 else ()),
        "ZNOTEDATA INTEGER",
        "ZISPINNED INTEGER",
        "ZFOLDERTYPE INTEGER",
        "ZPARENT INTEGER",
        "ZCREATIONDATE TIMESTAMP",
        "ZMODIFICATIONDATE TIMESTAMP",
        *((f"{created} TIMESTAMP",) if created != "ZCREATIONDATE" else ()),
        "ZMODIFICATIONDATE1 TIMESTAMP",
        "ZLASTVIEWEDMODIFICATIONDATE TIMESTAMP",
        "ZIDENTIFIER VARCHAR",
        "ZPASSWORDHINT VARCHAR",
        "ZSUMMARY VARCHAR",
        "ZTITLE VARCHAR",
        "ZTYPEUTI VARCHAR",
        "ZURLSTRING VARCHAR",
        "ZFILENAME VARCHAR",
        "ZSNIPPET VARCHAR",
        "ZTITLE1 VARCHAR",
        "ZNAME VARCHAR",
        "ZTITLE2 VARCHAR",
        "ZMERGEABLEDATA BLOB",
        "ZMERGEABLEDATA1 BLOB",
    ]
    if ios >= 15:
        columns += [
            "ZALTTEXT VARCHAR",
            "ZTOKENCONTENTIDENTIFIER VARCHAR",
            "ZTYPEUTI1 VARCHAR",
            "ZLINKPRESENTATIONARCHIVEDMETADATA BLOB",
        ]
    name, folders, notes = _pairs(ios)
    pairs = Table(name, f"{folders} INTEGER", f"{notes} INTEGER", constraints=(f"PRIMARY KEY ({folders}, {notes})",))
    return (
        *((pairs,) if ios < 12 else ()),
        Table(
            "ZICCLOUDSTATE",
            *_HEAD,
            "ZCURRENTLOCALVERSION INTEGER",
            "ZINCLOUD INTEGER",
            "ZLATESTVERSIONSYNCEDTOCLOUD INTEGER",
            "ZCLOUDSYNCINGOBJECT INTEGER",
            "ZLOCALVERSIONDATE TIMESTAMP",
        ),
        Table(
            "ZICCLOUDSYNCINGOBJECT",
            *columns,
            indexes=("ZFOLDER", "ZNOTE", "Z_ENT") if ios >= 12 else ("ZNOTE", "Z_ENT"),
            Z_OPT=1,
            ZISPASSWORDPROTECTED=0,
            ZMARKEDFORDELETION=0,
        ),
        Table(
            "ZICLOCATION",
            *_HEAD,
            "ZPLACEUPDATED INTEGER",
            "ZATTACHMENT INTEGER",
            "ZLATITUDE FLOAT",
            "ZLONGITUDE FLOAT",
            "ZPLACEMARKDATA BLOB",
        ),
        Table(
            "ZICNOTEDATA",
            *_HEAD,
            "ZNOTE INTEGER",
            "ZCRYPTOINITIALIZATIONVECTOR BLOB",
            "ZCRYPTOTAG BLOB",
            "ZDATA BLOB",
            indexes=("ZNOTE",),
            Z_ENT=_entity("ICNoteData"),
            Z_OPT=1,
        ),
    )


def schema(ios: int) -> str:
    """The statements that make an empty store of this iOS major version."""
    check_ios(ios, VERSIONS)
    return ddl(_tables(ios)) + core_data("notes", _ENTITIES)


def bulk(db: apsw.Connection, ios: int, rows: Iterable[dict[str, Any]]) -> None:
    """Write many notes in one transaction; folders are shared."""
    with Batch(db, _tables(ios)) as batch:
        folders = lookup(db, f"SELECT ZTITLE2, Z_PK FROM ZICCLOUDSYNCINGOBJECT WHERE Z_ENT = {_entity('ICFolder')}")
        for row in rows:
            _add(batch, ios, row, folders)
        batch.flush()
        note_maximum(db, "ICCloudSyncingObject", "ZICCLOUDSYNCINGOBJECT")
        note_maximum(db, "ICNoteData", "ZICNOTEDATA")


def _add(batch: Batch, ios: int, row: dict[str, Any], folders: dict[Any, Any]) -> None:
    objects = "ZICCLOUDSYNCINGOBJECT"
    folder = row.get("folder", "Notes")
    if folder not in folders:
        folders[folder] = batch.new_id(objects)
        batch.add(
            objects,
            {
                "Z_PK": folders[folder],
                "Z_ENT": _entity("ICFolder"),
                "ZTITLE2": folder,
                "ZIDENTIFIER": fixed_uuid("folder", folder),
            },
        )
    key, data = batch.key(row, objects), batch.new_id("ZICNOTEDATA")
    text = row.get("text", "Shopping\nmilk, bread")
    first, _, rest = text.partition("\n")
    at = row.get("at", BASE_TIME)
    batch.add("ZICNOTEDATA", {"Z_PK": data, "ZNOTE": key, "ZDATA": row["body"] if "body" in row else body(text)})
    batch.add(
        objects,
        {
            "Z_PK": key,
            "Z_ENT": _entity("ICNote"),
            "ZNOTEDATA": data,
            **({"ZFOLDER": folders[folder]} if ios >= 12 else {}),
            "ZTITLE1": row.get("title", first),
            "ZSNIPPET": row.get("snippet", rest[:100]),
            _created(ios): mac(at),
            "ZMODIFICATIONDATE1": mac(row.get("modified", at)),
            "ZIDENTIFIER": fixed_uuid("note", key),
            **raw_columns(row),
        },
    )
    if ios < 12:
        name, of_folder, of_note = _pairs(ios)
        batch.add(name, {of_folder: folders[folder], of_note: key})
    for url in row.get("links", ()):
        number = batch.new_id(objects)
        batch.add(
            objects,
            {
                "Z_PK": number,
                "Z_ENT": _entity("ICAttachment"),
                "ZNOTE": key,
                "ZTYPEUTI": "public.url",
                "ZURLSTRING": url,
                "ZTITLE": url,
                "ZCREATIONDATE": mac(at),
                "ZMODIFICATIONDATE": mac(at),
                "ZIDENTIFIER": fixed_uuid("attachment", number),
            },
        )


def insert(db: apsw.Connection, ios: int, **row: Any) -> None:
    """Write one note; see the module for the keys."""
    bulk(db, ios, [row])
