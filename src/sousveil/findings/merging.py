"""Findings together: their ids and their order, one observation that stands in many rows joined, and those that are known
to be good set aside.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from sousveil.errors import Usage
from sousveil.findings.model import PHONE, Evidence, Finding
from sousveil.records import Source
from sousveil.texts import t

MAX_EVIDENCE = 200
"""Rows listed with one finding; more are counted."""


def canonical(value: Any) -> str:
    """A value as JSON text that is the same on every machine."""
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def finding_id(rule: str, key: tuple[str, str] | None, sources: Iterable[Source]) -> str:
    """16 hex of SHA-256 over rule, indicator and the places of the evidence, as canonical JSON."""
    body = {
        "rule": rule,
        "indicator": list(key) if key else None,
        "evidence": sorted(canonical(msgspec.to_builtins(s)) for s in sources),
    }
    return hashlib.sha256(canonical(body).encode()).hexdigest()[:16]


def sort_key(finding: Finding) -> tuple[int, str, str]:
    """The order of `findings.json`: strength, time (unknown last), id."""
    return (finding.strength.rank, finding.at or "~", finding.id)


def _place(finding: Finding) -> str:
    return canonical(msgspec.to_builtins(finding.source))


class Merger:
    """Collects findings and joins those of one indicator in one artefact of one phone; memory stays flat whatever the number of
    rows.

    The strongest finding leads, the earliest among equals. Its evidence is followed by the others', strongest and
    earliest first, `MAX_EVIDENCE` at most; how many there were is written among the reasons. The order of `add` never
    matters.
    """

    def __init__(self) -> None:
        self._groups: dict[tuple[str, ...], list[Finding]] = {}
        self._counts: dict[tuple[str, ...], int] = {}

    def add(self, finding: Finding) -> None:
        """Take one finding."""
        if finding.indicator is None:
            key: tuple[str, ...] = (finding.rule, "", finding.id)
        else:
            key = (finding.rule, finding.indicator.kind, finding.indicator.value, finding.artefact)
            key += (str(finding.record.get(PHONE) or ""),)
        group = self._groups.setdefault(key, [])
        group.append(finding)
        self._counts[key] = self._counts.get(key, 0) + 1
        if len(group) > 4 * MAX_EVIDENCE:
            self._groups[key] = _first(group)

    def result(self) -> tuple[Finding, ...]:
        """What was collected, joined, in the order of `findings.json`."""
        joined = (_join(_first(group), self._counts[key]) for key, group in self._groups.items())
        return tuple(sorted(joined, key=sort_key))


def _rank(finding: Finding) -> tuple[int, str, str, str]:
    return (finding.strength.rank, finding.at or "~", _place(finding), canonical(finding.record))


def _first(group: Sequence[Finding]) -> list[Finding]:
    """The `MAX_EVIDENCE` best of a group in a fixed order, without repeats."""
    unique = {_rank(f): f for f in group}
    return [unique[key] for key in sorted(unique)][:MAX_EVIDENCE]


def _join(group: Sequence[Finding], count: int) -> Finding:
    head = group[0]
    if len(group) == 1 or head.indicator is None:
        return head
    rows: dict[str, Evidence] = {}
    for item in (e for f in group for e in f.evidence):
        place = canonical(msgspec.to_builtins(item.source))
        known = rows.get(place)
        rows[place] = (
            item
            if known is None
            else Evidence(artefact=item.artefact, source=item.source, record={**item.record, **known.record})
        )
    evidence = tuple(rows.values())[:MAX_EVIDENCE]
    note = t("reason.noted", reason=t("reason.repeated", count=count, listed=len(evidence)))
    return msgspec.structs.replace(
        head,
        id=finding_id(head.rule, (head.indicator.kind, head.indicator.value), (e.source for e in evidence)),
        evidence=evidence,
        record=evidence[0].record,
        source=evidence[0].source,
        reasons=(*head.reasons, note),
    )


def merge(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """`Merger` over a finite number of findings."""
    merger = Merger()
    for finding in findings:
        merger.add(finding)
    return merger.result()


def read_suppressions(text: str) -> frozenset[str]:
    """Known-good entries: a JSON list of texts, or one entry a line (`#` starts a comment).

    An entry is a finding's id, an indicator's value, or `artefact:value`. Raises Usage where JSON is broken or no list.
    """
    stripped = text.lstrip("\ufeff \t\r\n")
    if stripped.startswith(("[", "{")):
        try:
            given = json.loads(stripped)
        except (ValueError, RecursionError) as error:
            raise Usage(t("error.merging.list_known_good"), hint=t("error.merging.write_entry_per")) from error
        given = given.get("suppress") if isinstance(given, dict) else given
        if not isinstance(given, list) or not all(isinstance(item, str) for item in given):
            raise Usage(
                t("error.merging.list_known_good_entries"),
                hint=t("error.merging.example_abcdef_ios"),
            )
        return frozenset(item.strip() for item in given if item.strip())
    lines = (line.split(" #", 1)[0].strip() for line in text.lstrip("\ufeff").splitlines())
    return frozenset(line for line in lines if line and not line.startswith("#"))


def suppress(
    findings: Iterable[Finding], known_good: frozenset[str]
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Findings that stay, and those that the list names."""

    def named(finding: Finding) -> bool:
        value = finding.indicator.value if finding.indicator is not None else finding.rule
        return bool({finding.id, value, f"{finding.artefact}:{value}"} & known_good)

    kept: list[Finding] = []
    gone: list[Finding] = []
    for finding in findings:
        (gone if named(finding) else kept).append(finding)
    return tuple(kept), tuple(gone)
