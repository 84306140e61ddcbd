"""How long a licence held: what its events say, such as a revocation, ends it, and not only a date on the licence itself."""

from __future__ import annotations

from collections.abc import Iterable

from sousveil.register import edtf, types
from sousveil.register.views.reading import Reader
from sousveil.register.views.records import Record, happens_once, span, state_of

Held = tuple[str | None, str | None, str]
"""From when, until when, and whether it holds on the reader's day (`words.STATES`)."""
LICENCE = "ExportLicence"
OVER = frozenset(("revoked", "expired", "surrendered"))
"""Statuses of a licence that held and holds no more."""
NEVER = frozenset(("applied", "refused", "withdrawn"))
"""Statuses of what was never a licence: it happened, and nothing holds."""
ENDS = frozenset(("revoked", "expired"))
BEGINS = frozenset(("granted", "renewed", "reinstated"))


def lasts(type: str) -> bool:
    """Whether records of the type hold from one day until another, so that "not known" is an answer; a product just is."""
    known = types.find(type)
    return known is not None and (known.edge is not None or types.start_of(type) is not None)


def held(reader: Reader, records: Iterable[Record]) -> dict[str, Held]:
    """Id -> how long each of these records held. The events of licences are looked up in one question."""
    records = list(records)
    ends = _ends(reader, [one.id for one in records if one.type == LICENCE])
    found = {}
    for record in records:
        start, end = span(record)
        end = _earlier(end, ends.get(record.id))
        state = state_of(start, end, reader.day)
        if state == "ended" and happens_once(record.type):
            state = "happened"
        elif state == "unknown" and record.type == LICENCE and reader.as_of is None:
            status = record.first("status")
            state = "ended" if status in OVER else "happened" if status in NEVER else state
        found[record.id] = (start, end, state)
    return found


def _ends(reader: Reader, licences: list[str]) -> dict[str, str]:
    """Licence -> the day on which it was ended and not begun again."""
    if not licences:
        return {}
    ids = [*licences, *(alias for alias, to in reader.aliases.items() if to in set(licences))]
    linked = reader.linked(ids)
    reader.load(id for id, said in linked.items() if said[0].statement.type == "LicenceEvent")
    dated: dict[str, list[tuple[tuple[int, int], str, str]]] = {}
    for id in linked:
        event = reader.records.get(reader.canonical(id))
        if event is None or event.type != "LicenceEvent":
            continue
        when, what = span(event)[0], event.first("event")
        licence = reader.canonical(event.first("licence") or "")
        if when and what:
            dated.setdefault(licence, []).append((edtf.sort_key(when), when, what))
    found = {}
    for licence, events in dated.items():
        over = None
        for _, when, what in sorted(events):
            over = when if what in ENDS else None if what in BEGINS else over
        if over is not None:
            found[licence] = over
    return found


def _earlier(stated: str | None, ended: str | None) -> str | None:
    if ended is None or stated is None or stated == edtf.OPEN:
        return ended or stated
    return min(stated, ended, key=edtf.sort_key)
