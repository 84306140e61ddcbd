"""Licences: nothing happens to a licence before it was granted; a review gives reasons and is the issuing State's own."""

from __future__ import annotations

from sousveil.decisions import lookup
from sousveil.decisions.procedures.checks.model import Check, Publication, confirmed
from sousveil.register.model import Recorded
from sousveil.register.views.reading import Record, stands

AFTER_GRANT = frozenset(
    {"amended", "renewed", "suspended", "reinstated", "revoked", "expired", "reviewed", "surrendered"}
)


def _events(publication: Publication) -> None:
    licences: dict[str, None] = {}
    for event in publication.records("LicenceEvent"):
        publication.whole(event)
        publication.single(event, "licence")
        licences.update(dict.fromkeys(lookup.entities(publication.reader, event, "licence")))
    licences.update(dict.fromkeys(one.id for one in publication.records("ExportLicence")))
    for licence in licences:
        _order(publication, licence)


def _order(publication: Publication, licence: str) -> None:
    reader = publication.reader
    reader.load([licence])
    record = reader.records.get(reader.canonical(licence))
    own = publication.mine(record) if record is not None else None
    events = [publication.mine(one) for one in lookup.pointing(reader, [licence], "LicenceEvent", "licence")]
    granted = [(day, one) for one in events if "granted" in lookup.texts(one, "event") and (day := lookup.day_of(one))]
    grants = [day for day, _ in granted] + (lookup.texts(own, "issueDate") if own is not None else [])
    for event in events:
        what = next((one for one in lookup.texts(event, "event") if one in AFTER_GRANT), None)
        day = lookup.day_of(event)
        if what is None or not grants or not all(lookup.before(day, one) for one in grants):
            continue
        new = next((one for one in (event, *(one for _, one in granted)) if publication.new_of(one)), None)
        says = f"The licence would be {what} on {day}, before it was granted on {grants[0]}"
        hint = "Check both dates; where the grant that stands is wrong, correct it first."
        publication.refuse(new or licence, "date" if new else "issueDate", "before_granted", says, hint)


def _reviews(publication: Publication) -> None:
    for review in publication.records("LicenceReview"):
        publication.whole(review)
        publication.single(review, "licence", "outcome", "authority")
        if not confirmed(review):
            continue  # somebody reports of a review: shown, it closes nothing
        authority = lookup.entities(publication.reader, review, "authority")[0]
        says = "Only the authority that decides, or its State, confirms its own review"
        hint = "Publish what you know of it as `reported`, with its source: it is shown and closes nothing."
        publication.only_by(review, "authority", "not_the_authority", says, hint)
        for licence in lookup.entities(publication.reader, review, "licence"):
            _of_issuer(publication, review, authority, licence)


def _of_issuer(publication: Publication, review: Record, authority: str, licence: str) -> None:
    reader = publication.reader
    record = reader.records.get(licence)
    if record is None:
        return
    whole = lookup.as_type(record, "ExportLicence")
    issuers = lookup.entities(reader, lookup.founded(reader, whole), "issuer")
    mine = lookup.country_of(reader, authority)
    theirs = {code for one in issuers if (code := lookup.country_of(reader, one))}
    elsewhere = issuers and authority not in issuers and theirs and mine not in theirs
    says = "The licence was issued by another State, which alone decides on it"
    hint = "Name the licence of your own State, or tell the other State with a notice."
    publication.refuse_first(review, (elsewhere, "authority", "other_state", says, hint))
    grants, day = _grants(publication, whole, issuers), lookup.day_of(review)
    if grants and all(lookup.before(day, one) for one in grants):
        says = f"The review of {day} lies before the grant of {grants[0]}"
        publication.refuse(review, "date", "before_granted", says, "Check both dates.")


def _grants(publication: Publication, licence: Record, issuers: list[str]) -> list[str]:
    """The days of its grant by the word of its issuer, of what that is part of, or of whoever publishes now: nobody else keeps a State from
    its review by a day of his own."""
    reader = publication.reader

    def counts(one: Recorded) -> bool:
        owner = lookup.signer(reader, one)
        return owner == publication.owner or any(lookup.speaks_for_state(reader, owner, id) for id in issuers)

    def of_issuer(record: Record) -> Record:
        return lookup.only(record, [one for one in record.statements if stands(one) and counts(one)])

    events = [of_issuer(one) for one in lookup.pointing(reader, [licence.id], "LicenceEvent", "licence")]
    found = [day for one in events if "granted" in lookup.texts(one, "event") and (day := lookup.day_of(one))]
    return found + lookup.texts(of_issuer(licence), "issueDate")


CHECKS = (
    Check(name="licence-events", types=("LicenceEvent", "ExportLicence"), run=_events),
    Check(name="licence-reviews", types=("LicenceReview",), run=_reviews),
)
