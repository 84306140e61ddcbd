"""Several subjects of one kind at once: what is known of them all, and the pieces of proof that answers are put together from.

A rule is asked about a whole chain of owners or all States of a deal with a few operations on numbers; a `Group` holds what these
numbers and the sentences about them come to. It is kept for a world, as subjects are: who of it has the facts that a test asks for,
and what rules that speak of nobody else would say of it. What hangs on a second party or on the deal is worked out each time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sousveil.decisions.model import FactShown

if TYPE_CHECKING:
    from sousveil.decisions.predicates import Layout, OwnTest
    from sousveil.decisions.subjects import Subject


def ones(mask: int) -> Iterator[int]:
    """The places of the bits that are set, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


class Piece:
    """Statements of a proof, each once, and their ids. Answers share the lists: nobody changes them."""

    __slots__ = ("ids", "rows")

    def __init__(self, rows: list[FactShown]) -> None:
        self.rows = rows
        self.ids = frozenset(row.statement for row in rows)


NO_PIECE = Piece([])


Seen = tuple[int, int, int, int]
"""Who of a group passes the four tests of a rule as far as they ask something of the subject itself, as bits by place."""
NOBODY_SEEN: Seen = (0, 0, 0, 0)
SEEN_BITS = 6
_SEEN: dict[Seen, Seen] = {}
"""There are few: each once, so that a decision finds them in the processor's cache."""


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
        found = self[slot] = Piece(list(rows.values())) if rows else NO_PIECE
        return found


class Needs(dict[int, list[str]]):
    """By slot of a set of literals on level TRUE: what is missing of these."""

    __slots__ = ("_subjects",)

    def __init__(self, subjects: Sequence[Subject]) -> None:
        super().__init__()
        self._subjects = subjects

    def __missing__(self, slot: int) -> list[str]:
        found: list[str] = []
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
        "grown",
        "lasting",
        "least",
        "needs",
        "noted",
        "said",
        "seen",
        "special",
        "strict_greatest",
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
        for one in subjects:
            self.greatest |= one.bits
            self.least &= one.bits
            self.strict_greatest |= one.strict
            self.strict_least &= one.strict
            self.noted = self.noted or one.noted
        self.varied = self.greatest != self.strict_greatest or self.least != self.strict_least
        self.special = self.noted or self.varied
        self.seen: list[Seen | None] = []
        """By the number of a rule's tests: who passes; None where nobody looked yet."""
        self.said: list[Any] = []
        """By a rule's `voice`: what it says of them (`Reason` or `Open`), for rules that speak of nobody else; None where it was not
        put together yet. Whether it says it is not in here."""
        self.grown = 0
        """Room is made for so many tests and voices of the layout."""
        self.lasting = False
        """What is known of them depends on no deal."""
        self._names = ""
        self._parts: dict[int, Group] = {}
        self.facts, self.needs, self.unknown_text = Facts(subjects), Needs(subjects), UnknownTexts(subjects)
        """Pieces of proof and of sentences, by slot."""

    @property
    def names(self) -> str:
        """ "Xaland, Xbland and Xcland"."""
        if not self._names:
            self._names = joined([one.caption for one in self.subjects])
        return self._names

    def grow(self, where: Layout) -> None:
        """Make room for what rules ask and say that were compiled since."""
        grown = where.grown()
        if self.subjects:
            kind = self.subjects[0].kind
            self.seen += [None] * (len(where.tests[kind]) - len(self.seen))
            self.said += [None] * (where.said[kind] - len(self.said))
        else:
            self.seen = [NOBODY_SEEN] * grown
        self.grown = grown

    def look(self, at: int) -> Seen:
        """Who passes the tests of this number."""
        known, lifted, true, alleged = self.subjects[0].where.tests[self.subjects[0].kind][at]
        found = (
            self.passing(known),
            self.passing(lifted, strict=True),
            self.passing(true),
            self.passing(alleged),
        )
        if self.all < 1 << SEEN_BITS:
            found = _SEEN.setdefault(found, found)
        self.seen[at] = found
        return found

    def passing(self, test: OwnTest, *, strict: bool = False) -> int:
        """Who passes a test, as bits by place."""
        every, one_of, never = test
        greatest, least = (self.strict_greatest, self.strict_least) if strict else (self.greatest, self.least)
        if never or greatest & every != every:
            return 0
        among = self.all
        if least & every != every:
            for place in ones(every & ~least):
                among &= self._column(place, strict=strict)
                if not among:
                    return 0
        for mask in one_of:
            some = 0
            for place in ones(mask & greatest):
                some |= self._column(place, strict=strict)
            among &= some
        return among

    def _column(self, place: int, *, strict: bool) -> int:
        """Who has a bit."""
        found = 0
        for at, one in enumerate(self.subjects):
            if (one.strict if strict else one.bits) >> place & 1:
                found |= 1 << at
        return found

    def part(self, which: int) -> Group:
        """Some of them, at least one, by their places as bits."""
        if which == self.all:
            return self
        found = self._parts.get(which)
        if found is None:
            those = [self.subjects[at] for at in ones(which)]
            found = self._parts[which] = those[0].alone if len(those) == 1 else Group(those)
        if found.grown < self.grown:
            found.grow(self.subjects[0].where)
        return found


def _each_once(found: Sequence[tuple[str, ...]]) -> list[str]:
    return list(found[0]) if len(found) == 1 else list(dict.fromkeys([text for part in found for text in part]))


NAMES_MAX = 6
"""So many names in one sentence; the rest are counted."""


def joined(names: Sequence[str]) -> str:
    """ "Xaland, Xbland and Xcland"."""
    if len(names) == 1:
        return names[0]
    if len(names) > NAMES_MAX:
        return f"{', '.join(names[:NAMES_MAX])} and {len(names) - NAMES_MAX} more"
    return f"{', '.join(names[:-1])} and {names[-1]}"
