"""The review queue: each count is a link, and the link leads to so many licences."""

from __future__ import annotations

import re
from html import unescape

import pytest

from sousveil.web.outer import Outer
from tests.web.client import ask

SHOWS = {"undecided": 0, "maintained": 1, "ended": 1, "unreasoned": 0}
"""Filter -> licences of the example that it shows."""


def test_each_count_leads_to_what_it_counts(app: Outer) -> None:
    text = ask(app, "/licences/review").text
    filters = re.findall(r'<a href="([^"]*show=[^"]*)">', text.split('<dl class="filters">')[1].split("</dd>")[0])
    assert [unescape(one) for one in filters] == [f"../licences/review?show={show}" for show in SHOWS]
    table = text.split("<tbody")[1].split("</tbody>")[0]
    links = {unescape(href): int(n) for href, n in re.findall(r'<a href="([^"]*)">(\d+)<', table)}
    assert links == {f"../licences/review?show={show}&country=xa": n for show, n in SHOWS.items()}
    for href, n in [*links.items(), *zip(map(unescape, filters), SHOWS.values(), strict=True)]:
        address = href.removeprefix("..")
        view = ask(app, f"/api/v1{address}").json["data"]
        assert (len(view["items"]), view["matching"]) == (n, n), href
        page = ask(app, address).text
        assert page.count('<p class="licence">') == n, href
        assert 'aria-current="true">' in page.split('<dl class="filters">')[1].split("</dl>")[0].replace(">all<", "", 1)


@pytest.mark.parametrize(("country", "matching"), [("xa", 2), ("xb", 0)])
def test_by_state(app: Outer, country: str, matching: int) -> None:
    view = ask(app, f"/api/v1/licences/review?country={country}").json["data"]
    assert (view["matching"], len(view["items"])) == (matching, matching)
    (counted,) = view["states"]
    assert {name: counted[name] for name in SHOWS} == SHOWS and counted["country"] == "xa"


def test_a_filter_that_is_none_is_refused(app: Outer) -> None:
    got = ask(app, "/api/v1/licences/review?show=closed")
    assert (got.status, got.json["error"]["field"]) == (400, "show")
    assert ask(app, "/licences/review?show=&country=").status == 200  # a form sends what was left empty


def test_a_state_s_page_leads_to_its_part_of_the_queue(app: Outer) -> None:
    states = list(app.site.store.subjects(type="State", limit=100))
    pages = [ask(app, f"/entities/{id}").text for id in states]
    found = [re.findall(r'href="\.\./licences/review\?([^"]*)">(\d+)<', page) for page in pages]
    assert [(unescape(query), n) for many in found for query, n in many if n != "0"] == [
        ("show=maintained&country=xa", "1"),
        ("show=ended&country=xa", "1"),
    ]


def test_the_counts_stand_on_the_state_s_page_of_demands_too(app: Outer) -> None:
    found = {
        code: re.findall(
            r'href="\.\./licences/review\?([^"]*)">(\d+)<', ask(app, f"/states/{code}?as_of=2026-11-01").text
        )
        for code in ("xa", "xb")
    }
    assert [(unescape(query), n) for query, n in found["xa"]] == [
        (f"show={show}&country=xa&as_of=2026-11-01", n)
        for show, n in (("undecided", "0"), ("maintained", "1"), ("unreasoned", "0"), ("ended", "1"))
    ]
    assert found["xb"] == [], "where no licence touches an incident the page is quiet"
    data = ask(app, "/api/v1/states/xa?as_of=2026-11-01").json["data"]
    assert data["review"] == {
        "country": "xa", "undecided": 0, "maintained": 1, "ended": 1, "longest": 0, "unreasoned": 0}  # fmt: skip
