"""Nobody registers, countersigns (d), orders or withholds (f) in another's name; and what comes after something is not dated before it."""

from __future__ import annotations

from itertools import product

from sousveil.decisions import lookup, voices
from sousveil.decisions.procedures.checks.model import Check, Publication, confirmed
from sousveil.register.edtf import OPEN
from sousveil.register.model import Standing
from sousveil.register.views.reading import span


def _registrations(publication: Publication) -> None:
    for record in publication.records("Registration"):
        publication.whole(record)
        publication.single(record, "company")
        publication.only_by(
            record,
            "company",
            "not_the_company",
            f"A company registers itself, and this key belongs to {publication.owner}",
            "Sign with the company's own key. What you know of a company is published as statements about it.",
            state=False,
        )
        reader = publication.reader
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
    for record in publication.records("ClientRejection"):
        if confirmed(record):
            publication.only_by(
                publication.reader.records.get(record.id, record),
                "vendor",
                "not_the_company",
                f"A company confirms itself that it turned a client away, and this key belongs to {publication.owner}",
                "Sign with the company's own key, or publish what you know as `reported`, with its source.",
                state=False,
            )


def _countersignatures(publication: Publication) -> None:
    reader = publication.reader
    for record in publication.records("Countersignature"):
        publication.whole(record)
        publication.single(record, "registration", "authority", "outcome")
        publication.only_by(
            record,
            "authority",
            "not_the_authority",
            f"An authority countersigns with its own key, and this one belongs to {publication.owner}",
            "Sign with the key of the authority, or of its State.",
        )
        if record.first("outcome") == "confirmed" and not publication.arrival.owner.proofs:
            publication.refuse(
                record,
                "outcome",
                "key_not_identified",
                "Only an identified key confirms a registration for a State",
                "Have the operator log that the authority's official domain names the key.",
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


def _acts(publication: Publication) -> None:
    for record in publication.records("RevocationOrder"):
        publication.whole(record)
        issued, drafted = (  # of what others report, the day of publication need not be that of the draft
            [one.statement.value for one in record.stand(name) if one.statement.standing is Standing.CONFIRMED]
            for name in ("issuedOn", "publishedAt")
        )
        for day, draft in product(issued, drafted):
            if lookup.before(day, draft):
                publication.refuse(
                    record,
                    "issuedOn",
                    "before_draft",
                    f"The order would be issued on {day}, before its draft of {draft}",
                    "Check both dates.",
                )
        if "issued" in lookup.texts(record, "status") and confirmed(record, "status"):
            publication.only_by(
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


def _redactions(publication: Publication) -> None:
    """What is withheld names its ground and ends (f); nobody withholds in another's name."""
    for record in publication.records("Redaction"):
        publication.whole(record)
        if not confirmed(record, "what"):
            continue
        until = span(record)[1]
        if until is None or until == OPEN:
            publication.refuse(
                record,
                "endDate",
                "no_end",
                "What is withheld is withheld until a day, and none is given",
                "Say until when (endDate); a redaction can be published anew when it has ended.",
            )
        publication.only_by(
            record,
            "body",
            "not_the_body",
            f"Who withholds something says so itself, and this key belongs to {publication.owner}",
            "Publish what you know of it as `reported`, with its source.",
        )


CHECKS = (
    Check(name="redactions", types=("Redaction",), run=_redactions),
    Check(name="statements", types=("PublicStatement", "Investigation"), run=_statements),
    Check(name="registrations", types=("Registration",), run=_registrations),
    Check(name="rejections", types=("ClientRejection",), run=_rejections),
    Check(name="countersignatures", types=("Countersignature",), run=_countersignatures),
    Check(name="orders", types=("RevocationOrder",), run=_acts),
)
