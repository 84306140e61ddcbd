"""What a rule's own test says of one record, for the pages that show it: in a word, since when, and by which statements."""

from __future__ import annotations

import msgspec


class Ruling(msgspec.Struct, frozen=True):
    """What a test of decisions says of a record on a day."""

    says: str
    """In a word of the test: `stands`, `reformed`, `ended`."""
    day: int | None = None
    """Ordinal of the day since which it is so, by what is on file; None: nothing dates it."""
    words: tuple[tuple[str, ...], ...] = ()
    """Ids of the statements by which it is so: of each group one is needed."""

    @property
    def proof(self) -> tuple[str, ...]:
        """All of these statements, each once."""
        return tuple(dict.fromkeys(id for many in self.words for id in many))
