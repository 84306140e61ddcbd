"""`sousveil explain`: one finding of a case folder, step by step, as plain text.

What is read here was written by a check, but is treated as a stranger's file: checked for size and form, shown safe.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sousveil import display
from sousveil.cases.folder import CaseFiles
from sousveil.cases.judgements import matching_id, read_judgements
from sousveil.cases.model import Judgement
from sousveil.cases.outputs import FORMAT
from sousveil.cases.telling import place, prose, value_of
from sousveil.errors import Malformed, Missing
from sousveil.findings.model import Shows, Strength
from sousveil.kinds import defang
from sousveil.texts import data, messages, t

_STRENGTH_BEFORE = {"proof": Strength.STRONG.value}
"""Strengths of cases of format 1 and what format 2 calls them."""
WIDTH = 100


def explain(case_dir: Path, finding_id: str, identity: Path | None = None) -> str:
    """The explanation of the finding whose id begins with `finding_id`. `identity` opens an encrypted case.

    Raises Missing, Locked and Malformed as `CaseFiles`, Usage where no finding or several fit.
    """
    files = CaseFiles(case_dir, identity)
    case = _load(files, "findings.json")
    written = case.get("format", 1)
    if type(written) is not int or not 1 <= written <= FORMAT:
        raise Malformed(
            t("error.explain.findings_json_format", written=_text(written), format=FORMAT),
            hint=t("error.explain.use_newer_version"),
        )
    try:
        extra = _load(files, "explain.json")
    except Missing:
        extra = {}
    findings = {str(_dict(f).get("id")): _dict(f) for f in _list(case.get("findings"))}
    wanted = matching_id(list(findings), finding_id)
    about = _dict(_dict(extra.get("findings")).get(wanted))
    judgements = [judgement for judgement in read_judgements(files) if judgement.finding == wanted]
    return "\n".join(_steps(case, findings[wanted], about, extra, judgements)) + "\n"


def _steps(
    case: dict[str, Any],
    finding: dict[str, Any],
    about: dict[str, Any],
    extra: dict[str, Any],
    judgements: Sequence[Judgement],
) -> Iterator[str]:
    strength, shows = _strength(finding), _shows(finding)
    yield from _wrap(t("explained.finding", id=_text(finding.get("id")), says=prose(str(finding.get("says")))))
    yield from _part(1, t("explain.where"), _places(finding))
    yield from _part(2, t("explain.when"), [_when(finding)])
    yield from _part(3, t("explain.compared"), list(_compared(finding)))
    reasons = [prose(str(r)) for r in _list(about.get("reasons"))]
    title, meaning = t(f"strength.{strength.value}"), t(f"strength_means.{strength.value}")
    yield from _part(4, t("explain.strength", strength=title.lower()), [*reasons, meaning])
    yield from _part(5, t("explain.shows"), [t(f"reached_means.{shows.value}")])
    innocent = [data(prose(str(i))) for i in _list(finding.get("innocent"))]
    yield from _part(6, t("explain.innocent"), innocent or [t("explain.no_innocent")])
    yield from _part(7, t("explain.effect"), _effect(case, finding, strength, shows, extra))
    if judgements:
        yield from _part(8, t("explain.judgement"), [_decision(judgement) for judgement in judgements])


def _decision(judgement: Judgement) -> str:
    word, by, time = judgement.word.value, _text(judgement.by), _text(judgement.time)
    return t("explained.decision", word=word, by=by, time=time, because=prose(judgement.because))


def _part(number: int, title: str, items: list[str]) -> Iterator[str]:
    yield ""
    yield f"{number}. {title}"
    for item in items:
        yield from _wrap(item, "   ")


_PLACE = {"table": "table", "row": "row", "line": "line", "byte": "offset", "page": "page"}
"""Text of a place -> field of a source."""


def _places(finding: dict[str, Any]) -> list[str]:
    made: list[str] = []
    evidence = _list(finding.get("evidence"))
    for item in evidence[:20]:
        one, source = _dict(item), _dict(_dict(item).get("source"))
        at = [
            t(f"place.{name}", value=_text(source[field]))
            for name, field in _PLACE.items()
            if source.get(field) is not None
        ]
        at += [t(f"place.{source['space']}")] if source.get("space") in ("freed", "wal") else []
        made.append(", ".join([f"{_text(one.get('artefact'))}: {place(str(source.get('file')))}", *at]))
        made.append(t("explain.hash", hash=_text(source.get("sha256") or t("report.unknown"))))
        made += [f"  {place(str(n), 60)} = {value_of(v, 2000)}" for n, v in list(_dict(one.get("record")).items())[:60]]
    if len(evidence) > 20:
        made.append(t("report.more_rows", n=len(evidence) - 20))
    return made


def _when(finding: dict[str, Any]) -> str:
    if not finding.get("at"):
        return t("explain.no_time")
    id = f"quality.{finding.get('at_quality')}"
    note = t(id if id in messages() else "explain.exact")
    return f"{_text(finding['at'])} ({note})"


def _compared(finding: dict[str, Any]) -> Iterator[str]:
    yield t("explain.rule", rule=_text(finding.get("rule")))
    indicator = _dict(finding.get("indicator"))
    if not indicator:
        yield t("explain.rule_alone")
        return
    yield t("explain.indicator", value=defang(str(indicator.get("value"))), kind=_text(indicator.get("kind")))
    for item in _list(finding.get("attributions"))[:50]:
        one = _dict(item)
        yield t(
            "explain.published",
            who=_text(one.get("publisher") or t("report.no_publisher")),
            day=_text(one.get("published") or t("report.no_date")),
            family=_text(one.get("family") or t("report.unknown")),
            set=_text(one.get("set")),
            licence=_text(one.get("licence") or t("report.unknown")),
        ) + (f" {t('explain.report', report=prose(str(one['report'])))}" if one.get("report") else "")
        if one.get("ceiling"):
            yield t("explain.ceiling", ceiling=_text(one["ceiling"]), note=prose(str(one.get("note") or "-")))


def _effect(
    case: dict[str, Any], finding: dict[str, Any], strength: Strength, shows: Shows, extra: dict[str, Any]
) -> list[str]:
    id = f"verdict.{case.get('verdict')}"
    result = t("explain.result", result=t(id if id in messages() else "report.unknown"))
    if shows is Shows.POSTURE or strength is Strength.WEAK:
        return [t("explain.no_effect"), result]
    if "deciding" not in extra:
        return [t("explain.not_known"), result]
    if finding.get("id") in _list(extra.get("deciding")):
        return [t("explain.decides_strong" if strength is Strength.STRONG else "explain.decides_lead"), result]
    return [t("explain.not_deciding"), result]


def _load(files: CaseFiles, name: str) -> dict[str, Any]:
    try:
        loaded = json.loads(files.read(name))
    except (ValueError, RecursionError) as error:
        if isinstance(error, Malformed):
            raise
        loaded = None
    if not isinstance(loaded, dict):
        raise Malformed(t("error.explain.damaged_check_does", name=name), hint=t("error.common.run_check_again"))
    return loaded


def _strength(finding: dict[str, Any]) -> Strength:
    written = str(finding.get("strength"))
    try:
        return Strength(_STRENGTH_BEFORE.get(written, written))
    except ValueError:
        raise Malformed(t("error.explain.findings_json_names"), hint=t("error.common.run_check_again")) from None


def _shows(finding: dict[str, Any]) -> Shows:
    try:
        return Shows(str(finding.get("shows")))
    except ValueError:
        raise Malformed(
            t("error.explain.findings_json_names_unknown"), hint=t("error.common.run_check_again")
        ) from None


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return place(str(value), 200)


def _wrap(text: str, indent: str = "") -> list[str]:
    lead = indent + " " * (len(text) - len(text.lstrip(" ")))
    return display.wrapped(text.strip(), WIDTH, first=lead, rest=lead + "  ", break_words=True) or [""]
