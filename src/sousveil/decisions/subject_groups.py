"""Several subjects of one kind at once: what is known of them all, and the pieces of proof that answers are put together from.

A rule is asked about a whole chain of owners or all States of a deal with a few operations on numbers; a `Group` holds what these
numbers and the sentences about them come to. It is kept for a world, as subjects are; no rule's result is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sousveil.decisions.model import FactShown, Open, Reason
from sousveil.decisions.predicates import NOBODY

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


class Having(dict[int, int]):
    """For what a test asks of a subject itself, by its number in the layout: who of a group has it, as bits by place.

    An index of the group, like `Columns`: it holds who has which facts, whatever rules make of that.
    """

    __slots__ = ("_columns", "_greatest", "_least", "_strict", "_subjects")

    def __init__(self, subjects: Sequence[Subject], greatest: int, least: int, *, strict: bool) -> None:
        super().__init__()
        self[NOBODY] = 0
        self._subjects, self._greatest, self._least, self._strict = subjects, greatest, least, strict
        self._columns: Columns | None = None

    def __missing__(self, number: int) -> int:
        if not self._subjects:
            return 0
        every, one_of = self._subjects[0].where.tests[number]
        among = (1 << len(self._subjects)) - 1
        if self._greatest & every != every:
            among = 0
        elif self._least & every != every:
            among = self._all_of(every, among)
        for mask in one_of:
            if not self._greatest & mask:
                among = 0
            if not among:
                break
            among &= self._one_of(mask)
        self[number] = among
        return among

    def _all_of(self, mask: int, among: int) -> int:
        columns = self.columns
        for place in ones(mask & ~self._least):
            among &= columns[place]
            if not among:
                break
        return among

    def _one_of(self, mask: int) -> int:
        columns, found = self.columns, 0
        for place in ones(mask & self._greatest):
            found |= columns[place]
        return found

    @property
    def columns(self) -> Columns:
        """Who has which bit."""
        if self._columns is None:
            self._columns = Columns([one.strict if self._strict else one.bits for one in self._subjects])
        return self._columns


class Facts(dict[int, Piece]):
    """By slot of a set of facts: what is on file of some subjects about these."""

    __slots__ = ("_subjects",)

    def __init__(self, subjects: Sequence[Subject]) -> None:
        super().__init__()
        self._subjects = subjects

    def __missing__(self, slot: int) -> Piece:
        rows: dict[str, FactShown] = {}
        if self._subjects:
            mask = self._subjects[0].where.masks_of[slot]
            rows = {row.statement: row for one in self._subjects if mask & one.proved for row in one.facts(slot, mask)}
        found = self[slot] = Piece(tuple(rows.values())) if rows else NO_PIECE
        return found


class Needs(dict[int, tuple[str, ...]]):
    """By slot of a set of literals on level TRUE: what is missing of these."""

    __slots__ = ("_subjects",)

    def __init__(self, subjects: Sequence[Subject]) -> None:
        super().__init__()
        self._subjects = subjects

    def __missing__(self, slot: int) -> tuple[str, ...]:
        found: tuple[str, ...] = ()
        if self._subjects:
            mask = self._subjects[0].where.masks_of[slot]
            found = _each_once([one.missing(slot, mask) for one in self._subjects])
        self[slot] = found
        return found


class UnknownTexts(dict[int, str]):
    """By slot of a set of literals on level UNKNOWN: what would decide those that are not known."""

    __slots__ = ("_subjects",)

    def __init__(self, subjects: Sequence[Subject]) -> None:
        super().__init__()
        self._subjects = subjects

    def __missing__(self, slot: int) -> str:
        found = ""
        if self._subjects:
            mask = self._subjects[0].where.masks_of[slot]
            found = "; ".join(_each_once([one.undecided(slot, mask) for one in self._subjects]))
        self[slot] = found
        return found


class Group:
    """Some subjects of one kind at once: the greatest and the least of their numbers, and the pieces of proof about them.

    Pieces are kept by a number that stands for a set of facts (`slot`), not for a rule; what they hold follows from the facts alone.
    """

    __slots__ = (
        "_names",
        "_parts",
        "all",
        "facts",
        "greatest",
        "having",
        "lasting",
        "least",
        "needs",
        "noted",
        "open_said",
        "proved",
        "said",
        "strict_greatest",
        "strict_having",
        "strict_least",
        "subjects",
        "unknown_text",
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
        self.having = Having(subjects, self.greatest, self.least, strict=False)
        """Who passes which test of a subject itself."""
        self.strict_having = (
            Having(subjects, self.strict_greatest, self.strict_least, strict=True) if self.varied else self.having
        )
        """The same for `unless`."""
        self.lasting = False
        """What is known of them depends on no deal."""
        self._names = ""
        self._parts: dict[int, Group] = {}
        self.facts, self.needs, self.unknown_text = Facts(subjects), Needs(subjects), UnknownTexts(subjects)
        """Pieces of proof and of sentences, by slot."""
        self.said: dict[int, Reason] = {}
        """What a rule says of them when it fires, by the rule's `voice`: for rules that speak of nobody else. That it fires is not in
        here."""
        self.open_said: dict[int, Open] = {}
        """The same for what would decide it."""

    @property
    def names(self) -> str:
        """ "Xaland, Xbland and Xcland"."""
        if not self._names:
            self._names = joined([one.caption for one in self.subjects])
        return self._names

    def part(self, which: int) -> Group | None:
        """Some of them, by their places as bits; None for nobody."""
        if which == self.all:
            return self
        if not which:
            return None
        found = self._parts.get(which)
        if found is None:
            those = [self.subjects[at] for at in ones(which)]
            found = self._parts[which] = those[0].alone if len(those) == 1 else Group(those)
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
