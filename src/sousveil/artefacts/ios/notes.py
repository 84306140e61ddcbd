"""Notes: NoteStore.sqlite. Bodies are compressed protocol buffers; the text in them is read, and links of
attachments."""

from __future__ import annotations

import zlib

from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.errors import LimitExceeded
from sousveil.kinds import Flag, Label, MacTime, Name, Opaque, Role, Text
from sousveil.readers.sqlite import Column, Layout, chain, sqlite
from sousveil.records import Record
from sousveil.texts import t

MAX_BODY = 4 << 20
"""Bytes of an unpacked body at most; the rest is left out."""
MAX_BODIES = 40 << 20
"""Characters of the texts of one batch at most: only a database made to exhaust memory has more."""


class Note(Record):
    """One note, or one link in a note."""

    text: Text | None
    title: Text | None
    snippet: Text | None
    """The beginning, as the list of notes shows it."""
    url: Text | None
    """Of an attached link."""
    file_name: Name | None
    folder: Name | None
    part: Label
    """`note` or `attachment`."""
    locked: Flag | None
    """1: locked with a password; then the text is not readable."""
    deleted: Flag | None
    """1: marked for deletion."""
    identifier: Opaque
    created: MacTime | None
    modified: MacTime | None


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while shift < 64:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
        shift += 7
    raise IndexError("too long a number")


def _field(data: bytes, wanted: int) -> bytes | None:
    """The first length-delimited field of that number in a message; None where there is none. Raises IndexError for
    damage."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        wire = key & 7
        if wire == 2:
            length, at = _varint(data, at)
            if key >> 3 == wanted:
                return data[at : at + length]
            at += length
        elif wire == 0:
            _, at = _varint(data, at)
        elif wire in (1, 5):
            at += 8 if wire == 1 else 4
        else:
            raise IndexError("an unknown kind of field")
    return None


def body_text(blob: bytes) -> str | None:
    """The text of a note's body; None where it is none.

    The body is gzip around a protocol buffer: field 2, in it 3, in it 2. Reads up to `MAX_BODY` bytes of the unpacked body.
    """
    try:
        data: bytes | None = zlib.decompressobj(47).decompress(blob, MAX_BODY)
        for number in (2, 3, 2):
            data = _field(data, number) if data is not None else None
    except (zlib.error, IndexError):
        return None
    return data.decode("utf-8", "replace") if data is not None else None


def derive(work: dict[str, Column], _context: Context) -> None:
    """Texts out of bodies. Raises LimitExceeded where they unpack to too much."""
    room = MAX_BODIES
    texts: Column = []
    for blob in work["_data"]:
        text = body_text(blob) if type(blob) is bytes else None
        room -= len(text or "")
        if room < 0:
            raise LimitExceeded(t("error.notes.notes_database_unpack", limit=MAX_BODIES))
        texts.append(text)
    work["text"] = texts
    work["part"] = ["note"] * len(texts)


def _derive_attachment(work: dict[str, Column], _context: Context) -> None:
    work["part"] = ["attachment"] * len(work["_uti"])


_OBJECT = "ZICCLOUDSYNCINGOBJECT"


_FOLDER = "LEFT JOIN {0} AS folder ON folder.Z_PK = note.ZFOLDER"
_PAIRED = "LEFT JOIN {1} AS pair ON pair.{2} = note.Z_PK LEFT JOIN {0} AS folder ON folder.Z_PK = pair.{3}"
"""Up to iOS 11 a note could lie in several folders, and a table of pairs says in which."""
_FOLDERS = {
    "notes": _FOLDER.format(_OBJECT),
    "notes of iOS 10 and 11": _PAIRED.format(_OBJECT, "Z_11NOTES", "Z_8NOTES", "Z_11FOLDERS"),
    "notes of iOS 9": _PAIRED.format(_OBJECT, "Z_12NOTES", "Z_9NOTES", "Z_12FOLDERS"),
    "notes without folders": "",
}
_CREATED = ("ZCREATIONDATE3", "ZCREATIONDATE2", "ZCREATIONDATE1", "ZCREATIONDATE")
"""Its name in newer systems first: the older ones stay, for objects of other kinds."""


def _notes(name: str, created: str) -> Layout:
    return Layout(
        name=name,
        source=f"ZICNOTEDATA LEFT JOIN {_OBJECT} AS note ON note.Z_PK = ZICNOTEDATA.ZNOTE {_FOLDERS[name]}".strip(),
        columns={"title": "note.ZTITLE1", "created": f"note.{created}"},
        optional={
            "snippet": "note.ZSNIPPET",
            **({"folder": "folder.ZTITLE2"} if _FOLDERS[name] else {}),
            "locked": "note.ZISPASSWORDPROTECTED",
            "deleted": "note.ZMARKEDFORDELETION",
            "identifier": "note.ZIDENTIFIER",
            "modified": "note.ZMODIFICATIONDATE1",
        },
        inputs={"_data": "ZICNOTEDATA.ZDATA"},
        derive=derive,
    )


ARTEFACT = Artefact(
    name="ios.notes",
    title="Notes",
    needs={"main": (At.group("group.com.apple.notes", "NoteStore.sqlite"),)},
    record=Note,
    role=Role.WRITTEN,
    read=chain(
        sqlite(*(_notes(name, created) for name in _FOLDERS for created in _CREATED)),
        sqlite(
            Layout(
                name="attachments of notes",
                source=_OBJECT,
                columns={"url": f"{_OBJECT}.ZURLSTRING"},
                optional={
                    "title": f"{_OBJECT}.ZTITLE",
                    "file_name": f"{_OBJECT}.ZFILENAME",
                    "text": f"{_OBJECT}.ZSUMMARY",
                    "identifier": f"{_OBJECT}.ZIDENTIFIER",
                    "created": f"{_OBJECT}.ZCREATIONDATE",
                    "modified": f"{_OBJECT}.ZMODIFICATIONDATE",
                    "deleted": f"{_OBJECT}.ZMARKEDFORDELETION",
                },
                inputs={"_uti": f"{_OBJECT}.ZTYPEUTI"},
                where=f"{_OBJECT}.ZTYPEUTI IS NOT NULL AND ({_OBJECT}.ZURLSTRING IS NOT NULL OR {_OBJECT}.ZFILENAME "
                f"IS NOT NULL)",
                selective=True,
                derive=_derive_attachment,
            ),
            required=False,
        ),
    ),
    events=(
        Event(at="created", says="note written", shows="part"),
        Event(at="modified", says="note changed", shows="part"),
    ),
    expected=Expected(optional="not every backup has it"),
    seen=(
        Seen(versions="iOS 15", basis="seen on a real phone: published test image", verified=True),
        Seen(versions="iOS 12 to 26", basis="columns of other versions recalled", verified=False),
        Seen(
            versions="iOS 9 to 11",
            basis="tables and columns from published descriptions; not seen on a real phone",
            verified=False,
        ),
    ),
    means="What the owner wrote down or saved. A published link here shows no contact by itself.",
)
