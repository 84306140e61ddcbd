"""WikiLeaks' Spy Files as a table: documents of vendors, the companies named in them, FinFisher's products and customers.

Leaked documents of 2011 to 2014. A company here is *named in documents*: authorities, standards bodies and fairs are among
them (ADAE, ETSI), so nothing says that it sells anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sousveil.register.intake import _finfisher as finfisher
from sousveil.register.intake.model import Dataset, File
from sousveil.register.intake.saying import Speaker, link
from sousveil.register.intake.source import Intake, Source
from sousveil.register.model import Standing, Statement, entity_id

COMPANIES, DOCUMENTS = "companies.csv", "company-documents.csv"
CUSTOMERS, SOFTWARE = "finfisher-customers.csv", "finfisher-software.csv"
_DELETED = 'Total Costs (with "deleted" licenses)'
DATASET = Dataset(
    name="spyfiles",
    title="Spy Files: documents of surveillance vendors",
    publisher="WikiLeaks, set out by ali-ce/datasets",
    source="https://wikileaks.org/spyfiles/",
    copy="https://github.com/ali-ce/datasets/tree/2a036bf1a68a67d5447a6a16be1e95889a62f3f0/WikiLeaks-SpyFiles-Interactive",
    licence="CC BY-SA 4.0",
    licence_url="https://creativecommons.org/licenses/by-sa/4.0/",
    attribution="ali-ce/datasets, after WikiLeaks, CC BY-SA 4.0",
    share_alike=True,
    snapshot="2017-04-22",
    rows=872,
    class_="surveillance",
    coverage=(
        "632 leaked documents of 2011 to 2014, the 140 companies named in them, FinFisher's products and the customers whose "
        "codes stand in its support system. Nobody has confirmed them here."
    ),
    not_used_for="Proof that a company sells surveillance: authorities and fairs are named in these documents too.",
    files=(
        File(name=COMPANIES, read=("Company",), least=100, most=500),
        File(
            name=DOCUMENTS,
            read=(
                "Document Name",
                "Company",
                "Document Type",
                "Year",
                "Tags",
                "Target System",
                "Product",
                "Document Page",
                "Download Link",
                "Spy FIles Release",
            ),
            dropped={"Country Codes": "Not said whether they are the company's seats, its offices or its customers."},
            least=500,
            most=2_000,
        ),
        File(
            name=SOFTWARE,
            read=("FinFisher Software", "Company", "Description"),
            dropped={"Customers": "The customers' own file says the same; here a spreadsheet has damaged some codes."},
            least=8,
            most=50,
        ),
        File(
            name=CUSTOMERS,
            read=(
                "Username",
                "Country Attribution",
                "Number of Licenses",
                "Current Customer?",
                "Total Costs",
                "Software Purchased",
            ),
            dropped={
                "ID": "A running number of the leaked database.",
                _DELETED: "Not said what a deleted licence was.",
            },
            least=60,
            most=500,
        ),
    ),
)
_RENAMED = {"FinUSB": "FinUSB Suite"}
"""Product names of the documents -> as the list of products has them."""
_NO_PRODUCT = {"", "Misc"}


def company_id(name: str) -> str:
    """The id of a company that these documents name."""
    return entity_id(DATASET.name, "company", name.casefold())


def read(source: Source) -> Iterator[Statement]:
    """Companies, documents, products, customers."""
    files = {}
    for file in (COMPANIES, DOCUMENTS, SOFTWARE, CUSTOMERS):
        rows = list(source.table(file))
        files[file] = (
            rows,
            Speaker(DATASET, source.sha256(file), standing=Standing.REPORTED, source="https://wikileaks.org/spyfiles/"),
        )
    names = [row["Company"] for row in files[COMPANIES][0]]
    names += [name for row in files[DOCUMENTS][0] for name in _companies(row["Company"], names)]
    rows, speaker = files[COMPANIES]
    for name in dict.fromkeys(names):
        yield from _company(speaker, name)
    rows, speaker = files[DOCUMENTS]
    for row in rows:
        yield from _document(speaker, row, names)
    rows, speaker = files[SOFTWARE]
    for row in rows:
        yield from finfisher.product(speaker, row["FinFisher Software"])
        yield speaker.say(
            finfisher.product_id(row["FinFisher Software"]),
            "SurveillanceProduct",
            "description",
            row["Description"],
            language="en",
        )
    rows, speaker = files[CUSTOMERS]
    for row in rows:
        yield from _customer(source, speaker, row)


def _companies(printed: str, known: list[str]) -> list[str]:
    """The companies of a document: "Elaman, Gamma" are two; a comma within a known name is none."""
    return [printed] if printed in known else [name.strip() for name in printed.split(",")]


def _company(speaker: Speaker, name: str) -> Iterator[Statement]:
    subject = company_id(name)
    yield speaker.say(subject, "Organization", "name", name)
    yield from speaker.record(
        entity_id(DATASET.name, "named", name.casefold()),
        "Claim",
        entity=subject,
        claimKind="named-in",
        label="named in documents",
        list="WikiLeaks, Spy Files",
        publisher="WikiLeaks",
    )


def _document(speaker: Speaker, row: dict[str, str], names: list[str]) -> Iterator[Statement]:
    page, file = link(row["Document Page"]), link(row["Download Link"])
    source = page or file
    subject = entity_id(DATASET.name, "document", row["Download Link"])
    year = row["Year"] if re.fullmatch(r"(19|20)\d\d", row["Year"]) else None
    yield from speaker.record(
        subject,
        "Document",
        source=source,
        title=row["Document Name"],
        documentType=row["Document Type"],
        publishedAt=year,
        sourceUrl=page or file,
    )
    if page and file:
        yield speaker.say(subject, "Document", "sourceUrl", file, source=source)
    yield speaker.say(subject, "Document", "keyword", row["Spy FIles Release"], source=source)
    for column in ("Tags", "Target System"):
        for word in dict.fromkeys(part.strip() for part in row[column].split(",")):
            if word:
                yield speaker.say(subject, "Document", "keyword", word, source=source)
    for name in dict.fromkeys(_companies(row["Company"], names)):
        about = entity_id(DATASET.name, "documentation", row["Download Link"], name.casefold())
        yield from speaker.record(
            about,
            "Documentation",
            source=source,
            document=subject,
            entity=company_id(name),
            role="company of the document",
        )
    for product in dict.fromkeys(part.strip() for part in row["Product"].split(",")):
        if product not in _NO_PRODUCT:
            product = _RENAMED.get(product, product)
            about = entity_id(DATASET.name, "documentation", row["Download Link"], "product", product.casefold())
            yield from speaker.record(
                about,
                "Documentation",
                source=source,
                document=subject,
                entity=finfisher.product_id(product),
                role="product of the document",
            )


def _customer(source: Source, speaker: Speaker, row: dict[str, str]) -> Iterator[Statement]:
    account = row["Username"]
    if account.startswith("*"):
        return
    if not finfisher.known_account(account):
        source.warn(f"{DATASET.name}: {CUSTOMERS} has accounts that may bear a person's name; they were left out.")
        return
    subject = finfisher.customer_id(account)
    yield from finfisher.customer(speaker, account, row["Country Attribution"])
    if row["Number of Licenses"] in ("", "0"):
        return
    supply = entity_id(DATASET.name, "supply", account)
    cost = re.sub(r"[€,\s]", "", row["Total Costs"])
    yield from speaker.record(
        supply,
        "Supply",
        supplier=finfisher.VENDOR,
        recipient=subject,
        quantity=row["Number of Licenses"],
        unit="licences",
        amount=f"EUR {cost}" if cost.isdigit() else None,
        clientStage="reported",
    )
    for product in dict.fromkeys(part.strip() for part in row["Software Purchased"].split(",")):
        if product:
            yield speaker.say(supply, "Supply", "product", finfisher.product_id(product))
    if row["Current Customer?"] == "Yes":
        yield speaker.say(supply, "Supply", "note", "A current customer, by the documents of 2014.")


INTAKE = Intake(DATASET, read)
