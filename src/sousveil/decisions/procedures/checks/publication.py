"""What a check sees: a publication, and the register as it would be with this publication in it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NoReturn, cast

import msgspec

from sousveil.decisions import lookup, proposals
from sousveil.register.gates import Arrival
from sousveil.register.model import Recorded, Stance, Standing
from sousveil.register.refusal import Refused
from sousveil.register.store import Store as RegisterStore
from sousveil.register.store.model import LogEntry
from sousveil.register.types import is_a, registry
from sousveil.register.views.reading import Reader, Record, Store, stands
from sousveil.register.views.store import clusters_at

NAME_ALONE = "Your key is registered for a name alone and speaks for no record: ask the operator to register it for the record's id."
"""For an owner that has the name of the record."""


class Overlay:
    """The store, and the new statements in it as if they stood there already."""

    def __init__(self, new: Sequence[Recorded], arrival: Arrival) -> None:
        self._new, self._arrival, self.keyring = new, arrival, lambda: arrival.ring
        self._corrected = {one.statement.supersedes: one.id for one in new if one.statement.stance is Stance.CORRECTS}

    @cached_property
    def _store(self) -> RegisterStore:
        """Asked for only where something may stand there: what is handed in is then written first."""
        return self._arrival.look()

    def _known(self, ids: Sequence[str]) -> list[str]:
        return [one for one in ids if not self._arrival.is_new(one)]

    @cached_property
    def _joined(self) -> Mapping[str, str]:
        """As in answers: what the core data alone proposes to be one, and pages show so, decides nothing here."""
        return clusters_at(self._store, self._arrival.index).canonical

    def canonicals(self, ids: Sequence[str]) -> dict[str, str]:
        """As the store's, without what is only proposed."""
        shown = self._store.canonicals(known) if (known := self._known(ids)) else {}
        return {one: self._joined[one] for one in shown if one in self._joined}

    def _with(self, found: list[Recorded], more: Iterable[Recorded]) -> list[Recorded]:
        stood = [
            msgspec.structs.replace(one, superseded_by=self._corrected[one.id]) if one.id in self._corrected else one
            for one in found
        ]
        return [*stood, *more]

    def statements_of(
        self, subjects: Sequence[str], *, as_of: str | None = None, known_at: int | None = None
    ) -> list[Recorded]:
        """As the store's."""
        wanted = set(subjects)
        known = self._known(subjects)
        return self._with(
            self._store.statements_of(known) if known else [],
            (one for one in self._new if one.statement.subject in wanted),
        )

    def statements_to(
        self, ids: Sequence[str], *, as_of: str | None = None, known_at: int | None = None
    ) -> list[Recorded]:
        """As the store's."""
        wanted = set(ids)
        return self._with(self._store.statements_to(ids), (one for one in self._new if one.statement.value in wanted))

    def entry(self, index: int) -> LogEntry | None:
        """As the store's; None for the entry that this publication would become."""
        return self._store.entry(index) if index != self._arrival.index else None

    def recorded_days(self, entries: Sequence[int]) -> dict[int, str]:
        """As the store's; today for the entry that this publication would become."""
        known = [one for one in entries if one != self._arrival.index]
        days = self._store.recorded_days(known) if known else {}
        return days if len(known) == len(entries) else {**days, self._arrival.index: self._arrival.day}

    def signed_by(self, entries: Sequence[int]) -> dict[int, tuple[str, str]]:
        """As the store's; the key's owner for the entry that this publication would become."""
        known = [one for one in entries if one != self._arrival.index]
        signed = self._store.signed_by(known) if known else {}
        owner = self._arrival.owner
        return signed if len(known) == len(entries) else {**signed, self._arrival.index: (owner.owner, owner.key_id)}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def confirmed(record: Record, property: str, value: str = "") -> bool:
    """Whether a record confirms a property, or this value of it."""
    return any(
        one.statement.standing is Standing.CONFIRMED and value in ("", one.statement.value)
        for one in record.stand(property)
    )


class Publication:
    """What is to be published, its publisher, and the register with it."""

    def __init__(self, arrival: Arrival) -> None:
        self.arrival = arrival
        self.statements = arrival.statements
        self.owner = arrival.owner.owner
        self.day = arrival.day

    @cached_property
    def reader(self) -> Reader:
        """Reads the register with this publication in it."""
        new = [
            Recorded(id=f"new-{at}", recorded=self.arrival.index, statement=one)
            for at, one in enumerate(self.statements)
        ]
        return Reader(cast(Store, Overlay(new, self.arrival)), today=self.day)

    def records(self, *types: str, subjects: Collection[str] | None = None) -> Iterator[Record]:
        """The records of these types of which something new is stated: everything that stands of them, by this owner's word.

        `subjects`: no others than these.
        """
        wanted = [one for one in self.statements if one.type in types and one.stance is not Stance.DENIES]
        ids = dict.fromkeys(one.subject for one in wanted if subjects is None or one.subject in subjects)
        if ids:
            self.reader.load([*ids])
        for id in ids:
            record = self.reader.records.get(self.reader.canonical(id))
            own = self.mine(record) if record is not None else None
            for type in dict.fromkeys(one.statement.type for one in own.statements) if own is not None else ():
                if own is not None and type in types:  # whatever else it is called, by whomever, first or later
                    yield msgspec.structs.replace(own, type=type)

    def mine(self, record: Record) -> Record:
        """The record as far as this owner's keys say it. What others say may differ: that is shown, not refused."""
        own = (one for one in record.statements if stands(one) and lookup.signer(self.reader, one) == self.owner)
        return lookup.only(record, own)

    def proposals(self, record: Record, property: str) -> Iterator[proposals.Case]:
        """The proposals to which a property of a record points. A stranger who calls a licence a proposal bars no decision about it."""
        for id in lookup.entities(self.reader, record, property):
            about = self.reader.records.get(id)
            if about is not None and is_a(about.type, "Acquisition"):
                yield proposals.Case(self.reader, id)

    def whole(self, record: Record, single: Iterable[str]) -> None:
        """Raises Refused for a record of which a required property is missing, or one that has a single value has two."""
        known = registry.properties(record.type)
        for one in known.values():
            if one.required and not record.stand(one.name):
                says = f"A {registry.all_types()[record.type].label} needs “{one.label}”"
                self.refuse(record, one.name, "incomplete", says, "Publish the whole record at once.")
        for name in single:
            if len(lookup.texts(record, name)) > 1:
                says = f"“{known[name].label}” has one value, and the record has another one already"
                self.refuse(record, name, "second_value", says, "Correct the first one, or retract it.")

    def refuse(self, record: Record | str, property: str, code: str, message: str, hint: str) -> NoReturn:
        """Raises Refused that names the new statement about this property of the record; else the record's first one."""
        subject = record if isinstance(record, str) else record.id
        mine = [
            (at, one)
            for at, one in enumerate(self.statements)
            if self.reader.canonical(one.subject) == subject or one.subject == subject
        ]
        at, about = next(((at, one) for at, one in mine if one.property == property), mine[0])
        field = f"{about.type}.{property}"
        if code.startswith("not_the_") and not self.owner.startswith("sv-"):
            hint = f"{hint} {NAME_ALONE}"
        raise Refused(f"Statement {at}: {field}: {message}.", field=f"statements[{at}].{field}", code=code, hint=hint)
