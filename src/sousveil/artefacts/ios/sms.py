"""Messages: SMS and iMessage, as the phone stores them in sms.db.

A lure arrives here: a link in a text, or an attachment that exploits the program that shows it. Newer systems leave `text`
empty and keep the words only in `attributedBody`; both are read, and links that only the attributes hold as well.
"""

from __future__ import annotations

import plistlib

import numpy as np

from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.errors import SousveilError
from sousveil.kinds import Flag, Handle, Integer, Label, MacTime, Opaque, Role, RoleValue, Text
from sousveil.readers.keyed_archive import strings_of
from sousveil.readers.sqlite import Column, Layout, sqlite
from sousveil.readers.typedstream import body_text, unsaid
from sousveil.readers.typedstream_many import unsaid_packed
from sousveil.readers.work import Constant, Work, all_nothing, ones
from sousveil.records import Blobs, Record, Sparse, Texts, unpacked


class Message(Record):
    """One message."""

    guid: Opaque
    text: Text
    links: Text | None
    """Links that stand only in the attributes or the preview, one a line."""
    text_from: Label | None
    """`attributedBody` where the text was read from there."""
    handle: Handle | None
    service: Label | None
    role: RoleValue
    is_from_me: Flag | None
    date: MacTime | None
    date_read: MacTime | None
    date_delivered: MacTime | None
    date_edited: MacTime | None
    date_retracted: MacTime | None
    chat_handle_id: Integer | None
    """`handle_id` as stored; 0 for messages without a correspondent."""
    room: Opaque | None
    subject: Text | None
    group_title: Text | None
    balloon: Label | None
    account: Opaque | None


_SENT, _RECEIVED = Role.SENT.value, Role.RECEIVED.value


def _preview_links(blob: bytes) -> list[str]:
    """Links in the archived preview of a link (`payload_data`)."""
    if b"http" not in blob and b"h\0t\0t\0p" not in blob:
        return []
    try:
        return [s for s in strings_of(blob) if "://" in s[:12]]
    except (SousveilError, plistlib.InvalidFileException):
        return []


def derive(work: dict[str, Column], context: Context) -> None:
    """Text out of `attributedBody` where there is none, links out of attributes and previews, and the role."""
    if not _told_packed(work):
        _told(work)
    _count_bodies(work, context)
    work["role"] = ones(work, "_mine", _SENT, _RECEIVED) or [  # type: ignore[assignment]
        _SENT if mine == 1 else _RECEIVED for mine in work["_mine"]
    ]


def _told_packed(work: dict[str, Column]) -> bool:
    """`_told` over packed columns; false where they are others."""
    if not isinstance(work, Work) or not all_nothing(work, "_payload"):
        return False
    found = unsaid_packed(work.packed("_body"), work.packed("text"), work.count)
    if found is None:
        return False
    rows = sorted(found.links)
    links = (
        Sparse(count=work.count, rows=rows, held=["\n".join(found.links[row]) for row in rows])
        if rows
        else Constant(None)
    )
    work["text"], work["text_from"], work["links"] = found.texts, found.came, links
    return True


def _count_bodies(work: dict[str, Column], context: Context) -> None:
    """Report how many bodies there are, and of those without another text how many could not be decoded."""
    bodies = work.packed("_body") if isinstance(work, Work) else None
    if isinstance(bodies, Constant):
        return
    texts = work["text"]
    if isinstance(bodies, Blobs):
        count = int(np.count_nonzero(np.frombuffer(bodies.sizes, np.uint32)))
        if isinstance(texts, Texts) and texts.nulls is None:
            context.log.decoded("attributedBody", count, 0)
            return
    blobs = work["_body"] if bodies is None else unpacked(bodies)
    column = [texts.value] * len(blobs) if isinstance(texts, Constant) else unpacked(texts)
    # A body may hold an empty text, which is no text here either.
    undecoded = sum(
        type(body) is not bytes or body_text(body) is None
        for body, text in zip(blobs, column, strict=True)
        if body and text is None
    )
    context.log.decoded("attributedBody", sum(map(bool, blobs)) - undecoded, undecoded)


def _told(work: dict[str, Column]) -> None:
    texts, payloads = work["text"], work["_payload"]
    links: Column = [None] * len(texts)
    came: Column = [None] * len(texts)
    bodies, unsaid_links = unsaid(work["_body"], texts)
    for at, found in enumerate(bodies):
        if found:
            texts[at] = found
            came[at] = "attributedBody"
    for at, urls in enumerate(unsaid_links):
        if urls:
            links[at] = "\n".join(urls)
    if payloads.count(None) != len(payloads):
        for at, blob in enumerate(payloads):
            if type(blob) is bytes and (shown := _preview_links(blob)):
                text = f"{texts[at] or ''}\n{links[at] or ''}"
                new = [u for u in shown if u not in text]
                if new:
                    links[at] = "\n".join([links[at], *new] if links[at] else new)
    work["links"], work["text_from"] = links, came


_OPTIONAL = {
    "handle": "handle.id",
    "service": "message.service",
    "is_from_me": "message.is_from_me",
    "date_read": "message.date_read",
    "date_delivered": "message.date_delivered",
    "date_edited": "message.date_edited",
    "date_retracted": "message.date_retracted",
    "room": "message.cache_roomnames",
    "subject": "message.subject",
    "group_title": "message.group_title",
    "balloon": "message.balloon_bundle_id",
    "account": "message.account",
}

ARTEFACT = Artefact(
    name="ios.sms",
    title="Messages (SMS and iMessage)",
    needs={"main": (At.ios("/private/var/mobile/Library/SMS/sms.db"),)},
    record=Message,
    role=Role.RECEIVED,
    read=sqlite(
        Layout(
            name="attributed",
            source="message LEFT JOIN handle ON handle.ROWID = message.handle_id",
            columns={
                "guid": "message.guid",
                "text": "message.text",
                "date": "message.date",
                "chat_handle_id": "message.handle_id",
            },
            optional=_OPTIONAL,
            inputs={
                "_body": "message.attributedBody",
                "_payload": "message.payload_data",
                "_mine": "message.is_from_me",
            },
            derive=derive,
            extra=("message", "handle"),
            kept=("message.attributedBody", "message.payload_data"),
        ),
        Layout(
            name="body only",
            source="message LEFT JOIN handle ON handle.ROWID = message.handle_id",
            columns={
                "guid": "message.guid",
                "text": "message.text",
                "date": "message.date",
                "chat_handle_id": "message.handle_id",
            },
            optional=_OPTIONAL,
            inputs={"_body": "message.attributedBody", "_payload": "NULL", "_mine": "message.is_from_me"},
            derive=derive,
            extra=("message", "handle"),
            kept=("message.attributedBody", "message.payload_data"),
        ),
        part="messages",
    ),
    events=(
        Event(at="date", says="message sent or received", shows="service"),
        Event(at="date_read", says="message read"),
        Event(at="date_delivered", says="message delivered"),
        Event(at="date_edited", says="message edited"),
        Event(at="date_retracted", says="message taken back by its sender"),
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
    means="A published link in a received message shows that somebody tried to reach this phone with it. It does not show that "
    "the link was opened. In an outgoing message it shows only that the owner wrote or forwarded it.",
)
