"""Whose words a record is made of: its first publisher's, and what others added to it.

A record is a set of statements, and anybody may add one. What was added may say more against somebody; it never takes away what was
reported before. So views of procedures look twice: what closes, stops, ends or fulfils counts as the **founder** reports it, who published
the record first and could take it back as well; what is owed, open or goes on counts in every account of the record (`readings`).

A record is read as what a view looks for (`as_type`), whatever else it is called: the founder of a request is who published a request
first, and not who called its id a document before.
"""

from __future__ import annotations

from collections.abc import Iterable
from weakref import WeakKeyDictionary

import msgspec

from sousveil.register.model import Recorded
from sousveil.register.types import is_a
from sousveil.register.views.reading import Reader, Record, stands

_DOMAINS: WeakKeyDictionary[Reader, dict[str, str]] = WeakKeyDictionary()


def voice(reader: Reader, one: Recorded) -> str:
    """Who says a statement, as the log tells: the entity for which its key was registered, else a name with one domain or key.

    Keys of one name are one voice only where the same domain proves both: a name alone makes nobody one.
    """
    owner, key = reader.told_by(one.recorded)
    if owner.startswith("sv-"):
        return owner
    domains = _DOMAINS.get(reader)
    if domains is None:
        ring = reader.store.keyring()
        domains = {one.key_id: one.domain for one in ring.states() if one.verified and one.domain}
        _DOMAINS[reader] = domains
    return f"{owner}\n{domains.get(key) or key}"


def tellers(reader: Reader, record: Record) -> dict[str, list[Recorded]]:
    """Voice -> its standing statements of a record; who first published such a record comes first, who something else last."""
    stated = sorted(filter(stands, record.statements), key=lambda one: one.recorded)
    kin = [is_a(one.statement.type, record.type) or is_a(record.type, one.statement.type) for one in stated]
    found = {voice(reader, one): list[Recorded]() for one, akin in zip(stated, kin, strict=True) if akin}
    for one in stated:
        found.setdefault(voice(reader, one), []).append(one)
    return found


def is_called(record: Record, type: str) -> bool:
    """Whether a standing statement calls a record so, or an heir of it."""
    return any(is_a(one.statement.type, type) for one in record.statements if stands(one))


def as_type(record: Record, type: str) -> Record:
    """A record as one of a type, where anybody calls it so; else as it is."""
    if is_a(record.type, type):
        return record
    kinds = (one.statement.type for one in record.statements if stands(one) and is_a(one.statement.type, type))
    found = next(kinds, None)
    return msgspec.structs.replace(record, type=found) if found is not None else record


def founder(reader: Reader, record: Record) -> str:
    """The voice that published a record first, of those whose words stand; empty where nothing stands."""
    return next(iter(tellers(reader, record)), "")


def only(record: Record, kept: Iterable[Recorded]) -> Record:
    """A record of these of its statements alone."""
    wanted = {one.id for one in kept}
    statements = [one for one in record.statements if one.id in wanted]
    by: dict[str, list[Recorded]] = {}
    for one in statements:
        by.setdefault(one.statement.property, []).append(one)
    return Record(id=record.id, type=record.type, statements=statements, by_property=by)


def founded(reader: Reader, record: Record) -> Record:
    """A record as its founder reports it; the record itself where nobody else says anything."""
    return readings(reader, record)[0]


def readings(reader: Reader, record: Record) -> list[Record]:
    """A record as its founder reports it, and as each other voice completes it.

    What holds in one of them holds in one of them after anybody adds a statement.
    """
    if len({one.recorded for one in record.statements}) < 2:
        return [record]
    first, *others = tellers(reader, record).values() or [[]]
    return [only(record, first), *(only(record, [*first, *many]) for many in others)] if others else [record]
