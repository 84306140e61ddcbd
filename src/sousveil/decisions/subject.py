"""Somebody a rule is asked about: every fact as one number, with the statements that make it so.

Values of facts about one subject, and sentences about them, are made once for a world, as a database's index is. No answer
is kept. Several subjects at once are a `Group` (subject_groups.py); `Subjects` (subjects.py) makes and keeps them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sousveil.decisions.facts.model import Fact, Of, Value
from sousveil.decisions.language import ALLEGED, FALSE, TRUE, UNKNOWN
from sousveil.decisions.model import FactShown, Truth
from sousveil.decisions.predicates import SPACE_OF, Layout
from sousveil.decisions.subject_groups import Group, Seen, ones
from sousveil.decisions.world import World

NOT_ON_FILE = " (not on file)"
"""What follows a name that is not resolved, wherever it is told."""


def level_of(value: Value) -> int:
    """On which of the four levels a value stands."""
    if value.truth is Truth.TRUE:
        return ALLEGED if value.alleged else TRUE
    return FALSE if value.truth is Truth.FALSE else UNKNOWN


Shelf = tuple[list[FactShown], dict[int, int]]
"""Statements; by index of a fact, its statements as bits by place."""


def _when(row: FactShown) -> tuple[str, str]:
    return row.date or "~", row.statement  # what has no day stands last


class Shown:
    """Statements as answers show them, each made once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._made: dict[str, FactShown] = {}

    def __call__(self, statement: str) -> FactShown:
        found = self._made.get(statement)
        if found is None:
            found = self._made[statement] = self._world.shown(statement)
        return found


class Subject:
    """A State, a company, the product, the buyer or the deal, as rules see it."""

    __slots__ = (
        "_alone",
        "_asks",
        "_shelf",
        "_shown",
        "asked",
        "bits",
        "blank",
        "candidates",
        "caption",
        "dictionary",
        "id",
        "kind",
        "mine",
        "noted",
        "others",
        "planes",
        "proved",
        "strict",
        "values",
        "varying",
        "where",
    )

    def __init__(
        self,
        kind: Of,
        id_: str,
        caption: str,
        values: Sequence[Value],
        dictionary: Sequence[Fact | None],
        where: Layout,
        shown: Shown,
    ) -> None:
        """`values` and `dictionary` go by the index of the subject's space; None stands for facts of another kind."""
        self.kind, self.id, self.caption = kind, id_, caption
        self.values, self.dictionary = values, dictionary
        self.asked = ""
        """As it was typed, when the name is not resolved."""
        self.candidates: tuple[str, ...] = ()
        """Who it could be, "id: caption"."""
        self.others: tuple[Subject, ...] = ()
        """The same as subjects: what is on file of them is on file of them, and of nobody whose name is not resolved."""
        self.blank: Subject | None = None
        """Of a name that is not resolved: what is known of it without them, which is nothing."""
        space = SPACE_OF[kind]
        self.mine = where.mine(kind)
        """Its facts, by index: of deal, product and buyer each has its own part of one number."""
        self.planes = where.planes(kind)
        self.bits = 0
        for at in where.places(kind):
            self.bits |= where.bits(space, at, level_of(values[at]))
        """What `when` is tested with."""
        self.strict = self.bits
        """What `unless` is tested with; it differs for somebody who is not resolved."""
        self.varying = False
        """Whether the next deal may make a fact of it another."""
        self.noted = False
        self.proved = 0
        """Facts, by index, on which something is on file."""
        self._asks: dict[int, str] = {}
        """What would decide a fact, by index, where that is not what would decide it for anybody."""
        for at, value in enumerate(values):
            if value.proof:
                self.proved |= 1 << at
            if value.needs:
                self._asks[at] = value.needs
            if value.notes:
                self.noted = True
        self.proved &= self.mine
        self._alone: Group | None = None
        self._shelf: Shelf | None = None
        self.where, self._shown = where, shown

    def unresolved(self, asked: str, others: Sequence[Subject], candidates: Sequence[str]) -> Subject:
        """The same as somebody who is not resolved: what blocks one it could be blocks it, and nothing lifts."""
        self.asked, self.candidates, self.others = asked, tuple(candidates), tuple(others)
        rows = self.dictionary
        self.blank = Subject(self.kind, self.id, self.caption, self.values, rows, self.where, self._shown)
        for other in others:
            self.bits |= other.bits
        proofs = tuple(
            tuple(sorted({statement for one in (self, *others) for statement in one.values[at].proof}))
            for at in range(len(self.values))
        )
        self.values = [
            Value(value.truth, proof, False, value.needs, value.candidates or self.candidates, value.notes)
            for value, proof in zip(self.values, proofs, strict=True)
        ]
        self.proved = sum(1 << at for at, proof in enumerate(proofs) if proof)
        self._alone = self._shelf = None
        return self

    @property
    def alone(self) -> Group:
        """A group of nobody else."""
        if self._alone is None:
            self._alone = Group([self])
        return self._alone

    def piece(self, slot: int) -> Any:
        """What is on file or missing of it alone, by the number of that (`Group.kept`)."""
        group = self._alone or self.alone
        if slot >= len(group.kept):
            group.grow(self.where)
        kept = group.kept[slot]
        return group.piece(slot) if kept is None else kept

    def seen(self, at: int) -> Seen:
        """Which tests of this number it passes."""
        group = self._alone or self.alone
        if at >= len(group.kept):
            group.grow(self.where)
        return group.kept[at] or group.look(at)

    def with_changes(self, changed: Mapping[str, Value]) -> Subject:
        """The same, with facts by name taken to have another value, as if it were resolved in these."""
        values = [
            changed.get(row.name, value) if row is not None else value
            for row, value in zip(self.dictionary, self.values, strict=True)
        ]
        mine = Subject(self.kind, self.id, self.caption, values, self.dictionary, self.where, self._shown)
        width = self.where.width[SPACE_OF[self.kind]]
        kept = ~sum(
            1 << (plane * width + at)
            for at, row in enumerate(self.dictionary)
            if row is not None and row.name in changed
            for plane in range(5)
        )
        mine.bits = mine.bits & ~kept | self.bits & kept
        mine.strict = mine.strict & ~kept | self.strict & kept
        mine.asked, mine.candidates = self.asked, self.candidates
        mine.others, mine.blank = self.others, self.blank
        return mine

    def unknown(self, mask: int) -> int:
        """Of literals on level UNKNOWN, those that stand on no higher one."""
        width = self.where.width[SPACE_OF[self.kind]]
        return mask & self.bits & ~(self.bits >> width & mask)

    def shelve(self) -> Shelf:
        """All that is on file of it, oldest first, and by index of a fact which of it, as bits by place: compiled as its values are."""
        values, shown = self.values, self._shown
        found = {one: shown(one) for at in ones(self.proved) for one in values[at].proof}
        rows = sorted(found.values(), key=_when)
        places = {row.statement: 1 << place for place, row in enumerate(rows)}
        which = dict[int, int]()
        for at in ones(self.proved):
            bits = 0
            for one in values[at].proof:
                bits |= places[one]
            which[at] = bits
        self._shelf = (rows, which)
        return self._shelf

    def facts(self, mask: int) -> list[FactShown]:
        """What is on file about these facts (bits by index), each statement once, oldest first."""
        left = mask & self.proved
        if not left:
            return []
        rows, which = self._shelf or self.shelve()
        those, found = 0, list[FactShown]()
        while left:  # as `ones`, written out: most of what first answers cost is in these lines
            low = left & -left
            those |= which[low.bit_length() - 1]
            left ^= low
        while those:
            low = those & -those
            found.append(rows[low.bit_length() - 1])
            those ^= low
        return found

    def missing(self, mask: int) -> list[str]:
        """What is missing of these literals on level TRUE (bits by plane and index)."""
        return self.needs(mask & self.planes & ~self.strict)

    def undecided(self, mask: int) -> list[str]:
        """What would decide literals (bits by plane and index, on level UNKNOWN) that are not known."""
        return self.needs(self.unknown(mask))

    def needs(self, mask: int) -> list[str]:
        """What is missing, for literals on level TRUE (bits by plane and index), each once."""
        width, caption, rows, asks = self.where.width[SPACE_OF[self.kind]], self.caption, self.dictionary, self._asks
        found: list[str] = []
        while mask:
            low = mask & -mask
            mask ^= low
            bit = low.bit_length() - 1
            at = bit % width
            fact = rows[at]
            if fact is None:  # pragma: no cover - masks hold facts of this kind only
                continue
            if bit >= 3 * width and self.values[at].truth is Truth.TRUE:
                found.append(f"A confirmed no to: {fact.asks.replace('{subject}', caption)}")
            else:
                found.append(asks.get(at) or fact.needs.replace("{subject}", caption))
        return found if len(found) < 2 else list(dict.fromkeys(found))

    def notes(self, mask: int) -> tuple[str, ...]:
        """What a reader must know about these facts (bits by index)."""
        return tuple(dict.fromkeys(note for at in ones(mask) for note in self.values[at].notes))

    def who(self, mask: int) -> tuple[str, ...]:
        """Who it could be, as far as these facts (bits by index) depend on it."""
        return tuple(dict.fromkeys(one for at in ones(mask) for one in self.values[at].candidates))
