"""Packages of others: every worked example is read, what is malformed is refused by its path, nobody's details are kept."""

from __future__ import annotations

import copy
import json
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from sousveil.register.exchange.circles import circles
from sousveil.register.exchange.merging import compile_release
from sousveil.register.exchange.model import Package, Said
from sousveil.register.exchange.reading import read_package
from sousveil.register.model import Standing, entity_id
from sousveil.register.refusal import Refused
from sousveil.register.types import missing

COUNTS = {
    "bods-package-annotations": 8,
    "bods-package-entity-owning-entity": 12,
    "bods-package-fi-soe": 48,
    "bods-package-linking-annotations": 10,
    "bods-package": 14,
    "fermcat": 49,
    "full-pep-declaration": 19,
    "indirect-ownership": 25,
    "joint-ownership": 29,
    "levent": 39,
    "listed-company-exempt-from-disclosure": 5,
    "mixed-direct-and-indirect-ownership": 32,
    "multiple-indirect-ownership": 38,
    "multiple-tax-residencies": 13,
    "mutilple-indirect-ownership-2": 38,
    "nomination": 42,
    "plc-entity-statement": 21,
    "simple-pep-declaration": 19,
    "tecido": 48,
    "ocds-213czf-000-00001-01-planning": 14,
    "ocds-213czf-000-00001-02-tender": 14,
    "ocds-213czf-000-00001-03-tenderAmendment": 14,
    "ocds-213czf-000-00001-04-award": 24,
    "ocds-213czf-000-00001-05-contract": 26,
    "ocds-213czf-000-00001-06-implementation": 26,
    "ocds-213czf-000-00001-withversions": 27,
    "ocds-213czf-000-00001": 27,
}
"""Statements of each worked example of the two standards."""

SAID = Said(source="https://register.example/package", publisher="An Invented Authority")


def release(**more: Any) -> dict[str, Any]:
    return {
        "ocid": "ocds-inv-1",
        "id": "1",
        "date": "2020-05-01T00:00:00Z",
        "tag": ["contract"],
        "initiationType": "tender",
        "parties": [
            {"id": "B", "name": "Ministry of Invention", "roles": ["buyer"], "contactPoint": {"email": "a@b.example"}},
            {
                "id": "S",
                "name": "Acme",
                "roles": ["supplier"],
                "identifier": {"scheme": "IL-ROC", "id": "514", "legalName": "Acme Interception Ltd"},
                "address": {"countryName": "Israel"},
            },
            {"id": "T", "name": "Loser", "roles": ["tenderer"]},
        ],
        "buyer": {"id": "B", "name": "Ministry of Invention"},
        "awards": [{"id": "a1", "status": "active", "suppliers": [{"id": "S"}], "value": {"amount": 5, "currency": "EUR"}}],
        "contracts": [
            {
                "id": "c1",
                "awardID": "a1",
                "title": "A system",
                "status": "active",
                "dateSigned": "2020-04-30T10:00:00Z",
                "value": {"amount": 1200000.5, "currency": "EUR"},
                "period": {"startDate": "2020-06-01T00:00:00Z"},
            }
        ],
        **more,
    }  # fmt: skip


def ocds(*releases: dict[str, Any]) -> dict[str, Any]:
    return {
        "uri": "https://register.example/p",
        "version": "1.1",
        "publishedDate": "2020-05-02T00:00:00Z",
        "publisher": {"name": "An Invented Authority"},
        "releases": list(releases),
    }


def statement(number: int, record: str, kind: str, details: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "statementId": f"{number:032d}",
        "declarationSubject": "acme",
        "declaration": "d1",
        "statementDate": "2022-01-01",
        "recordId": record,
        "recordType": kind,
        "recordDetails": {"isComponent": False, **details},
        **more,
    }


def entity(number: int, record: str, **more: Any) -> dict[str, Any]:
    return statement(
        number, record, "entity", {"entityType": {"type": "registeredEntity"}, "name": record.title()}, **more
    )


def link(number: int, owner: Any, owned: Any, interest: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    details = {"subject": owned, "interestedParty": owner, "interests": [interest or {"type": "shareholding"}]}
    return statement(number, f"r{number}", "relationship", details, **more)


def read(value: Any) -> Package:
    return read_package(json.dumps(value).encode(), SAID)


def told(package: Package, subject: str) -> dict[str, str]:
    return {one.property: one.value for one in package.statements if one.subject == subject}


def test_a_contract_word_for_word() -> None:
    value = ocds(release())
    package = read(value)
    buyer, supplier = entity_id("ocds", "ocds-inv-1", "party", "B"), entity_id("org-id", "IL-ROC", "514")
    contract = entity_id("ocds", "ocds-inv-1")
    assert package.withheld == ["$.releases[0].parties[0].contactPoint"]
    assert b"a@b.example" not in package.data and not package.verbatim
    assert package.original_sha256 == sha256(json.dumps(value).encode()).hexdigest()
    assert told(package, contract) == {
        "title": "A system",
        "ocid": "ocds-inv-1",
        "contractId": "c1",
        "buyer": buyer,
        "supplier": supplier,
        "amount": "EUR 1200000.5",
        "contractDate": "2020-04-30",
        "startDate": "2020-06-01",
        "status": "active",
        "stage": "signed",
        "publication": package.attachment.sha256,
    }
    assert told(package, supplier) == {
        "name": "Acme Interception Ltd",
        "alias": "Acme",
        "country": "il",
        "registrationNumber": "514",
    }
    assert "Loser" not in {one.value for one in package.statements}
    assert missing(package.statements) == []
    assert {one.standing for one in package.statements} == {Standing.REPORTED}
    assert {one.source_sha256 for one in package.statements} == {package.original_sha256}


def test_without_contacts_the_package_is_kept_byte_for_byte() -> None:
    one = release()
    del one["parties"][0]["contactPoint"]
    data = json.dumps(ocds(one), indent=3).encode()
    package = read_package(data, SAID)
    assert (package.data, package.verbatim, package.attachment.sha256) == (data, True, package.original_sha256)


def test_no_stage_beyond_what_is_published() -> None:
    only = {name: value for name, value in release().items() if name not in ("awards", "contracts", "parties")}
    contract = entity_id("ocds", "ocds-inv-1")
    for tag, more, stage in (
        ("planning", {"planning": {}}, "planned"),
        ("tender", {"tender": {"id": "t"}}, "tendered"),
        ("award", {"awards": [{"id": "a"}]}, "awarded"),
    ):
        assert told(read(ocds({**only, "tag": [tag], **more})), contract)["stage"] == stage


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda one: one["releases"][0].pop("ocid"), "$.releases[0]"),
        (lambda one: one["releases"][0].update(date="2020-02-30T00:00:00Z"), "$.releases[0].date"),
        (lambda one: one["releases"][0].update(tag=["sold"]), "$.releases[0].tag[0]"),
        (lambda one: one["releases"][0]["contracts"][0].update(value={"amount": "much"}), "$.releases[0].contracts[0].value.amount"),
        (lambda one: one.update(releases=[]), "$.releases"),
        (lambda one: one.update(publisher="me"), "$.publisher"),
    ],
)  # fmt: skip
def test_malformed_ocds_is_refused_by_its_path(change: Any, field: str) -> None:
    value = copy.deepcopy(ocds(release()))
    change(value)
    with pytest.raises(Refused) as raised:
        read(value)
    assert raised.value.field == field


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b"\xff\xfe", "not_utf8"),
        (b'{"a":1,"a":2}', "not_json"),
        (b'{"releases": [NaN]}', "not_json"),
        (b"[" * 100_000, "too_deep"),
        (b"[" * 80 + b"]" * 80, "too_deep"),
        (b'["\\ud800"]', "not_utf8"),
        (b'{"\\uDC00": 1}', "not_utf8"),
        (b'"text"', "unknown_form"),
        (b"{}", "unknown_form"),
    ],
)
def test_what_is_no_package_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Refused) as raised:
        read_package(data, SAID)
    assert (raised.value.field, raised.value.code) == ("$", code)


def test_owners_known_unknown_and_nominee() -> None:
    person = {
        "personType": "knownPerson",
        "names": [{"fullName": "Jo Invented"}],
        "birthDate": "1970-05-04",
        "addresses": [{"type": "residence", "address": "1 Home Street"}],
        "identifiers": [{"id": "P123", "scheme": "ISR-PASSPORT"}],
    }
    package = read(
        [
            entity(1, "acme"),
            statement(2, "jo", "person", person),
            link(3, "jo", "acme", {"type": "shareholding", "share": {"exact": 25.5}, "startDate": "2019-01-01"}),
            link(4, {"reason": "interestedPartyHasNotProvidedInformation"}, "acme"),
            link(5, "jo", "acme", {"type": "nominee", "directOrIndirect": "direct"}),
        ]
    )
    ids = {name: entity_id("bods", "An Invented Authority", name) for name in ("acme", "jo", "r3", "r4", "r5")}
    assert told(package, ids["jo"]) == {"name": "Jo Invented", "birthYear": "1970"}
    assert told(package, ids["r3"]) == {
        "asset": ids["acme"],
        "owner": ids["jo"],
        "interest": "shareholding",
        "percentage": "25.5",
        "startDate": "2019-01-01",
        "declaration": "d1",
    }
    assert told(package, ids["r4"])["ownerUnspecified"] == "interestedPartyHasNotProvidedInformation"
    assert told(package, ids["r5"])["interest"] == "nominee"
    for canary in (b"Home Street", b"P123", b"1970-05"):
        assert canary not in package.data
        assert all(canary.decode() not in one.value for one in package.statements)
    assert package.withheld == [f"$[1].recordDetails.{name}" for name in ("addresses", "identifiers", "birthDate")]
    assert {one.subject for one in package.statements if one.person} == {ids["jo"], ids["r3"], ids["r5"]}


def test_a_later_statement_replaces_and_a_closed_link_ended() -> None:
    package = read(
        [
            entity(1, "acme"),
            entity(2, "grey"),
            link(3, "grey", "acme", {"type": "shareholding", "share": {"exact": 10}}),
            link(4, "grey", "acme", {"type": "shareholding", "share": {"exact": 20}}, recordId="r3", recordStatus="closed",
                 statementDate="2023-05-01"),
        ]
    )  # fmt: skip
    subject = entity_id("bods", "An Invented Authority", "r3")
    assert told(package, subject)["percentage"] == "20"
    assert {one.valid_until for one in package.statements if one.subject == subject} == {"2023-05-01"}


def test_a_circle_in_one_declaration_is_refused_and_across_two_it_is_kept() -> None:
    three = [entity(1, "acme"), entity(2, "grey"), link(3, "acme", "grey")]
    with pytest.raises(Refused) as raised:
        read([*three, link(4, "grey", "acme")])
    assert (raised.value.field, raised.value.code) == ("$[2].recordDetails.interestedParty", "circular_ownership")
    assert "acme, grey own each other in a circle" in raised.value.message
    package = read([*three, link(4, "grey", "acme", declaration="d2")])
    owned = {one.subject: one.value for one in package.statements if one.property == "asset"}
    owner = {one.subject: one.value for one in package.statements if one.property == "owner"}
    assert len(circles((owner[link_id], owned[link_id]) for link_id in owner)) == 1
    with pytest.raises(Refused, match="owns itself"):
        read([entity(1, "acme"), link(2, "acme", "acme")])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda found: found[0].pop("recordId"), "$[0]"),
        (lambda found: found[0].update(statementDate="2022-13-01"), "$[0].statementDate"),
        (lambda found: found[0]["recordDetails"].pop("entityType"), "$[0].recordDetails"),
        (lambda found: found[1]["recordDetails"]["interests"][0].update(type="friend"), "$[1].recordDetails.interests[0].type"),
        (lambda found: found[1]["recordDetails"]["interests"][0].update(startDate="2021-02-30"),
         "$[1].recordDetails.interests[0].startDate"),
        (lambda found: found[1].update(statementId=found[0]["statementId"]), "$[1].statementId"),
        (lambda found: found[1]["recordDetails"]["interests"][0].update(startDate="2021-02-01", endDate="2020-01-01"),
         "$[1].recordDetails.interests[0].endDate"),
    ],
)  # fmt: skip
def test_malformed_bods_is_refused_by_its_path(change: Any, field: str) -> None:
    value = [entity(1, "acme"), link(2, {"reason": "unknown"}, "acme")]
    change(value)
    with pytest.raises(Refused) as raised:
        read(value)
    assert raised.value.field == field


def test_circles_of_any_length_end() -> None:
    chain = [(str(number), str(number + 1)) for number in range(50_000)]
    assert circles(chain) == []
    assert [len(group) for group in circles([*chain, ("50000", "0")])] == [50_001]
    assert circles([("a", "b"), ("b", "a"), ("b", "c"), ("c", "d"), ("d", "c"), ("e", "e")]) == [
        ["a", "b"],
        ["c", "d"],
        ["e"],
    ]


def test_every_shipped_example_is_read(shared_data: Path) -> None:
    folder = shared_data / "register"
    paths = sorted([*folder.glob("ocds-1.1/examples/ocds-*.json"), *folder.glob("bods-0.4/examples/*.json")])
    if not paths:
        pytest.skip("shared data not there")
    counts = {path.stem: len(read_package(path.read_bytes(), SAID).statements) for path in paths}
    assert counts == COUNTS
    template = folder / "ocds-1.1/examples/release-template-1__1__5.json"
    with pytest.raises(Refused):
        read(ocds(json.loads(template.read_text())))


def test_our_merge_is_the_compiled_release_of_the_standards_example(shared_data: Path) -> None:
    folder = shared_data / "register/ocds-1.1/examples"
    record = json.loads((folder / "ocds-213czf-000-00001.json").read_text())["records"][0]
    packages = [json.loads(path.read_text()) for path in sorted(folder.glob("*-0[1-6]-*.json"))]
    merged = compile_release([one for package in packages for one in package["releases"]])
    expected = record["compiledRelease"]
    ignored = {"id", "date", "tag"}
    assert {name for name in merged if merged[name] != expected.get(name)} - ignored == set()
    assert set(expected) - set(merged) == set()


def test_the_schemas_are_those_of_the_standards(shared_data: Path) -> None:
    ours = Path(str(files("sousveil.register.exchange") / "schemas"))
    theirs = shared_data / "register"
    if not (theirs / "ocds-1.1").is_dir():
        pytest.skip("shared data not there")
    paths = sorted(ours.glob("*/*.json"))
    assert len(paths) == 9
    for path in paths:
        assert path.read_bytes() == (theirs / path.parent.name / "schema" / path.name).read_bytes()
