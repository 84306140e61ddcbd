"""Who is on the side of a company, as the views of procedures see it: everybody who is tied to it as the engine counts ties.

`ties.py` says what a tie is; here are the links that it follows, read for a view: owners and owned, resellers and other agents, who
became whom, officers, investors, and who pays a member.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sousveil.decisions import lookup, voices
from sousveil.decisions.evidence.affiliation import Ties
from sousveil.register import edtf
from sousveil.register.model import Recorded
from sousveil.register.model_reference import ReferenceRow
from sousveil.register.types import is_a
from sousveil.register.views.reading import Reader, Record, clusters_at, stands


class Read:
    """The links of a reader on a day (`ties.Links`)."""

    def __init__(self, reader: Reader, day: str) -> None:
        self._reader, self._day = reader, day
        self._near: dict[str, dict[str, list[Recorded]]] = {}
        self._contested: dict[str, tuple[str, ...]] | None = None

    def pointing(self, id: str, name: str) -> Iterator[Record]:
        """Records of which a property (`Type.property`) points to an entity."""
        type, _, property = name.partition(".")
        found = [
            record
            for record, said in self._linked(id).items()
            if any(
                stands(one) and one.statement.property == property and is_a(one.statement.type, type) for one in said
            )
        ]
        self._reader.load(found)
        for one in dict.fromkeys(map(self._reader.canonical, found)):
            record = self._reader.records.get(one)
            if record is not None:
                yield voices.as_type(record, type)

    def _linked(self, id: str) -> dict[str, list[Recorded]]:
        found = self._near.get(id)
        if found is None:
            self._reader.load([id])
            found = self._near[id] = self._reader.linked(sorted(lookup.members(self._reader, id)))
        return found

    def values(self, record: Record, name: str) -> list[str]:
        """Entities that a record names by a property on the day."""
        ids = [
            one.statement.value
            for one in record.stand(name)
            if edtf.holds(one.statement.valid_from, one.statement.valid_until, self._day) is not False
        ]
        self._reader.load(ids)
        return list(dict.fromkeys(self._reader.canonical(one) for one in ids))

    def ended(self, record: Record) -> bool:
        """Whether a link is over on the day by the word of all who tell of it."""
        return all(lookup.held_on(one, self._day) is False for one in voices.readings(self._reader, record))

    def record(self, id: str) -> Record | None:
        """What is on file of an entity."""
        self._reader.load([id])
        return self._reader.records.get(self._reader.canonical(id))

    def listed(self, id: str) -> ReferenceRow | None:
        """The row of a published list."""
        return self._reader.outside(id)

    def same(self, id: str) -> tuple[str, ...]:
        """All who would be one with it, did nobody judge them to be different."""
        if self._contested is None:
            size = self._reader.store.size()
            known = self._reader.known_at if self._reader.known_at is not None else size - 1
            self._contested = dict(clusters_at(self._reader.store, known).contested)
        return self._contested.get(id, ())

    def owner(self, one: Recorded) -> str:
        """The entity for which the key was registered that signed a statement; empty where there is none."""
        owner = self._reader.told_by(one.recorded)[0]
        if not owner.startswith("sv-"):
            return ""
        self._reader.load([owner])
        return self._reader.canonical(owner)


def ties(reader: Reader, day: str, confirms: Callable[[Recorded], bool]) -> Ties:
    """The ties of what a reader reads. `confirms`: whether a verified key confirms a statement, such as that somebody is a State."""
    source = Read(reader, day)
    return Ties(source, lambda one: source.owner(one) if confirms(one) else "")
