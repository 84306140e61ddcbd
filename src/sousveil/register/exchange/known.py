"""Which parties of a package are on file: by an id of ours, as the one who hands it in, or by an official number; never by a name.

Two that are called alike may be two. So a name alone joins nothing: the package is taken with a party of its own, and a warning says
whom it may be and how somebody judges that.
"""

from __future__ import annotations

import re
from functools import cached_property

from sousveil.register import types
from sousveil.register.model import Recorded
from sousveil.register.owners import folded
from sousveil.register.store import Store
from sousveil.register.types import is_a
from sousveil.register.views.records import stands

ID = re.compile(r"sv-[0-9a-z]{24}")
"""An id of this register, as its own exports name parties by."""
CALLED = ("name", "alias")
INDEXED = (*CALLED, "leiCode")
BATCH = 2_000
"""Entities that one question to the store brings."""


class Known:
    """What one state of a register has on file, asked for a package."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._told: dict[str, list[Recorded]] = {}

    def entity(self, id: str) -> str | None:
        """The id to show of an entity that is on file; None where nothing of it stands."""
        canonical = self._store.canonical(id)
        return canonical if self._standing(canonical) else None

    def is_contract(self, id: str) -> bool:
        """Whether it is a contract that is on file."""
        return any(is_a(one.statement.type, "Contract") for one in self._standing(self._store.canonical(id)))

    def is_called(self, id: str, name: str) -> bool:
        """Whether an entity that is on file bears this name."""
        names = (one.statement.value for one in self._standing(id) if one.statement.property in CALLED)
        return folded(name) in map(folded, names)

    def numbered(self, property: str, value: str) -> list[str]:
        """Entities that are on file with this number."""
        return self._found((property,), value)

    def called(self, name: str) -> list[str]:
        """Entities that are on file under exactly this name."""
        return self._found(CALLED, name)

    def _found(self, properties: tuple[str, ...], value: str) -> list[str]:
        return list(dict.fromkeys(id for name in properties for id in self._index.get((name, value), ())))

    @cached_property
    def _index(self) -> dict[tuple[str, str], list[str]]:
        """(property, value) -> who bears it: read once, when a package holds a party that no id leads to."""
        found: dict[tuple[str, str], list[str]] = {}
        for type in (name for name in types.all_types() if is_a(name, "LegalEntity")):
            after = ""
            while ids := self._store.subjects(type=type, after=after, limit=BATCH):
                after = ids[-1]
                for one in self._store.statements_of(ids):
                    said = one.statement
                    if said.property in INDEXED and stands(one):
                        found.setdefault((said.property, said.value), []).append(self._store.canonical(said.subject))
        return found

    def _standing(self, id: str) -> list[Recorded]:
        if id not in self._told:
            many = self._store.statements_of(self._store.members(id))
            self._told[id] = [one for one in many if stands(one)]
        return self._told[id]
