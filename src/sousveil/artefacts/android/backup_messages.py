"""SMS and MMS in an adb backup, as Android's telephony provider writes them: compressed lists of messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from sousveil.acquisition.model import FileGroup
from sousveil.artefacts.android._backup import EXPECTED, FORMS
from sousveil.artefacts.model import Artefact, At, Context, Event, Seen
from sousveil.errors import Malformed, Unsupported
from sousveil.kinds import Handle, Label, Opaque, Role, RoleValue, Text, UnixTime
from sousveil.readers.json_rows import number_of, text_of
from sousveil.readers.members import inflate_some
from sousveil.readers.model import Described
from sousveil.readers.plists import Row, batches_of, read_bytes
from sousveil.records import Batch, Record
from sousveil.texts import t

PROVIDER = "apps/com.android.providers.telephony/"
MAX_FILE, MAX_TEXT = 64 << 20, 64 << 20
"""Bytes of a file, and of what it unfolds to. Android puts at most 1,000 messages into a file."""
MAX_MESSAGE = 200_000
_BOXES = {1: "inbox", 2: "sent", 3: "draft", 4: "outbox", 5: "failed", 6: "queued"}
_ROLES = {1: Role.RECEIVED, 3: Role.WRITTEN, 2: Role.SENT, 4: Role.SENT, 5: Role.SENT, 6: Role.SENT}
_FROM, _TO = 137, (151, 130, 129)
"""Types of the addresses of an MMS: sender; recipient, copy, blind copy."""


class BackupMessage(Record):
    """One message."""

    service: Label
    """`SMS` or `MMS`."""
    text: Text | None
    subject: Text | None
    handle: Handle | None
    """Who sent it; of a message that the phone sent, who received it."""
    others: Text | None
    """The other addresses, one a line."""
    own: Opaque | None
    """The number of this phone."""
    box: Label | None
    """`inbox`, `sent`, `draft`, `outbox`, `failed` or `queued`."""
    role: RoleValue
    """`received`, `sent` or, for drafts, `written`; `quoted` where the box is unknown."""
    at: UnixTime | None
    sent: UnixTime | None
    """When the sender's network took it, for messages that came in."""


def _addresses(value: object) -> list[tuple[int | None, str]]:
    rows = [one for one in value if isinstance(one, dict)][:1000] if isinstance(value, list) else []
    return [(number_of(one.get("type")), address) for one in rows if (address := text_of(one.get("address"), 300))]


def _row(value: object, service: str) -> Row | None:
    if not isinstance(value, dict):
        return None
    box = number_of(value.get("type" if service == "SMS" else "msg_box"))
    role = _ROLES.get(box or 0, Role.QUOTED)
    if service == "SMS":
        known = [address] if (address := text_of(value.get("address"), 300)) else []
        listed = value.get("recipients")
        known += [one[:300] for one in listed[:1000] if isinstance(one, str)] if isinstance(listed, list) else []
    else:
        rows = _addresses(value.get("mms_addresses"))
        first = [address for kind, address in rows if kind == _FROM and address != "insert-address-token"]
        to = [address for kind, address in rows if kind in _TO]
        known = first + to if role is Role.RECEIVED else to + first
    known = list(dict.fromkeys(known))
    return Row(
        {
            "service": service,
            "text": text_of(value.get("body" if service == "SMS" else "mms_body"), MAX_MESSAGE),
            "subject": text_of(value.get("sub"), MAX_MESSAGE),
            "handle": known[0] if known else None,
            "others": "\n".join(known[1:]) or None,
            "own": text_of(value.get("self_phone"), 100),
            "box": _BOXES.get(box or 0),
            "role": role.value,
            "at": number_of(value.get("date")),
            "sent": number_of(value.get("date_sent")),
        }
    )


def _rows(data: bytes, service: str) -> Iterator[Row]:
    text, whole = inflate_some(data, limit=MAX_TEXT)
    try:
        values: Any = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        if not whole:
            raise Malformed(t("error.adb_backup.messages_cut")) from error
        raise Malformed(t("error.adb_backup.messages_damaged")) from error
    if not isinstance(values, list):
        raise Unsupported(t("error.adb_backup.messages_unknown"))
    for value in values:
        row = _row(value, service)
        if row is not None:
            yield row


def read(artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]:
    """The messages of one file."""
    group = files["main"]
    service = "SMS" if group.relative.endswith("_sms_backup") else "MMS"
    yield from batches_of(_rows(read_bytes(group, MAX_FILE), service), artefact, service, group.where, context)


ARTEFACT = Artefact(
    name="android.backup_messages",
    title="Messages (adb backup)",
    needs={"main": (At.anywhere(PROVIDER + "*_sms_backup"), At.anywhere(PROVIDER + "*_mms_backup"))},
    record=BackupMessage,
    role=Role.RECEIVED,
    read=read,
    events=(Event(at="at", says="message", shows="box"),),
    expected=EXPECTED,
    acquisitions=FORMS,
    seen=(
        Seen(
            versions="Android 8 and later",
            basis="layout from the reading of SMS backups that MVT publishes",
            verified=True,
        ),
    ),
    means="A link in a received message shows that somebody sent it to the phone. It does not show that it was opened.",
)
