"""Compares with a stored file; SOUSVEIL_WRITE_GOLDEN=1 writes it anew, to be read before it is committed."""

from __future__ import annotations

import os
from pathlib import Path


def same(path: Path, text: str) -> None:
    """Assert that the file holds exactly this text."""
    if os.environ.get("SOUSVEIL_WRITE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text, (
        f"{path.name} differs; look at it, then SOUSVEIL_WRITE_GOLDEN=1 writes it anew"
    )
