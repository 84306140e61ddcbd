"""Nobody registers, or countersigns, as somebody else (d); nobody orders in the name of another State's authority."""

from __future__ import annotations

from sousveil.decisions import lookup, voices
from sousveil.decisions.procedures.checks.model import Check, Publication
from sousveil.register.model import Standing
from sousveil.register.views.reading import Record


def _registrations(publication: Publication) -> None:
    reader = publication.reader
    for record in publication.records("Registration"):
        publication.whole(record)
        publication.single(record, "company")
        for company in lookup.entities(reader, record, "company"):
            if not lookup.speaks_for(reader, publication.owner, company):
                publication.refuse(
                    record,
                    "company",
                    "not_the_company",
                    f"A company registers itself, and this key belongs to {publication.owner}",
                    "Sign with the company's own key. What you know of a company is published as statements about it.",
                )
        if "amended" in lookup.texts(record, "status") and not lookup.entities(reader, record, "amends"):
            publication.refuse(
                record,
                "amends",
                "amends_nothing",
                "An amendment replaces an earlier registration, and this one names none",
                "Name the registration that it replaces, or give the status `submitted`.",
            )
        for earlier in filter(None, map(reader.records.get, lookup.entities(reader, record, "amends"))):
            if not set(lookup.entities(reader, earlier, "company")) & set(lookup.entities(reader, record, "company")):
                publication.refuse(
                    record,
                    "amends",
                    "another_company",
                    "The registration that it replaces is of another company",
                    "Name an earlier registration of the same company.",
                )


def _rejections(publication: Publication) -> None:
    """That it turned a client away a company confirms itself; whoever else knows of it reports it, and is named as the one who says it."""
    reader = publication.reader
    for record in publication.records("ClientRejection"):
        if not any(one.statement.standing is Standing.CONFIRMED for one in record.statements):
            continue
        whole = reader.records.get(record.id, record)
        for vendor in lookup.entities(reader, whole, "vendor"):
            if not lookup.speaks_for(reader, publication.owner, vendor):
                publication.refuse(
                    record,
                    "vendor",
                    "not_the_company",
                    f"A company confirms itself that it turned a client away, and this key belongs to {publication.owner}",
                    "Sign with the company's own key, or publish what you know as `reported`, with its source.",
                )


def _countersignatures(publication: Publication) -> None:
    reader = publication.reader
    for record in publication.records("Countersignature"):
        publication.whole(record)
        publication.single(record, "registration", "authority", "outcome")
        for authority in lookup.entities(reader, record, "authority"):
            if not lookup.speaks_for_state(reader, publication.owner, authority):
                publication.refuse(
                    record,
                    "authority",
                    "not_the_authority",
                    f"An authority countersigns with its own key, and this one belongs to {publication.owner}",
                    "Sign with the key of the authority, or of its State.",
                )
            if record.first("outcome") == "confirmed" and not publication.verified:
                publication.refuse(
                    record,
                    "outcome",
                    "key_not_verified",
                    "Only a verified key confirms a registration for a State",
                    "Have the key verified: the official domain names it, two independent organisations vouch for it.",
                )
        for registration in lookup.entities(reader, record, "registration"):
            found = reader.records.get(registration)
            told = voices.founded(reader, voices.as_type(found, "Registration")) if found is not None else None
            day = lookup.day_of(told) if told is not None else None  # nobody else puts off what a company handed in
            if lookup.before(lookup.day_of(record), day):
                publication.refuse(
                    record,
                    "date",
                    "before_registration",
                    f"The registration that it countersigns began only on {day}",
                    "Check both dates.",
                )


def _confirmed(record: Record, property: str) -> list[str]:
    """The values that the publisher confirms: of what others report, the day of publication need not be that of the draft."""
    return [one.statement.value for one in record.stand(property) if one.statement.standing is Standing.CONFIRMED]


def _acts(publication: Publication) -> None:
    reader = publication.reader
    for record in publication.records("RevocationOrder"):
        publication.whole(record)
        for day in _confirmed(record, "issuedOn"):
            for draft in _confirmed(record, "publishedAt"):
                if lookup.before(day, draft):
                    publication.refuse(
                        record,
                        "issuedOn",
                        "before_draft",
                        f"The order would be issued on {day}, before its draft of {draft}",
                        "Check both dates.",
                    )
        issued = "issued" in lookup.texts(record, "status")
        firm = any(one.statement.standing is Standing.CONFIRMED for one in record.stand("status"))
        for authority in lookup.entities(reader, record, "authority"):
            if issued and firm and not lookup.speaks_for_state(reader, publication.owner, authority):
                publication.refuse(
                    record,
                    "authority",
                    "not_the_authority",
                    "An order is issued with the key of the authority, or of its State",
                    "Publish it as a draft, or what you know of it as `reported`.",
                )


def _statements(publication: Publication) -> None:
    """A statement on an inquiry that had not begun ends nothing: by what its publisher, or whoever told of the inquiry first, says."""
    reader = publication.reader
    statements = {one.id: one for one in publication.records("PublicStatement")}
    for inquiry in publication.records("Investigation"):
        pointing = lookup.pointing(reader, [inquiry.id], "PublicStatement", "investigation")
        statements |= {one.id: publication.mine(one) for one in pointing if one.id not in statements}
    for record in statements.values():
        for id in lookup.entities(reader, record, "investigation"):
            found = reader.records.get(id)
            if found is None:
                continue
            told = (voices.founded(reader, voices.as_type(found, "Investigation")), publication.mine(found))
            began = next((day for one in told if (day := one.first("startDate") or one.first("date"))), None)
            for day in lookup.texts(record, "statedOn"):
                if lookup.before(day, began):
                    new = record if publication.new_of(record) else found
                    publication.refuse(
                        new,
                        "statedOn" if new is record else "startDate",
                        "before_inquiry",
                        f"The statement would be of {day}, before the inquiry that it ends began on {began}",
                        "Check both dates; where the one that stands is wrong, correct it first.",
                    )


CHECKS = (
    Check(name="statements", types=("PublicStatement", "Investigation"), run=_statements),
    Check(name="registrations", types=("Registration",), run=_registrations),
    Check(name="rejections", types=("ClientRejection",), run=_rejections),
    Check(name="countersignatures", types=("Countersignature",), run=_countersignatures),
    Check(name="orders", types=("RevocationOrder",), run=_acts),
)
