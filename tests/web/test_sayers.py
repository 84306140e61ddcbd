"""Who says it: never one publisher's word in another's mouth, and what was taken back or denied is nobody's word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sousveil.register.codes import RetractReason
from sousveil.register.model import Stance, Standing, entity_id
from sousveil.register.score import Query
from sousveil.web.outer import Outer
from sousveil.web.page import all_pages
from sousveil.web.pages.screening import OneName, screened
from sousveil.web.render import render
from sousveil.web.sayers import publishers_of, refs_of
from sousveil.web.site import Site
from tests.register import maker
from tests.register.maker import said
from tests.web.client import ask

INCIDENT = entity_id("invented", "incident")
INQUIRY = entity_id("invented", "inquiry")
FORENSIC = Standing.FORENSICALLY_ATTRIBUTED


@pytest.fixture
def made(tmp_path: Path) -> Iterator[maker.Made]:
    with maker.made(tmp_path / "r") as made:
        yield made


def read(made: maker.Made, address: str) -> str:
    """The words of a page."""
    got = ask(Outer(Site(made.register), keep=False), address)
    assert got.status == 200, address
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", got.text))).replace(" ,", ",")


def tell(made: maker.Made, subject: str, type: str, *many: tuple[str, str, str], **more: Any) -> list[str]:
    """Statements as (publisher, property, value), each signed by its publisher. Their ids."""
    words = [said(subject, type, name, value, publisher=by, **more) for by, name, value in many]
    return [id for one in maker.tell(made.register, words) for id in one.ids]


def test_a_stage_is_said_by_whoever_says_that_stage(made: maker.Made) -> None:
    tell(made, INCIDENT, "AbuseIncident", ("Press", "vendor", maker.ACME), ("Press", "stage", "targeted"))
    tell(made, INCIDENT, "AbuseIncident", ("Lab", "stage", "infected"), standing=FORENSIC)
    line = "infected, according to a forensic examination (says Lab) Press (other site) reported"
    text = read(made, f"/entities/{maker.ACME}")
    assert line in text and "says Lab, Press" not in text and "says Press, Lab" not in text


def test_who_says_less_is_on_file_as_well_and_who_denies_is_told(made: maker.Made) -> None:
    tell(
        made, INCIDENT, "AbuseIncident", ("Lab", "vendor", maker.ACME), ("Lab", "stage", "infected"), standing=FORENSIC
    )
    tell(made, INCIDENT, "AbuseIncident", ("Press", "stage", "targeted"))
    tell(made, INCIDENT, "AbuseIncident", ("The vendor", "stage", "infected"), stance=Stance.DENIES)
    text = read(made, f"/entities/{maker.ACME}")
    assert re.search(
        r"infected, according to a forensic examination attributed by a forensic examination · Lab \(other site\)"
        r" also reported by Press denied by The vendor Reply The vendor denies",
        text,
    )


def test_only_standing_assertions_are_said(made: maker.Made) -> None:
    tell(made, INQUIRY, "Investigation", ("Office", "name", "Inquiry one"), ("Office", "about", maker.ACME))
    tell(made, INQUIRY, "Investigation", ("The vendor", "about", maker.ACME), stance=Stance.DENIES)
    tell(made, INQUIRY, "Investigation", ("The vendor", "reply", "There is no inquiry."))
    paper = [said(INQUIRY, "Investigation", "country", "xa")]
    gone = maker.published(made.register.publish(paper, maker.private("paper"))).ids
    site = Site(made.register)
    row = SimpleNamespace(ref=SimpleNamespace(id=INQUIRY))
    assert publishers_of(site, None, [row])[INQUIRY].says == ["Office", "The Invented Paper"]
    made.register.retract(gone, maker.private("paper"), RetractReason.WRONG)
    told = publishers_of(site, None, [row])[INQUIRY]
    assert (told.says, told.also, told.denies) == (["Office"], [], ["The vendor"])
    assert "reported · says Office · denied by The vendor" in read(made, "/investigations")
    item = next(
        one
        for one in ask(Outer(Site(made.register), keep=False), "/api/v1/procedures/b-investigations").json["data"][
            "items"
        ]
        if one["ref"]["id"] == INQUIRY
    )
    assert (item["publishers"], item["also_by"], item["denied_by"]) == (["Office"], [], ["The vendor"])


def test_who_is_less_firm_than_what_is_shown_does_not_say_it(made: maker.Made) -> None:
    firm = (("Court", "name", "Inquiry two"), ("Court", "about", maker.ACME))
    tell(made, INQUIRY, "Investigation", *firm, standing=Standing.CONFIRMED)
    tell(made, INQUIRY, "Investigation", ("Press", "scope", "All of it."))
    assert "Inquiry two (Investigation) · confirmed · says Court · also reported by Press" in read(
        made, "/investigations"
    )


def test_a_log_entry_tells_statements_with_publisher_marks_and_replies(
    made: maker.Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = "It sells " + "very " * 60 + "much."
    words = [said(maker.ACME, "Company", "summary", long), said(maker.ACME, "Company", "alias", "Acme Two")]
    done = maker.published(made.register.publish(words, maker.private("paper")))
    about = said(
        maker.ACME, "Company", "summary", long, stance=Stance.DENIES, supersedes=done.ids[0], publisher=maker.ACME
    )
    maker.published(made.register.publish([about], maker.private("acme")))
    made.register.retract([done.ids[1]], maker.private("paper"), RetractReason.WRONG)
    store = made.register.store
    index = done.index
    asked: list[str] = []
    one = type(store).statement
    monkeypatch.setattr(store, "statement", lambda id: asked.append(id) or one(store, id))
    text = read(made, f"/log/entries/{index}")
    assert sorted(asked) == sorted(done.ids)
    assert text.count(f"In short: {long} Acme Interception Ltd denies : {long} The Invented Paper: ") == 1
    assert "Acme Interception Ltd denies : " + long in text
    assert "Acme Two Retracted by its publisher in log entry" in text
    denial = read(made, f"/log/entries/{index + 1}")
    assert denial.count("Acme Interception Ltd denies : " + long) == 1 and "says Acme Interception Ltd" not in denial


def test_a_page_of_hits_asks_as_much_for_many_as_for_few(made: maker.Made, monkeypatch: pytest.MonkeyPatch) -> None:
    many = 60
    made.register.publish([one for n in range(many) for one in maker.company(n)], maker.private("paper"))
    site = Site(made.register)
    page = next(one for one in all_pages() if one.name == "screening")
    db = made.register.store.db
    query = type(db).query
    counted = []
    shown = []
    for names in (2, many):
        view = screened(site, [Query(name=f"Invented Systems {n} Ltd") for n in range(names)]).data
        questions: list[str] = []
        site.state()
        with monkeypatch.context() as patch:
            patch.setattr(db, "query", lambda sql, values=(), q=questions: q.append(sql) or query(db, sql, values))
            body = render(page.template, site, {}, page=page, asked=OneName.whole(), parts={}, view=view, next=None,
                          licences=(), json_address="api/v1/screening").decode()  # fmt: skip
        shown.append(body.count("of 100 alike"))
        counted.append(len(questions))
    assert shown == [2, many]
    assert counted[0] == counted[1] and 0 < counted[0] < 12
    assert (
        refs_of(site, [maker.OWNERSHIP])[maker.OWNERSHIP].caption
        == "Ownership or control: Grey Holding SA – Acme Interception Ltd"
    )
    assert refs_of(site, []) == {}
