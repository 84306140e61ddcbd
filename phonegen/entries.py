"""What the generators of Android and of sysdiagnose share: entries by kind, and files as they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

E = TypeVar("E")


@dataclass(kw_only=True)
class Member:
    """Any other file, by its path on the phone (Android) or in the archive (sysdiagnose)."""

    path: str
    data: bytes = b""
    when: datetime | None = None


class Entries:
    """A phone under construction: what was added, by kind."""

    entries: dict[type[Any], list[Any]]

    def prepare(self, entry: Any) -> None:
        """Called with an entry before it is added."""

    def add(self, *entries: Any) -> None:
        """Adds entries."""
        for entry in entries:
            self.prepare(entry)
            self.entries.setdefault(type(entry), []).append(entry)

    def of(self, kind: type[E]) -> list[E]:
        """The entries of one kind, in the order in which they were added."""
        return self.entries.get(kind, [])
