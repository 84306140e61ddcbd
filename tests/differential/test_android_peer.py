"""The reference tool and Sousveil read the same out of generated backups of adb and logs of Intrusion Logging."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from phonegen.android import adb_backup, intrusion
from sousveil.artefacts.android import backup_messages, intrusion_connections, intrusion_events, intrusion_lookups
from tests.artefacts.android.acquired import rows
from tests.differential import peer

pytestmark = pytest.mark.peer
WHEN = datetime(2026, 5, 13, 12, 0, 5, 250_000, tzinfo=UTC)
PASSWORD = "a word"
DIRECTION = {"1": "received", "2": "sent", "3": "written"}
"""Of the type that Android documents (1: inbox). The reference tool writes `sent` beside type 1 and `received` beside others."""


def micros(milliseconds: object) -> int:
    """Milliseconds or seconds, as messages have them, in microseconds."""
    number = int(str(milliseconds))
    return number * (1000 if number > 1e11 else 1_000_000)


@pytest.mark.parametrize("form", ["1", "2", "5", "plain"])
def test_both_read_the_messages_of_a_backup(form: str, tmp_path: Path) -> None:
    texts = [adb_backup.sms(f"Message {n}: https://a{n}.example.org/x", WHEN, type=1 + n % 3) for n in range(7)]
    pictures = [adb_backup.mms(f"Picture {n}", WHEN, to=("+15550199", "+15550188")) for n in range(4)]
    path = tmp_path / "backup.ab"
    secret = "" if form == "plain" else PASSWORD
    version = 5 if form == "plain" else int(form)
    path.write_bytes(
        adb_backup.backup(adb_backup.messages(texts, pictures), version=version, password=secret, seed=version)
    )
    theirs = peer.check_android("check-backup", path, tmp_path / "out", "--backup-password", PASSWORD)["sms"]
    mine = rows(backup_messages.ARTEFACT, path, password=secret.encode() or None)
    assert sorted((row["text"], row["at"], row["role"]) for row in mine) == sorted(
        (
            row.get("body") or row["mms_body"],
            micros(row["date"]),
            DIRECTION[row.get("type") or row["msg_box"]],
        )
        for row in theirs
    )
    assert len(mine) == 11


def test_both_read_the_events_of_a_log(tmp_path: Path) -> None:
    path = intrusion.write("folder", tmp_path, {"log.txt": intrusion.ordinary(WHEN, 50)})
    theirs = peer.check_android("check-intrusion-logs", path, tmp_path / "out")
    lookups, connections = rows(intrusion_lookups.ARTEFACT, path), rows(intrusion_connections.ARTEFACT, path)
    assert sorted((row["host"], row["package"], row["at"]) for row in lookups) == sorted(
        (row["hostname"], row["package_name"], micros(row["event_time"])) for row in theirs["dns_event"]
    )
    assert sorted((f"{row['host']}/{row['address']}", row["port"], row["at"]) for row in connections) == sorted(
        (row["ip_address"], row["port"], micros(row["event_time"])) for row in theirs["connect_event"]
    )
    mine = [row for artefact in intrusion_events.ARTEFACTS for row in rows(artefact, path)]
    assert sorted((row.get("event", "app_process_start"), row["at"]) for row in mine) == sorted(
        (next(key for key in row if key not in ("event_time", "timestamp")), row["event_time"] // 1000)
        for row in theirs["security_event"]
    )
    assert (len(lookups), len(connections), len(mine)) == (50, 50, 150)
