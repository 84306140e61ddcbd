"""US Consolidated Screening List: the entries of spyware vendors on the Entity List and the SDN list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sousveil.errors import Malformed
from sousveil.register.intake.model import Dataset, File
from sousveil.register.intake.saying import Speaker, country
from sousveil.register.intake.source import Intake, Source
from sousveil.register.model import Standing, Statement, entity_id

FILE = "csl-spyware.json"
ADDRESS = f"{FILE}: addresses"
_PLACE = "An address may be somebody's home; the country is enough to tell namesakes apart."
DATASET = Dataset(
    name="us-csl-spyware",
    title="Spyware vendors on the US Consolidated Screening List",
    publisher="US International Trade Administration, Consolidated Screening List",
    source="https://github.com/williamtheconqueror48-art/argus/blob/7b31ca4d3491278d67db3a5bbed66f81c29e35e9/data/screening_list.json",
    licence="US government work, public domain",
    licence_url="https://www.usa.gov/government-works",
    attribution="US Department of Commerce; US Department of the Treasury",
    snapshot="2026-09-24",
    class_="surveillance",
    official=True,
    coverage=(
        "Fourteen entries of spyware vendors on two US lists, transcribed by hand. That the list holds them is confirmed; what "
        "the list's authority holds against them is its own word."
    ),
    files=(
        File(
            name=FILE,
            read=("id", "source", "name", "alt_names", "addresses", "programs"),
            dropped={"remarks": "Prose that may name natural persons."},
            least=14,
            most=200,
        ),
        File(
            name=ADDRESS,
            read=("country",),
            dropped={"address": _PLACE, "city": _PLACE, "postal_code": _PLACE},
            part=True,
        ),
    ),
)


def read(source: Source) -> Iterator[Statement]:
    """A company and a listing for each entry."""
    values = source.json(FILE)
    if not isinstance(values, list):
        raise Malformed(f"{FILE}: a list was expected.", hint="Fetch the data set again; nothing of it was stored.")
    speaker = Speaker(DATASET, source.sha256(FILE), standing=Standing.CONFIRMED)
    for value in values:
        yield from _entry(source, speaker, source.members(FILE, value))


def _entry(source: Source, speaker: Speaker, row: dict[str, Any]) -> Iterator[Statement]:
    number, name = source.one(FILE, row["id"]), source.one(FILE, row["name"])
    company, listing = entity_id(DATASET.name, number), entity_id(DATASET.name, "listing", number)
    yield speaker.say(company, "Company", "name", name)
    for alias in dict.fromkeys(source.texts(FILE, row["alt_names"])):
        yield speaker.say(company, "Company", "alias", alias)
    if not isinstance(row["addresses"], list):
        raise Malformed(f"{FILE}: addresses is not a list.", hint="Nothing of it was stored.")
    codes = [country(source.one(ADDRESS, source.members(ADDRESS, place)["country"])) for place in row["addresses"]]
    for code in dict.fromkeys(filter(None, codes)):
        yield speaker.say(company, "Company", "country", code)
    which, _, authority = source.one(FILE, row["source"]).partition(" - ")
    yield from speaker.record(listing, "Sanction", entity=company, authority=authority, program=which)
    for programme in dict.fromkeys(source.texts(FILE, row["programs"])):
        yield speaker.say(listing, "Sanction", "program", programme)
    yield from speaker.record(listing, "Sanction", country="us", listNumber=number)


INTAKE = Intake(DATASET, read)
