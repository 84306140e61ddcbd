"""Databases of an Android phone that only a dump of its file system has: messages, calls and downloads."""

from __future__ import annotations

from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.kinds import BundleId, FilePath, Handle, Integer, Label, Name, Role, RoleValue, Text, UnixTime, Url
from sousveil.readers.sqlite import Column, Layout, sqlite
from sousveil.records import Record

_FORMS = ("dump",)
_SENT = (2, 4, 5, 6)
"""Types of messages that the owner wrote: sent, outbox, failed, queued."""
_DRAFT = 3


def places(package: str, name: str) -> tuple[At, ...]:
    """A database of an app, under the names that its folder has had."""
    return tuple(At.anywhere(f"{folder}/{package}/databases/{name}") for folder in ("data/data", *_LATER))


def _seen(*recalled: At) -> tuple[Seen, ...]:
    """What a database rests on that was seen in the folder of Android 4.4; places of later systems were not seen."""
    return (
        Seen(versions="Android 4.4", basis="seen on a real phone: published test data", verified=True),
        Seen(
            versions="Android 5 and later",
            basis="recalled: the folders of each user, and calls in a database of their own",
            verified=False,
            places=recalled,
        ),
    )


_LATER = ("data/user/*", "data/user_de/*")
_MESSAGES = places("com.android.providers.telephony", "mmssms.db")
_CONTACTS = places("com.android.providers.contacts", "contacts2.db")
_CALLS = places("com.android.providers.contacts", "calllog.db")
_DOWNLOADS = places("com.android.providers.downloads", "downloads.db")


class PhoneMessage(Record):
    """One SMS message."""

    text: Text | None
    handle: Handle | None
    """The other side."""
    role: RoleValue
    at: UnixTime | None
    sent: UnixTime | None
    """When the sender's network took it."""
    subject: Text | None
    service_center: Label | None
    id: Integer


def _message_roles(work: dict[str, Column], _context: Context) -> None:
    work["role"] = [
        Role.SENT.value if kind in _SENT else Role.WRITTEN.value if kind == _DRAFT else Role.RECEIVED.value
        for kind in work["_type"]
    ]


MESSAGES = Artefact(
    name="android.dump_messages",
    title="Messages (SMS, database)",
    needs={"main": _MESSAGES},
    record=PhoneMessage,
    role=Role.RECEIVED,
    read=sqlite(
        Layout(
            name="sms",
            source="sms",
            columns={"text": "sms.body", "handle": "sms.address", "at": "sms.date", "id": "sms._id"},
            optional={"sent": "sms.date_sent", "subject": "sms.subject", "service_center": "sms.service_center"},
            inputs={"_type": "sms.type"},
            derive=_message_roles,
            extra=("sms",),
        )
    ),
    events=(Event(at="at", says="message"),),
    acquisitions=_FORMS,
    seen=_seen(*_MESSAGES[1:]),
    means="A link in a message that came in shows that somebody sent it, not that it was opened.",
)


class PhoneCall(Record):
    """One call."""

    handle: Handle | None
    name: Name | None
    role: RoleValue
    at: UnixTime | None
    seconds: Integer | None
    package: BundleId | None
    """The app that wrote the row."""


def _call_roles(work: dict[str, Column], _context: Context) -> None:
    work["role"] = [Role.SENT.value if kind == 2 else Role.RECEIVED.value for kind in work["_type"]]


CALLS = Artefact(
    name="android.dump_calls",
    title="Calls (database)",
    needs={"main": (*_CONTACTS, *_CALLS)},
    record=PhoneCall,
    role=Role.RECEIVED,
    read=sqlite(
        Layout(
            name="calls",
            source="calls",
            columns={"handle": "calls.number", "at": "calls.date"},
            optional={"name": "calls.name", "seconds": "calls.duration", "package": "calls.source_package"},
            inputs={"_type": "calls.type"},
            derive=_call_roles,
            extra=("calls",),
        ),
        required=False,
    ),
    events=(Event(at="at", says="call"),),
    acquisitions=_FORMS,
    seen=_seen(*_CONTACTS[1:], *_CALLS),
    means="A published number shows that it called, or was called.",
)


class Download(Record):
    """One download."""

    url: Url | None
    referrer: Url | None
    """The page that led to it."""
    path: FilePath | None
    """Where it was stored."""
    package: BundleId | None
    """The app that asked for it."""
    title: Text | None
    type: Label | None
    at: UnixTime | None


DOWNLOADS = Artefact(
    name="android.downloads",
    title="Downloads",
    needs={"main": _DOWNLOADS},
    record=Download,
    role=Role.LOADED,
    read=sqlite(
        Layout(
            name="downloads",
            source="downloads",
            columns={"url": "downloads.uri", "at": "downloads.lastmod"},
            optional={
                "path": "downloads._data",
                "package": "downloads.notificationpackage",
                "title": "downloads.title",
                "type": "downloads.mimetype",
                "referrer": "downloads.referer",
            },
            extra=("downloads",),
        )
    ),
    events=(Event(at="at", says="download", shows="url"),),
    expected=Expected(optional="the phone forgets downloads that the owner removes"),
    acquisitions=_FORMS,
    seen=_seen(*_DOWNLOADS[1:]),
    means="The phone loaded something from the link. It does not show that anybody opened it.",
)
ARTEFACTS = (MESSAGES, CALLS, DOWNLOADS)
