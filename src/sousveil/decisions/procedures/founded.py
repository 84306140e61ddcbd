"""A board on which each record says what its founder says."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from sousveil.decisions import voices
from sousveil.decisions.procedures.engine import Board
from sousveil.register.views.reading import Record

if TYPE_CHECKING:
    from sousveil.decisions.procedures.proven import Proven


class Founded(Board):
    """A board on which each record says what its founder says, and nothing that others added."""

    def __init__(self, whole: Board) -> None:
        self.reader = whole.reader
        self._whole = whole
        self._told: dict[tuple[str, str], Record] = {}
        self.read = {}
        self._pointing = {}
        self._called = None
        self.records = {name: [self.told(one) for one in many] for name, many in whole.records.items()}

    @cached_property
    def founded(self) -> Board:
        """This board."""
        return self

    @cached_property
    def proven(self) -> Proven:
        """What decisions say, as on the whole board."""
        return self._whole.proven

    def record(self, id: str) -> Record | None:
        """A record as its founder tells it."""
        found = self._whole.record(id)
        return self.told(found) if found is not None else None

    def told(self, record: Record) -> Record:
        """A record as its founder tells it."""
        key = (record.id, record.type)
        found = self._told.get(key)
        if found is None:
            found = self._told[key] = voices.told_as(self.reader, record)
        return found
