"""Several subjects of one kind at once: what is known of them all, and the pieces of proof that answers are put together from.

A rule is asked about a whole chain of owners or all States of a deal with a few operations on numbers; a `Group` holds what these
numbers and the sentences about them come to. It is kept for a world, as subjects are; no rule's result is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sousveil.decisions.model import FactShown

if TYPE_CHECKING:
    from sousveil.decisions.subjects import Subject


def ones(mask: int) -> Iterator[int]:
    """The places of the bits that are set, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


class Piece:
    """Statements of a proof, each once, and their ids."""

    __slots__ = ("ids", "rows")

    def __init__(self, rows: tuple[FactShown, ...]) -> None:
        self.rows = rows
        self.ids = frozenset(row.statement for row in rows)


NO_PIECE = Piece(())


class Columns(dict[int, int]):
    """For a bit of the subjects' numbers: who of a group has it, as bits by place."""

    def __init__(self, numbers: Sequence[int]) -> None:
        super().__init__()
        self._numbers = numbers

    def __missing__(self, bit: int) -> int:
        found = self[bit] = sum(1 << at for at, number in enumerate(self._numbers) if number >> bit & 1)
        return found


class Group:
    """Some subjects of one kind at once: the greatest and the least of their numbers, and the pieces of proof about them.

    Pieces are kept by a number that stands for a set of facts (`slot`), not for a rule; what they hold follows from the facts alone.
    """

    __slots__ = (
        "_columns",
        "_facts",
        "_names",
        "_needs",
        "_parts",
        "_strict_columns",
        "_unknown",
        "all",
        "greatest",
        "lasting",
        "least",
        "noted",
        "proved",
        "strict_greatest",
        "strict_least",
        "subjects",
        "varied",
    )

    def __init__(self, subjects: Sequence[Subject]) -> None:
        self.subjects = subjects
        self.all = (1 << len(subjects)) - 1
        self.greatest = self.strict_greatest = 0
        self.least = self.strict_least = -1
        self.noted = False
        self.proved = 0
        for one in subjects:
            self.proved |= one.proved
            self.greatest |= one.bits
            self.least &= one.bits
            self.strict_greatest |= one.strict
            self.strict_least &= one.strict
            self.noted = self.noted or one.noted
        self.varied = self.greatest != self.strict_greatest or self.least != self.strict_least
        self._columns: Columns | None = None
        self._strict_columns: Columns | None = None
        self.lasting = False
        """What is known of them depends on no deal."""
        self._names = ""
        self._parts: dict[int, Group] = {}
        self._facts: dict[int, Piece] = {}
        self._needs: dict[int, tuple[str, ...]] = {}
        self._unknown: dict[int, str] = {}

    @property
    def names(self) -> str:
        """ "Xaland, Xbland and Xcland"."""
        if not self._names:
            self._names = joined([one.caption for one in self.subjects])
        return self._names

    @property
    def columns(self) -> Columns:
        """Who has which bit."""
        if self._columns is None:
            self._columns = Columns([one.bits for one in self.subjects])
        return self._columns

    @property
    def strict_columns(self) -> Columns:
        """The same for `unless`."""
        if not self.varied:
            return self.columns
        if self._strict_columns is None:
            self._strict_columns = Columns([one.strict for one in self.subjects])
        return self._strict_columns

    def part(self, which: int) -> Group | None:
        """Some of them, by their places as bits; None for nobody."""
        if which == self.all:
            return self
        if not which:
            return None
        found = self._parts.get(which)
        if found is None:
            found = self._parts[which] = Group([self.subjects[at] for at in ones(which)])
        return found

    def facts(self, slot: int, mask: int) -> Piece:
        """What is on file about these facts (bits by index)."""
        if not mask & self.proved:
            return NO_PIECE
        found = self._facts.get(slot)
        if found is None:
            rows = {row.statement: row for one in self.subjects for row in one.facts(slot, mask)}
            found = self._facts[slot] = Piece(tuple(rows.values())) if rows else NO_PIECE
        return found

    def needs(self, slot: int, mask: int) -> tuple[str, ...]:
        """What is missing of these literals on level TRUE (bits by plane and index)."""
        found = self._needs.get(slot)
        if found is None:
            found = self._needs[slot] = _each_once([one.missing(slot, mask) for one in self.subjects])
        return found

    def unknown_text(self, slot: int, mask: int) -> str:
        """What would decide literals (bits by plane and index, on level UNKNOWN) that are not known."""
        found = self._unknown.get(slot)
        if found is None:
            found = self._unknown[slot] = "; ".join(_each_once([one.undecided(slot, mask) for one in self.subjects]))
        return found


def _each_once(found: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    return found[0] if len(found) == 1 else tuple(dict.fromkeys([text for part in found for text in part]))


NAMES_MAX = 6
"""So many names in one sentence; the rest are counted."""


def joined(names: Sequence[str]) -> str:
    """ "Xaland, Xbland and Xcland"."""
    if len(names) == 1:
        return names[0]
    if len(names) > NAMES_MAX:
        return f"{', '.join(names[:NAMES_MAX])} and {len(names) - NAMES_MAX} more"
    return f"{', '.join(names[:-1])} and {names[-1]}"
