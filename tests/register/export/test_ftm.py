"""Exports in FollowTheMoney's vocabulary: what they say word for word, and that the package itself takes all of it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from sousveil.register import types
from sousveil.register.export import ftm
from sousveil.register.export.ftm_schemata import PROPERTIES, REQUIRED, VERSION
from sousveil.register.model import Recorded, Stance, Standing, Statement, entity_id
from sousveil.register.types.model import Property
from tests.register.export import followthemoney


def recorded(number: int, subject: str, type_name: str, name: str, value: str, **more: object) -> Recorded:
    statement = types.check(
        Statement(
            subject=subject,
            type=type_name,
            property=name,
            value=value,
            source="https://paper.example/1",
            publisher="The Invented Paper",
            dataset="direct",
            standing=Standing.REPORTED,
            **more,  # type: ignore[arg-type]
        )
    )
    return Recorded(id=f"{number:064x}", recorded=number, statement=statement)


def value_of(one: Property) -> str:
    """A value that the property takes."""
    if one.codes:
        return next(iter(one.codes))
    by_scheme = {
        "lei": "5493001KJTIIGC8Y1R12",
        "isin": "US0378331005",
        "wikidata": "Q42",
        "sha256": "a" * 64,
        "month": "2021-07",
    }
    if one.scheme:
        return by_scheme[one.scheme]
    return {
        "text": f"An invented text for {one.name}, in words.",
        "name": f"Invented {one.label}",
        "url": "https://paper.example/page",
        "date": "1971" if one.year_only else "2021-07-18",
        "country": "il",
        "entity": entity_id("invented", one.name),
        "number": "12.5",
        "money": "EUR 1200",
        "identifier": "INV-123",
        "code": "en",
    }[one.kind]


def full(type_name: str) -> list[Recorded]:
    """A record of this type with every property."""
    subject = entity_id("full", type_name)
    known = types.properties(type_name).values()
    return [recorded(number, subject, type_name, one.name, value_of(one)) for number, one in enumerate(known)]


CONCRETE = [name for name, one in types.all_types().items() if not one.abstract]


def everything() -> Iterator[dict[str, object]]:
    for name in CONCRETE:
        subject = entity_id("full", name)
        yield from ftm.entities(subject, full(name), {}, ["direct"])
        for one in full(name):  # each property alone: what is required has to be made
            yield from ftm.entities(subject, [one], {}, ["direct"])


@pytest.mark.ftm
def test_the_package_takes_every_type_whole_and_in_parts() -> None:
    lines = [json.dumps(one) for one in everything()]
    assert followthemoney.check("\n".join(lines).encode()) == (len(lines), [])
    assert len(lines) > 900


@pytest.mark.ftm
def test_our_part_of_its_vocabulary_is_its_own() -> None:
    assert followthemoney.VERSION == VERSION
    found, required = followthemoney.vocabulary({name: sorted(one) for name, one in PROPERTIES.items()})
    assert found == PROPERTIES
    assert {name: tuple(one) for name, one in required.items()} == REQUIRED


def test_every_type_but_judgements_has_a_schema() -> None:
    assert [name for name in CONCRETE if ftm.schema_of(name) is None] == ["Judgement"]
    assert all(ftm.schema_of(name) in PROPERTIES for name in CONCRETE if name != "Judgement")


def test_a_company_word_for_word() -> None:
    one = recorded(1, "sv-acme", "Company", "name", "Acme Ltd")
    other = recorded(2, "sv-acme", "Company", "incorporationDate", "2015~")
    reply = recorded(3, "sv-acme", "Company", "name", "We are Acme GmbH", stance=Stance.DENIES, supersedes=one.id)
    assert ftm.entities("sv-acme", [one, other, reply], {one.id: [reply]}, ["direct"]) == [
        {
            "id": "sv-acme",
            "schema": "Company",
            "properties": {
                "name": ["Acme Ltd"],
                "notes": [
                    "The Invented Paper denies “Name: Acme Ltd”: We are Acme GmbH",
                    "Founded: 2015~",
                    "Reported: Name, Founded",
                ],
            },
            "datasets": ["direct"],
            "statements": [one.id, other.id],
        }
    ]


def test_an_unknown_owner_is_an_entity() -> None:
    said = [
        recorded(1, "sv-link", "Ownership", "asset", "sv-acme"),
        recorded(2, "sv-link", "Ownership", "ownerUnspecified", "unknown"),
    ]
    made = ftm.entities("sv-link", said, {}, ["direct"])
    owner = entity_id("unknown-owner", "sv-link")
    assert [(one["schema"], one["id"]) for one in made] == [("Ownership", "sv-link"), ("LegalEntity", owner)]
    assert made[0]["properties"]["owner"] == [owner]
    assert made[1]["properties"]["name"] == ["Owner not named: unknown, and the reason is unknown"]


def test_a_potential_client_is_called_potential_and_nothing_more() -> None:
    said = [
        recorded(1, "sv-x", "AbuseIncident", "name", "A case"),
        recorded(2, "sv-x", "AbuseIncident", "stage", "selected"),
        recorded(3, "sv-x", "AbuseIncident", "client", "sv-state"),
        recorded(4, "sv-x", "AbuseIncident", "clientStage", "potential"),
    ]
    event, link = ftm.entities("sv-x", said, {}, ["direct"])
    assert "involved" not in event["properties"]
    assert link["properties"]["role"] == ["Operator (potential)"]
    sale = [
        recorded(1, "sv-y", "Supply", "supplier", "sv-acme"),
        recorded(2, "sv-y", "Supply", "recipient", "sv-state"),
        recorded(3, "sv-y", "Supply", "clientStage", "reported"),
    ]
    supply, link = ftm.entities("sv-y", sale, {}, ["direct"])
    assert "receiver" not in supply["properties"]
    assert link["properties"]["role"] == ["Recipient (reported)"]


def test_what_is_only_denied_is_no_entity() -> None:
    denial = recorded(1, "sv-z", "Company", "name", "No", stance=Stance.DENIES)
    assert ftm.entities("sv-z", [denial], {}, ["direct"]) == []
