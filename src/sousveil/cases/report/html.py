"""Builds report.html: self-contained, printable, no script, no link, everything escaped by Jinja2.

Values of the phone are made visible and defanged before they reach the template (`telling`), so that nobody's program
turns them into something to click on; the template escapes once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from sousveil.cases import telling
from sousveil.cases.model import Case, ContextNote
from sousveil.cases.outputs import ordered
from sousveil.cases.telling import Told, prose
from sousveil.findings.model import Finding, Shows, Strength
from sousveil.findings.verdict import Verdict
from sousveil.kinds import visible
from sousveil.records import Source

MAX_FINDINGS = 2000
"""Findings in the annex; all are in findings.json."""
MAX_FIRST = 5
"""Findings told on the first page."""
MAX_EVIDENCE = 20
"""Rows of evidence shown for one finding."""


@cache
def template() -> Template:
    """The report's template, compiled."""
    environment = Environment(
        loader=PackageLoader("sousveil.cases.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2")


def report_html(case: Case, told: Told) -> bytes:
    """The report of one case, the same bytes for the same case."""
    findings = [_finding(f) for f in ordered(case.findings)[:MAX_FINDINGS]]
    serious = [f for f in ordered(case.findings) if f.strength is not Strength.WEAK and f.shows is not Shows.POSTURE]
    weak = len(case.findings) - len(serious)
    page = template().render(
        version=telling.place(case.version, 40),
        head=telling.HEADS[case.verdict],
        tone=_tone(case.verdict),
        sentence=prose(told.sentence),
        examined=telling.place(told.examined, 40),
        device=telling.device_line(case.device),
        notes=[_told(n) for n in telling.first_notes(case)],
        short=[_told(n) for n in telling.short_links(case)],
        unencrypted=not case.device.encrypted and case.verdict is not Verdict.NOT_EXAMINABLE,
        first=telling.UNENCRYPTED_FIRST,
        how=telling.UNENCRYPTED_HOW,
        told=[_short(f) for f in serious[:MAX_FIRST]],
        more=max(0, len(serious) - MAX_FIRST),
        weak=weak,
        advice=[(visible(title, 200), [visible(s, 1000) for s in steps]) for title, steps in told.advice],
        helplines=[tuple(visible(part, 300) for part in line) for line in told.helplines],
        limits=telling.limits_of(case, told.limits),
        counts=telling.coverage_counts(case),
        findings=findings,
        left_out=max(0, len(case.findings) - MAX_FINDINGS),
        left_out_known=len(case.suppressed),
        suppressed=[_finding(f) for f in case.suppressed[:MAX_FINDINGS]],
        coverage=[
            {
                "artefact": telling.place(c.artefact, 60),
                "outcome": telling.OUTCOMES[c.outcome],
                "ok": c.outcome.complete,
                "records": f"{c.records:,}",
                "detail": prose(c.detail),
            }
            for c in case.coverage
        ],
        sets=[
            {
                "name": telling.place(s.name, 80),
                "publisher": telling.place(s.publisher or "not named", 100),
                "count": f"{s.count:,}",
                "skipped": f"{s.skipped:,}",
                "newest": telling.place(s.newest or "not known", 20),
                "licence": telling.place(s.licence or "not stated", 100),
                "sha256": telling.place(s.sha256, 64),
            }
            for s in case.indicators
        ],
        error_rates=prose(told.error_rates, 4000),
        strengths=list(telling.STRENGTHS.values()),
        shown=[(shows.value, text) for shows, text in telling.SHOWN.items()],
    )
    return page.encode()


def _told(note: ContextNote) -> dict[str, str]:
    place = Source(file=note.file or "", table=note.table, row=note.row)
    return {
        "kind": note.kind,
        "says": prose(note.says),
        "at": telling.place((note.at or "")[:10], 10),
        "where": telling.where(place),
    }


def _tone(verdict: Verdict) -> str:
    return {Verdict.TRACES_FOUND: "found", Verdict.SUSPICIOUS: "look"}.get(verdict, "calm")


def _short(finding: Finding) -> dict[str, Any]:
    return {
        "says": prose(finding.says),
        "when": telling.when(finding),
        "strength": telling.STRENGTHS[finding.strength][0],
        "css": finding.strength.value,
        "shows": telling.SHOWN[finding.shows],
        "innocent": prose(finding.innocent[0]) if finding.innocent else "",
    }


def _finding(finding: Finding) -> dict[str, Any]:
    title, meaning = telling.STRENGTHS[finding.strength]
    return {
        "id": telling.place(finding.id, 16),
        "strength": title,
        "css": finding.strength.value,
        "meaning": meaning,
        "says": prose(finding.says),
        "rule": telling.place(finding.rule, 80),
        "when": telling.when(finding),
        "indicator": telling.indicator_of(finding),
        "published": [telling.published(a) for a in finding.attributions[:20]],
        "shows": telling.SHOWN[finding.shows],
        "reasons": [prose(r) for r in finding.reasons],
        "innocent": [prose(i) for i in finding.innocent],
        "next": telling.next_step(finding),
        "evidence": _evidence(finding),
        "more": max(0, len(finding.evidence) - MAX_EVIDENCE),
    }


def _evidence(finding: Finding) -> Sequence[dict[str, Any]]:
    return [
        {
            "artefact": telling.place(e.artefact, 60),
            "where": telling.where(e.source),
            "sha256": telling.place(e.source.sha256 or "not known", 64),
            "fields": telling.fields_of_record(e),
        }
        for e in finding.evidence[:MAX_EVIDENCE]
    ]
