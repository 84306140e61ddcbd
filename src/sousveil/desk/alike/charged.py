"""Against whom anything may be on file that a rule could rest on, whatever the day and the deal: seen from a register's indexes.

Where very many have a name that is told in part, these are looked at, all of them; of the others those are left out who would say
nothing that another does not say as well. So nobody hides behind records of which nothing is on file but a name, a seat or a sale to
somebody who is in no incident. It may be said of more than facts find something against, and of no fewer: whatever points to somebody
counts unless it is known here that nothing rests on it.
"""

from __future__ import annotations

from collections.abc import Iterable

from sousveil.decisions.index import Base
from sousveil.register.screening_against import ABUSE, BODY, HELD, HIDING, ITSELF, JOINING, LINKING, SERVING

LISTED, TOLD, LINKED, QUIET = range(4)
"""On a published list; something is on file against it; tied to such a one; nothing is."""
SORTING = ("category", "level")
"""Codes in a record that make it another kind of thing or office."""

Trait = tuple[str, str, str]
"""What the record of somebody of whom nothing is on file may change in an answer: what it is, and where it sits."""


class Charged:
    """Sorted once for a base."""

    def __init__(self, base: Base, named: Iterable[str] = ()) -> None:
        """`named`: whom packs name."""
        self._base = base
        self._head: dict[str, str] = {}
        self._told = self._directly() | set(map(base.canonical, named))
        self._join()
        self._linked = {self._root(one) for one in (*self._told, *base.rows) if one in self._head}
        self._members: dict[str, list[str]] = {}
        for one in self._head:
            self._members.setdefault(self._root(one), []).append(one)
        self._about: dict[str, frozenset[str]] = {}
        """Head -> seats of all who are tied to each other."""

    def rank(self, id: str) -> int:
        """Who comes first: `LISTED`, `TOLD`, `LINKED`, `QUIET`."""
        if id in self._base.rows:
            return LISTED
        if id in self._told:
            return TOLD
        return LINKED if id in self._head and self._root(id) in self._linked else QUIET

    def traits(self, id: str) -> frozenset[Trait]:
        """What somebody of whom nothing is on file brings to an answer: whoever has the same is asked about in its place."""
        record, row = self._base.records.get(id), self._base.rows.get(id)
        types = {one.statement.type for one in record.statements} if record is not None else set[str]()
        types |= {row.type} if row is not None else set()
        own = self.seats(id) or {""}
        sorts = {
            (name, one.statement.value, "")
            for name in SORTING
            for one in (record.by_property.get(name, ()) if record is not None else ())
        }
        near = {("tied", "", one) for one in self._near(id)}
        return frozenset((*((type, "", one) for type in types for one in own), *sorts, *near))

    def seats(self, id: str) -> frozenset[str]:
        """The countries that are on file for an entity, whoever says them."""
        record, row = self._base.records.get(id), self._base.rows.get(id)
        said = record.by_property if record is not None else {}
        found = {one.statement.value for name in ("country", "jurisdiction") for one in said.get(name, ())}
        return frozenset((*found, *(row.countries if row is not None else ())))

    def _near(self, id: str) -> frozenset[str]:
        if id not in self._head:
            return frozenset()
        head = self._root(id)
        found = self._about.get(head)
        if found is None:
            found = self._about[head] = frozenset().union(*(self.seats(one) for one in self._members[head]))
        return found

    # Made once

    def _directly(self) -> set[str]:
        base = self._base
        abusers = {target for target, name in base.pointing if name == ABUSE}
        found = set[str]()
        for (target, name), records in base.pointing.items():
            if name == HELD and any(map(self._hides, records)):
                found.add(target)
            if name.partition(".")[0] in LINKING or name in JOINING or name == BODY:
                continue
            client = SERVING.get(name)
            if client is None or any(self._served(one, client, abusers) for one in records):
                found.add(target)
        for id, record in base.records.items():
            if any(name in record.by_property for name in ITSELF):
                found.add(id)
        return found

    def _served(self, record: str, client: str, abusers: set[str]) -> bool:
        told = self._base.records[record].by_property.get(client, ())
        return any(self._base.canonical(one.statement.value) in abusers for one in told)

    def _hides(self, record: str) -> bool:
        """Whether an ownership names no owner, or one that acts for somebody else; by anybody who tells of it."""
        told = self._base.records[record].by_property
        if any(name in told for name in HIDING):
            return True
        naming = {self._base.signer(one).publisher for one in told.get("owner", ())}
        return any(self._base.signer(one).publisher not in naming for one in told.get("asset", ()))

    def _join(self) -> None:
        base = self._base
        for (target, name), records in base.pointing.items():
            if name.partition(".")[0] in LINKING or name in JOINING:
                for one in records:
                    self._union(target, one)
        for one, others in base.contested.items():
            for other in others:
                self._union(one, other)

    def _root(self, id: str) -> str:
        head = self._head
        at = head.setdefault(id, id)
        while head[at] != at:
            head[at] = head[head[at]]
            at = head[at]
        return at

    def _union(self, one: str, other: str) -> None:
        a, b = self._root(one), self._root(other)
        if a != b:
            self._head[max(a, b)] = min(a, b)
