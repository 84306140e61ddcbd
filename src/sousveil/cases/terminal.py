"""A case on the terminal: the result, the findings, what was not read, what to do, whom to ask; then, on request, all
details.

Without `full` the text takes at most `HEIGHT` lines of 80 columns: groups shrink before advice. Text that came from a phone
is visible and defanged (`telling`), so nothing in it can move the cursor, colour, hide or link.
"""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterator, Sequence
from typing import TextIO

import msgspec

from sousveil import display
from sousveil.cases import telling
from sousveil.cases.error_rates import Line as Rate
from sousveil.cases.error_rates import lines as rate_lines
from sousveil.cases.model import Case, Coverage
from sousveil.cases.presenting import (
    WHOLE,
    Group,
    Row,
    View,
    about_its_phone,
    attribution_of,
    kind_of,
    outcome_of,
    published,
    short,
    title_of,
)
from sousveil.cases.telling import Told, place, prose
from sousveil.findings.model import Finding, Shows, Strength
from sousveil.findings.verdict import Verdict, day_of
from sousveil.kinds import defang, visible
from sousveil.texts import data, t

HEIGHT = 40
"""Lines of 80 columns at most, without the details."""
LEVELS = 4
"""Steps by which groups of findings shrink."""
MARGIN = 10
"""Columns of the titles of the parts."""
MAX_SHOWN = 200
"""Findings shown with their details; all are in findings.json."""
_STYLE = {
    Verdict.TRACES_FOUND: "bold red",
    Verdict.SUSPICIOUS: "bold yellow",
    Verdict.NO_KNOWN_TRACES: "bold",
    Verdict.NOT_EXAMINABLE: "bold",
}
_STRENGTH = {Strength.STRONG: "bold red", Strength.LEAD: "bold yellow", Strength.WEAK: ""}
_MORE_GAPS = (8, 4, 3, 1)
_HELPLINES = 2


class Line(msgspec.Struct, frozen=True):
    """One paragraph before it is wrapped: text, indent of the first and of the further lines, style."""

    text: str = ""
    indent: int = 0
    hang: int = 0
    style: str = ""


def lines(
    case: Case, told: Told, *, since: str | None = None, until: str | None = None, full: bool = False, width: int = 80
) -> list[Line]:
    """The whole text. `since` and `until` (ISO 8601, UTC) narrow which findings are shown, never the verdict and never a
    finding that decides it."""
    view = View(case, told)
    for level in range(LEVELS):
        made = list(_first(view, since, until, level))
        if sum(len(wrapped(line, width)) for line in made) <= HEIGHT:
            break
    return [*made, *(_details(view, since, until) if full else ())]


def _first(view: View, since: str | None, until: str | None, level: int) -> Iterator[Line]:
    yield _head(view, level)
    yield Line()
    yield _part("RESULT", f"{view.headline}.", _STYLE[view.case.verdict])
    yield Line(f"{t('terminal.no_result')} {view.means_not}" if view.locked else view.means_not, MARGIN)
    if view.case.verdict is not Verdict.NOT_EXAMINABLE:
        yield Line(t("terminal.checked", n=view.count) if view.count else t("terminal.no_indicators"), MARGIN)
    yield from (_part("WARNING", text, "bold yellow") for text in _warnings(view, level))
    yield Line()
    yield from _findings(view, since, until, level)
    yield from _read(view, level)
    yield Line()
    yield from _advice(view, level)
    yield from _end(view, level)


def _part(name: str, text: str, style: str = "") -> Line:
    return Line(f"{t('terminal.' + name):<{MARGIN}}{text}", 0, MARGIN, style)


def _head(view: View, level: int) -> Line:
    told = view.told
    label = f"{place(told.label, 60 if level < 2 else 24)}, " if told.label else ""
    at = view.stamp(view.backup_at)[:16] if view.backup_at else ""
    backup = t("terminal.backup", at=f"{at} {told.timezone}") if at else t("terminal.no_backup")
    case = t("terminal.case", case=told.case_id or t("report.unknown"))
    return Line(f"{t('terminal.head')}  {label}{case}. {view.phone}. {backup}, {view.state}.")


def _warnings(view: View, level: int) -> Iterator[str]:
    suppressed = len(view.case.suppressed)
    made = [t("terminal.known_good", n=suppressed)] if suppressed else []
    for note in view.notes[:3]:
        day = f" ({view.day(note.at)})" if note.at else ""
        made.append(prose(note.says, 300) + day)
    if len(view.notes) > 3:
        made.append(t("list.more", n=len(view.notes) - 3))
    if view.case.device.could_be_encrypted and view.case.verdict is not Verdict.NOT_EXAMINABLE:
        made.append(t("terminal.unencrypted"))
    if view.told.confined not in ("", "yes"):
        made += [prose(text, 160) for text in view.told.confinement[:1]]
    if view.old:
        made.append(t("terminal.newest", day=day_of(view.newest or ""), n=view.old))
    if view.short_links:
        made.append(t("report.short_links", n=len(view.short_links)))
    most = (len(made), 5, 3, 2)[level]
    yield from (_cut(text, level) for text in made[:most])
    if len(made) > most:
        yield t("list.more", n=len(made) - most)


def _cut(text: str, level: int, room: int = 68) -> str:
    """The text, in one line where groups have shrunk twice."""
    return text if level < 2 or len(text) <= room else f"{text[: room - 3].rstrip()}..."


def _findings(view: View, since: str | None, until: str | None, level: int) -> Iterator[Line]:
    if not view.rows:
        return
    counts = view.counted()
    numbers = {s.value: f"{counts[s]:,}" for s in Strength}
    yield _part("FINDINGS", t("terminal.counts", **numbers, zone=view.told.timezone), "bold")
    if not counts[Strength.STRONG] + counts[Strength.LEAD]:
        yield Line(t("terminal.weak_only"), MARGIN)
    hidden = 0
    for group in view.groups:
        rows = [row for row in group.rows if row.decides or _within(row.finding, since, until)]
        hidden += len(group.rows) - len(rows)
        if rows:
            yield Line(Group(group.shows, tuple(rows)).heading, 2, 2, "bold")
            yield from _group_lines(view, rows, level)
    if hidden:
        yield Line(t("terminal.hidden", n=hidden), 2, 2)
    yield Line()


def _within(finding: Finding, since: str | None, until: str | None) -> bool:
    if finding.at is None:
        return True
    return (since is None or finding.at >= since) and (until is None or finding.at <= until)


def _group_lines(view: View, rows: Sequence[Row], level: int) -> Iterator[Line]:
    """Level 0 shows each finding; level 1 each that decides and the others by strength; then all by strength, in one line
    each."""
    apart = [row for row in rows if level == 0 or (level == 1 and row.decides)]
    if level == 1 and len(apart) > 3:
        apart = []
    wide = max(len(t(f"terminal.{row.finding.strength.value}")) for row in rows)
    number = max(len(_numbers([row for row in rows if row not in apart])), len(rows[-1].name))
    for row in apart:
        yield Line(
            f"{row.name:<{number}} {t('terminal.' + row.finding.strength.value):<{wide}}  "
            f"{view.stamp(row.finding.at)}  {short([row])}",
            2,
            number + 1,
            _STRENGTH[row.finding.strength],
        )
    rest = [row for row in rows if row not in apart]
    for strength in Strength:
        some = [row for row in rest if row.finding.strength is strength]
        if some:
            text = f"{_numbers(some):<{number}} {t('terminal.' + strength.value):<{wide}}  {_kinds(some, 4)}"
            yield Line(_cut(text, level, 76), 2, number + 1, _STRENGTH[strength])


def _numbers(rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    return rows[0].name if len(rows) == 1 else f"{rows[0].name}-{rows[-1].name}"


def _kinds(rows: Sequence[Row], most: int) -> str:
    kinds: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        kinds.setdefault(kind_of(row.finding), []).append(row)
    named = [short(some) for some in kinds.values()]
    if len(named) > most:
        rest = sum(len(some) for some in list(kinds.values())[most - 1 :])
        named = [*named[: most - 1], t("terminal.more_line", n=rest)]
    return ", ".join(named)


def _read(view: View, level: int) -> Iterator[Line]:
    if view.case.verdict is Verdict.NOT_EXAMINABLE and not view.read:
        yield _part("READ", f"{t('terminal.nothing_read')} {view.locked}".rstrip())
    else:
        parts = [t("terminal.read", n=len(view.read)), t("terminal.expected", n=len(view.expected))]
        if elsewhere := sum(map(len, view.elsewhere.values())):
            parts.append(t("terminal.elsewhere", n=elsewhere))
        parts.append(t("terminal.gaps", n=len(view.gaps)) + (":" if view.gaps else ""))
        yield _part("READ", "; ".join(parts))
    if view.locked:
        return
    shown = view.gaps[: _MORE_GAPS[level]]
    yield from (Line(f"- {gap_line(line, 130 if level < 2 else 66)}", MARGIN - 2, 2, "yellow") for line in shown)
    if len(view.gaps) > len(shown):
        yield Line(t("terminal.more_gaps", n=len(view.gaps) - len(shown)), MARGIN, 0, "yellow")


def gap_line(line: Coverage, most: int) -> str:
    """What was not read, and why, in at most `most` characters."""
    title, outcome = title_of(line.artefact), outcome_of(line)
    if line.artefact in WHOLE:
        return prose(line.detail, most)
    text = t("terminal.gap_why", title=title, outcome=outcome, why=prose(line.detail, 400)) if line.detail else ""
    if text and len(text) <= most:
        return text
    return (text[: most - 3].rstrip() + "...") if text else t("terminal.gap", title=title, outcome=outcome)


def _advice(view: View, level: int) -> Iterator[Line]:
    yield Line(t("terminal.DO"), style="bold")
    for number, (steps, _) in enumerate(view.advice):
        if number and level >= 2:
            return
        yield from (Line(f"{n}. {step}", 2, 3) for n, step in enumerate(steps, 1))


def _end(view: View, level: int) -> Iterator[Line]:
    told = view.told
    yield Line()
    if told.helplines:
        named = "; ".join(
            f"{visible(name, 60)} {visible(where.split(';')[0], 60)}"
            for name, _, where in told.helplines[: _HELPLINES if level < 2 else 1]
        )
        yield _part("HELP", named)
    if told.files:
        names = ", ".join(
            name for name in ("report.html", "summary.txt") if name in {n.removesuffix(".age") for n, _ in told.files}
        )
        shared = "stalkerware" in told.advice
        yield _part(
            "FILES", t("terminal.shared" if shared else "terminal.private", folder=place(told.folder), files=names)
        )
    if view.locked:
        yield _part("MORE", t("terminal.more_locked", code=view.case.exit_code))
        return
    more = [t("terminal.full" if view.rows else "terminal.full_none")]
    if told.folder and view.rows:
        first = next((row for row in view.rows if row.decides), view.rows[0])
        more.append(t("terminal.explain", folder=shlex.quote(place(told.folder)), id=first.name))
    yield _part("MORE", "; ".join(more))


# -------------------------------------------------------------------- details
def _details(view: View, since: str | None, until: str | None) -> Iterator[Line]:
    rows = [row for row in view.rows if row.decides or _within(row.finding, since, until)]
    for row in rows[:MAX_SHOWN]:
        yield Line()
        yield from _finding(view, row)
    if len(rows) > MAX_SHOWN:
        yield Line(t("terminal.in_report", n=len(rows) - MAX_SHOWN))
    if view.case.suppressed:
        yield Line()
        yield Line(t("report.suppressed"), style="bold")
        for finding in view.case.suppressed[:MAX_SHOWN]:
            yield Line(f"- {visible(finding.id, 16)}: {prose(finding.says)}", 2, 2)
    yield Line()
    yield Line(t("terminal.READ"), style="bold")
    for lines_of in filter(None, (view.read, view.expected)):
        yield Line(f"{outcome_of(lines_of[0])}: {', '.join(map(_source, lines_of))}", 2, 4)
    yield from (Line(text, 2, 4) for text in view.guides())
    yield from (Line(f"- {gap_line(line, 2000)}", 2, 2, "yellow") for line in view.gaps)
    yield Line()
    yield Line(t("terminal.limits"), style="bold")
    yield from (Line(f"- {text}", 2, 2) for text in telling.limits_of(view.case, view.told.limits))
    yield from (Line(f"- {prose(text)}", 2, 2) for text in view.told.confinement)
    yield Line()
    yield Line(t("terminal.rates"), style="bold")
    rates = rate_lines(view.case.device)
    yield from (Line(_rate(rate), 2, 2) for rate in rates)
    if not rates:
        yield Line(f"- {t('limits.rates')}", 2, 2)
    yield Line()
    yield Line(t("terminal.sets"), style="bold")
    for used in view.case.indicators:
        newest = place(used.newest or t("report.no_date"), 20)
        yield Line(f"- {place(used.name, 80)}: {used.count:,}, {newest}, {place(used.sha256[:16], 16)}", 2, 2)


def _rate(rate: Rate) -> str:
    return f"- {rate.tested}: {rate.correct} / {rate.size}; {rate.interval}"


def _source(line: Coverage) -> str:
    title = title_of(line.artefact)
    return f"{title} ({t('coverage.unverified')})" if line.unverified else title


def _finding(view: View, row: Row) -> Iterator[Line]:
    finding = row.finding
    strength = finding.strength.value
    title, meaning = t(f"strength.{strength}"), t(f"strength_means.{strength}")
    yield Line(f"{row.name} {title}: {prose(finding.says)}", 0, 3, _STRENGTH[finding.strength])
    facts = [("where", telling.where(finding.source)), ("when", view.when(finding))]
    if finding.indicator is not None:
        facts.append(("indicator", f"{defang(finding.indicator.value)} ({place(finding.indicator.kind, 40)})"))
    by = attribution_of(finding)
    if by is not None:
        facts.append(("published", published(by)))
    facts.append(("strength", meaning))
    if finding.shows is not Shows.POSTURE:
        facts.append(("shows", t(f"reached_means.{finding.shows.value}")))
    facts += [("could_be", data(prose(text))) for text in finding.innocent]
    yield from (Line(f"{t('terminal.' + name) + ':':<15}{text}", 3, 15) for name, text in facts)


def wrapped(line: Line, width: int) -> list[str]:
    """The paragraph in lines of at most `width` columns."""
    if not line.text:
        return [""]
    first = " " * line.indent
    rest = first + " " * line.hang
    return display.wrapped(line.text, max(width, 20), first=first, rest=rest, break_words=True) or [""]


@about_its_phone
def render(
    case: Case,
    told: Told,
    out: TextIO,
    *,
    width: int | None = None,
    colour: bool | None = None,
    since: str | None = None,
    until: str | None = None,
    full: bool = False,
) -> None:
    """Write the case to `out`; styled only on a terminal (`colour` decides otherwise). `width` None: that of the
    terminal, at most 100."""
    width = width or min(shutil.get_terminal_size((80, 24)).columns, 100)
    made = lines(case, told, since=since, until=until, full=full, width=width)
    if not (out.isatty() if colour is None else colour):
        for line in made:
            out.write("\n".join(wrapped(line, width)) + "\n")
        return
    for line in made:
        for text in wrapped(line, width):
            out.write(display.styled(text, line.style) + "\n")
