"""What is overdue: whoever is said to owe something sees who says so, and how firmly."""

from __future__ import annotations

import re
from html import unescape

import pytest

from sousveil.web.outer import Outer
from tests.web.client import ask


@pytest.mark.parametrize("place", ["overdue", "states/xa"])
def test_each_step_names_who_says_so(app: Outer, place: str) -> None:
    day = "as_of=2031-01-01"
    view = ask(app, f"/api/v1/{place}?{day}").json["data"]
    rows = [
        row
        for row in re.findall("<tr.*?</tr>", ask(app, f"/{place}?{day}").text, re.S)
        if re.search('class="due due-(overdue|asked)"', row)
    ]
    duties = view["duties"] if place == "overdue" else [*view["overdue"], *view["asked"]]
    assert len(rows) == len(duties) > 0
    for row, one in zip(rows, duties, strict=True):
        item = one["item"]
        said = " ".join(unescape(re.sub("<[^>]*>", " ", row)).split())
        assert f" {', '.join(item['publishers'])} {item['standing_words']} " in said
        assert item["publishers"]
