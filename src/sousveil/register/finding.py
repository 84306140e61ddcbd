"""A phone's findings, reduced to what may be public: verdict, family, publisher, artefact, month, country.

Nothing else leaves the case: no device, no day, no value, no text. Read from a case folder's `findings.json`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from sousveil.errors import Malformed, Missing
from sousveil.register.model import Standing, Statement, entity_id

FINDINGS_MAX = 256 * 1024 * 1024
_COUNTED = ("strong", "lead", "proof")
"""Strengths that are published. Cases of format 1 call `strong` `proof`."""
_NEWEST_FORMAT = 2


class _Indicator(msgspec.Struct, frozen=True):
    family: str | None = None
    publisher: str | None = None


class _Finding(msgspec.Struct, frozen=True):
    artefact: str
    strength: str
    at: str | None = None
    indicator: _Indicator | None = None


class _Findings(msgspec.Struct, frozen=True):
    verdict: str
    findings: list[_Finding]
    format: int = 1


class PublicFinding(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One reduced finding: several traces of one family in one artefact and month are one."""

    family: str
    indicator_publisher: str
    artefact: str
    month: str
    """`YYYY-MM`; empty where the trace has no time."""


def read_case(case: Path) -> tuple[str, list[PublicFinding]]:
    """The verdict and the reduced findings of a case folder, in a fixed order.

    Only strong findings and leads that rest on a published indicator are taken: rules of posture say nothing about an attack.
    Raises Missing where there are no findings, Malformed where they cannot be read.
    """
    path = case / "findings.json"
    try:
        data = path.read_bytes() if path.stat().st_size <= FINDINGS_MAX else b""
    except OSError:
        raise Missing(
            f"There are no findings in {case}.", hint="Name the case folder that `sousveil check` has written."
        ) from None
    try:
        found = msgspec.json.decode(data, type=_Findings)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Malformed(f"The findings in {path} cannot be read: {error}.") from None
    if not 1 <= found.format <= _NEWEST_FORMAT:
        raise Malformed(
            f"The findings in {path} have format {found.format}; this version reads formats 1 to {_NEWEST_FORMAT}.",
            hint="Use a newer version of Sousveil.",
        )
    reduced = {
        PublicFinding(
            family=one.indicator.family or "",
            indicator_publisher=one.indicator.publisher or "",
            artefact=one.artefact,
            month=(one.at or "")[:7],
        )
        for one in found.findings
        if one.strength in _COUNTED and one.indicator is not None and one.indicator.family
    }
    return found.verdict, sorted(reduced)


def statements(case: Path, *, country: str, publisher: str, source: str) -> list[Statement]:
    """The statements to publish of a case: one `Finding` record for each reduced finding.

    `country` is what the person examined agreed to have published; `source` cites the examination without naming anybody.
    The ids are the same for the same reduced finding of the same source.
    """
    verdict, findings = read_case(case)
    made: list[Statement] = []
    for one in findings:
        values: dict[str, Any] = {
            "verdict": verdict.replace("_", "-"),
            "family": one.family,
            "indicatorPublisher": one.indicator_publisher,
            "artefact": one.artefact,
            "month": one.month,
            "country": country,
        }
        subject = entity_id("finding", publisher, source, *msgspec.structs.astuple(one))
        made += [
            Statement(
                subject=subject,
                type="Finding",
                property=name,
                value=value,
                source=source,
                publisher=publisher,
                dataset="direct",
                standing=Standing.FORENSICALLY_ATTRIBUTED,
            )
            for name, value in values.items()
            if value
        ]
    return made
