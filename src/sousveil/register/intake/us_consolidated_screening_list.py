"""US Consolidated Screening List, as the International Trade Administration publishes it: `consolidated.json` or `consolidated.csv`.

Both files have the same members; the table joins several values with semicolons. The lists of Commerce and State do not tell companies from
people: of those, the lists that are mostly of people are read only where the operator switched persons on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sousveil.errors import Malformed
from sousveil.register.intake.model import Dataset, File
from sousveil.register.intake.saying import country, link, year
from sousveil.register.intake.source import Intake, Source
from sousveil.register.model import entity_id
from sousveil.register.model_reference import ReferenceRow

FILES, JSON, CSV = "consolidated.*", "consolidated.json", "consolidated.csv"
_PERSON = "Describes a natural person; not needed to tell namesakes apart."
_SHIP = "Particulars of ships and aircraft, which are left out."
_PROSE = "Prose that may name natural persons; the link leads to it."
DATASET = Dataset(
    name="us-consolidated-screening-list",
    title="US Consolidated Screening List",
    publisher="US International Trade Administration, Consolidated Screening List",
    source="https://www.trade.gov/consolidated-screening-list",
    licence="US government work, public domain",
    licence_url="https://www.usa.gov/government-works",
    attribution="US Department of Commerce; US Department of State; US Department of the Treasury",
    downloaded=True,
    snapshot="2026-09-24",
    class_="reference",
    coverage=(
        "Everybody on the screening lists of three US departments, for whatever reason; most have nothing to do with surveillance. Not "
        "shipped: the operator downloads it from trade.gov, and loads it again when the list changes."
    ),
    not_used_for="Legal compliance: a copy is not the list in force. No row shows surveillance.",
    files=(
        File(
            name=FILES,
            read=(
                "id",
                "_id",
                "source",
                "entity_number",
                "type",
                "programs",
                "name",
                "alt_names",
                "addresses",
                "federal_register_notice",
                "start_date",
                "end_date",
                "nationalities",
                "citizenships",
                "dates_of_birth",
                "source_list_url",
                "source_information_url",
            ),
            optional=(
                "id",
                "_id",
                "entity_number",
                "type",
                "programs",
                "alt_names",
                "addresses",
                "federal_register_notice",
                "start_date",
                "end_date",
                "nationalities",
                "citizenships",
                "dates_of_birth",
                "source_list_url",
                "source_information_url",
            ),
            dropped={
                **dict.fromkeys(("title", "places_of_birth"), _PERSON),
                **dict.fromkeys(
                    (
                        "call_sign",
                        "vessel_type",
                        "gross_tonnage",
                        "gross_registered_tonnage",
                        "vessel_flag",
                        "vessel_owner",
                    ),
                    _SHIP,
                ),
                **dict.fromkeys(("remarks", "standard_order", "license_requirement", "license_policy"), _PROSE),
                "ids": "Passport, identity and tax numbers stand among them.",
                "country": "The addresses say it.",
            },
            least=10_000,
            most=80_000,
        ),
    ),
)
_LEFT_OUT = {"vessel", "aircraft"}
PEOPLE = re.compile(r"Denied Persons|ITAR Debarred|Nonproliferation", re.IGNORECASE)
"""Lists that are mostly of people, and do not say who is one."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_REPAIR = "Download the list again; nothing of it was stored."


def read(source: Source) -> Iterator[ReferenceRow]:
    """One row for each organization; natural persons only where the operator switched them on."""
    for name in source.names(FILES):
        for row in _rows(source, name):
            kind = _text(row, "type").casefold()
            list_name = _text(row, "source")
            person = kind == "individual" or (not kind and PEOPLE.search(list_name) is not None)
            if kind in _LEFT_OUT or (person and not source.persons):
                source.leave_out(kind if kind in _LEFT_OUT else "individual")
            else:
                yield _row(row, list_name, person)


def _rows(source: Source, name: str) -> Iterator[Mapping[str, Any]]:
    if name == CSV:
        yield from source.table(name)
        return
    if name != JSON:
        raise Malformed(f"{name} is neither {JSON} nor {CSV}.", hint=_REPAIR)
    whole = source.json(name)
    values = whole.get("results") if isinstance(whole, dict) else whole
    if not isinstance(values, list):
        raise Malformed(f"{name}: results is not a list.", hint=_REPAIR)
    for value in values:
        yield source.members(name, value)


def _text(row: Mapping[str, Any], member: str) -> str:
    value = row.get(member)
    if value is None:
        return ""
    if isinstance(value, int | str):
        return str(value).strip()
    raise Malformed(f"{FILES}: {member} is not a text.", hint=_REPAIR)


def _texts(row: Mapping[str, Any], member: str) -> list[str]:
    """Several values: a list in JSON, joined with semicolons in the table."""
    value = row.get(member) or []
    many = value.split(";") if isinstance(value, str) else value
    if not isinstance(many, list) or any(not isinstance(one, str) for one in many):
        raise Malformed(f"{FILES}: {member} is not a list of texts.", hint=_REPAIR)
    return list(dict.fromkeys(one.strip() for one in many if one.strip()))


def _places(row: Mapping[str, Any]) -> list[str]:
    """The countries of the addresses, and nothing else of them."""
    value = row.get("addresses") or []
    if isinstance(value, str):
        return [address.rpartition(",")[2].strip() for address in value.split(";")]
    if not isinstance(value, list) or any(not isinstance(one, dict) for one in value):
        raise Malformed(f"{FILES}: addresses is not a list of objects.", hint=_REPAIR)
    return [_text(one, "country") for one in value]


def _row(row: Mapping[str, Any], list_name: str, person: bool) -> ReferenceRow:
    name, number = _text(row, "name"), _text(row, "id") or _text(row, "_id")
    if not name or not number:
        raise Malformed(f"{FILES}: an entry has no name or no number.", hint=_REPAIR)
    places = [*(_texts(row, "nationalities") + _texts(row, "citizenships") if person else []), *_places(row)]
    data = {
        "programme": [list_name, *_texts(row, "programs")],
        "listed": [day for day in [_text(row, "start_date")] if _DAY.fullmatch(day)],
        "until": [day for day in [_text(row, "end_date")] if _DAY.fullmatch(day)],
        "notice": [_text(row, "federal_register_notice")],
        "link": [link(_text(row, one)) or "" for one in ("source_information_url", "source_list_url")],
    }
    return ReferenceRow(
        id=entity_id(DATASET.name, list_name, number),
        dataset=DATASET.name,
        type="Person" if person else "LegalEntity",
        caption=name,
        names=list(dict.fromkeys([name, *_texts(row, "alt_names")])),
        countries=list(dict.fromkeys(filter(None, map(country, places)))),
        identifiers={} if person else {"csl": number},
        years=[one for text in _texts(row, "dates_of_birth") for one in year(text)] if person else [],
        person=person,
        data={key: kept for key, values in data.items() if (kept := list(filter(None, values)))},
    )


INTAKE = Intake(DATASET, read)
