"""An acquisition of AndroidQF: its folder, its archive, or the archive encrypted with age (as Bugbane exports it too)."""

from __future__ import annotations

from pathlib import Path

from sousveil.acquisition.door import Acquisition, Form
from sousveil.acquisition.find import is_androidqf
from sousveil.patterns import lazy_pattern

_FILE = lazy_pattern(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.zip(?:\.age)?|acquisition(?:\.zip)?\.age")


def _head(head: bytes) -> bool:
    return head.startswith((b"PK\x03\x04", b"age-encryption.org/v1\n"))


def _open(path: Path) -> Acquisition | None:
    from sousveil.acquisition.androidqf import opened

    return opened(path)


FORM = Form(
    name="androidqf",
    platform="android",
    rank=40,
    folder=is_androidqf,
    head=_head,
    named=lambda name: _FILE.fullmatch(name) is not None,
    open=_open,
)
