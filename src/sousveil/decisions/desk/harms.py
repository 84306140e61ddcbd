"""What a regulator is told of a company: the harms on file, by `reported` or better, each with its source and every reply.

Nothing that is only alleged, doubtful, taken back or corrected away is told, and no natural person is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from sousveil.decisions.desk.groups import stands
from sousveil.register.model import Recorded, Standing
from sousveil.register.views.reading import Reader, Record, property_label, type_label
from sousveil.register.views.store import Store

HARMS = ("AbuseIncident", "ClientClaim", "Investigation", "LicenceEvent", "OversightDecision", "Sanction", "Claim")
"""Record types that are told, in this order."""
TOLD_EVENTS = {
    "LicenceEvent": ("revoked", "suspended", "refused"),
    "OversightDecision": ("rejected", "suspended", "ended"),
}
"""Of these only what went against the company."""
MOST = 400
"""Statements in one notice; more are counted as left out."""


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


def vendors_of(store: Store) -> set[str]:
    """Companies that sell a surveillance product, or whose product an incident names."""
    found: set[str] = set()
    for type in ("SurveillanceProduct", "AbuseIncident"):
        ids = _subjects(store, type)
        found |= {
            store.canonical(one.statement.value)
            for one in store.statements_of(ids)
            if one.statement.property == "vendor" and stands(one)
        }
    return found


def owners_above(store: Store, company: str, depth: int = 6) -> dict[str, tuple[str, ...]]:
    """Whoever owns or controls a company, directly or through others -> the companies between, from the company upwards."""
    found: dict[str, tuple[str, ...]] = {}
    level: dict[str, tuple[str, ...]] = {company: ()}
    for _ in range(depth):
        above: dict[str, tuple[str, ...]] = {}
        links = [
            one.statement.subject
            for one in store.statements_to([id for known in level for id in store.members(known)])
            if one.statement.type == "Ownership" and one.statement.property == "asset" and stands(one)
        ]
        ends: dict[str, dict[str, str]] = {}
        for one in store.statements_of(sorted(set(links))):
            if stands(one) and one.statement.property in ("owner", "asset"):
                ends.setdefault(one.statement.subject, {})[one.statement.property] = store.canonical(
                    one.statement.value
                )
        for pair in ends.values():
            owner, asset = pair.get("owner"), pair.get("asset")
            if owner and asset in level and owner not in found and owner != company:
                above[owner] = (*level[asset], asset) if asset != company else ()
        found.update(above)
        level = above
    return found


def told(store: Store, companies: Sequence[str]) -> tuple[tuple[Told, ...], int]:
    """The harms of these companies and their products, and how many statements were left out for length."""
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
    shown.sort(key=lambda one: (HARMS.index(one.type), one.id))
    statements = [one for record in shown for one in record.statements if _may_be_told(one)]
    reader.load_values(statements)
    found = tuple(_told(reader, one) for one in statements[:MOST])
    return found, len(statements) - len(found)


def _told(reader: Reader, one: Recorded) -> Told:
    said = one.statement
    record = reader.records[reader.canonical(said.subject)]
    shown = reader.claim(one).display  # a stage in the words that say no more than the statement
    replies = [answer for answer in reader.replies([one.id]) if answer.retracted is None]
    return Told(
        statement=one.id,
        about=f"{type_label(said.type)}: {reader.caption(record)}",
        says=f"{property_label(said.type, said.property)}: {shown}",
        source=said.source,
        publisher=reader.publisher(said.publisher),
        standing=str(said.standing),
        valid_from=said.valid_from,
        replies=tuple(
            Reply(
                statement=answer.id,
                says=answer.statement.value,
                publisher=reader.publisher(answer.statement.publisher),
                source=answer.statement.source,
            )
            for answer in replies
        ),
    )


def _against(record: Record) -> bool:
    codes = TOLD_EVENTS.get(record.type)
    if codes is None:
        return True
    name = "event" if record.type == "LicenceEvent" else "outcome"
    return record.first(name) in codes


def _may_be_told(one: Recorded) -> bool:
    said = one.statement
    return stands(one) and not said.person and said.standing is not Standing.ALLEGED and bool(said.source)


def _subjects(store: Store, type: str) -> list[str]:
    from sousveil.register.views.store import all_subjects

    return list(all_subjects(store, type))


def names(store: Store, ids: Iterable[str]) -> dict[str, str]:
    """Entity -> its caption."""
    reader = Reader(store)
    wanted = list(ids)
    reader.load(wanted)
    return {one: reader.ref(one).caption for one in wanted}
