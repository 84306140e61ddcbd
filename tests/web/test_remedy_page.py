"""The page that tells where to turn, and its JSON."""

from __future__ import annotations

import re
from typing import Any

import pytest

from sousveil.register.model import Standing, Statement, entity_id
from sousveil.register.register import Register
from sousveil.web.outer import Outer
from sousveil.web.site import Site
from tests.register.maker import tell
from tests.web.client import ask


def told(key_of: str, type: str, /, **values: str) -> list[Statement]:
    return [
        Statement(
            subject=entity_id("remedy", key_of), type=type, property=key, value=value, source="https://paper.example/story",
            publisher="The Harbour Paper", dataset="direct", standing=Standing.REPORTED,
        )
        for key, value in values.items()
    ]  # fmt: skip


def test_page_and_json(register: Register) -> None:
    tell(
        register,
        [
            *told("court", "RemedyPath", name="Court of the Reeds", country="xb", pathKind="court", status="open"),
            *told("state", "PublicBody", name="Republic of Reeds", country="xb"),
            *told("bar", "RemedyBarrier", state=entity_id("remedy", "state"), barrierKind="secrecy", status="in-force"),
        ],
    )
    app = Outer(Site(register))
    first = ask(app, "/remedy")
    assert first.status == 200 and "Look up" in first.text and 'href="remedy?host=xb&amp;home=xb"' in first.text
    page = ask(app, "/remedy?host=xb&home=XC")
    assert page.status == 200 and page.headers["cache-control"] == "no-store"
    for said in (
        "Court of the Reeds",
        " · says The Harbour Paper",
        "secrecy",
        "in force",
        "reported",
        "No source names a court.",
    ):
        assert said in page.text, said
    data = ask(app, "/api/v1/remedy?host=xb&home=xc").json["data"]
    assert (data["host"]["open_judicial"], data["host"]["barred"], data["home"]["judicial"]) == (1, 2, [])


def test_what_is_no_country_is_said(app: Outer) -> None:
    page = ask(app, "/remedy?home=%3Cscript%3E")
    assert page.status == 400 and "<script>" not in page.text
    error = ask(app, "/api/v1/remedy?host=nowhere-land").json["error"]
    assert (error["status"], error["field"], error["hint"]) == (
        400,
        "host",
        "Write its name in English, or its two-letter code.",
    )


def test_who_says_that_a_court_is_closed_takes_nobodys_way_there(register: Register) -> None:
    tell(register, told("quay", "RemedyPath", name="Court of the Quay", country="xb", pathKind="court", status="open"))
    mole = Statement(
        subject=entity_id("remedy", "quay"), type="RemedyPath", property="status", value="closed",
        source="https://mole.example/", publisher="The Mole", dataset="direct", standing=Standing.REPORTED,
    )  # fmt: skip
    tell(register, [mole])
    app = Outer(Site(register))
    (row,) = [
        one
        for one in ask(app, "/api/v1/remedy?host=xb").json["data"]["host"]["judicial"]
        if one["ref"]["caption"] == "Court of the Quay"
    ]
    assert row["differing"] == [
        {"status": "open", "status_words": "open", "by": ["The Harbour Paper"]},
        {"status": "closed", "status_words": "closed", "by": ["The Mole"]},
    ]
    page = ask(app, "/remedy?host=xb")
    assert (
        "<strong>sources differ:</strong> open (according to The Harbour Paper); closed (according to The Mole)"
        in page.text
    )


def test_ids_are_single_and_what_is_wrong_is_said_in_words(app: Outer) -> None:
    """Where both States are looked up, a field and what was found do not share an id."""
    page = ask(app, "/remedy?host=xb&home=xa").text
    ids = re.findall(r' id="([^"]+)"', page)
    assert sorted(set(ids)) == sorted(ids)
    assert {"host", "home", "told-host", "told-home"} <= set(ids)
    for side, label in (("host", "State where it happened"), ("home", "State where the company is based")):
        refused = ask(app, f"/remedy?{side}=Atlantis").text
        assert "<h1>“Atlantis” is no country that is known here.</h1>" in refused
        assert f"<p>What is wrong: <strong>{label}</strong></p>" in refused
        assert '<p class="lead">Write its name in English, or its two-letter code.</p>' in refused
    assert "<p>What is wrong: <strong>the day</strong></p>" in ask(app, "/states?as_of=never").text


def quay(*more: Statement, **values: str) -> list[Statement]:
    return [*told("quay", "RemedyPath", name="Court of the Quay", country="xb", pathKind="court", **values), *more]


def says(property: str, value: str, by: str = "The Harbour Paper", **more: Any) -> Statement:
    return Statement(
        subject=entity_id("remedy", "quay"), type="RemedyPath", property=property, value=value, source="https://word.example/",
        publisher=by, dataset="direct", standing=Standing.REPORTED, **more,
    )  # fmt: skip


def shown(register: Register) -> tuple[dict[str, Any], int, str]:
    """The row of the court, how many courts are told to be open, and the row as the page has it."""
    app = Outer(Site(register))
    place = ask(app, "/api/v1/remedy?host=xb").json["data"]["host"]
    (row,) = [one for one in place["judicial"] if one["ref"]["caption"] == "Court of the Quay"]
    line = ask(app, "/remedy?host=xb").text.partition("Court of the Quay</a>")[2].partition("</p>")[0]
    return row, place["open_judicial"], " ".join(re.sub("<[^>]+>", "", line).split())


def test_whoever_ends_a_path_is_named_for_it(register: Register) -> None:
    tell(register, quay(status="open"))
    tell(register, [says("endDate", "2012", "The Mole")])
    row, count, line = shown(register)
    assert (row["status"], row["by"], row["state"], row["state_by"]) == (
        "open", ["The Harbour Paper"], "ended", ["The Mole"],
    )  # fmt: skip
    assert count == 0
    assert line == "· court · open · reported · says The Harbour Paper · ended (according to The Mole) *"


def test_a_path_of_which_no_status_is_told_has_none_by_anybody(register: Register) -> None:
    tell(register, quay())
    assert shown(register)[2] == "· court · not told · told of by The Harbour Paper"


def test_who_tells_what_was_and_what_is_does_not_differ(register: Register) -> None:
    was = says("status", "closed", valid_from="2010", valid_until="2019")
    tell(register, quay(was, says("status", "open", valid_from="2020")))
    row, count, line = shown(register)
    assert (row["status"], row["differing"], row["state"], count) == ("open", [], "unknown", 1)
    assert line == "· court · open · reported · says The Harbour Paper *"


@pytest.mark.parametrize(("property", "value"), [("against", "home"), ("country", "xd"), ("country", "xc")])
def test_nobody_takes_a_court_from_the_page_of_its_state(register: Register, property: str, value: str) -> None:
    state = entity_id("remedy", "quay-state")
    body = told("quay-state", "PublicBody", name="Republic of the Quay", country="xb")
    court = told("quay", "RemedyPath", name="Court of the Quay", body=state, pathKind="court", status="open")
    tell(register, [*body, *court])
    before = shown(register)
    tell(register, [says(property, value, "The Mole")])
    after = shown(register)
    assert (after[1:], after[0]["status"]) == (before[1:], "open")


@pytest.mark.parametrize(
    ("only", "other", "mark"),
    [
        ("home", "host", "only against companies based here"),
        ("host", "home", "only against use by this State or on its territory"),
    ],
)
def test_a_court_on_file_is_not_denied_to_who_asks_from_the_other_side(
    register: Register, only: str, other: str, mark: str
) -> None:
    tell(
        register,
        told(f"dune-{only}", "RemedyPath", name="Court of the Dune", country="xc", pathKind="court", status="open", against=only),
    )  # fmt: skip
    app = Outer(Site(register))
    page = " ".join(re.sub("<[^>]+>", "", ask(app, f"/remedy?{other}=xc").text).split())
    assert "No source names a court" not in page
    assert "Open by the sources: courts 0, other places 0." in page
    assert f"Open {mark}: courts 1, other places 0." in page
    assert f"· court · open · reported · says The Harbour Paper · {mark}" in page
    mine = " ".join(re.sub("<[^>]+>", "", ask(app, f"/remedy?{only}=xc").text).split())
    assert "Open by the sources: courts 1, other places 0." in mine and "Open only against" not in mine and mark in mine
