"""What ends before it begins: contracts, licences, deployments, and every other record with a beginning and an end."""

from __future__ import annotations

from sousveil.decisions import lookup
from sousveil.decisions.procedures.checks.model import Check, Publication
from sousveil.register.model import Stance
from sousveil.register.types import registry

LATER = {
    "announcedOn": ("plannedFor",),
    "askedOn": ("dueOn", "answeredOn", "refusedOn", "appealedOn"),
    "contractDate": ("endDate",),
    "date": ("expiryDate", "expiresOn"),
    "inForceFrom": ("inForceUntil",),
    "incorporationDate": ("dissolutionDate",),
    "issueDate": ("expiryDate",),
    "issuedOn": ("expiresOn",),
    "periodStart": ("periodEnd", "expiresOn"),
    "proposedOn": ("commentsUntil", "hearingDate"),
    "publishedAt": ("dueOn",),
    "refusedOn": ("appealedOn",),
    "sentOn": ("acknowledgedOn",),
    "startDate": ("endDate", "dueOn"),
}
"""Property -> properties that never lie before it, in the same record."""


def _pairs(type: str) -> list[tuple[str, str]]:
    known = registry.properties(type)
    return [(first, last) for first, many in LATER.items() for last in many if first in known and last in known]


TYPES = tuple(name for name, one in registry.all_types().items() if not one.abstract and _pairs(name))
DATES = {*LATER, *(name for many in LATER.values() for name in many)}


def _check(publication: Publication) -> None:
    dated: dict[str, set[str]] = {}
    for one in publication.statements:
        if one.property in DATES:
            dated.setdefault(one.subject, set()).add(one.property)
        # What itself holds only until an earlier day reads “from May 2027 until January 2020” on every page.
        over = one.property in LATER and one.stance is not Stance.DENIES and lookup.before(one.valid_until, one.value)
        if over:
            label, begins = registry.all_types()[one.type].label, registry.properties(one.type)[one.property].label
            says = f"{label}: what holds until {one.valid_until} would end before “{begins}” ({one.value})"
            hint = "Check both dates. Where a plan was given up, retract it, or publish the status that it has now."
            publication.refuse(one.subject, one.property, "end_before_start", says, hint)
    # A record with no new date is in the order it was in; of a new one with a single date there is nothing to compare.
    subjects = [id for id, dates in dated.items() if len(dates) > 1 or not publication.arrival.is_new(id)]
    for record in publication.records(*TYPES, subjects=subjects) if subjects else ():
        for first, last in _pairs(record.type):
            dates = ((start, end) for start in lookup.texts(record, first) for end in lookup.texts(record, last))
            for start, end in dates:
                if lookup.before(end, start):
                    label, names = registry.all_types()[record.type].label, registry.properties(record.type)
                    says = f"{label}: “{names[last].label}” ({end}) would lie before “{names[first].label}” ({start})"
                    hint = "Check both dates; correct the one that stands already, if that is the wrong one."
                    publication.refuse(record, last, "end_before_start", says, hint)


CHECKS = (Check(name="periods", types=TYPES, run=_check),)
