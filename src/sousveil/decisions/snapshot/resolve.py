"""Which record each name of a question means.

An id is itself. A name that is exactly one record's is that record. A name that only its bearer gives, close to a record that
something is on file about, means either. Every other name has candidates, or none. Records that one judgement joins and another
keeps apart are candidates both.
"""

from __future__ import annotations

from collections.abc import Collection

from sousveil.decisions.index import Base
from sousveil.decisions.model import Question
from sousveil.decisions.snapshot.names import RecordNames
from sousveil.decisions.world import Party

ROLE_KIND = {
    "product": "SurveillanceProduct",
    "supplier": "LegalEntity",
    "via": "LegalEntity",
    "end_user": "LegalEntity",
}


class Resolver:
    """Resolves names against one base; the names of a kind are read when the first is asked for."""

    def __init__(self, base: Base) -> None:
        self.base = base
        self._names: dict[str, RecordNames] = {}

    def names(self, kind: str) -> RecordNames:
        """The names of a kind of entity."""
        found = self._names.get(kind)
        if found is None:
            found = self._names[kind] = RecordNames(self.base, kind)
        return found

    def party(self, role: str, asked: str, sure: Collection[str] = ()) -> Party:
        """The record that a role of a question means, else its candidates. Those who are `sure` count as who they are called,
        whoever contests it."""
        contested = self.base.contested
        id, candidates = self._meant(ROLE_KIND[role], asked.strip())
        if id is not None and id not in sure and id in contested:
            candidates, id = (id,), None
        if id is None and any(one in contested for one in candidates):
            candidates = tuple(dict.fromkeys(each for one in candidates for each in (one, *contested.get(one, ()))))
        return Party(role=role, asked=asked, id=id, candidates=candidates)

    def parties(self, question: Question, sure: Collection[str] = ()) -> tuple[Party, ...]:
        """Product, supplier, intermediaries in their order, end user."""
        return (
            self.party("product", question.product, sure),
            self.party("supplier", question.supplier, sure),
            *(self.party("via", one, sure) for one in question.via),
            self.party("end_user", question.end_user, sure),
        )

    def bearers(self, owner: str) -> frozenset[str]:
        """The entities that may own a key: the one of its id, or all that bear its name."""
        if owner.startswith("sv-"):
            return frozenset({self.base.canonical(owner)})
        equal, other = self.names("LegalEntity").same(owner)
        return frozenset((*equal, *other))

    def _meant(self, kind: str, text: str) -> tuple[str | None, tuple[str, ...]]:
        if text.startswith("sv-"):
            id = self.base.canonical(text)
            return id if self.base.of_kind(id, kind) else None, ()
        if not any(one.isalnum() for one in text):
            return None, ()
        names = self.names(kind)
        equal, other = names.same(text)
        close = names.close(text)
        if not equal:
            return None, (*other, *close)
        # Records that only their bearers name may have been made to catch a slip in another's name.
        near = () if any(names.named_by_others(one, text) for one in equal) else filter(names.adverse, close)
        candidates = (*equal, *other, *near)
        return (equal[0], ()) if len(candidates) == 1 else (None, candidates)
