"""Names of a question to entities of the register.

An id is itself. A name that is exactly one entity's, up to case, script and a missing legal form, is that entity, unless it is
alike to another's and nobody but its own publisher says that it bears it, or something is on file against that other and nobody
who may lift says so (`doubts.py`). Everything else is unknown: alike names are candidates, and those that it tells in part (`in_part.py`)
where it is exactly nobody's, or only unverified keys say whose it is; several bearers of one name are candidates, a name of nobody has
none. Nothing here ever makes somebody else of a party, and no spelling makes a party more harmless: whoever is unknown stays blocked by
default. Where one judges two records to be the same and another to be different nobody knows who it is: both are candidates, and neither
speaks for anybody.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import chain

from sousveil.decisions.charged import Charged
from sousveil.decisions.index import Base
from sousveil.decisions.model import Question
from sousveil.decisions.name_table import NameTable
from sousveil.decisions.names import Names
from sousveil.decisions.world import Party
from sousveil.register.model import Recorded
from sousveil.register.types import is_a

ROLE_KIND = {
    "product": "SurveillanceProduct",
    "supplier": "LegalEntity",
    "via": "LegalEntity",
    "end_user": "LegalEntity",
}


class Resolver:
    """Resolves against one base; its names are sorted when the first name is asked for."""

    def __init__(self, base: Base, before: Resolver | None = None) -> None:
        """`before`: that of the same register as it was known before, of whose names these are made."""
        self.base = base
        self._before: dict[str, NameTable] = before.tables() if before is not None else {}
        self._names: dict[str, Names] = {}
        self._charged: Charged | None = None
        self._known: dict[tuple[str, str], tuple[str | None, tuple[str, ...], int]] = {}
        self._naming: dict[tuple[str, str], tuple[Recorded, ...] | None] = {}
        self._near: dict[tuple[str, str], tuple[str, ...]] = {}
        self._parties: dict[tuple[str, str], Party] = {}
        """By role and name, where nobody contests who anybody is."""

    def names(self, kind: str) -> Names:
        """The names of a kind of entity."""
        found = self._names.get(kind)
        if found is None:
            found = self._names[kind] = Names(self.base, kind, self.charged, self._before.pop(kind, None))
        return found

    def tables(self) -> dict[str, NameTable]:
        """The names by kind, as far as anybody asked for them here or before."""
        return self._before | {kind: one.table for kind, one in [*self._names.items()]}

    def charged(self) -> Charged:
        """Against whom something may be on file."""
        if self._charged is None:
            from sousveil.decisions.facts.groups import groups  # facts read worlds

            names, found = self.names("LegalEntity"), set[str]()
            for group in groups().values():
                found.update(group.ids)
                found.update(*(many for name in (*group.names, *group.invented) for many in names.same(name)))
            self._charged = Charged(self.base, found)
        return self._charged

    def party(self, role: str, asked: str, sure: Collection[str] = ()) -> Party:
        """Who is meant by a role of a question. Those who are `sure` are taken to be who they are called, whoever contests it."""
        contested = self.base.contested
        kept = self._parties.get((role, asked))
        if kept is not None:
            return kept
        kind = ROLE_KIND[role]
        key = (kind, asked)
        found = self._known.get(key)
        if found is None:
            if len(self._known) > 1 << 17:
                for many in (self._known, self._naming, self._near, self._parties):
                    many.clear()
            found = self._known[key] = self.find(kind, asked)
        id, candidates, left_out = found
        if not contested:  # else it hangs on who is sure
            made = self._parties[role, asked] = Party(
                role=role, asked=asked, id=id, candidates=candidates, left_out=left_out
            )
            return made
        if id is not None and id not in sure and id in contested:
            return Party(role=role, asked=asked, id=None, candidates=tuple(dict.fromkeys((id, *contested[id]))))
        if any(one in contested for one in candidates):  # a slip in the name makes it no less contested
            candidates = tuple(dict.fromkeys(each for one in candidates for each in (one, *contested.get(one, ()))))
        return Party(role=role, asked=asked, id=id, candidates=candidates, left_out=left_out)

    def parties(self, question: Question, sure: Collection[str] = ()) -> tuple[Party, ...]:
        """Product, supplier, intermediaries in their order, end user."""
        return (
            self.party("product", question.product, sure),
            self.party("supplier", question.supplier, sure),
            *(self.party("via", one, sure) for one in question.via),
            self.party("end_user", question.end_user, sure),
        )

    def find(self, kind: str, asked: str) -> tuple[str | None, tuple[str, ...], int]:
        """The entity, or None and whom it could be, best first; and of how many more the name tells a part."""
        text = asked.strip()
        if text.startswith("sv-"):
            return (*self._id(kind, text), 0)
        if not any(one.isalnum() for one in text):
            return None, (), 0
        names = self.names(kind)
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

    def naming(self, kind: str, asked: str, id: str) -> tuple[Recorded, ...] | None:
        """Who may say that an entity bears a name: confirmed, with a verified key. None where a published list says so."""
        key = (kind, asked)
        if key not in self._naming:
            self._naming[key] = self.names(kind).confirmed(id, asked)
        return self._naming[key]

    def near(self, kind: str, asked: str) -> tuple[str, ...]:
        """Whose names are alike, best first."""
        found = self._near.get((kind, asked))
        if found is None:
            names = self.names(kind)
            equal, other = names.same(asked)
            found = self._near[kind, asked] = tuple(dict.fromkeys((*equal, *other, *names.alike(asked))))
        return found

    def _id(self, kind: str, id: str) -> tuple[str | None, tuple[str, ...]]:
        id = self.base.canonical(id)
        record, row = self.base.records.get(id), self.base.rows.get(id)
        types = chain(
            (one.statement.type for one in (record.statements if record is not None else ())),
            (row.type,) if row is not None else (),
        )
        # It is everything that it is called: neither who told of it first nor who takes its word back hides what points to it.
        return (id, ()) if any(is_a(one, kind) for one in types) else (None, ())

    def publisher(self, owner: str) -> str | None:
        """The entity that owns a key: by its id, or by a name that is exactly one entity's."""
        if owner.startswith("sv-"):
            id = self._id("LegalEntity", owner)[0]
        else:
            equal, other = self.names("LegalEntity").same(owner)
            id = equal[0] if len(equal) == 1 and not other else None
        return id if id not in self.base.contested else None
