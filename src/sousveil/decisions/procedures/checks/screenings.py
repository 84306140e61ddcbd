"""Screening records (j): by the asking authority itself, never by a bidder or a company of its group."""

from __future__ import annotations

from sousveil.decisions import chains, lookup
from sousveil.decisions.procedures.checks.model import Check, Publication
from sousveil.register.views.reading import Reader, Record

SOLD = (
    ("SurveillanceProduct", "vendor"),
    ("Contract", "supplier"),
    ("ContractAward", "supplier"),
    ("Supply", "supplier"),
    ("ExportLicence", "licensee"),
    ("Representation", "agent"),
)
"""Properties that say that somebody sells."""


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
    return any(
        _heard(reader, lookup.signer(reader, one), group)
        for type, property in SOLD
        for other in lookup.pointing(reader, group, type, property)
        for one in other.stand(property)
        if reader.canonical(one.statement.value) in group
    )


def _heard(reader: Reader, owner: str, group: set[str]) -> bool:
    """Whether somebody's word that the asker sells keeps it from screening: its own, or that of somebody who sells none himself. A bidder
    would bar whoever screens it."""
    if not owner.startswith("sv-") or reader.canonical(owner) in group:
        return True
    return not any(lookup.pointing(reader, [owner], type, property) for type, property in SOLD)


CHECKS = (Check(name="screening-records", types=("ScreeningRecord",), run=_check),)
