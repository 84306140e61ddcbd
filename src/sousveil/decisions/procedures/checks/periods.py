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


def _check(publication: Publication) -> None:
    for record in publication.records(*TYPES):
        for first, last in _pairs(record.type):
            _order(publication, record, first, last)


def _order(publication: Publication, record: Record, first: str, last: str) -> None:
    for start in lookup.texts(record, first):
        for end in lookup.texts(record, last):
            if lookup.before(end, start):
                label = registry.all_types()[record.type].label
                publication.refuse(
                    record,
                    last,
                    "end_before_start",
                    f"The {label.lower()} would end ({last} {end}) before it begins ({first} {start})",
                    "Check both dates; correct the one that stands already, if that is the wrong one.",
                )


CHECKS = (Check(name="periods", types=TYPES, run=_check),)
