"""The words that terminal, report and `explain` share: one finding, one time, one place, said for people.

Everything that comes from a phone or a published set passes through `visible` or `defang` here. Text that the program
made (sentences, reasons, advice) is passed through `visible` too: it may quote a value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from sousveil.acquisition.model import Device
from sousveil.cases.limits import sentence
from sousveil.cases.model import Case, ContextNote, Judgement, Outcome
from sousveil.findings.model import Evidence, Finding, Shows, Strength
from sousveil.findings.rules.short_links import KIND as SHORT_LINK
from sousveil.findings.rules.short_links import MAX_NOTES
from sousveil.findings.verdict import Verdict
from sousveil.indicators.model import Attribution
from sousveil.kinds import defang, number_of, visible
from sousveil.records import Source

STRENGTHS = {
    Strength.STRONG: ("Strong", "Distinctive enough to count on its own."),
    Strength.LEAD: ("Needs confirmation", "Not enough alone; needs independent confirmation."),
    Strength.WEAK: ("Weak", "Common on phones that nobody attacked; never changes the result."),
}
"""What each strength is called, and what it means."""
SHOWN = {
    Shows.CONTACT: "that the phone was reached, not that anything was opened or installed",
    Shows.PRESENCE: "that something lay on the phone, not that it ran",
    Shows.EXECUTION: "that a program ran on the phone",
    Shows.POSTURE: "that a protection was open, not that anybody came in",
}
"""What a finding shows."""
QUALITY = {
    "second": "to the second",
    "day": "only the day is known",
    "device_local": "by the phone's own clock and time zone",
    "suspect": "the time itself looks wrong",
}
OUTCOMES = {
    Outcome.READ: "read",
    Outcome.ABSENT_EXPECTED: "not there, as expected",
    Outcome.ABSENT_UNEXPECTED: "missing, and should be there",
    Outcome.SKIPPED: "skipped",
    Outcome.UNSUPPORTED: "in a form we cannot read",
    Outcome.FAILED: "could not be read completely",
}
"""What became of an artefact, in words."""

HEADS = {
    Verdict.TRACES_FOUND: "Traces were found",
    Verdict.SUSPICIOUS: "Something needs a closer look",
    Verdict.NO_KNOWN_TRACES: "No known traces were seen",
    Verdict.NOT_EXAMINABLE: "This could not be examined",
}
"""The verdict in a few words."""

UNENCRYPTED_FIRST = (
    "This backup is not encrypted, so it lacks browsing history, calls, health data and more. "
    "Please make an encrypted one and check that too:"
)
UNENCRYPTED_HOW = (
    "Connect the phone to your computer and open Finder (Mac), or iTunes or Apple Devices (Windows).",
    'Tick "Encrypt local backup", choose a password that you will not lose, and press "Back Up Now".',
    "Run this check on the new backup. The password stays on your computer.",
)
LIMITS_UNENCRYPTED = (
    "This backup is not encrypted. Apple leaves these out of such a backup: the history of Safari, calls, health "
    "data, saved passwords and Wi-Fi networks, and more. Traces in them cannot be seen here."
)
LIMITS_BACKUP = (
    "A backup is not the whole phone. It holds no running programs, no memory, and few of the system's own logs.",
    "Spyware that wipes its traces, or that was never published, leaves nothing that this check can see.",
    "What the phone's owner deleted is seen only in part. Accounts in the cloud are not looked at.",
    "The program finds what is published. It cannot say who did it, and a result without traces is not a promise.",
)

_LINKISH = re.compile(
    r"(?i)\b(?:[a-z][a-z0-9+.\-]{1,15}://|www\.)\S+|\b[a-z0-9\-][a-z0-9\-.]{0,250}\.[a-z]{2,24}\b(?=[/:\s,;)\"']|$)"
)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
_NO_HOST = re.compile(
    r"(?i)ios\.[a-z]+|[^/:]+\.(?:db|sqlite|sqlitedb|plist|json|parquet|html|log|dat|txt|abcddb|storedata)"
)
"""What looks like a host and is the name of an artefact or of a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What surrounds the findings: made by the caller out of the verdict and the advice data."""

    sentence: str
    """One plain sentence (with the indicators' number and age)."""
    advice: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Title and steps, the most urgent first."""
    helplines: tuple[tuple[str, str, str], ...] = ()
    """Name, whom it helps, how to reach it."""
    error_rates: str = ""
    """A paragraph on false and missed alarms, for the report."""
    files: tuple[tuple[str, bool], ...] = ()
    """Files written, and whether each holds personal data."""
    folder: str = ""
    """Where they lie."""
    examined: str = ""
    """Day of the examination, for the report's head; "" where the report must not differ between runs."""
    limits: tuple[str, ...] = field(default=())
    """More that this acquisition cannot show."""
    judgements: tuple[Judgement, ...] = ()
    """What examiners decided about findings, the earliest first; for page 1 and beside each finding."""


def told(case: Case, sentence: str, **rest: object) -> Told:
    """A `Told` with advice and helplines for the verdict of the case; `rest` are further fields of `Told`."""
    from sousveil.cases.advice import advice_for, classes_for, helplines_for
    from sousveil.cases.error_rates import sentences

    rest.setdefault("error_rates", " ".join(sentences()))
    notice = any(n.kind == "threat_notice" for n in case.context)
    advice = advice_for(case.verdict, case.threat_class, threat_notice=notice)
    lines = helplines_for(classes_for(case.verdict, case.threat_class, threat_notice=notice))
    helplines = tuple(
        (h.name, f"{h.audience} ({', '.join(h.languages)})", "; ".join(t for t in (h.address, h.page) if t))
        for h in lines
    )
    return Told(sentence=sentence, advice=tuple((a.title, a.steps) for a in advice), helplines=helplines, **rest)  # type: ignore[arg-type]


def prose(text: str, limit: int = 2000) -> str:
    """A sentence of ours that may quote a link or host: safe, with what looks live defanged."""
    return _LINKISH.sub(_defanged, visible(text, limit))


def _defanged(match: re.Match[str]) -> str:
    found = match.group()
    return found if "[.]" in found or _NO_HOST.fullmatch(found) else defang(found, 2000)


def place(text: str, limit: int = 300) -> str:
    """A path or file name: safe, and never a live link."""
    return defang(text, limit) if "://" in text or "www." in text.lower() else visible(text, limit)


def where(source: Source) -> str:
    """`Domain/path, table t, row 5`."""
    parts = [place(source.file)]
    for word, value in (
        ("table", source.table),
        ("row", source.row),
        ("line", source.line),
        ("byte", source.offset),
        ("page", source.page),
    ):
        if value is not None:
            parts.append(
                f"{word} {value:,}" if isinstance(value, int) and word == "byte" else f"{word} {place(str(value), 60)}"
            )
    if source.space in ("freed", "wal"):
        parts.append({"freed": "in a freed (deleted) part", "wal": "in the write-ahead log"}[source.space])
    return ", ".join(parts)


def when(finding: Finding) -> str:
    """The time in words; what is not known about it is said."""
    if finding.at is None:
        return "the time is not known"
    text = finding.at.replace("T", " ")
    text = text[:10] if finding.at_quality == "day" else text[:19] + " UTC"
    note = QUALITY.get(finding.at_quality or "") if finding.at_quality != "second" else None
    return f"{text} ({note})" if note else text


def published(one: Attribution) -> str:
    """Who published an indicator, and when."""
    who = f"published by {place(one.publisher, 100)}" if one.publisher else "from a list without a publisher"
    parts = [who + (f" on {place(one.published, 20)}" if one.published else ", date not known")]
    if one.family:
        parts.append(f"for {place(one.family, 60)}")
    if one.report:
        parts.append(f"in {prose(one.report, 200)}")
    parts.append(f"set {place(one.set_name, 60)}")
    return ", ".join(parts)


def indicator_of(finding: Finding) -> str | None:
    """The published value that was met."""
    if finding.indicator is None:
        return None
    return f"{defang(finding.indicator.value)} ({place(finding.indicator.kind, 40)})"


def fields_of_record(evidence: Evidence, limit: int = 200) -> list[tuple[str, str]]:
    """The record's fields, every value defanged and cut."""
    return [(place(str(name), 60), value_of(value, limit)) for name, value in list(evidence.record.items())[:60]]


def value_of(value: object, limit: int = 200) -> str:
    """A value of a record: defanged, but for an instant, which is no link."""
    text = value.hex() if isinstance(value, bytes) else str(value)
    return text if _INSTANT.fullmatch(text) else defang(text, limit)


def next_step(finding: Finding) -> str:
    """What to do next about one finding."""
    return next_step_for(finding.strength, finding.shows)


def next_step_for(strength: Strength, shows: Shows) -> str:
    """What to do next about a finding of this strength."""
    if strength is Strength.WEAK or shows is Shows.POSTURE:
        return "Nothing now. Mention it if you talk to a helpline for another reason."
    return "Keep the phone and this copy as they are, and show this finding to a helpline."


def limits_of(case: Case, more: Sequence[str] = ()) -> list[str]:
    """What this kind of acquisition cannot show."""
    unopened = []
    if links := len(short_links(case)):
        leads = "it leads" if links == 1 else "they lead"
        counted = number_of(links, "short link")
        if links >= MAX_NOTES:
            counted = f"At least {counted}"
        unopened = [f"{counted} came in. This check opens no link, so where {leads} was not compared."]
    return [
        *map(sentence, case.limits),
        *([] if case.device.encrypted else [LIMITS_UNENCRYPTED]),
        *LIMITS_BACKUP,
        *unopened,
        *more,
    ]


def short_links(case: Case) -> list[ContextNote]:
    """The notes of short links: they stand apart from what a frightened person has to read."""
    return [note for note in case.context if note.kind == SHORT_LINK]


def first_notes(case: Case) -> list[ContextNote]:
    """The notes that stand directly under the sentence."""
    return [note for note in case.context if note.kind != SHORT_LINK]


def device_line(device: Device) -> str:
    """The phone in a few words, without name or number."""
    parts = [
        place(device.product_type or "unknown model", 40),
        f"system {place(device.product_version or 'unknown', 20)}",
        "encrypted backup" if device.encrypted else "unencrypted backup",
    ]
    return ", ".join(parts)


def coverage_counts(case: Case) -> str:
    """How many artefacts had which outcome, in words."""
    counts = {outcome: sum(c.outcome is outcome for c in case.coverage) for outcome in Outcome}
    return (
        "; ".join(f"{count} {OUTCOMES[outcome]}" for outcome, count in counts.items() if count)
        or "nothing was looked at"
    )
