"""A sysdiagnose of an iPhone or iPad: its archive (tar.gz, tar), its folder, or either in a zip archive."""

from __future__ import annotations

from pathlib import Path

from sousveil.acquisition.door import Acquisition, Form
from sousveil.acquisition.find import is_sysdiagnose


def _head(head: bytes) -> bool:
    return head.startswith((b"\x1f\x8b\x08", b"PK\x03\x04")) or head[257:262] == b"ustar"


def _named(name: str) -> bool:
    lower = name.lower()
    return "sysdiagnose" in lower and lower.endswith((".tar.gz", ".tgz", ".tar", ".zip"))


def _open(path: Path) -> Acquisition | None:
    from sousveil.acquisition.sysdiagnose import opened

    return opened(path)


FORM = Form(name="sysdiagnose", platform="ios", rank=60, folder=is_sysdiagnose, head=_head, named=_named, open=_open)
