"""The terminal's text: one screen, order, words, width, and nothing that a terminal would obey; and summary.txt."""

from __future__ import annotations

import io
import re
from typing import Any

import msgspec
import pytest
from case_maker import HOSTILE, case, finding, hostile_case, told

from sousveil.acquisition.model import Device
from sousveil.cases import telling, terminal
from sousveil.cases.model import Case, Coverage, Outcome
from sousveil.cases.report import report_html
from sousveil.cases.summary import summary
from sousveil.findings.model import MatchedIndicator, Shows, Strength
from sousveil.findings.verdict import Verdict

FACTS: dict[str, Any] = {
    "label": "K 17",
    "examiner": "N. Example",
    "examined": "2026-11-29T20:30:00+00:00",
    "case_id": "0123abcd",
    "evidence": "ab" * 32,
    "files": (("report.html", True), ("summary.txt", True)),
    "folder": "case-0123abcd",
}


def shown(made: Case, width: int = 80, colour: bool = False, facts: dict[str, Any] | None = None, **rest: Any) -> str:
    out = io.StringIO()
    terminal.render(made, told(made, **(FACTS if facts is None else facts)), out, width=width, colour=colour, **rest)
    return out.getvalue()


def many() -> Case:
    """27 findings of every kind, as on a bad day, with gaps and notes."""

    def named(number: int, kind: str, value: str, role: str, **rest: Any) -> Any:
        matched = MatchedIndicator(kind=kind, value=value, family="Examplesus", publisher="Example Lab", stix_id=None)
        record = {"role": role, "value": value}
        return finding(number, rule=f"indicator.{kind}", indicator=matched, record=record, **rest)

    lead = {"strength": Strength.LEAD}
    ran = [named(n, "process:name", f"exampled{n}", "ran", shows=Shows.EXECUTION) for n in (1, 2)]
    ran += [named(n, "process:name", f"ex{n}", "ran", shows=Shows.EXECUTION, **lead) for n in (3, 4)]
    kinds = [("app:id", "com.example"), ("file:path", "/private/var/x"), ("configuration-profile:id", "76DA")]
    lay = [named(10 + n, *kinds[n % 3], "installed", shows=Shows.PRESENCE, **lead) for n in range(8)]
    roles = ("received", "visited", "loaded", "redirected", "contacted")
    came = [named(30 + n, "domain-name:value", f"h{n}.example", roles[n % 5], **lead) for n in range(12)]
    weak = [finding(60 + n, strength=Strength.WEAK, rule="safari-redirect", indicator=None) for n in range(3)]
    gaps = [Coverage(artefact=f"ios.x{n}", outcome=Outcome.FAILED, records=n, detail="cut off " * 30) for n in range(9)]
    one = case(*ran, *lay, *came, *weak, verdict=Verdict.TRACES_FOUND, reached=Shows.EXECUTION)
    return msgspec.structs.replace(one, coverage=(*one.coverage, *gaps))


def test_the_order() -> None:
    text = shown(case(finding(2, strength=Strength.LEAD), finding(1)))
    at = 0
    for mark in (
        "SOUSVEIL CHECK  K 17, case 0123abcd.",
        "RESULT    One sentence.",
        "Checked against",
        "WARNING   This phone holds a message",
        "FINDINGS  1 strong, 1 need confirmation, 0 weak. Times: UTC.",
        "  An attempt reached this phone (2)",
        "  F1 strong",
        "  F2 needs confirmation",
        "READ",
        "not read:",
        "- Permissions of programs: Read in part",
        "DO NOW",
        "  1. Don't open the link.",
        "HELP",
        "FILES     case-0123abcd (report.html, summary.txt).",
        "MORE      --full for all details; sousveil explain case-0123abcd F1",
    ):
        assert mark in text[at:], (mark, text)
        at = text.index(mark, at)


@pytest.mark.parametrize("make", [many, hostile_case, lambda: case(finding())])
def test_one_screen(make: Any) -> None:
    facts = FACTS | {"label": HOSTILE, "confined": "NO", "confinement": ("Not confined.",)}
    text = shown(make(), facts=facts)
    assert len(text.splitlines()) <= terminal.HEIGHT == 40
    assert max(map(len, text.splitlines())) <= 80
    assert "DO NOW" in text and "HELP" in text


def test_27_findings_and_none_is_hidden() -> None:
    text = shown(many())
    assert "FINDINGS  2 strong, 22 need confirmation, 3 weak." in text
    pairs = re.findall(r"^  F(\d+)(?:-F(\d+))?", text, re.M)
    assert sorted({n for a, b in pairs for n in range(int(a), int(b or a) + 1)}) == list(range(1, 28))
    assert "strong" in next(line for line in text.splitlines() if line.startswith("  F1"))


def test_details_on_request() -> None:
    assert "could also be" not in shown(case(finding()))
    text = shown(case(finding()), full=True)
    assert (
        """\
F1 Strong: Safari history: a page of the domain evil[.]example was opened.
   record:        HomeDomain/Library/Safari/History.db, table history_visits,
                  row 7
   when:          3 February 2026, 04:05:06
   indicator:     evil[.]example (domain-name:value)
   published by:  Example Lab, 2 January 2026, for Examplesus
   strength:      Distinctive enough to count on its own.
   shows:         Someone or something reached this phone. This does not show
                  that it was opened, or that anything was installed.
   could also be: The link may have been opened by somebody who looked into it.
"""
        in text
    )


@pytest.mark.parametrize("width", [40, 80, 120])
def test_width_and_safety(width: int) -> None:
    facts = FACTS | {"label": HOSTILE, "folder": HOSTILE, "confinement": (HOSTILE,), "confined": "NO"}
    text = shown(hostile_case(), width, full=True, facts=facts)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e]", text)
    assert "https://" not in text and "evil.example" not in text
    assert max(map(len, text.splitlines())) <= width


def test_colour_adds_nothing_but_colour() -> None:
    text = shown(hostile_case(), colour=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", text) == shown(hostile_case())


def test_times_narrow_what_is_shown_but_never_hide_what_decides() -> None:
    text = shown(case(finding(), finding(2, strength=Strength.LEAD)), since="2026-03-01T00:00:00.000000Z")
    assert "F1 strong" in text and "F2" not in text
    assert "1 finding is outside the time that you asked for; the result counts it." in text


def test_times_are_in_the_zone_that_was_asked_for() -> None:
    text = shown(case(finding()), facts=FACTS | {"timezone": "Asia/Kathmandu"})
    assert "2026-02-03 09:50:06" in text and "Times: Asia/Kathmandu." in text


def test_weak_signs_alone_do_not_read_as_if_something_was_found() -> None:
    text = shown(case(finding(strength=Strength.WEAK), verdict=Verdict.NO_KNOWN_TRACES))
    assert "Weak signs and open protections do not change the result." in text


def test_without_files_nothing_leads_to_one() -> None:
    text = shown(case(finding()), facts={})
    assert "explain" not in text and "FILES" not in text


def test_known_good_findings_are_listed() -> None:
    made = msgspec.structs.replace(case(), suppressed=(finding(),))
    assert "1 known-good finding is left out by --suppress." in " ".join(shown(made).split())
    assert "- 0000000000000001: Safari history:" in " ".join(shown(made, full=True).split())


def test_never_clean_never_infected() -> None:
    for verdict in Verdict:
        text = " ".join(shown(case(finding(), verdict=verdict)).lower().split())
        text = text.replace("no result can prove a phone is clean or infected", "")
        assert not re.search("clean|infected|hacked|virus", text)


def test_the_summary_has_twelve_lines_and_the_exit_code() -> None:
    made = many()
    lines = summary(made, told(made, **FACTS)).decode().splitlines()
    assert len(lines) <= 12 and max(map(len, lines)) <= 100
    assert lines[:2] == ["Sousveil 0.1.0 | case 0123abcd | label: K 17 | exit 1", "Result: One sentence (strong)"]
    assert any(line.startswith("NOT CHECKED: ") for line in lines)
    assert lines[-1] == f"Evidence SHA-256: {'ab' * 32}"


def test_the_summary_of_one_finding_word_by_word() -> None:
    device = Device(encrypted=True, product_type="iPhone11,8", product_version="14.6")
    made = msgspec.structs.replace(case(finding()), device=device, coverage=(), context=())
    assert (
        summary(made, told(made, **FACTS)).decode()
        == f"""\
Sousveil 0.1.0 | case 0123abcd | label: K 17 | exit 1
Result: One sentence (strong)
Reached: an attempt | class: mercenary | findings: 1 strong, 0 need confirmation, 0 weak
F1 strong attempt 2026-02-03T04:05:06Z evil[.]example in a record, History.db history_visits 7
Phone: iPhone11,8 iOS 14.6 | backup not known, encrypted, complete
Examined: 2026-11-29T20:30Z by N. Example | read 0, not read 0
Indicators: {made.indicators[0].count:,}, newest {made.indicators[0].newest}
Judgement: 0 confirmed, 0 harmless, 1 not judged
Evidence SHA-256: {"ab" * 32}
"""
    )


@pytest.mark.parametrize("label", [HOSTILE, "x" * 500])
def test_a_long_label_never_hides_the_exit_code(label: str) -> None:
    made = case(finding())
    first = summary(made, told(made, **(FACTS | {"label": label}))).decode().splitlines()[0]
    assert first.endswith("| exit 1") and len(first) <= 100


def test_prose_defangs_what_looks_live() -> None:
    assert telling.prose("see https://a.example/b.c and www.b.example, or c.example; evil[.]example") == (
        "see hxxps://a[.]example/b[.]c and www[.]b[.]example, or c[.]example; evil[.]example"
    )
    assert telling.prose("Read it. Then talk.") == "Read it. Then talk."
    assert telling.prose("ios.sms: sms.db, row 4 is bad.") == "ios.sms: sms.db, row 4 is bad."
    assert "\x1b" not in telling.prose(HOSTILE)


@pytest.mark.parametrize(
    ("device", "phone", "date", "dated"),
    [
        (
            Device(platform="ios", acquisition="dump", product_version="16.5"),
            "iPhone, model not recorded; iOS 16.5",
            "Date of the dump not recorded",
            "dump, date not recorded",
        ),
        (
            Device(platform="android", acquisition="file-list"),
            "Android, model not recorded; version not recorded",
            "Date of the list not recorded",
            "list, date not recorded",
        ),
        (
            Device(platform="ios", acquisition="file-list"),
            "iPhone, model not recorded; version not recorded",
            "Date of the list not recorded",
            "list, date not recorded",
        ),
    ],
)
def test_what_a_dump_or_a_list_does_not_record_is_named(device: Device, phone: str, date: str, dated: str) -> None:
    """In the terminal, the report and the summary, and without a word about encryption."""
    made = case(device=device)
    page = report_html(made, told(made)).decode()
    assert shown(made, 200).splitlines()[0] == (
        f"SOUSVEIL CHECK  K 17, case 0123abcd. {phone}. {date}, 1 part not checked."
    )
    assert f"{phone} | {dated}, 1 part not checked\n" in summary(made, told(made, **FACTS)).decode()
    assert f"{phone} · {date}" in page and "not known" not in page.partition('id="confined"')[0]
    assert "not encrypted" not in page
