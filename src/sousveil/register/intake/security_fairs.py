"""Arms and security fairs: which companies on other lists of surveillance vendors had a stand.

A stand is no sale. Rows of broad defence groups and of names that many firms bear are left out: they would tell of other firms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sousveil.errors import Malformed
from sousveil.register.intake.model import Dataset, File
from sousveil.register.intake.saying import Speaker, country, link
from sousveil.register.intake.source import Intake, Source
from sousveil.register.model import Standing, Statement, entity_id

FAIRS, EXHIBITORS = "fairs.csv", "exhibitors.csv"
DATASET = Dataset(
    name="security-fairs",
    title="Exhibitors at arms and security fairs",
    publisher="Campaign Against Arms Trade and Omega Research Foundation",
    source="https://github.com/caatdata/arms-and-security-fair-exhibitors/tree/b08f4c4a05904db4739f0df03cbec7075f8a6761/data",
    licence="Public domain",
    licence_url="https://github.com/caatdata/arms-and-security-fair-exhibitors",
    attribution="Campaign Against Arms Trade; Omega Research Foundation",
    context=True,
    snapshot="2026-07-17",
    rows=6261,
    class_="surveillance",
    coverage=(
        "2,271 entries of 340 companies at 374 fairs from 1995 to July 2026. About a third of the known fairs have "
        "lists; ISS World has none. Broad defence groups and ambiguous names are left out."
    ),
    not_used_for="Proof of a sale or an offer: a stand at a fair is presence.",
    files=(
        File(
            name=FAIRS,
            read=("fair_id", "fair", "start_date", "end_date", "country", "place", "list_url"),
            dropped={
                "series": "The name says it.",
                "exhibitors_listed": "Counts exhibitors who are not taken over.",
                "list_incomplete": "No list is read as complete.",
                "list_date": "The day of the copy serves.",
                "matches": "Counts rows before the flagged ones are left out.",
            },
            least=400,
            most=2_000,
        ),
        File(
            name=EXHIBITORS,
            read=("fair_id", "company_as_printed", "country", "matched_name", "broad_firm", "ambiguous_name"),
            dropped={
                "lists": "Those lists are sources of their own here.",
                "match": "The name as printed stands beside the name.",
            },
            least=4_000,
            most=20_000,
        ),
    ),
)
_SPACES = re.compile(r"\s+")


def exhibitor_id(name: str) -> str:
    """The id of a company at fairs."""
    return entity_id(DATASET.name, "exhibitor", name.casefold())


def read(source: Source) -> Iterator[Statement]:
    """Fairs with the companies that had a stand."""
    fairs = {row["fair_id"]: row for row in source.table(FAIRS)}
    exhibitors: dict[str, list[dict[str, str]]] = {}
    for row in source.table(EXHIBITORS):
        fair = fairs.get(row["fair_id"])
        if fair is None:
            raise Malformed(
                f"{EXHIBITORS} names the fair {row['fair_id'][:60]}, which {FAIRS} does not have.",
                hint="Fetch the data set again; nothing of it was stored.",
            )
        if row["broad_firm"]:
            source.leave_out("broad_firm")
        elif row["ambiguous_name"]:
            source.leave_out("ambiguous_name")
        elif fair["start_date"] > DATASET.snapshot:
            source.leave_out("announced")
        else:
            exhibitors.setdefault(row["fair_id"], []).append(row)
    speaker = Speaker(DATASET, source.sha256(EXHIBITORS), standing=Standing.REPORTED)
    for id, rows in exhibitors.items():
        yield from _fair(speaker, fairs[id], rows)


def _fair(speaker: Speaker, fair: dict[str, str], rows: list[dict[str, str]]) -> Iterator[Statement]:
    subject, address = entity_id(DATASET.name, "fair", fair["fair_id"]), link(fair["list_url"])
    yield from speaker.record(
        subject,
        "MarketingEvent",
        source=address,
        name=fair["fair"],
        category="fair",
        startDate=fair["start_date"] or None,
        endDate=fair["end_date"] or None,
        country=country(fair["country"]),
        place=_SPACES.sub(" ", fair["place"]) or None,
        sourceUrl=address,
        note="A stand at a fair is presence. It shows no sale.",
    )
    for row in rows:
        company = exhibitor_id(row["matched_name"])
        yield speaker.say(
            company, "Company", "name", row["matched_name"], original=row["company_as_printed"], source=address
        )
        if code := country(row["country"]):
            yield speaker.say(company, "Company", "country", code, source=address)
        yield speaker.say(subject, "MarketingEvent", "vendor", company, source=address)


INTAKE = Intake(DATASET, read)
