"""Contracts entered statement by statement go out as OCDS that is valid, says no more than they do, and reads back the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sousveil.register.exchange import validating
from sousveil.register.exchange.model import Said
from sousveil.register.exchange.reading import read_package
from sousveil.register.export.exporting import About, Exported, export, replay
from sousveil.register.export.ocds import from_folder
from sousveil.register.export.terms import Terms
from sousveil.register.model import Stance, Standing, Statement, entity_id
from sousveil.register.publication import File
from tests.register import maker
from tests.register.maker import Made, private, published

ID = entity_id("invented", "contract")
TERMS = {"direct": Terms(dataset="direct", title="T", publisher="P", licence="CC0 1.0")}
ABOUT = About(uri="https://register.example/bulk/ocds", published="2026-11-25", title="An invented register")
WHOLE = {
    "title": "Phones",
    "buyer": maker.STATE,
    "supplier": maker.ACME,
    "amount": "EUR 190000",
    "startDate": "2024-02-01",
    "endDate": "2026-01-31",
    "contractDate": "2024-01-15",
    "stage": "signed",
    "method": "open",
}


def said(property: str, value: str, **more: Any) -> Statement:
    given = {"publisher": "The Invented Paper", "asserted": "2024-01-20", "standing": Standing.CONFIRMED} | more
    return maker.said(ID, "Contract", property, value, **given)


def out(made: Made, folder: Path, since: int | None = None) -> Exported:
    read = from_folder(made.register.paths.attachments)
    return export(made.register.store, "ocds", folder, terms=TERMS, about=ABOUT, attachments=read, since=since)


def releases(made: Made, folder: Path) -> list[dict[str, Any]]:
    out(made, folder)
    found = json.loads((folder / "direct.ocds.json").read_text("utf-8"))
    validating.validate(found, validating.ocds(False), "ours")
    return list(found["releases"])


@pytest.fixture
def small(tmp_path: Path) -> Any:
    with maker.made(tmp_path / "register") as one:
        published(one.register.publish([maker.said(maker.STATE, "PublicBody", "name", "Ministry")], private("paper")))
        yield one


STAGES = ("planned", "tendered", "awarded", "signed", "performed", "ended")


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_reads_back_as_itself(small: Made, tmp_path: Path, stage: str) -> None:
    """Planned contracts, too: the tag of the release says how far it has come, in both directions."""
    values = {**WHOLE, "stage": stage}
    published(small.register.publish([said(*one) for one in values.items()], private("paper")))
    [made] = releases(small, tmp_path / "out")
    tags = {"planned": "planning", "tendered": "tender", "awarded": "award", "signed": "contract",
            "performed": "implementation", "ended": "contractTermination"}  # fmt: skip
    assert made["tag"] == [tags[stage]]
    again = read_package((tmp_path / "out" / "direct.ocds.json").read_bytes(), Said(source="S", publisher="P"))
    back = {one.property: one.value for one in again.statements if one.type == "Contract"}
    expected = {"stage": stage, "title": "Phones"}
    expected |= {"amount": "EUR 190000", "startDate": "2024-02-01", "endDate": "2026-01-31"}
    if stage in ("signed", "performed", "ended"):
        expected |= {"contractDate": "2024-01-15"}
    assert {name: back.get(name) for name in expected} == expected
    names = {one.value for one in again.statements if one.property == "name"}
    assert names >= {"Ministry"} and ("supplier" in back) == (stage != "tendered")


PLANNED = {
    "title": "Phones",
    "summary": "For the new unit.",
    "buyer": maker.STATE,
    "amount": "EUR 190000",
    "startDate": "2027-02-01",
    "method": "open",
    "stage": "planned",
}


def test_a_planned_purchase_goes_out_as_planning_and_comes_in_the_same(small: Made, tmp_path: Path) -> None:
    """Without a supplier, for there is none; validated by the schema of the form (`releases`)."""
    published(small.register.publish([said(*one) for one in PLANNED.items()], private("paper")))
    [made] = releases(small, tmp_path / "out")
    assert (made["tag"], made["parties"]) == (
        ["planning"],
        [{"id": maker.STATE, "roles": ["buyer"], "name": "Ministry"}],
    )
    assert made["planning"] == {
        "budget": {"project": "Phones", "amount": {"amount": 190000, "currency": "EUR"}},
        "rationale": "For the new unit.",
    }
    assert made["tender"] == {
        "id": f"{ID}-tender",
        "status": "planning",
        "procurementMethodDetails": "open",
        "contractPeriod": {"startDate": "2027-02-01T00:00:00Z"},
    }
    again = read_package((tmp_path / "out" / "direct.ocds.json").read_bytes(), Said(source="S", publisher="P"))
    back = {one.property: one.value for one in again.statements if one.type == "Contract"}
    added = {name: back.pop(name) for name in ("buyer", "ocid", "publication")}
    assert added["ocid"] == f"sousveil-{ID}"
    assert back == {name: value for name, value in PLANNED.items() if name != "buyer"}
    [buyer] = [one for one in again.statements if one.subject == added["buyer"]]
    assert (buyer.type, buyer.property, buyer.value) == ("PublicBody", "name", "Ministry")


def test_what_was_set_aside_is_not_what_is_paid() -> None:
    """A budget says nothing of the price of a contract that was signed."""
    planning = {"budget": {"project": "Phones", "amount": {"amount": 5, "currency": "EUR"}}, "rationale": "Why"}
    release = {
        "ocid": "ocds-213czf-1",
        "id": "1",
        "date": "2024-01-01T00:00:00Z",
        "tag": ["planning", "contract"],
        "initiationType": "tender",
        "planning": planning,
        "awards": [{"id": "a"}],
        "contracts": [{"id": "c", "awardID": "a", "status": "active"}],
    }
    package = {
        "uri": "https://register.example/1",
        "version": "1.1",
        "publishedDate": "2024-01-01T00:00:00Z",
        "publisher": {"name": "P"},
        "releases": [release],
    }
    found = read_package(json.dumps(package).encode(), Said(source="S", publisher="P")).statements
    said = {one.property: one.value for one in found if one.type == "Contract"}
    assert (said["stage"], said["title"], "amount" in said, "summary" in said) == ("signed", "Phones", False, False)


def test_the_whole_release(small: Made, tmp_path: Path) -> None:
    published(small.register.publish([said(*one) for one in WHOLE.items()], private("paper")))
    [made] = releases(small, tmp_path / "out")
    value = {"amount": 190000, "currency": "EUR"}
    assert made == {
        "ocid": f"sousveil-{ID}",
        "id": f"{ID}-{small.register.store.size() - 1}",
        "date": "2024-01-20T00:00:00Z",
        "tag": ["contract"],
        "initiationType": "tender",
        "parties": [
            {"id": maker.STATE, "roles": ["buyer"], "name": "Ministry"},
            {"id": maker.ACME, "roles": ["supplier"], "name": "Acme Interception Ltd"},
        ],
        "buyer": {"id": maker.STATE, "name": "Ministry"},
        "awards": [
            {
                "id": f"{ID}-award",
                "title": "Phones",
                "value": value,
                "suppliers": [{"id": maker.ACME, "name": "Acme Interception Ltd"}],
            }
        ],
        "contracts": [
            {
                "id": ID,
                "awardID": f"{ID}-award",
                "title": "Phones",
                "value": value,
                "period": {"startDate": "2024-02-01T00:00:00Z", "endDate": "2026-01-31T00:00:00Z"},
                "dateSigned": "2024-01-15T00:00:00Z",
                "status": "active",
            }
        ],
        "tender": {"id": f"{ID}-tender", "title": "Phones", "value": value, "procurementMethodDetails": "open"},
        "sousveil": {
            "contract": ID,
            "publisher": "The Invented Paper",
            "standing": "confirmed",
            "sources": [maker.SOURCE],
        },
    }


def test_what_is_denied_taken_back_or_corrected_stays_out(small: Made, tmp_path: Path) -> None:
    register = small.register
    done = published(register.publish([said(*one) for one in WHOLE.items()], private("paper")))
    ids = dict(zip(WHOLE, done.ids, strict=True))
    denial = said("amount", "EUR 190000", publisher=maker.ACME, supersedes=ids["amount"], stance=Stance.DENIES)
    published(register.publish([denial], private("acme")))
    register.retract([ids["supplier"]], private("paper"), "wrong")
    published(
        register.publish([said("title", "Handsets", supersedes=ids["title"], stance=Stance.CORRECTS)], private("paper"))
    )
    [made] = releases(small, tmp_path / "out")
    assert [one["id"] for one in made["parties"]] == [maker.STATE]
    assert made["contracts"][0]["title"] == "Handsets"
    assert made["contracts"][0]["value"] == {"amount": 190000, "currency": "EUR"}  # a denial is no retraction


def test_changes_carry_a_party_that_is_called_something_else(small: Made, tmp_path: Path) -> None:
    register = small.register
    published(register.publish([said(*one) for one in WHOLE.items()], private("paper")))
    old = {one["sousveil"]["contract"]: one for one in releases(small, tmp_path / "old")}
    since = register.store.size()
    firm = maker.said(maker.STATE, "PublicBody", "name", "Ministry of Everything", standing=Standing.CONFIRMED)
    published(register.publish([firm], private("paper")))
    out(small, tmp_path / "changes", since=since)
    lines = (tmp_path / "changes" / f"direct.ocds.since-{since}.jsonl").read_text("utf-8").splitlines()
    told = [json.loads(one) for one in lines]
    new = {one["sousveil"]["contract"]: one for one in releases(small, tmp_path / "new")}
    assert [(one["op"], one["key"]) for one in told] == [("change", ID)]
    assert replay({}, told)[ID].body == new[ID] != old[ID]


@pytest.mark.parametrize("data", [b"[1]", b"not json", b'{"releases": 7}', b'{"records": [{"releases": [7]}]}'])
def test_a_file_that_is_no_package_breaks_no_bulk_file(small: Made, tmp_path: Path, data: bytes) -> None:
    """Anybody may name any file as the package of a contract."""
    file = File(data=data, media_type="application/json")
    made = [said("title", "Hostile"), said("publication", file.named().sha256)]
    published(small.register.publish(made, private("paper"), attachments=[file]))
    out(small, tmp_path / "out")
    assert json.loads((tmp_path / "out" / "direct.ocds.json").read_text("utf-8"))["releases"] == []
