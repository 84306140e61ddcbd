"""One line of "what waits for me"."""

from __future__ import annotations

import msgspec


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that waits."""

    says: str
    path: str
    """Below /staff/, or a page of the register where it begins with `../`."""
    since: str = ""
    due: str = ""
    overdue: bool = False
