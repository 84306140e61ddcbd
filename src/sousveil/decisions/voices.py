"""Whose words a record is made of: its founder's, and what others added to it.

A record is a set of statements, and anybody may add one. What was added may say more against somebody; it never takes away what was
told before. So views of procedures look twice: what closes, stops, ends or fulfils counts as the **founder** tells it, who told of
the record first and could take it back as well; what is owed, open or goes on counts in every `reading` of the record.

A record is read as what a view looks for (`as_type`), whatever else it is called: the founder of a request is who told of a request
first, and not who called its id a document before.
"""

from __future__ import annotations

from collections.abc import Iterable
from weakref import WeakKeyDictionary

import msgspec

from sousveil.register.model import Recorded
from sousveil.register.types import is_a
from sousveil.register.views.reading import Reader, Record, stands

_VOICES: WeakKeyDictionary[Reader, dict[int, str]] = WeakKeyDictionary()
_DOMAINS: WeakKeyDictionary[Reader, dict[str, str]] = WeakKeyDictionary()


def voice(reader: Reader, one: Recorded) -> str:
    """Who says a statement, as the log tells: the entity for which its key was registered, else a name with one domain or key.

    Keys of one name are one voice only where the same domain proves both: a name alone makes nobody one.
    """
    known = _VOICES.setdefault(reader, {})
    if one.recorded not in known:
        owner, key = reader.told_by(one.recorded)
        known[one.recorded] = owner if owner.startswith("sv-") else f"{owner}\n{_domains(reader).get(key) or key}"
    return known[one.recorded]


def _domains(reader: Reader) -> dict[str, str]:
    found = _DOMAINS.get(reader)
    if found is None:
        ring = reader.store.keyring()
        found = _DOMAINS[reader] = {one.key_id: one.domain for one in ring.states() if one.verified and one.domain}
    return found


def tellers(reader: Reader, record: Record) -> dict[str, list[Recorded]]:
    """Voice -> its standing statements of a record; who told first of such a record comes first, who told of something else last."""
    told = sorted((one for one in record.statements if stands(one)), key=lambda one: one.recorded)
    first = [one for one in told if _akin(one.statement.type, record.type)]
    found: dict[str, list[Recorded]] = {}
    for one in first if len(first) < len(told) else ():
        found[voice(reader, one)] = []
    for one in told:
        found.setdefault(voice(reader, one), []).append(one)
    return found


def _akin(one: str, other: str) -> bool:
    return one == other or is_a(one, other) or is_a(other, one)


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


def told_as(reader: Reader, record: Record) -> Record:
    """The whole of a record as its founder tells it, as what it is taken for here."""
    whole = reader.records.get(reader.canonical(record.id), record)
    return founded(reader, as_type(whole, record.type))


def founder(reader: Reader, record: Record) -> str:
    """The voice that told of a record first, of those whose words stand; empty where nothing stands."""
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
    """A record as its founder tells it; the record itself where nobody else says anything."""
    if len({one.recorded for one in record.statements}) < 2:
        return record
    told = tellers(reader, record)
    return only(record, next(iter(told.values()))) if len(told) > 1 else record


def readings(reader: Reader, record: Record) -> list[Record]:
    """A record as its founder tells it, and as each other voice completes it.

    What holds in one of them holds in one of them after anybody adds a statement.
    """
    if len({one.recorded for one in record.statements}) < 2:
        return [record]
    first, *others = tellers(reader, record).values() or [[]]
    return [only(record, first), *(only(record, [*first, *many]) for many in others)] if others else [record]
