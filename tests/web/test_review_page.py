"""The review queue: each count is a link, and the link leads to so many licences."""

from __future__ import annotations

import re
from html import unescape

import pytest

from sousveil.web.outer import Outer
from tests.web.client import ask

SHOWS = ("open", "undecided", "maintained", "ended", "unreasoned")


def test_each_count_leads_to_what_it_counts(app: Outer) -> None:
    text = ask(app, "/licences/review").text
    filters = text.split('<dl class="filters">')[1].split("</dd>")[0]
    links = re.findall(r'<a href="([^"]*show=[^"]*)">[^<]*\((\d+)\)<', filters)
    assert [(href, int(n)) for href, n in links] == [
        (f"../licences/review?show={show}", n) for show, n in zip(SHOWS, (1, 0, 1, 1, 0), strict=True)
    ]
    table = text.split("<tbody")[1].split("</tbody>")[0]
    links += re.findall(r'<a href="([^"]*)">(\d+)<', table)
    assert len(links) == 9
    for href, n in links:
        address = unescape(href).removeprefix("..")
        view = ask(app, f"/api/v1{address}").json["data"]
        assert len(view["items"]) == int(n), href
        page = ask(app, address).text
        assert page.count('<p class="licence">') == int(n), href
        assert f"{n} of 2 are listed." in page
        assert 'aria-current="true">' in page.split('<dl class="filters">')[1].split("</dl>")[0].replace(">all<", "", 1)


@pytest.mark.parametrize(("country", "total", "counts"), [("xa", 2, [1, 0, 1, 1, 0]), ("xb", 0, [0, 0, 0, 0, 0])])
def test_by_state(app: Outer, country: str, total: int, counts: list[int]) -> None:
    view = ask(app, f"/api/v1/licences/review?country={country}").json["data"]
    assert (view["total"], len(view["items"]), [*view["counts"].values()]) == (total, total, counts)
    assert list(view["counts"]) == list(SHOWS)
    assert country in view["countries"]


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
