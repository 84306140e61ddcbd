"""report.html: self-contained, escaped, no script, no link."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from case_maker import HOSTILE, case, finding, hostile_case, told

from sousveil.cases.model import Case
from sousveil.cases.report import report_html
from sousveil.findings.model import Shows, Strength
from sousveil.findings.verdict import Verdict

ALLOWED = {
    "a",
    "b",
    "bdi",
    "code",
    "h4",
    "header",
    "nav",
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


def page(made: Case) -> str:
    facts = {"label": HOSTILE, "examiner": HOSTILE, "examined": HOSTILE, "folder": HOSTILE, "confinement": (HOSTILE,)}
    return report_html(made, told(made, HOSTILE, confined="NO", **facts)).decode()


def test_hostile_values_stay_text() -> None:
    text = page(hostile_case())
    tags = Tags()
    tags.feed(text)
    assert tags.open == [] and tags.seen <= ALLOWED
    plain = {"lang", "dir", "charset", "http-equiv", "content", "name", "class", "scope", "id", "colspan", "translate"}
    assert tags.attributes <= plain | {"href", "data-l", "aria-label", "aria-labelledby"}
    assert set(re.findall(r'href="(.)', text)) == {"#"}
    assert "<script" not in text and "&lt;script&gt;" in text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)
    assert "evil.example" not in text
    assert not re.search(r"src=|url\(|@import|https?://", text)
    assert "default-src 'none'; style-src 'unsafe-inline'" in text


def test_the_same_bytes_twice_and_the_order() -> None:
    made = case(
        finding(), finding(2, strength=Strength.WEAK, shows=Shows.POSTURE, says="Crash reporting is switched off.")
    )
    facts = {"label": "K 17", "examiner": "N. Example", "examined": "2026-11-29T20:30:00+00:00", "evidence": "ab" * 32}
    about = told(made, case_id="0123abcd", timezone="Europe/Budapest", **facts)
    text = report_html(made, about).decode()
    assert text == report_html(made, about).decode()
    marks = [
        "K 17",
        "examined 29 November 2026 by N. Example",
        "One sentence",
        "How far it got",
        "Not checked:",
        "This phone holds a message",
        "This backup is not encrypted",
        "What we found",
        "1 weak sign is in the findings",
        "What it means",
        "What it does not mean",
        "What to do now",
        "Later.",
        "Whom to ask",
        "About this check",
        "29 November 2026, 21:30",
        "0123abcd",
        "ab" * 32,
        "Times: Europe/Budapest.",
        "Findings (2)",
        "An attempt reached this phone (1)",
        "This finding decides the result.",
        "Open protections (1)",
        "Crash reporting is switched off.",
        "Evidence and examination",
        "Evidence, by file",
        "What was read",
        "Limits and error rates",
        "Indicators",
        "CC-BY-4.0",
        "Reports cited",
        "Confinement",
        "How to make an encrypted backup",
    ]
    at = text.index("<body")
    for mark in marks:
        assert mark in text[at:], mark
        at = text.index(mark, at)
    assert "Somebody" not in text and "SECRET" not in text


def test_similar_findings_share_an_entry_and_keep_their_numbers() -> None:
    made = case(*(finding(n, strength=Strength.LEAD) for n in range(1, 5)), finding(9))
    text = report_html(made, told(made)).decode()
    assert text.count('<article class="finding">') == 2
    assert [f'id="F{n}"' in text for n in range(1, 7)] == [True] * 5 + [False]
    assert "4 records with published addresses" in text and "4 more findings need confirmation" not in text


def test_a_group_without_a_strong_finding_needs_confirmation() -> None:
    made = case(finding(1, strength=Strength.LEAD, shows=Shows.PRESENCE), finding(2), verdict=Verdict.TRACES_FOUND)
    text = report_html(made, told(made)).decode()
    assert "Something is or was on it: needs confirmation (1)" in text and "An attempt reached this phone (1)" in text
    assert '<li class="presence maybe">' in text and '<li class="contact on">' in text
