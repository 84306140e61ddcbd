"""Answers, cells, deadlines and labels are those that were frozen, but for the differences that are listed by policy point."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sousveil.decisions.model import Action
from tests.decisions import goldens

HINT = "python -m tests.decisions.goldens {} shows each row; --accept lists it under a policy point"


def test_the_example_register_gives_the_frozen_rows(tmp_path: Path) -> None:
    with goldens.example_register(tmp_path / "register") as register:
        _compare("example", goldens.rows(register.store, goldens.frozen("example")[0], goldens.DAYS["example"]))


@pytest.mark.full
def test_all_shipped_data_give_the_frozen_rows(tmp_path: Path, shared_data: Path) -> None:
    data = shared_data / "register"
    if not data.is_dir():
        pytest.skip("shared data not there")
    with goldens.full_register(tmp_path / "register", data) as register:
        _compare("all", goldens.rows(register.store, goldens.frozen("all")[0], goldens.DAYS["all"]))


def test_a_difference_is_named_row_by_row() -> None:
    before = {"answer 0": {"verdict": "blocked", "reasons": [["r-1"], ["r-2"]]}, "cell a": ["met"], "label a": ["open"]}
    now = {"answer 0": {"verdict": "blocked", "reasons": [["r-2"]]}, "cell a": ["met"], "deadline a": ["2026-01-01"]}
    found = goldens.differences(before, now)
    assert found == {
        "answer 0": (before["answer 0"], now["answer 0"]),
        "label a": (["open"], None),
        "deadline a": (None, ["2026-01-01"]),
    }
    assert list(goldens.explained(*found["answer 0"])) == ['reasons: - ["r-1"]']


def test_the_frozen_questions_ask_for_every_action() -> None:
    for name in ("example", "all"):
        assert {one["action"] for one in goldens.frozen(name)[0]} == {action.value for action in Action}


def test_each_listed_difference_names_its_policy_point() -> None:
    for name in ("example", "all"):
        for key, one in goldens.accepted(name).items():
            assert one.keys() == {"point", "now"} and one["point"].strip(), key


def _compare(name: str, made: goldens.Rows) -> None:
    now = json.loads(json.dumps(made))
    found = goldens.differences(goldens.expected(name), now)
    assert not found, (sorted(found)[:20], HINT.format(name))
