"""Builds report.html: self-contained, printable, no script, no link out, everything escaped by Jinja2.

Values of the phone are made visible and defanged before they reach the template (`telling`), so that nobody's program
turns them into something to click on; the template escapes once more. Values stand in `bdi` or `code`, texts come from
`sousveil.texts`.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import BytecodeCache, Environment, PackageLoader, StrictUndefined, Template
from jinja2 import __version__ as jinja2_version
from jinja2.bccache import Bucket

from sousveil.cases import telling
from sousveil.cases.advice import all_helplines
from sousveil.cases.error_rates import lines as rate_lines
from sousveil.cases.model import LOCKED, Case, ContextNote, Coverage
from sousveil.cases.outputs import FORMAT
from sousveil.cases.presenting import (
    Group,
    Row,
    View,
    about_its_phone,
    attribution_of,
    outcome_of,
    published,
    short,
    title_of,
    why,
)
from sousveil.cases.telling import Told, place, prose
from sousveil.cases.terminal import gap_line
from sousveil.findings.model import Evidence, Finding, Shows, Strength
from sousveil.findings.verdict import Verdict, day_of
from sousveil.indicators import index_cache
from sousveil.kinds import defang, visible
from sousveil.records import Source
from sousveil.texts import data, language, t, table

MAX_FINDINGS = 2000
"""Findings in the report; all are in findings.json."""
MAX_FOUND = 3
"""Lines under "What we found"."""
MAX_EVIDENCE = 20
"""Records shown for one finding."""
MAX_INNOCENT = 3
"""Other explanations shown for one entry; all are in findings.json."""
_RIGHT_TO_LEFT = ("ar", "fa", "he", "ur", "ug")
_SECTIONS = ("identity", "evidence_rows", "coverage", "method", "limits", "indicators", "confined")
_LOCKED = ("identity", "coverage", "confined")
"""Sections of the report on a backup that was not opened."""


def _curly(text: str) -> str:
    """Typographic apostrophes."""
    return re.sub(r"(?<=\w)'(?=\w)", "\u2019", text)


class _Code(msgspec.Struct, frozen=True):
    """What one cache file holds."""

    code: bytes


class _Compiled(BytecodeCache):
    """The compiled templates among the user's caches: compiling takes longer than reading a small phone."""

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take the code from the cache, where it has that of this template."""
        place, key = self._place(bucket)
        if (kept := index_cache.read(place, key, _Code)) is not None:
            bucket.bytecode_from_string(kept.code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Write the code into the cache, where that can be done."""
        place, key = self._place(bucket)
        index_cache.write(place, key, _Code(bucket.bytecode_to_string()))

    def _place(self, bucket: Bucket) -> tuple[Path, str]:
        key = sha256(f"{bucket.key}\n{bucket.checksum}\n{jinja2_version}\n{sys.version}".encode()).hexdigest()
        return index_cache.cache_dir() / f"report-{key[:32]}.bin", key


@cache
def template() -> Template:
    """The report's template, compiled."""
    environment = Environment(
        loader=PackageLoader("sousveil.cases.report"),
        bytecode_cache=_Compiled(),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "curly": _curly,
        "safe_text": lambda text: place(text, 300),
        "said": lambda text: data(prose(text)),
    }
    environment.globals["t"] = t
    return environment.get_template("report.html.j2")


@about_its_phone
def report_html(case: Case, told: Told) -> bytes:
    """The report of one case, the same bytes for the same case and the same `told`."""
    view = View(case, told)
    rows = view.rows[:MAX_FINDINGS]
    evidence = list(_evidence(rows))
    unencrypted = case.device.could_be_encrypted and case.verdict is not Verdict.NOT_EXAMINABLE
    gaps = [gap_line(line, 160) for line in view.gaps]
    lines = {h.name: h.checked for h in all_helplines()}
    page = template().render(
        view=view,
        told=told,
        language=language().replace("_", "-"),
        direction="rtl" if language().partition("_")[0] in _RIGHT_TO_LEFT else "ltr",
        version=place(case.version, 40),
        format=FORMAT,
        footer=t("report.title", case=re.sub(r"[^0-9a-f]", "", told.case_id)),
        reach=[_reach(view, shows) for shows in (Shows.EXECUTION, Shows.PRESENCE, Shows.CONTACT)] if view.rows else [],
        gaps=gaps,
        notes=[_note(view, n) for n in view.notes],
        short=[_note(view, n) for n in view.short_links],
        unencrypted=unencrypted,
        encrypt=unencrypted or (gaps and not view.locked) or "again" in told.advice,
        known_good=len(case.suppressed),
        found=list(_found(view)),
        weak=view.counted()[Strength.WEAK],
        facts=list(_facts(view)),
        sections=[s for s in _SECTIONS if (s != "evidence_rows" or evidence) and (s in _LOCKED or not view.locked)],
        groups=[
            _group(view, Group(g.shows, tuple(r for r in g.rows if r.number <= MAX_FINDINGS))) for g in view.groups
        ],
        left_out=max(0, len(view.rows) - MAX_FINDINGS),
        command=f"sousveil judge {shlex.quote(place(told.folder))} F1 confirmed --because TEXT --by NAME"
        if told.folder
        else "",
        identity=list(_identity(view)),
        evidence=evidence,
        more_rows=sum(max(0, len(row.finding.evidence) - MAX_EVIDENCE) for row in rows),
        suppressed=[_entry(view, [Row(0, f, None, decides=False)]) for f in case.suppressed[:MAX_FINDINGS]],
        gap_rows=[(title_of(c.artefact), outcome_of(c), prose(c.detail)) for c in view.gaps],
        read_rows=[(title_of(c.artefact), _parts(c), f"{c.records:,}") for c in view.read],
        expected=", ".join(title_of(c.artefact) for c in view.expected),
        limits=[_curly(text) for text in telling.limits_of(case, told.limits)],
        rates=rate_lines(case.device),
        sets=[
            {
                "name": place(s.name, 80),
                "publisher": place(s.publisher or t("report.no_publisher"), 100),
                "count": f"{s.count:,}",
                "newest": place(s.newest or t("report.no_date"), 20),
                "licence": place(s.licence or "", 40),
                "sha256": place(s.sha256[:16], 16),
            }
            for s in case.indicators
        ],
        reports=_reports(rows),
        sources=[(data(_set_of(name)["source"]), day_of(_set_of(name)["checked"])) for name in told.advice],
        helplines_checked=day_of(
            min((lines[n] for n, _, _ in told.helplines if n in lines), default=min(lines.values())).isoformat()
        ),
    )
    return page.encode()


def _set_of(name: str) -> dict[str, str]:
    found: dict[str, str] = table("words")["advice"][name]
    return found


def _reach(view: View, shows: Shows) -> tuple[str, str, str]:
    """What reached how far: the kind, the style of its cell and the number of findings."""
    rows = [row for row in view.rows if row.finding.shows is shows]
    counts = view.counted(rows)
    parts = [
        t(f"report.{name}", n=counts[strength])
        for name, strength in (("strong", Strength.STRONG), ("needs", Strength.LEAD), ("weak", Strength.WEAK))
        if counts[strength]
    ]
    css = "on" if Group(shows, tuple(rows)).confirmed else "maybe" if counts[Strength.LEAD] else ""
    return shows.value, css, ", ".join(parts) or t("report.no_finding")


def _found(view: View) -> Iterator[tuple[str, str]]:
    """At most three lines: what decides first, then how many more findings there are."""
    serious = [r for r in view.rows if r.finding.strength is not Strength.WEAK and r.finding.shows is not Shows.POSTURE]
    serious.sort(key=lambda row: not row.decides)
    shown = serious if len(serious) <= MAX_FOUND else serious[: MAX_FOUND - 1]
    for row in shown:
        text = prose(row.finding.says)
        when = view.day(row.finding.at) if row.finding.at else t("quality.none")
        yield row.finding.strength.value, _curly(t("report.on_day", says=text.rstrip("."), when=when))
    rest = serious[len(shown) :]
    if rest:
        strong = all(row.finding.strength is Strength.STRONG for row in rest)
        strength = Strength.STRONG if strong else Strength.LEAD
        yield strength.value, t("report.more_strong" if strong else "report.more_lead", n=len(rest))


def _facts(view: View) -> Iterator[tuple[str, str, bool]]:
    told = view.told
    yield "label", place(told.label, 100) or t("report.not_given"), False
    yield "phone", view.phone, False
    yield "made", view.time(view.backup_at), False
    yield "backup", t("report.not_opened") if view.locked else view.state, False
    yield "examined", view.time(told.examined), False
    yield "examiner", place(told.examiner, 100) or t("report.not_given"), False
    yield "case", told.case_id or t("report.unknown"), True
    if view.locked:
        return
    newest = {"n": f"{view.count:,}", "day": day_of(view.newest or "")}
    yield "indicators", t("report.newest_day" if view.newest else "report.newest_none", **newest), False


def _identity(view: View) -> Iterator[tuple[str, str, bool]]:
    yield from (fact for fact in _facts(view) if fact[0] != "indicators")
    if view.told.read is not None:
        read, files = view.told.read
        yield "files_read", t("report.files_read_of", read=f"{read:,}", files=f"{files:,}"), False
    if (locked := view.case.locked) is not None:
        yield "files_read", t("report.files_unread"), False
        reason = locked.id.removeprefix(LOCKED)
        yield "secret", t(f"report.secret_{reason}", source=place(locked.values.get("source", ""), 80)), False
    if view.told.evidence:
        yield "evidence", view.told.evidence, True


def _note(view: View, note: ContextNote) -> dict[str, str]:
    where = Source(file=note.file or "", table=note.table, row=note.row)
    return {
        "kind": note.kind,
        "says": prose(note.says, 600),
        "at": view.day(note.at) if note.at else "",
        "where": telling.where(where),
    }


def _group(view: View, group: Group) -> dict[str, Any]:
    maybe = group.shows is not Shows.POSTURE and not group.confirmed
    return {
        "shows": group.shows.value,
        "css": "maybe" if maybe else group.shows.value,
        "heading": group.heading,
        "entries": [_entry(view, rows) for rows in group.entries],
    }


def _entry(view: View, rows: Sequence[Row]) -> dict[str, Any]:
    finding = rows[0].finding
    text = short(rows)
    by = attribution_of(finding)
    decide = sum(row.decides for row in rows)
    decides = ""
    if decide:
        decides = t("report.decides") if len(rows) == 1 else t("report.decide_some", n=decide)
    return {
        "strength": finding.strength.value,
        "heading": _curly(prose(finding.says)) if len(rows) == 1 else f"{text[0].upper()}{text[1:]}",
        "decides": decides,
        "why": why(finding),
        "innocent": [data(prose(text)) for text in finding.innocent[:MAX_INNOCENT]],
        "published": published(by) if by is not None else "",
        "rows": [_row(view, row) for row in rows],
    }


def _row(view: View, row: Row) -> dict[str, str]:
    finding, judgement = row.finding, row.judgement
    said = ""
    if judgement is not None:
        said = f"{prose(judgement.because, 300)} {visible(judgement.by, 100)}, {view.day(judgement.time)}"
    return {
        "id": row.name if row.number else "",
        "name": row.name if row.number else place(finding.id, 8),
        "when": view.when(finding),
        "what": _what(finding),
        "where": _where(finding.source),
        "word": judgement.word.value if judgement is not None else "",
        "because": said,
    }


def _what(finding: Finding) -> str:
    if finding.indicator is not None:
        return defang(finding.indicator.value, 200)
    return telling.values_of(finding.evidence[0], 120) if finding.evidence else place(finding.rule, 80)


def _where(source: Source) -> str:
    """The record in short: name of the file, table and row."""
    file = place(source.file.rsplit("/", 1)[-1], 100)
    parts = [part for part in (source.table and place(source.table, 60), _number("row", source.row)) if part]
    parts += [part for part in (_number("line", source.line), _number("byte", source.offset)) if part]
    return f"{file}, {' '.join(parts)}" if parts else file


def _number(word: str, number: int | None) -> str:
    return t(f"place.{word}", value=str(number)) if number is not None else ""


def _parts(line: Coverage) -> str:
    """The parts of an artefact that were read, where coverage lists them, and whether a layout is not verified."""
    notes = [t("coverage.unverified")] if line.unverified else []
    return "; ".join([*filter(None, [", ".join(data(place(part.name, 40)) for part in line.parts[:6])]), *notes])


def _evidence(rows: Sequence[Row]) -> list[tuple[str, str, list[tuple[str, str, str, str]]]]:
    """File, hash, and its records: number of the finding, place, id, values."""
    files: dict[tuple[str, str], list[tuple[str, str, str, str]]] = {}
    for row in rows:
        for one in row.finding.evidence[:MAX_EVIDENCE]:
            key = (place(one.source.file), place(one.source.sha256 or t("report.unknown"), 64))
            files.setdefault(key, []).append(
                (row.name, _place(one), place(row.finding.id[:8], 8), telling.values_of(one, 600))
            )
    return [(file, digest, many) for (file, digest), many in files.items()]


def _place(one: Evidence) -> str:
    source = one.source
    words = [place(source.table, 60)] if source.table else []
    for word in ("row", "line", "offset", "page"):
        value = getattr(source, word)
        if value is not None:
            words.append(t("place.byte" if word == "offset" else f"place.{word}", value=str(value)))
    return " ".join(words) or place(one.artefact, 60)


def _reports(rows: Sequence[Row]) -> list[str]:
    named: dict[str, None] = {}
    for row in rows:
        by = attribution_of(row.finding)
        if by is not None and by.report:
            named.setdefault(f"{published(by)}: {prose(by.report, 300)} ({place(by.set_name, 60)})")
    return list(named)
