"""Earlier versions of messages that were edited or unsent."""

from __future__ import annotations

import plistlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import batches, rows

from phonegen import typedstream
from phonegen.core import Phone
from phonegen.ios import sms
from sousveil.acquisition.backup import Backup
from sousveil.artefacts.ios import sms as a_sms
from sousveil.artefacts.ios.sms_edits import ARTEFACT, MAX_VERSIONS, versions
from sousveil.artefacts.model import Context
from sousveil.errors import SousveilError, Unsupported
from sousveil.readers.model import Outcome

AT = 1_700_000_000
T = AT * 1_000_000


def phone(*messages: dict[str, Any], ios: int = 16) -> Phone:
    made = Phone(ios=f"{ios}.1")
    made.database(sms, lambda db: sms.bulk(db, ios, messages))
    return made


def test_versions_are_rows(tmp_path: Path) -> None:
    link = typedstream.attributed("tap here", ((0, 8, "https://hidden.example/x"),))
    edited = {
        "guid": "one",
        "handle": "+15555550199",
        "attributed": "sorry, wrong person",
        "edits": {"0": [("see https://lure.example/a", AT), (link, AT + 60), ("sorry, wrong person", AT + 90)]},
    }
    unsent = {
        "guid": "two",
        "from_me": True,
        "handle": "a@example.org",
        "edits": {"1": [("mine", AT + 5)]},
        "unsent": [0, 1],
    }
    plain = {"guid": "three", "text": "nothing changed", "handle": "+15555550199"}
    reaction = {"guid": "four", "message_summary_info": plistlib.dumps({"ams": "hello", "amc": 1})}
    made = phone(edited, unsent, plain, reaction)
    assert rows(ARTEFACT, made, tmp_path / "b") == [
        {
            "guid": "one",
            "part": 0,
            "version": 0,
            "text": "see https://lure.example/a",
            "what": "edited",
            "handle": "+15555550199",
            "service": "iMessage",
            "role": "received",
            "is_from_me": 0,
            "date": T,
        },
        {
            "guid": "one",
            "part": 0,
            "version": 1,
            "text": "tap here",
            "links": "https://hidden.example/x",
            "what": "edited",
            "handle": "+15555550199",
            "service": "iMessage",
            "role": "received",
            "is_from_me": 0,
            "date": T + 60_000_000,
        },
        {
            "guid": "two",
            "part": 1,
            "version": 0,
            "text": "mine",
            "what": "unsent",
            "handle": "a@example.org",
            "service": "iMessage",
            "role": "sent",
            "is_from_me": 1,
            "date": T + 5_000_000,
        },
        {
            "guid": "two",
            "part": 0,
            "what": "unsent",
            "handle": "a@example.org",
            "service": "iMessage",
            "role": "sent",
            "is_from_me": 1,
            "date": T + 5_000_000,
        },
    ]
    found, _ = batches(ARTEFACT, made, tmp_path / "b")
    assert [batch.source(at).row for batch in found for at in range(batch.count)] == [1, 1, 2, 2]
    assert {(batch.table, batch.file) for batch in found} == {("message", "HomeDomain/Library/SMS/sms.db")}
    # The present version is the message's own.
    assert rows(a_sms.ARTEFACT, made, tmp_path / "b")[0]["text"] == "sorry, wrong person"


def test_one_version_that_cannot_be_decoded_costs_itself(tmp_path: Path) -> None:
    damaged = {
        "guid": "one",
        "edits": {"0": [("first", AT), (b"\x04\x0bstreamtyped", AT + 1), (b"", AT + 2), ("last", AT + 3)]},
    }
    no_plist = {"guid": "two", "message_summary_info": b"bplist00 ec"}
    phone(damaged, no_plist).write(tmp_path / "b")
    backup = Backup(tmp_path / "b")
    ((_, group),) = backup.locate([("x", at) for at in ARTEFACT.needs["main"]])
    context = Context(device=backup.device)
    found = list(ARTEFACT.read(ARTEFACT, {"main": group}, context))
    assert [batch.row(at)["text"] for batch in found for at in range(batch.count)] == ["first"]
    assert [(part.name, part.outcome, part.records, part.undecoded) for part in context.log.parts] == [
        ("edit history", Outcome.UNSUPPORTED, 1, 3),
        ("edited messages", Outcome.READ, 2, 0),
    ]


def test_old_systems_and_other_databases(tmp_path: Path) -> None:
    assert batches(ARTEFACT, phone({"text": "x"}, ios=12), tmp_path / "old") == ([], [])
    other = Phone(ios="16.1")
    other.database((sms.DOMAIN, sms.RELATIVE), lambda db: db.execute("CREATE TABLE other (a)"))
    found, errors = batches(ARTEFACT, other, tmp_path / "other")
    assert (found, [type(error) for error in errors]) == ([], [Unsupported])


def test_many_versions_and_numbers_that_do_not_travel() -> None:
    many = [(f"x{number}", AT + number) for number in range(MAX_VERSIONS + 3)]
    found, bad = versions(sms.summary({"0": many}))
    assert (len(found), bad) == (MAX_VERSIONS, 3)
    blob = plistlib.dumps({"ec": {}, "rp": [1 << 40, -1, True, "0", 3]})
    assert versions(blob) == ([{"part": 3, "what": "unsent", "date": None}], 0)


def test_no_more_versions_than_the_bytes_can_hold() -> None:
    event = {"d": AT, "t": typedstream.attributed("x" * 200)}
    events = [event] * MAX_VERSIONS  # written once, named a hundred times
    blob = plistlib.dumps({"ec": {str(part): events for part in range(60)}}, fmt=plistlib.FMT_BINARY)
    found, bad = versions(blob)
    assert len(found) + bad == 60 * (MAX_VERSIONS - 1)
    assert 0 < len(found) == len(blob) // 64 + 10 < 1000


@pytest.mark.parametrize("at", [True, "x", b"x", 1e300, float("nan"), None])
def test_times_that_are_none(tmp_path: Path, at: Any) -> None:
    version = {"t": typedstream.attributed("first")} | ({} if at is None else {"d": at})
    last = {"d": 1, "t": typedstream.attributed("last")}
    summary = plistlib.dumps({"ec": {"0": [version, last]}}, fmt=plistlib.FMT_BINARY)
    (row,) = rows(ARTEFACT, phone({"guid": "g", "message_summary_info": summary, "date_retracted": 5}), tmp_path / "b")
    assert row["text"] == "first" and "date" not in row


@settings(deadline=None)
@given(st.binary(max_size=60), st.integers(0, 500), st.integers(0, 500))
def test_any_bytes(junk: bytes, at: int, until: int) -> None:
    blob = sms.summary({"0": [("first", AT), ("last", AT + 1)]}, [1])
    try:
        found, _ = versions(blob[:at] + junk + blob[until:])
    except SousveilError:
        return
    for one in found:
        assert one["what"] in ("edited", "unsent") and type(one["part"]) in (int, type(None))
