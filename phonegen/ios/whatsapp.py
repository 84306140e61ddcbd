"""WhatsApp: AppDomainGroup-group.net.whatsapp.WhatsApp.shared ChatStorage.sqlite, a Core Data store.

Row keys: text; at, sent_at (Unix seconds); from_me; chat (JID, "...@s.whatsapp.net", "...@g.us" for groups, "...@lid");
member (JID of the sender in a group); name (partner name of the chat); push_name; type (0 text, 1 image, 2 video, 7
link ...); stanza; starred; media (dict of ZWAMEDIAITEM: url, local, title, author, vcard, size, metadata, or its Z
columns); data (list of dicts of ZWAMESSAGEDATAITEM: type, content1, content2, matched, title, summary, or its Z
columns); receipt (bytes: ZWAMESSAGEINFO.ZRECEIPTINFO); or any ZWAMESSAGE column by its own name.
Layout: recalled from public descriptions; it follows the app's version more than the system's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import apsw

from phonegen.ios._tables import (
    BASE_TIME,
    Batch,
    Table,
    check_ios,
    core_data,
    ddl,
    fixed_bytes,
    lookup,
    mac,
    raw_columns,
)

DOMAIN = "AppDomainGroup-group.net.whatsapp.WhatsApp.shared"
RELATIVE = "ChatStorage.sqlite"
VERSIONS: tuple[int, ...] = (12, 15, 17)

_ENTITIES = (
    "WABlacklistItem",
    "WAChatProperties",
    "WAChatPushConfig",
    "WAChatSession",
    "WAGroupInfo",
    "WAGroupMember",
    "WAMediaItem",
    "WAMessage",
    "WAMessageDataItem",
    "WAMessageInfo",
)
_CORE = ("Z_PK INTEGER PRIMARY KEY", "Z_ENT INTEGER", "Z_OPT INTEGER")


def _typed(kind: str, names: str) -> list[str]:
    return [f"{name} {kind}" for name in names.split()]


def _message(ios: int) -> Table:
    columns = [*_CORE]
    columns += _typed("INTEGER", "ZCHILDMESSAGESDELIVEREDCOUNT ZCHILDMESSAGESPLAYEDCOUNT ZCHILDMESSAGESREADCOUNT")
    columns += _typed(
        "INTEGER", "ZDATAITEMVERSION ZDOCID ZENCRETRYCOUNT ZFILTEREDRECIPIENTCOUNT ZFLAGS ZGROUPEVENTTYPE"
    )
    columns += _typed(
        "INTEGER", "ZISFROMME ZMESSAGEERRORSTATUS ZMESSAGESTATUS ZMESSAGETYPE ZSORT ZSPOTLIGHTSTATUS ZSTARRED"
    )
    columns += _typed("INTEGER", "ZCHATSESSION ZGROUPMEMBER ZLASTSESSION ZMEDIAITEM ZMESSAGEINFO ZPARENTMESSAGE")
    columns += _typed("TIMESTAMP", "ZMESSAGEDATE ZSENTDATE")
    columns += _typed("VARCHAR", "ZFROMJID ZMEDIASECTIONID ZPHASH ZPUSHNAME ZSTANZAID ZTEXT ZTOJID")
    if ios >= 15:
        columns += _typed("INTEGER", "ZPARENTCHATSESSION ZPOLL")
    return Table(
        "ZWAMESSAGE",
        *columns,
        indexes=("ZCHATSESSION, ZSORT", "ZMESSAGEDATE", "ZSTANZAID"),
        Z_ENT=8,
        Z_OPT=3,
        ZCHILDMESSAGESDELIVEREDCOUNT=0,
        ZCHILDMESSAGESPLAYEDCOUNT=0,
        ZCHILDMESSAGESREADCOUNT=0,
        ZDATAITEMVERSION=3,
        ZENCRETRYCOUNT=0,
        ZFILTEREDRECIPIENTCOUNT=0,
        ZFLAGS=0,
        ZGROUPEVENTTYPE=0,
        ZMESSAGEERRORSTATUS=0,
        ZMESSAGESTATUS=8,
        ZSPOTLIGHTSTATUS=-32768,
        ZSTARRED=0,
    )


def _tables(ios: int) -> tuple[Table, ...]:
    session = [*_CORE]
    session += _typed(
        "INTEGER", "ZARCHIVED ZCONTACTABID ZFLAGS ZHIDDEN ZIDENTITYVERIFICATIONEPOCH ZIDENTITYVERIFICATIONSTATE"
    )
    session += _typed(
        "INTEGER", "ZMESSAGECOUNTER ZREMOVED ZSESSIONTYPE ZSPOTLIGHTSTATUS ZUNREADCOUNT ZGROUPINFO ZLASTMESSAGE"
    )
    session += _typed("INTEGER", "ZPROPERTIES")
    session += _typed("TIMESTAMP", "ZLASTMESSAGEDATE ZLOCATIONSHARINGENDDATE")
    session += _typed("VARCHAR", "ZCONTACTIDENTIFIER ZCONTACTJID ZETAG ZLASTMESSAGETEXT ZPARTNERNAME ZSAVEDINPUT")
    if ios >= 17:
        session += ["ZLID VARCHAR"]
    media = [*_CORE, *_typed("INTEGER", "ZCLOUDSTATUS ZFILESIZE ZMEDIAORIGIN ZMOVIEDURATION ZMESSAGE")]
    media += [*_typed("FLOAT", "ZASPECTRATIO ZHACCURACY ZLATITUDE ZLONGITUDE"), "ZMEDIAURLDATE TIMESTAMP"]
    media += _typed("VARCHAR", "ZAUTHORNAME ZCOLLECTIONNAME ZMEDIALOCALPATH ZMEDIAURL ZTHUMBNAILLOCALPATH ZTITLE")
    media += [*_typed("VARCHAR", "ZVCARDNAME ZVCARDSTRING ZXMPPTHUMBPATH"), *_typed("BLOB", "ZMEDIAKEY ZMETADATA")]
    data = [*_CORE, *_typed("INTEGER", "ZINDEX ZOWNSTHUMBNAIL ZTYPE ZMESSAGE"), "ZDATE TIMESTAMP"]
    data += _typed("VARCHAR", "ZCONTENT1 ZCONTENT2 ZMATCHEDTEXT ZSECTIONID ZSENDERJID ZSUMMARY ZTHUMBNAILPATH ZTITLE")
    member = [
        *_CORE,
        *_typed("INTEGER", "ZCONTACTABID ZISACTIVE ZISADMIN ZSENDERKEYSENT ZCHATSESSION ZRECENTGROUPCHAT"),
    ]
    member += _typed("VARCHAR", "ZCONTACTIDENTIFIER ZCONTACTNAME ZFIRSTNAME ZMEMBERJID")
    group = [*_CORE, *_typed("INTEGER", "ZSTATE ZCHATSESSION ZLASTMESSAGEOWNER"), *_typed("TIMESTAMP", "ZCREATIONDATE")]
    group += _typed("VARCHAR", "ZCREATORJID ZOWNERJID ZPICTUREID ZPICTUREPATH ZSOURCEJID ZSUBJECTOWNERJID")
    return (
        _message(ios),
        Table(
            "ZWAMEDIAITEM",
            *media,
            indexes=("ZMESSAGE",),
            Z_ENT=7,
            Z_OPT=1,
            ZCLOUDSTATUS=4,
            ZFILESIZE=0,
            ZMEDIAORIGIN=0,
            ZMOVIEDURATION=0,
            ZASPECTRATIO=0.0,
            ZHACCURACY=0.0,
            ZLATITUDE=0.0,
            ZLONGITUDE=0.0,
        ),
        Table("ZWAMESSAGEDATAITEM", *data, indexes=("ZMESSAGE",), Z_ENT=9, Z_OPT=1, ZOWNSTHUMBNAIL=0),
        Table(
            "ZWACHATSESSION",
            *session,
            indexes=("ZCONTACTJID",),
            Z_ENT=4,
            Z_OPT=1,
            ZARCHIVED=0,
            ZFLAGS=0,
            ZHIDDEN=0,
            ZREMOVED=0,
            ZUNREADCOUNT=0,
            ZSPOTLIGHTSTATUS=-32768,
        ),
        Table(
            "ZWAGROUPMEMBER",
            *member,
            indexes=("ZCHATSESSION",),
            Z_ENT=6,
            Z_OPT=1,
            ZISACTIVE=1,
            ZISADMIN=0,
            ZSENDERKEYSENT=0,
        ),
        Table("ZWAGROUPINFO", *group, Z_ENT=5, Z_OPT=1, ZSTATE=0),
        Table("ZWAMESSAGEINFO", *_CORE, "ZMESSAGE INTEGER", "ZRECEIPTINFO BLOB", Z_ENT=10, Z_OPT=1),
        Table("ZWABLACKLISTITEM", *_CORE, "ZJID VARCHAR", Z_ENT=1, Z_OPT=1),
        Table("ZWAPROFILEPUSHNAME", *_CORE, "ZJID VARCHAR", "ZPUSHNAME VARCHAR", Z_ENT=11, Z_OPT=1),
    )


def schema(ios: int) -> str:
    """The statements that make an empty store of this iOS major version."""
    check_ios(ios, VERSIONS)
    return ddl(_tables(ios)) + core_data("whatsapp", _ENTITIES)


def bulk(db: apsw.Connection, ios: int, rows: Iterable[Mapping[str, Any]]) -> None:
    """Writes many messages in one transaction."""
    with Batch(db, _tables(ios)) as batch:
        chats = lookup(db, "SELECT ZCONTACTJID, Z_PK FROM ZWACHATSESSION")
        members = lookup(db, "SELECT ZCHATSESSION || ' ' || ZMEMBERJID, Z_PK FROM ZWAGROUPMEMBER")
        last: dict[int, tuple[int, float]] = {}
        for row in rows:
            _add(batch, row, chats, members, last)
        batch.flush()
        db.executemany(
            "UPDATE ZWACHATSESSION SET ZLASTMESSAGE = ?, ZLASTMESSAGEDATE = ?,"
            " ZMESSAGECOUNTER = (SELECT count(*) FROM ZWAMESSAGE WHERE ZCHATSESSION = ZWACHATSESSION.Z_PK)"
            " WHERE Z_PK = ?",
            [(message, date, chat) for chat, (message, date) in last.items()],
        )


def _chat(batch: Batch, jid: str, name: str | None, chats: dict[Any, Any]) -> int:
    number = chats.get(jid)
    if number is None:
        number = chats[jid] = batch.new_id("ZWACHATSESSION")
        group = batch.new_id("ZWAGROUPINFO") if jid.endswith("@g.us") else None
        if group is not None:
            batch.add("ZWAGROUPINFO", {"Z_PK": group, "ZCHATSESSION": number, "ZCREATORJID": None})
        batch.add(
            "ZWACHATSESSION",
            {
                "Z_PK": number,
                "ZCONTACTJID": jid,
                "ZPARTNERNAME": name,
                "ZSESSIONTYPE": 0 if group is None else 1,
                "ZGROUPINFO": group,
            },
        )
    return int(number)


def _member(batch: Batch, chat: int, jid: str, members: dict[Any, Any]) -> int:
    key = f"{chat} {jid}"
    number = members.get(key)
    if number is None:
        number = members[key] = batch.new_id("ZWAGROUPMEMBER")
        batch.add("ZWAGROUPMEMBER", {"Z_PK": number, "ZCHATSESSION": chat, "ZMEMBERJID": jid})
    return int(number)


def _add(
    batch: Batch,
    row: Mapping[str, Any],
    chats: dict[Any, Any],
    members: dict[Any, Any],
    last: dict[int, tuple[int, float]],
) -> None:
    key = batch.key(row, "ZWAMESSAGE")
    jid = row.get("chat", "15555550123@s.whatsapp.net")
    chat = _chat(batch, jid, row.get("name"), chats)
    mine = bool(row.get("from_me", False))
    at = row.get("at", BASE_TIME + key * 60)
    date = mac(at)
    member = _member(batch, chat, row["member"], members) if row.get("member") else None
    media = _media(batch, key, row["media"]) if row.get("media") else None
    info = None
    if row.get("receipt") is not None:
        info = batch.new_id("ZWAMESSAGEINFO")
        batch.add("ZWAMESSAGEINFO", {"Z_PK": info, "ZMESSAGE": key, "ZRECEIPTINFO": row["receipt"]})
    for index, item in enumerate(row.get("data", ())):
        _data(batch, key, index, item, date)
    batch.add(
        "ZWAMESSAGE",
        {
            "Z_PK": key,
            "ZISFROMME": int(mine),
            "ZMESSAGETYPE": row.get("type", 7 if row.get("data") else 0),
            "ZSORT": key,
            "ZSTARRED": int(row.get("starred", False)),
            "ZCHATSESSION": chat,
            "ZGROUPMEMBER": member,
            "ZMEDIAITEM": media,
            "ZMESSAGEINFO": info,
            "ZMESSAGEDATE": date,
            "ZSENTDATE": mac(row.get("sent_at", at)),
            "ZFROMJID": None if mine else jid,
            "ZTOJID": jid if mine else None,
            "ZPUSHNAME": row.get("push_name"),
            "ZSTANZAID": row.get("stanza") or fixed_bytes(10, "stanza", key).hex().upper(),
            "ZTEXT": row.get("text"),
            **raw_columns(row),
        },
    )
    last[chat] = (key, date)


def _media(batch: Batch, message: int, media: Mapping[str, Any]) -> int:
    number = batch.new_id("ZWAMEDIAITEM")
    batch.add(
        "ZWAMEDIAITEM",
        {
            "Z_PK": number,
            "ZMESSAGE": message,
            "ZMEDIAURL": media.get("url"),
            "ZMEDIALOCALPATH": media.get("local"),
            "ZTITLE": media.get("title"),
            "ZAUTHORNAME": media.get("author"),
            "ZVCARDSTRING": media.get("vcard"),
            "ZFILESIZE": media.get("size", 0),
            "ZMETADATA": media.get("metadata"),
            **raw_columns(media),
        },
    )
    return number


def _data(batch: Batch, message: int, index: int, item: Mapping[str, Any], date: float) -> None:
    batch.add(
        "ZWAMESSAGEDATAITEM",
        {
            "Z_PK": batch.new_id("ZWAMESSAGEDATAITEM"),
            "ZMESSAGE": message,
            "ZINDEX": index,
            "ZTYPE": item.get("type", 1),
            "ZDATE": date,
            "ZCONTENT1": item.get("content1"),
            "ZCONTENT2": item.get("content2"),
            "ZMATCHEDTEXT": item.get("matched"),
            "ZTITLE": item.get("title"),
            "ZSUMMARY": item.get("summary"),
            **raw_columns(item),
        },
    )


def insert(db: apsw.Connection, ios: int, **row: Any) -> None:
    """Writes one message; see the module for the keys."""
    bulk(db, ios, [row])
