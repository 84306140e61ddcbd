"""WhatsApp's list of chats: with whom, whether archived or removed, and what stands unsent in a chat.

A chat may stay in the list when its messages are gone.
"""

from __future__ import annotations

from sousveil.artefacts.ios._lids import numbers_beside
from sousveil.artefacts.ios.whatsapp import APPS, GROUP
from sousveil.artefacts.model import Artefact, At, Event, Expected, Seen
from sousveil.kinds import Flag, Handle, Integer, MacTime, Name, Opaque, PhoneNumber, Role, Text
from sousveil.readers.sqlite import Layout, amended, sqlite
from sousveil.records import Record


class Chat(Record):
    """One chat of the list."""

    chat_id: Integer | None
    """Key of the chat, as messages name it."""
    jid: Handle | None
    """The other person, or the group."""
    name: Name | None
    number: PhoneNumber | None
    """The number behind `jid` where that is a hidden identifier."""
    lid: Handle | None
    """The hidden identifier, where the list has it beside the number."""
    session_type: Integer | None
    """0 one person, 1 group, 3 status and broadcast (recalled)."""
    archived: Flag | None
    removed: Flag | None
    hidden: Flag | None
    message_counter: Integer | None
    """Messages that WhatsApp counted, deleted ones among them."""
    unread: Integer | None
    last_message: MacTime | None
    last_message_id: Integer | None
    last_message_text: Text | None
    draft: Text | None
    """What was written and not sent."""
    group_created: MacTime | None
    group_creator: Handle | None
    group_owner: Handle | None
    contact_id: Opaque | None


def _c(name: str) -> str:
    return f"ZWACHATSESSION.{name}"


_COLUMNS = {"chat_id": _c("Z_PK"), "jid": _c("ZCONTACTJID")}
_OPTIONAL = {
    "name": _c("ZPARTNERNAME"),
    "lid": _c("ZLID"),
    "session_type": _c("ZSESSIONTYPE"),
    "archived": _c("ZARCHIVED"),
    "removed": _c("ZREMOVED"),
    "hidden": _c("ZHIDDEN"),
    "message_counter": _c("ZMESSAGECOUNTER"),
    "unread": _c("ZUNREADCOUNT"),
    "last_message": _c("ZLASTMESSAGEDATE"),
    "last_message_id": _c("ZLASTMESSAGE"),
    "last_message_text": _c("ZLASTMESSAGETEXT"),
    "draft": _c("ZSAVEDINPUT"),
    "contact_id": _c("ZCONTACTIDENTIFIER"),
}
_GROUP = {
    "group_created": "ZWAGROUPINFO.ZCREATIONDATE",
    "group_creator": "ZWAGROUPINFO.ZCREATORJID",
    "group_owner": "ZWAGROUPINFO.ZOWNERJID",
}

_read = sqlite(
    Layout(
        name="chats and groups",
        source="ZWACHATSESSION LEFT JOIN ZWAGROUPINFO ON ZWAGROUPINFO.Z_PK = ZWACHATSESSION.ZGROUPINFO",
        columns=_COLUMNS,
        optional=_OPTIONAL | _GROUP,
        extra=("ZWACHATSESSION",),
    ),
    Layout(name="chats", source="ZWACHATSESSION", columns=_COLUMNS, optional=_OPTIONAL, extra=("ZWACHATSESSION",)),
)


read = amended(_read, numbers_beside((("jid", "number"),), "lids", "contacts", "main"))
"""The chats, with the numbers behind hidden identifiers where the app's other databases say them."""


ARTEFACT = Artefact(
    name="ios.whatsapp_chats",
    title="WhatsApp chats",
    needs={
        "main": (At.group(GROUP, "ChatStorage.sqlite"),),
        "lids": (At.group(GROUP, "LID.sqlite"),),
        "contacts": (At.group(GROUP, "ContactsV2.sqlite"),),
    },
    record=Chat,
    role=Role.CONTACTED,
    read=read,
    events=(
        Event(at="last_message", says="last message of a WhatsApp chat"),
        Event(at="group_created", says="WhatsApp group created"),
    ),
    expected=Expected(app=APPS),
    seen=(
        Seen(
            versions="iOS 12 to 26",
            basis="layout from the reference tool's output; other columns recalled",
            verified=True,
        ),
    ),
    means="With whom there were chats, also where the messages are gone. It does not show who wrote.",
)
