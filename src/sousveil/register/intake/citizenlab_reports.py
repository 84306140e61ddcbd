"""Citizen Lab: the reports of 2011 to 2017 that mention a vendor or a product of this trade. A mention is no accusation."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.register.intake.model import Dataset, File
from sousveil.register.intake.saying import Speaker, link
from sousveil.register.intake.source import Intake, Source
from sousveil.register.model import Standing, Statement, entity_id

FILE = "reports.csv"
DATASET = Dataset(
    name="citizenlab-reports",
    title="Citizen Lab reports of 2011 to 2017",
    publisher="Citizen Lab (list of reports by Transparency Toolkit)",
    source="https://citizenlab.ca/",
    copy="https://github.com/TransparencyToolkit/Surveillance-Research-Data/tree/77d2923a4ea337a6e9c0b1798de9dc710420eda2/data",
    licence="None stated: facts only",
    licence_stated=False,
    licence_url="https://citizenlab.ca/",
    attribution="The Citizen Lab; list by Transparency Toolkit",
    context=True,
    snapshot="2017-06-01",
    rows=141,
    class_="surveillance",
    coverage=(
        "Title, day and address of the 42 reports from August 2011 to May 2017 that mention one of a fixed list of vendors and products. "
        "The other 99 reports of that time mention none."
    ),
    not_used_for="An accusation: a report may mention a company for any reason. Read the report.",
    files=(
        File(
            name=FILE,
            read=("date", "title", "url", "vendors_mentioned"),
            dropped={"tags": "Some tags name natural persons."},
            least=100,
            most=2_000,
        ),
    ),
)
PRODUCTS = {"finspy": "FinSpy", "pegasus": "Pegasus", "smartfilter": "SmartFilter"}
"""Names, in lower case, that are those of products -> as they are written."""
_SPELLING = {"websense": "Websense"}


def read(source: Source) -> Iterator[Statement]:
    """Reports, and whom each mentions."""
    rows = list(source.table(FILE))
    speaker = Speaker(DATASET, source.sha256(FILE), standing=Standing.REPORTED)
    for row in rows:
        names = [name.strip() for name in row["vendors_mentioned"].split(";") if name.strip()]
        if not names:
            source.leave_out("no_vendor")
            continue
        address = link(row["url"])
        report = entity_id(DATASET.name, row["url"])
        yield from speaker.record(
            report,
            "Document",
            source=address,
            title=row["title"],
            author="Citizen Lab",
            documentType="report",
            publishedAt=row["date"] or None,
            sourceUrl=address,
        )
        for name in dict.fromkeys(PRODUCTS.get(one.casefold(), _SPELLING.get(one.casefold(), one)) for one in names):
            type = "SurveillanceProduct" if name.casefold() in PRODUCTS else "Organization"
            subject = entity_id(DATASET.name, type, name)
            yield speaker.say(subject, type, "name", name, source=address)
            yield from speaker.record(
                entity_id(DATASET.name, "mention", row["url"], name),
                "Documentation",
                source=address,
                document=report,
                entity=subject,
                role="mentioned in the report",
            )


INTAKE = Intake(DATASET, read)
