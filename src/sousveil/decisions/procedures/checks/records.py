"""Limits for every record: no source speaks after today, nothing ends before it begins, texts have words, nobody buries reviewers."""

from __future__ import annotations

from datetime import date, timedelta

from sousveil.decisions import lookup
from sousveil.decisions.procedures import registry as procedures
from sousveil.decisions.procedures.checks.publication import Publication
from sousveil.register.gates import Arrival
from sousveil.register.model import Stance
from sousveil.register.refusal import Refused
from sousveil.register.types import registry
from sousveil.register.types.cleaning import says_something
from sousveil.register.types.model import Kind

WAITING_MAX = 200
"""Publications of one owner that may wait for reviewers at the same time. How fast a key may publish is counted in web/limits.py."""


def check_arrival(arrival: Arrival) -> None:
    """Raises Refused for a source that speaks after today, and for one more publication where many of its owner wait for reviewers."""
    tomorrow = (date.fromisoformat(arrival.day) + timedelta(days=1)).isoformat()  # it is tomorrow somewhere
    for at, one in enumerate(arrival.statements):
        if one.asserted and one.asserted > tomorrow and lookup.before(tomorrow, one.asserted):
            raise Refused(
                f"Statement {at}: asserted: The source is dated {one.asserted}, and today is {arrival.day}.",
                field=f"statements[{at}].asserted",
                code="asserted_later",
                hint="Check the day on which the source said it.",
            )
    if not arrival.held:
        return
    owner = arrival.owner.owner
    waiting = arrival.look().db.number(
        "SELECT count(*) FROM held WHERE owner = ? AND state IN ('waiting', 'notice')", (owner,)
    )
    if waiting >= WAITING_MAX:
        raise Refused(
            f"{waiting:,} publications of {owner} wait for reviewers already; no more are taken.",
            field="statements",
            code="too_many_waiting",
            hint="Wait until reviewers have read some of them, or publish what needs no review apart.",
        )


# Beginnings and ends


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
DATES = {*LATER, *(name for many in LATER.values() for name in many)}
TYPES = {name: registry.properties(name) for name, one in registry.all_types().items() if not one.abstract}


def _periods(publication: Publication) -> None:
    """What ends before it begins: contracts, licences, deployments, and every other record with a beginning and an end."""
    dated: dict[str, set[str]] = {}
    for one in publication.statements:
        if one.property in DATES:
            dated.setdefault(one.subject, set()).add(one.property)
    # A record with no new date is in the order it was in; of a new one with a single date there is nothing to compare.
    subjects = {id for id, dates in dated.items() if len(dates) > 1 or not publication.arrival.is_new(id)}
    for record in publication.records(*PERIODS, subjects=subjects):
        pairs = (
            (start, first, last) for first, many in LATER.items() for start in record.stand(first) for last in many
        )
        for start, first, last in pairs:
            begins = start.statement.value
            for end in lookup.texts(record, last):
                if lookup.before(end, begins):
                    names = TYPES[record.type]
                    says = f"“{names[last].label}” ({end}) would lie before “{names[first].label}” ({begins})"
                    hint = "Check both dates, and correct the wrong one."
                    publication.refuse(record, last, "end_before_start", says, hint)


# Words


GIVEN = {"reason", "necessity", "proportionality", "legality"}
"""Properties in which reasons are given."""


def _asked(type: str) -> frozenset[str]:
    """Texts that a form of a procedure asks for of such a record, and reasons."""
    forms = (form for one in procedures.all_procedures().values() for form in one.forms)
    fields = {field.property for form in forms if registry.is_a(type, form.type) for field in form.fields}
    texts = {one for one in fields if TYPES[type][one].kind == Kind.TEXT}
    return frozenset(texts | (TYPES[type].keys() & GIVEN) if texts else ())


WORDS = {name: asked for name in TYPES if (asked := _asked(name))}
"""Record type -> properties that need words."""


def _words(publication: Publication) -> None:
    """A dot or a dash says nothing: a part of a report, a finding or an answer counts because something is written there."""
    for one in publication.statements:
        if (
            one.property in WORDS.get(one.type, ())
            and one.stance is not Stance.DENIES
            and not says_something(one.value)
        ):
            of = TYPES[one.type][one.property]
            says = f"“{of.label}” needs words: this holds no letter and no digit"
            hint = f"Say it in words{'' if of.required else ', or leave it out'}."
            publication.refuse(one.subject, one.property, "no_words", says, hint)


PERIODS = frozenset(
    name
    for name, known in TYPES.items()
    if any(one in known and not known.keys().isdisjoint(LATER[one]) for one in LATER)
)
CHECKS = ((PERIODS, _periods), (frozenset(WORDS), _words))
