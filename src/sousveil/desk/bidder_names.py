"""Whom a bidder's name may mean: records that the screening scores, and records of names alike, in part or in sound (`alike/`).

No bidder escapes by writing its name in part, in another script, in one word, or beside another's. A natural person is in no record:
neither as a hit nor by name in a chain of ownership.
"""

from __future__ import annotations

import msgspec

from sousveil.decisions.compiled import compile_world
from sousveil.desk.alike.finding import finder
from sousveil.register.names import prepare
from sousveil.register.register import Register
from sousveil.register.score import THRESHOLD, Query
from sousveil.register.screening import Screener
from sousveil.register.screening_model import Hit, Step
from sousveil.register.views import words

SAME = "could be: the name is the same but for its legal form"
LOOSE = "could be: what was asked is a short or weak name of it"
HELD = "could be: its name stands in what was asked, beside something else or run together"
PART = "could be: what was asked tells a part of its name"
ALIKE = "could be: the names are somewhat alike, in writing or in sound"
A_PERSON = "a natural person"


class Meant(msgspec.Struct, frozen=True):
    """Whom a name may mean."""

    hits: tuple[Hit, ...]
    """Companies, offices and products: those that are alike first, then those that it could be."""
    left_out: int
    could: dict[str, str]
    """Entity -> why it could be meant, of those that are not alike."""
    firm: frozenset[str]
    """Those whose name it is exactly or in another spelling, by whichever way that was found."""
    people: tuple[str, ...]
    """Natural persons of the asker's group whose names are alike. They are told to nobody."""
    bare: bool
    """Whether it is written without a legal form."""


class BidderNames:
    """Asks a screener and the resolver of a register about the names of bidders, each once."""

    def __init__(self, register: Register, screener: Screener, group: frozenset[str]) -> None:
        """`group`: nobody of the asker's group is left out, however many have the same name."""
        self._store, self._screener, self._group = register.store, screener, group
        self._finder = finder(compile_world(register.store).base)
        self._known: dict[tuple[str, str | None], Meant] = {}

    def meant(self, name: str, country: str | None) -> Meant:
        """Whom a name may mean. From name and country alone, as a check asks again: other columns of a list only sharpen a score."""
        found = self._known.get((name, country))
        if found is None:
            found = self._known[name, country] = self._meant(name, country)
        return found

    def _meant(self, name: str, country: str | None) -> Meant:
        matches = self._finder.matches(name)
        candidates = (matches.id,) if matches.id is not None else matches.candidates
        named = {id: shown for id in candidates if (shown := self._shown(id)) is not None}
        also, firm = self._why(name, named)
        with words.plain():  # a record made in one language is held against the register in another
            found = self._screener.found(Query(name=name, country=country), keep=self._group, also=also, people=False)
        could = {hit.entity: also[hit.entity] for hit in found.hits if hit.why[:1] == (also.get(hit.entity),)}
        firm |= {hit.entity for hit in found.hits if hit.entity not in could}
        people = {hit.entity for hit in found.hits if self._screener.natural(hit.entity)}
        return Meant(
            hits=tuple(self._unnamed(hit) for hit in found.hits if hit.entity not in people),
            left_out=found.left_out + matches.left_out,
            could={id: says for id, says in could.items() if id not in people},
            firm=firm,
            people=tuple(sorted(people & firm)),
            bare=not prepare(name).forms,
        )

    def _shown(self, id: str) -> str | None:
        """The id under which the screener knows an entity by name."""
        return self._screener.named((id,)) or self._screener.named(self._store.members(id))

    def _why(self, name: str, named: dict[str, str]) -> tuple[dict[str, str], frozenset[str]]:
        """Why each could be meant, and whose name it is in another spelling."""
        if not named:
            return {}, frozenset()
        names = self._finder.names
        equal, other = names.same(name)
        loose, held = names.table.loose(prepare(name).joined), frozenset(names.held(name))
        near, part = frozenset(names.held(name, THRESHOLD)), frozenset(names.in_part(name).ids)
        also, firm = dict[str, str](), set[str]()
        for id, shown in named.items():
            if id in equal or id in other:
                also[shown] = SAME
            elif id in loose:
                also[shown] = LOOSE
            else:
                also[shown] = HELD if id in held else PART if id in part else ALIKE
            if also[shown] in (SAME, LOOSE) or id in near:
                firm.add(shown)
        return also, frozenset(firm)

    def _unnamed(self, hit: Hit) -> Hit:
        """A hit whose chains of ownership name no natural person."""
        if not any(self._screener.natural(step.entity) for chain in hit.path for step in chain):
            return hit
        return msgspec.structs.replace(hit, path=tuple(tuple(map(self._step, chain)) for chain in hit.path))

    def _step(self, step: Step) -> Step:
        return msgspec.structs.replace(step, name=A_PERSON) if self._screener.natural(step.entity) else step
