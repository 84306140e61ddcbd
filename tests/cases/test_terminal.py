"""The terminal's text: order, words, width, and nothing that a terminal would obey."""

from __future__ import annotations

import io
import re

import msgspec
import pytest
from case_maker import HOSTILE, case, finding, hostile_case

from sousveil.acquisition.model import Device
from sousveil.cases import telling, terminal
from sousveil.cases.model import Coverage, Outcome
from sousveil.findings.model import Strength
from sousveil.findings.verdict import Verdict


def shown(made: object, width: int = 80, colour: bool = False, **rest: str) -> str:
    out = io.StringIO()
    told = telling.Told(
        sentence="One sentence.",
        advice=(("What to do next", ("Talk to a helpline.",)),),
        helplines=(("Helpline", "everybody", "help@example.org"),),
        files=(("findings.json", True), ("run.json", False)),
        folder="case-1",
    )
    terminal.render(made, told, out, width=width, colour=colour, **rest)  # type: ignore[arg-type]
    return out.getvalue()


def test_the_order() -> None:
    text = shown(case(finding(2, strength=Strength.LEAD), finding(1)))
    marks = [
        "One sentence.",
        "! This phone holds a message",
        "This backup is not encrypted",
        "Tick",
        "What was found (2)",
        "1. Strong",
        "2. Needs confirmation",
        "What was looked at",
        "ios.tcc",
        "cannot show",
        "What to do next",
        "Who can help",
        "Files are in case-1",
        "findings.json",
    ]
    places = [text.index(mark) for mark in marks]
    assert places == sorted(places)


def test_a_finding_word_by_word() -> None:
    text = shown(case(finding(), device=Device(encrypted=True), context=()))
    assert text.startswith(
        """\
One sentence.

What was found (1), strongest first

1. Strong: Safari history: a page of the domain evil[.]example was opened.
   where:         HomeDomain/Library/Safari/History.db, table history_visits,
                  row 7
   when:          2026-02-03 04:05:06 UTC
   indicator:     evil[.]example (domain-name:value)
   says who:      published by Example Lab on 2026-01-02, for Examplesus, in
                  hxxps://lab[.]example/report, set made_up
   shows:         that the phone was reached, not that anything was opened or
                  installed
   how sure:      Distinctive enough to count on its own.
   could also be: The link may have been opened by somebody who looked into it.
   next:          Keep the phone and this copy as they are, and show this
                  finding to a helpline.
   more:          sousveil explain case-1 0000000000000001
"""
    )


@pytest.mark.parametrize("width", [40, 80, 120])
def test_width_and_safety(width: int) -> None:
    text = shown(hostile_case(), width)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e]", text)
    assert "https://" not in text and "evil.example" not in text
    assert max(map(len, text.splitlines())) <= width


def test_colour_adds_nothing_but_colour() -> None:
    text = shown(hostile_case(), colour=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", text) == shown(hostile_case())


def test_times_narrow_what_is_shown_never_the_result() -> None:
    text = shown(case(finding()), since="2026-03-01T00:00:00.000000Z")
    assert "1. Strong" not in text and "1 of the findings lies outside the time" in text and "One sentence." in text


def test_weak_signs_alone_are_not_told_as_if_something_was_found() -> None:
    weak = finding(strength=Strength.WEAK)
    text = shown(case(weak, finding(2, strength=Strength.WEAK), finding(3, strength=Strength.WEAK)))
    assert "Weak signs and open protections (3): they do not change the result" in text and "What was found" not in text
    assert f"1 more finding is in the report and in findings.json:\n  - 1 of the rule {weak.rule}\n" in text


def test_without_files_nothing_leads_to_one() -> None:
    out = io.StringIO()
    made = case(*(finding(n, strength=Strength.WEAK) for n in range(1, 5)))
    terminal.render(made, telling.Told(sentence="One sentence."), out, width=80)
    text = out.getvalue()
    assert "explain" not in text and "findings.json" not in text
    assert "2 more findings are not shown here (the report lists them all):\n" in text


def test_gaps_come_first_and_one_reason_is_told_once() -> None:
    absent = [
        Coverage(artefact=name, outcome=Outcome.ABSENT_EXPECTED, records=0, detail="the app is not installed")
        for name in ("ios.brave_history", "ios.opera")
    ]
    failed = Coverage(artefact="ios.sms", outcome=Outcome.FAILED, records=3, detail="cut off")
    made = msgspec.structs.replace(case(), coverage=(*absent, failed))
    part = shown(made).split("What was looked at: ", 1)[1].split("\n\n", 1)[0]
    assert part == (
        "2 not there, as expected; 1 could not be read completely\n"
        "  ios.sms: could not be read completely (cut off)\n"
        "  ios.brave_history, ios.opera: not there, as expected (the app is not\n      installed)"
    )


def test_known_good_findings_are_listed() -> None:
    made = msgspec.structs.replace(case(), suppressed=(finding(),))
    text = " ".join(shown(made, colour=False).split())
    assert "1 known-good finding is left out by --suppress: - 0000000000000001: Safari history:" in text


def test_never_clean_never_infected() -> None:
    for verdict in Verdict:
        text = shown(case(finding(), verdict=verdict)).lower()
        assert "clean" not in text.replace("cleans up", "") and "infected" not in text


def test_told_takes_advice_from_data() -> None:
    told = telling.told(case(finding()), "S.", folder="x")
    assert told.advice and told.helplines and told.folder == "x"
    assert "helpline" in told.advice[0][1][0].lower()


def test_prose_defangs_what_looks_live() -> None:
    assert telling.prose("see https://a.example/b.c and www.b.example, or c.example; evil[.]example") == (
        "see hxxps://a[.]example/b[.]c and www[.]b[.]example, or c[.]example; evil[.]example"
    )
    assert telling.prose("Read it. Then talk.") == "Read it. Then talk."
    assert telling.prose("ios.sms: sms.db, row 4 is bad.") == "ios.sms: sms.db, row 4 is bad."
    assert "\x1b" not in telling.prose(HOSTILE)
