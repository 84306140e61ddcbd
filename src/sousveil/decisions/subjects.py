"""Subjects of one world, each made once for as long as what is known of it does not depend on the deal, and groups of them."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from typing import Any

from sousveil.decisions.facts.model import UNKNOWN as NOTHING
from sousveil.decisions.facts.model import Fact, Of, Value
from sousveil.decisions.model import Truth
from sousveil.decisions.predicates import SPACE_OF, Layout
from sousveil.decisions.subject import Shown, Subject
from sousveil.decisions.subject_groups import Group, ones
from sousveil.decisions.world import Deal, World

GROUPS_MAX = 1 << 17
"""Sets of subjects that are kept."""
DEALS_MAX = 1 << 14
"""Deals that are told apart by their values."""
VARIANTS_MAX = 256
"""Of one subject, or one set of them: how many are kept, by what the deal is in what their facts hang on."""


class Subjects:
    """Makes subjects of one world, each once for as long as what is known of it does not depend on the deal."""

    def __init__(self, world: World, facts: Mapping[str, Fact], where: Layout) -> None:
        self.world, self.where, self.shown = world, where, Shown(world)
        self._kept: dict[Of, dict[str, Subject]] = {kind: {} for kind in Of}
        self._wanted: dict[int, tuple[tuple[Fact, ...], tuple[int, ...], dict[tuple[int, ...], Subject]]] = {}
        """By a set of facts of the deal: these, their indexes, and deals of which these were wanted, by the identity of their values, which
        they hold."""
        self._varying: dict[Of, dict[str, tuple[int, ...]]] = {kind: {} for kind in Of}
        """Facts, by index, whose value may be another in the next deal; subjects without any are not in here."""
        self._variants: dict[Of, dict[str, dict[tuple[int, ...], Subject]]] = {kind: {} for kind in Of}
        """By the identity of the values that vary: their subjects hold them."""
        self._hang: dict[Of, dict[str, tuple[tuple[Any, ...], dict[tuple[Hashable, ...], Subject]]]] = {
            kind: {} for kind in Of
        }
        """Subjects that vary: what of a deal their facts hang on, and the subject by what that is."""
        self._now: tuple[Deal | None, dict[Subject, Subject]] = (None, {})
        """The deal that was asked about last, and those who vary as they are in it, by what they were in another."""
        self._groups: dict[Of, dict[tuple[str, ...], Group]] = {kind: {} for kind in Of}
        """Those of whom no fact varies."""
        self._varied: dict[Of, dict[tuple[int, ...], Group]] = {kind: {} for kind in Of}
        """The others, by the identity of their subjects, which they hold."""
        self._sets: dict[Of, dict[tuple[str, ...], tuple[tuple[Any, ...], dict[tuple[Hashable, ...], Group]]]] = {
            kind: {} for kind in Of
        }
        """The same of sets of a deal, as it is for `_hang` of one subject."""
        self.single: dict[Of, dict[str, Group]] = {kind: {} for kind in Of}
        """Those of whom no fact varies, each as a group of nobody else."""
        self.same: dict[Of, dict[int, tuple[tuple[str, ...], Group]]] = {kind: {} for kind in Of}
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
            found = self._again(found, deal)
        if changed:
            rows = self.dictionary[kind]
            values = [
                changed.get(row.name, value) if row is not None else value
                for row, value in zip(rows, found.values, strict=True)
            ]
            return Subject(kind, id_, found.caption, values, rows, self.where, self.shown)
        return found

    def _wants(self, wanted: int) -> tuple[tuple[Fact, ...], tuple[int, ...], dict[tuple[int, ...], Subject]]:
        places, rows = tuple(ones(wanted)), self.dictionary[Of.DEAL]
        found = tuple(row for at in places if (row := rows[at]) is not None)
        return self._wanted.setdefault(wanted, (found, places, {}))

    def deal(self, deal: Deal, wanted: int, changed: Mapping[str, Value] | None = None) -> Subject:
        """The deal itself; of its facts only those (bits by index) that are wanted are asked for."""
        facts, places, kept = self._wanted.get(wanted) or self._wants(wanted)
        value = self.world.value
        now = [value(fact, "", deal) for fact in facts]
        if changed:
            now = [changed.get(fact.name, one) for one, fact in zip(now, facts, strict=True)]
        key = tuple(map(id, now))
        found = kept.get(key)
        if found is not None:
            return found
        rows = self.dictionary[Of.DEAL]
        values = [NOTHING] * len(rows)
        for at, one in zip(places, now, strict=True):
            values[at] = one
        made = Subject(Of.DEAL, "", "this deal", values, rows, self.where, self.shown)
        if not changed:
            if len(kept) >= DEALS_MAX:
                kept.clear()
            kept[key] = made
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

    def _again(self, last: Subject, deal: Deal) -> Subject:
        """The subject in another deal: what it was in a deal that was the same in all that its facts hang on."""
        asked, now = self._now
        if asked is not deal:
            now = {}
            self._now = (deal, now)
        found = now.get(last)
        if found is None:
            hang = self._hang[last.kind].get(last.id)
            if hang is not None:
                found = hang[1].get(self.world.read(hang[0], deal))
            if found is None:
                found = self._asked(last, self._varying[last.kind][last.id], deal)
                self._hold(found, deal)
            now[last] = found
        return found

    def _asked(self, before: Subject, varying: tuple[int, ...], deal: Deal) -> Subject:
        """The same, asked for each fact that varies: the same one where all of them are as before."""
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

    def _hold(self, found: Subject, deal: Deal) -> None:
        """Keep what a subject is in this deal, where what it hangs on can be told."""
        on = self._on(found)
        if on is None:
            return
        hang = self._hang[found.kind]
        known = hang.get(found.id)
        if known is None or known[0] != on or len(known[1]) >= VARIANTS_MAX:
            known = hang[found.id] = (on, {})
        known[1][self.world.read(on, deal)] = found

    def _on(self, found: Subject) -> tuple[Any, ...] | None:
        """What of a deal the facts of it that vary hang on, each once; None: on all of it."""
        rows, each = found.dictionary, dict[Any, None]()
        for at in self._varying[found.kind][found.id]:
            row = rows[at]
            on = self.world.hangs_on(row, found.id) if row is not None else ()
            if on is None:
                return None
            each.update(dict.fromkeys(on))
        return tuple(each)

    def forget(self, gone: Collection[tuple[Of, str]]) -> None:
        """Something changed about these: they are asked about anew, and the groups that they stand in are put together anew."""
        for same in self.same.values():
            same.clear()
        for kind, id_ in gone:
            for kept in (self._kept, self._varying, self.single, self._variants, self._hang):
                kept[kind].pop(id_, None)
        self._varied = {kind: {} for kind in Of}
        self._sets = {kind: {} for kind in Of}
        for kind, groups in self._groups.items():
            for ids in [one for one in groups if any((kind, id_) in gone for id_ in one)]:
                del groups[ids]

    def count(self) -> int:
        """Subjects that are kept."""
        return sum(len(kept) for kept in self._kept.values())

    def alone(self, kind: Of, id_: str, deal: Deal) -> Group:
        """One subject, as a group."""
        found = self.single[kind].get(id_)
        if found is None:
            subject = self.made(kind, id_, deal)
            found = subject.alone
            if not subject.varying:
                self.single[kind][id_] = found
        return found

    def group(self, kind: Of, ids: tuple[str, ...], deal: Deal) -> Group:
        """Some subjects at once: a company's chain of owners is put together once."""
        if len(ids) == 1:
            return self.alone(kind, ids[0], deal)
        same = self.same[kind].get(id(ids))
        if same is not None and same[0] is ids:
            return same[1]
        found = self._groups[kind].get(ids)
        if found is not None:
            return found
        gain = self.world.gain(ids, deal)
        if gain and (held := self._sets[kind].get(ids)) is not None:
            found = held[1].get(self.world.read(held[0], deal))
            if found is not None:
                return found
        now = [self.made(kind, one, deal) for one in ids]
        if not any(one.varying for one in now):
            kept = self._groups[kind]
            if len(kept) >= GROUPS_MAX:
                self.same[kind].clear()
                kept.clear()
            found = kept[ids] = Group(now)
            self.same[kind][id(ids)] = (ids, found)
            return found
        varied, key = self._varied[kind], tuple(map(id, now))
        found = varied.get(key)
        if found is None:
            if len(varied) >= GROUPS_MAX:
                varied.clear()
                self._sets[kind].clear()
            found = varied[key] = Group(now)
        if gain:
            self._hold_set(kind, ids, deal, found)
        return found

    def _hold_set(self, kind: Of, ids: tuple[str, ...], deal: Deal, found: Group) -> None:
        """Keep what a set of a deal is in it. All in it gain by the deal, so that what is asked for each is mostly the same question."""
        hang, each = self._hang[kind], dict[Any, None]()
        for one in found.subjects:
            if one.varying:
                known = hang.get(one.id)
                some = known[0] if known is not None else self._on(one)
                if some is None:
                    return
                each.update(dict.fromkeys(some))
        on = self.world.for_all(tuple(each), ids)
        sets = self._sets[kind]
        held = sets.get(ids)
        if held is None or held[0] != on or len(held[1]) >= VARIANTS_MAX:
            if len(sets) >= GROUPS_MAX:
                sets.clear()
            held = sets[ids] = (on, {})
        held[1][self.world.read(on, deal)] = found

    def nobody(self, kind: Of, id_: str, caption: str, needs: str = "") -> Subject:
        """Somebody of whom nothing is known."""
        unknown = Value(Truth.UNKNOWN, needs=needs)
        rows = self.dictionary[kind]
        return Subject(kind, id_, caption, [unknown] * len(rows), rows, self.where, self.shown)
