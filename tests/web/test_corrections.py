"""The page of corrections, its CSV and feed: everything that was corrected, retracted, erased or judged otherwise, newest first."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from sousveil.register.codes import EraseBy, EraseGround, RetractReason, Role
from sousveil.register.model import Stance, entity_id
from sousveil.register.register import Register
from sousveil.web.outer import Outer
from sousveil.web.site import Site
from tests.register import maker
from tests.web.client import ask

ACME, OTHER = maker.ACME, entity_id("invented", "other")
PAPER = "The Invented Paper"


@pytest.fixture
def changed(tmp_path: Path) -> Iterator[tuple[Outer, list[int]]]:
    """A register in which one statement was corrected, one retracted, one erased, and a pair judged otherwise; with the log entries."""
    with Register.init(
        tmp_path / "r", title="Invented", origin="r.example/log", example=True, gate=maker.OpenGate()
    ) as register:
        register.key_add(maker.public("paper"), PAPER, Role.PUBLISHER)
        key = maker.private("paper")
        names = [maker.said(id, "Company", "name", name) for id, name in ((ACME, "Acme Ltd"), (OTHER, "Other Ltd"))]
        facts = [
            maker.said(ACME, "Company", name, value)
            for name, value in (
                ("country", "xa"),
                ("summary", "Sells brass lanterns"),
                ("description", "A secret of somebody"),
            )
        ]
        done = register.publish([*names, *facts], key)
        country, summary, secret = done.ids[2:]
        reply = maker.said(ACME, "Company", "summary", "Sells brass lanterns", stance=Stance.DENIES, supersedes=summary)
        register.publish([reply], key)  # an answer corrects nothing
        corrected = register.publish(
            [maker.said(ACME, "Company", "country", "xb", stance=Stance.CORRECTS, supersedes=country)], key
        )
        retracted = register.retract([summary], key, RetractReason.SOURCE_WITHDREW)
        erased = register.erase([secret], EraseGround.COURT_ORDER, EraseBy.COURT)
        for number, (verdict, reason) in enumerate((("same", "one name"), ("different", "two owners"))):
            values = {"left": ACME, "right": OTHER, "verdict": verdict, "reason": reason}
            judgement = entity_id("judgement", str(number))
            judged = register.publish(
                [maker.said(judgement, "Judgement", name, value) for name, value in values.items()], key
            )
        indexes = [one.index for one in (judged, erased, retracted, corrected)]
        yield Outer(Site(register), keep=False), indexes


def test_every_change_is_listed_newest_first(changed: tuple[Outer, list[int]]) -> None:
    app, indexes = changed
    data = ask(app, "/api/v1/corrections").json["data"]
    shown = [
        (
            one["kind"],
            one["about"] and one["about"]["caption"],
            one["label"],
            one["old"],
            one["new"],
            one["why"],
            one["by"],
        )
        for one in data["changes"]
    ]
    assert data["count"] == 4
    assert [one["index"] for one in data["changes"]] == indexes
    assert shown == [
        ("judgement", "Acme Ltd", "Other Ltd", "judged to be the same", "judged to be different", "two owners", PAPER),
        ("erasure", None, "", "", "", "A court ordered it.", "Invented"),
        ("retraction", "Acme Ltd", "In short", "Sells brass lanterns", "", "The source withdrew it.", PAPER),
        ("correction", "Acme Ltd", "Country", "Calder (invented)", "Averna (invented)", "", PAPER),
    ]
    assert data["changes"][1]["requested"] == "at the request of a court"
    assert data["changes"][3]["source"] == maker.SOURCE
    page = ask(app, "/corrections").text
    assert page.index("Judged otherwise:") < page.index("Erased:") < page.index("Retracted:") < page.index("Corrected:")
    assert "A secret of somebody" not in page


def test_the_list_comes_in_parts_and_whole_as_csv(changed: tuple[Outer, list[int]]) -> None:
    app, indexes = changed
    first = ask(app, "/api/v1/corrections?limit=3").json
    rest = ask(app, f"/api/v1/corrections?limit=3&after={first['meta']['next']}").json
    found = [one["index"] for part in (first, rest) for one in part["data"]["changes"]]
    assert (found, rest["meta"]["next"]) == (indexes, None)
    rows = list(csv.DictReader(io.StringIO(ask(app, "/corrections.csv?limit=1").text)))
    assert [(one["kind"], int(one["index"])) for one in rows] == list(
        zip(("judgement", "erasure", "retraction", "correction"), indexes, strict=True)
    )


def test_the_feed_has_an_entry_for_each_change(changed: tuple[Outer, list[int]]) -> None:
    app, indexes = changed
    feed = ElementTree.fromstring(ask(app, "/corrections.atom").text)
    entries = feed.findall("{*}entry")
    assert [int(str(one.findtext("{*}id")).split(":")[-2]) for one in entries] == indexes
    assert [one.findtext("{*}title") for one in entries] == [
        "Judged otherwise: Acme Ltd",
        "Erased: The content is gone.",
        "Retracted: Acme Ltd",
        "Corrected: Acme Ltd",
    ]
    assert "Calder (invented) → Averna (invented)" in str(entries[3].findtext("{*}content"))
    assert 'href="corrections.atom"' in ask(app, "/feeds").text


def test_a_register_without_changes_says_so(tmp_path: Path) -> None:
    with Register.init(tmp_path / "r", title="Invented", origin="r.example/log", example=True) as register:
        app = Outer(Site(register), keep=False)
        page = re.sub(r"<[^>]+>", "", ask(app, "/corrections").text)
        assert "Nothing has been changed yet." in page and "changes are recorded" not in page
        assert ask(app, "/corrections.atom").status == 200
