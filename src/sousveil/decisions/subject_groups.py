"""Several subjects of one kind at once: what is known of them all, and the pieces of proof that answers are put together from.

A rule is asked about a whole chain of owners or all States of a deal with a few operations on numbers; a `Group` holds what these
numbers and the sentences about them come to. It is kept for a world, as subjects are: who of it has the facts that a test asks for,
and what rules that speak of nobody else would say of it. What hangs on a second party or on the deal is worked out each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from sousveil.decisions.model import FactShown, Proof
from sousveil.decisions.predicates import Form

if TYPE_CHECKING:
    from sousveil.decisions.predicates import Layout, OwnTest
    from sousveil.decisions.subject import Subject


FACTS, MISSING = Form.FACTS, Form.MISSING


def ones(mask: int) -> Iterator[int]:
    """The places of the bits that are set, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


Parts = tuple[list[FactShown], ...]
"""Statements of a proof, as those of each subject. Answers share them, and texts: nobody changes them."""


def texts(found: Iterable[list[str]]) -> list[str]:
    """Texts, each once, in their order. Of one list alone, that list."""
    some = [*filter(None, found)]
    if len(some) > 1:
        return list(dict.fromkeys(chain.from_iterable(some)))
    return some[0] if some else []


def proof(parts: Parts) -> Sequence[FactShown]:
    """Statements that were kept in parts, as an answer has them."""
    if len(parts) == 1:
        return parts[0]
    return Proof(parts)


Seen = tuple[int, int, int, int]
"""Who of a group passes the four tests of a rule as far as they ask something of the subject itself, as bits by place."""
NOBODY_SEEN: Seen = (0, 0, 0, 0)
SEEN_BITS = 6
_SEEN: dict[Seen, Seen] = {}
"""There are few: each once, so that a decision finds them in the processor's cache."""


class Group:
    """Some subjects of one kind at once: the greatest and the least of their numbers, and the pieces of proof about them.

    Pieces are kept by a number that stands for a set of facts (`slot`), not for a rule; what they hold follows from the facts alone.
    All that a group keeps lies in one list: a decision fetches little more than that of it from memory.
    """

    __slots__ = (
        "_names",
        "_parts",
        "all",
        "greatest",
        "grown",
        "kept",
        "least",
        "noted",
        "special",
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
        for one in subjects:
            self.greatest |= one.bits
            self.least &= one.bits
            self.strict_greatest |= one.strict
            self.strict_least &= one.strict
            self.noted = self.noted or one.noted
        self.varied = any(one.bits != one.strict for one in subjects)  # it may show in neither greatest nor least
        self.special = self.noted or self.varied
        self.kept: list[Any] = []
        """By the numbers of the layout. Of tests: who passes (`Seen`). Of rules about nobody else: what they come to (`Shape`, see
        `evaluation`), and at the next place what they say, each a `Reason` or `Open` behind its rank. Of a slot: what is on file or is
        missing of them or would decide (`Parts` or texts; `piece` makes them). None where nobody asked yet."""
        self.grown = 0
        """Room is made for so much of the layout; never enough where something is special, so that it is looked at."""
        self._names = ""
        self._parts: dict[int, Group] | None = None

    @property
    def names(self) -> str:
        """ "Xaland, Xbland and Xcland"."""
        if not self._names:
            self._names = joined([one.caption for one in self.subjects])
        return self._names

    def grow(self, where: Layout) -> None:
        """Make room for what rules ask and say that were compiled since."""
        grown = where.grown()
        needed = len(where.kept[self.subjects[0].kind]) if self.subjects else 2 * grown
        self.kept += [None] * (needed - len(self.kept))
        self.grown = -1 if self.special else grown

    def piece(self, slot: int) -> Any:
        """What is kept at a slot, `Parts` or texts, where nothing is yet."""
        if not self.subjects:
            return ()
        first = self.subjects[0]
        form, mask = first.where.kept[first.kind][slot]  # type: ignore[misc]  # a slot's place holds no tests
        found: Parts | list[str]
        if form == FACTS:
            if self.all == 1:
                rows = first.facts(mask)
                found = (rows,) if rows else ()
            else:
                found = tuple([rows for one in self.subjects for rows in one.piece(slot)])
        elif self.all == 1:
            found = first.missing(mask) if form == MISSING else first.undecided(mask)
        else:
            found = texts([one.piece(slot) for one in self.subjects])
        self.kept[slot] = found
        return found

    def look(self, at: int) -> Seen:
        """Who passes the tests of this number."""
        if not self.subjects:
            return NOBODY_SEEN
        first = self.subjects[0]
        known, lifted, true, alleged = first.where.kept[first.kind][at]  # type: ignore[misc]  # nor this place a piece
        if self.all == 1:
            found = (
                self.passing(known),
                self.passing(lifted, strict=True),
                self.passing(true),
                self.passing(alleged),
            )
        else:
            found = _side_by_side([one.seen(at) for one in self.subjects])
        if self.all < 1 << SEEN_BITS:
            found = _SEEN.setdefault(found, found)
        self.kept[at] = found
        return found

    def passing(self, test: OwnTest, *, strict: bool = False) -> int:
        """Who passes a test, as bits by place."""
        every, one_of, never = test
        if self.all == 1:
            bits = self.strict_least if strict else self.least
            if never or bits & every != every:
                return 0
            for mask in one_of:
                if not bits & mask:
                    return 0
            return 1
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
        parts = self._parts
        if parts is None:
            parts = self._parts = {}
        found = parts.get(which)
        if found is None:
            those = [self.subjects[at] for at in ones(which)]
            found = parts[which] = those[0].alone if len(those) == 1 else Group(those)
        if len(found.kept) < len(self.kept):
            found.grow(self.subjects[0].where)
        return found


def _side_by_side(each: Sequence[Seen]) -> Seen:
    """Who of several passes, where it is known of each alone."""
    known = lifted = true = alleged = 0
    bit = 1
    for one in each:
        if one[0]:
            known |= bit
        if one[1]:
            lifted |= bit
        if one[2]:
            true |= bit
        if one[3]:
            alleged |= bit
        bit <<= 1
    return known, lifted, true, alleged


def parts_of(slots: Iterable[tuple[str, int]], about: Group, groups: Mapping[str, Group]) -> Parts:
    """The statements that are kept at slots, by selector; "" stands for those whom a rule is about."""
    found: Parts = ()
    for whom, slot in slots:
        group = groups[whom] if whom else about
        kept = group.kept[slot]
        found += group.piece(slot) if kept is None else kept
    return found


def texts_of(slots: Iterable[tuple[str, int]], about: Group, groups: Mapping[str, Group]) -> list[list[str]]:
    """The texts that are kept at slots, in the same way."""
    found: list[list[str]] = []
    for whom, slot in slots:
        group = groups[whom] if whom else about
        kept = group.kept[slot]
        found.append(group.piece(slot) if kept is None else kept)
    return found


NAMES_MAX = 6
"""So many names in one sentence; the rest are counted."""


def joined(names: Sequence[str]) -> str:
    """ "Xaland, Xbland and Xcland"."""
    if len(names) == 1:
        return names[0]
    if len(names) > NAMES_MAX:
        return f"{', '.join(names[:NAMES_MAX])} and {len(names) - NAMES_MAX} more"
    return f"{', '.join(names[:-1])} and {names[-1]}"
