"""report.html: self-contained, escaped, no script, no link."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from case_maker import HOSTILE, case, finding, hostile_case

from sousveil.cases import telling
from sousveil.cases.report import report_html
from sousveil.findings.model import Shows, Strength

ALLOWED = {
    "article",
    "body",
    "br",
    "caption",
    "dd",
    "div",
    "dl",
    "dt",
    "h1",
    "h2",
    "h3",
    "head",
    "html",
    "li",
    "main",
    "meta",
    "ol",
    "p",
    "section",
    "span",
    "strong",
    "style",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "title",
    "tr",
    "ul",
}


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def page(made: object) -> str:
    return report_html(made, telling.told(made, HOSTILE, error_rates=HOSTILE, examined=HOSTILE)).decode()  # type: ignore[arg-type]


def test_hostile_values_stay_text() -> None:
    text = page(hostile_case())
    tags = Tags()
    tags.feed(text)
    assert tags.open == [] and tags.seen <= ALLOWED
    assert tags.attributes <= {"lang", "charset", "http-equiv", "content", "name", "class", "scope"}
    assert "<script" not in text and "&lt;script&gt;" in text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)
    assert "evil.example" not in text
    assert not re.search(r"href|src=|url\(|@import|https?://", text)
    assert "default-src 'none'; style-src 'unsafe-inline'" in text


def test_the_same_bytes_twice_and_the_order() -> None:
    made = case(
        finding(), finding(2, strength=Strength.WEAK, shows=Shows.POSTURE, says="Crash reporting is switched off.")
    )
    told = telling.told(made, "One sentence.")
    text = report_html(made, told).decode()
    assert text == report_html(made, told).decode()
    marks = [
        "Traces were found",
        "One sentence.",
        "This phone holds a message",
        "This backup is not encrypted",
        "What was found",
        "1 weak sign is listed",
        "What to do next",
        "Who can help",
        "What this check cannot show",
        "How to make an encrypted backup",
        "Annex",
        "Crash reporting is switched off.",
        "What was looked at",
        "Indicators that were compared",
        "CC-BY-4.0",
        "The words used here",
    ]
    places = [text.index(mark) for mark in marks]
    assert places == sorted(places)
    assert "Somebody" not in text and "SECRET" not in text
