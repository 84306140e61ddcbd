"""The words of the pages: short, active sentences that a reporter, a clerk or a frightened person reads at once."""

from __future__ import annotations

import re
from html import unescape

import pytest

from sousveil.web.outer import Outer
from tests.web.client import ask
from tests.web.routes import pages

MOST = 10.0
"""Automated Readability Index (Senter and Smith, 1967): the years at school that a text asks for, less one."""
FEW = 6
"""A text of fewer words is a label."""
EXCEPTIONS: dict[str, str] = {}
"""Path of a page -> why it may be harder."""
BANNED = (
    *("What is said of it", "May it go ahead?", "Where to turn", "clean bill", "How firmly it stands", "Narrow down"),
    *("is not written down", "What the letter asks of it", "one entry behind the other", "Who complains writes"),
    *("has a page says nothing about it", "is disclosed is not shown", "No notice about it that a regulator"),
    *("Say nothing that must stay secret", "hold to be behind it", "Show another day", "Nothing to narrow down"),
)
"""Phrases of earlier pages that readers had to guess at."""


def prose(page: str) -> str:
    """The paragraphs and headings of a page's main part, without tables, code and what programs read."""
    main = page.split("<main", 1)[1].split("</main>")[0]
    for tag in ("table", "article", "svg", "pre", "code", "select", "dl"):
        main = re.sub(rf"<{tag}\b.*?</{tag}>", " ", main, flags=re.S)
    main = re.sub(r'<(\w+)[^>]*class="[^"]*(?:unseen|who|value)[^"]*"[^>]*>.*?</\1>', " ", main, flags=re.S)
    found = re.findall(r"<(?:p|figcaption|blockquote)\b[^>]*>(.*?)</(?:p|figcaption|blockquote)>", main, re.S)
    return "\n".join(" ".join(unescape(re.sub(r"<[^>]*>", "", one)).split()) for one in found)


def sentences(text: str) -> list[list[str]]:
    """The words of each sentence of at least four words; labels and names are none."""
    parts = re.split(r"(?<=[.?!:;])\s+|\n", text)
    found = [re.findall(r"[^\W_]+(?:['-][^\W_]+)*", one) for one in parts]
    return [one for one in found if len(one) >= 4]


def index(text: str) -> float:
    """The Automated Readability Index of a text; 0 for a mere label."""
    many = sentences(text)
    words = [word for one in many for word in one]
    if len(words) < FEW:
        return 0.0
    return 4.71 * sum(map(len, words)) / len(words) + 0.5 * len(words) / len(many) - 21.43


def test_the_index_is_that_of_its_authors() -> None:
    assert index("The cat sat on the mat.") == pytest.approx(4.71 * 17 / 6 + 0.5 * 6 - 21.43)
    assert index("Notwithstanding contemporaneous administrative determinations jurisdictions differ.") > 30


def test_every_page_is_easy_to_read(app: Outer) -> None:
    found = {path: round(index(prose(ask(app, path).text)), 1) for path in [*pages(app), "/search?q=Glasmoth"]}
    hard = {path: value for path, value in found.items() if value > MOST}
    assert {path for path in hard if path not in EXCEPTIONS} == set(), hard
    assert set(EXCEPTIONS) <= set(hard), "a page that became easy is no exception any more"


def test_no_page_has_a_phrase_that_readers_guess_at(app: Outer) -> None:
    for path in [*pages(app), "/search?q=Glasmoth", "/nothing-here"]:
        text = " ".join(unescape(re.sub(r"<[^>]*>", " ", ask(app, path).text)).split())
        assert [one for one in BANNED if one in text] == [], path
