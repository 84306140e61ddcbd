"""A list of a phone's files alone: a body file (mactime), or a text with one path on each line."""

from __future__ import annotations

from pathlib import Path

from sousveil.acquisition.door import Acquisition, Form
from sousveil.patterns import lazy_pattern

_FILE = lazy_pattern(r"(?i).*\.(?:body|bodyfile|mactime)|.*(?:body|file|path).?(?:s|list|listing)?\.(?:txt|csv|lst)")


def _head(head: bytes) -> bool:
    from sousveil.acquisition.file_lists import begins_like_list

    return begins_like_list(head)


def _open(path: Path) -> Acquisition | None:
    from sousveil.acquisition.file_lists import opened

    return opened(path)


FORM = Form(
    name="file-list",
    platform="ios",
    rank=70,
    folder=lambda names: False,
    head=_head,
    named=lambda name: _FILE.fullmatch(name) is not None,
    open=_open,
)
