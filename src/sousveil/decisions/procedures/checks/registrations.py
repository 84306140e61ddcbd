"""Nobody registers, countersigns (d), orders or withholds (f) in another's name; and what comes after something is not dated before it."""

from __future__ import annotations

from itertools import product

from sousveil.decisions import lookup
from sousveil.decisions.procedures.checks.model import Check, Publication, confirmed
from sousveil.register.edtf import OPEN
from sousveil.register.model import Standing
from sousveil.register.views.reading import Record, span

_KNOWN = "publish what you know of it as `reported`, with its source."
OWN = {
    "Registration": ("company", "A company registers itself",
                     "Sign with the company's own key. What you know of a company is published as statements about it."),
    "ClientRejection": ("vendor", "A company confirms itself that it turned a client away",
                        f"Sign with the company's own key, or {_KNOWN}"),
    "Countersignature": ("authority", "An authority countersigns with its own key",
                         "Sign with the key of the authority, or of its State."),
    "RevocationOrder": ("authority", "An order is issued with the key of the authority, or of its State",
                        f"Publish it as a draft, or {_KNOWN}"),
    "Redaction": ("body", "Who withholds something says so itself", f"Sign with its key, or {_KNOWN}"),
}  # fmt: skip
"""Record type -> the property that names whose own act it is, that rule in words, and what to do."""


def _own(publication: Publication, record: Record) -> None:
    """Raises Refused where this key is not that of whoever acts, or, for an office, of its State."""
    property, rule, hint = OWN[record.type]
    message, state = f"{rule}, and this key belongs to {publication.owner}", property in ("authority", "body")
    publication.only_by(record, property, f"not_the_{property if state else 'company'}", message, hint, state=state)


def _registrations(publication: Publication) -> None:
    reader = publication.reader
    for record in publication.records("Registration"):
        publication.whole(record)
        publication.single(record, "company")
        _own(publication, record)
        earlier = lookup.entities(reader, record, "amends")
        if "amended" in lookup.texts(record, "status") and not earlier:
            message = "An amendment replaces an earlier registration, and this one names none"
            hint = "Name the registration that it replaces, or give the status `submitted`."
            publication.refuse(record, "amends", "amends_nothing", message, hint)
        companies = set(lookup.entities(reader, record, "company"))
        for one in filter(None, map(reader.records.get, earlier)):
            if companies.isdisjoint(lookup.entities(reader, one, "company")):
                message = "The registration that it replaces is of another company"
                hint = "Name an earlier registration of the same company."
                publication.refuse(record, "amends", "another_company", message, hint)


def _rejections(publication: Publication) -> None:
    """That it turned a client away a company confirms itself; others report it, and are named as its publishers."""
    for record in publication.records("ClientRejection"):
        if confirmed(record):
            _own(publication, publication.reader.records.get(record.id, record))


def _countersignatures(publication: Publication) -> None:
    reader = publication.reader
    for record in publication.records("Countersignature"):
        publication.whole(record)
        publication.single(record, "registration", "authority", "outcome")
        _own(publication, record)
        if record.first("outcome") == "confirmed" and not publication.arrival.owner.proofs:
            message = "Only an identified key confirms a registration for a State"
            hint = "Have the operator log that the authority's official domain names the key."
            publication.refuse(record, "outcome", "key_not_identified", message, hint)
        for found in filter(None, map(reader.records.get, lookup.entities(reader, record, "registration"))):
            # nobody else puts off what a company handed in
            day = lookup.day_of(lookup.founded(reader, lookup.as_type(found, "Registration")))
            _after(publication, record, "date", lookup.day_of(record), day, "registration")


def _after(
    publication: Publication, record: Record, property: str, day: str | None, first: str | None, of: str
) -> None:
    """Raises Refused for an act that is dated before what it is about began."""
    if lookup.before(day, first):
        message = f"It is dated {day}, before the {of} of {first}"
        publication.refuse(record, property, f"before_{of}", message, "Check both dates.")


def _orders(publication: Publication) -> None:
    for record in publication.records("RevocationOrder"):
        publication.whole(record)
        issued, drafted = (  # of what others report, the day of publication need not be that of the draft
            [one.statement.value for one in record.stand(name) if one.statement.standing is Standing.CONFIRMED]
            for name in ("issuedOn", "publishedAt")
        )
        for day, draft in product(issued, drafted):
            _after(publication, record, "issuedOn", day, draft, "draft")
        if "issued" in lookup.texts(record, "status") and confirmed(record, "status"):
            _own(publication, record)


def _statements(publication: Publication) -> None:
    """A statement on an inquiry that had not begun ends nothing: by what its publisher, or the inquiry's first publisher, says."""
    reader = publication.reader
    for record in publication.records("PublicStatement", "Investigation"):
        whole = record.type == "PublicStatement"
        ending = [] if whole else lookup.pointing(reader, [record.id], "PublicStatement", "investigation")
        for statement in [record] if whole else map(publication.mine, ending):
            for found in filter(None, map(reader.records.get, lookup.entities(reader, statement, "investigation"))):
                accounts = (lookup.founded(reader, lookup.as_type(found, "Investigation")), publication.mine(found))
                began = next((day for one in accounts if (day := one.first("startDate") or one.first("date"))), None)
                for day in lookup.texts(statement, "statedOn"):
                    _after(publication, record, "statedOn" if whole else "startDate", day, began, "inquiry")


def _redactions(publication: Publication) -> None:
    """What is withheld names its ground and ends (f); nobody withholds in another's name."""
    for record in publication.records("Redaction"):
        publication.whole(record)
        if confirmed(record, "what"):
            if span(record)[1] in (None, OPEN):
                message = "What is withheld is withheld until a day, and none is given"
                hint = "Say until when (endDate); a redaction can be published anew when it has ended."
                publication.refuse(record, "endDate", "no_end", message, hint)
            _own(publication, record)


CHECKS = (
    Check(name="redactions", types=("Redaction",), run=_redactions),
    Check(name="statements", types=("PublicStatement", "Investigation"), run=_statements),
    Check(name="registrations", types=("Registration",), run=_registrations),
    Check(name="rejections", types=("ClientRejection",), run=_rejections),
    Check(name="countersignatures", types=("Countersignature",), run=_countersignatures),
    Check(name="orders", types=("RevocationOrder",), run=_orders),
)
