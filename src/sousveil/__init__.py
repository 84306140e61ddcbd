"""Sousveil watches the watchers: from a trace on a phone to evidence that can be checked.

`check` examines a backup, `open` reads its records; docs/guides/use-from-python.md shows both.
"""

import os
from typing import TYPE_CHECKING, Any

from sousveil.version import __version__

# Before anything imports numpy: nobody needs its threads and their memory.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

if TYPE_CHECKING:
    from sousveil.api import check, check_all, day, open, to_json
    from sousveil.cases.check import Checks
    from sousveil.cases.examining import Checked as Result
    from sousveil.cases.model import Case
    from sousveil.cases.phone import Phone, PhoneRecord
    from sousveil.cases.settings import Settings
    from sousveil.errors import Locked, Malformed, Missing, SousveilError, Usage

__all__ = [
    "Case", "Checks", "Locked", "Malformed", "Missing", "Phone", "PhoneRecord", "Result", "Settings", "SousveilError",
    "Usage", "__version__", "check", "check_all", "day", "open", "to_json",
]  # fmt: skip
_PLACES = {
    "sousveil.api": "check check_all day open to_json",
    "sousveil.cases.check": "Checks",
    "sousveil.cases.examining": "Checked",
    "sousveil.cases.model": "Case",
    "sousveil.cases.phone": "Phone PhoneRecord",
    "sousveil.cases.settings": "Settings",
    "sousveil.errors": "Locked Malformed Missing SousveilError Usage",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: `sousveil --version` imports none of it."""
    from importlib import import_module

    wanted = "Checked" if name == "Result" else name
    for module, names in _PLACES.items():
        if name in __all__ and wanted in names.split():
            value = globals()[name] = getattr(import_module(module), wanted)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
