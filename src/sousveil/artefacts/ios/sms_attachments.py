"""Attachments of messages, as sms.db lists them; the files themselves lie beside it.

An exploit that needs no tap arrives as an attachment: its path, type and size stay in this table.
"""

from __future__ import annotations

from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.kinds import FileName, FilePath, Flag, Handle, Integer, Label, MacTime, Opaque, Role, RoleValue, Text
from sousveil.readers.sqlite import Column, Layout, sqlite
from sousveil.records import Record


class Attachment(Record):
    """One attachment of one message."""

    filename: FilePath | None
    """Where the file lies; `~` stands for `/private/var/mobile`."""
    transfer_name: FileName | None
    """The name that the sender gave it."""
    mime_type: Label | None
    uti: Label | None
    total_bytes: Integer | None
    handle: Handle | None
    service: Label | None
    role: RoleValue
    direction: Label | None
    """`received` or `sent`."""
    is_outgoing: Flag | None
    date: MacTime | None
    """Of the message."""
    created_date: MacTime | None
    start_date: MacTime | None
    attachment_id: Integer | None
    message_id: Integer | None
    guid: Opaque
    message_guid: Opaque
    message_text: Text | None
    transfer_state: Integer | None
    is_sticker: Flag | None
    hide_attachment: Flag | None
    has_user_info: Flag | None


def _derive(work: dict[str, Column], _context: Context) -> None:
    sent = [a == 1 or m == 1 for a, m in zip(work["_outgoing"], work["_mine"], strict=True)]
    work["role"] = [Role.SENT.value if s else Role.RECEIVED.value for s in sent]
    work["direction"] = ["sent" if s else "received" for s in sent]


def _there(column: Column) -> Column:
    """Whether there is anything: 1 or 0. (The condition in the query would keep SQLite from being spared.)"""
    return [int(value is not None) for value in column]


_DECODE = {"has_user_info": _there}
_OWN = {
    "transfer_name": "attachment.transfer_name",
    "mime_type": "attachment.mime_type",
    "uti": "attachment.uti",
    "total_bytes": "attachment.total_bytes",
    "is_outgoing": "attachment.is_outgoing",
    "created_date": "attachment.created_date",
    "start_date": "attachment.start_date",
    "attachment_id": "attachment.ROWID",
    "transfer_state": "attachment.transfer_state",
    "is_sticker": "attachment.is_sticker",
    "hide_attachment": "attachment.hide_attachment",
    "has_user_info": "attachment.user_info",
}
_COLUMNS = {"filename": "attachment.filename", "guid": "attachment.guid"}

ARTEFACT = Artefact(
    name="ios.sms_attachments",
    title="Attachments of messages",
    needs={"main": (At.ios("/private/var/mobile/Library/SMS/sms.db"),)},
    record=Attachment,
    role=Role.RECEIVED,
    read=sqlite(
        Layout(
            name="attachments of messages",
            source="attachment LEFT JOIN message_attachment_join ON message_attachment_join.attachment_id = "
            "attachment.ROWID "
            "LEFT JOIN message ON message.ROWID = message_attachment_join.message_id "
            "LEFT JOIN handle ON handle.ROWID = message.handle_id",
            columns=_COLUMNS,
            optional=_OWN
            | {
                "handle": "handle.id",
                "service": "message.service",
                "date": "message.date",
                "message_id": "message.ROWID",
                "message_guid": "message.guid",
                "message_text": "message.text",
            },
            inputs={"_outgoing": "attachment.is_outgoing", "_mine": "message.is_from_me"},
            decode=_DECODE,
            derive=_derive,
            kept=("attachment.user_info",),
            extra=("attachment",),
        ),
        Layout(
            name="attachments alone",
            source="attachment",
            columns=_COLUMNS,
            optional=_OWN,
            inputs={"_outgoing": "attachment.is_outgoing", "_mine": "NULL"},
            decode=_DECODE,
            derive=_derive,
            kept=("attachment.user_info",),
            extra=("attachment",),
        ),
    ),
    events=(
        Event(at="date", says="message with an attachment sent or received", shows="mime_type"),
        Event(at="created_date", says="attachment of a message created", shows="mime_type"),
        Event(at="start_date", says="transfer of an attachment began", shows="mime_type"),
    ),
    expected=Expected(),
    seen=(
        Seen(
            versions="macOS 10.13 chat.db (same tables)",
            basis="seen on a real computer: the layout of a published test image",
            verified=True,
        ),
        Seen(
            versions="iOS 12 to 26",
            basis="layout from the reference tool's output and published descriptions",
            verified=True,
        ),
    ),
    means="A file that somebody sent shows an attempt at most; it does not show that it did anything on this phone.",
)
