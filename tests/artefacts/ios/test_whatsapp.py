"""WhatsApp's databases and the list of interactions, which names WhatsApp's people too."""

from __future__ import annotations

from array import array
from pathlib import Path
from typing import Any

import pytest
from reading import batches, extras, rows

from phonegen.core import Phone
from phonegen.ios import interactionc, whatsapp, whatsapp_contacts, whatsapp_lid
from sousveil.acquisition.backup import Backup
from sousveil.artefacts.ios import interactionc as interactions
from sousveil.artefacts.ios import whatsapp as messages
from sousveil.artefacts.ios import whatsapp_contacts as contacts
from sousveil.artefacts.ios import whatsapp_lids as lids
from sousveil.artefacts.ios._lids import load_lids, numbers, numbers_in
from sousveil.artefacts.model import Context
from sousveil.errors import Unsupported
from sousveil.records import Batch, Coded, Column, Sparse, Texts

T = 1_700_000_000_000_000
MINUTE = 60_000_000
LINK = "https://a.example.com/x"


def two_messages(db: Any, ios: int) -> None:
    first = {
        "text": f"see {LINK}",
        "chat": "123@g.us",
        "member": "77@lid",
        "name": "Group",
        "push_name": "P",
        "media": {
            "url": "https://mmg.whatsapp.net/d/1",
            "local": "Media/1.jpg",
            "title": "t",
            "metadata": b"\x0a\x12https://m.example/q\x00",
        },
        "data": ({"content1": "https://b.example/", "matched": "b.example"}, {"content1": "https://c.example/"}),
    }
    second = {
        "text": "mine",
        "from_me": True,
        "chat": "77@lid",
        "media": {"url": "https://x.example/mmg.whatsapp.net/"},
    }
    whatsapp.bulk(db, ios, [first, second])


COMMON = {
    "message_status": 8,
    "group_event_type": 0,
    "flags": 0,
    "starred": 0,
    "file_size": 0,
    "latitude": 0.0,
    "longitude": 0.0,
    "cloud_status": 4,
}
FIRST = COMMON | {
    "text": f"see {LINK}",
    "caption": "t",
    "metadata_links": "https://m.example/q",
    "role": "received",
    "is_from_me": 0,
    "from_jid": "123@g.us",
    "member_jid": "77@lid",
    "chat_jid": "123@g.us",
    "date": T + MINUTE,
    "sent_date": T + MINUTE,
    "data_date": T + MINUTE,
    "chat_name": "Group",
    "push_name": "P",
    "message_type": 7,
    "message_id": 1,
    "chat_id": 1,
    "media_path": "Media/1.jpg",
    "own_media_url": "https://mmg.whatsapp.net/d/1",
}
SECOND = COMMON | {
    "text": "mine",
    "media_url": "https://x.example/mmg.whatsapp.net/",
    "role": "sent",
    "is_from_me": 1,
    "to_jid": "77@lid",
    "chat_jid": "77@lid",
    "date": T + 2 * MINUTE,
    "sent_date": T + 2 * MINUTE,
    "message_type": 0,
    "message_id": 2,
    "chat_id": 2,
}


@pytest.mark.parametrize("ios", [12, 15, 17, 26])
def test_messages(tmp_path: Path, ios: int) -> None:
    phone = Phone(ios=f"{ios}.1")
    phone.database(whatsapp, lambda db: two_messages(db, ios))
    found, errors = batches(messages.ARTEFACT, phone, tmp_path / "b")
    assert errors == []
    assert [(b.table, b.row_numbers(), b.layout) for b in found] == [
        ("ZWAMESSAGE", [2], "messages without data items"),
        ("ZWAMESSAGEDATAITEM", [1, 2], "data items"),
    ]
    plain, data = found
    made = [{k: v for k, v in b.row(at).items() if k != "stanza"} for b, at in ((plain, 0), (data, 0), (data, 1))]
    assert made == [
        SECOND,
        FIRST | {"content1": "https://b.example/", "matched_text": "b.example"},
        FIRST | {"content1": "https://c.example/"},
    ]
    kept = extras(data, 1)
    assert (kept["ZSORT"], kept["ZINDEX"], kept["ZDATAITEMVERSION"]) == (1, 1, 3)


def test_previews_of_a_message_that_is_gone(tmp_path: Path) -> None:
    phone = Phone(ios="17.1")
    phone.database(
        whatsapp,
        lambda db: two_messages(db, 17),
        delete=lambda db: db.execute("DELETE FROM ZWAMESSAGE WHERE Z_PK = 1"),
    )
    got = rows(messages.ARTEFACT, phone, tmp_path / "b")
    assert [(r.get("message_id"), r["role"], r.get("content1")) for r in got] == [
        (2, "sent", None),
        (None, "raw", "https://b.example/"),
        (None, "raw", "https://c.example/"),
    ]


def test_hidden_identifiers_are_resolved(tmp_path: Path) -> None:
    phone = Phone(ios="18.1")
    phone.database(whatsapp, lambda db: two_messages(db, 18))
    phone.database(whatsapp_lid, lambda db: whatsapp_lid.insert(db, 18, lid="77@lid", number="15559"))
    phone.database(whatsapp_contacts, lambda db: whatsapp_contacts.insert(db, 18, lid="78@lid", number="+15550"))
    phone.database(
        interactionc, lambda db: interactionc.insert(db, 18, sender="77@lid", recipients=["78@lid", "79@lid"])
    )
    backup = Backup(phone.write(tmp_path / "b"))
    for artefact in (messages.ARTEFACT, interactions.ARTEFACT):
        files = {
            role: next(g for _, g in backup.locate([(role, at) for at in places]))
            for role, places in artefact.needs.items()
        }
        got = [
            b.row(at) for b in artefact.read(artefact, files, Context(device=backup.device)) for at in range(b.count)
        ]
        found = [{k: v for k, v in row.items() if k.endswith("_number")} for row in got]
        if artefact is messages.ARTEFACT:
            assert found == [{"to_number": "15559", "chat_number": "15559"}, *[{"member_number": "15559"}] * 2]
        else:
            assert found == [{"sender_number": "15559", "recipient_number": "+15550"}, {"sender_number": "15559"}]


def test_lids_of_nothing() -> None:
    assert load_lids(None) == {}
    assert numbers(["77@lid", None], {}) is None
    assert numbers(["15551@s.whatsapp.net"], {"77": "1"}) is None
    assert numbers(["77:3@lid", "88@lid", None], {"77": "1"}) == ["1", None, None]


@pytest.mark.parametrize(
    "link", ["https://mmg.whatsapp.net/d/1", "http://media-ams2-1.cdn.whatsapp.net?x", "https://scontent.fbcdn.net"]
)
def test_own_media_hosts(link: str) -> None:
    work: dict[str, list[Any]] = {"_key": [1], "_mine": [0], "_media_url": [link], "_metadata": [None]}
    messages.derive(work, None)  # type: ignore[arg-type]
    assert (work["media_url"], work["own_media_url"]) == ([None], [link])


@pytest.mark.parametrize(
    "link",
    [
        "https://mmg.whatsapp.net.evil.example/",
        "https://mmg.whatsapp.net\\@evil.example",
        "https://u@whatsapp.net/",
        "https://evilwhatsapp.net/",
        "ftp://mmg.whatsapp.net/",
    ],
)
def test_other_media_hosts(link: str) -> None:
    work: dict[str, list[Any]] = {"_key": [1], "_mine": [1], "_media_url": [link], "_metadata": [b"\xff"]}
    messages.derive(work, None)  # type: ignore[arg-type]
    assert (work["media_url"], work["own_media_url"], work["metadata_links"]) == ([link], [None], [None])


def test_messages_only_and_unknown(tmp_path: Path) -> None:
    phone = Phone(ios="16.1")
    place = (whatsapp.DOMAIN, whatsapp.RELATIVE)
    phone.database(
        place,
        lambda db: db.execute(
            "CREATE TABLE ZWAMESSAGE (Z_PK INTEGER PRIMARY KEY, ZTEXT, ZMESSAGEDATE, ZISFROMME, ZNEW);"
            "INSERT INTO ZWAMESSAGE VALUES (5, 'hello', 1.5, 1, 'x')"
        ),
    )
    found, errors = batches(messages.ARTEFACT, phone, tmp_path / "one")
    assert errors == []
    assert found[0].row(0) == {
        "text": "hello",
        "date": 978_307_201_500_000,
        "is_from_me": 1,
        "message_id": 5,
        "role": "sent",
    }
    assert (found[0].layout, extras(found[0], 0)) == ("messages only", {"ZNEW": "x"})
    phone.database(place, lambda db: db.execute("CREATE TABLE other (a)"), replace=True)
    found, errors = batches(messages.ARTEFACT, phone, tmp_path / "two")
    assert (found, [type(e) for e in errors]) == ([], [Unsupported])


def test_messages_with_and_without_media_are_read_once(tmp_path: Path) -> None:
    def fill(db: Any) -> None:
        two_messages(db, 17)
        for key in range(3, 7):
            db.execute(
                "INSERT INTO ZWAMESSAGE (Z_PK, ZTEXT, ZMESSAGEDATE, ZMEDIAITEM) VALUES (?, 'm', 700000000, ?)",
                (key, (None, 70, 71, 0)[key - 3]),
            )
        db.execute(
            "INSERT INTO ZWAMEDIAITEM (Z_PK, ZTITLE, ZMEDIAURL, ZMOVIEDURATION, ZMESSAGE) "
            "VALUES (70, 'c', 'https://x.example/', 9, 4)"
        )

    phone = Phone(ios="17.1")
    phone.database(whatsapp, fill)
    found, errors = batches(messages.ARTEFACT, phone, tmp_path / "b")
    assert errors == []
    got = {
        (b.table, (b.row_numbers() or [])[at]): (b.row(at), extras(b, at))
        for b in found
        if b.rows
        for at in range(b.count)
    }
    assert sum(b.count for b in found) == len(got) == 7
    assert {number for table, number in got if table == "ZWAMESSAGE"} == {2, 3, 4, 5, 6}
    common = {"text": "m", "date": 1_678_307_200_000_000, "role": "received"}
    without = {key: got["ZWAMESSAGE", key] for key in (3, 5, 6)}
    assert without == {
        3: (common | {"message_id": 3}, {}),
        5: (common | {"message_id": 5}, {"ZMEDIAITEM": 71}),
        6: (common | {"message_id": 6}, {"ZMEDIAITEM": 0}),
    }
    row, kept = got["ZWAMESSAGE", 4]
    assert row == common | {"message_id": 4, "caption": "c", "media_url": "https://x.example/"}
    assert kept == {"ZMEDIAITEM": 70, "Z_PK": 70, "ZMOVIEDURATION": 9, "ZMESSAGE": 4}
    # The media's ZMESSAGE is named first, whether or not there is media: the item's own keeps its longer name.
    assert extras(found[-1], 0)["ZWAMESSAGEDATAITEM.ZMESSAGE"] == 1


def test_rows_of_the_wal(tmp_path: Path) -> None:
    phone = Phone(ios="16.1")
    phone.database(whatsapp, lambda db: None, wal=lambda db: two_messages(db, 16))
    assert [row["message_id"] for row in rows(messages.ARTEFACT, phone, tmp_path / "b")] == [2, 1, 1]


@pytest.mark.parametrize("ios", [12, 18])
def test_contacts(tmp_path: Path, ios: int) -> None:
    phone = Phone(ios=f"{ios}.1")
    extra = {"lid": "78@lid", "username": "u", "timer": 86_400} if ios >= 17 else {}
    phone.database(
        whatsapp_contacts,
        lambda db: whatsapp_contacts.insert(db, ios, name="A B", about="hey https://s.example/", **extra),
    )
    (row,) = rows(contacts.ARTEFACT, phone, tmp_path / "b")
    row.pop("identifier")
    newer = {
        "user_name": "u",
        "lid": "78@lid",
        "disappearing_mode_duration": 86_400,
        "disappearing_mode_is_on": 1,
        "disappearing_mode_label": "24 hours",
    }
    assert row == {
        "whatsapp_id": "15555550123@s.whatsapp.net",
        "phone_number": "+15555550123",
        "localized_phone_number": "+15555550123",
        "full_name": "A B",
        "about_text": "hey https://s.example/",
        "row_pk": 1,
        "last_updated": T,
        "favorite": 0,
    } | (newer if ios >= 17 else {})


@pytest.mark.parametrize("ios", [15, 18])
def test_hidden_identifiers(tmp_path: Path, ios: int) -> None:
    phone = Phone(ios=f"{ios}.1")
    phone.database(whatsapp_lid, lambda db: whatsapp_lid.insert(db, ios, lid="77@lid", number="15559"))
    assert rows(lids.ARTEFACT, phone, tmp_path / "b") == [{"lid": "77@lid", "phone_number": "15559", "created": T}]


@pytest.mark.parametrize("ios", [12, 13, 14, 16, 26])
def test_interactions(tmp_path: Path, ios: int) -> None:
    phone = Phone(ios=f"{ios}.1")
    group = {"group": "g"} if ios >= 13 else {}
    made = [
        {
            "sender": {"identifier": "+15551", "name": "S"},
            "recipients": ["+15552", "+15554"],
            "account": "acc",
            "attachments": [{"url": "https://a.example/", "text": "x"}],
            **group,
        },
        {"sender": "+15553", "outgoing": True},
    ]
    phone.database(interactionc, lambda db: interactionc.bulk(db, ios, made))
    got = rows(interactions.ARTEFACT, phone, tmp_path / "b")
    keys = (
        "direction",
        "role",
        "sender_identifier",
        "recipient_identifier",
        "group_name",
        "attachment_content_url",
        "content",
        "table_id",
    )
    name = "g" if ios >= 13 else None
    assert [tuple(row.get(key) for key in keys) for row in got] == [
        ("INCOMING", "received", "+15551", "+15552", name, None, None, 1),
        ("INCOMING", "received", "+15551", "+15554", name, None, None, 1),
        ("OUTGOING", "sent", got[2].get("sender_identifier"), got[2].get("recipient_identifier"), None, None, None, 2),
        ("INCOMING", "received", "+15551", None, name, "https://a.example/", "x", 1),
    ]
    assert {
        k: got[0].get(k)
        for k in ("start_date", "contact_creation_date", "incoming_sender_count", "sender_display_name", "bundle_id")
    } == {
        "start_date": T,
        "contact_creation_date": T,
        "incoming_sender_count": 1,
        "sender_display_name": "S",
        "bundle_id": "com.apple.MobileSMS",
    }


def test_interactions_without_people(tmp_path: Path) -> None:
    phone = Phone(ios="16.1")
    place = (interactionc.DOMAIN, interactionc.RELATIVE)
    phone.database(
        place,
        lambda db: db.execute(
            "CREATE TABLE ZINTERACTIONS (Z_PK INTEGER PRIMARY KEY, ZSTARTDATE, ZDIRECTION);"
            "INSERT INTO ZINTERACTIONS VALUES (3, 2, 1)"
        ),
    )
    found, errors = batches(interactions.ARTEFACT, phone, tmp_path / "b")
    assert [type(error) for error in errors] == [Unsupported]  # the recipients are missing
    assert [(b.layout, b.row(0)) for b in found] == [
        (
            "interactions alone",
            {"start_date": 978_307_202_000_000, "table_id": 3, "direction": "OUTGOING", "role": "sent"},
        )
    ]


@pytest.mark.parametrize(
    ("column", "found"),
    [
        (Texts(joined=b"1@s.whatsapp.net\x1f77:3@lid\x1f"), [None, "1", None]),
        (Texts(joined=b"1@s.whatsapp.net\x1f2@s.whatsapp.net\x1f"), None),
        (Coded(codes=array("H", [0, 1, 2]).tobytes(), held=["77@lid", "1@g.us"]), ["1", None, None]),
        (Coded(codes=array("H", [0, 1, 1]).tobytes(), held=["@lid.example", "1@g.us"]), None),
        (Sparse(count=3, rows=[1], held=["77@lid"]), [None, "1", None]),
        (Sparse(count=3, rows=[1], held=["78@s.whatsapp.net"]), None),
        (["77@lid", None, None], ["1", None, None]),
    ],
)
def test_numbers_of_packed_columns(column: Column, found: list[str | None] | None) -> None:
    batch = Batch(artefact="a", layout="l", file="f", count=3, columns={"jid": column})
    assert numbers_in(batch, "jid", {"77": "1"}) == found
    assert numbers_in(batch, "jid", {}) is None


def test_numbers_of_a_column_of_one_value() -> None:
    batch = Batch(artefact="a", layout="l", file="f", count=2, same={"jid": "77@lid"})
    assert numbers_in(batch, "jid", {"77": "1"}) == ["1", "1"]
    assert numbers_in(batch, "other", {"77": "1"}) is None
