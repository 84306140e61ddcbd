"""Every intake against a small invented copy of its data: whole statements and rows, and what was left out."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from sousveil.register.intake import intakes
from sousveil.register.intake.model import Row
from sousveil.register.model import Statement
from sousveil.register.model_reference import ReferenceRow
from sousveil.register.types import check, missing
from tests.register.intake import invented

GOLDEN = Path(__file__).parent / "golden"
NAMES = sorted(invented.MAKERS)


def lines(rows: list[Row]) -> list[str]:
    """Rows as they stand in the golden files: cleaned statements, or rows of a list."""
    return [msgspec.json.encode(check(row) if isinstance(row, Statement) else row).decode() for row in rows]


def test_every_intake_has_an_invented_copy() -> None:
    assert sorted(intakes()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_whole_rows(name: str, tmp_path: Path) -> None:
    rows, _ = invented.read(name, invented.make(name, tmp_path))
    assert lines(rows) == (GOLDEN / f"{name}.jsonl").read_text("utf-8").splitlines()


@pytest.mark.parametrize("name", NAMES)
def test_statements_are_whole_and_well_marked(name: str, tmp_path: Path) -> None:
    found = invented.intake(name).dataset
    rows, source = invented.read(name, invented.make(name, tmp_path), persons=True)
    statements = [row for row in rows if isinstance(row, Statement)]
    assert missing(statements) == []
    assert len(statements) == (0 if found.class_ == "reference" else len(rows))
    assert all(row.dataset == name and row.source and row.publisher for row in statements)
    assert {row.publisher for row in statements} <= {found.publisher, *found.quotes()}
    assert sum(source.counts().values()) >= source.rows > 0


WARNINGS = {
    "finfisher-licences": ["finfisher-licences: an account that may bear a person's name was left out with its lines."],
    "misp-surveillance-vendor": [
        "misp-surveillance-vendor: a relation leads to an entry that is not in the list; it was left out."
    ],
    "spyfiles": ["spyfiles: finfisher-customers.csv has accounts that may bear a person's name; they were left out."],
    "spyware-events": ["spyware-events: actors that are not on the reviewed list of organisations were left out."],
    "surveillance-contract-events": [
        "surveillance-contract-events: events without a title of ours were left out. Read them, then add a title."
    ],
}
LEFT_OUT = {
    "alpr-transparency": {"no_public_body": 2},
    "citizenlab-reports": {"no_vendor": 1},
    "eu-journal-sanctions": {"Asset": 1, "Person": 1},
    "finfisher-licences": {"account": 1},
    "gleif-legal-forms": {"no_country": 1, "not_in_use": 1},
    "gleif-lei": {"sole_proprietor": 1},
    "official-lists-2026": {"ended": 3},
    "security-fairs": {"ambiguous_name": 1, "announced": 1, "broad_firm": 1},
    "spyware-events": {"actor": 1},
    "surveillance-contract-events": {"event": 1},
    "un-treaty-complaints": {"no_complaints": 1, "no_party": 1},
    "us-consolidated-screening-list": {"individual": 2, "vessel": 1},
    "us-fcc-covered-list": {"no_maker": 1},
    "us-ofac-sdn": {"individual": 1, "vessel": 1},
}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_left_out_is_said(name: str, tmp_path: Path) -> None:
    _, source = invented.read(name, invented.make(name, tmp_path))
    assert source.warnings == WARNINGS.get(name, [])
    assert dict(source.left_out) == LEFT_OUT.get(name, {})


def test_persons_of_reference_lists_only_when_switched_on(tmp_path: Path) -> None:
    sdn = invented.make("us-ofac-sdn", tmp_path)
    rows, _ = invented.read("us-ofac-sdn", sdn, persons=True)
    (person,) = [row for row in rows if isinstance(row, ReferenceRow) and row.person]
    assert msgspec.to_builtins(person) == {
        "id": "sv-85993b1f50db53f689cc85cb",
        "dataset": "us-ofac-sdn",
        "type": "Person",
        "caption": "TESTWOMAN, Ana",
        "names": ["TESTWOMAN, Ana", "ANA T"],
        "countries": ["ge"],
        "identifiers": {},
        "years": ["1961"],
        "person": True,
        "data": {
            "programme": ["CYBER2"],
            "link": ["https://sanctionssearch.ofac.treas.gov/Details.aspx?id=90002"],
        },
    }
    eu = invented.make("eu-journal-sanctions", tmp_path)
    rows, _ = invented.read("eu-journal-sanctions", eu, persons=True)
    (person,) = [row for row in rows if isinstance(row, ReferenceRow) and row.person]
    assert (person.names, person.countries, person.years, person.identifiers) == (
        ["Ana TESTWOMAN", "Ана ТЕСТ"],
        ["ru", "by"],
        ["1961"],
        {},
    )


@pytest.mark.parametrize("name", NAMES)
def test_no_canary_leaves_a_reader(name: str, tmp_path: Path) -> None:
    rows, source = invented.read(name, invented.make(name, tmp_path), persons=True)
    text = "\n".join([*lines([row for row in rows if not row.person or name != "spyware-events"]), *source.warnings])
    assert [mark for mark, value in invented.CANARIES.items() if value.casefold() in text.casefold()] == []


def test_a_title_that_names_a_person_is_marked(tmp_path: Path) -> None:
    rows, _ = invented.read("spyware-events", invented.make("spyware-events", tmp_path))
    assert [row.value for row in rows if isinstance(row, Statement) and row.person] == [
        f"{invented.CANARIES['person']} founds NSO Group again"
    ]


def test_experts_are_persons_and_no_others(tmp_path: Path) -> None:
    rows, _ = invented.read("letter-facts", invented.make("letter-facts", tmp_path))
    statements = [row for row in rows if isinstance(row, Statement)]
    (name,) = [row for row in statements if row.type == "Person"]
    assert (name.property, name.value, name.original, name.person) == ("name", "Ana Testexpert", None, True)
    held = {row.subject for row in statements if row.person} - {name.subject}
    (signature,) = held
    assert {(row.property, row.value) for row in statements if row.subject == signature} == {
        ("letter", next(row.subject for row in statements if row.type == "Document")),
        ("signatory", name.subject),
        ("role", "expert"),
        ("note", "This signatory has not endorsed this register."),
    }
