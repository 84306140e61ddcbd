"""Files beside pages: tables as CSV, pictures for other sites, feeds of names; and how to cite a page."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import pytest

from sousveil.register.model import entity_id
from sousveil.web.columns import table
from sousveil.web.headers import POLICY
from sousveil.web.outer import Outer
from sousveil.web.page import all_pages
from sousveil.web.site import Site
from tests.register import maker
from tests.register.maker import said
from tests.web.client import ask
from tests.web.routes import pages, parts_of

ATOM = "{http://www.w3.org/2005/Atom}"


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_every_page_with_a_table_leads_to_its_file(app: Outer) -> None:
    parts, seen = parts_of(app), set()
    for page in all_pages():
        address = f"/{page.route.format(**parts)}"
        if page.table is None:
            continue
        seen.add(page.name)
        got = ask(app, f"{address}.csv")
        assert (got.status, got.headers["content-type"]) == (200, "text/csv; charset=utf-8"), address
        assert f'{address.rsplit("/", 1)[-1]}.csv">Its table as CSV</a>' in ask(app, address).text, address
    assert seen >= {
        "search",
        "log",
        "overdue",
        "signatories",
        "sources",
        "entity-demands",
        "practice",
        "map",
        "timeline",
    }


def test_a_file_answers_the_question_of_its_page(app: Outer) -> None:
    found = rows(ask(app, "/search.csv?q=Glasmoth&type=Company").text)
    assert [(one["name"], one["kind"], one["states"]) for one in found] == [("Glasmoth Systems Ltd", "Company", "xa")]
    assert ask(app, "/search.csv?q=Glasmoth").headers["cache-control"] == "no-store"
    page = unescape(ask(app, "/search?q=Glasmoth&type=Company").text)
    assert 'href="search.csv?q=Glasmoth&type=Company"' in page
    assert 'href="api/v1/search?q=Glasmoth&type=Company"' in page
    newest = rows(ask(app, "/log.csv?limit=2").text)
    assert [one["entry"] for one in newest] == [str(app.site.store.size() - 1), str(app.site.store.size() - 2)]
    late = rows(ask(app, "/overdue.csv?country=xa&as_of=2031-01-01").text)
    data = ask(app, "/api/v1/overdue?country=xa&as_of=2031-01-01").json["data"]["duties"]
    assert [(one["id"], one["step"], one["days_open"], one["publishers"]) for one in late] == [
        (
            one["item"]["ref"]["id"],
            one["due"]["label"],
            str(one["due"]["days_open"]),
            "; ".join(one["item"]["publishers"]),
        )
        for one in data
    ]
    assert ask(app, "/overdue.csv?country=nowhere").status == 400


def test_cells_of_the_new_files_are_no_formulas(tmp_path: Path) -> None:
    with maker.made(tmp_path / "r") as made:
        made.register.publish([said(entity_id("sum", "one"), "Company", "name", "@SUM(1)")], maker.private("paper"))
        outer = Outer(Site(made.register), keep=False)
        names = [one["name"] for one in rows(ask(outer, "/entities.csv?type=Company").text)]
        assert [one for one in names if "SUM" in one] == ["'@SUM(1)"]


def test_columns_reach_into_lists_and_records() -> None:
    class Of:
        def __init__(self, **values: object) -> None:
            self.__dict__.update(values)

    inner = [Of(name="a", tags=["x", "y"]), Of(name="b", tags=[])]
    made = table("groups.rows", "name tags missing=no.where")
    assert made(Of(groups=[Of(rows=inner), Of(rows=[])])) == [
        ("name", "tags", "missing"),
        ("a", "x; y", None),
        ("b", "", None),
    ]


def test_the_matrix_stands_alone_as_a_picture(app: Outer) -> None:
    got = ask(app, "/states-matrix.svg")
    tree = ElementTree.fromstring(got.text)
    texts = [one.text or "" for one in tree.iter("{http://www.w3.org/2000/svg}text")]
    title, desc = (tree.find(f"{{http://www.w3.org/2000/svg}}{name}") for name in ("title", "desc"))
    assert title is not None and title.text == "Acts of States on the demands of the letter"
    assert desc is not None and desc.text == "4 States have recorded acts."
    last = app.site.store.size() - 1
    assert texts[-1].startswith(f"Source: Example register (invented), log entry {last}, ")
    [averna] = [one for one in rows(ask(app, "/states.csv").text) if one["code"] == "xb"]
    heads = [one["letter"] for one in ask(app, "/api/v1/states").json["data"]["demands"]]
    assert texts[1 : 1 + len(heads)] == heads
    names = [one for one in averna if one[1:2] == "-"]
    shown = texts[texts.index("Averna (invented)") + 1 :][: sum(averna[one] != "0" for one in names)]
    assert shown == [averna[one] for one in names if averna[one] != "0"]


@pytest.mark.parametrize("name", ["states.svg", "states-matrix.svg"])
def test_other_sites_may_show_a_picture_and_nothing_else(app: Outer, name: str) -> None:
    headers = ask(app, f"/{name}").headers
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert headers["content-security-policy"] == POLICY.replace("'self'; img", "'unsafe-inline'; img")
    assert headers["x-frame-options"] == "DENY"
    assert ask(app, "/states.csv").headers["cross-origin-resource-policy"] == "same-origin"
    hint = unescape(ask(app, "/states").text.partition('id="embed"')[2].partition("</details>")[0])
    assert f'<a href="https://register.example/states"><img src="https://register.example/{name}" alt="' in hint


def titles(text: str) -> list[str]:
    return [one.findtext(f"{ATOM}title") or "" for one in ElementTree.fromstring(text).iter(f"{ATOM}entry")]


def test_one_feed_follows_a_list_of_names(app: Outer) -> None:
    one, two = (ask(app, f"/feeds/name.atom?q={name}").text for name in ("Glasmoth", "Lampyre"))
    both = ask(app, "/feeds/names.atom?name=Glasmoth&name=Lampyre")
    assert set(titles(both.text)) == {*titles(one), *titles(two)} != set(titles(one))
    assert both.headers["cache-control"] == "no-store"
    typed = ask(app, "/feeds/names.atom?name=Glasmoth%0D%0A%0D%0ALampyre")
    assert titles(typed.text) == titles(both.text), "as the form sends them, one a line"
    assert "<title>2 names – " in both.text
    many = "&".join(f"name=Name+{n}" for n in range(50))
    assert ask(app, f"/feeds/names.atom?{many}").status == 200


@pytest.mark.parametrize(
    "question",
    ["", "name=", "q=Glasmoth", "name=--", "&".join(f"name=Name+{n}" for n in range(51)), f"name={'x' * 301}"],
)
def test_a_list_of_names_that_is_none_is_refused(app: Outer, question: str) -> None:
    assert ask(app, f"/feeds/names.atom?{question}").status == 400


def test_the_form_of_names_builds_the_address(app: Outer) -> None:
    form = re.search(r'<form method="get" action="feeds/names.atom">.*?</form>', ask(app, "/feeds").text, re.S)
    assert form is not None and '<textarea id="many" name="name"' in form[0] and "at most 50" in form[0]


def test_the_api_has_a_page_for_people(app: Outer) -> None:
    page = ask(app, "/api").text
    examples = [unescape(one) for one in re.findall(r'<tr role="row"><td role="cell"><a href="(api/v1/[^"]*)"', page)]
    assert len(examples) == 10
    commands = [unescape(one) for one in re.findall(r"<code>(curl [^<]*)</code>", page)]
    assert commands == [f"curl 'https://register.example/{one}'" for one in examples]
    for one in examples:
        assert ask(app, f"/{one}").status == 200, one
    description = ask(app, "/api/v1/openapi.json").json
    described = {(method.upper(), path) for path, many in description["paths"].items() for method in many}
    listed = {(one["method"], one["path"]) for one in ask(app, "/api/v1/api").json["data"]["operations"]}
    assert listed == described and ("POST", "/api/v1/publications") in listed
    assert f"This is version {description['info']['version']}." in page
    assert '<a href="api">API</a>' in ask(app, "/").text


def test_every_page_says_how_to_cite_it(app: Outer) -> None:
    last = app.site.store.size() - 1
    dated = {page.route: set(page.asked.model_fields) & {"as_of", "known_at"} for page in all_pages()}
    for page, address in zip(all_pages(), pages(app), strict=False):
        text = ask(app, address).text
        cited = re.findall(r"“<bdi>[^<]*</bdi>”, [^<]*<a href=\"[^\"]*\">log entry \d+</a>.*", text)
        assert len(cited) == 1, address
        assert f">log entry {last}</a>" in cited[0], address
        assert ("Link to this state of the page" in cited[0]) == bool(dated[page.route]), address
        if dated[page.route]:
            [link] = re.findall(r'href="([^"]*)">Link to this state', cited[0])
            assert ("known_at=" in link) == ("known_at" in dated[page.route]), address
