"""Argus: a small list of spyware vendors with customers, incidents and legal actions, each with the address of a report.

The list was partly made with a machine, and mixes places of targets with places of operators. It is read as pointers: its standing is that
of a report, whatever the list itself calls it, and no rule reads it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sousveil.errors import Malformed
from sousveil.register.intake.model import Dataset, File
from sousveil.register.intake.saying import Speaker, country, link
from sousveil.register.intake.source import Intake, Source
from sousveil.register.model import Standing, Statement, entity_id
from sousveil.register.types.countries import country_name

VENDORS, PRODUCTS, LINKS = "vendors.csv", "products.csv", "corporate-links.csv"
CUSTOMERS, INCIDENTS, ACTIONS, SOURCES = "customers.csv", "incidents.csv", "legal-actions.csv", "sources.csv"
_STRENGTH = "The list's own word, which nobody tested here."
DATASET = Dataset(
    name="argus-facts",
    title="Argus: spyware vendors, customers, incidents",
    publisher="Argus",
    source="https://github.com/williamtheconqueror48-art/argus/tree/7b31ca4d3491278d67db3a5bbed66f81c29e35e9/data",
    licence="None stated: facts only",
    licence_stated=False,
    licence_url="https://github.com/williamtheconqueror48-art/argus",
    attribution="Argus (facts only, in other words)",
    context=True,
    snapshot="2026-09-24",
    rows=110,
    class_="surveillance",
    coverage=(
        "25 vendors, 9 products, 14 corporate links, 15 customers, 23 incidents and 5 legal actions as pointers to 19 reports. Partly made "
        "with a machine. Natural persons are left out."
    ),
    not_used_for="Proof of anything by itself: open the report that it points to.",
    files=(
        File(
            name=VENDORS,
            read=("vendor_id", "name", "aliases", "country_hq", "source_ids"),
            dropped={"status": "Out of date for some: QuaDream is called active."},
            least=20,
            most=500,
        ),
        File(name=PRODUCTS, read=("product_id", "name", "vendor_id", "category", "source_ids"), least=5, most=500),
        File(
            name=LINKS, read=("entity", "jurisdiction", "role", "vendor_id", "note", "source_ids"), least=10, most=500
        ),
        File(
            name=CUSTOMERS,
            read=("vendor_id", "product_id", "customer", "country", "first_reported_year", "source_ids"),
            dropped={"claim_strength": _STRENGTH},
            least=10,
            most=500,
        ),
        File(
            name=INCIDENTS,
            read=("vendor_id", "product_id", "date", "country", "who", "vector", "source_ids"),
            dropped={"claim_strength": _STRENGTH},
            least=15,
            most=1_000,
        ),
        File(
            name=ACTIONS,
            read=(
                "action_id",
                "type",
                "jurisdiction",
                "date_filed",
                "date_resolved",
                "title",
                "outcome",
                "vendor_ids",
                "source_ids",
            ),
            dropped={"docket_url": "The source is the same address."},
            least=3,
            most=500,
        ),
        File(
            name=SOURCES,
            read=("source_id", "publisher", "title", "date", "url"),
            dropped={"origin_check": "What the list's author did; nobody repeated it here."},
            least=10,
            most=500,
        ),
    ),
)
Sources = Mapping[str, str]
"""Source id -> its address, else how it is cited."""


def read(source: Source) -> Iterator[Statement]:
    """Vendors, products, links, customers, incidents, legal actions."""
    cited: dict[str, str] = {}
    for row in source.table(SOURCES):
        words = ", ".join(filter(None, (row["publisher"], row["title"], row["date"])))
        cited[row["source_id"]] = link(row["url"]) or words
    for file, say in (
        (VENDORS, _vendor),
        (PRODUCTS, _product),
        (LINKS, _link),
        (CUSTOMERS, _customer),
        (INCIDENTS, _incident),
        (ACTIONS, _action),
    ):
        rows = list(source.table(file))
        speaker = Speaker(DATASET, source.sha256(file), standing=Standing.REPORTED)
        for row in rows:
            ids = _list(row["source_ids"])
            if not ids or any(one not in cited for one in ids):
                raise Malformed(
                    f"{file} names a source that {SOURCES} does not have.",
                    hint="Fetch the data set again; nothing of it was stored.",
                )
            addresses = [cited[one] for one in ids]
            speaker.source = addresses[0]
            yield from say(speaker, row, addresses)


def _list(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def vendor_id(id: str) -> str:
    """The id of a vendor; `id` is the list's."""
    return entity_id(DATASET.name, "vendor", id)


def _product_id(id: str) -> str | None:
    return entity_id(DATASET.name, "product", id) if id else None


def _record(
    speaker: Speaker, subject: str, type: str, addresses: list[str], **values: str | None
) -> Iterator[Statement]:
    """A record with the address of each report, by itself."""
    for property, value in values.items():
        if value:
            yield speaker.say(subject, type, property, value)
    for address in addresses:
        if link(address):
            yield speaker.say(subject, type, "sourceUrl", address, source=address)


def _vendor(speaker: Speaker, row: dict[str, str], addresses: list[str]) -> Iterator[Statement]:
    subject = vendor_id(row["vendor_id"])
    yield from _record(speaker, subject, "Company", addresses, name=row["name"], country=country(row["country_hq"]))
    for alias in _list(row["aliases"]):
        yield from _claim(speaker, subject, addresses, f"also named with it: {alias}")


def _claim(speaker: Speaker, subject: str, addresses: list[str], label: str) -> Iterator[Statement]:
    yield from _record(
        speaker,
        entity_id(DATASET.name, "claim", subject, label),
        "Claim",
        addresses,
        entity=subject,
        claimKind="listed-as",
        label=label,
        list="Argus",
        publisher=DATASET.publisher,
    )


def _product(speaker: Speaker, row: dict[str, str], addresses: list[str]) -> Iterator[Statement]:
    subject = entity_id(DATASET.name, "product", row["product_id"])
    yield from _record(
        speaker,
        subject,
        "SurveillanceProduct",
        addresses,
        name=row["name"],
        vendor=vendor_id(row["vendor_id"]),
        keyword=row["category"],
    )


def _link(speaker: Speaker, row: dict[str, str], addresses: list[str]) -> Iterator[Statement]:
    """Who is linked with a vendor, in the list's words: not all whom it calls subsidiaries are owned."""
    subject = entity_id(DATASET.name, "entity", row["entity"].casefold())
    yield from _record(speaker, subject, "Company", addresses, name=row["entity"], country=country(row["jurisdiction"]))
    yield from _claim(speaker, subject, addresses, f"{row['role']} of {row['vendor_id']}: {row['note']}")


def _customer(speaker: Speaker, row: dict[str, str], addresses: list[str]) -> Iterator[Statement]:
    code = country(row["country"])
    if code is None:
        raise Malformed(f"{CUSTOMERS}: “{row['country'][:20]}” is no country.", hint="Nothing of it was stored.")
    client, statements = speaker.state(code)
    yield from statements
    yield from _record(
        speaker,
        entity_id(DATASET.name, "customer", row["vendor_id"], row["product_id"], code, row["first_reported_year"]),
        "ClientClaim",
        addresses,
        client=client,
        vendor=vendor_id(row["vendor_id"]),
        product=_product_id(row["product_id"]),
        stage="reported",
        date=row["first_reported_year"] or None,
        note=f"As the list puts it: {row['customer']}." if row["customer"] else None,
    )


def _incident(speaker: Speaker, row: dict[str, str], addresses: list[str]) -> Iterator[Statement]:
    code = country(row["country"])
    id = (row["vendor_id"], row["product_id"], row["date"], code or "", row["who"], row["source_ids"])
    # Of the country the list does not say whether it is that of the operator: no property can hold it.
    place = f" Country: {country_name(code)}, of those concerned or of the operator." if code else ""
    yield from _record(
        speaker,
        entity_id(DATASET.name, "incident", *id),
        "AbuseIncident",
        addresses,
        stage="targeted",
        vendor=vendor_id(row["vendor_id"]),
        product=_product_id(row["product_id"]),
        date=row["date"] or None,
        summary=f"As the list puts it: {row['who']}" + (f" ({row['vector']})" if row["vector"] else "") + f".{place}",
    )


def _action(speaker: Speaker, row: dict[str, str], addresses: list[str]) -> Iterator[Statement]:
    subject = entity_id(DATASET.name, "action", row["action_id"])
    yield from _record(
        speaker,
        subject,
        "Event",
        addresses,
        name=row["title"],
        category=f"{row['type']}, {row['jurisdiction']}",
        startDate=row["date_filed"] or None,
        endDate=row["date_resolved"] or None,
        summary=f"Outcome: {row['outcome']}." if row["outcome"] else None,
    )
    for vendor in _list(row["vendor_ids"]):
        yield speaker.say(subject, "Event", "involved", vendor_id(vendor))


INTAKE = Intake(DATASET, read)
