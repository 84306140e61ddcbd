"""Lists that grow with the register are shown in parts: every row once, in one order, with counts of the whole on each part."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from sousveil.web.outer import Outer
from sousveil.web.pages.procedure_licences import TOUCHES_MOST
from sousveil.web.pages.states import LATE_MOST, MEASURES_MOST
from sousveil.web.site import Site
from tests.decisions.rig import FREE, Rig, rigged, sid
from tests.web.client import ask

LICENCES, INCIDENTS = 7, TOUCHES_MOST + 2
DAY = "2031-01-01"
"""So late that every licence waits, whatever today is."""


def filled(rig: Rig) -> None:
    """More rows in each list than the parts that are asked for hold."""
    incident = {"product": "@lens", "vendor": "@vireo", "targetCountry": "xb", "date": "2024-02"}
    request, licence = {"askedOn": "2026-01-02", "status": "asked"}, {"status": "granted", "issueDate": "2024-01"}
    kinds: tuple[tuple[str, int, str, dict[str, str]], ...] = (
        ("case", INCIDENTS, "AbuseIncident", {"name": "Case {n}", "stage": "infected", **incident}),
        ("inquiry", 5, "Investigation", {"name": "Inquiry {n}", "body": "@ministry"}),
        ("plan", 5, "Acquisition", {"name": "Plan {n}", "body": "@ministry", "product": "@lens"}),
        ("body", 3, "OversightBody", {"name": "Body {n}", "oversees": "@vireo"}),
        ("maker", 5, "Company", {"name": "Maker {n}", "country": "xa"}),
        ("tool", 5, "SurveillanceProduct", {"name": "Tool {n}", "vendor": "@maker-{n}", "category": "intrusion"}),
        ("sale", 5, "CorporateEvent", {"company": "@maker-{n}", "eventKind": "offering", "plannedFor": "2030-01-01"}),
        ("use", MEASURES_MOST + 3, "Deployment", {"body": "@ministry", "product": "@lens", "startDate": "2024-01"}),
        ("request", LATE_MOST + 4, "InformationRequest", {"body": "@ministry", "question": "Which?", **request}),
        ("licence", LICENCES, "ExportLicence", {"licensee": "@vireo", "product": "@lens", **licence}),
    )
    rig.many(
        [
            (f"{key}-{n}", type, FREE, "confirmed", {name: text.format(n=n) for name, text in values.items()})
            for key, count, type, values in kinds
            for n in range(count)
        ]
    )


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outer]:
    with rigged(Path(tmp_path_factory.mktemp("parts"))) as rig:
        filled(rig)
        yield Outer(Site(rig.register), keep=False)


def data(app: Outer, address: str) -> tuple[Any, str | None]:
    """Data and cursor of an answer."""
    got = ask(app, f"/api/v1{address}")
    assert got.status == 200, got.text
    return got.json["data"], got.json["meta"]["next"]


ORDER = sorted(sid(f"licence-{n}") for n in range(LICENCES))


@pytest.mark.parametrize(
    ("after", "shown", "further", "says"),
    [
        ("", ORDER[:3], "3", "This page shows a part: 1 to 3 of 7."),
        ("3", ORDER[3:6], "6", "This page shows a part: 4 to 6 of 7."),
        ("6", ORDER[6:], None, "This page shows a part: 7 to 7 of 7."),
        ("7", [], None, "The list ends before this part: it has 7 rows."),
        ("9999999", [], None, "The list ends before this part: it has 7 rows."),
    ],
)
def test_the_review_queue_in_parts(app: Outer, after: str, shown: list[str], further: str | None, says: str) -> None:
    """First, middle and last part, and two beyond; as JSON and as a page, with the counts of the whole."""
    question = f"?show=undecided&as_of={DAY}&limit=3{after and f'&after={after}'}"
    view, cursor = data(app, f"/licences/review{question}")
    assert ([one["licence"]["id"] for one in view["items"]], cursor) == (shown, further)
    assert view["matching"] == 7
    page = ask(app, f"/licences/review{question}").text
    assert page.count('<p class="licence">') == len(shown)
    assert says in page and "7 are listed." in page
    ways = page.split('<p class="further">')[1].split("</p>")[0]
    start = f"../licences/review?limit=3&show=undecided&as_of={DAY}"
    assert [unescape(href) for href in re.findall('href="([^"]*)"', ways)] == [
        *([start] if after else []),
        *([f"../licences/review?limit=3&after={further}&show=undecided&as_of={DAY}"] if further else []),
    ]
    assert ways.count('rel="next"') == (further is not None)


def test_a_queue_that_fits_has_no_parts(app: Outer) -> None:
    page = ask(app, "/licences/review").text
    assert page.count('<p class="licence">') == LICENCES
    assert "This page shows a part" not in page and 'class="further"' not in page


def test_incidents_of_a_licence_are_cut_on_the_page_alone(app: Outer) -> None:
    view, _ = data(app, "/licences/review?limit=1")
    [item] = view["items"]
    assert len(item["touches"]) == INCIDENTS
    page = ask(app, "/licences/review?limit=1").text
    assert page.count("touched by it:") == TOUCHES_MOST
    assert "2 more incidents, 2 of them without a decision." in page
    address = f"/licences/review?licence={ORDER[0]}"
    assert f'href="..{address}"' in page
    whole = ask(app, address).text
    assert (whole.count("touched by it:"), whole.count('<p class="licence">')) == (INCIDENTS, 1)
    assert "1 are listed." in whole and "more incidents" not in whole
    view, _ = data(app, address)
    assert (view["licence"], view["matching"], view["items"]) == (ORDER[0], 1, [item])
    assert data(app, "/licences/review?licence=sv-none")[0]["items"] == []


@pytest.mark.parametrize(
    ("address", "lists"),
    [
        ("/licences/review", {"items": "matching"}),
        ("/investigations", {"inquiries": "count"}),
        ("/boards", {"proposals": "count"}),
        ("/oversight", {"bodies": "bodies_count", "without": "without_count"}),
        ("/watch", {"watched": "count"}),
        ("/overdue", {"duties": "count"}),
        ("/log/keys", {"keys": "count"}),
    ],
)
def test_parts_are_the_whole(app: Outer, address: str, lists: dict[str, str]) -> None:
    """In steps, every row once and in one order; each part counts the whole; the page leads on as the JSON does."""
    step = 50 if address == "/overdue" else 2
    whole, cursor = data(app, f"{address}?limit=500")
    assert cursor is None
    assert {name: whole[count] for name, count in lists.items()} == {name: len(whole[name]) for name in lists}
    assert max(len(whole[name]) for name in lists) > step, "else it has one part"
    seen: dict[str, list[Any]] = {name: [] for name in lists}
    after = ""
    while after is not None:
        question = f"?limit={step}{after and f'&after={after}'}"
        part, after = data(app, address + question)
        for name, count in lists.items():
            assert (len(part[name]) <= step, part[count]) == (True, whole[count])
            seen[name] += part[name]
        page = ask(app, address + question).text
        assert ('rel="next"' in page) == (after is not None)
        assert after is None or f"limit={step}&amp;after={after}" in page
    assert seen == {name: whole[name] for name in lists}
    beyond, cursor = data(app, f"{address}?after=9000000")
    assert ([beyond[name] for name in lists], cursor) == ([[] for _ in lists], None)
    assert ask(app, f"{address}?after=9000000").status == 200


@pytest.mark.parametrize(
    "path", ["/licences/review", "/investigations", "/boards", "/oversight", "/watch", "/overdue", "/log/keys"]
)
@pytest.mark.parametrize(
    ("question", "field"),
    [
        ("after=0", "after"),
        ("after=-1", "after"),
        ("after=1e3", "after"),
        ("after=%D9%A3", "after"),
        ("after=99999999", "after"),
        ("after=%3Cscript%3E", "after"),
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=x", "limit"),
        ("page=2", "page"),
    ],
)
def test_a_part_that_is_none_is_refused(app: Outer, path: str, question: str, field: str) -> None:
    got = ask(app, f"/api/v1{path}?{question}")
    assert (got.status, got.json["error"]["field"]) == (400, field)
    page = ask(app, f"{path}?{question}")
    assert page.status == 400 and "<script" not in page.text


def test_what_is_overdue_of_a_state_and_of_whoever_owes_it(app: Outer) -> None:
    """The pages of a State and of a company show the latest; the way to all of it leads to all of it."""
    everything = data(app, "/overdue?limit=500")[0]["duties"]
    of_state = [one for one in everything if one["item"]["country"] == "xb"]
    view, cursor = data(app, "/overdue?country=xb")
    assert (view["count"], view["country"], view["duties"], cursor) == (len(of_state), "xb", of_state[:100], "100")
    state, _ = data(app, "/states/xb")
    assert (state["asked_count"], state["asked"]) == (len(of_state), of_state[:LATE_MOST])
    page = ask(app, "/states/xb").text
    assert f">({len(of_state)})</span>" in page and 'href="../overdue?country=xb"' in page
    owed = [one for one in everything if (one["due"]["owed_by"] or {}).get("id") == sid("ministry")]
    assert len(owed) == LATE_MOST + 4
    view, _ = data(app, f"/overdue?owed_by={sid('ministry')}&limit=500")
    assert (view["count"], view["duties"]) == (len(owed), owed)
    assert view["owed_by"]["caption"] == "Ministry of the Interior of Averna"
    got = ask(app, "/api/v1/overdue?owed_by=sv-none")
    assert (got.status, got.json["error"]["field"]) == (404, "owed_by")


def test_the_page_of_measures_shows_the_first_of_each_country(app: Outer) -> None:
    [country] = [one for one in data(app, "/moratorium")[0]["countries"] if one["country"] == "xb"]
    assert (len(country["uses"]), country["more"]) == (MEASURES_MOST, {"uses": 3})
    page = ask(app, "/moratorium").text
    assert "3 more are not shown here." in page and 'href="bulk/procedures/a-moratorium.jsonl"' in page


def test_the_map_shows_the_first_of_each_country_and_all_of_one(app: Outer) -> None:
    [country] = [one for one in data(app, "/map?limit=4")[0]["countries"] if one["code"] == "xa"]
    assert (len(country["rows"]), country["more"]) == (4, 2)
    page = ask(app, "/map?limit=4").text
    assert "2 more are not shown here." in page and 'href="map?country=xa#country-xa"' in page
    [country] = [one for one in data(app, "/map?limit=4&country=xa")[0]["countries"] if one["code"] == "xa"]
    assert (len(country["rows"]), country["more"]) == (6, 0)
    page = ask(app, "/map?country=xa").text
    assert re.findall('<details class="topic" id="(country-[^"]*)"', page) == ["country-xa"]


def test_the_licences_of_a_group_in_parts(app: Outer) -> None:
    """Of each State a part; all counts are of the whole."""
    address = f"/entities/{sid('vireo')}/licences"
    [whole] = data(app, address)[0]["states"]
    seen: list[Any] = []
    for after, cursor, length in (("", "3", 3), ("3", "6", 3), ("6", None, 1), ("9", None, 0)):
        question = f"{address}?limit=3{after and f'&after={after}'}"
        view, further = data(app, question)
        [state] = view["states"]
        assert (state["count"], state["live"], len(state["licences"]), further) == (7, 7, length, cursor)
        seen += state["licences"]
        page = ask(app, question).text
        assert "7 <span" in page and "of 7 recorded" in page and ('rel="next"' in page) == (cursor is not None)
    assert seen == whole["licences"]


def test_one_key(app: Outer) -> None:
    keys = data(app, "/log/keys?limit=500")[0]["keys"]
    view, _ = data(app, f"/log/keys?key={keys[3]['id']}")
    assert (view["keys"], view["count"]) == ([keys[3]], 1)
    got = ask(app, "/api/v1/log/keys?key=nobody")
    assert (got.status, got.json["error"]["field"]) == (404, "key")
