"""What a statement says in an answer, and the day that it has of its own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from sousveil.cli import main
from sousveil.decisions.api import gate
from sousveil.decisions.compiled import within
from sousveil.decisions.model import written
from sousveil.decisions.packs import names
from sousveil.register import types
from sousveil.register.register import Register
from sousveil.register.views import words
from tests.decisions.rig import rigged, sid

QUESTION = ["--action", "sale", "--product", "Dunlin", "--supplier", "Sandpiper Instruments AB"]
QUESTION += ["--end-user", "Police Authority of Lindmark", "--country", "xd"]


@pytest.fixture(scope="module")
def made(example_register: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example register; not to be changed."""
    return Path(shutil.copytree(example_register, tmp_path_factory.mktemp("told") / "register"))


def test_labels_keep_their_capitals_only_where_they_are_names() -> None:
    found = [types.property_of(type, name) for type in types.all_types() for name in types.properties(type)]
    labels = {one.label for one in found if one is not None}
    assert len(labels) > 200
    kept = {label for label in labels if within(label) == label}
    assert kept == {"ISIN", "OpenCorporates page", "SEC number (CIK)", "SHA-256"}
    assert within("Declared in full") == "declared in full"


def test_facts_read_well_and_borrow_no_day(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["decide", "--register", str(made), *QUESTION, "--json"]) == 0
    facts = [fact for one in json.loads(capsys.readouterr().out)["undecided"] for fact in one["facts"]]
    assert {tuple(fact) for fact in facts} == {("statement", "says", "source", "standing", "date")}
    said = {fact["says"]: fact["date"] for fact in facts}
    assert {
        "LM-4 – declared in full: sales made": None,
        "LM-4 – declared to be none: it has no intermediaries": None,
        "Act on Secret Surveillance – enforced: enforced": None,
        "Act on Secret Surveillance – provides: a path to remedy": None,
        "Ordinance on Buying Surveillance – only from companies that: have not served clients that abuse": None,
        "Countersignature: confirmed – authority: Companies Registry of Lindmark": None,
        "Dunlin – technology: extraction of data from seized devices": None,
    }.items() <= said.items()
    assert set(said.values()) == {None}


def test_a_terminal_says_when_it_was_logged(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Register.open(made, gate=gate) as register:
        (id,) = [
            one.id
            for one in register.store.iter_statements()
            if one.statement.property == "declares" and one.statement.value == "sales"
        ]
        logged = register.store.logged_on([id, "0" * 64, "no id"])
        assert logged == {id: register.store.entry(1).recorded_at[:10]}
    assert main(["decide", "--register", str(made), *QUESTION, "--full"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    day = words.date(logged[id])
    assert f"On file: LM-4 – declared in full: sales made (confirmed, no date given; logged on {day})" in text


def test_a_state_with_two_records_has_one_name(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        rig.say("state-1", type="State", name="Republic of Averna", country="xb")
        rig.say("state-2", type="State", name="The Avernan State", country="xb")
        rig.say("office", type="PublicBody", name="Interior Office", country="xb", partOf="@state-2")
        world = rig.world()
        assert [world.caption(one) for one in ("xb", sid("state-1"), sid("state-2"))] == ["Averna (invented)"] * 3
        answer = rig.judge("sale", end_user=sid("office"), country="xb", packs=tuple(names()))
        told = written(answer).decode()
        assert "Averna (invented)" in told
        assert "Republic of Averna" not in told and "Avernan" not in told


def test_no_sentence_says_anything_of_a_name_without_a_record(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = [
        "--action",
        "sale",
        "--product",
        "Lampyre",
        "--supplier",
        "Systms",
        "--end-user",
        "Interior",
        "--country",
        "xb",
    ]
    packs = [word for name in names() if name != "letter-2021" for word in ("--pack", name)]
    assert main(["decide", "--register", str(made), *line, *packs, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    said = {one["rule"]: one["says"] for part in ("reasons", "undecided", "duties") for one in answer[part]}
    assert next(one["rule"] for one in answer["undecided"] if "“Systms”" in one["needs"][0]) == "names"
    assert not [text for text in said.values() if "Systms" in text]
    assert said["L21-j-2"] == (
        "No standard of Calder (invented) and Averna (invented) restricts contracts to companies that respect human rights and never "
        "served abusers, or the supplier that is meant does not pass."
    )
