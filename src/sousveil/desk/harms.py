"""What a regulator is told of a company: the harms on file, by `reported` or better, each with its source and every reply.

Nothing that is only alleged, doubtful, taken back or corrected away is told, and no natural person is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from sousveil.decisions import voices
from sousveil.decisions.compiled import Compiled
from sousveil.register.model import Recorded, Standing
from sousveil.register.views.reading import Reader, Record, property_label, span, type_label
from sousveil.register.views.records import stands
from sousveil.register.views.store import Store

HARMS = (
    "AbuseIncident", "ClientClaim", "Investigation", "LicenceEvent", "LicenceReview", "OversightDecision", "Sanction", "Claim",
)  # fmt: skip
"""Record types that are told, in this order."""
TOLD_EVENTS = {
    "LicenceEvent": ("revoked", "suspended", "refused"),
    "LicenceReview": ("revoked", "suspended"),
    "OversightDecision": ("rejected", "suspended", "ended"),
}
"""Of these only what went against the company."""
MOST = 400
"""Statements in one notice; more are counted as left out."""
LONGEST = 4_000
"""Letters of one value that are told; of a longer one the beginning, and how much more stands in the register."""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody answers to a statement."""

    statement: str
    says: str
    publisher: str
    source: str


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One statement of a harm."""

    statement: str
    """Its id in the register, 64 hex digits."""
    about: str
    """The record it belongs to, in words."""
    says: str
    source: str
    publisher: str
    standing: str
    valid_from: str | None
    replies: tuple[Reply, ...]
    """Every one, at the same place."""


def vendors_of(world: Compiled) -> list[str]:
    """Companies that sell a surveillance product, or whose product an incident names; sorted."""
    makers = (
        world.base.canonical(one.statement.value)
        for type in ("SurveillanceProduct", "AbuseIncident")
        for record in world.of_type(type)
        for one in record.stand("vendor")
    )
    return sorted(set(makers))


class Above(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody stands above a company."""

    between: tuple[str, ...]
    """Companies between, from the company upwards."""
    proof: tuple[Recorded, ...]
    """Statements of the holdings, from the company upwards."""


def owners_above(world: Compiled, company: str) -> dict[str, Above]:
    """Whoever owns or controls a company on the day, directly or through others, by `reported` or better; small shares too."""
    owners: dict[str, Above] = {}
    wave: list[tuple[str, Above]] = [(company, Above(between=(), proof=()))]
    for id, below in wave:  # the list grows while it is read
        for link in world.graph.holdings(id):
            if (
                link.kind in ("owner", "part")
                and not link.alleged
                and link.other != company
                and link.other not in owners
            ):
                proof = (*below.proof, *(world.base.statements[one] for one in reversed(link.proof)))
                owners[link.other] = Above(between=below.between, proof=proof)
                wave.append((link.other, Above(between=(*below.between, link.other), proof=proof)))
    return owners


def beneath(world: Compiled) -> dict[str, set[str]]:
    """The companies of `vendors_of`, and whoever stands above one of them, each with those that it sells by."""
    sellers: dict[str, set[str]] = {}
    for vendor in vendors_of(world):
        for company in (vendor, *owners_above(world, vendor)):
            sellers.setdefault(company, set()).add(vendor)
    return sellers


def _firm(one: Recorded) -> bool:
    return stands(one) and one.statement.standing is not Standing.ALLEGED


def told(store: Store, companies: Sequence[str]) -> tuple[tuple[Told, ...], int]:
    """The harms of these companies and their products, and how many statements were left out for length."""
    dated, left = told_with_days(store, companies)
    return tuple(one for one, _ in dated), left


def told_with_days(store: Store, companies: Sequence[str]) -> tuple[tuple[tuple[Told, str | None], ...], int]:
    """The same, each with the date on which the harm began; None where that is not on file."""
    reader = Reader(store)
    asked = [id for one in companies for id in store.members(one)]
    products = [
        one.statement.subject
        for one in store.statements_to(asked)
        if one.statement.type == "SurveillanceProduct" and one.statement.property == "vendor" and stands(one)
    ]
    records = sorted(
        {
            one.statement.subject
            for one in store.statements_to([*asked, *sorted(set(products))])
            if one.statement.type in HARMS and stands(one)
        }
    )
    licences = [
        one.statement.subject
        for one in store.statements_to(asked)
        if one.statement.type == "ExportLicence" and stands(one)
    ]
    records += sorted(
        {
            one.statement.subject
            for one in store.statements_to(sorted(set(licences)))
            if one.statement.type in HARMS and stands(one)
        }
        - set(records)
    )
    reader.load(records)
    shown = [reader.records[one] for one in dict.fromkeys(map(reader.canonical, records)) if one in reader.records]
    shown = [one for one in shown if _against(one)]
    shown.sort(key=lambda one: (min(HARMS.index(kind) for kind in HARMS if voices.is_called(one, kind)), one.id))
    statements = [one for record in shown for one in record.statements if _may_be_told(one)]
    named = sorted({one.statement.value for one in statements if _is_id(one)})
    persons = {one.statement.subject for one in store.statements_of(named) if one.statement.type == "Person"}
    statements = [one for one in statements if one.statement.value not in persons]
    reader.load_values(statements)
    found = tuple(
        (_told(reader, one), span(reader.records[reader.canonical(one.statement.subject)])[0])
        for one in statements[:MOST]
    )
    return found, len(statements) - len(found)


def _told(reader: Reader, one: Recorded) -> Told:
    said = one.statement
    record = reader.records[reader.canonical(said.subject)]
    caption = reader.caption(record)  # of a record without a name it begins with its type
    shown = reader.claim(one).display  # a stage in the words that say no more than the statement
    replies = [answer for answer in reader.replies([one.id]) if may_be_read(answer)]
    return Told(
        statement=one.id,
        about=caption if caption.startswith(type_label(said.type)) else f"{type_label(said.type)}: {caption}",
        says=f"{property_label(said.type, said.property)}: {shortened(shown)}",
        source=said.source,
        publisher=reader.publisher(said.publisher),
        standing=str(said.standing),
        valid_from=said.valid_from,
        replies=tuple(
            Reply(
                statement=answer.id,
                says=shortened(answer.statement.value),
                publisher=reader.publisher(answer.statement.publisher),
                source=answer.statement.source,
            )
            for answer in replies
        ),
    )


def _against(record: Record) -> bool:
    """Whether a record tells of a harm, as one of the types that it is called: calling it another one hides nothing."""
    kinds = {one.statement.type for one in record.statements if stands(one)} & set(HARMS)
    for kind in kinds:
        codes = TOLD_EVENTS.get(kind)
        if codes is None or record.first("event" if kind == "LicenceEvent" else "outcome") in codes:
            return True
    return False


def _may_be_told(one: Recorded) -> bool:
    return _firm(one) and not one.statement.person and bool(one.statement.source)


def may_be_read(one: Recorded) -> bool:
    """Whether a reply may be handed on: it was not taken back, corrected or put in doubt, and tells of no natural person."""
    return one.retracted is None and one.superseded_by is None and not one.doubtful and not one.statement.person


def shortened(text: str) -> str:
    """A value that is not longer than a notice bears; that it is shortened, and by how much, is said."""
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]} (and {len(text) - LONGEST:,} letters more, which stand in the register)"


def _is_id(one: Recorded) -> bool:
    return one.statement.value.startswith("sv-")


def names(store: Store, ids: Iterable[str]) -> dict[str, str]:
    """Entity -> its caption."""
    reader = Reader(store)
    wanted = list(ids)
    reader.load(wanted)
    return {one: reader.ref(one).caption for one in wanted}
