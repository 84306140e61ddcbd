"""The backups on which both tools are run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import apsw

from phonegen import scale
from phonegen.core import Phone
from phonegen.ios import (
    calendar,
    configuration_profiles,
    idstatuscache,
    interactionc,
    safari_history,
    sms,
    tcc,
    whatsapp,
    whatsapp_contacts,
)
from phonegen.ios import datausage as data_usage
from phonegen.rows import AMOUNTS, Shape

PASSWORD = "correct horse"
AT = 1_740_000_000.25
VERSIONS = (12, 13, 14, 15, 16, 17, 18, 26)
"""Every version from iOS 12 on in which a database of the generator changes its schema."""
_LID = "91234500000000@lid"
_WHATSAPP = "12025550170@s.whatsapp.net"


def _rows(major: int) -> Mapping[str, Sequence[dict[str, Any]]]:
    """Rows with what the random ones lack: empty and odd values, links, group chats, attachments, deleted programs."""
    return {
        "sms": [
            {"at": AT, "text": "See https://one.example/a?b=c#d, and (http://two.example)", "handle": "+15555550111"},
            {"at": AT + 1, "attributed": "Only here: https://three.example/\u00e9", "handle": "person@example.org"},
            {"at": AT + 2, "text": "nobody", "handle": None},
            {
                "at": AT + 3,
                "text": "in a group",
                "handle": "+15555550112",
                "chat": "chat77",
                "members": ["+15555550113"],
            },
            {
                "at": AT + 4,
                "text": "mine",
                "handle": "+15555550111",
                "from_me": True,
                "delivered_at": AT + 9,
                "subject": "s",
            },
            {
                "at": AT + 5,
                "text": "a\x00b \U0001f600 'quoted' \"twice\"\nline",
                "handle": "+15555550111",
                "payload_data": b"bplist00\x00\xff",
                "balloon_bundle_id": "com.apple.messages.URLBalloonProvider",
                "message_summary_info": b"\x00\x01\xfe",
                "group_title": "Title",
            },
            {
                "at": AT + 6,
                "text": None,
                "handle": "+15555550114",
                "attachments": (
                    {"filename": "/var/tmp/x-1", "mime": "image/gif", "transfer_name": "a.gif", "total_bytes": 5},
                    {"filename": None, "outgoing": True},
                ),
            },
            {"at": AT + 7, "text": "", "handle": "+15555550114", "service": "SMS", "from_me": True},
        ],
        "whatsapp": [
            {"at": AT, "text": "t https://four.example/x", "chat": _WHATSAPP, "name": "Partner", "push_name": "Push"},
            {
                "at": AT + 1,
                "text": None,
                "chat": _WHATSAPP,
                "type": 1,
                "media": {
                    "url": "https://five.example/m.jpg",
                    "local": "Media/a.jpg",
                    "title": "caption https://six.example/",
                    "author": "Author",
                    "size": 9,
                    "metadata": b"\x0a\x01https://seven.example/z",
                },
            },
            {
                "at": AT + 2,
                "text": "two",
                "chat": _WHATSAPP,
                "data": (
                    {
                        "content1": "https://eight.example/",
                        "content2": "https://nine.example/",
                        "matched": "eight.example",
                        "title": "T",
                        "summary": "S",
                    },
                    {"content1": "https://ten.example/", "title": "U"},
                ),
            },
            {
                "at": AT + 3,
                "text": "in a group",
                "chat": "120000000099@g.us",
                "member": "9000000000001@lid",
                "name": "Group",
            },
            {"at": AT + 4, "text": "hidden", "chat": "90000000000000@lid", "starred": True},
            {"at": AT + 5, "text": "mine", "chat": _WHATSAPP, "from_me": True, "sent_at": AT + 6},
        ],
        "whatsapp_contacts": [
            {
                "name": "Chi Ro",
                "given": "Chi",
                "family": "Ro",
                "number": "+12025550170",
                "jid": _WHATSAPP,
                "about": "busy",
                "updated": AT,
                **({"timer": 604_800, "username": "chiro", "lid": _LID} if major >= 17 else {}),
            },
        ],
        "interactionc": [
            {
                "at": AT,
                "sender": {"identifier": "+15555550160", "name": "Sender", "person_id": "P1", "custom": "c"},
                "recipients": ["+15555550161", {"identifier": "r@example.org", "name": "R", "person_id": "P2"}],
                "bundle": "com.apple.mobilemail",
                "account": "acc",
                "target_bundle": "t.example",
                "domain": "chat;1",
                "end": AT + 5,
                "created": AT + 7200,
                **({"group": "G"} if major >= 13 else {}),
            },
            {"at": AT + 8, "sender": _LID, "domain": _LID, "bundle": "net.whatsapp.WhatsApp"},
            {"at": AT + 8, "outgoing": True, "recipients": [_LID], "bundle": "net.whatsapp.WhatsApp"},
            {"at": AT + 8, "sender": _WHATSAPP, "bundle": "net.whatsapp.WhatsApp", "domain": _WHATSAPP},
            {"at": AT + 8, "outgoing": True, "recipients": [_WHATSAPP], "bundle": "net.whatsapp.WhatsApp"},
            {"at": AT + 9, "attachments": [{"url": "file:///a.jpg", "uti": "public.jpeg", "text": "seen", "size": 7}]},
        ],
        "calendar": [
            {
                "summary": "Meeting",
                "description": "Notes",
                "at": AT,
                "organizer": "who@example.net",
                "organizer_name": "Who",
                "attendees": ["a@example.net", "b@example.net"],
                "url": "https://c.example/",
            },
            {"summary": "all day", "at": AT, "all_day": True, "location": "Somewhere"},
        ],
        "calls": [
            {
                "at": AT,
                "address": "who@example.net",
                "service": "video",
                "duration": 1.5,
                "participants": ["+15555550150"],
            },
            {
                "at": AT + 1,
                "address": "+15555550151",
                "location": "Oslo",
                "country": "no",
                "answered": False,
                "provider": "net.whatsapp.WhatsApp",
                "name": "N",
            },
        ],
        "contacts": [
            {
                "first": "A",
                "middle": "B",
                "last": "C",
                "organization": "O",
                "phones": ["+15555550152"],
                "urls": ["https://d.example/"],
                "note": "n",
            },
            {"organization": "Only", "emails": ["o@example.net"]},
        ],
        "datausage": [
            {"process": "bh", "at": AT, "process_row": False, "wwan_out": 4},
            {"process": "alone", "bundle": None, "live": False, "first": AT, "last": AT + 1},
            {"process": "no times", "first": AT, "last": AT, "at": AT, "Z_PK": 16},
        ],
        "tcc": [
            {
                "service": "kTCCServiceMicrophone",
                "client": "/usr/libexec/x",
                "client_type": 1,
                "allowed": False,
                "at": int(AT),
            },
        ],
        "shortcuts": [
            {
                "name": "two links",
                "at": AT,
                "modified": AT + 1,
                "urls": ["https://e.example/?q='x'", "http://f.example"],
            },
            {"name": "none", "at": AT, "urls": [], "description": "d"},
        ],
        "safari_browserstate": [
            {
                "url": "https://g.example/",
                "title": "t",
                "at": AT,
                "visible_url": "g.example",
                "entries": [
                    {
                        "url": "https://g.example/",
                        "title": "T",
                        "original": "https://short.example/",
                        "referrer": "https://h.example/",
                    }
                ],
            },
            {"url": "https://i.example/", "title": "no session", "at": AT, "session": None},
        ],
        "safari_history": [
            {
                "url": "http://j.example/",
                "at": AT,
                "redirects": (("https://k.example/", 0.3), ("https://l.example/", 0.5)),
            },
        ],
        "chrome": [
            {"url": "http://m.example/", "at": AT, "title": None, "id": 9001},
            {"url": "https://n.example/", "at": AT + 0.1, "from_visit": 9001, "transition": 0xC0000000},
        ],
        "firefox": [
            {"url": "https://o.example/", "at": AT, "title": "", "icon": "https://o.example/i.png", "local": 0}
        ],
        "locationd_clients": [
            {
                "client": "com.apple.x",
                "bundle": "com.apple.x",
                "bundle_path": "/System/X.bundle",
                "is_bundle": True,
                "at": AT,
                "executable": "/usr/libexec/x",
                "registered": "/System/X.bundle",
                "times": {
                    "LocationTimeStarted": AT,
                    "FenceTimeStarted": AT,
                    "ConsumptionPeriodBegin": AT,
                    "TimeMissing": AT,
                    "SignificantTimeStopped": AT,
                    "BeaconRegionTimeStopped": AT,
                },
            },
        ],
        "webkit_observations": [{"domain": "p.example", "at": AT, "interacted": True, "interaction_at": AT}],
        "webkit_sessionlog": [
            {
                "origin": "q.example",
                "at": AT,
                "as_dates": True,
                "interacted": True,
                "redirects_to": ["r.example"],
                "redirects_from": ["s.example"],
                "subframe_under": ["t.example"],
                "subresource_under": ["u.example"],
                "subresource_redirects_to": ["v.example"],
            },
        ],
        "globalpreferences": [
            {"key": "Nested", "value": {"a": [1, "two", {"b": True}]}},
            {"key": "Real", "value": 1.5},
            {"key": "Text", "value": "1"},
            {"key": "Empty", "value": ""},
        ],
        "profile_events": [{"profile": "com.example.gone", "at": int(AT), "operation": "remove", "process": "mdmd"}],
        "idstatuscache": [
            {"user": "mailto:z\x00\x00@example.net", "service": "com.apple.madrid", "at": int(AT), "status": 2}
        ],
        "addaily": [{"process": "big", "at": int(AT), "wifi_in": 2**40, "wifi_out": 1, "wwan_in": 2, "wwan_out": 3}],
    }


def generated(major: int, to: Path, *, encrypted: bool = False) -> bytes | None:
    """A phone of one system with every module; what unlocks it, where it is encrypted."""
    with Phone(f"{major}.1", seed=major, encrypted=encrypted, password=PASSWORD, iterations=(1_000, 1_000)) as phone:
        known = {**_rows(major)}
        if major < 14:
            del known["webkit_observations"]
        else:
            del known["webkit_sessionlog"]
        if major < 15:
            known["whatsapp_lid"] = []
        scale.populate(phone, Shape(0.02, redirects=0.1), {n: r for n, r in known.items() if r})
        assert set(known) <= set(AMOUNTS)
        uuid = "5A6B7C8D-0000-4000-8000-000000000001"
        phone.database(
            safari_history,
            lambda db: safari_history.insert(db, major, url="https://profile.example/", at=AT),
            wal=lambda db: safari_history.insert(db, major, url="https://wal.example/", at=AT + 9),
            relative=safari_history.profile(uuid),
        )
        phone.install("com.example.side", "Side", source_app=None)
        phone.install("com.example.bare", metadata=False)
        phone.add_directory("HomeDomain", "Library/Empty")
        phone.add("HomeDomain", "Library/missing.bin", b"x", row_only=True)
        notify = {
            "identifier": "com.example.n",
            "payloads": ["com.apple.notificationsettings", {"PayloadType": "x", "n": 1}],
        }
        phone.add(
            configuration_profiles.DOMAIN,
            configuration_profiles.relative("com.example.n"),
            configuration_profiles.build(major, [notify]),
        )
        phone.write(to)
        return phone.derived_key if encrypted else None


def odd(to: Path) -> None:
    """A phone with values in columns that the generator leaves empty."""
    with Phone("17.1", seed=6) as phone:
        rows = _rows(17)

        def messages(db: apsw.Connection) -> None:
            sms.bulk(db, 17, rows["sms"])
            blob = b"bplist00\x01\xff"
            db.execute("UPDATE attachment SET user_info = ?, sticker_user_info = ?, attribution_info = ?", (blob,) * 3)
            db.execute("UPDATE message SET date_read = date + 7, date_edited = date + 8, date_retracted = date + 9")
            db.execute("UPDATE message SET date = date / 1000000000 WHERE ROWID = 1")  # seconds, as before iOS 11

        def people(db: apsw.Connection) -> None:
            interactionc.bulk(db, 17, rows["interactionc"])
            db.execute(
                "UPDATE ZATTACHMENT SET ZIDENTIFIER = x'00ABCDEF', ZPHOTOLOCALIDENTIFIER = 'p', ZCLOUDIDENTIFIER = 'c'"
            )
            db.execute(
                "UPDATE ZINTERACTIONS SET ZCONTENTURL = 'https://w.example/', ZLOCATIONUUID = 'L', ZISRESPONSE = 1,"
                " ZDERIVEDINTENTIDENTIFIER = 'D'"
            )

        def chats(db: apsw.Connection) -> None:
            whatsapp.bulk(db, 17, rows["whatsapp"])
            db.execute("UPDATE ZWAGROUPINFO SET ZCREATIONDATE = 700000000.25")
            db.execute("UPDATE ZWACHATSESSION SET ZARCHIVED = 1, ZREMOVED = 1")
            db.execute(
                "UPDATE ZWAMESSAGE SET ZDOCID = 5, ZPHASH = 'h', ZLASTSESSION = 1, ZMEDIASECTIONID = 'm', ZPOLL = 2"
            )

        def contacts(db: apsw.Connection) -> None:
            whatsapp_contacts.bulk(db, 17, rows["whatsapp_contacts"])
            have = {row[1] for row in db.execute("PRAGMA table_info(ZWAADDRESSBOOKCONTACT)")}
            values = {
                "ZABOUTTIMESTAMP": 700_000_001.5,
                "ZDISAPPEARINGMODETIMESTAMP": 700_000_002.5,
                "ZBUSINESSNAME": "B",
                "ZABOUTEXPIRATIONTIMESTAMP": 700_000_003.5,
                "ZABOUTEMOJI": "\U0001f600",
                "ZNOTES": "n",
                "ZPHONESTATUS": 3,
                "ZSYNCPOLICY": 4,
                "ZHIGHLIGHTEDNAME": "H",
            }
            for name in have & set(values):
                db.execute(f"UPDATE ZWAADDRESSBOOKCONTACT SET {name} = ?", (values[name],))

        def events(db: apsw.Connection) -> None:
            calendar.bulk(db, 17, rows["calendar"])
            db.execute("UPDATE CalendarItem SET external_id = 'e', external_mod_tag = 't', action = 'a', hidden = 1")
            db.execute("UPDATE Participant SET phone_number = '+15555550140', comment = 'c'")

        phone.database(sms, messages)
        phone.database(interactionc, people)
        phone.database(whatsapp, chats)
        phone.database(whatsapp_contacts, contacts)
        phone.database(calendar, events)
        phone.write(to)


def real(data: Path, to: Path) -> None:
    """A phone that holds the published databases of real test phones and a computer."""
    folder = data / "phones" / "ios-plaso"
    with Phone("16.5", seed=5) as phone:
        for module, name in (
            (data_usage, "DataUsage.sqlite"),
            (idstatuscache, "com.apple.identityservices.idstatuscache.plist"),
            (safari_history, "apple/safari_History.db"),
            (sms, "apple/imessage_chat.db"),
            (tcc, "apple/TCC-test.db"),
        ):
            phone.add(module.DOMAIN, module.RELATIVE, (folder / name).read_bytes())
        phone.write(to)
