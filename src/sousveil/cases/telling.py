"""The words that terminal, report and `explain` share: one finding, one time, one place, said for people.

Everything that comes from a phone or a published set passes through `visible` or `defang` here. Text that the program
made (sentences, reasons, advice) is passed through `visible` too: it may quote a value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from sousveil.cases.model import Case, Judgement
from sousveil.findings.model import Evidence
from sousveil.findings.verdict import Decision
from sousveil.kinds import defang, visible
from sousveil.patterns import lazy_pattern
from sousveil.records import Source
from sousveil.texts import t

_LINKISH = lazy_pattern(
    r"(?i)\b(?:[a-z][a-z0-9+.\-]{1,15}://|www\.)\S+|\b[a-z0-9\-][a-z0-9\-.]{0,250}\.[a-z]{2,24}\b(?=[/:\s,;)\"']|$)"
)
_INSTANT = lazy_pattern(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
_NO_HOST = lazy_pattern(
    r"(?i)ios\.[a-z]+|[^/:]+\.(?:db|sqlite|sqlitedb|plist|json|parquet|html|log|dat|txt|abcddb|storedata)"
)
"""What looks like a host and is the name of an artefact or of a file."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What surrounds the findings: made by the caller out of the verdict and the facts of the examination."""

    sentence: str
    """The result as one sentence (with the indicators' number and age)."""
    headline: str = ""
    """The result in one line."""
    result: str = "result.not_examinable.nothing_read"
    """The id of the result's texts."""
    family: str = ""
    """The families that the texts name."""
    named: bool = True
    """Whether a publisher names the family."""
    visited: bool = False
    """Whether the headline says that a page was opened."""
    deciding: tuple[str, ...] = ()
    """Ids of the findings that the result rests on."""
    advice: tuple[str, ...] = ("none",)
    """Names of the sets of advice, the most urgent first."""
    helplines: tuple[tuple[str, str, str], ...] = ()
    """Name, whom it helps, how to reach it."""
    files: tuple[tuple[str, bool], ...] = ()
    """Files written, and whether each holds personal data."""
    hashes: tuple[tuple[str, str], ...] = ()
    """Files written before the report, and their SHA-256."""
    folder: str = ""
    """Where they lie."""
    case_id: str = ""
    """The first eight digits of the manifest's hash."""
    evidence: str = ""
    """SHA-256 of the sorted list of all file hashes."""
    read: tuple[int, int] | None = None
    """How many files were read to their end, of how many; None where not every file was looked for."""
    examined: str = ""
    """When the examination began, ISO 8601 in UTC."""
    label: str = ""
    """What the examiner calls the phone or the case."""
    examiner: str = ""
    timezone: str = "UTC"
    """IANA name of the zone in which report and terminal show times."""
    sentence_of_indicators: str = ""
    """How many indicators took part and how new they are, in a sentence."""
    scanned: bool = True
    """Whether every stored byte was searched."""
    confinement: tuple[str, ...] = ()
    """How the reading processes were confined, in sentences; () where the caller does not say."""
    confined: str = ""
    """`yes`, `partly` or `NO`; "" where the caller does not say."""
    limits: tuple[str, ...] = ()
    """More that this acquisition cannot show."""
    judgements: tuple[Judgement, ...] = ()
    """What examiners decided about findings, the earliest first; for page 1 and beside each finding."""


def told(case: Case, decision: Decision, **rest: object) -> Told:
    """A `Told` with headline, advice and helplines for the verdict of the case; `rest` are further fields of `Told`."""
    from sousveil.cases.advice import advice_for, classes_for, helplines_for

    notice = any(n.kind == "threat_notice" for n in case.context)
    lines = helplines_for(classes_for(case.verdict, case.threat_class, threat_notice=notice))
    helplines = tuple(
        (h.name, f"{h.audience} ({', '.join(h.languages)})", "; ".join(text for text in (h.address, h.page) if text))
        for h in lines
    )
    return Told(
        sentence=decision.sentence,
        sentence_of_indicators=decision.compared,
        headline=decision.headline,
        result=decision.words,
        family=decision.family,
        named=any(f.family for f in case.findings if f.id in decision.deciding),
        visited=decision.visited,
        deciding=decision.deciding,
        advice=advice_for(case, decision.words),
        helplines=helplines,
        **rest,  # type: ignore[arg-type]
    )


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
            number = f"{value:,}" if isinstance(value, int) and word == "byte" else place(str(value), 60)
            parts.append(t(f"place.{word}", value=number))
    if source.space in ("freed", "wal"):
        parts.append(t(f"place.{source.space}"))
    return ", ".join(parts)


def fields_of_record(evidence: Evidence, limit: int = 200) -> list[tuple[str, str]]:
    """The record's fields, every value defanged and cut."""
    return [(place(str(name), 60), value_of(value, limit)) for name, value in list(evidence.record.items())[:60]]


def values_of(evidence: Evidence, limit: int) -> str:
    """The fields of a record in one line of at most `limit` characters."""
    text = " ".join(f"{name}={value}" for name, value in fields_of_record(evidence, limit))
    return text if len(text) <= limit else text[: limit - 1] + "\u2026"


def value_of(value: object, limit: int = 200) -> str:
    """A value of a record: defanged, but for an instant, which is no link."""
    text = value.hex() if isinstance(value, bytes) else str(value)
    return text if _INSTANT.fullmatch(text) else defang(text, limit)


def limits_of(case: Case, more: Sequence[str] = ()) -> list[str]:
    """What this kind of acquisition cannot show."""
    names = [*(["unencrypted"] if case.device.could_be_encrypted else []), "memory", "deleted"]
    return [*(t(f"limits.{name}") for name in names), *more]
