"""Questions that checks and views of the procedures ask of a register: who speaks for whom, which State, which group, when."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date

import msgspec

from sousveil.decisions.evidence.affiliation import closure
from sousveil.decisions.evidence.dates import certainly_before
from sousveil.register import edtf
from sousveil.register.model import Recorded
from sousveil.register.types import is_a, registry
from sousveil.register.views.reading import Reader, Record, all_subjects, span, stands


def every(reader: Reader, type: str) -> list[Record]:
    """All records of a type, heirs of it among them, in the order of their ids, each once."""
    names = [name for name in registry.all_types() if is_a(name, type)]
    ids = [id for name in names for id in all_subjects(reader.store, name)]
    reader.load(ids)
    return _records(reader, ids, type)


def pointing(reader: Reader, ids: Iterable[str], type: str, property: str) -> list[Record]:
    """The records of a type whose property is one of these ids, in the order of the log; loaded."""
    canonical = set(ids)
    wanted = sorted(canonical.union(alias for alias, one in reader.aliases.items() if one in canonical))

    def points(one: Recorded) -> bool:
        return stands(one) and one.statement.property == property and is_a(one.statement.type, type)

    found = [id for id, claims in reader.linked(wanted).items() if any(map(points, claims))]
    reader.load(found)
    return _records(reader, found, type)


def _records(reader: Reader, ids: Sequence[str], type: str) -> list[Record]:
    canonical = dict.fromkeys(reader.canonical(id) for id in ids)
    found = [reader.records[id] for id in canonical if id in reader.records]
    return [as_type(one, type) for one in found if is_called(one, type)]


def entities(reader: Reader, record: Record, property: str) -> list[str]:
    """The entities that a record's standing claims of a property point to; loaded."""
    ids = [one.statement.value for one in record.stand(property)]
    reader.load(ids)
    return list(dict.fromkeys(reader.canonical(id) for id in ids))


def texts(record: Record, property: str) -> list[str]:
    """The standing values of a property, each once."""
    return list(dict.fromkeys(one.statement.value for one in record.stand(property)))


def proof(record: Record, *properties: str) -> tuple[str, ...]:
    """Ids of the standing statements of these properties; of all where none are named."""
    found = record.stand(*properties) if properties else filter(stands, record.statements)
    return tuple(dict.fromkeys(one.id for one in found))


# Time


def day_of(record: Record) -> str | None:
    """When it happened or began; else the day on which it was said."""
    start = span(record)[0]
    return start or next((one.statement.asserted for one in record.statements if one.statement.asserted), None)


before = certainly_before


def applies_on(record: Record, day: str) -> bool | None:
    """Whether a record held on a day; None where it cannot be said: an unknown end is not an ongoing one."""
    return edtf.holds(*span(record), day)


def days_between(first: str, last: str) -> int | None:
    """Days from one date to another, from the last day that the first may mean; None where one is open."""
    start, end = edtf.parse(first), edtf.parse(last)
    return None if start.open or end.open else end.first - start.last


def later(day: str, days: int) -> str:
    """The ISO day so many days after a date, counted from the last day that the date may mean."""
    return date.fromordinal(min(edtf.parse(day).last + days, date.max.toordinal())).isoformat()


def sort_day(day: str | None) -> tuple[int, int]:
    """A key that puts dates in order; what has none comes first."""
    return edtf.sort_key(day) if day else (-1, 0)


def number(text: str | None) -> int | None:
    """A whole number of a statement; None for anything else."""
    return int(text) if text and re.fullmatch(r"[0-9]{1,9}", text) else None


# Who


def signer(reader: Reader, one: Recorded) -> str:
    """Owner of the key that signed a statement, as the log says; what the statement says of its publisher may differ."""
    return reader.signed_by(one.recorded)[0]


def signers(reader: Reader, one: Recorded) -> set[str]:
    """Owners of all keys that signed the entry of a statement: its publisher, and those who signed it too."""
    owner, entry = signer(reader, one), reader.store.entry(one.recorded)
    if not entry or len(entry.signers) < 2:  # at the gate a publication has no entry yet
        return {owner}
    ring = reader.store.keyring()
    found = (ring.find(key) for key in entry.signers)
    return {owner, *(one.owner for one in found if one is not None)}


def speaks_for(reader: Reader, owner: str, entity: str) -> bool:
    """Whether the owner of a key is this entity. A key that is registered for a name alone speaks for nobody, whatever the name."""
    if not owner.startswith("sv-"):
        return False
    reader.load([owner, entity])
    return reader.canonical(owner) == reader.canonical(entity)


def part_of(reader: Reader, body: str) -> list[str]:
    """A body and what it is part of, upwards to its State; each once. Whoever told of a body first says what it is part of."""

    def above(id: str) -> Iterable[str]:
        reader.load([id])
        record = reader.records.get(reader.canonical(id))
        own = first_account(reader, as_type(record, "LegalEntity")) if record is not None else None
        return entities(reader, own, "partOf") if own is not None else ()

    return [*map(reader.canonical, closure([body], above))]


def country_of(reader: Reader, entity: str) -> str | None:
    """The country of a body or company: its own, its jurisdiction's, or that of what it is part of."""
    for id in part_of(reader, entity):
        record = reader.records.get(id)
        for one in readings(reader, as_type(record, "LegalEntity")) if record is not None else ():
            if code := one.first("jurisdiction") or one.first("country"):
                return code
    return None


def speaks_for_state(reader: Reader, owner: str, authority: str) -> bool:
    """Whether the owner of a key is this authority, or what it is part of, up to its State."""
    return any(speaks_for(reader, owner, one) for one in part_of(reader, authority))


def sides(reader: Reader, authorities: Iterable[str]) -> list[str]:
    """These authorities and what they are part of, sorted."""
    return sorted({id for one in authorities for id in part_of(reader, one)})


# Whose words a record is made of: its first publisher's, and what others added to it. Anybody may add a statement, which may say more
# against somebody and never takes away what was reported before. So views of procedures look twice: what closes, stops, ends or fulfils
# counts as the founder reports it, who published such a record first; what is owed, open or goes on counts in every account (`readings`).


def publisher(reader: Reader, one: Recorded) -> str:
    """Who says a statement: the entity for which its key was registered, else a name with one proven domain or key (`Signed.publisher`)."""
    owner, key = reader.signed_by(one.recorded)
    return owner if owner.startswith("sv-") else f"{owner}\n{key}"


def publishers(reader: Reader, record: Record) -> dict[str, list[Recorded]]:
    """Publisher -> its standing statements of a record; who first published such a record comes first, who something else last."""

    def order(one: Recorded) -> tuple[bool, int]:
        return not (is_a(one.statement.type, record.type) or is_a(record.type, one.statement.type)), one.recorded

    found: dict[str, list[Recorded]] = {}
    for one in sorted(filter(stands, record.statements), key=order):
        found.setdefault(publisher(reader, one), []).append(one)
    return found


def is_called(record: Record, type: str) -> bool:
    """Whether a standing statement calls a record so, or an heir of it."""
    return any(is_a(one.statement.type, type) for one in record.statements if stands(one))


def as_type(record: Record, type: str) -> Record:
    """A record as one of a type, where anybody calls it so; else as it is."""
    if is_a(record.type, type):
        return record
    kinds = (one.statement.type for one in record.statements if stands(one) and is_a(one.statement.type, type))
    return msgspec.structs.replace(record, type=next(kinds, record.type))


def first_publisher(reader: Reader, record: Record) -> str:
    """Who published a record first, of those whose words stand; empty where nothing stands."""
    return next(iter(publishers(reader, record)), "")


def only(record: Record, kept: Iterable[Recorded]) -> Record:
    """A record of these of its statements alone."""
    wanted = {one.id for one in kept}
    statements = [one for one in record.statements if one.id in wanted]
    by: dict[str, list[Recorded]] = {}
    for one in statements:
        by.setdefault(one.statement.property, []).append(one)
    return Record(id=record.id, type=record.type, statements=statements, by_property=by)


def first_account(reader: Reader, record: Record) -> Record:
    """A record as its founder reports it; the record itself where nobody else says anything."""
    return readings(reader, record)[0]


def readings(reader: Reader, record: Record) -> list[Record]:
    """A record as its founder reports it, and as each other publisher completes it.

    What holds in one of them holds in one of them after anybody adds a statement.
    """
    first, *others = publishers(reader, record).values() or [[]]
    return [only(record, first), *(only(record, [*first, *many]) for many in others)] if others else [record]


# Whose acts on a record count: those of its first publisher, and of the offices that it names; never those of a party to it.


Accept = Callable[[Record], bool]
"""Whether a record that another one points to is the act of somebody whose act counts."""


def with_words(reader: Reader, record: Record, offices: Sequence[str]) -> Record:
    """A record as its first publisher reports it, with what those say in it whom that one names by these properties, or what they are part
    of: who is asked may answer there, and nobody in its place."""
    whole = as_type(reader.records.get(reader.canonical(record.id), record), record.type)
    own = first_account(reader, whole)
    if not (named := {reader.canonical(one.statement.value) for one in own.stand(*offices)}):
        return own

    def office(one: Recorded) -> bool:
        return stands(one) and any(speaks_for_state(reader, publisher(reader, one), id) for id in named)

    kept = {one.id for one in own.statements}
    return only(whole, (one for one in whole.statements if one.id in kept or office(one)))
