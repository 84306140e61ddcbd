"""Logs that Android's Intrusion Logging kept, downloaded and decrypted by their owner: texts, a folder or a zip of them."""

from __future__ import annotations

from pathlib import Path

from sousveil.acquisition.door import Acquisition, Form
from sousveil.acquisition.zips import MAGIC
from sousveil.patterns import lazy_pattern

_FILE = lazy_pattern(r"(?i).*\.(?:txt|json|jsonl|ndjson)|.*intrusion.*\.zip")


def _head(head: bytes) -> bool:
    from sousveil.acquisition.intrusion_logs import begins_like_log

    return head.startswith(MAGIC) or begins_like_log(head)


def _open(path: Path) -> Acquisition | None:
    from sousveil.acquisition.intrusion_logs import opened

    return opened(path)


FORM = Form(
    name="android-intrusion-logs",
    platform="android",
    rank=55,
    folder=lambda names: False,
    head=_head,
    named=lambda name: _FILE.fullmatch(name) is not None,
    together=True,
    open=_open,
)
