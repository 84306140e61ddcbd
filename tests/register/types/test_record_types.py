"""The record types are sound, one door cleans statements, and a refusal names the field."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sousveil.register import types
from sousveil.register.model import Stance, Standing, Statement
from sousveil.register.refusal import Refused
from sousveil.register.types.cleaning import cleaner_of
from sousveil.register.types.registry import discover

PLAIN = Statement(
    subject="sv-0123456789ab",
    type="Company",
    property="name",
    value="Acme Interception Ltd",
    source="https://paper.example/1",
    publisher="The Invented Paper",
    dataset="direct",
    standing=Standing.REPORTED,
)


BAD = "TYPE = RecordType(name='BadThing', label='B', plural='B', "


def changed(**fields: Any) -> Statement:
    return msgspec.structs.replace(PLAIN, **fields)


def test_all_types_are_sound_and_told() -> None:
    found = types.all_types()
    assert len(found) == 67
    assert {"Company", "State", "Ownership", "ExportLicence", "AbuseIncident", "Judgement", "Figure"} <= set(found)
    assert [name for name in found if "emedy" in name or "omplaint" in name] == ["RemedyBarrier", "RemedyPath"]
    assert types.ancestors("State") == ("State", "PublicBody", "Organization", "LegalEntity", "Thing")
    assert [types.start_of("State"), types.end_of("Deployment"), types.caption_of("Company")[0]] == [
        "incorporationDate",
        "endDate",
        "name",
    ]


@pytest.mark.parametrize(
    "stage", ["Deployment.clientStage", "Supply.clientStage", "AbuseIncident.clientStage", "ClientClaim.stage"]
)
def test_a_client_is_potential_reported_or_confirmed(stage: str) -> None:
    name, _, one = stage.partition(".")
    assert [types.stage_rank(name, one, code) for code in ("potential", "reported", "confirmed", "certain")] == [
        0,
        1,
        2,
        None,
    ]


def test_targets_are_selected_targeted_or_infected() -> None:
    found = types.property_of("AbuseIncident", "stage")
    assert found is not None and list(found.codes) == ["selected", "targeted", "infected"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("TYPE = 1", "bad_thing.py: no constant TYPE"),
        ("TYPE = RecordType(name='Bad', label='B', plural='B', what='B.')", "the file of Bad is called bad.py"),
        ("BAD(what='B.', extends='None')", "extends None"),
        ("BAD(what='no sentence')", "what are needed|what is made"),
        ("BAD(what='B.', properties=(Property('a', 'A', 'thing'),))", "not a kind"),
        ("BAD(what='B.', properties=(Property('a', 'A', 'entity'),))", "have a range"),
        ("BAD(what='B.', caption=('a',))", "a is not a property"),
        ("BAD(what='B.', stage='a', properties=(Property('a', 'A', 'text'),))", "no codes"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, sentence: str) -> None:
    package = tmp_path / f"invented{abs(hash(text))}"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "bad_thing.py").write_text("from sousveil.register.types.model import *\n" + text.replace("BAD(", BAD))
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(TypeError, match=sentence) as raised:
        discover(package.name)
    assert str(raised.value).startswith("bad_thing.py: ")
    for name in [name for name in sys.modules if name.startswith(package.name)]:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("type_name", "property_name", "value", "expected"),
    [
        ("Company", "name", "  Acme \u202e Ltd ", "Acme Ltd"),
        ("Company", "name", "Cafe\u0301", "Café"),
        ("Company", "country", "Mexico", "mx"),
        ("Company", "country", "ISR", "il"),
        ("Company", "jurisdiction", "US-DE", "us"),
        ("Company", "website", "HTTPS://Example.ORG/A?b", "https://example.org/A?b"),
        ("Company", "leiCode", "5493001kjtiigc8y1r12", "5493001KJTIIGC8Y1R12"),
        ("Security", "isin", "us0378331005", "US0378331005"),
        ("Ownership", "percentage", "+025.50", "25.5"),
        ("Ownership", "percentage", "-0", "0"),
        ("Supply", "amount", "1200.50 EUR", "EUR 1200.5"),
        ("Event", "date", "2021-07", "2021-07"),
        ("Event", "description", "one\r\ntwo   three", "one\ntwo three"),
        ("AbuseIncident", "stage", "selected", "selected"),
        ("Finding", "month", "2021-07", "2021-07"),
    ],
)
def test_cleaned(type_name: str, property_name: str, value: str, expected: str) -> None:
    found = types.check(changed(type=type_name, property=property_name, value=value))
    assert found.value == expected
    assert types.check(found) == found


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"type": "Spaceship"}, "type", "unknown_type"),
        ({"type": "Thing"}, "type", "unknown_type"),
        ({"property": "homeAddress"}, "property", "unknown_property"),
        ({"property": "email", "type": "Person"}, "property", "unknown_property"),
        ({"value": " \u200e"}, "Company.name", "bad_value"),
        ({"value": "a\x00b"}, "Company.name", "bad_value"),
        ({"value": "a\ud800"}, "Company.name", "bad_value"),
        ({"value": "x" * 385}, "Company.name", "bad_value"),
        ({"property": "country", "value": "Atlantis"}, "Company.country", "bad_value"),
        ({"property": "website", "value": "javascript:alert(1)"}, "Company.website", "bad_value"),
        ({"property": "website", "value": "https://a:b@c.example/"}, "Company.website", "bad_value"),
        ({"property": "leiCode", "value": "5493001KJTIIGC8Y1R13"}, "Company.leiCode", "bad_value"),
        ({"property": "incorporationDate", "value": "2021-02-30"}, "Company.incorporationDate", "bad_value"),
        ({"property": "incorporationDate", "value": ".."}, "Company.incorporationDate", "bad_value"),
        ({"type": "Person", "property": "birthYear", "value": "1970-05-01"}, "Person.birthYear", "bad_value"),
        ({"type": "Finding", "property": "month", "value": "2021-07-18"}, "Finding.month", "bad_value"),
        ({"type": "Ownership", "property": "percentage", "value": "1,5"}, "Ownership.percentage", "bad_value"),
        ({"type": "AbuseIncident", "property": "stage", "value": "hacked"}, "AbuseIncident.stage", "bad_value"),
        ({"type": "Ownership", "property": "owner", "value": "a b"}, "Ownership.owner", "bad_value"),
        ({"subject": "../x"}, "subject", "bad_subject"),
        ({"source": "  "}, "source", "no_source"),
        ({"publisher": ""}, "publisher", "bad_publisher"),
        ({"dataset": ""}, "dataset", "bad_dataset"),
        ({"valid_from": "2021-02-30"}, "valid_from", "bad_date"),
        ({"valid_from": "2022", "valid_until": "2021"}, "valid_until", "end_before_start"),
        ({"asserted": "yesterday"}, "asserted", "bad_date"),
        ({"asserted": ".."}, "asserted", "bad_date"),
        ({"language": "English"}, "language", "bad_language"),
        ({"property": "country", "value": "il", "language": "en"}, "language", "bad_language"),
        ({"source_sha256": "ABC"}, "source_sha256", "bad_hash"),
        ({"supersedes": "1"}, "supersedes", "bad_hash"),
        ({"stance": Stance.CORRECTS}, "supersedes", "nothing_corrected"),
    ],
)
def test_refused(fields: dict[str, Any], field: str, code: str) -> None:
    with pytest.raises(Refused) as raised:
        types.check(changed(**fields))
    assert (raised.value.field, raised.value.code) == (field, code)
    assert raised.value.message.startswith(field + ": ")


def test_a_sound_statement_is_given_back_as_it_is() -> None:
    assert types.check(PLAIN) is PLAIN


def test_the_print_is_kept_where_cleaning_changed_it() -> None:
    found = types.check(changed(property="country", value="Mexico"))
    assert (found.value, found.original) == ("mx", "Mexico")
    assert types.check(changed(value="Acme  Interception Ltd")).original is None


def test_statements_about_persons_are_marked() -> None:
    assert types.check(changed(type="Person", value="Jo Invented")).person
    assert types.check(changed(type="Directorship", property="director", value="sv-0123")).person
    assert not types.check(PLAIN).person
    assert types.check(changed(person=True)).person


def test_what_a_record_lacks() -> None:
    half = changed(type="Ownership", property="owner", value="sv-owner", subject="sv-link")
    whole = changed(type="Ownership", property="asset", value="sv-asset", subject="sv-link")
    assert types.missing([half]) == [("sv-link", "Ownership", "asset")]
    assert types.missing([half, whole]) == []
    assert types.missing([changed(stance=Stance.DENIES, type="Ownership", property="owner", value="sv-owner")]) == []


@given(st.sampled_from(sorted(types.all_types())), st.data(), st.text(max_size=60))
def test_cleaning_twice_is_cleaning_once(name: str, data: st.DataObject, text: str) -> None:
    one = data.draw(st.sampled_from(list(types.properties(name).values())))
    clean = cleaner_of(one)
    try:
        value = clean(text)
    except ValueError:
        return
    assert clean(value) == value


def test_the_reference_page_names_every_type_and_property() -> None:
    from sousveil.register.types.reference import markdown

    page = markdown()
    for name, found in types.all_types().items():
        assert f"\n## {name}\n" in page
        assert all(f"| `{one.name}` |" in page for one in found.properties)
    assert markdown() == page
