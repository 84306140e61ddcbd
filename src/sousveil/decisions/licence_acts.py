"""Decisions of the issuing State on a licence (b): which of them close, about which incident, and since when the log has them whole."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from sousveil.decisions import lookup, voices
from sousveil.decisions.acts import Accept, acts, as_told
from sousveil.decisions.procedures.days import alone, day_of, first_of, recorded_days
from sousveil.register.model import Recorded
from sousveil.register.types.cleaning import says_something
from sousveil.register.views.reading import Reader, Record, stands

DECIDES = frozenset({"suspended", "revoked", "amended", "renewed", "reinstated", "reviewed", "refused"})
"""Events of a licence that are decisions on it."""
WORDS = (("LicenceReview", "outcome"), ("LicenceEvent", "event"))
"""What may be a decision on a licence, and the property that says what was decided."""


def issuers(reader: Reader, licence: Record) -> list[str]:
    """The authorities that issued a licence, as whoever told of it says."""
    return lookup.entities(reader, voices.founded(reader, licence), "issuer")


def issuing_states(reader: Reader, licence: Record) -> list[str]:
    """The countries of the offices that issued a licence."""
    codes = (lookup.country_of(reader, one) for one in issuers(reader, licence))
    return list(dict.fromkeys(code for code in codes if code))


def order_status(reader: Reader, order: Record) -> str | None:
    """Where an order stands on the day, as its founder tells it: a draft until the day on which it was issued, and where one entry gives
    it two statuses."""
    own = voices.founded(reader, order)
    day, on = day_of(reader.day), own.first("issuedOn")
    if alone(own, "status", ("issued",), day):
        return "draft" if on is not None and lookup.before(reader.day, on) else "issued"
    if alone(own, "status", ("refused",), day):
        return "refused"
    return "draft" if own.stand("status") else None


def issuing(reader: Reader, licence: Record, members: set[str]) -> Accept:
    """Whose orders about a licence count: of the office that issued it and of what that is part of, never of the group that holds it, and
    of whoever told of the licence first not for that alone: a licensee who tells of its own revokes nothing."""
    accept = acts(reader, licence, ("issuer",), as_told(reader), ("licensee",), members)
    assert accept is not None  # an office is given
    return accept


def own_acts(reader: Reader, licence: Record, type: str, property: str, who: list[str]) -> Iterator[Record]:
    """Events or reviews of a licence until the day, as the issuing State tells them with its own keys."""
    for one in lookup.pointing(reader, [licence.id], type, "licence"):
        act = lookup.own_act(reader, one, property, who)
        if act is None or licence.id not in lookup.entities(reader, act, "licence"):
            continue
        if not lookup.before(reader.day, lookup.day_of(act)):
            yield act


def reasons_of(act: Record) -> list[Recorded]:
    """The reasons that an act gives: a dot or a dash is none."""
    return [one for one in act.stand("reason") if says_something(one.statement.value)]


class Act(msgspec.Struct, frozen=True):
    """A decision of the issuing State on a licence."""

    record: Record
    day: str | None
    outcome: str
    incidents: list[str]

    def covers_by_day(self, day: str | None) -> bool:
        """Whether it came after an incident of that day: then it is about it, unless it says about which ones it is."""
        return self.day is not None and not lookup.before(self.day, day)

    def covers(self, incident: str, day: str | None) -> bool:
        """Whether it decides about an incident, by its id and day."""
        return self.covers_by_day(day) if not self.incidents else incident in self.incidents


def acts_on(reader: Reader, licence: Record) -> list[Act]:
    """Decisions on a licence that close: confirmed with a key of the issuing State, with reasons; the newest last."""
    who = issuers(reader, licence)
    found = []
    for type, property in WORDS:
        for one in own_acts(reader, licence, type, property, who):
            outcome = one.first(property)
            if outcome and (outcome in DECIDES or type == "LicenceReview") and reasons_of(one):
                found.append(Act(one, lookup.day_of(one), outcome, lookup.entities(reader, one, "incident")))
    return sorted(found, key=lambda one: lookup.sort_day(one.day))


def whole(reader: Reader, act: Act, licence: str, id: str, day: str | None) -> int:
    """The day since which the log has all by which a decision covers an incident, by its id and day: the licence, what was decided, the
    reasons, and the incident; before it named any incident, the day that it names.

    A decision without a day covers an incident that it names; so the day is waited for only where it gave another one before. Links,
    and what happened to a licence, count from their own recording: a correction that makes another licence, incident or event
    of them is no slip of the pen.
    """
    own = act.record
    outcome = own.stand("outcome" if own.type == "LicenceReview" else "event")
    decided = [one for one in outcome if one.statement.value == act.outcome]
    base: list[int | None] = [*recorded_days(reader, [_linked(reader, own, "licence", licence)])]
    base.append(first_of(reader, own, reasons_of(own)))
    if own.type == "LicenceReview":
        base.append(first_of(reader, own, decided))
    else:
        base += recorded_days(reader, [min(one.recorded for one in decided)])
    dated = _dated(own, act.day)
    on = first_of(reader, own, dated)
    ways = []
    if id in act.incidents:
        again = on if dated and _dated_before(reader, own, dated) else None
        ways.append([*base, *recorded_days(reader, [_linked(reader, own, "incident", id)]), again])
    if act.covers_by_day(day):
        ways.append([*base, on])
    found = [max(one for one in way if one is not None) for way in ways]
    every = reader.records.get(own.id, own).by_property.get("incident", ())
    named = min(recorded_days(reader, {one.recorded for one in every}), default=None)
    if len(found) == 2 and named is not None and named <= found[1]:
        found.pop()  # by then it was about those that it names
    return min(found)


def _linked(reader: Reader, own: Record, name: str, id: str) -> int:
    """The entry that first ties a decision to somebody."""
    return min(one.recorded for one in own.stand(name) if reader.canonical(one.statement.value) == id)


def _dated(own: Record, day: str | None) -> list[Recorded]:
    """The claims from which a decision has its day."""
    told = [one for one in own.statements if stands(one)]
    said = [one for one in told if one.statement.value == day]
    said = said or [one for one in told if one.statement.valid_from == day]
    return said or [one for one in told if day and one.statement.asserted == day]


def _dated_before(reader: Reader, own: Record, dated: list[Recorded]) -> bool:
    """Whether the record had a day before this one, standing or not."""
    first, names = min(one.recorded for one in dated), {one.statement.property for one in dated}
    every = reader.records.get(own.id, own).statements
    return any(one.recorded < first and one.statement.property in names for one in every)
