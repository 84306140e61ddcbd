"""A case on the terminal: what a frightened person needs first, then the evidence, then what to do.

Text that came from a phone is visible and defanged (`telling`), so nothing in it can move the cursor, colour, hide or
link.
"""

from __future__ import annotations

import shlex
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO

from sousveil import display
from sousveil.cases import telling
from sousveil.cases.model import Case, Outcome
from sousveil.cases.outputs import ordered
from sousveil.cases.telling import Told, prose
from sousveil.findings.model import Finding, Shows, Strength
from sousveil.findings.verdict import Verdict
from sousveil.kinds import visible

MAX_MINOR = 2
"""Weak signs of one rule that are told one by one."""
MAX_SHOWN = 200
"""Findings shown on the terminal; all are in findings.json."""
_STYLE = {
    Verdict.TRACES_FOUND: "bold red",
    Verdict.SUSPICIOUS: "bold yellow",
    Verdict.NO_KNOWN_TRACES: "bold",
    Verdict.NOT_EXAMINABLE: "bold",
}
_STRENGTH = {Strength.STRONG: "bold red", Strength.LEAD: "bold yellow", Strength.WEAK: "bold"}


@dataclass(frozen=True, slots=True)
class Line:
    """One paragraph before it is wrapped: text, indent of the first and of the further lines, style."""

    text: str = ""
    indent: int = 0
    hang: int = 0
    style: str = ""


def lines(case: Case, told: Told, *, since: str | None = None, until: str | None = None) -> Iterator[Line]:
    """The whole text. `since` and `until` (ISO 8601, UTC) narrow which findings are shown, never the verdict."""
    yield Line(prose(told.sentence), style=_STYLE[case.verdict])
    if case.suppressed:
        yield Line(f"{_counted(len(case.suppressed), 'known-good finding')} left out by --suppress, and listed below.")
    for note in telling.first_notes(case):
        stamp = f" ({telling.place(note.at, 40)[:10]})" if note.at else ""
        yield Line("! " + prose(note.says) + stamp, 2, 2, "bold yellow" if note.kind == "threat_notice" else "")
    yield Line()
    if not case.device.encrypted and case.device.platform == "ios" and case.verdict is not Verdict.NOT_EXAMINABLE:
        yield Line(telling.UNENCRYPTED_FIRST)
        yield from (Line(f"{n}. {step}", 2, 3) for n, step in enumerate(telling.UNENCRYPTED_HOW, 1))
        yield Line()
    yield from _findings(case, told, since, until)
    yield from _coverage(case)
    yield Line("What this kind of check cannot show", style="bold")
    yield from (Line("- " + text, 2, 2) for text in telling.limits_of(case, told.limits))
    yield Line()
    yield from _advice(told)
    yield from _files(told)


def _findings(case: Case, about: Told, since: str | None, until: str | None) -> Iterator[Line]:
    shown = [f for f in ordered(case.findings) if _within(f, since, until)]
    hidden = len(case.findings) - len(shown)
    if shown and all(map(_minor, shown)):
        # "99 findings" below "no traces" would only frighten.
        yield Line(f"Weak signs and open protections ({len(shown)}): they do not change the result", style="bold")
    elif shown:
        yield Line(f"What was found ({len(shown)}), strongest first", style="bold")
    told, folded = _folded(shown)
    for number, finding in enumerate(told, 1):
        yield Line()
        yield from _finding(number, finding, about.folder)
    if folded:
        places = "in the report and in findings.json" if about.files else "not shown here (the report lists them all)"
        yield Line()
        yield Line(f"{_counted(sum(folded.values()), 'more finding')} {places}:")
        yield from (
            Line(f"- {count:,} of the rule {visible(rule, 60)}", 2, 2) for rule, count in sorted(folded.items())
        )
    if hidden:
        lie = "lies" if hidden == 1 else "lie"
        yield Line(f"{hidden:,} of the findings {lie} outside the time that you asked for; the result counts them all.")
    if case.suppressed:
        yield Line()
        yield Line(f"{_counted(len(case.suppressed), 'known-good finding')} left out by --suppress:")
        yield from (
            Line(f"- {visible(finding.id, 16)}: {prose(finding.says)}", 2, 2)
            for finding in ordered(case.suppressed)[:MAX_SHOWN]
        )
        if len(case.suppressed) > MAX_SHOWN:
            yield Line(f"- and {len(case.suppressed) - MAX_SHOWN:,} more", 2, 2)
    if shown or hidden or case.suppressed:
        yield Line()


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun} is" if count == 1 else f"{count:,} {noun}s are"


def _minor(finding: Finding) -> bool:
    return finding.strength is Strength.WEAK or finding.shows is Shows.POSTURE


def _folded(findings: Sequence[Finding]) -> tuple[list[Finding], Counter[str]]:
    """The findings to tell one by one, and how many more there are of each rule.

    Weak signs never change the result: after the first few of a rule they would only bury what matters.
    """
    told: list[Finding] = []
    seen: Counter[str] = Counter()
    folded: Counter[str] = Counter()
    for finding in findings:
        minor = _minor(finding)
        seen[finding.rule] += minor
        if len(told) >= MAX_SHOWN or (minor and seen[finding.rule] > MAX_MINOR):
            folded[finding.rule] += 1
        else:
            told.append(finding)
    return told, folded


def _within(finding: Finding, since: str | None, until: str | None) -> bool:
    if finding.at is None:
        return True
    return (since is None or finding.at >= since) and (until is None or finding.at <= until)


def _finding(number: int, finding: Finding, folder: str) -> Iterator[Line]:
    title, meaning = telling.STRENGTHS[finding.strength]
    yield Line(f"{number}. {title}: {prose(finding.says)}", 0, 3, _STRENGTH[finding.strength])
    rows = [("where", telling.where(finding.source)), ("when", telling.when(finding))]
    value = telling.indicator_of(finding)
    if value is not None:
        rows.append(("indicator", value))
    rows += [("says who", telling.published(a)) for a in finding.attributions[:5]]
    rows += [("shows", telling.SHOWN[finding.shows]), ("how sure", meaning)]
    rows += [("could also be", prose(text)) for text in finding.innocent]
    rows.append(("next", telling.next_step(finding)))
    if folder:  # without files there is nothing to explain from
        rows.append(("more", f"sousveil explain {shlex.quote(telling.place(folder))} {visible(finding.id, 16)}"))
    yield from (Line(f"{name + ':':<15}{text}", 3, 15) for name, text in rows)


def _coverage(case: Case) -> Iterator[Line]:
    """What was not read, gaps first; artefacts with one outcome for one reason share a line."""
    yield Line(f"What was looked at: {telling.coverage_counts(case)}", 0, 2, "bold")
    groups: dict[tuple[bool, Outcome, str], list[str]] = {}
    for line in case.coverage:
        if line.outcome is not Outcome.READ:
            key = (line.outcome.complete, line.outcome, line.detail)
            groups.setdefault(key, []).append(telling.place(line.artefact, 40))
    for (complete, outcome, detail), names in sorted(groups.items(), key=lambda group: group[0][0]):
        why = f" ({prose(detail)})" if detail else ""
        style = "dim" if complete else "yellow"
        yield Line(f"{', '.join(names)}: {telling.OUTCOMES[outcome]}{why}", 2, 4, style)
    yield Line()


def _advice(told: Told) -> Iterator[Line]:
    for title, steps in told.advice:
        yield Line(title, style="bold")
        yield from (Line(f"{n}. {step}", 2, 3) for n, step in enumerate(steps, 1))
        yield Line()
    if told.helplines:
        yield Line("Who can help", style="bold")
        for name, audience, address in told.helplines:
            yield Line(f"{name}: {address}", 2, 4)
            yield Line(f"for {audience}", 4, 0, "dim")
        yield Line()


def _files(told: Told) -> Iterator[Line]:
    if not told.files:
        return
    yield Line(f"Files are in {telling.place(told.folder)}", style="bold")
    personal = [name for name, holds in told.files if holds]
    other = [name for name, holds in told.files if not holds]
    if personal:
        yield Line("These hold personal data, keep them private: " + ", ".join(visible(n, 80) for n in personal), 2, 2)
    if other:
        yield Line("These hold none: " + ", ".join(visible(n, 80) for n in other), 2, 2)


def wrapped(line: Line, width: int) -> list[str]:
    """The paragraph in lines of at most `width` columns."""
    if not line.text:
        return [""]
    first = " " * line.indent
    rest = first + " " * line.hang
    return display.wrapped(line.text, max(width, 20), first=first, rest=rest, break_words=True) or [""]


def render(
    case: Case,
    told: Told,
    out: TextIO,
    *,
    width: int | None = None,
    colour: bool | None = None,
    since: str | None = None,
    until: str | None = None,
) -> None:
    """Write the case to `out`; styled only on a terminal (`colour` decides otherwise). `width` None: that of the
    terminal, at most 100."""
    width = width or min(shutil.get_terminal_size((80, 24)).columns, 100)
    if not (out.isatty() if colour is None else colour):
        for line in lines(case, told, since=since, until=until):
            out.write("\n".join(wrapped(line, width)) + "\n")
        return
    for line in lines(case, told, since=since, until=until):
        for text in wrapped(line, width):
            out.write(display.styled(text, line.style) + "\n")
