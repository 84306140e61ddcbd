"""Surveillance Industry Index of 2016: sales by named sellers, and lines of the licensing statistics of six States.

A licensing line names no company and no end user, so equal lines are separate licences. A scan that saw devices in a country is an event:
it is no sale to that State. What was reported not to be completed is an event too, and never a sale.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from sousveil.errors import Malformed
from sousveil.register.intake.model import Dataset, File
from sousveil.register.intake.saying import Speaker, country, link
from sousveil.register.intake.source import Intake, Source
from sousveil.register.model import Standing, Statement, entity_id
from sousveil.register.types.countries import country_name

TRANSFERS, SOURCES = "transfers.csv", "sources.csv"
DATASET = Dataset(
    name="sii-2016",
    title="Surveillance Industry Index: sales and licences",
    publisher="Privacy International and Transparency Toolkit, Surveillance Industry Index",
    source="https://sii.transparencytoolkit.org/",
    copy="https://github.com/TransparencyToolkit/dataspec-sii/tree/2e1bf5e9d122c78f094965ac472424a1e2e11dfb/sii_data/transfer_data",
    licence="None stated: facts only",
    licence_stated=False,
    licence_url="https://www.privacyinternational.org/",
    attribution="Privacy International / Transparency Toolkit, Surveillance Industry Index (2016)",
    snapshot="2016-10-25",
    rows=804,
    class_="surveillance",
    coverage=(
        "688 lines until October 2016: sales that press, reports and leaks tell of, 135 scans that saw devices or servers in a country, "
        "and lines of licensing statistics without company or end user. The index's list of company names is not taken over."
    ),
    not_used_for=(
        "Proof that a State bought what a scan saw in its territory, that a customer who was inferred is one, or that a sale went through "
        "which was reported not to be completed."
    ),
    files=(
        File(
            name=TRANSFERS,
            read=(
                "transfer_id",
                "seller",
                "seller_countries",
                "buyer_country",
                "end_user",
                "goods",
                "order_year",
                "completion",
                "basis",
                "source_ids",
                "note",
            ),
            dropped={"buyer_country_name": "The code names the country."},
            least=600,
            most=2_000,
        ),
        File(name=SOURCES, read=("source_id", "publisher", "title", "date", "url"), least=100, most=500),
    ),
)
SCANS = {
    "citizenlab-bluecoat-2013": "A scan saw devices of {seller} in {place}",
    "citizenlab-ff-2013": "A scan saw FinFisher servers, and its authors infer a customer in {place}",
    "citizenlab-ff-2015": "A scan saw FinFisher servers, and its authors infer a customer in {place}",
}
"""Source of a scan -> what it says, in words of ours."""
NOT_NAMED = frozenset({"a technology distributor", "non-state", "unknown multiple entities", "unknown other entities"})
"""End users, in lower case, that name nobody."""
AUTHORITIES = frozenset({"uk-bis", "seco-2016", "finland-mfa-2014", "us-bis-foia-14-098"})
"""Sources that are the licensing State's own statistics."""
_ROLE = re.compile(r"(.+?) \((broker|reseller)\)")
_DAY = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?")
Sources = Mapping[str, tuple[str, str | None]]
"""Source id -> how it is cited (its address, else publisher, title and date), and its date."""


def read(source: Source) -> Iterator[Statement]:
    """A sale, a licence or an event for each line."""
    cited: dict[str, tuple[str, str | None]] = {}
    for row in source.table(SOURCES):
        date = row["date"] if _DAY.fullmatch(row["date"]) else None
        words = f"{row['publisher']}, {row['title']}" + (f", {row['date']}" if row["date"] else "")
        cited[row["source_id"]] = (link(row["url"]) or words, date)
    rows = list(source.table(TRANSFERS))
    speaker = Speaker(DATASET, source.sha256(TRANSFERS), standing=Standing.REPORTED)
    for row in rows:
        ids = _list(row["source_ids"])
        if not ids or any(one not in cited for one in ids):
            raise Malformed(
                f"{TRANSFERS}: {row['transfer_id'][:40]} names a source that {SOURCES} does not have.",
                hint="Fetch the data set again; nothing of it was stored.",
            )
        yield from _line(speaker, row, {one: cited[one] for one in ids})


def _list(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _line(speaker: Speaker, row: dict[str, str], sources: Sources) -> Iterator[Statement]:
    first = next(iter(sources.values()))[0]
    sellers = [_ROLE.sub(r"\1", name) for name in _list(row["seller"])]
    for name in sellers:
        yield from _seller(speaker, name, row, sellers, first)
    if row["basis"] == "export data":
        yield from _licence(speaker, row, sellers, sources)
    elif sellers and row["completion"] != "reported not complete" and not SCANS.keys() & sources.keys():
        yield from _sale(speaker, row, sellers, sources)
    else:
        yield from _event(speaker, row, sellers, sources)


def seller_id(name: str) -> str:
    """The id of a seller."""
    return entity_id(DATASET.name, "seller", name.casefold())


def _seller(speaker: Speaker, name: str, row: dict[str, str], sellers: list[str], first: str) -> Iterator[Statement]:
    yield speaker.say(seller_id(name), "Company", "name", name, source=first)
    if len(sellers) == 1:  # of two sellers the source does not say which country is whose
        for code in filter(None, map(country, _list(row["seller_countries"]))):
            yield speaker.say(seller_id(name), "Company", "country", code, source=first)


def _end_users(row: dict[str, str]) -> list[str]:
    return [name for name in _list(row["end_user"]) if name.casefold() not in NOT_NAMED]


def _parties(speaker: Speaker, row: dict[str, str], first: str) -> Iterator[Statement]:
    """End users, each as the source spells it, with the country of the sale."""
    for name in _end_users(row):
        yield from speaker.record(_end_user(row, name), "LegalEntity", source=first, name=name, country=_buyer(row))


def _end_user(row: dict[str, str], name: str) -> str:
    return entity_id(DATASET.name, "end user", row["buyer_country"], name.casefold())


def _buyer(row: dict[str, str]) -> str | None:
    return country(row["buyer_country"])


def _place(row: dict[str, str]) -> str:
    code = _buyer(row)
    return country_name(code) if code else "a country that the source does not name"


def _cited(speaker: Speaker, subject: str, type: str, sources: Sources) -> Iterator[Statement]:
    """The address of each publication, by itself."""
    for address, _ in sources.values():
        if link(address):
            yield speaker.say(subject, type, "sourceUrl", address, source=address)


def _sale(speaker: Speaker, row: dict[str, str], sellers: list[str], sources: Sources) -> Iterator[Statement]:
    subject, first = entity_id(DATASET.name, row["transfer_id"]), next(iter(sources.values()))[0]
    yield from _parties(speaker, row, first)
    for name in sellers:
        yield speaker.say(subject, "Supply", "supplier", seller_id(name), source=first)
    for name in _end_users(row):
        yield speaker.say(subject, "Supply", "recipient", _end_user(row, name), source=first)
    origins = _list(row["seller_countries"])
    yield from speaker.record(
        subject,
        "Supply",
        source=first,
        goods=row["goods"] or None,
        destination=_buyer(row),
        origin=country(origins[0]) if len(origins) == 1 else None,
        startDate=row["order_year"] or None,
        clientStage="reported" if _end_users(row) else None,
        recordId=row["transfer_id"],
        note=row["note"]
        or (None if row["completion"] == "reported complete" else "Not told whether it was completed."),
    )
    yield from _cited(speaker, subject, "Supply", sources)


def _licence(speaker: Speaker, row: dict[str, str], sellers: list[str], sources: Sources) -> Iterator[Statement]:
    subject, (id, (first, _)) = entity_id(DATASET.name, row["transfer_id"]), next(iter(sources.items()))
    yield from _parties(speaker, row, first)
    code = country(row["seller_countries"])
    if code:
        issuer, statements = speaker.state(code)
        yield from statements
        yield speaker.say(subject, "ExportLicence", "issuer", issuer, source=first)
    for name in sellers:
        yield speaker.say(subject, "ExportLicence", "licensee", seller_id(name), source=first)
    for name in _end_users(row):
        yield speaker.say(subject, "ExportLicence", "endUser", _end_user(row, name), source=first)
    goods = row["goods"] or "goods not stated"
    notes = ["A line of the State's own statistics." if id in AUTHORITIES else "Reported of the State's licences."]
    if row["completion"] == "reported not complete":
        notes.append("Reported not to be completed; the source does not say whether it was refused.")
    yield from speaker.record(
        subject,
        "ExportLicence",
        source=first,
        summary=f"{country_name(code) if code else 'A State'} to {_place(row)}: {goods}",
        goods=row["goods"] or None,
        destination=_buyer(row),
        licenceKind="export",
        status="granted" if row["completion"] == "reported complete" else None,
        issueDate=row["order_year"] or None,
        recordId=row["transfer_id"],
        note=" ".join(notes),
    )
    yield from _cited(speaker, subject, "ExportLicence", sources)


def _event(speaker: Speaker, row: dict[str, str], sellers: list[str], sources: Sources) -> Iterator[Statement]:
    subject, (id, (first, date)) = entity_id(DATASET.name, row["transfer_id"]), next(iter(sources.items()))
    seller, goods = " and ".join(sellers) or "A seller that is not named", row["goods"] or "goods that are not named"
    if id in SCANS:
        category, name = "scan of the internet", SCANS[id].format(seller=seller, place=_place(row))
    elif sellers:
        category = "sale reported not to be completed"
        name, date = f"{seller}: {goods} for {_place(row)}, reported not to be completed", row["order_year"]
    else:
        category = "sale by a seller who is not named"
        name, date = f"{seller}: {goods} to {_place(row)}", row["order_year"]
    users = _end_users(row)
    yield from speaker.record(
        subject,
        "Event",
        source=first,
        name=name,
        category=category,
        date=date or None,
        country=_buyer(row),
        recordId=row["transfer_id"],
        note=f"{'Customer inferred by the authors' if id in SCANS else 'End user'}: {'; '.join(users)}."
        if users
        else None,
    )
    for name in sellers:
        yield speaker.say(subject, "Event", "involved", seller_id(name), source=first)
    yield from _cited(speaker, subject, "Event", sources)


INTAKE = Intake(DATASET, read)
