"""Kind of government by country and year: V-Dem's classes as Our World in Data processes them."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.errors import Malformed
from sousveil.register.intake.model import Dataset, File
from sousveil.register.intake.saying import country
from sousveil.register.intake.source import Intake, Source
from sousveil.register.model import entity_id
from sousveil.register.model_reference import ReferenceRow

FILE = "political-regime.csv"
CLASSES = {
    "0": "closed_autocracy",
    "1": "electoral_autocracy",
    "2": "electoral_democracy",
    "3": "liberal_democracy",
}
"""The codes of the column `Political regime`, after its description in political-regime.metadata.json."""
DATASET = Dataset(
    name="political-regime",
    title="Political regime by country and year",
    publisher="V-Dem, processed by Our World in Data",
    source="https://ourworldindata.org/grapher/political-regime",
    licence="CC BY 4.0",
    licence_url="https://creativecommons.org/licenses/by/4.0/",
    attribution="V-Dem (2025) - processed by Our World in Data",
    snapshot="2025-03-31",
    rows=31_308,
    class_="reference",
    coverage=(
        "205 countries, past ones among them, from 1789 to 2024: an assessment by V-Dem's experts. Context for a reader, "
        "never the sole ground of a refusal."
    ),
    not_used_for="The sole ground of a refusal.",
    files=(File(name=FILE, read=("Entity", "Code", "Year", "Political regime"), least=20_000, most=60_000),),
)


def read(source: Source) -> Iterator[ReferenceRow]:
    """One row for each country, with the class of each year."""
    countries: dict[tuple[str, str], dict[str, list[str]]] = {}
    for row in source.table(FILE):
        code, year = row["Political regime"], row["Year"]
        if code not in CLASSES or not (year.isdigit() and len(year) == 4):
            raise Malformed(
                f"{FILE}: {row['Entity'][:60]}, {year[:10]}: “{code[:20]}” is not a class.",
                hint="Fetch the data set again; nothing of it was stored.",
            )
        countries.setdefault((row["Entity"], row["Code"]), {})[year] = [CLASSES[code]]
    for (name, alpha3), years in countries.items():
        place = country(alpha3) if len(alpha3) == 3 else country(name) if name == "Kosovo" else None
        yield ReferenceRow(
            id=entity_id(DATASET.name, alpha3 or name),
            dataset=DATASET.name,
            type="State",
            caption=name,
            names=[name],
            countries=[place] if place else [],
            identifiers={"owid": alpha3} if alpha3 else {},
            data=years,
        )


INTAKE = Intake(DATASET, read)
