"""Ownership as BODS 0.4 statements: entities, persons and relationships that stand, each as one new record."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from sousveil.register import edtf, types
from sousveil.register.export.ftm import best_type
from sousveil.register.model import Recorded, Stance
from sousveil.register.types.countries import country_name

_SHARES = {
    "percentage": "exact",
    "percentageAtLeast": "minimum",
    "percentageAtMost": "maximum",
    "percentageAbove": "exclusiveMinimum",
    "percentageBelow": "exclusiveMaximum",
}


def statement(
    subject: str, said: Sequence[Recorded], *, published: str, publisher: str, licence_url: str
) -> dict[str, Any] | None:
    """The BODS statement about an entity, person or ownership; None for other types. `said` are the statements that stand.

    Denied values stay out of the record and stand in an annotation.
    """
    asserted = [one for one in said if one.statement.stance is not Stance.DENIES and one.statement.property != "reply"]
    if not asserted:
        return None
    type_name = best_type(asserted)
    values: dict[str, list[str]] = {}
    for one in asserted:
        if not one.doubtful:
            values.setdefault(one.statement.property, []).append(one.statement.value)
    if type_name == "Ownership":
        if "asset" not in values:
            return None
        record_type, details = "relationship", _relationship(values)
    elif types.is_a(type_name, "Person"):
        record_type, details = "person", _person(values)
    elif types.is_a(type_name, "LegalEntity"):
        record_type, details = "entity", _entity(type_name, values)
    else:
        return None
    ids = sorted(one.id for one in asserted)
    days = [one.statement.asserted for one in asserted if one.statement.asserted]
    known = sorted(day for text in days if (day := _day(text)))
    publication: dict[str, Any] = {
        "publicationDate": published,
        "bodsVersion": "0.4",
        "publisher": {"name": publisher},
    }
    if licence_url:
        publication["license"] = licence_url
    sources = sorted({one.statement.source for one in asserted})
    source: dict[str, Any] = {"type": ["thirdParty"], "description": "; ".join(sources)}
    source["assertedBy"] = [{"name": name} for name in sorted({one.statement.publisher for one in asserted})]
    made: dict[str, Any] = {
        "statementId": hashlib.sha256("\n".join((subject, *ids)).encode()).hexdigest(),
        "statementDate": known[-1] if known else published,
        "publicationDetails": publication,
        "source": source,
        "declarationSubject": values["asset"][0] if type_name == "Ownership" else subject,
        "recordId": subject,
        "recordType": record_type,
        "recordStatus": "new",
        "recordDetails": details,
    }
    notes = _annotations(said)
    return {**made, "annotations": notes} if notes else made


def _annotations(said: Sequence[Recorded]) -> list[dict[str, Any]]:
    weak = sorted({one.statement.standing.value for one in said} - {"confirmed"})
    notes = [
        {
            "motivation": "commenting",
            "statementPointerTarget": "",
            "description": f"Strength of evidence: {', '.join(word.replace('_', ' ') for word in weak)}.",
        }
    ] * bool(weak)
    for one in said:
        if one.statement.stance is Stance.DENIES or one.statement.property == "reply":
            text = f"{one.statement.publisher} denies or replies: {one.statement.property}: {one.statement.value}"
            notes.append({"motivation": "commenting", "statementPointerTarget": "", "description": text})
    return notes


def _day(text: str | None) -> str | None:
    """The date as BODS takes it: a whole day. A month or year is its first day, as the standard asks."""
    if not text or text == edtf.OPEN:
        return None
    found = edtf.parse(text)
    if found.precision == "day" and not found.uncertain and not found.approximate:
        return text[:10]
    if found.precision in ("month", "year") and not found.uncertain and not found.approximate:
        return text[:7] + "-01" if found.precision == "month" else text[:4] + "-01-01"
    return None


def _first_day(values: dict[str, list[str]], name: str) -> str | None:
    return next((day for text in values.get(name, ()) if (day := _day(text))), None)


def _entity(type_name: str, values: dict[str, list[str]]) -> dict[str, Any]:
    kind: dict[str, Any] = {"type": "legalEntity"}
    if type_name == "State":
        kind = {"type": "state"}
    elif types.is_a(type_name, "PublicBody"):
        kind = {"type": "stateBody"}
    elif types.is_a(type_name, "Company"):
        kind = {"type": "registeredEntity"}
    elif "unspecified" in values:
        kind = {"type": "unknownEntity"}
    made: dict[str, Any] = {"isComponent": False, "entityType": kind}
    if "unspecified" in values:
        made["unspecifiedEntityDetails"] = {"reason": values["unspecified"][0]}
    names = values.get("name", [])
    if names:
        made["name"] = names[0]
    others = [*names[1:], *values.get("alias", ()), *values.get("previousName", ())]
    if others:
        made["alternateNames"] = list(dict.fromkeys(others))
    for where in [*values.get("jurisdiction", ()), *values.get("country", ())][:1]:
        made["jurisdiction"] = _country(where)
    identifiers = [{"id": value, "scheme": "XI-LEI"} for value in values.get("leiCode", ())]
    identifiers += [
        {"id": value, "schemeName": "Registration number"} for value in values.get("registrationNumber", ())
    ]
    if identifiers:
        made["identifiers"] = identifiers
    for name, field in (("incorporationDate", "foundingDate"), ("dissolutionDate", "dissolutionDate")):
        if day := _first_day(values, name):
            made[field] = day
    return made


def _country(code: str) -> dict[str, str]:
    made = {"name": country_name(code)}
    return {**made, "code": code.upper()} if len(code) == 2 else made


def _person(values: dict[str, list[str]]) -> dict[str, Any]:
    made: dict[str, Any] = {"isComponent": False, "personType": "knownPerson"}
    if "unspecified" in values:
        made["personType"] = "anonymousPerson"
        made["unspecifiedPersonDetails"] = {"reason": values["unspecified"][0]}
    names = [{"type": "legal", "fullName": name} for name in values.get("name", ())]
    names += [{"type": "alternative", "fullName": name} for name in values.get("alias", ())]
    names += [{"type": "former", "fullName": name} for name in values.get("previousName", ())]
    if names:
        made["names"] = names
    if values.get("nationality"):
        made["nationalities"] = [_country(code) for code in values["nationality"]]
    for name, field in (("birthYear", "birthDate"), ("deathYear", "deathDate")):
        for text in values.get(name, ())[:1]:
            if text.isdigit():
                made[field] = text
    return made


def _relationship(values: dict[str, list[str]]) -> dict[str, Any]:
    party: Any = next(iter(values.get("owner", ())), None)
    if party is None:
        reason = values.get("ownerUnspecified", ["unknown"])[0]
        party = {"reason": reason}
    interest: dict[str, Any] = {"type": values.get("interest", ["unknownInterest"])[0]}
    for name, field in (("directness", "directOrIndirect"), ("description", "details")):
        if values.get(name):
            interest[field] = values[name][0]
    if values.get("beneficial"):
        interest["beneficialOwnershipOrControl"] = values["beneficial"][0] == "yes"
    share = {
        field: number
        for name, field in _SHARES.items()
        if values.get(name) and 0 <= (number := float(values[name][0])) <= 100
    }
    if share:
        interest["share"] = share
    for name in ("startDate", "endDate"):
        if day := _first_day(values, name):
            interest[name] = day
    return {"isComponent": False, "subject": values["asset"][0], "interestedParty": party, "interests": [interest]}
