"""Global LEI Index: names and numbers of companies, out of answers of GLEIF's interface (JSON) or rows of its golden copy (CSV).

The golden copy has some three million entities. An operator loads those that matter: saved answers of the interface, or rows of the golden
copy under its own headings. Sole proprietors are natural persons and are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sousveil.errors import Malformed
from sousveil.register.intake.model import OTHERS, Dataset, File
from sousveil.register.intake.saying import Speaker, country
from sousveil.register.intake.source import Intake, Source
from sousveil.register.model import Standing, Statement, entity_id

FILES = "*.*"
_OTHER_NAME = "Entity.OtherEntityNames.OtherEntityName."
_NAMES = tuple(f"{_OTHER_NAME}{number}" for number in range(1, 6))
_KINDS = tuple(f"{name}.type" for name in _NAMES)
DATASET = Dataset(
    name="gleif-lei",
    title="Global LEI Index: companies and their numbers",
    publisher="Global Legal Entity Identifier Foundation",
    source="https://www.gleif.org/en/lei-data",
    licence="CC0 1.0",
    licence_url="https://creativecommons.org/publicdomain/zero/1.0/",
    attribution="Global Legal Entity Identifier Foundation (GLEIF)",
    downloaded=True,
    snapshot="2026-11-30",
    class_="surveillance",
    coverage=(
        "The companies that the operator chose: official name, legal entity identifier, number in the register of companies, State of "
        "registration. Not shipped: the operator downloads it from gleif.org."
    ),
    not_used_for="Any claim about surveillance: three million companies have such a number.",
    files=(
        File(
            name=FILES,
            read=(
                "LEI",
                "Entity.LegalName",
                *_NAMES,
                *_KINDS,
                "Entity.HeadquartersAddress.Country",
                "Entity.LegalJurisdiction",
                "Entity.EntityCategory",
                "Entity.EntityStatus",
                "Entity.EntityCreationDate",
                "Entity.RegistrationAuthority.RegistrationAuthorityEntityID",
            ),
            optional=(*_NAMES, *_KINDS, "Entity.EntityCreationDate"),
            dropped={OTHERS: "Addresses, dates and particulars of the identifier itself; nothing here asks for them."},
            least=1,
            most=200_000,
        ),
    ),
)
_TYPES = {
    "": "Company",
    "GENERAL": "Company",
    "RESIDENT_GOVERNMENT_ENTITY": "Organization",
    "INTERNATIONAL_ORGANIZATION": "Organization",
}
"""Category -> record type; any other, such as a fund, is a `LegalEntity`."""
_PREVIOUS = "PREVIOUS_LEGAL_NAME"
_REPAIR = "Save the answer of the interface, or rows of the golden copy, again; nothing of it was stored."


def read(source: Source) -> Iterator[Statement]:
    """A company for each identifier."""
    seen: set[str] = set()
    for name in source.names(FILES):
        if name.endswith(".csv"):
            rows = list(source.table(name))
        elif name.endswith(".json"):
            rows = [source.members(name, _flat(name, record)) for record in _records(name, source.json(name))]
        else:
            raise Malformed(f"{name} ends neither with .json nor with .csv.", hint=_REPAIR)
        speaker = Speaker(DATASET, source.sha256(name), standing=Standing.REPORTED)
        for row in rows:
            if row["Entity.EntityCategory"] == "SOLE_PROPRIETOR":
                source.leave_out("sole_proprietor")
            elif row["LEI"] not in seen:
                seen.add(row["LEI"])
                yield from _company(speaker, row)


def _records(name: str, whole: Any) -> list[Any]:
    """The records of an answer: of a search many, of one identifier one."""
    data = whole.get("data") if isinstance(whole, dict) else None
    if not isinstance(data, list | dict):
        raise Malformed(f"{name}: data is neither a record nor a list of records.", hint=_REPAIR)
    return data if isinstance(data, list) else [data]


def _flat(name: str, record: Any) -> dict[str, str]:
    """A record of the interface under the headings of the golden copy."""
    try:
        attributes = record["attributes"]
        entity = attributes["entity"]
        others = [one for one in entity.get("otherNames") or [] if one.get("name")][: len(_NAMES)]
        found = {
            "LEI": attributes["lei"],
            "Entity.LegalName": entity["legalName"]["name"],
            "Entity.HeadquartersAddress.Country": (entity.get("headquartersAddress") or {}).get("country"),
            "Entity.LegalJurisdiction": entity.get("jurisdiction"),
            "Entity.EntityCategory": entity.get("category"),
            "Entity.EntityStatus": entity.get("status"),
            "Entity.EntityCreationDate": entity.get("creationDate"),
            "Entity.RegistrationAuthority.RegistrationAuthorityEntityID": entity.get("registeredAs"),
            **{_NAMES[at]: one["name"] for at, one in enumerate(others)},
            **{_KINDS[at]: one.get("type") for at, one in enumerate(others)},
        }
    except (KeyError, TypeError, AttributeError):
        raise Malformed(f"{name}: a record lacks its identifier or its legal name.", hint=_REPAIR) from None
    if any(not isinstance(value, str | None) for value in found.values()):
        raise Malformed(f"{name}: a value of a record is no text.", hint=_REPAIR)
    return {key: (value or "").strip() for key, value in found.items()}


def _company(speaker: Speaker, row: Mapping[str, str]) -> Iterator[Statement]:
    lei, type = row["LEI"], _TYPES.get(row["Entity.EntityCategory"], "LegalEntity")
    subject, page = entity_id(DATASET.name, lei), f"https://search.gleif.org/#/record/{lei}"
    yield speaker.say(subject, type, "leiCode", lei, source=page, standing=Standing.CONFIRMED)
    yield from speaker.record(
        subject,
        type,
        source=page,
        name=row["Entity.LegalName"],
        registrationNumber=row["Entity.RegistrationAuthority.RegistrationAuthorityEntityID"] or None,
        jurisdiction=country(row["Entity.LegalJurisdiction"].partition("-")[0]),
        country=country(row["Entity.HeadquartersAddress.Country"]),
        status=row["Entity.EntityStatus"] or None,
        incorporationDate=row.get("Entity.EntityCreationDate", "")[:10] or None,
    )
    for name, kind in zip(_NAMES, _KINDS, strict=True):
        other = row.get(name)
        if other and other != row["Entity.LegalName"]:
            property = "previousName" if row.get(kind) == _PREVIOUS else "alias"
            yield speaker.say(subject, type, property, other, source=page)


INTAKE = Intake(DATASET, read)
