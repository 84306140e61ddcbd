"""Screening records (j): by the asking authority itself, never by a company or a body that sells surveillance technology."""

from __future__ import annotations

from sousveil.decisions import lookup
from sousveil.decisions.compiled import world_of
from sousveil.decisions.evidence.accounts import firm
from sousveil.decisions.procedures.checks.model import Check, Publication
from sousveil.decisions.procedures.j_lifting import RECORD_DAYS
from sousveil.register.model import Recorded
from sousveil.register.types import is_a
from sousveil.register.views.reading import stands

SELLING = (
    ("SurveillanceProduct", "vendor"), ("Contract", "supplier"), ("ContractAward", "supplier"), ("Supply", "supplier"),
    ("ExportLicence", "licensee"), ("Representation", "agent"),
)  # fmt: skip
"""Records of somebody who sells, and the property that names it."""


def _check(publication: Publication) -> None:
    """A record is for who buys, holds for 30 days at the most, and no more bidders have hits than there are."""
    reader = publication.reader
    for record in publication.records("ScreeningRecord"):
        publication.whole(record)
        publication.single(record, "authority", "logSize", "issuedOn", "expiresOn")
        sells = any(_sells(publication, one) for one in lookup.entities(reader, record, "authority"))
        says = "A screening record is never made for a company, or for a body that sells surveillance technology"
        hint = "The authority that buys asks, and publishes the record with its own key."
        publication.refuse_first(record, (sells, "authority", "asked_by_bidder", says, hint))
        says = f"A screening record names who asked, and this key belongs to {publication.owner}"
        hint = "The authority publishes its own record; it is not transferable."
        publication.only_by(record, "authority", "not_the_authority", says, hint)
        for issued in lookup.texts(record, "issuedOn"):
            last = lookup.later(issued, RECORD_DAYS)
            longer = any(lookup.before(last, one) for one in lookup.texts(record, "expiresOn"))
            says = f"A screening record of {issued} ends on {last}, {RECORD_DAYS} days after it was made"
            hint = "Publish the day that the record itself names, and ask for a new one when it is over."
            publication.refuse_first(record, (longer, "expiresOn", "too_long", says, hint))
        bidders, hits = (lookup.number(record.first(one)) for one in ("bidders", "hits"))
        more = bidders is not None and hits is not None and hits > bidders
        says = f"{hits} bidders with hits are more than the {bidders} bidders"
        publication.refuse_first(record, (more, "hits", "more_hits", says, "Check both."))


def _sells(publication: Publication, authority: str) -> bool:
    """Whether the asker is a company or sells, by its own statement or that of a verified publisher that is no company and does not trade:
    no bidder keeps an authority from screening it by what it reports of the authority."""
    reader, authority = publication.reader, publication.reader.canonical(authority)
    world = world_of(reader, publication.day)
    reader.load([authority])
    whole = reader.records.get(authority)

    def own(one: Recorded) -> bool:
        return lookup.speaks_for(reader, lookup.signer(reader, one), authority)

    def counts(one: Recorded) -> bool:
        by, owner = world.base.signer(one), world.base.canonical(world.base.signer(one).owner)
        bidding = world.base.trades(owner) or (
            (record := world.record(owner)) is not None and is_a(record.type, "Company")
        )
        return own(one) or (by.verified and bool(firm([one])) and not bidding)

    words = [one for one in whole.statements if stands(one)] if whole is not None else []
    words = [one for one in words if own(one)] or (
        lookup.founded(reader, whole).statements if whole is not None else []
    )
    if words and all(is_a(one.statement.type, "Company") for one in words):
        return True
    return any(
        "potential" not in lookup.texts(seller, "clientStage")
        and authority in lookup.entities(reader, seller, property)
        for type, property in SELLING
        for found in lookup.pointing(reader, [authority], type, property)
        for seller in [lookup.only(found, [one for one in found.statements if stands(one) and counts(one)])]
    )


CHECKS = (Check(name="screening-records", types=("ScreeningRecord",), run=_check),)
