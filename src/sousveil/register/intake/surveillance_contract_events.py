"""Contracts and uses of surveillance technology in the United States, June to November 2025.

The titles of the origin argue, so the titles here are ours: one for each event that was read. A contract has buyer, supplier and amount;
an amount that the sources call a ceiling or a total is told in words.
"""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.errors import Malformed
from sousveil.register.intake.model import Dataset, File
from sousveil.register.intake.saying import Speaker, country, link
from sousveil.register.intake.source import Intake, Source
from sousveil.register.model import Standing, Statement, entity_id

EVENTS, SOURCES = "events.csv", "sources.csv"
DATASET = Dataset(
    name="surveillance-contract-events",
    title="US surveillance contracts of 2025",
    publisher="Kleptocracy Timeline",
    source="https://github.com/markramm/KleptocracyTimeline/tree/e87433d9b24371fb8ca5ce571831d300c85c8b09/timeline/data/events",
    licence="CC BY-SA 4.0",
    licence_url="https://creativecommons.org/licenses/by-sa/4.0/",
    attribution="Kleptocracy Timeline, CC BY-SA 4.0",
    share_alike=True,
    snapshot="2025-11-11",
    rows=22,
    class_="surveillance",
    coverage="Seven events in the United States from June to November 2025, each with the press that reports it.",
    not_used_for="A measure of what the United States buy: the seven events are a choice of the origin.",
    files=(
        File(
            name=EVENTS,
            read=("event_id", "date", "vendor", "buyer", "buyer_country", "amount_usd"),
            dropped={
                "title": "The titles argue; ours stand instead.",
                "strength": "Everything here is reported.",
                "origin_status": "The authors' own judgement.",
            },
            least=5,
            most=200,
        ),
        File(
            name=SOURCES,
            read=("event_id", "url"),
            dropped={
                "publisher": "The link says it.",
                "title": "May name natural persons; the link leads to it.",
                "date": "The link says it.",
                "tier": "The authors' own judgement.",
            },
            least=5,
            most=1_000,
        ),
    ),
)
TITLES = {
    "2025-06-01--palantir-ice-surveillance-system": "Palantir's contract for a data system of US immigration enforcement",
    "2025-08-01--palantir-ten-billion-army-contract": "Palantir's framework contract with the US Army",
    "2025-09-02--ice-paragon-spyware-contract-encryption": "US immigration enforcement takes up its contract with Paragon again",
    "2025-09-08--sfpd-illegal-alpr-data-sharing-ice": "Searches by other agencies in San Francisco's licence-plate data are reported",
    "2025-09-09--ice-awards-9-million-facial-recognition-contract-to-clearview-ai": "US contract with Clearview AI",
    "2025-09-30--ice-surveillance-contracts-1-4-billion": "US immigration enforcement's contracts of September 2025",
    "2025-11-04--dhs-mobile-identify-facial-recognition-app": "US Homeland Security gives local police an app that recognises faces",
}
"""Event -> our title. An event that is not here was not read, and is left out."""
CEILINGS = frozenset({"2025-06-01--palantir-ice-surveillance-system", "2025-08-01--palantir-ten-billion-army-contract"})
"""Events whose amount is a ceiling or a total of several contracts."""


def read(source: Source) -> Iterator[Statement]:
    """A contract where vendor and amount are named, else an event; with buyers and vendors."""
    rows = list(source.table(EVENTS))
    links: dict[str, list[str]] = {}
    for row in source.table(SOURCES):
        if address := link(row["url"]):
            links.setdefault(row["event_id"], []).append(address)
    speaker = Speaker(DATASET, source.sha256(EVENTS), standing=Standing.REPORTED)
    for row in rows:
        id = row["event_id"]
        if id not in TITLES:
            source.leave_out("event")
            source.warn(f"{DATASET.name}: events without a title of ours were left out. Read them, then add a title.")
            continue
        if not links.get(id):
            raise Malformed(f"{EVENTS}: {id[:80]} has no source.", hint="Nothing of it was stored.")
        yield from _event(speaker, row, list(dict.fromkeys(links[id])))


def _event(speaker: Speaker, row: dict[str, str], links: list[str]) -> Iterator[Statement]:
    id, first = row["event_id"], links[0]
    subject, code = entity_id(DATASET.name, id), country(row["buyer_country"])
    buyer, vendor = entity_id(DATASET.name, "buyer", row["buyer"]), entity_id(DATASET.name, "vendor", row["vendor"])
    yield from speaker.record(buyer, "PublicBody", source=first, name=row["buyer"], country=code)
    if row["vendor"]:
        yield speaker.say(vendor, "Company", "name", row["vendor"], source=first)
    amount = f"USD {row['amount_usd']}" if row["amount_usd"] else None
    ceiling = f"A ceiling or a total, by the sources: {amount}." if amount and id in CEILINGS else None
    if row["vendor"] and amount:
        type = "Contract"
        yield from speaker.record(
            subject,
            type,
            source=first,
            title=TITLES[id],
            buyer=buyer,
            supplier=vendor,
            amount=None if ceiling else amount,
            contractDate=row["date"],
            note=ceiling,
        )
    else:
        type = "Event"
        yield from speaker.record(
            subject,
            type,
            source=first,
            name=TITLES[id],
            date=row["date"],
            country=code,
            summary=f"Total, by the sources: {amount}." if amount else None,
        )
        for party in (buyer, vendor) if row["vendor"] else (buyer,):
            yield speaker.say(subject, type, "involved", party, source=first)
    for address in links:
        yield speaker.say(subject, type, "sourceUrl", address, source=address)


INTAKE = Intake(DATASET, read)
