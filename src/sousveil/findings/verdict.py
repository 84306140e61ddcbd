"""From findings to one verdict, and the sentence that says it.

One STRONG finding, or two LEADs that are independent, mean traces; one LEAD is suspicious; WEAK findings and open doors
(POSTURE) never raise it. Watchware is at most suspicious, because consent decides about it; so are the results of another tool,
because the phone's own data was not seen. Nothing here depends on
the order of findings, and one more finding never lowers the verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from itertools import islice

import msgspec

from sousveil.acquisition.model import RESULTS
from sousveil.findings.model import PHONE, Finding, Shows, Strength
from sousveil.findings.rules.staged_program import staged
from sousveil.indicators.model import IndicatorKind, ThreatClass
from sousveil.indicators.strength import execution_record, host_of
from sousveil.kinds import Role, defang, visible
from sousveil.texts import messages, several, t


class Verdict(StrEnum):
    """The answer. None of its words says that a phone is healthy or ill."""

    TRACES_FOUND = "traces_found"
    SUSPICIOUS = "suspicious"
    NO_KNOWN_TRACES = "no_known_traces"
    NOT_EXAMINABLE = "not_examinable"

    @property
    def rank(self) -> int:
        """0 for the answer that says least; grows with what was found."""
        return ("not_examinable", "no_known_traces", "suspicious", "traces_found").index(self.value)


OLD_AFTER_DAYS = 60
"""Indicators older than this are warned about."""
SAME_ACT_SECONDS = 60
"""Two rows of one browser history within this time are one act."""
MAX_PAIRS = 2_000_000
"""Pairs of LEADs compared at most."""

_DEPTH = {Shows.CONTACT: 0, Shows.PRESENCE: 1, Shows.EXECUTION: 2}
_GRAVITY = (ThreatClass.MERCENARY, ThreatClass.STALKERWARE, ThreatClass.EXTRACTION_TOOL, ThreatClass.WATCHWARE)
_COMPANIONS = ("-wal", "-shm", "-journal")
_BROWSED = frozenset({Role.VISITED.value, Role.LOADED.value, Role.REDIRECTED.value})
_LOGGED_NAMES = ("process", "proc_name", "process_name", "bundle_id", "bundle", "package", "client")


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict with what it rests on."""

    verdict: Verdict
    reached: Shows | None
    threat_class: ThreatClass | None
    sentence: str
    """The headline as a sentence; names the indicators, and warns when they are old."""
    headline: str
    """What a person reads first."""
    compared: str
    """How many indicators took part and how new they are; "" where nothing was read."""
    words: str
    """The id of the result's texts, such as `result.traces_found.execution.mercenary`."""
    family: str
    """The families of the deciding findings, as the texts name them."""
    visited: bool
    """Whether the headline says that somebody opened a page."""
    deciding: tuple[str, ...]
    """Ids of the findings that the verdict rests on, sorted."""


class _View(msgspec.Struct, frozen=True):
    """What the comparison of two findings needs, worked out once."""

    finding: Finding
    strength: Strength
    families: frozenset[str]
    rule: str
    indicator: tuple[str, str] | None
    values: frozenset[str]
    places: frozenset[tuple[str, str, int | None, int | None, int | None]]
    files: frozenset[str]
    quoted: bool
    raw: bool
    second_hand: bool
    browsed: bool
    execution: str | None
    """The record of execution that the finding rests on; None where none recorded that something ran."""
    bare: bool
    """Whether a sysdiagnose gives no more than the name of a program: no folder from which spyware ran."""
    phone: str | None
    """Where the logs of its phone lie; None for evidence of which there is one phone alone."""
    at: int | None


def _file(name: str) -> str:
    for companion in _COMPANIONS:
        name = name.removesuffix(companion)
    return name


def _values(finding: Finding) -> frozenset[str]:
    """Hosts, links, accounts, processes and files that a finding is about, for telling copies apart."""
    found: set[str] = set()
    if finding.indicator is not None:
        value = finding.indicator.value
        found.add(value.casefold())
        kind = IndicatorKind(finding.indicator.kind)
        found.add(host_of(kind, value))
        if kind in (IndicatorKind.FILE_PATH, IndicatorKind.FILE_NAME):
            found.add("file:" + value.rstrip("/").rsplit("/", 1)[-1].casefold())
    for item in finding.evidence:
        for name, value in islice(item.record.items(), 100):
            if not isinstance(value, str):
                continue
            if name in _LOGGED_NAMES:
                found.add(value.split("/", 1)[0].casefold())
            elif value[:8].lower().startswith(("http://", "https://")):
                found.update((value.casefold(), host_of(IndicatorKind.URL, value)))
    return frozenset(found - {""})


def _micros(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return round(datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC).timestamp() * 1_000_000)
    except ValueError:
        return None


def _view(finding: Finding) -> _View:
    role = finding.record.get("role")
    families = {finding.family, *(a.family for a in finding.attributions)}
    # Consent decides about watchware, so that a strong finding counts like a lead.
    strength = finding.strength
    if finding.threat_class is ThreatClass.WATCHWARE and strength is Strength.STRONG:
        strength = Strength.LEAD
    return _View(
        finding=finding,
        strength=strength,
        families=frozenset(f.casefold() for f in families if f),
        rule=finding.rule,
        indicator=(finding.indicator.kind, finding.indicator.value) if finding.indicator is not None else None,
        values=_values(finding),
        places=frozenset(
            (_file(e.source.file), e.source.table or "", e.source.row, e.source.line, e.source.offset)
            for e in finding.evidence
        ),
        files=frozenset(_file(e.source.file) for e in finding.evidence),
        quoted=role == Role.QUOTED.value,
        second_hand=finding.artefact.startswith(f"{RESULTS}."),
        raw=finding.artefact == "scan" or role == Role.RAW.value,
        browsed=role in _BROWSED,
        execution=execution_record(finding.artefact)
        if finding.shows is Shows.EXECUTION and role == Role.RAN.value
        else None,
        bare=finding.artefact.startswith("sysdiagnose.")
        and not any(staged(item.record.get("path")) for item in finding.evidence),
        phone=str(finding.record.get(PHONE) or "") if finding.artefact.startswith("android.intrusion_") else None,
        at=_micros(finding.at),
    )


def independent(a: Finding, b: Finding) -> bool:
    """Whether two findings support each other: the same family or none, different facts, and neither a copy of the
    other."""
    return _independent(_view(a), _view(b))


def why_not_independent(a: Finding, b: Finding) -> str | None:
    """Why two findings count as one, in a few words; None where they are independent."""
    return _dependence(_view(a), _view(b))


def _independent(a: _View, b: _View) -> bool:
    return _dependence(a, b) is None


def _dependence(a: _View, b: _View) -> str | None:
    if a.finding.id == b.finding.id:
        return "it is one finding"
    if a.second_hand or b.second_hand:
        return "the phone's own data was not seen"
    if a.phone is not None and b.phone is not None and a.phone != b.phone:
        return "they may be about different phones"
    if ThreatClass.WATCHWARE in (a.finding.threat_class, b.finding.threat_class):
        return "consent decides about watchware"
    if a.families and b.families and not a.families & b.families:
        return "they name different families"
    if a.execution is not None and b.execution is not None and a.indicator is not None and b.indicator is not None:
        # Names of programs: one record is one witness, and two records of one name are two. The logs of a sysdiagnose are
        # two only where a folder tells more than the name: an ordinary program is in several of them at once.
        if a.execution == b.execution:
            return "they rest on one record of execution"
        return (
            "a sysdiagnose lists one program in several logs"
            if a.bare and b.bare and a.indicator == b.indicator
            else None
        )
    if a.indicator is not None and a.indicator == b.indicator:
        return "they rest on the same indicator"
    if a.indicator is None and b.indicator is None and a.rule == b.rule:
        return "they rest on the same rule"
    if a.places & b.places:
        return "they rest on the same row"
    if a.values & b.values:
        return "they are about the same value"
    return _copies(a, b)


def _copies(a: _View, b: _View) -> str | None:
    if a.raw and b.raw:
        return "nothing says how either of two raw hits came there"
    if (a.raw or b.raw) and a.files & b.files:
        return "the raw pass met the same file as the reader"
    if a.quoted and b.quoted:
        return "both are probably quoted from writing about spyware"
    if (
        a.browsed
        and b.browsed
        and a.files & b.files
        and (a.at is None or b.at is None or abs(a.at - b.at) <= SAME_ACT_SECONDS * 1_000_000)
    ):
        return "they may come from one visit"
    return None


def _pair(leads: Sequence[_View]) -> tuple[_View, _View] | None:
    """The first pair of independent LEADs in a fixed order."""
    checks = 0
    for position, one in enumerate(leads):
        for other in islice(leads, position + 1, None):
            checks += 1
            if checks > MAX_PAIRS:
                return None
            if _independent(one, other):
                return one, other
    return None


def _order(view: _View) -> tuple[int, str, str]:
    return (view.strength.rank, view.finding.at or "~", view.finding.id)


def _weigh(views: Sequence[_View]) -> tuple[Verdict, list[_View]]:
    """The verdict and the findings that decide it. `views` holds STRONG findings and LEADs only, in order."""
    strong = [v for v in views if v.strength is Strength.STRONG]
    leads = [v for v in views if v.strength is Strength.LEAD]
    if strong:
        return Verdict.TRACES_FOUND, strong + [
            lead
            for lead in leads
            if lead.families and any(lead.families & one.families and _independent(lead, one) for one in strong[:50])
        ]
    pair = _pair(leads)
    if pair is not None:
        return Verdict.TRACES_FOUND, [v for v in leads if v in pair or all(_independent(v, p) for p in pair)]
    return (Verdict.SUSPICIOUS, leads) if leads else (Verdict.NO_KNOWN_TRACES, [])


def _gravest(findings: Iterable[Finding]) -> ThreatClass | None:
    classes = {f.threat_class for f in findings}
    return next((c for c in _GRAVITY if c in classes), None)


def _named(findings: Iterable[Finding]) -> str:
    names = sorted({visible(f.family, 60) for f in findings if f.family}, key=str.casefold)
    if not names:
        return t("result.unnamed")
    if len(names) > 4:
        return several([*names[:3], t("result.others", n=len(names) - 3)])
    return several(names)


_VARIANTS = {
    "visited": Role.VISITED,
    "redirected": Role.REDIRECTED,
    "loaded": Role.LOADED,
    "looked_up": Role.CONTACTED,
}


def _variant(findings: Sequence[Finding]) -> str:
    """How the attempt came, where the headline names that: "" where somebody sent it."""
    roles = {str(f.record.get("role")) for f in findings}
    kinds = {f.indicator.kind for f in findings if f.indicator is not None}
    if Role.RECEIVED.value in roles:
        if kinds == {IndicatorKind.EMAIL.value}:
            return "account"
        files = {k for k in kinds if k.startswith("file:")}
        return "file" if not kinds or files == kinds else ""
    return next(
        (name for name in ("redirected", "loaded", "visited", "looked_up") if _VARIANTS[name].value in roles), ""
    )


def _words(
    verdict: Verdict,
    reached: Shows | None,
    grave: ThreatClass | None,
    findings: Sequence[Finding],
    *,
    whole: bool,
    unread: str,
) -> tuple[str, str, str, bool]:
    """The id of the result's texts, the headline, the families, and whether the headline says that a page was opened."""
    if verdict is Verdict.NOT_EXAMINABLE:
        words = f"result.not_examinable.{unread}"
        return words, t(f"{words}.headline"), "", False
    if verdict is Verdict.NO_KNOWN_TRACES:
        words = f"result.no_known_traces.{'complete' if whole else 'incomplete'}"
        return words, t(f"{words}.headline"), "", False
    about = [f for f in findings if grave is None or f.threat_class is grave] or list(findings)
    others = [f for f in findings if f.family and f.threat_class is not grave and f.threat_class is not None]
    family = _named(about + others if grave not in (ThreatClass.EXTRACTION_TOOL, ThreatClass.WATCHWARE) else about)
    words = f"result.{verdict.value}.{(reached or Shows.PRESENCE).value}.{(grave or ThreatClass.MERCENARY).value}"
    variant = _variant([f for f in about if f.shows is reached]) if reached is Shows.CONTACT else ""
    headline = f"{words}.headline_{variant}" if f"{words}.headline_{variant}" in messages() else f"{words}.headline"
    return words, t(headline, family=family), family, variant == "visited"


def day_of(text: str) -> str:
    """A date such as 2026-03-30 as people write it: 30 March 2026. Anything else as it is."""
    try:
        moment = date.fromisoformat(text[:10])
    except ValueError:
        return defang(text, 20)
    return t("date.day", day=moment.day, month=t(f"month.{moment.month}"), year=moment.year)


def indicators_sentence(count: int, newest: str | None, today: date | None) -> str:
    """How many indicators took part and how new they are. `newest` is YYYY-MM-DD; without `today` nothing is warned
    about."""
    if count <= 0:
        return t("result.uncounted")
    counted = t("result.counted", n=count)
    if not newest:
        return t("result.undated", counted=counted)
    text = t("result.newest", counted=counted, newest=day_of(newest))
    days = days_old(newest, today)
    return f"{text} {t('result.aged', n=days)}" if days > OLD_AFTER_DAYS else text


def days_old(newest: str | None, today: date | None) -> int:
    """Days from the newest indicator to `today`; 0 where either is not known."""
    try:
        return (today - date.fromisoformat((newest or "")[:10])).days if today is not None else 0
    except ValueError:
        return 0


def decide(
    findings: Iterable[Finding],
    *,
    any_read: bool,
    whole: bool = True,
    indicator_count: int = 0,
    newest: str | None = None,
    today: date | None = None,
    limits: Sequence[str] = (),
    unread: str = "nothing_read",
) -> Decision:
    """The verdict over all findings.

    `any_read`: whether anything at all could be read; `whole`: whether nothing that exists was missed. `today` is
    given by the caller, because nothing here looks at a clock. `limits` are sentences on the copy of the phone, such
    as that it was not finished. `unread` names the texts of a result where nothing was read.
    """
    counted = (f for f in findings if f.shows is not Shows.POSTURE and f.strength is not Strength.WEAK)
    views = sorted((_view(f) for f in counted), key=_order)
    verdict, deciding = _weigh(views)
    if not views and not any_read:
        verdict = Verdict.NOT_EXAMINABLE
    chosen = [v.finding for v in deciding]
    reached = max((f.shows for f in chosen), key=_DEPTH.__getitem__, default=None)
    grave = _gravest(chosen)
    words, headline, family, visited = _words(verdict, reached, grave, chosen, whole=whole, unread=unread)
    compared = "" if verdict is Verdict.NOT_EXAMINABLE else indicators_sentence(indicator_count, newest, today)
    return Decision(
        verdict=verdict,
        reached=reached,
        threat_class=grave,
        sentence=" ".join(filter(None, (f"{headline}.", *limits, compared))),
        compared=compared,
        headline=headline,
        words=words,
        family=family,
        visited=visited,
        deciding=tuple(sorted({f.id for f in chosen})),
    )
