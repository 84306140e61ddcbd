"""What ends before it begins: contracts, licences, deployments, and every other record with a beginning and an end."""

from __future__ import annotations

from sousveil.decisions import lookup
from sousveil.decisions.procedures.checks.model import Check, Publication
from sousveil.register.model import Stance
from sousveil.register.types import registry
from sousveil.register.views.reading import Record

PAIRS = (
    ("startDate", "endDate"),
    ("issueDate", "expiryDate"),
    ("inForceFrom", "inForceUntil"),
    ("periodStart", "periodEnd"),
    ("periodStart", "expiresOn"),
    ("issuedOn", "expiresOn"),
    ("incorporationDate", "dissolutionDate"),
    ("contractDate", "endDate"),
    ("askedOn", "dueOn"),
    ("askedOn", "answeredOn"),
    ("askedOn", "refusedOn"),
    ("askedOn", "appealedOn"),
    ("refusedOn", "appealedOn"),
    ("proposedOn", "commentsUntil"),
    ("proposedOn", "hearingDate"),
    ("startDate", "dueOn"),
    ("publishedAt", "dueOn"),
    ("date", "expiryDate"),
    ("date", "expiresOn"),
    ("sentOn", "acknowledgedOn"),
    ("announcedOn", "plannedFor"),
)
"""Property -> property that never lies before it, in the same record."""


def _pairs(type: str) -> list[tuple[str, str]]:
    known = registry.properties(type)
    return [(first, last) for first, last in PAIRS if first in known and last in known]


TYPES = tuple(name for name, one in registry.all_types().items() if not one.abstract and _pairs(name))


DATES = {name for pair in PAIRS for name in pair}
FIRST = {first for first, _ in PAIRS}


def _check(publication: Publication) -> None:
    _held(publication)
    said: dict[str, set[str]] = {}
    for one in publication.statements:
        if one.property in DATES:
            said.setdefault(one.subject, set()).add(one.property)
    # A record with no new date is in the order it was in; of a new one with a single date there is nothing to compare.
    subjects = [id for id, dates in said.items() if len(dates) > 1 or not publication.arrival.is_new(id)]
    if not subjects:
        return
    for record in publication.records(*TYPES, subjects=subjects):
        for first, last in _pairs(record.type):
            _order(publication, record, first, last)


def _held(publication: Publication) -> None:
    """A statement about a beginning that itself holds only until an earlier day: “from May 2027 until January 2020” on every page."""
    for one in publication.statements:
        if one.property in FIRST and one.stance is not Stance.DENIES and lookup.before(one.valid_until, one.value):
            label, begins = registry.all_types()[one.type].label, registry.properties(one.type)[one.property].label
            publication.refuse(
                one.subject,
                one.property,
                "end_before_start",
                f"{label}: what holds until {one.valid_until} would end before “{begins}” ({one.value})",
                "Check both dates. Where a plan was given up, retract it, or publish the status that it has now.",
            )


def _order(publication: Publication, record: Record, first: str, last: str) -> None:
    for start in lookup.texts(record, first):
        for end in lookup.texts(record, last):
            if lookup.before(end, start):
                label, names = registry.all_types()[record.type].label, registry.properties(record.type)
                publication.refuse(
                    record,
                    last,
                    "end_before_start",
                    f"{label}: “{names[last].label}” ({end}) would lie before “{names[first].label}” ({start})",
                    "Check both dates; correct the one that stands already, if that is the wrong one.",
                )


CHECKS = (Check(name="periods", types=TYPES, run=_check),)
