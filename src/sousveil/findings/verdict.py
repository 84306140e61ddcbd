"""From findings to one verdict, and the sentence that says it.

One STRONG finding, or two LEADs that are independent, mean traces; one LEAD is suspicious; WEAK findings and open doors
(POSTURE) never raise it. Watchware is at most suspicious, because consent decides about it. Nothing here depends on
the order of findings, and one more finding never lowers the verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from itertools import islice

from sousveil.findings.model import Finding, Shows, Strength
from sousveil.indicators.model import IndicatorKind, ThreatClass
from sousveil.indicators.strength import execution_record, host_of
from sousveil.kinds import Role, number_of, visible


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

SENTENCES: dict[str, str] = {
    "contact": (
        "A link or account tied to {family} reached this phone. This does not show that it was opened or that "
        "anything was installed."
    ),
    "presence": (
        "Traces were found that something belonging to {family} was on this phone. This does not show that it ran."
    ),
    "execution": "Traces were found that {family} ran on this phone.",
    "maybe_presence": (
        "There is a sign that something belonging to {family} may have been on this phone. On its own it is not "
        "enough to be sure: please let an expert look at it."
    ),
    "maybe_execution": (
        "There is a sign that {family} may have run on this phone. On its own it is not enough to be sure: please"
        " let an expert look at it."
    ),
    "maybe_contact": " On its own this is not enough to be sure: please let an expert look at it.",
    "watchware": (
        "There are traces of {family} on this phone, an app that lets another person watch over it. Such apps are"
        " also used openly, so what this means depends on whether you agreed to it."
    ),
    "examined": (
        "This phone was examined with {family}, a tool that copies what a phone holds. This is not spyware: ask "
        "who held the phone, and when."
    ),
    "maybe_examined": (
        "This phone may have been examined with {family}, a tool that copies what a phone holds. On its own this "
        "sign is not enough to be sure: please let an expert look at it."
    ),
    "none": (
        "No traces of known spyware were seen in what could be read of this phone. That is not a promise: new or "
        "unpublished spyware, traces that are gone, and what this kind of copy does not hold cannot be seen."
    ),
    "part": "Some parts are missing or could not be read; they are listed below.",
    "nothing_read": (
        "This phone could not be examined: nothing of what was given could be read. This says nothing about the "
        "phone, neither good nor bad."
    ),
    "counted": "It was compared with {count}, the newest of {newest}.",
    "counted_undated": "It was compared with {count}; {undated}.",
    "uncounted": "It was compared with no indicators at all, so only general signs could be seen.",
    "aged": (
        "Warning: the newest indicator is {days} days old, so spyware that became known since then is not looked "
        "for. Get newer indicators (sousveil indicators fetch) and check again."
    ),
}
"""Every sentence of a verdict."""

UNNAMED = "surveillance software"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The verdict with what it rests on."""

    verdict: Verdict
    reached: Shows | None
    threat_class: ThreatClass | None
    sentence: str
    """What a person reads first; names the indicators, and warns when they are old."""
    headline: str
    """The sentence without the part about indicators."""
    deciding: tuple[str, ...]
    """Ids of the findings that the verdict rests on, sorted."""


@dataclass(frozen=True, slots=True)
class _View:
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
    browsed: bool
    execution: str | None
    """The record of execution that the finding rests on; None where none recorded that something ran."""
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
        raw=finding.artefact == "scan" or role == Role.RAW.value,
        browsed=role in _BROWSED,
        execution=execution_record(finding.artefact)
        if finding.shows is Shows.EXECUTION and role == Role.RAN.value
        else None,
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
    if ThreatClass.WATCHWARE in (a.finding.threat_class, b.finding.threat_class):
        return "consent decides about watchware"
    if a.families and b.families and not a.families & b.families:
        return "they name different families"
    if a.execution is not None and b.execution is not None and a.indicator is not None and b.indicator is not None:
        # Names of programs: one record is one witness, and two records of one name are two.
        return "they rest on one record of execution" if a.execution == b.execution else None
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
        return UNNAMED
    if len(names) > 4:
        return ", ".join(names[:3]) + f" and {len(names) - 3} others"
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def _headline(
    verdict: Verdict, reached: Shows | None, grave: ThreatClass | None, findings: Sequence[Finding], whole: bool
) -> str:
    if verdict is Verdict.NOT_EXAMINABLE:
        return SENTENCES["nothing_read"]
    if verdict is Verdict.NO_KNOWN_TRACES:
        return SENTENCES["none"] + ("" if whole else " " + SENTENCES["part"])
    found = verdict is Verdict.TRACES_FOUND
    about = [f for f in findings if grave is None or f.threat_class is grave] or list(findings)
    others = [f for f in findings if f.family and f.threat_class is not grave and f.threat_class is not None]
    family = _named(about + others if grave not in (ThreatClass.EXTRACTION_TOOL, ThreatClass.WATCHWARE) else about)
    if grave is ThreatClass.WATCHWARE:
        return SENTENCES["watchware"].format(family=family)
    if grave is ThreatClass.EXTRACTION_TOOL and reached is not Shows.CONTACT:
        return SENTENCES["examined" if found else "maybe_examined"].format(family=family)
    if reached is Shows.CONTACT:
        return SENTENCES["contact"].format(family=family) + ("" if found else SENTENCES["maybe_contact"])
    key = reached.value if reached is not None else "presence"
    return SENTENCES[key if found else f"maybe_{key}"].format(family=family)


def indicators_sentence(count: int, newest: str | None, today: date | None) -> str:
    """How many indicators took part and how new they are. `newest` is YYYY-MM-DD; without `today` nothing is warned
    about."""
    if count <= 0:
        return SENTENCES["uncounted"]
    counted = number_of(count, "published indicator")
    if not newest:
        undated = "it carries no date" if count == 1 else "none of them carries a date"
        return SENTENCES["counted_undated"].format(count=counted, undated=undated)
    text = SENTENCES["counted"].format(count=counted, newest=newest)
    try:
        days = (today - date.fromisoformat(newest[:10])).days if today is not None else 0
    except ValueError:
        return text
    return f"{text} {SENTENCES['aged'].format(days=days)}" if days > OLD_AFTER_DAYS else text


def decide(
    findings: Iterable[Finding],
    *,
    any_read: bool,
    whole: bool = True,
    indicator_count: int = 0,
    newest: str | None = None,
    today: date | None = None,
    limits: Sequence[str] = (),
) -> Decision:
    """The verdict over all findings.

    `any_read`: whether anything at all could be read; `whole`: whether nothing that exists was missed. `today` is
    given by the caller, because nothing here looks at a clock. `limits` are sentences on the copy of the phone, such
    as that it was not finished.
    """
    counted = (f for f in findings if f.shows is not Shows.POSTURE and f.strength is not Strength.WEAK)
    views = sorted((_view(f) for f in counted), key=_order)
    verdict, deciding = _weigh(views)
    if not views and not any_read:
        verdict = Verdict.NOT_EXAMINABLE
    chosen = [v.finding for v in deciding]
    reached = max((f.shows for f in chosen), key=_DEPTH.__getitem__, default=None)
    grave = _gravest(chosen)
    headline = _headline(verdict, reached, grave, chosen, whole)
    sentence = headline
    sentence = " ".join([sentence, *limits])
    if verdict is not Verdict.NOT_EXAMINABLE:
        sentence += " " + indicators_sentence(indicator_count, newest, today)
    return Decision(
        verdict=verdict,
        reached=reached,
        threat_class=grave,
        sentence=sentence,
        headline=headline,
        deciding=tuple(sorted({f.id for f in chosen})),
    )
