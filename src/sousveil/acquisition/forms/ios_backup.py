"""An iOS backup: a folder with Manifest.db."""

from __future__ import annotations

from pathlib import Path

from sousveil.acquisition.door import Acquisition, Form
from sousveil.acquisition.find import is_backup


def _open(path: Path) -> Acquisition | None:
    try:
        names = frozenset(entry.name for entry in path.iterdir()) if path.is_dir() else frozenset[str]()
    except OSError:
        names = frozenset({"Manifest.db"})  # opening it says why it cannot be read
    if not is_backup(names):
        return None
    from sousveil.acquisition.backup import Backup  # heavy: the parent never opens one

    return Backup(path)


FORM = Form(
    name="ios-backup",
    platform="ios",
    rank=10,
    folder=is_backup,
    head=lambda head: False,
    named=lambda name: False,
    open=_open,
)
