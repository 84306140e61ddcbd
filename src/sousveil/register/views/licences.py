"""How long a licence held: what its events say, such as a revocation, ends it, and not only a date on the licence itself.

A renewal after the last day has it in force again from the day of the renewal to the new last day that it names; where it names none,
nobody knows until when. Decisions, the queue, labels and pages ask the same question (`goes_on`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from sousveil.register import edtf, types
from sousveil.register.model import Standing
from sousveil.register.views.reading import Reader
from sousveil.register.views.records import Record, happens_once, span, stands, state_of

Held = tuple[str | None, str | None, str]
"""From when, until when, and whether it holds on the reader's day (`words.STATES`)."""
LICENCE = "ExportLicence"
EVENT = "LicenceEvent"
REVIEW = "LicenceReview"
OVER = frozenset(("revoked", "expired", "surrendered"))
"""Statuses of a licence that held and holds no more."""
NEVER = frozenset(("applied", "refused", "withdrawn"))
"""Statuses of what was never a licence: it happened, and nothing holds."""
ENDS = frozenset(("revoked", "expired"))
BEGINS = frozenset(("granted", "renewed", "reinstated"))
RENEWS = frozenset(("renewed", "reinstated"))
"""What has a licence in force again after its last day."""


def lasts(type: str) -> bool:
    """Whether records of the type hold from one day until another, so that "not known" is an answer; a product just is."""
    known = types.find(type)
    return known is not None and (known.edge is not None or types.start_of(type) is not None)


def goes_on(own: str | None, when: str | None, until: str | None, day: str) -> bool | None:
    """Whether a renewal of the day `when`, which names the last day `until`, has a licence in force on a day. `own`: the last day of the
    licence itself, None where none is told.

    A renewal after the last day that names no new one leaves open until when it holds: None. One before it changed nothing of it.
    """
    if until is not None:
        return edtf.holds(when, until, day)
    if edtf.holds(when, edtf.OPEN, day) is False:
        return False
    if own == edtf.OPEN:
        return False
    if own and when and edtf.compare(edtf.parse(when), edtf.parse(own)) in (-1, 0):
        return False
    return None


class Renewal(msgspec.Struct, frozen=True):
    """That a licence was renewed or put in force again, by something more than an allegation."""

    when: str | None
    until: str | None
    """The last day that it names; None: it names none."""
    by: str
    """Id of the event."""
    told: int
    """The entry with which the log has it."""


def held(reader: Reader, records: Iterable[Record]) -> dict[str, Held]:
    """Id -> how long each of these records held. The events of licences are looked up in one question."""
    records = list(records)
    events = _events(reader, [one.id for one in records if one.type == LICENCE])
    found = {}
    for record in records:
        start, end = span(record)
        again = renewals(events.get(record.id, ()))
        runs = going(again, end, reader.day)
        if again:
            end = last_day(again, end, reader.day)
        end = _earlier(end, _ended(reader, record, events.get(record.id, ())))
        state = state_of(start, end, reader.day)
        if state == "ended" and happens_once(record.type):
            state = "happened"
        elif state == "unknown" and record.type == LICENCE and reader.as_of is None:
            status = record.first("status")
            over = status in OVER and not (status == "expired" and runs)
            state = "ended" if over else "happened" if status in NEVER else state
        found[record.id] = (start, end, state)
    return found


def of_licence(reader: Reader, licence: str) -> list[Renewal]:
    """The renewals of a licence."""
    return renewals(_events(reader, [licence]).get(licence, ()))


def renewals(events: Iterable[Record]) -> list[Renewal]:
    """Those of these events of a licence that are renewals; one that names several last days is one for each."""
    found = []
    for event in events:
        said = [one for one in event.stand("event") if one.statement.value in RENEWS]
        if firm := [one.recorded for one in said if one.statement.standing is not Standing.ALLEGED]:
            when = _date(event)
            for until in dict.fromkeys(one.statement.value for one in event.stand("expiryDate")) or [None]:
                days = [one.recorded for one in event.stand("expiryDate") if one.statement.value == until]
                found.append(Renewal(when, until, event.id, max(min(firm), min(days, default=0))))
    return found


def going(renewed: Iterable[Renewal], own: str | None, day: str) -> list[Renewal]:
    """Those by which a licence is, or may be, in force on a day; `own`: its own last day."""
    return [one for one in renewed if goes_on(own, one.when, one.until, day) is not False]


def last_day(renewed: Sequence[Renewal], own: str | None, day: str) -> str | None:
    """The last day of a licence as it is on a day, by its own and by the renewals until then; None: not known."""
    begun = [one for one in renewed if edtf.holds(one.when, edtf.OPEN, day) is not False]
    runs = going(begun, own, day)
    if any(one.until is None for one in runs):
        return None
    return max([one for one in (own, *(each.until for each in begun)) if one], key=edtf.sort_key, default=None)


def _events(reader: Reader, licences: list[str]) -> dict[str, list[Record]]:
    """Licence -> its events and reviews, loaded."""
    if not licences:
        return {}
    ids = [*licences, *(alias for alias, to in reader.aliases.items() if to in set(licences))]
    linked = reader.linked(ids)
    reader.load(id for id, said in linked.items() if said[0].statement.type in (EVENT, REVIEW))
    found: dict[str, list[Record]] = {}
    for id in linked:
        event = reader.records.get(reader.canonical(id))
        if event is not None and event.type in (EVENT, REVIEW):
            found.setdefault(reader.canonical(event.first("licence") or ""), []).append(event)
    return found


def _date(event: Record) -> str | None:
    """The day of an event; what it says of a last day is none."""
    return span(event)[0]


def _ended(reader: Reader, licence: Record, events: Iterable[Record]) -> str | None:
    """The day on which a licence was ended and not begun again. Its first publisher ends it, unless that is its holder, or the office that
    this one names as its issuer; anybody may report that it begins again. An allegation does neither."""
    by = {one.id: reader.canonical(reader.signed_by(one.recorded)[0]) for one in licence.statements}
    first = next((by[one.id] for one in licence.statements if stands(one)), "")
    ending = {first, *(reader.canonical(one.statement.value) for one in licence.stand("issuer") if by[one.id] == first)}
    ending -= {reader.canonical(one.statement.value) for one in licence.stand("licensee")}
    dated = []
    for event in events:
        when, said = _date(event), [*event.stand("event"), *event.stand("outcome")]
        for one in said if when else ():
            owner = reader.canonical(reader.signed_by(one.recorded)[0])
            if one.statement.standing is not Standing.ALLEGED and (one.statement.value not in ENDS or owner in ending):
                dated.append((edtf.sort_key(when), when, one.statement.value))
    over = None
    for _, when, what in sorted(dated):
        over = when if what in ENDS else None if what in BEGINS else over
    return over


def _earlier(stated: str | None, ended: str | None) -> str | None:
    if ended is None or stated is None or stated == edtf.OPEN:
        return ended or stated
    return min(stated, ended, key=edtf.sort_key)
