"""A backup that `adb backup` made (`.ab`), with or without a password."""

from __future__ import annotations

from pathlib import Path

from sousveil.acquisition.door import Acquisition, Form
from sousveil.patterns import lazy_pattern

_FILE = lazy_pattern(r"(?i).*\.(?:ab|adb)")


def _open(path: Path) -> Acquisition | None:
    from sousveil.acquisition.android_backup import opened

    return opened(path)


FORM = Form(
    name="android-backup",
    platform="android",
    rank=30,
    folder=lambda names: False,
    head=lambda head: head.startswith(b"ANDROID BACKUP\n"),
    named=lambda name: _FILE.fullmatch(name) is not None,
    open=_open,
)
