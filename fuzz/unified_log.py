"""Fuzz harness of `sousveil.readers.tracev3` and `sousveil.readers.ips`."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime

from phonegen.sysdiagnose import model, reports, unified
from phonegen.sysdiagnose.model import Sysdiagnose
from sousveil.errors import SousveilError
from sousveil.readers.ips import report
from sousveil.readers.tracev3 import cache_images, image_path, timesync, trace_file


class _Content:
    def __init__(self, data: bytes) -> None:
        self.data, self.size = data, len(data)

    def read(self, amount: int, offset: int) -> bytes:
        """Up to `amount` bytes."""
        return self.data[offset : offset + amount]

    def close(self) -> None:
        """Nothing."""


def seeds() -> list[bytes]:
    """Each file of a log archive, and a report of each form."""
    when = datetime(2024, 5, 20, 6, tzinfo=UTC)
    phone = Sysdiagnose("17.5")
    phone.add(
        model.Boot(when=when),
        model.LoggedProcess(path="/usr/libexec/a", when=when, libraries=("/usr/lib/b",)),
        model.LoggedProcess(path="/usr/libexec/c", when=when, cached=True),
        model.Crash(name="a", when=when),
        model.Crash(name="b", when=when, kind=109),
        model.Inventory(when=when, names=("launchd", "a")),
        model.Inventory(when=when, names=("launchd", "a"), kind=288),
    )
    logs = [data for name, data in unified.files(phone) if not name.endswith(".plist")]
    return [*logs, *(data for _, data in reports.files(phone)), json.dumps({"bug_type": "211"}).encode() + b"\n{}"]


def fuzz_one(data: bytes) -> None:
    """Only errors of ours; a damaged log raises nothing at all."""
    content = _Content(data)
    trace_file(content)
    for read in (
        lambda: list(timesync(content)),
        lambda: image_path(content),
        lambda: list(cache_images(content)),
        lambda: report(data),
    ):
        with contextlib.suppress(SousveilError):
            read()
