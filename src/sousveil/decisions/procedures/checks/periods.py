"""What ends before it begins: contracts, licences, deployments, and every other record with a beginning and an end."""

from __future__ import annotations

from sousveil.decisions import lookup
from sousveil.decisions.procedures.checks.model import Check, Publication
from sousveil.register.types import registry
from sousveil.register.views.reading import Record

PAIRS = (
    ("startDate", "endDate"),
    ("issueDate", "expiryDate"),
    ("inForceFrom", "inForceUntil"),
    ("periodStart", "periodEnd"),
    ("issuedOn", "expiresOn"),
    ("incorporationDate", "dissolutionDate"),
    ("contractDate", "endDate"),
    ("askedOn", "dueOn"),
    ("askedOn", "answeredOn"),
    ("askedOn", "refusedOn"),
    ("refusedOn", "appealedOn"),
    ("proposedOn", "commentsUntil"),
    ("date", "expiryDate"),
    ("sentOn", "acknowledgedOn"),
    ("announcedOn", "plannedFor"),
)
"""Property -> property that never lies before it, in the same record."""


def _pairs(type: str) -> list[tuple[str, str]]:
    known = registry.properties(type)
    return [(first, last) for first, last in PAIRS if first in known and last in known]


TYPES = tuple(name for name, one in registry.all_types().items() if not one.abstract and _pairs(name))


DATES = {name for pair in PAIRS for name in pair}


def _check(publication: Publication) -> None:
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
