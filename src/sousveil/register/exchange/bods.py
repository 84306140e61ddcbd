"""BODS 0.4: entities, persons and relationships, each record as its last statement says.

A relationship becomes one `Ownership` for each interest in it; owners who are unknown or not disclosed are data. Records
are linked by their record ids, so a statement that was replaced breaks nothing. Political exposure, addresses, birth dates
beyond the year and numbers of persons are not taken over.
"""

from __future__ import annotations

from typing import Any

from sousveil.register.exchange.circles import circles
from sousveil.register.exchange.gather import Gather, day, number
from sousveil.register.exchange.validating import refuse
from sousveil.register.model import entity_id
from sousveil.register.types.cleaning import SCHEMES
from sousveil.register.types.countries import country_code

_TYPES = {"registeredEntity": "Company", "state": "State", "stateBody": "PublicBody"}
_NOT_OWNING = {"boardMember", "boardChair", "seniorManagingOfficial", "nominee", "nominator"}
"""Interests that are posts or agreements: a circle of those is no circle of ownership."""
_SHARES = {
    "exact": "percentage",
    "minimum": "percentageAtLeast",
    "maximum": "percentageAtMost",
    "exclusiveMinimum": "percentageAbove",
    "exclusiveMaximum": "percentageBelow",
}


def add_all(gather: Gather, statements: list[dict[str, Any]]) -> list[str]:
    """The statements of a package; returns warnings. Raises Refused for a circle of ownership within one declaration."""
    last = _last(statements)
    _no_circles(last)
    ids = {record: entity_id("bods", gather.namespace, record) for record in last}
    persons = {record for record, (_, one) in last.items() if _is_known_person(one)}
    warnings: list[str] = []
    for record, (place, one) in last.items():
        path = f"$[{place}].recordDetails"
        asserted = day(one["statementDate"])
        match one["recordType"]:
            case "entity":
                _entity(gather, path, ids[record], one["recordDetails"], asserted)
            case "person":
                _person(gather, path, ids[record], one["recordDetails"], asserted)
            case _:
                _relationship(gather, path, record, one, ids, persons, warnings)
    return warnings


def _last(statements: list[dict[str, Any]]) -> dict[str, tuple[int, dict[str, Any]]]:
    """Record id -> place and statement that counts: the last one by date, of one day the later in the file."""
    found: dict[str, tuple[int, dict[str, Any]]] = {}
    seen: set[str] = set()
    for place, statement in enumerate(statements):
        if statement["statementId"] in seen:
            raise refuse(f"$[{place}].statementId", "twice", "this statement id is given to two statements")
        seen.add(statement["statementId"])
        record = statement["recordId"]
        there = found.get(record)
        if there is not None and there[1]["recordType"] != statement["recordType"]:
            raise refuse(f"$[{place}].recordType", "other_type", "this record was of another type before")
        if there is None or (statement["statementDate"] or "") >= (there[1]["statementDate"] or ""):
            found[record] = (place, statement)
    return found


def _no_circles(last: dict[str, tuple[int, dict[str, Any]]]) -> None:
    """Raises Refused where somebody owns himself by way of others, as one declaration tells it."""
    edges: dict[str, list[tuple[str, str]]] = {}
    places: dict[tuple[str, str], int] = {}
    for place, one in last.values():
        if one["recordType"] != "relationship" or one.get("recordStatus") == "closed":
            continue
        details = one["recordDetails"]
        owner, owned = details["interestedParty"], details["subject"]
        interests = details.get("interests") or [{}]
        current = [each for each in interests if each.get("type") not in _NOT_OWNING and not each.get("endDate")]
        if isinstance(owner, str) and isinstance(owned, str) and current:
            declaration = str(one.get("declaration") or one["declarationSubject"])
            edges.setdefault(declaration, []).append((owner, owned))
            places[owner, owned] = place
    for pairs in edges.values():
        for group in circles(pairs):
            inside = min(places[pair] for pair in pairs if pair[0] in group and pair[1] in group)
            names = ", ".join(group[:5])
            what = (
                f"in this declaration {names} own each other in a circle" if len(group) > 1 else f"{names} owns itself"
            )
            raise refuse(f"$[{inside}].recordDetails.interestedParty", "circular_ownership", what)


def _is_known_person(statement: dict[str, Any]) -> bool:
    return bool(statement["recordType"] == "person" and statement["recordDetails"]["personType"] != "unknownPerson")


def _unspecified(gather: Gather, path: str, subject: str, details: dict[str, Any] | None, asserted: str | None) -> None:
    found = details or {}
    reason = found.get("reason") or "unknown"
    gather.add(path, subject, "LegalEntity", "unspecified", reason, asserted=asserted)
    gather.add(path, subject, "LegalEntity", "note", found.get("description"), asserted=asserted)


def _entity(gather: Gather, path: str, subject: str, details: dict[str, Any], asserted: str | None) -> None:
    kind = details["entityType"]
    type_name = _TYPES.get(kind["type"], "LegalEntity")

    def say(name: str, value: Any, inner: str) -> None:
        gather.add(f"{path}.{inner}", subject, type_name, name, value, asserted=asserted)

    if kind["type"] in ("anonymousEntity", "unknownEntity") or "unspecifiedEntityDetails" in details:
        _unspecified(
            gather, f"{path}.unspecifiedEntityDetails", subject, details.get("unspecifiedEntityDetails"), asserted
        )
    say("name", details.get("name"), "name")
    for other in details.get("alternateNames") or ():
        say("alias", other, "alternateNames")
    if type_name == "LegalEntity" and kind["type"] not in ("anonymousEntity", "unknownEntity"):
        say("classification", kind.get("subtype") or kind["type"], "entityType")
    say("legalForm", kind.get("details"), "entityType.details")
    say("jurisdiction", _country(details.get("jurisdiction")), "jurisdiction")
    say("incorporationDate", day(details.get("foundingDate")), "foundingDate")
    say("dissolutionDate", day(details.get("dissolutionDate")), "dissolutionDate")
    for identifier in details.get("identifiers") or ():
        given = identifier.get("id")
        if given and identifier.get("scheme") == "XI-LEI":
            try:
                say("leiCode", SCHEMES["lei"](given), "identifiers")
            except ValueError:
                say("registrationNumber", given, "identifiers")
        else:
            say("registrationNumber", given, "identifiers")
    _listings(gather, path, subject, details.get("publicListing") or {}, asserted)


def _listings(gather: Gather, path: str, issuer: str, listing: dict[str, Any], asserted: str | None) -> None:
    for place, one in enumerate(listing.get("securitiesListings") or ()):
        security = one["security"]
        subject = entity_id("bods", issuer, "security", str(security.get("id") or security.get("ticker") or place))
        at = f"{path}.publicListing.securitiesListings[{place}]"
        exchange = one.get("marketIdentifierCode") or one.get("operatingMarketIdentifierCode")
        isin = security.get("id") if security.get("idScheme") == "isin" else None
        for name, value in (
            ("issuer", issuer),
            ("ticker", security.get("ticker")),
            ("exchange", one.get("stockExchangeName") or exchange),
            ("recordId", security.get("id")),
        ):
            gather.add(at, subject, "Security", name, value, asserted=asserted)
        if isin:
            try:
                gather.add(at, subject, "Security", "isin", SCHEMES["isin"](isin), asserted=asserted)
            except ValueError:
                continue  # fictional or mistyped: it stays as the number in the source


def _person(gather: Gather, path: str, subject: str, details: dict[str, Any], asserted: str | None) -> None:
    if details["personType"] != "knownPerson":
        _unspecified(
            gather, f"{path}.unspecifiedPersonDetails", subject, details.get("unspecifiedPersonDetails"), asserted
        )
    if details["personType"] == "unknownPerson":
        return
    kinds = {"former": "previousName", "alternative": "alias", "birth": "previousName"}
    for place, name in enumerate(details.get("names") or ()):
        kind = kinds.get(name.get("type", ""), "name" if place == 0 else "alias")
        gather.add(f"{path}.names[{place}]", subject, "Person", kind, name["fullName"], asserted=asserted)
    for country in details.get("nationalities") or ():
        gather.add(f"{path}.nationalities", subject, "Person", "nationality", _country(country), asserted=asserted)
    for field, name in (("birthDate", "birthYear"), ("deathDate", "deathYear")):
        year = (details.get(field) or "")[:4]
        gather.add(f"{path}.{field}", subject, "Person", name, year, asserted=asserted)


def _relationship(
    gather: Gather,
    path: str,
    record: str,
    statement: dict[str, Any],
    ids: dict[str, str],
    persons: set[str],
    warnings: list[str],
) -> None:
    details = statement["recordDetails"]
    asserted = day(statement["statementDate"])
    closed = statement.get("recordStatus") == "closed"
    dates = {"until": asserted} if closed else None
    owner, owned = details["interestedParty"], details["subject"]
    base = ids[record]
    for end, name in ((owner, "interestedParty"), (owned, "subject")):
        if isinstance(end, str) and end not in ids:
            warnings.append(f"{path}.{name}: no record of this package has the id that stands here")
            ids[end] = entity_id("bods", gather.namespace, end)
    if isinstance(owned, str):
        asset = ids[owned]
    else:
        asset = entity_id("bods", gather.namespace, record, "subject")
        _unspecified(gather, f"{path}.subject", asset, owned, asserted)
    for place, interest in enumerate(details.get("interests") or [{}]):
        subject = base if place == 0 else entity_id("bods", gather.namespace, record, "interest", str(place))
        at = f"{path}.interests[{place}]"

        def say(
            name: str, value: Any, inner: str = "", person: bool = False, subject: str = subject, at: str = at
        ) -> None:
            gather.add(at + inner, subject, "Ownership", name, value, asserted=asserted, person=person, dates=dates)

        say("asset", asset)
        if isinstance(owner, str):
            say("owner", ids[owner], person=owner in persons)
        else:
            say("ownerUnspecified", owner["reason"])
            say("note", owner.get("description"))
        say("interest", interest.get("type"), ".type")
        say("directness", interest.get("directOrIndirect"), ".directOrIndirect")
        say("beneficial", interest.get("beneficialOwnershipOrControl"), ".beneficialOwnershipOrControl")
        say("description", interest.get("details"), ".details")
        for field, name in _SHARES.items():
            share = (interest.get("share") or {}).get(field)
            say(name, number(share) if share is not None else None, f".share.{field}")
        start, end_date = day(interest.get("startDate")), day(interest.get("endDate"))
        if start and end_date and end_date < start:
            raise refuse(f"{at}.endDate", "end_before_start", "it ends before it starts")
        say("startDate", start, ".startDate")
        say("endDate", end_date, ".endDate")
        say("declaration", statement.get("declaration"))


def _country(given: dict[str, Any] | None) -> str | None:
    if not given:
        return None
    return country_code(given.get("code") or "") or country_code(given.get("name") or "")
