"""WhatsApp messages: ChatStorage.sqlite.

A row is a message with its media and one of its data items (previews of links); a message with several data items
gives several rows. Items whose message is gone are rows too: nothing says any more who sent them. Links stand in the
text, in the caption, in previews and in the encoded metadata of media: all are read.
"""

from __future__ import annotations

from sousveil.artefacts.ios._lids import numbers_beside
from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.kinds import Flag, Handle, Integer, MacTime, Name, Opaque, PhoneNumber, Real, Role, RoleValue, Text, Url
from sousveil.patterns import lazy_pattern
from sousveil.readers.sqlite import Column, Layout, Part, amended, chain, sqlite
from sousveil.readers.work import all_held, all_nothing, ones
from sousveil.records import Record

GROUP = "group.net.whatsapp.WhatsApp.shared"
APPS = ("net.whatsapp.WhatsApp",)


class Message(Record):
    """One message, or one data item of a message with several."""

    text: Text | None
    caption: Text | None
    """Title or caption of the media."""
    content1: Text | None
    """Of the data item: usually the link of a preview."""
    content2: Text | None
    matched_text: Text | None
    """The part of the text that WhatsApp took for a link."""
    summary: Text | None
    preview_title: Text | None
    vcard: Text | None
    metadata_links: Text | None
    """Links in the encoded metadata of the media, one a line."""
    media_url: Url | None
    """Where the media was fetched from, unless that is WhatsApp's own store."""
    role: RoleValue
    is_from_me: Flag | None
    from_jid: Handle | None
    to_jid: Handle | None
    member_jid: Handle | None
    """The sender inside a group."""
    chat_jid: Handle | None
    data_sender_jid: Handle | None
    from_number: PhoneNumber | None
    """The number behind `from_jid` where that is a hidden identifier; so the next three."""
    to_number: PhoneNumber | None
    member_number: PhoneNumber | None
    chat_number: PhoneNumber | None
    date: MacTime | None
    sent_date: MacTime | None
    data_date: MacTime | None
    media_url_date: MacTime | None
    chat_name: Name | None
    push_name: Name | None
    """The name that the sender gave himself."""
    member_name: Name | None
    author_name: Name | None
    message_type: Integer | None
    """0 text, 1 image, 2 video, 3 voice, 4 contact, 5 place, 6 group event, 7 link, 8 document, 14 deleted
    (recalled)."""
    group_event_type: Integer | None
    message_status: Integer | None
    flags: Integer | None
    starred: Flag | None
    stanza: Opaque
    message_id: Integer | None
    chat_id: Integer | None
    media_path: Opaque
    thumbnail_path: Opaque
    own_media_url: Opaque
    """The address in WhatsApp's own store, which says nothing about the sender."""
    file_size: Integer | None
    latitude: Real | None
    longitude: Real | None
    cloud_status: Integer | None


_RAW, _SENT, _RECEIVED = Role.RAW.value, Role.SENT.value, Role.RECEIVED.value
_LINK = lazy_pattern(rb"https?://[\x21-\x7e]{1,2000}")
_OWN = lazy_pattern(r"https?://[A-Za-z0-9.-]{1,250}\.(?:whatsapp|fbcdn)\.net(?:[:/?#]|$)")
"""Links into WhatsApp's store of encrypted media."""


def derive(work: dict[str, Column], _context: Context) -> None:
    """The role (`raw` where the message is gone), WhatsApp's own media addresses set apart, links out of metadata."""
    told = ones(work, "_mine", _SENT, _RECEIVED) if all_held(work, "_key") else None
    work["role"] = told or [  # type: ignore[assignment]
        _RAW if key is None else _SENT if mine == 1 else _RECEIVED
        for key, mine in zip(work["_key"], work["_mine"], strict=True)
    ]
    links: Column = [] if all_nothing(work, "_media_url") else work["_media_url"]
    if links.count(None) < len(links):
        own: Column = [link if type(link) is str and _OWN.match(link) else None for link in links]
        work["own_media_url"] = own
        work["media_url"] = [link if mine is None else None for link, mine in zip(links, own, strict=True)]
    blobs: Column = [] if all_nothing(work, "_metadata") else work["_metadata"]
    if bytes in set(map(type, blobs)):
        found = (dict.fromkeys(_LINK.findall(b)) if type(b) is bytes else {} for b in blobs)
        work["metadata_links"] = [
            "\n".join(link for raw in one if not _OWN.match(link := raw.decode("ascii"))) or None for one in found
        ]


_MESSAGE = {
    "is_from_me": "ZWAMESSAGE.ZISFROMME",
    "from_jid": "ZWAMESSAGE.ZFROMJID",
    "to_jid": "ZWAMESSAGE.ZTOJID",
    "sent_date": "ZWAMESSAGE.ZSENTDATE",
    "push_name": "ZWAMESSAGE.ZPUSHNAME",
    "message_type": "ZWAMESSAGE.ZMESSAGETYPE",
    "group_event_type": "ZWAMESSAGE.ZGROUPEVENTTYPE",
    "message_status": "ZWAMESSAGE.ZMESSAGESTATUS",
    "flags": "ZWAMESSAGE.ZFLAGS",
    "starred": "ZWAMESSAGE.ZSTARRED",
    "stanza": "ZWAMESSAGE.ZSTANZAID",
    "message_id": "ZWAMESSAGE.Z_PK",
    "chat_id": "ZWAMESSAGE.ZCHATSESSION",
}
_MEDIA = {
    "caption": "ZWAMEDIAITEM.ZTITLE",
    "vcard": "ZWAMEDIAITEM.ZVCARDSTRING",
    "media_url_date": "ZWAMEDIAITEM.ZMEDIAURLDATE",
    "author_name": "ZWAMEDIAITEM.ZAUTHORNAME",
    "media_path": "ZWAMEDIAITEM.ZMEDIALOCALPATH",
    "thumbnail_path": "ZWAMEDIAITEM.ZXMPPTHUMBPATH",
    "file_size": "ZWAMEDIAITEM.ZFILESIZE",
    "latitude": "ZWAMEDIAITEM.ZLATITUDE",
    "longitude": "ZWAMEDIAITEM.ZLONGITUDE",
    "cloud_status": "ZWAMEDIAITEM.ZCLOUDSTATUS",
}
_DATA = {
    "content1": "ZWAMESSAGEDATAITEM.ZCONTENT1",
    "content2": "ZWAMESSAGEDATAITEM.ZCONTENT2",
    "matched_text": "ZWAMESSAGEDATAITEM.ZMATCHEDTEXT",
    "summary": "ZWAMESSAGEDATAITEM.ZSUMMARY",
    "preview_title": "ZWAMESSAGEDATAITEM.ZTITLE",
    "data_sender_jid": "ZWAMESSAGEDATAITEM.ZSENDERJID",
    "data_date": "ZWAMESSAGEDATAITEM.ZDATE",
}
_CHAT = {"chat_jid": "ZWACHATSESSION.ZCONTACTJID", "chat_name": "ZWACHATSESSION.ZPARTNERNAME"}
_MEMBER = {"member_jid": "ZWAGROUPMEMBER.ZMEMBERJID", "member_name": "ZWAGROUPMEMBER.ZCONTACTNAME"}
_JOIN_MEDIA = " LEFT JOIN ZWAMEDIAITEM ON ZWAMEDIAITEM.Z_PK = ZWAMESSAGE.ZMEDIAITEM"
_DATA_JOIN = " LEFT JOIN ZWAMESSAGE ON ZWAMESSAGE.Z_PK = ZWAMESSAGEDATAITEM.ZMESSAGE"
_JOIN_CHAT = " LEFT JOIN ZWACHATSESSION ON ZWACHATSESSION.Z_PK = ZWAMESSAGE.ZCHATSESSION"
_JOIN_MEMBER = " LEFT JOIN ZWAGROUPMEMBER ON ZWAGROUPMEMBER.Z_PK = ZWAMESSAGE.ZGROUPMEMBER"
_REQUIRED = {"text": "ZWAMESSAGE.ZTEXT", "date": "ZWAMESSAGE.ZMESSAGEDATE"}


_NO_DATA = (
    "ZWAMESSAGE.Z_PK NOT IN (SELECT ZWAMESSAGEDATAITEM.ZMESSAGE FROM ZWAMESSAGEDATAITEM "
    "WHERE ZWAMESSAGEDATAITEM.ZMESSAGE IS NOT NULL)"
)
_PARTS = (
    Part(where="typeof(ZWAMESSAGE.ZMEDIAITEM) = 'null'", without=("ZWAMEDIAITEM",)),
    Part(where="typeof(ZWAMESSAGE.ZMEDIAITEM) <> 'null'"),
)
"""Most messages are without media. `typeof` keeps SQLite from going by an index, and joins in their order."""


def _layout(name: str, source: str, optional: dict[str, str], *extra: str, where: str = "") -> Layout:
    media = "ZWAMEDIAITEM" in extra
    return Layout(
        name=name,
        source=source,
        columns=_REQUIRED,
        optional=_MESSAGE | optional,
        inputs={
            "_key": "ZWAMESSAGE.Z_PK",
            "_mine": "ZWAMESSAGE.ZISFROMME",
            "_media_url": "ZWAMEDIAITEM.ZMEDIAURL" if media else "NULL",
            "_metadata": "ZWAMEDIAITEM.ZMETADATA" if media else "NULL",
        },
        derive=derive,
        extra=("ZWAMESSAGE", *extra),
        where=where,
        selective=bool(where),
        parts=_PARTS if media else (),
    )


_AROUND = _JOIN_MEDIA + _JOIN_CHAT + _JOIN_MEMBER
_ALL = _MEDIA | _CHAT | _MEMBER
# Messages with data items are read from the items' side, so that every join goes by a primary key: whether the evidence
# has any other index does not matter.
_read = chain(
    sqlite(
        _layout("messages without data items", "ZWAMESSAGE" + _AROUND, _ALL, "ZWAMEDIAITEM", where=_NO_DATA),
        _layout("messages, media", "ZWAMESSAGE" + _AROUND, _ALL, "ZWAMEDIAITEM"),
        _layout("messages only", "ZWAMESSAGE", {}),
    ),
    sqlite(
        _layout(
            "data items",
            "ZWAMESSAGEDATAITEM" + _DATA_JOIN + _AROUND,
            _ALL | _DATA,
            "ZWAMEDIAITEM",
            "ZWAMESSAGEDATAITEM",
        ),
        required=False,
    ),
)
_JIDS = (
    ("from_jid", "from_number"),
    ("to_jid", "to_number"),
    ("member_jid", "member_number"),
    ("chat_jid", "chat_number"),
)


read = amended(_read, numbers_beside(_JIDS, "lids", "contacts", "main"))
"""The messages, with the numbers behind hidden identifiers where the app's other databases say them."""


ARTEFACT = Artefact(
    name="ios.whatsapp",
    title="WhatsApp messages",
    needs={
        "main": (At.group(GROUP, "ChatStorage.sqlite"),),
        "lids": (At.group(GROUP, "LID.sqlite"),),
        "contacts": (At.group(GROUP, "ContactsV2.sqlite"),),
    },
    record=Message,
    role=Role.RECEIVED,
    read=read,
    events=(
        Event(at="date", says="WhatsApp message sent or received"),
        Event(at="sent_date", says="WhatsApp message handed over for sending"),
    ),
    expected=Expected(app=APPS),
    seen=(
        Seen(
            versions="iOS 12 to 26",
            basis="layout from the reference tool's output; other columns recalled",
            verified=True,
        ),
    ),
    means="A published link in a received message shows that somebody tried to reach this phone with it, not that it "
    "was "
    "opened. A group message may have been meant for any member of the group.",
)
