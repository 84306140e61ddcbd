"""Data files that are shipped with the program."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent


def read_toml(name: str) -> dict[str, Any]:
    """The content of a TOML file, `texts/words.toml`, below the package. Raises OSError where there is none.

    Beside the compiled modules lies a copy as JSON, which holds for as long as the file is the same: parsing TOML takes as
    long as reading a small bug report."""
    path = ROOT / name
    facts = path.stat()
    state = [facts.st_mtime_ns, facts.st_size]
    copy = Path(cache_from_source(str(path))).with_suffix(".json")
    content: dict[str, Any]
    with suppress(OSError, ValueError, TypeError):
        kept, content = json.loads(copy.read_bytes())
        if kept == state:
            return content
    import tomllib

    content = tomllib.loads(path.read_text("utf-8"))
    if not sys.dont_write_bytecode:
        unfinished = copy.with_suffix(f".{os.getpid()}")
        with suppress(OSError, TypeError):  # JSON has no dates
            encoded = json.dumps([state, content]).encode()
            copy.parent.mkdir(exist_ok=True)
            unfinished.write_bytes(encoded)
            unfinished.replace(copy)
    return content
