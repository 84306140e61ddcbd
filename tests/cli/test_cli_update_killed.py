"""`indicators update` killed while it installs: the old update or the new one is in use, whole, never a mixture."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

from nacl.signing import SigningKey

from scripts.sign_update import sign
from tests.cli.cli_runner import Sousveil

KEY = SigningKey(b"\x01" * 32)
FILES = 300


def update(sv: Sousveil, version: int) -> Path:
    path = sv.home / f"update-{version}"
    files = {f"set-{at:03}.txt": f"v{version}-{at}.example\n".encode() for at in range(FILES)}
    path.write_bytes(sign(KEY, version, "2026-01-02", files))
    return path


def in_use(sv: Sousveil) -> dict[str, str]:
    """Set -> version of its one value."""
    sets = [one for one in json.loads(sv("indicators", "list", "--json").out)["sets"] if one["origin"] == "update"]
    assert len(sets) == FILES
    found = {}
    for name in (sets[0]["name"], sets[FILES // 2]["name"], sets[-1]["name"]):
        (value,) = json.loads(sv("indicators", "show", name, "--json").out)["indicators"]
        found[name] = value["value"].split("-")[0]
    return found


def test_killed_at_any_time(sv: Sousveil) -> None:
    key = sv.home / "key.txt"
    key.write_text(f"ed25519 {bytes(KEY.verify_key).hex()} Test publisher\n")
    assert sv("indicators", "update", "--key", key, "--from", update(sv, 5)).code == 0
    data = Path(sv.environment()["SOUSVEIL_DATA"])
    folder = next(path for path in data.rglob("current") if path.is_file()).parent
    killed = 0
    for version, sign_of_life in ((6, ".new-"), (7, "v7-"), (8, ".new-")):
        before = set(in_use(sv).values())
        assert len(before) == 1
        known = {path.name for path in folder.iterdir()}
        running = sv.start("indicators", "update", "--from", update(sv, version))
        end = time.monotonic() + 60
        while running.poll() is None and time.monotonic() < end:
            if any(name.startswith(sign_of_life) for name in set(os.listdir(folder)) - known):
                running.send_signal(signal.SIGKILL)
                break
        running.communicate()
        killed += running.returncode == -signal.SIGKILL
        after = set(in_use(sv).values())
        assert after in (before, {f"v{version}"})
    assert killed
    assert sv("indicators", "update", "--from", update(sv, 9)).code == 0
    assert set(in_use(sv).values()) == {"v9"}
    older = sv("indicators", "update", "--from", update(sv, 6))
    assert older.code == 2 and "An older release is never installed" in older.err
