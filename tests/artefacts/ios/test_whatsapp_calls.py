"""WhatsApp's calls."""

from __future__ import annotations

from pathlib import Path

from reading import batches, rows

from phonegen.core import Phone
from phonegen.ios import whatsapp_calls
from sousveil.acquisition.backup import Backup
from sousveil.artefacts.ios.whatsapp_calls import ARTEFACT
from sousveil.artefacts.model import Context
from sousveil.errors import Unsupported

AT = 1_557_000_000
T = AT * 1_000_000
ROWS = [
    {"at": AT, "jid": "15555550199@s.whatsapp.net", "missed": True, "call_id": "a"},
    {
        "at": AT + 60,
        "jid": "15555550101@s.whatsapp.net",
        "people": ("99@lid",),
        "outgoing": True,
        "video": True,
        "duration": 12,
        "group": "1@g.us",
        "creator": "15555550100@s.whatsapp.net",
        "call_id": "b",
        "ZBYTESSENT": 7,
    },
]


def phone(*after: str) -> Phone:
    made = Phone(ios="12.3")

    def fill(db: object) -> None:
        whatsapp_calls.bulk(db, 12, ROWS)  # type: ignore[arg-type]
        for statement in after:
            db.execute(statement)  # type: ignore[attr-defined]

    made.database(whatsapp_calls, fill)
    return made


def test_calls_with_each_participant(tmp_path: Path) -> None:
    second = {
        "call_id": "b",
        "group": "1@g.us",
        "creator": "15555550100@s.whatsapp.net",
        "role": "sent",
        "direction": "outgoing",
        "missed": 0,
        "video": 1,
        "outcome": 0,
        "participant_outcome": 0,
        "date": T + 60_000_000,
        "duration": 12.0,
        "bytes_received": 0,
        "bytes_sent": 7,
    }
    assert rows(ARTEFACT, phone(), tmp_path / "b") == [
        {
            "call_id": "a",
            "jid": "15555550199@s.whatsapp.net",
            "role": "received",
            "direction": "incoming",
            "missed": 1,
            "video": 0,
            "outcome": 1,
            "participant_outcome": 1,
            "date": T,
            "duration": 0.0,
            "bytes_received": 0,
            "bytes_sent": 0,
        },
        second | {"jid": "15555550101@s.whatsapp.net"},
        second | {"jid": "99@lid"},
    ]


def test_hidden_identifiers_are_resolved(tmp_path: Path) -> None:
    made = phone()
    made.database(
        (whatsapp_calls.DOMAIN, "LID.sqlite"),
        lambda db: db.execute("CREATE TABLE ZWAZACCOUNT (ZIDENTIFIER, ZPHONENUMBER)").execute(
            "INSERT INTO ZWAZACCOUNT VALUES ('99@lid', '15555550102')"
        ),
    )
    made.write(tmp_path / "b")
    backup = Backup(tmp_path / "b")
    files = {
        role: group
        for role, places in ARTEFACT.needs.items()
        for _, group in backup.locate([("x", at) for at in places])
    }
    found = [
        batch.row(at).get("number")
        for batch in ARTEFACT.read(ARTEFACT, files, Context(device=backup.device))
        for at in range(batch.count)
    ]
    assert found == [None, None, "15555550102"]


def test_a_direction_that_is_not_known_counts_as_incoming(tmp_path: Path) -> None:
    made = phone("DROP TABLE ZWAAGGREGATECALLEVENT")
    found, errors = batches(ARTEFACT, made, tmp_path / "b")
    got = [batch.row(at) for batch in found for at in range(batch.count)]
    assert (errors, {batch.layout for batch in found}) == ([], {"calls without direction"})
    assert [(row["role"], row.get("direction"), row["call_id"]) for row in got] == [
        ("received", None, "a"),
        ("received", None, "b"),
        ("received", None, "b"),
    ]


def test_empty_and_unknown(tmp_path: Path) -> None:
    made = Phone(ios="12.3")
    made.database(whatsapp_calls)
    assert batches(ARTEFACT, made, tmp_path / "one") == ([], [])
    other = phone("DROP TABLE ZWACDCALLEVENTPARTICIPANT")
    found, errors = batches(ARTEFACT, other, tmp_path / "two")
    assert (found, [type(error) for error in errors]) == ([], [Unsupported])
