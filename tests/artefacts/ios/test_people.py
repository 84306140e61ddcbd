"""Calls, contacts, calendar, accounts, look-ups, attachments, notes, Telegram and Signal."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import batches, rows

from phonegen.core import Phone
from phonegen.ios import (
    accounts3,
    calendar,
    call_history,
    calls,
    contacts,
    idstatuscache,
    notes,
    signal,
    sms,
    telegram,
)
from sousveil.acquisition.model import Device, FileGroup, Member
from sousveil.artefacts.ios import accounts3 as a_accounts
from sousveil.artefacts.ios import calendar as a_calendar
from sousveil.artefacts.ios import calls as a_calls
from sousveil.artefacts.ios import contacts as a_contacts
from sousveil.artefacts.ios import idstatuscache as a_lookups
from sousveil.artefacts.ios import notes as a_notes
from sousveil.artefacts.ios import signal as a_signal
from sousveil.artefacts.ios import sms_attachment_files as a_files
from sousveil.artefacts.ios import sms_attachments as a_attachments
from sousveil.artefacts.ios import telegram as a_telegram
from sousveil.artefacts.model import Artefact, Context
from sousveil.errors import LimitExceeded, Unsupported
from sousveil.records import unpacked
from tests.profiles import examples

T = 1_700_000_000_000_000
DAY = 86_400_000_000


def without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {k: v for k, v in row.items() if k not in names}


@pytest.mark.parametrize("ios", [12, 13, 14, 16, 18])
def test_calls(tmp_path: Path, ios: int) -> None:
    phone = Phone(ios=f"{ios}.1")
    phone.database(
        calls,
        lambda db: calls.bulk(
            db, ios, [{"location": "X", "participants": ["+15556"]}, {"outgoing": True, "address": "b@example.com"}]
        ),
    )
    found, errors = batches(a_calls.ARTEFACT, phone, tmp_path / "b")
    assert errors == []
    got = [without(found[0].row(at), "unique_id") for at in range(found[0].count)]
    first = {
        "number": "+15555550123",
        "role": "received",
        "direction": "incoming",
        "answered": 1,
        "originated": 0,
        "date": T + 0,
        "duration": 60.0,
        "provider": "com.apple.Telephony",
        "location": "X",
        "country": "us",
        "call_type": 1,
        "category": 1,
        "handle_type": 2,
        "read": 1,
    }
    last = without(first, "location") | {
        "number": "b@example.com",
        "role": "sent",
        "direction": "outgoing",
        "answered": 0,
        "originated": 1,
        "handle_type": 3,
    }
    if ios < 13:
        assert (found[0].layout, got) == ("calls", [first, last])
    else:
        assert (found[0].layout, got) == (
            "calls with participants",
            [
                first | {"participant": "+15555550123"},
                first | {"participant": "+15556"},
                last | {"participant": "b@example.com"},
            ],
        )


def test_calls_up_to_ios_7(tmp_path: Path) -> None:
    phone = Phone(ios="12.1")
    rows_in = [
        {"at": 1_300_000_000, "address": "+15555550107", "duration": 61},
        {"at": 1_300_000_060, "address": "who@example.org", "outgoing": True, "name": "Who"},
    ]
    phone.database(call_history, lambda db: call_history.bulk(db, 12, rows_in))
    (batch,), errors = batches(a_calls.ARTEFACT, phone, tmp_path / "b")
    common = {"country": "310", "read": 1}
    assert (batch.layout, batch.table, errors) == ("calls up to iOS 7", "call", [])
    assert [batch.row(at) for at in range(batch.count)] == [
        common
        | {"number": "+15555550107", "date": 1_300_000_000_000_000, "duration": 61}
        | {"role": "received", "direction": "incoming"},
        common
        | {"number": "who@example.org", "date": 1_300_000_060_000_000, "duration": 60, "name": "Who"}
        | {"role": "sent", "direction": "outgoing"},
    ]
    assert unpacked(batch.extra["flags"]) == [4, 5]


def test_calls_are_in_encrypted_backups_only() -> None:
    assert a_calls.ARTEFACT.expected.encrypted_only


@pytest.mark.parametrize("ios", [12, 14, 17])
def test_contacts(tmp_path: Path, ios: int) -> None:
    phone = Phone(ios=f"{ios}.1")
    phone.database(
        contacts,
        lambda db: contacts.bulk(
            db,
            ios,
            [
                {
                    "first": "A",
                    "note": "n",
                    "phones": ["+1555"],
                    "emails": ["a@example.com"],
                    "urls": ["https://u.example/"],
                },
                {"last": "B"},
            ],
        ),
    )
    got = [without(r, "guid") for r in rows(a_contacts.ARTEFACT, phone, tmp_path / "b")]
    person = {"first": "A", "note": "n", "person_id": 1, "created": T, "modified": T}
    assert got == [
        person | {"value": "+1555", "what": "phone", "label": "Mobile", "property": 3},
        person | {"value": "a@example.com", "what": "email", "label": "Home", "property": 4},
        person | {"value": "https://u.example/", "what": "url", "label": "HomePage", "property": 22},
        {"last": "B", "person_id": 2, "created": T, "modified": T},
    ]


@pytest.mark.parametrize("ios", [12, 14, 16, 26])
def test_calendar(tmp_path: Path, ios: int) -> None:
    phone = Phone(ios=f"{ios}.1")
    made = [
        {
            "summary": "S",
            "description": "D",
            "organizer": "x@example.com",
            "organizer_name": "X",
            "attendees": ["y@example.com"],
            "location": "L",
            "url": "https://e.example/",
        },
        {"summary": "own"},
    ]
    phone.database(calendar, lambda db: calendar.bulk(db, ios, made))
    got = [
        without(r, "uuid", "unique_identifier", "participant_uuid")
        for r in rows(a_calendar.ARTEFACT, phone, tmp_path / "b")
    ]
    common = {
        "part": "event",
        "start_date": T,
        "end_date": T + 3_600_000_000,
        "creation_date": T - DAY,
        "last_modified": T - DAY,
        "all_day": 0,
        "hidden": 0,
        "invitation_status": 0,
        "status": 0,
        "calendar": "Calendar",
        "store": "Default",
        "store_type": 0,
        "calendar_id": 1,
    }
    person = {"participant_is_self": 0, "participant_role": 1, "participant_last_modified": T - DAY}
    assert got == [
        common
        | person
        | {
            "summary": "S",
            "description": "D",
            "url": "https://e.example/",
            "location": "L",
            "participant_email": "x@example.com",
            "participant_name": "X",
            "participant_address": "mailto:x@example.com",
            "participant_status": 1,
            "role": "received",
            "item_id": 1,
            "organizer_id": 1,
        },
        common | {"summary": "own", "role": "written", "item_id": 2, "organizer_id": 0},
        person
        | {
            "participant_email": "y@example.com",
            "participant_name": "y@example.com",
            "participant_address": "mailto:y@example.com",
            "participant_status": 1,
            "part": "attendee",
            "role": "received",
            "item_id": 1,
            "organizer_id": 1,
        },
    ]


def test_lookups(tmp_path: Path) -> None:
    phone = Phone(ios="14.1")
    phone.plist(
        idstatuscache,
        [
            {"user": "mailto:a@example.com"},
            {"user": "mailto:a@example.com", "service": "com.apple.ess", "expiry": 9.5},
            {"user": "tel:\0\0x", "status": 2},
        ],
    )
    got = rows(a_lookups.ARTEFACT, phone, tmp_path / "b")
    assert sorted(got, key=lambda r: (r["package"], r["user"])) == [
        {
            "user": "mailto:a@example.com",
            "package": "com.apple.ess",
            "lookup_date": T,
            "id_status": 1,
            "valid_expiry": 9.5,
            "occurrences": 2,
        },
        {
            "user": "mailto:a@example.com",
            "package": "com.apple.madrid",
            "lookup_date": T,
            "id_status": 1,
            "occurrences": 2,
        },
        {"user": "tel:\0\0x", "package": "com.apple.madrid", "lookup_date": T, "id_status": 2, "occurrences": 1},
    ]


def real(artefact: Artefact, path: Path) -> list[dict[str, Any]]:
    group = FileGroup(domain="x", relative="y", members=(Member(suffix="", path=str(path)),))
    return [
        b.row(at) for b in artefact.read(artefact, {"main": group}, Context(device=Device())) for at in range(b.count)
    ]


def test_real_files(shared_data: Path) -> None:
    folder = shared_data / "phones" / "ios-plaso"
    lookups = real(a_lookups.ARTEFACT, folder / "com.apple.identityservices.idstatuscache.plist")
    assert len(lookups) == 40
    assert {r["package"] for r in lookups} >= {"com.apple.madrid", "com.apple.private.alloy.icloudpairing"}
    assert all(r["lookup_date"] > 1_600_000_000_000_000 for r in lookups)
    accounts = real(a_accounts.ARTEFACT, folder / "Accounts3.sqlite")
    assert (len(accounts), accounts[0]["created"], accounts[0]["account_type"]) == (
        18,
        1_584_826_791_912_371,
        "com.apple.account.iTunesStore",
    )
    assert sum(1 for r in real(a_notes.ARTEFACT, folder / "NoteStore.sqlite") if r["part"] == "note") == 8
    (attachment,) = real(a_attachments.ARTEFACT, folder / "apple" / "imessage_chat.db")
    assert (attachment["transfer_name"], attachment["total_bytes"], attachment["role"]) == (
        "sslsplit.der",
        712,
        "received",
    )


@pytest.mark.parametrize("ios", [12, 15, 17])
def test_accounts(tmp_path: Path, ios: int) -> None:
    phone = Phone(ios=f"{ios}.1")
    phone.database(
        accounts3,
        lambda db: accounts3.bulk(db, ios, [{"description": "Mail"}, {"username": None, "parent": 1, "active": False}]),
    )
    got = [without(r, "identifier") for r in rows(a_accounts.ARTEFACT, phone, tmp_path / "b")]
    common = {
        "account_type": "com.apple.account.IMAP",
        "type_description": "IMAP",
        "bundle_id": "com.apple.Preferences",
        "created": T,
        "authenticated": 1,
        "visible": 1,
    }
    assert got == [
        common | {"username": "alex@example.com", "description": "Mail", "active": 1, "account_id": 1},
        common | {"active": 0, "parent_id": 1, "parent_username": "alex@example.com", "account_id": 2},
    ]


@pytest.mark.parametrize("ios", [12, 13, 17, 26])
def test_attachments(tmp_path: Path, ios: int) -> None:
    phone = Phone(ios=f"{ios}.1")
    made = [
        {"text": "t", "handle": "+1555", "attachments": [{"filename": "/var/tmp/abc-1", "total_bytes": 7}]},
        {
            "text": "u",
            "handle": "+1555",
            "from_me": True,
            "attachments": [{"filename": "~/x.gif", "mime": "image/gif", "outgoing": True}],
        },
    ]
    phone.database(sms, lambda db: sms.bulk(db, ios, made))
    got = [without(r, "guid", "message_guid") for r in rows(a_attachments.ARTEFACT, phone, tmp_path / "b")]
    common = {
        "uti": "public.jpeg",
        "handle": "+1555",
        "service": "iMessage",
        "transfer_state": 5,
        "is_sticker": 0,
        "hide_attachment": 0,
        "has_user_info": 0,
    }

    def timed(minutes: int) -> dict[str, int]:
        return dict.fromkeys(("date", "created_date", "start_date"), T + minutes * 60_000_000)

    assert got == [
        common
        | timed(1)
        | {
            "filename": "/var/tmp/abc-1",
            "transfer_name": "abc-1",
            "mime_type": "image/jpeg",
            "total_bytes": 7,
            "role": "received",
            "direction": "received",
            "is_outgoing": 0,
            "attachment_id": 1,
            "message_id": 1,
            "message_text": "t",
        },
        common
        | timed(2)
        | {
            "filename": "~/x.gif",
            "transfer_name": "x.gif",
            "mime_type": "image/gif",
            "total_bytes": 0,
            "role": "sent",
            "direction": "sent",
            "is_outgoing": 1,
            "attachment_id": 2,
            "message_id": 2,
            "message_text": "u",
        },
    ]


def made_pass(logo: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        # A fixed time: the bytes name tests, which must be the same in every process of a run.
        for name, content in (("pass.json", b"{}"), ("logo.png", logo)):
            archive.writestr(zipfile.ZipInfo(name, (2023, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


WEBP = b"RIFF\x00\x01\x00\x00WEBPVP8X" + bytes(40)


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.gif", b"GIF89a...", {"found": "gif"}),
        ("a.gif", b"\n\n%PDF-1.5", {"found": "pdf"}),
        ("a.GIF", b"8BPS\0\1", {"found": "psd"}),
        ("a.gif", b"", {"found": "empty"}),
        ("a.gif", b"what", {}),
        (
            "b.pkpass",
            made_pass(b"\x89PNG\r\n\x1a\n"),
            {"found": "zip", "image": "png", "image_size": 8, "image_archive": 0, "image_expression": 0},
        ),
        (
            "b.pkpass",
            made_pass(WEBP + b"bplist00{FUNCTION(FUNCTION("),
            {"found": "zip", "image": "webp", "image_size": 83, "image_archive": 1, "image_expression": 1},
        ),
        ("b.pkpass", made_pass(WEBP)[:60], {"found": "zip"}),
    ],
)
def test_attachment_files(tmp_path: Path, name: str, data: bytes, expected: dict[str, Any]) -> None:
    phone = Phone(ios="16.6")
    path = f"Library/SMS/Attachments/0a/10/X/{name}"
    phone.add("MediaDomain", path, data)
    phone.add("MediaDomain", "Library/SMS/Attachments/0a/10/X/c.jpeg", b"%PDF-")
    assert rows(a_files.ARTEFACT, phone, tmp_path / "b") == [
        {"path": f"/private/var/mobile/{path}", "extension": name[2:].lower(), "size": len(data)} | expected
    ]


@pytest.mark.parametrize("ios", [10, 12, 15])
def test_notes(tmp_path: Path, ios: int) -> None:
    phone = Phone(ios=f"{ios}.1")
    phone.database(
        notes,
        lambda db: notes.bulk(
            db,
            ios,
            [{"text": "T\nhttps://n.example/ ü", "links": ["https://l.example/"]}, {"body": b"\x1f\x8bdamaged"}],
        ),
    )
    got = [without(r, "identifier") for r in rows(a_notes.ARTEFACT, phone, tmp_path / "b")]
    common = {"folder": "Notes", "part": "note", "locked": 0, "deleted": 0, "created": T, "modified": T}
    assert got == [
        common | {"text": "T\nhttps://n.example/ ü", "title": "T", "snippet": "https://n.example/ ü"},
        common | {"title": "Shopping", "snippet": "milk, bread"},
        {
            "title": "https://l.example/",
            "url": "https://l.example/",
            "part": "attachment",
            "deleted": 0,
            "created": T,
            "modified": T,
        },
    ]


@pytest.mark.parametrize(
    ("ios", "layout", "drop"),
    [
        (9, "notes of iOS 9", ""),
        (10, "notes of iOS 10 and 11", ""),
        (11, "notes of iOS 10 and 11", ""),
        (9, "notes without folders", "Z_12NOTES"),
    ],
)
def test_notes_of_old_systems(tmp_path: Path, ios: int, layout: str, drop: str) -> None:
    phone = Phone(ios="12.1")
    rows_in = [{"text": "T\nhttps://n.example/"}, {"text": "U\nu", "folder": "Work", "at": 1_400_000_000}]
    phone.database(
        notes,
        lambda db: (notes.bulk(db, ios, rows_in), drop and db.execute(f"DROP TABLE {drop}")),
        ios=ios,
    )
    found, errors = batches(a_notes.ARTEFACT, phone, tmp_path / "b")
    assert (errors, {batch.layout for batch in found}) == ([], {layout})
    got = [batch.row(at) for batch in found for at in range(batch.count)]
    assert [(row["title"], row["text"], row.get("folder"), row["created"]) for row in got] == [
        ("T", "T\nhttps://n.example/", None if drop else "Notes", T),
        ("U", "U\nu", None if drop else "Work", 1_400_000_000_000_000),
    ]


@settings(deadline=None, max_examples=examples(60))
@given(st.text(max_size=300), st.binary(max_size=40), st.integers(0, 400))
def test_any_note_body(text: str, junk: bytes, at: int) -> None:
    blob = notes.body(text)
    assert a_notes.body_text(blob) == text
    a_notes.body_text(blob[:at] + junk + blob[at:])
    a_notes.body_text(junk)


def test_telegram(tmp_path: Path) -> None:
    phone = Phone(ios="13.1")
    made = [
        {"text": "hi https://t.example/"},
        {"text": "out", "incoming": False, "forward_author": 5},
        {"value": b"\x09\x01\x02https://u.example/x\x00\x01"},
    ]
    phone.database(telegram, lambda db: telegram.bulk(db, 13, made))
    got = rows(a_telegram.ARTEFACT, phone, tmp_path / "b")
    common = {"date": T, "peer": 777_001, "namespace": 0}
    assert got == [
        common
        | {
            "text": "hi https://t.example/",
            "decoded": "fields",
            "role": "received",
            "author": 777_001,
            "message_id": 1,
        },
        common | {"text": "out", "decoded": "fields", "role": "sent", "author": telegram.ACCOUNT, "message_id": 2},
        common | {"text": "https://u.example/x", "decoded": "strings", "role": "received", "message_id": 3},
    ]


def test_telegram_links_behind_the_text() -> None:
    value = (
        telegram.message_value("look here", author=7, stable_id=1, incoming=True) + b"\x00\x05https://p.example/\x00"
    )
    work: dict[str, list[Any]] = {"_key": [b""], "_value": [value]}
    a_telegram.derive(work, Context(device=Device()))
    assert (work["text"], work["role"], work["decoded"]) == (
        ["look here\nhttps://p.example/"],
        ["received"],
        ["fields"],
    )


def test_notes_that_unpack_to_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(a_notes, "MAX_BODIES", 7)
    with pytest.raises(LimitExceeded, match="more than 7 characters"):
        a_notes.derive({"_data": [notes.body("four"), notes.body("four")]}, Context(device=Device()))


@settings(deadline=None, max_examples=examples(60))
@given(st.binary(max_size=30), st.binary(max_size=120))
def test_any_telegram_value(key: bytes, value: bytes) -> None:
    work: dict[str, list[Any]] = {"_key": [key], "_value": [value]}
    a_telegram.derive(work, Context(device=Device()))
    assert work["role"][0] in ("received", "sent")


def test_signal(tmp_path: Path) -> None:
    phone = Phone(ios="16.1")
    phone.plist(signal, [{"key": "lastAppVersion", "value": {"a": 1}}])
    got = {r["key"]: r["value"] for r in rows(a_signal.ARTEFACT, phone, tmp_path / "b")}
    assert (got["isRegistered"], got["lastAppVersion"], len(got)) == ("true", '{"a":1}', 4)
    assert "encrypts" in a_signal.ARTEFACT.expected.optional


@pytest.mark.parametrize(
    ("artefact", "module"),
    [
        (a_calls.ARTEFACT, calls),
        (a_calls.ARTEFACT, call_history),
        (a_contacts.ARTEFACT, contacts),
        (a_calendar.ARTEFACT, calendar),
        (a_accounts.ARTEFACT, accounts3),
        (a_attachments.ARTEFACT, sms),
        (a_notes.ARTEFACT, notes),
        (a_telegram.ARTEFACT, telegram),
    ],
)
def test_empty_and_unknown(tmp_path: Path, artefact: Artefact, module: Any) -> None:
    phone = Phone(ios="16.1")
    phone.database(module)
    assert batches(artefact, phone, tmp_path / "one") == ([], [])
    phone.database((module.DOMAIN, module.RELATIVE), lambda db: db.execute("CREATE TABLE other (a)"), replace=True)
    found, errors = batches(artefact, phone, tmp_path / "two")
    assert (found, [type(e) for e in errors]) == ([], [Unsupported])
