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
    source="https://www.trade.gov/consolidated-screening-list",
    copy="https://github.com/williamtheconqueror48-art/argus/blob/7b31ca4d3491278d67db3a5bbed66f81c29e35e9/data/screening_list.json",
    licence="US government work, public domain",
    licence_url="https://www.usa.gov/government-works",
    attribution="US Department of Commerce; US Department of the Treasury",
    snapshot="2026-09-24",
    rows=14,
    class_="surveillance",
    official=True,
    coverage=(
        "Fourteen entries of spyware vendors on two US lists, transcribed by hand. That the list holds them is confirmed; what "
        "the list's authority holds against them is its own word."
    ),
    not_used_for="Legal compliance: fourteen entries copied by hand are not the list in force.",
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
_NOTICE_2021 = (
    "https://www.federalregister.gov/documents/2021/11/04/2021-24123/addition-of-certain-entities-to-the-entity-list",
    "2021-11-04",
)
_NOTICE_2023 = ("https://www.federalregister.gov/d/2023-15343", "2023-07-19")
NOTICES = {
    "NSO Group": _NOTICE_2021,
    "Candiru": _NOTICE_2021,
    "Positive Technologies": _NOTICE_2021,
    "Computer Security Initiative Consultancy PTE. LTD.": _NOTICE_2021,
    "Intellexa S.A.": _NOTICE_2023,
    "Intellexa Limited": _NOTICE_2023,
    "Cytrox AD": _NOTICE_2023,
    "Cytrox Holdings Zrt": _NOTICE_2023,
}
"""Name on the Entity List -> the notice in the Federal Register that added it, and the day on which that was printed."""
_OFAC = "https://sanctionssearch.ofac.treas.gov/Details.aspx?id="


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
    which, _, authority = source.one(FILE, row["source"]).partition(" - ")
    notice, listed = NOTICES.get(name, (None, None)) if which.startswith("Entity List") else (None, None)
    address = f"{_OFAC}{number}" if which.startswith("Specially Designated Nationals") else notice
    yield speaker.say(company, "Company", "name", name, source=address)
    for alias in dict.fromkeys(source.texts(FILE, row["alt_names"])):
        yield speaker.say(company, "Company", "alias", alias, source=address)
    if not isinstance(row["addresses"], list):
        raise Malformed(f"{FILE}: addresses is not a list.", hint="Nothing of it was stored.")
    codes = [country(source.one(ADDRESS, source.members(ADDRESS, place)["country"])) for place in row["addresses"]]
    for code in dict.fromkeys(filter(None, codes)):
        yield speaker.say(company, "Company", "country", code, source=address)
    yield from speaker.record(listing, "Sanction", source=address, entity=company, authority=authority, program=which)
    for programme in dict.fromkeys(source.texts(FILE, row["programs"])):
        yield speaker.say(listing, "Sanction", "program", programme, source=address)
    yield from speaker.record(
        listing,
        "Sanction",
        source=address,
        country="us",
        listNumber=number,
        listingDate=listed,
        sourceUrl=address,
    )


INTAKE = Intake(DATASET, read)
