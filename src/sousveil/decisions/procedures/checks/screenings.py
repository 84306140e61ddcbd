"""Screening records (j): by the asking authority itself, never by a bidder or a company of its group."""

from __future__ import annotations

from sousveil.decisions import chains, lookup
from sousveil.decisions.procedures.checks.model import Check, Publication
from sousveil.register.views.reading import Record


def _check(publication: Publication) -> None:
    reader = publication.reader
    for record in publication.records("ScreeningRecord"):
        publication.whole(record)
        publication.single(record, "authority", "logSize", "issuedOn", "expiresOn")
        for authority in lookup.entities(reader, record, "authority"):
            if _sells(publication, record, authority):
                publication.refuse(
                    record,
                    "authority",
                    "asked_by_bidder",
                    "A screening record is never made for a bidder, a vendor, or a company of their group",
                    "The authority that buys asks, and publishes the record with its own key.",
                )
            if not lookup.speaks_for_state(reader, publication.owner, authority):
                publication.refuse(
                    record,
                    "authority",
                    "not_the_authority",
                    f"A screening record names who asked, and this key belongs to {publication.owner}",
                    "The authority publishes its own record; it is not transferable.",
                )


def _sells(publication: Publication, record: Record, authority: str) -> bool:
    """Whether the asker, or a company of its group, sells surveillance technology or bids in this tender."""
    reader = publication.reader
    group = chains.group(reader, authority, publication.day)
    for type, property in (
        ("SurveillanceProduct", "vendor"),
        ("Contract", "supplier"),
        ("ContractAward", "supplier"),
        ("Supply", "supplier"),
        ("ExportLicence", "licensee"),
        ("Representation", "agent"),
    ):
        if lookup.pointing(reader, group, type, property):
            return True
    return False


CHECKS = (Check(name="screening-records", types=("ScreeningRecord",), run=_check),)
