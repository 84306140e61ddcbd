"""Bulk files of a real register: each form whole, and the changes that replay to the whole."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sousveil.errors import Usage
from sousveil.register import publication_rules
from sousveil.register.codes import EraseBy, EraseGround, RetractReason
from sousveil.register.exchange import validating
from sousveil.register.exchange.model import Said
from sousveil.register.exchange.reading import read_package
from sousveil.register.export import About, Record, Terms, export, replay
from sousveil.register.export.exporting import _Maker
from sousveil.register.export.lines import FIELDS, cell
from sousveil.register.export.ocds import from_folder
from sousveil.register.model import Stance, entity_id
from sousveil.register.publication import File
from tests.register import maker
from tests.register.export import followthemoney

TERMS = {"direct": Terms(dataset="direct", title="Direct", publisher="Those who signed", licence="CC BY 4.0")}
ABOUT = About(title="An invented register", uri="https://register.example/", published="2026-01-02")


@pytest.fixture
def small(tmp_path: Path) -> Iterator[maker.Made]:
    """A register on SQLite."""
    with maker.made(tmp_path / "register") as one:
        yield one


def run(made: maker.Made, form: str, out: Path, since: int | None = None, **more: Any) -> Any:
    return export(
        made.register.store, form, out, since=since, terms=TERMS, about=ABOUT, attachments=lambda _: None, **more
    )


def records(made: maker.Made, form: str) -> dict[str, Record]:
    whole = _Maker(made.register.store, form, lambda _: None, ABOUT)
    return {one.key: one for one in whole.whole({"direct"}, "")}


def test_json_lines_word_for_word(small: maker.Made, tmp_path: Path) -> None:
    done = run(small, "jsonl", tmp_path / "out")
    assert [(one.name, one.records) for one in done.files] == [("direct.jsonl", 8), ("combined.jsonl", 8)]
    found = [json.loads(line) for line in (tmp_path / "out/direct.jsonl").read_text().splitlines()]
    assert {one["id"] for one in found} == set(small.world.ids)
    acme = next(one for one in found if one["subject"] == maker.ACME and one["property"] == "country")
    assert list(acme) == list(FIELDS)
    assert acme == {
        "id": acme["id"],
        "recorded": small.world.index,
        "subject": maker.ACME,
        "type": "Company",
        "property": "country",
        "value": "il",
        "original": None,
        "language": None,
        "source": maker.SOURCE,
        "source_sha256": None,
        "publisher": "The Invented Paper",
        "dataset": "direct",
        "standing": "reported",
        "stance": "asserts",
        "valid_from": "2015",
        "valid_until": "..",
        "asserted": None,
        "supersedes": None,
        "person": False,
        "doubtful": False,
        "superseded_by": None,
        "replies": [],
    }
    terms = json.loads((tmp_path / "out/direct.terms.json").read_text())
    assert (terms["licence"], terms["dataset"]) == ("CC BY 4.0", "direct")


def changed(made: maker.Made) -> None:
    """A reply, a correction, a retraction, an erasure and something new."""
    register, key = made.register, maker.private("paper")
    store = register.store
    name = next(one for one in store.statements_of([maker.ACME]) if one.statement.property == "name")
    country = next(one for one in store.statements_of([maker.HOLDING]) if one.statement.property == "country")
    asset = next(one for one in store.statements_of([maker.OWNERSHIP]) if one.statement.property == "asset")
    vendor = next(one for one in store.statements_of([maker.PRODUCT]) if one.statement.property == "vendor")
    denial = maker.said(
        maker.ACME,
        "Company",
        "name",
        "We have another name",
        stance=Stance.DENIES,
        supersedes=name.id,
        publisher=maker.ACME,
    )
    maker.published(register.publish([denial], maker.private("acme")))
    correction = maker.said(maker.HOLDING, "Company", "country", "ch", stance=Stance.CORRECTS, supersedes=country.id)
    maker.published(register.publish([correction], key))
    maker.published(register.publish(maker.company(1), key))
    register.retract([asset.id], key, RetractReason.WRONG)
    register.erase([vendor.id], EraseGround.MISTAKE, EraseBy.PUBLISHER)


@pytest.mark.parametrize("form", ["jsonl", "csv", "ftm", "bods"])
def test_changes_replay_to_the_whole(small: maker.Made, tmp_path: Path, form: str) -> None:
    before = records(small, form)
    since = run(small, form, tmp_path / "before").size
    changed(small)
    after = records(small, form)
    assert after != before
    done = run(small, form, tmp_path / "after", since)
    if form == "csv":
        lines = list(csv.reader(io.StringIO((tmp_path / "after" / done.files[0].name).read_text())))
        assert lines[0] == ["op", "index", *FIELDS]
        assert {line[0] for line in lines[1:]} == {"add", "change", "delete", "erase"}
        return
    told = [json.loads(line) for line in (tmp_path / "after" / done.files[0].name).read_text().splitlines()]
    assert {one["op"] for one in told} >= {"add", "change", "erase"}
    as_json = {key: (one.rests, json.loads(json.dumps(one.body))) for key, one in after.items()}
    found = replay(before, told)
    assert {key: (one.rests, json.loads(json.dumps(one.body))) for key, one in found.items()} == as_json
    from_nothing = run(small, form, tmp_path / "all", 0)
    told = [json.loads(line) for line in (tmp_path / "all" / from_nothing.files[0].name).read_text().splitlines()]
    assert {key: one.rests for key, one in replay({}, told).items()} == {key: one.rests for key, one in after.items()}


def test_the_reply_stands_beside_the_claim(small: maker.Made, tmp_path: Path) -> None:
    changed(small)
    run(small, "jsonl", tmp_path / "out")
    found = [json.loads(line) for line in (tmp_path / "out/direct.jsonl").read_text().splitlines()]
    claim = next(one for one in found if one["subject"] == maker.ACME and one["value"] == "Acme Interception Ltd")
    assert [(one["publisher"], one["stance"], one["value"]) for one in claim["replies"]] == [
        (maker.ACME, "denies", "We have another name")
    ]


def test_bods_is_valid_by_its_schema(small: maker.Made, tmp_path: Path) -> None:
    run(small, "bods", tmp_path / "out")
    found = json.loads((tmp_path / "out/direct.bods.json").read_text())
    validating.validate(found, validating.bods(), "ours")
    assert {one["recordId"]: (one["recordType"], one["recordDetails"].get("name")) for one in found} == {
        maker.ACME: ("entity", "Acme Interception Ltd"),
        maker.HOLDING: ("entity", "Grey Holding SA"),
        maker.OWNERSHIP: ("relationship", None),
    }
    owned = next(one for one in found if one["recordType"] == "relationship")["recordDetails"]
    assert owned == {
        "isComponent": False,
        "subject": maker.ACME,
        "interestedParty": maker.HOLDING,
        "interests": [{"type": "unknownInterest"}],
    }


@pytest.mark.ftm
def test_the_package_loads_the_export(small: maker.Made, tmp_path: Path) -> None:
    changed(small)
    done = run(small, "ftm", tmp_path / "out")
    data = (tmp_path / "out/direct.ftm.json").read_bytes()
    assert followthemoney.check(data) == (done.files[0].records, [])


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "  =1", "|x", "%x"])
def test_a_cell_is_never_a_formula(text: str) -> None:
    assert cell(text) == "'" + text


def test_terms_keep_sources_apart(small: maker.Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publication_rules, "datasets", lambda: {"free", "alike", "paid"})
    monkeypatch.setattr(publication_rules, "publishers", lambda dataset, owner: {owner})
    register, key = small.register, maker.private("loader")
    for name in ("free", "alike", "paid"):
        said = maker.said(entity_id("x", name), "Company", "name", name, dataset=name, publisher="Intake")
        maker.published(register.publish([said], key, dataset=name))
    terms = {
        **TERMS,
        "free": Terms(dataset="free", title="F", publisher="F", licence="CC0 1.0"),
        "alike": Terms(dataset="alike", title="A", publisher="A", licence="CC BY-SA 4.0", share_alike=True),
        "paid": Terms(dataset="paid", title="P", publisher="P", licence="CC BY-NC 4.0", non_commercial=True),
    }
    done = export(register.store, "jsonl", tmp_path / "out", terms=terms)
    assert {one.dataset: one.records for one in done.files} == {"alike": 1, "combined": 9, "direct": 8, "free": 1}
    assert list(done.left_out) == ["paid"]
    done = export(register.store, "jsonl", tmp_path / "all", terms=terms, non_commercial=True)
    assert {one.dataset: one.records for one in done.files} == {
        "alike": 1, "combined": 9, "direct": 8, "free": 1, "paid": 1,
    }  # fmt: skip


def test_wrong_questions(small: maker.Made, tmp_path: Path) -> None:
    with pytest.raises(Usage, match="no form named"):
        run(small, "xml", tmp_path)
    with pytest.raises(Usage, match="there is no index"):
        run(small, "jsonl", tmp_path, since=10_000)
    with pytest.raises(Usage, match="word for word"):
        export(small.register.store, "ocds", tmp_path)


def test_contracts_come_out_word_for_word(small: maker.Made, tmp_path: Path) -> None:
    value = {
        "uri": "https://authority.example/p",
        "version": "1.1",
        "publishedDate": "2020-05-02T00:00:00Z",
        "publisher": {"name": "An Invented Authority"},
        "releases": [
            {
                "ocid": "ocds-inv-1",
                "id": str(number),
                "date": f"2020-05-0{number}T00:00:00Z",
                "tag": ["tender" if number == 1 else "tenderUpdate"],
                "initiationType": "tender",
                "tender": {"id": "t", "title": "A system", "x_extension": {"kept": [1, 2.50]}},
            }
            for number in (1, 2)
        ],
    }
    data = json.dumps(value, indent=1).encode()
    package = read_package(data, Said(source="https://authority.example/p", publisher="The Invented Paper"))
    files = [File(data=package.data, media_type="application/json")]
    maker.published(small.register.publish(package.statements, maker.private("paper"), attachments=files))
    read = from_folder(small.register.paths.attachments)
    done = export(small.register.store, "ocds", tmp_path / "out", terms=TERMS, about=ABOUT, attachments=read)
    found = json.loads((tmp_path / "out/direct.ocds.json").read_text())
    validating.validate(found, validating.ocds(False), "ours")
    assert found["releases"] == value["releases"]
    assert done.files[0].records == 2
    again = read_package(
        (tmp_path / "out/direct.ocds.json").read_bytes(),
        Said(source="https://authority.example/p", publisher="The Invented Paper"),
    )
    mine = {(one.subject, one.property, one.value) for one in again.statements if one.property != "publication"}
    assert mine == {
        (one.subject, one.property, one.value) for one in package.statements if one.property != "publication"
    }
