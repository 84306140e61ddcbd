"""summary.txt: the case in at most twelve lines of a hundred columns, to paste into a ticket. Times are UTC; nothing in it
names the phone's owner."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sousveil.cases.model import Case
from sousveil.cases.presenting import Group, Row, View, about_its_phone, short
from sousveil.cases.telling import Told, place, prose
from sousveil.cases.terminal import gap_line
from sousveil.findings.model import Strength
from sousveil.findings.verdict import Verdict
from sousveil.indicators.model import ThreatClass
from sousveil.kinds import visible
from sousveil.texts import t

LINES, COLUMNS = 12, 100


@about_its_phone
def summary(case: Case, told: Told) -> bytes:
    """The text. The first line ends with the exit code."""
    view = View(case, told)
    head, tail = list(_head(view)), list(_tail(view))
    room = LINES - len(head) - len(tail)
    notes = list(_notes(view, min(room, 2)))
    findings = list(_findings(view, room - len(notes)))
    return "".join(_cut(line) + "\n" for line in (*head, *notes, *findings, *tail)).encode()


def _cut(line: str) -> str:
    line = " ".join(line.split())
    return line if len(line) <= COLUMNS else line[: COLUMNS - 3].rstrip() + "..."


def _head(view: View) -> Iterator[str]:
    case, told = view.case, view.told
    exit_code = str(case.exit_code)
    # The exit code is never cut off: the label is.
    bare = t("summary.first", version=visible(case.version, 20), case=told.case_id or "-", label="", exit=exit_code)
    label = place(told.label, 60) or "-"
    yield t(
        "summary.first",
        version=visible(case.version, 20),
        case=told.case_id or "-",
        label=label[: max(COLUMNS - len(bare), 1)],
        exit=exit_code,
    )
    decides = [row.finding.strength for row in view.rows if row.decides]
    if decides:
        strength = t("terminal.strong" if case.verdict is Verdict.TRACES_FOUND else "terminal.lead")
        yield t("summary.result_strength", headline=view.headline, strength=strength)
    else:
        yield t("summary.no_result" if view.locked else "summary.result", headline=view.headline)
    numbers = {s.value: f"{count:,}" for s, count in view.counted().items()}
    if case.reached is not None and decides:
        reached, grave = t(f"reached_summary.{case.reached.value}"), case.threat_class or ThreatClass.MERCENARY
        yield t("summary.reached", reached=reached, **{"class": t(f"class.{grave.value}")}, **numbers)
    elif case.verdict is not Verdict.NOT_EXAMINABLE:
        yield t("summary.findings", **numbers)
    if "stalkerware" in view.told.advice:
        yield t("summary.safety")


def _notes(view: View, most: int) -> Iterator[str]:
    made = [t("summary.note", says=f"{prose(n.says, 200)}") for n in view.notes if n.kind == "threat_notice"]
    if view.locked:
        return  # the summary says it under "Tried"
    made += [t("summary.not_checked", what=gap_line(line, 86)) for line in view.gaps]
    yield from made[:most] if len(made) <= most else [*made[: most - 1], _rest(view, made, most)]


def _rest(view: View, made: Sequence[str], most: int) -> str:
    return t("summary.not_checked", what=t("report.gaps", n=len(view.gaps))) if view.gaps else made[most - 1]


def _findings(view: View, room: int) -> Iterator[str]:
    """Each finding on its own line where there is room, else one line for what shows the same."""
    rows = [row for row in view.rows if row.finding.strength is not Strength.WEAK]
    if len(rows) <= room:
        yield from (_row(row) for row in rows)
        return
    deciding = [row for row in rows if row.decides]
    first = deciding[:1] if room > len(view.groups) else []
    yield from (_row(row) for row in first)
    groups = [Group(g.shows, tuple(row for row in g.rows if row not in first)) for g in view.groups]
    groups = [g for g in groups if g.rows]
    left = room - len(first)
    named = []
    for group in groups:
        names = f"{group.rows[0].name}-{group.rows[-1].name}" if len(group.rows) > 1 else group.rows[0].name
        kinds = ", ".join(short(entry) for entry in group.entries[:6])
        named.append(f"{names} {t('reached_short.' + group.shows.value)}: {kinds}")
    yield from named if len(named) <= left else [*named[: left - 1], " | ".join(named[left - 1 :])]


def _row(row: Row) -> str:
    finding = row.finding
    at = re.sub(r"\.\d+Z$", "Z", finding.at or t("terminal.no_time"))
    file = visible(finding.source.file.rsplit("/", 1)[-1], 40)
    where = " ".join([file, *(str(p) for p in (finding.source.table, finding.source.row) if p is not None)])
    strength = t(f"terminal.{finding.strength.value}")
    return (
        f"{row.name} {strength} {t('reached_short.' + finding.shows.value)} {at} {short([row])}, {visible(where, 80)}"
    )


def _tail(view: View) -> Iterator[str]:
    told, kind = view.told, view.case.device.product_type
    yield t(
        "summary.phone",
        model=visible(kind or t("report.unknown"), 30),
        version=view.version,
        phone=view.phone,
        at=(view.backup_at or t("report.unknown"))[:16] + ("Z" if view.backup_at else ""),
        state=view.state,
    )
    facts = {"read": f"{len(view.read):,}", "gaps": f"{len(view.gaps):,}"}
    at = told.examined[:16] + "Z" if told.examined else t("report.unknown")
    by = place(told.examiner, 60) or t("report.not_given")
    if view.locked:
        yield t("summary.tried", at=at, by=by)
        yield t("summary.read_nothing", confined=told.confined or t("report.unknown"), why=view.locked)
        yield t("summary.next_backup" if "again" in told.advice else "summary.next_password")
        return
    if told.confined:
        yield t("summary.examined_confined", at=at, by=by, confined=told.confined, **facts)
    else:
        yield t("summary.examined", at=at, by=by, **facts)
    yield t("summary.indicators", n=f"{view.count:,}", newest=visible(view.newest or t("report.unknown"), 20))
    if view.rows:
        yield t("summary.judgement", **view.judged)
    if told.evidence:
        yield t("summary.evidence", hash=told.evidence)
