"""What a check is, and what it sees: the register as it would be with this publication in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NoReturn, cast

import msgspec

from sousveil.decisions import lookup
from sousveil.register.gates import Arrival
from sousveil.register.model import Recorded, Stance, Standing, Statement
from sousveil.register.publication import File
from sousveil.register.refusal import Refused
from sousveil.register.store import Store as RegisterStore
from sousveil.register.store.model import LogEntry
from sousveil.register.types import registry
from sousveil.register.views.reading import Reader, Record, Store, stands
from sousveil.register.views.store import clusters_at

NAME_ALONE = "Your key is registered for a name alone and speaks for no record: ask the operator to register it for the record's id."
"""For whoever is called as the record is, and wonders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check."""

    name: str
    types: tuple[str, ...]
    """Record types that it looks at; heirs are to be named too."""
    run: Callable[[Publication], None] = lambda publication: None
    """Raises Refused."""
    always: Callable[[Arrival], bool] | None = None
    """Whether it looks at this publication whatever its types: for floods."""
    files: Callable[[Sequence[File]], None] = lambda files: None
    """Looks at the attached files of a publication, before the transaction. Raises Refused."""


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

    def told_by(self, entries: Sequence[int]) -> dict[int, tuple[str, str]]:
        """As the store's; the key's owner for the entry that this publication would become."""
        known = [one for one in entries if one != self._arrival.index]
        told = self._store.told_by(known) if known else {}
        owner = self._arrival.owner
        return told if len(known) == len(entries) else {**told, self._arrival.index: (owner.owner, owner.key_id)}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def confirmed(record: Record, *properties: str) -> bool:
    """Whether a record confirms something by one of these properties; by any where none is named."""
    told = (one for name in properties for one in record.stand(name)) if properties else record.statements
    return any(one.statement.standing is Standing.CONFIRMED for one in told)


class Publication:
    """What is to be published, its publisher, and the register with it."""

    def __init__(self, arrival: Arrival) -> None:
        self.arrival = arrival
        self.statements = arrival.statements
        self.owner = arrival.owner.owner
        self.verified = arrival.owner.verified
        self.day = arrival.day
        self.new = [
            Recorded(id=f"new-{at}", recorded=arrival.index, statement=one) for at, one in enumerate(arrival.statements)
        ]

    @cached_property
    def reader(self) -> Reader:
        """Reads the register with this publication in it."""
        return Reader(cast(Store, Overlay(self.new, self.arrival)), today=self.day)

    def records(self, *types: str, subjects: Sequence[str] | None = None) -> list[Record]:
        """The records of these types of which something new is said: everything that stands of them, by this owner's word.

        `subjects`: no others than these.
        """
        among = None if subjects is None else set(subjects)
        subjects = list(
            dict.fromkeys(
                one.subject
                for one in self.statements
                if one.type in types and one.stance is not Stance.DENIES and (among is None or one.subject in among)
            )
        )
        self.reader.load(subjects)
        found = []
        for id in subjects:
            record = self.reader.records.get(self.reader.canonical(id))
            own = self.mine(record) if record is not None else None
            for type in dict.fromkeys(one.statement.type for one in own.statements) if own is not None else ():
                if own is not None and type in types:  # whatever else it is called, by whomever, first or later
                    found.append(msgspec.structs.replace(own, type=type))
        return found

    def mine(self, record: Record) -> Record:
        """The record as far as this owner's keys say it. What others say may differ: that is shown, not refused."""
        own = (one for one in record.statements if stands(one) and lookup.signer(self.reader, one) == self.owner)
        return lookup.only(record, own)

    def whole(self, record: Record) -> None:
        """Raises Refused for a record of which a required property is missing: half a vote cannot be checked."""
        label = registry.all_types()[record.type].label
        for one in registry.properties(record.type).values():
            if one.required and not record.stand(one.name):
                says = f"A {label} needs “{one.label}”"
                self.refuse(record, one.name, "incomplete", says, "Publish the whole record at once.")

    def single(self, record: Record, *properties: str) -> None:
        """Raises Refused where a property of an act has two values."""
        for name in properties:
            if len(lookup.texts(record, name)) > 1:
                label = registry.properties(record.type)[name].label
                says = f"“{label}” has one value, and another one stands already"
                self.refuse(record, name, "second_value", says, "Correct the first one, or retract it.")

    def refuse(self, record: Record | str, property: str, code: str, message: str, hint: str) -> NoReturn:
        """Raises Refused that names the new statement about this property of the record; else the record's first one."""
        subject = record if isinstance(record, str) else record.id
        mine = [
            (at, one)
            for at, one in enumerate(self.statements)
            if self.reader.canonical(one.subject) == subject or one.subject == subject
        ]
        at, said = next(((at, one) for at, one in mine if one.property == property), mine[0] if mine else (0, None))
        field = property if said is None else f"{said.type}.{property}"
        if code.startswith("not_the_") and not self.owner.startswith("sv-"):
            hint = f"{hint} {NAME_ALONE}".strip()
        raise Refused(
            f"Statement {at}: {field}: {message.rstrip('.')}.", field=f"statements[{at}].{field}", code=code, hint=hint
        )

    def refuse_first(self, record: Record | str, *rows: tuple[object, str, str, str, str]) -> None:
        """Raises Refused by the first of these rows whose first value is true: whether it is wrong, property, code, message, hint."""
        for wrong, property, code, message, hint in rows:
            if wrong:
                self.refuse(record, property, code, message, hint)

    def only_by(self, record: Record, property: str, code: str, message: str, hint: str, *, state: bool = True) -> None:
        """Raises Refused where this owner speaks for none of those whom a property of the record names. `state`: their State speaks too."""
        speaks = lookup.speaks_for_state if state else lookup.speaks_for
        for id in lookup.entities(self.reader, record, property):
            if not speaks(self.reader, self.owner, id):
                self.refuse(record, property, code, message, hint)

    def new_of(self, record: Record) -> list[Statement]:
        """The new statements about a record."""
        return [one for one in self.statements if self.reader.canonical(one.subject) == record.id]
