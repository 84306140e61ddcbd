"""Screening records (j): by the asking authority itself, never by a bidder or a company of its group."""

from __future__ import annotations

from sousveil.decisions import lookup, voices
from sousveil.decisions.boards import world_of
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.index import Signed
from sousveil.decisions.own_group import OWNERSHIP, Group
from sousveil.decisions.procedures.checks.model import Check, Publication
from sousveil.decisions.procedures.j_lifting import RECORD_DAYS
from sousveil.register.model import Recorded
from sousveil.register.types import is_a
from sousveil.register.views.reading import Record, stands


def _check(publication: Publication) -> None:
    reader = publication.reader
    for record in publication.records("ScreeningRecord"):
        publication.whole(record)
        publication.single(record, "authority", "logSize", "issuedOn", "expiresOn")
        for authority in lookup.entities(reader, record, "authority"):
            if _sells(publication, authority):
                publication.refuse(
                    record,
                    "authority",
                    "asked_by_bidder",
                    "A screening record is never made for a bidder, a vendor, or a company of their group",
                    "The authority that buys asks, and publishes the record with its own key.",
                )
        publication.only_by(
            record,
            "authority",
            "not_the_authority",
            f"A screening record names who asked, and this key belongs to {publication.owner}",
            "The authority publishes its own record; it is not transferable.",
        )
        _ends(publication, record)


def _ends(publication: Publication, record: Record) -> None:
    """A record holds for 30 days at the most, and no more bidders have hits than there are."""
    for issued in lookup.texts(record, "issuedOn"):
        last = lookup.later(issued, RECORD_DAYS)
        if any(lookup.before(last, one) for one in lookup.texts(record, "expiresOn")):
            publication.refuse(
                record,
                "expiresOn",
                "too_long",
                f"A screening record of {issued} ends on {last}, {RECORD_DAYS} days after it was made",
                "Publish the day that the record itself names, and ask for a new one when it is over.",
            )
    bidders, hits = (lookup.number(record.first(one)) for one in ("bidders", "hits"))
    if bidders is not None and hits is not None and hits > bidders:
        publication.refuse(
            record, "hits", "more_hits", f"{hits} bidders with hits are more than the {bidders} bidders", "Check both."
        )


SELLING = (
    ("SurveillanceProduct", "vendor"),
    ("Contract", "supplier"),
    ("ContractAward", "supplier"),
    ("Supply", "supplier"),
    ("ExportLicence", "licensee"),
    ("Representation", "agent"),
)
"""What says of somebody that it sells, and the property that names it."""


def _sells(publication: Publication, authority: str) -> bool:
    """Whether the asker is a company, or it or one of its group sells surveillance technology or bids in this tender.

    As its own side says, or somebody verified who sells nothing: a bidder that says so of the authority keeps it from asking about nobody.
    """
    reader = publication.reader
    if _company(publication, authority):
        return True
    group = Group(reader, authority, publication.day, _world(publication))

    def counts(one: Recorded) -> bool:
        publisher = group.publisher(one)
        return publisher in group.side or (group.firm(one) and not _seller(publication, group, publisher))

    whole = set(group.affiliated(group.asker, counts, kinds=OWNERSHIP))
    for type, property in SELLING:
        for found in lookup.pointing(reader, sorted(whole), type, property):
            told = voices.only(found, [one for one in found.statements if stands(one) and counts(one)])
            if "potential" not in lookup.texts(told, "clientStage") and whole & set(
                lookup.entities(reader, told, property)
            ):
                return True
    return False


def _world(publication: Publication) -> Compiled:
    """The register as decisions see it with this publication in it, and with those of the same batch that the log does not hold yet."""
    base = world_of(publication.reader, publication.day).base
    arrival = publication.arrival
    batch = [one for one in arrival.look().iter_statements(since=base.known_on) if one.recorded < arrival.index]
    keys = {entry: key for entry, (_, key) in publication.reader.store.told_by([one.recorded for one in batch]).items()}
    states = {entry: arrival.ring.find(key) for entry, key in keys.items()} | {arrival.index: arrival.owner}
    signers = {
        entry: Signed(state.owner, state.verified, (state.verified and state.domain) or "", state.key_id)
        for entry, state in states.items()
        if state is not None
    }
    return Compiled(base.with_arrivals([*batch, *publication.new], signers), publication.day)


def _company(publication: Publication, authority: str) -> bool:
    """Whether the asker is called a company by its own word; where it says nothing of itself, by that of who told of it first."""
    reader = publication.reader
    reader.load([authority])
    whole = reader.records.get(reader.canonical(authority))
    if whole is None:
        return False
    own = [
        one
        for one in whole.statements
        if stands(one) and lookup.speaks_for(reader, lookup.signer(reader, one), authority)
    ]
    told = own or voices.founded(reader, whole).statements
    return bool(told) and all(is_a(one.statement.type, "Company") for one in told)


def _seller(publication: Publication, group: Group, owner: str) -> bool:
    """Whether somebody is a company, or sells, by its own word or a verified one: what it says of who asks is no independent word."""
    if not owner.startswith("sv-"):
        return False
    reader = publication.reader
    reader.load([owner])
    return _company(publication, owner) or any(
        stands(one) and one.statement.property == property and (group.publisher(one) == owner or group.firm(one))
        for type, property in SELLING[:5]
        for record in lookup.pointing(reader, [owner], type, property)
        for one in record.statements
    )


CHECKS = (Check(name="screening-records", types=("ScreeningRecord",), run=_check),)
