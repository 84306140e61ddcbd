"""Random bytes against the readers of contracting data (OCDS) and ownership data (BODS)."""

from __future__ import annotations

import json
from typing import Any

from sousveil.errors import SousveilError
from sousveil.register.exchange.model import Said
from sousveil.register.exchange.reading import read_package


def seeds() -> list[bytes]:
    """A release package, a record package and an array of ownership statements, each with what is taken over."""
    release: dict[str, Any] = {
        "ocid": "ocds-inv-1",
        "id": "1",
        "date": "2020-05-01T00:00:00Z",
        "tag": ["contract"],
        "initiationType": "tender",
        "parties": [
            {"id": "B", "name": "Ministry", "roles": ["buyer"], "contactPoint": {"email": "a@b.example"}},
            {"id": "S", "name": "Acme", "roles": ["supplier"], "identifier": {"scheme": "XI-LEI", "id": "X"}},
        ],
        "buyer": {"id": "B"},
        "tender": {"id": "t", "title": "T", "status": "active"},
        "awards": [{"id": "a", "suppliers": [{"id": "S"}], "value": {"amount": 1.5, "currency": "EUR"}}],
        "contracts": [{"id": "c", "awardID": "a", "status": "active", "period": {"startDate": "2020-06-01T00:00:00Z"}}],
    }
    package = {
        "uri": "https://a.example/",
        "version": "1.1",
        "publishedDate": "2020-05-02T00:00:00Z",
        "publisher": {"name": "A"},
    }
    details: list[tuple[str, dict[str, Any]]] = [
        ("entity", {"entityType": {"type": "registeredEntity"}, "name": "Acme", "foundingDate": "2001-02-03"}),
        ("person", {"personType": "knownPerson", "names": [{"fullName": "Jo"}], "birthDate": "1970-01-02"}),
        ("relationship", {"subject": "r0", "interestedParty": "r1", "interests": [{"type": "shareholding"}]}),
        ("relationship", {"subject": "r0", "interestedParty": {"reason": "unknown"}}),
    ]
    ownership = [
        {
            "statementId": f"{number:032d}",
            "declarationSubject": "r0",
            "statementDate": "2022-01-01",
            "recordId": f"r{number}",
            "recordType": kind,
            "recordDetails": {"isComponent": False, **inner},
        }
        for number, (kind, inner) in enumerate(details)
    ]
    records = {**package, "records": [{"ocid": "ocds-inv-1", "releases": [release]}]}
    return [json.dumps(value).encode() for value in ({**package, "releases": [release]}, records, ownership)]


def fuzz_one(data: bytes) -> None:
    """May raise nothing but SousveilError."""
    try:
        read_package(data, Said(source="https://a.example/", publisher="A"))
    except SousveilError:
        return
