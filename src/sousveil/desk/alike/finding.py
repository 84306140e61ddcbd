"""Whom a bidder's name may mean: records of that name, of names alike in writing or sound, and of names that it tells in part.

Questions of `decide` do not use this: there a name is a record's, or a question (`decisions/snapshot/resolve.py`).
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

import msgspec

from sousveil.decisions.facts.groups import groups
from sousveil.decisions.index import Base
from sousveil.desk.alike.charged import Charged
from sousveil.desk.alike.names import Names


class Matches(msgspec.Struct, frozen=True):
    """The records that a name may mean."""

    id: str | None
    """The record that it means; None: it has candidates, or none."""
    candidates: tuple[str, ...] = ()
    left_out: int = 0
    """Further records that a part of the name would fit."""


class Finder:
    """Finds records by name in one base; its names are sorted when the first name is asked for."""

    KIND = "LegalEntity"

    def __init__(self, base: Base) -> None:
        self.base = base
        self._names: Names | None = None
        self._charged: Charged | None = None

    @property
    def names(self) -> Names:
        """The names of companies, bodies and persons."""
        if self._names is None:
            self._names = Names(self.base, self.KIND, self.charged)
        return self._names

    def charged(self) -> Charged:
        """Against whom something may be on file."""
        if self._charged is None:
            names, found = self.names, set[str]()
            for group in groups().values():
                found.update(group.ids)
                found.update(*(many for name in (*group.names, *group.invented) for many in names.same(name)))
            self._charged = Charged(self.base, found)
        return self._charged

    def matches(self, asked: str) -> Matches:
        """The record that a supplier's name means, else its candidates."""
        id, candidates, left_out = self._find(asked.strip())
        contested = self.base.contested
        if id is not None and id in contested:
            candidates, id = tuple(dict.fromkeys((id, *contested[id]))), None
        elif any(one in contested for one in candidates):
            candidates = tuple(dict.fromkeys(each for one in candidates for each in (one, *contested.get(one, ()))))
        return Matches(id, candidates, left_out)

    def _find(self, text: str) -> tuple[str | None, tuple[str, ...], int]:
        """The record, or None and its candidates, best first; and how many more a part of the name would fit."""
        if not any(one.isalnum() for one in text):
            return None, (), 0
        names = self.names
        equal, other = names.same(text)
        exact = len(equal) == 1 and not other
        # A record that only its own publisher names may have been made to catch a slip in somebody else's name.
        sure = exact and names.told_by_others(equal[0], text)
        candidates = (equal[0],) if sure else tuple(dict.fromkeys((*equal, *other, *names.alike(text))))
        # What is exactly somebody's name is no part of another's: else each longer name on file would open it.
        known = any(names.vouched(one, text) for one in equal)
        if not known:
            told, within = names.in_part(text), [*names.of_others(names.held(text), equal)]
            if not candidates:
                return None, tuple(dict.fromkeys((*within, *told.ids))), told.left_out
            # It is rather a slip, or a record that anybody may have made: nobody hides behind it of whom something is on file.
            candidates = tuple(dict.fromkeys((*candidates, *within, *names.of_others(told.charged, equal))))
        return (equal[0], (), 0) if exact and len(candidates) == 1 else (None, candidates, 0)


_FINDERS: WeakKeyDictionary[Base, Finder] = WeakKeyDictionary()


def finder(base: Base) -> Finder:
    """The finder of a base; one each, as sorting its names takes seconds."""
    found = _FINDERS.get(base)
    if found is None:
        found = _FINDERS[base] = Finder(base)
    return found
