"""Somebody a rule is asked about: every fact as one number, with the statements that make it so.

Values of facts about one subject, and sentences about them, are made once for a world, as a database's index is. No answer
is kept. Several subjects at once are a `Group` (subject_groups.py).
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import Any

from sousveil.decisions.facts.model import UNKNOWN as NOTHING
from sousveil.decisions.facts.model import Fact, Of, Value
from sousveil.decisions.language import ALLEGED, FALSE, TRUE, UNKNOWN
from sousveil.decisions.model import FactShown, Truth
from sousveil.decisions.predicates import SPACE_OF, Layout
from sousveil.decisions.subject_groups import Group, mark_of, ones
from sousveil.decisions.world import Deal, World

NOT_ON_FILE = " (not on file)"
"""What follows a name that is not resolved, wherever it is told."""
GROUPS_MAX = 1 << 17
"""Sets of subjects that are kept."""
VARIANTS_MAX = 256
"""Of one subject, or one set of them: how many are kept, by what the deal is in what their facts hang on."""


def level_of(value: Value) -> int:
    """On which of the four levels a value stands."""
    if value.truth is Truth.TRUE:
        return ALLEGED if value.alleged else TRUE
    return FALSE if value.truth is Truth.FALSE else UNKNOWN


Shelf = tuple[list[FactShown], list[int], dict[int, int]]
"""Statements; the mark of each; by index of a fact, its statements as bits by place."""


def _when(row: FactShown) -> tuple[str, str]:
    return row.date or "", row.statement


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
        self._shelf = (rows, [mark_of(row.statement) for row in rows], which)
        return self._shelf

    def facts(self, mask: int) -> tuple[list[FactShown], int]:
        """What is on file about these facts (bits by index), each statement once, oldest first; and the marks of these."""
        left = mask & self.proved
        if not left:
            return [], 0
        rows, marks, which = self._shelf or self.shelve()
        those = mark = 0
        for at in ones(left):
            those |= which[at]
        found: list[FactShown] = []
        for place in ones(those):
            found.append(rows[place])
            mark |= marks[place]
        return found, mark

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
        for bit in ones(mask):
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


class Subjects:
    """Makes subjects of one world, each once for as long as what is known of it does not depend on the deal."""

    def __init__(self, world: World, facts: Mapping[str, Fact], where: Layout) -> None:
        self.world, self.where, self.shown = world, where, Shown(world)
        self._kept: dict[Of, dict[str, Subject]] = {kind: {} for kind in Of}
        self._last_deal: dict[int, tuple[list[Value], Subject]] = {}
        """The deal that was asked about last, with the values of the facts that were wanted, by these facts."""
        self._wanted: dict[int, tuple[int, ...]] = {}
        """By a set of facts of the deal: their indexes."""
        self._varying: dict[Of, dict[str, tuple[int, ...]]] = {kind: {} for kind in Of}
        """Facts, by index, whose value may be another in the next deal; subjects without any are not in here."""
        self._variants: dict[Of, dict[str, dict[tuple[int, ...], Subject]]] = {kind: {} for kind in Of}
        """By the identity of the values that vary: their subjects hold them."""
        self._hang: dict[Of, dict[tuple[str, ...], tuple[tuple[Any, ...], dict[tuple[Hashable, ...], Group]]]] = {
            kind: {} for kind in Of
        }
        """Groups of which somebody varies: what of a deal their facts hang on, and the group by what that is."""
        self._groups: dict[Of, dict[tuple[str, ...], Group]] = {kind: {} for kind in Of}
        self._alone: dict[Of, dict[str, Group]] = {kind: {} for kind in Of}
        """Those of whom no fact varies, each as a group of nobody else."""
        self._same: dict[int, tuple[tuple[str, ...], Of, Group]] = {}
        """Groups by the identity of the tuple that they are kept by: to hash one means to fetch every id in it from memory. The tuple is
        held here, so that no other has its identity."""
        self.dictionary: dict[Of, tuple[Fact | None, ...]] = {}
        for kind in Of:
            self.dictionary[kind] = tuple(
                facts[name] if facts[name].of is kind else None for name in where.names[SPACE_OF[kind]]
            )

    def made(self, kind: Of, id_: str, deal: Deal, changed: Mapping[str, Value] | None = None) -> Subject:
        """A subject; `changed`: facts by name that are taken to have another value."""
        found = self._kept[kind].get(id_)
        if found is None:
            found = self._first(kind, id_, deal)
        elif found.varying:
            found = self._again(found, self._varying[kind][id_], deal)
        if changed:
            rows = self.dictionary[kind]
            values = [
                changed.get(row.name, value) if row is not None else value
                for row, value in zip(rows, found.values, strict=True)
            ]
            return Subject(kind, id_, found.caption, values, rows, self.where, self.shown)
        return found

    def deal(self, deal: Deal, wanted: int, changed: Mapping[str, Value] | None = None) -> Subject:
        """The deal itself; of its facts only those (bits by index) that are wanted are asked for."""
        places = self._wanted.get(wanted)
        if places is None:
            places = self._wanted[wanted] = tuple(ones(wanted))
        rows, value = self.dictionary[Of.DEAL], self.world.value
        now = [value(row, "", deal) for at in places if (row := rows[at]) is not None]
        if changed:
            now = [changed.get(row.name, one) for one, at in zip(now, places, strict=True) if (row := rows[at])]
        last = self._last_deal.get(wanted)
        if last is not None and last[0] == now:
            return last[1]
        values = [NOTHING] * len(rows)
        for at, one in zip(places, now, strict=True):
            values[at] = one
        made = Subject(Of.DEAL, "", "this deal", values, rows, self.where, self.shown)
        self._last_deal[wanted] = (now, made)
        return made

    def _first(self, kind: Of, id_: str, deal: Deal) -> Subject:
        rows, value, lasting = self.dictionary[kind], self.world.value, self.world.lasting
        values: list[Value] = []
        varying: list[int] = []
        for at, row in enumerate(rows):
            values.append(NOTHING if row is None else value(row, id_, deal))
            if row is not None and not lasting(row, id_):
                varying.append(at)
        made = Subject(kind, id_, self.world.caption(id_), values, rows, self.where, self.shown)
        if varying:  # before the subject is kept: another thread that finds it must find that it varies
            made.varying = True
            self._varying[kind][id_] = tuple(varying)
        made.shelve()
        self._kept[kind][id_] = made
        return made

    def _again(self, before: Subject, varying: tuple[int, ...], deal: Deal) -> Subject:
        """The subject in another deal: the same one where all that may vary is as before."""
        rows, value = before.dictionary, self.world.value
        now = [value(rows[at], before.id, deal) for at in varying]  # type: ignore[arg-type]
        if all(one is before.values[at] for one, at in zip(now, varying, strict=True)):
            return before
        variants = self._variants[before.kind].setdefault(before.id, {})
        key = tuple(map(id, now))
        found = variants.get(key)
        if found is not None:
            return found
        if all(one == before.values[at] for one, at in zip(now, varying, strict=True)):
            return before
        values = list(before.values)
        for one, at in zip(now, varying, strict=True):
            values[at] = one
        made = Subject(before.kind, before.id, before.caption, values, rows, self.where, self.shown)
        made.varying = True
        if len(variants) >= VARIANTS_MAX:
            variants.clear()
        variants[key] = made
        self._kept[before.kind][before.id] = made
        return made

    def _on(self, kind: Of, ids: tuple[str, ...]) -> tuple[Any, ...] | None:
        """What of a deal the facts of these that vary hang on, each once; None: on all of it."""
        rows, found = self.dictionary[kind], dict[Any, None]()
        for id_ in ids:
            for at in self._varying[kind].get(id_, ()):
                row = rows[at]
                on = self.world.hangs_on(row, id_) if row is not None else ()
                if on is None:
                    return None
                found.update(dict.fromkeys(on))
        return tuple(found)

    def _heard(self, kind: Of, ids: tuple[str, ...], deal: Deal) -> Group | None:
        """The group as it was in a deal that was the same in all that its facts hang on."""
        known = self._hang[kind].get(ids)
        return known[1].get(self.world.read(known[0], deal)) if known is not None else None

    def _hold(self, kind: Of, ids: tuple[str, ...], deal: Deal, made: Group) -> None:
        """Keep a group of which somebody varies, where what it hangs on can be told."""
        on = self._on(kind, ids)
        if on is None:
            return
        hang = self._hang[kind]
        known = hang.get(ids)
        if known is None or known[0] != on or len(known[1]) >= VARIANTS_MAX:
            if len(hang) >= GROUPS_MAX:
                hang.clear()
            known = hang[ids] = (on, {})
        known[1][self.world.read(on, deal)] = made

    def forget(self, gone: Collection[tuple[Of, str]]) -> None:
        """Something changed about these: they are asked about anew, and the groups that they stand in are put together anew."""
        self._same.clear()
        for kind, id_ in gone:
            self._kept[kind].pop(id_, None)
            self._varying[kind].pop(id_, None)
            self._alone[kind].pop(id_, None)
            self._variants[kind].pop(id_, None)
        self._hang = {kind: {} for kind in Of}
        for kind, kept in self._groups.items():
            for ids in [one for one in kept if any((kind, id_) in gone for id_ in one)]:
                del kept[ids]

    def count(self) -> int:
        """Subjects that are kept."""
        return sum(len(kept) for kept in self._kept.values())

    def alone(self, kind: Of, id_: str, deal: Deal) -> Group:
        """One subject, as a group."""
        found = self._alone[kind].get(id_)
        if found is None:
            found = self._heard(kind, (id_,), deal)
        if found is None:
            subject = self.made(kind, id_, deal)
            found = subject.alone
            if not subject.varying:
                self._alone[kind][id_] = found
            else:
                self._hold(kind, (id_,), deal, found)
        return found

    def group(self, kind: Of, ids: tuple[str, ...], deal: Deal) -> Group:
        """Some subjects at once: a company's chain of owners is put together once."""
        if len(ids) == 1:
            return self.alone(kind, ids[0], deal)
        same = self._same.get(id(ids))
        if same is not None and same[0] is ids and same[1] is kind:
            return same[2]
        kept = self._groups[kind]
        found = kept.get(ids)
        if found is not None and found.lasting:
            return found
        heard = self._heard(kind, ids, deal)
        if heard is not None:
            return heard
        now = [self.made(kind, one, deal) for one in ids]
        if found is not None and all(one is other for one, other in zip(now, found.subjects, strict=True)):
            self._hold(kind, ids, deal, found)
            return found
        if len(kept) >= GROUPS_MAX:
            self._same.clear()
            kept.clear()
        found = kept[ids] = Group(now)
        found.lasting = not any(one.varying for one in now)
        if found.lasting:
            self._same[id(ids)] = (ids, kind, found)
        else:
            self._hold(kind, ids, deal, found)
        return found

    def nobody(self, kind: Of, id_: str, caption: str, needs: str = "") -> Subject:
        """Somebody of whom nothing is known."""
        unknown = Value(Truth.UNKNOWN, needs=needs)
        rows = self.dictionary[kind]
        return Subject(kind, id_, caption, [unknown] * len(rows), rows, self.where, self.shown)
