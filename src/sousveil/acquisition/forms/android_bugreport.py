"""An Android bug report: a zip, a zip in a zip, a folder, or the text of dumpstate alone."""

from __future__ import annotations

from pathlib import Path

from sousveil.acquisition.door import Acquisition, Form
from sousveil.patterns import lazy_pattern

_TEXT = lazy_pattern(r"(?:bugreport|dumpstate|dumpState)[-_].*\.(?:txt|log)")
_FILE = lazy_pattern(r"(?i)(?:bugreport|dumpstate)[-_.].*\.(?:zip|txt|log)|bugreport\.(?:zip|txt)")


def _folder(names: frozenset[str]) -> bool:
    """A report that was unpacked. A folder with several texts is none: each text is a report."""
    texts = [
        name for name in names if _TEXT.fullmatch(name) and not name.startswith(("dumpstate_board", "dumpstate_log"))
    ]
    return bool(names & {"main_entry.txt", "main-entry.txt"}) or len(texts) == 1


def _head(head: bytes) -> bool:
    from sousveil.acquisition.dumpstate import begins_like_dumpstate

    return head.startswith(b"PK\x03\x04") or begins_like_dumpstate(head)


def _open(path: Path) -> Acquisition | None:
    from sousveil.acquisition.bugreport import Bugreport
    from sousveil.acquisition.contents import contents
    from sousveil.acquisition.dumpstate import dumpstate_text

    held = contents(str(path))
    text = dumpstate_text(held.files)
    return Bugreport(held, text) if text is not None else None


FORM = Form(
    name="android-bugreport",
    platform="android",
    rank=60,
    folder=_folder,
    head=_head,
    named=lambda name: _FILE.fullmatch(name) is not None,
    open=_open,
)
