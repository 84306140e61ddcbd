"""WhatsApp's list of chats, and what the message tables keep as it was stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from phonegen.core import Phone
from phonegen.ios import sms, whatsapp, whatsapp_lid
from sousveil.acquisition.backup import Backup
from sousveil.artefacts.ios import sms as messages
from sousveil.artefacts.ios import whatsapp_chats as chats
from sousveil.artefacts.model import Context
from sousveil.errors import Unsupported
from tests.artefacts.ios.reading import batches, extras, rows

T = 1_700_000_000
COMMON = {"archived": 0, "removed": 0, "hidden": 0, "unread": 0}


def fill(db: Any, ios: int) -> None:
    whatsapp.bulk(
        db,
        ios,
        [
            {"text": "a", "at": T, "chat": "15555550111@s.whatsapp.net", "name": "One"},
            {"text": "b", "at": T + 0.5, "chat": "99@g.us", "member": "77@lid"},
            {"text": "c", "at": T + 9, "chat": "77@lid"},
            {"text": "d", "at": T + 10, "chat": "77@lid"},
        ],
    )
    db.execute("UPDATE ZWAGROUPINFO SET ZCREATIONDATE = 700000000.25, ZOWNERJID = 'o@s.whatsapp.net'")
    db.execute("UPDATE ZWACHATSESSION SET ZSAVEDINPUT = 'not sent', ZREMOVED = 1 WHERE Z_PK = 1")


@pytest.mark.parametrize("ios", [12, 15, 17, 26])
def test_chats(ios: int, tmp_path: Path) -> None:
    with Phone(f"{ios}.0") as phone:
        phone.database(whatsapp, lambda db: fill(db, ios))
        assert rows(chats.ARTEFACT, phone, tmp_path / "backup") == [
            COMMON
            | {
                "chat_id": 1,
                "jid": "15555550111@s.whatsapp.net",
                "name": "One",
                "session_type": 0,
                "removed": 1,
                "message_counter": 1,
                "last_message": T * 1_000_000,
                "last_message_id": 1,
                "draft": "not sent",
            },
            COMMON
            | {
                "chat_id": 2,
                "jid": "99@g.us",
                "session_type": 1,
                "message_counter": 1,
                "last_message": T * 1_000_000 + 500_000,
                "last_message_id": 2,
                "group_created": 1_678_307_200_250_000,
                "group_owner": "o@s.whatsapp.net",
            },
            COMMON
            | {
                "chat_id": 3,
                "jid": "77@lid",
                "session_type": 0,
                "message_counter": 2,
                "last_message": (T + 10) * 1_000_000,
                "last_message_id": 4,
            },
        ]


def test_a_hidden_identifier_gets_its_number(tmp_path: Path) -> None:
    with Phone("17.0") as phone:
        phone.database(whatsapp, lambda db: whatsapp.insert(db, 17, text="c", chat="77@lid"))
        phone.database(whatsapp_lid, lambda db: whatsapp_lid.insert(db, 17, lid="77@lid", number="15555550177"))
        phone.write(tmp_path / "backup")
    backup = Backup(tmp_path / "backup")
    files = {
        role: group
        for role, places in chats.ARTEFACT.needs.items()
        for _, group in backup.locate([(role, at) for at in places])
    }
    (batch,) = chats.ARTEFACT.read(chats.ARTEFACT, files, Context(device=backup.device))
    assert (batch.row(0)["jid"], batch.row(0)["number"]) == ("77@lid", "15555550177")


def test_an_unknown_layout_and_an_empty_list(tmp_path: Path) -> None:
    with Phone("17.0") as phone:
        phone.database((whatsapp.DOMAIN, whatsapp.RELATIVE), lambda db: db.execute("CREATE TABLE x (y)"))
        found, errors = batches(chats.ARTEFACT, phone, tmp_path / "unknown")
    assert found == [] and [type(error) for error in errors] == [Unsupported]
    with Phone("17.0") as phone:
        phone.database(whatsapp)
        assert rows(chats.ARTEFACT, phone, tmp_path / "empty") == []


def test_archives_of_messages_are_kept_as_stored(tmp_path: Path) -> None:
    body = b"\x04\x0bstreamtyped and more"
    with Phone("17.0") as phone:
        phone.database(sms, lambda db: sms.insert(db, 17, text="t", body=body, payload_data=b"bplist00\xff"))
        (batch,), errors = batches(messages.ARTEFACT, phone, tmp_path / "backup")
    kept = extras(batch, 0)
    assert (kept["attributedBody"], kept["payload_data"], errors) == (body, b"bplist00\xff", [])
