"""Granitt: how many published cases of three kinds of spyware there are, one dimension at a time. Nobody can be picked out."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.errors import Malformed
from sousveil.register.intake.model import Dataset, File
from sousveil.register.intake.saying import Speaker, country
from sousveil.register.intake.source import Intake, Source
from sousveil.register.model import Standing, Statement, entity_id
from sousveil.register.types.countries import country_name

FILE = "counts.csv"
DATASET = Dataset(
    name="spyware-victims-aggregate",
    title="Counts of published spyware cases",
    publisher="Granitt",
    source="https://github.com/GranittHQ",
    licence="CC BY-NC-SA 4.0",
    licence_url="https://creativecommons.org/licenses/by-nc-sa/4.0/",
    attribution="Granitt, CC BY-NC-SA 4.0",
    non_commercial=True,
    share_alike=True,
    context=True,
    snapshot="2023-11-27",
    rows=127,
    class_="surveillance",
    coverage=(
        "129 cases of Pegasus, 56 of Predator and 4 of DevilsTongue that were published until 2023, counted by one dimension at a time: "
        "role, year, result, delivery, operator State. Many values are blank at the source."
    ),
    not_used_for="Rates, trends or the number of attacks: far fewer cases are published than there are.",
    files=(File(name=FILE, read=("spyware", "dimension", "value", "entries"), least=100, most=1_000),),
)
PAGES = {
    "Pegasus": "https://github.com/GranittHQ/data-pegasus-victims",
    "Predator": "https://github.com/GranittHQ/data-predator-victims",
    "DevilsTongue (Candiru)": "https://github.com/GranittHQ/data-candiru-victims",
}
"""Spyware, as printed -> where Granitt publishes its cases."""


def read(source: Source) -> Iterator[Statement]:
    """Products, and a figure for each count."""
    rows = list(source.table(FILE))
    speaker = Speaker(DATASET, source.sha256(FILE), standing=Standing.REPORTED)
    for row in rows:
        if row["spyware"] not in PAGES or not row["entries"].isdigit():
            raise Malformed(
                f"{FILE}: “{row['spyware'][:40]}”, “{row['entries'][:20]}” is no count of a known spyware.",
                hint="Fetch the data set again; nothing of it was stored.",
            )
        yield from _figure(speaker, row, PAGES[row["spyware"]])


def _figure(speaker: Speaker, row: dict[str, str], page: str) -> Iterator[Statement]:
    printed, value = row["spyware"], row["value"]
    product = entity_id(DATASET.name, printed)
    yield speaker.say(product, "SurveillanceProduct", "name", printed.partition(" (")[0], original=printed, source=page)
    code = country(value) if row["dimension"] == "operator State" else None
    counted = "" if value == "all" else f", {row['dimension']}: {country_name(code) if code else value}"
    yield from speaker.record(
        entity_id(DATASET.name, printed, row["dimension"], value),
        "Figure",
        source=page,
        about=product,
        indicator=f"published cases{counted}",
        value=row["entries"],
        unit="cases",
        country=code,
        date="2023",
    )


INTAKE = Intake(DATASET, read)
