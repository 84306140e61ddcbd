"""An acquisition of AndroidQF: its folder, its archive, or the archive encrypted with age (as Bugbane exports it too)."""

from __future__ import annotations

import re
from pathlib import Path

from sousveil.acquisition.door import Acquisition, Form

_FILE = re.compile(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.zip(?:\.age)?|acquisition(?:\.zip)?\.age")
_MARKS = frozenset({"packages.json", "getprop.txt", "dumpsys.txt", "files.json", "hashes.csv", "packages.pb"})
"""Files beside acquisition.json: two of them make a folder an acquisition."""


def _folder(names: frozenset[str]) -> bool:
    return len(names & _MARKS) > ("acquisition.json" not in names) + 1


def _head(head: bytes) -> bool:
    return head.startswith((b"PK\x03\x04", b"age-encryption.org/v1\n"))


def _open(path: Path) -> Acquisition | None:
    from sousveil.acquisition.androidqf import opened

    return opened(path)


FORM = Form(
    name="androidqf",
    platform="android",
    rank=40,
    folder=_folder,
    head=_head,
    named=lambda name: _FILE.fullmatch(name) is not None,
    open=_open,
)
