"""Telegram messages, where a backup holds the app's database in the clear: `postbox/db/db_sqlite`.

Newer versions encrypt the database and keep it out of backups. Messages lie in table `t7` as packed fields; only the
text and
the direction are decoded, and where that fails the readable pieces of the value are kept.
"""

from __future__ import annotations

import struct

from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.kinds import Integer, Label, Role, RoleValue, Text, UnixTime
from sousveil.patterns import lazy_pattern
from sousveil.readers.sqlite import Column, Layout, sqlite
from sousveil.records import Record

APPS = ("ph.telegra.Telegraph",)


class Message(Record):
    """One message."""

    text: Text | None
    decoded: Label | None
    """`fields` where the message's own text was found, `strings` where only readable pieces could be taken."""
    role: RoleValue
    date: UnixTime | None
    peer: Integer | None
    """Number of the chat."""
    author: Integer | None
    message_id: Integer | None
    namespace: Integer | None


_KEY = struct.Struct(">qiii")
_HEAD = struct.Struct("<bIIb")
_INCOMING = 4
_MAX_VALUE = 4 << 20
_MAX_LINKS = 200
_PIECE = lazy_pattern(r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]{6,}")
_DATA_FLAGS = ((1, 8), (2, 4), (4, 8), (8, 4), (16, 4))
"""Bit of the head's last byte -> bytes of the optional field that follows the head (recalled from public
descriptions)."""


def _fields(value: bytes) -> tuple[str, bool, int | None] | None:
    """(text, incoming, author), or None where the fields are not as described."""
    try:
        kind, _id, _version, extra = _HEAD.unpack_from(value)
        if kind != 0:
            return None
        at = _HEAD.size + sum(size for bit, size in _DATA_FLAGS if extra & bit)
        flags, _tags = struct.unpack_from("<II", value, at)
        at += 8
        if value[at]:  # forwarded: author and time, then optional fields that we do not follow
            if value[at] != 1:
                return None
            at += 12
        at += 1
        author: int | None = None
        if value[at]:
            (author,) = struct.unpack_from("<q", value, at + 1)
            at += 8
        at += 1
        (length,) = struct.unpack_from("<i", value, at)
        if length < 0 or at + 4 + length > len(value):
            return None
        return value[at + 4 : at + 4 + length].decode("utf-8"), bool(flags & _INCOMING), author
    except (struct.error, IndexError, UnicodeDecodeError):
        return None


def derive(work: dict[str, Column], _context: Context) -> None:
    """Text, direction and the parts of the key."""
    count = len(work["_value"])
    for name in ("text", "decoded", "role", "date", "peer", "author", "message_id", "namespace"):
        work[name] = [None] * count
    for at, (key, value) in enumerate(zip(work["_key"], work["_value"], strict=True)):
        if type(key) is bytes and len(key) == _KEY.size:
            work["peer"][at], work["namespace"][at], work["date"][at], work["message_id"][at] = _KEY.unpack(key)
        work["role"][at] = Role.RECEIVED.value
        if type(value) is not bytes:
            continue
        found = _fields(value[:_MAX_VALUE])
        if found is not None:
            work["text"][at], incoming, work["author"][at] = found
            work["decoded"][at] = "fields"
            if not incoming:
                work["role"][at] = Role.SENT.value
        own = "" if found is None else found[0]
        if found is not None and b"://" not in value[len(own) :]:
            continue
        pieces = _PIECE.findall(value[:_MAX_VALUE].decode("utf-8", "replace"))
        if found is None:
            work["text"][at] = "\n".join(pieces) or None
            work["decoded"][at] = "strings" if pieces else None
        else:  # links of previews and buttons, which stand behind the text
            links = [p for p in pieces if "://" in p][:_MAX_LINKS]
            work["text"][at] = "\n".join([own, *(p for p in links if p not in own and own not in p)])


ARTEFACT = Artefact(
    name="ios.telegram",
    title="Telegram messages",
    needs={"main": (At.group("group.ph.telegra.Telegraph", "telegram-data/account-*/postbox/db/db_sqlite"),)},
    record=Message,
    role=Role.RECEIVED,
    read=sqlite(
        Layout(name="postbox", source="t7", columns={}, inputs={"_key": "t7.key", "_value": "t7.value"}, derive=derive),
        rowid=False,
    ),
    events=(Event(at="date", says="Telegram message sent or received"),),
    expected=Expected(app=APPS, optional="Telegram keeps its messages out of backups since it encrypts them"),
    seen=(
        Seen(
            versions="older versions of the app",
            basis="recalled from public descriptions of the format",
            verified=False,
        ),
    ),
    means="A published link in a received message shows that somebody tried to reach this phone with it, not that it "
    "was opened.",
)
