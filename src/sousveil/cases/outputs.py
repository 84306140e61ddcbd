"""The JSON files of a case: findings.json, explain.json, manifest.json and run.json.

The same input and the same indicators give the same bytes on any machine, for any user, in any time zone; clock, host and
times stand in run.json alone. Only the sentence of explain.json (and of the report) tells one thing more that changes: how
many days old the newest indicator is, once it is over 60. Names and order are those of
docs/reference/findings.schema.json.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, BinaryIO

from sousveil.acquisition.model import Device
from sousveil.cases.confinement import Confinement
from sousveil.cases.limits import sentence
from sousveil.cases.model import Case, ContextNote, PartReading, UsedSet
from sousveil.findings.model import Evidence, Finding
from sousveil.indicators.model import Attribution
from sousveil.patterns import lazy_pattern
from sousveil.records import Source

FORMAT = 2
"""Format of findings.json. Format 1 had no number and called the strength `strong` `proof`."""
_UNSEEN = lazy_pattern(
    "[\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U0001d173-\U0001d17a\U000e0000-\U000e01ef]"
)
"""What a terminal would obey or not show. JSON escapes the controls below U+0020 by itself."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def iso(micros: int | None) -> str | None:
    """Microseconds since 1970 as UTC ISO 8601 with microseconds; None for none and for what no calendar holds."""
    if micros is None:
        return None
    try:
        return (_EPOCH + timedelta(microseconds=micros)).strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"
    except OverflowError:
        return None


def _escaped(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def to_json(value: Any) -> bytes:
    """Readable JSON that is safe to print: characters that a terminal would obey or hide are written as escapes."""
    text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
    return (_UNSEEN.sub(_escaped, text) + "\n").encode()


def plain(value: Any) -> Any:
    """A value of a record as JSON holds it: bytes in hexadecimal, numbers that JSON lacks as text."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return str(value)
    if isinstance(value, dict):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value if value is None or isinstance(value, str | int | float) else str(value)


def _attribution(one: Attribution) -> dict[str, Any]:
    return {
        "set": one.set_name,
        "family": one.family,
        "class": one.threat_class,
        "publisher": one.publisher,
        "report": one.report,
        "published": one.published,
        "licence": one.licence,
        "stix_id": one.stix_id,
        "valid_from": iso(one.valid_from),
        "valid_until": iso(one.valid_until),
        "ceiling": one.ceiling,
        "note": one.note,
    }


def _source(one: Source) -> dict[str, Any]:
    return {
        "file": one.file,
        "sha256": one.sha256,
        "table": one.table,
        "row": one.row,
        "line": one.line,
        "offset": one.offset,
        "page": one.page,
        "space": one.space,
    }


def _evidence(one: Evidence) -> dict[str, Any]:
    return {"artefact": one.artefact, "source": _source(one.source), "record": plain(one.record)}


def finding_json(one: Finding) -> dict[str, Any]:
    """One finding with the names of the schema."""
    indicator = None
    if one.indicator is not None:
        indicator = {
            "kind": one.indicator.kind,
            "value": one.indicator.value,
            "family": one.indicator.family,
            "publisher": one.indicator.publisher,
            "stix_id": one.indicator.stix_id,
        }
    return {
        "id": one.id,
        "rule": one.rule,
        "artefact": one.artefact,
        "shows": one.shows,
        "strength": one.strength,
        "says": one.says,
        "at": one.at,
        "at_quality": one.at_quality,
        "indicator": indicator,
        "attributions": [_attribution(a) for a in one.attributions],
        "source": _source(one.source),
        "record": plain(one.record),
        "evidence": [_evidence(e) for e in one.evidence],
        "innocent": list(one.innocent),
    }


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Sorted by what they show (it ran, it is there, an attempt, an open protection), strength, time (unknown last), id."""
    return sorted(findings, key=lambda f: (f.shows.depth, f.strength.rank, f.at is None, f.at or "", f.id))


def _note(one: ContextNote) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "says": one.says,
        "at": one.at,
        "artefact": one.artefact,
        "file": one.file,
        "table": one.table,
        "row": one.row,
    }


def _device(device: Device) -> dict[str, Any]:
    """What may be shown anywhere: no name and no number of the device."""
    return {
        "platform": device.platform,
        "product_type": device.product_type,
        "product_version": device.product_version,
        "build": device.build,
        "last_backup": iso(device.last_backup),
        "encrypted": device.encrypted,
    }


def _sets(sets: Sequence[UsedSet]) -> list[dict[str, Any]]:
    return [
        {"name": s.name, "sha256": s.sha256, "count": s.count, "skipped": s.skipped, "newest": s.newest} for s in sets
    ]


def _part(one: PartReading) -> dict[str, Any]:
    return {
        "part": one.name,
        "outcome": one.outcome,
        "records": one.records,
        "undecoded": one.undecoded,
        "detail": one.detail,
    }


def case_json(case: Case) -> dict[str, Any]:
    """The content of findings.json."""
    return {
        "sousveil": case.version,
        "format": FORMAT,
        "verdict": case.verdict,
        "reached": case.reached,
        "class": case.threat_class,
        "context": [_note(n) for n in case.context],
        "device": _device(case.device),
        "findings": [finding_json(f) for f in ordered(case.findings)],
        "limits": [{"id": n.id, "says": sentence(n), "values": dict(sorted(n.values.items()))} for n in case.limits],
        "coverage": [
            {
                "artefact": c.artefact,
                "outcome": c.outcome,
                "records": c.records,
                "detail": c.detail,
                "parts": [_part(part) for part in c.parts],
                "unverified": c.unverified,
                "guide": c.guide,
            }
            for c in case.coverage
        ],
        "indicators": _sets(case.indicators),
    }


def findings_json(case: Case) -> bytes:
    """findings.json."""
    return to_json(case_json(case))


def several(cases: Sequence[Case]) -> bytes:
    """Several cases as one list."""
    return to_json({"cases": [case_json(case) for case in cases]})


def explain_json(case: Case, sentence: str, deciding: Sequence[str]) -> bytes:
    """explain.json: the sentence of the verdict, the findings it rests on, and why each finding is as strong as it
    is."""
    findings = {
        f.id: {"class": f.threat_class, "family": f.family, "reasons": list(f.reasons)} for f in ordered(case.findings)
    }
    return to_json({"sentence": sentence, "deciding": sorted(deciding), "findings": findings})


def manifest_json(
    file: BinaryIO,
    *,
    version: str,
    device: Device,
    indicators: Sequence[UsedSet],
    files: Iterable[tuple[str, int | None, str | None]],
) -> int:
    """Write manifest.json while `files` (where, size as stored, SHA-256 as stored) arrive; returns how many there were.

    The order of the files is the caller's: give them sorted, so that two runs give the same bytes.
    """
    facts = {
        **_device(device),
        "name": device.name,
        "unique_id": device.unique_id,
        "installed": sorted(device.installed),
    }
    head = to_json({"sousveil": version, "device": facts, "indicators": _sets(indicators)})
    file.write(head[: head.rindex(b"}")].rstrip() + b',\n  "files": [')
    count = 0
    for where, size, digest in files:
        line = json.dumps({"file": where, "size": size, "sha256": digest}, ensure_ascii=True)
        file.write((b",\n    " if count else b"\n    ") + line.encode())
        count += 1
    file.write(b"\n  ]\n}\n" if count else b"]\n}\n")
    return count


def run_json(
    *,
    version: str,
    started: datetime,
    ended: datetime,
    host: str,
    system: str,
    python: str,
    arguments: Sequence[str] = (),
    inputs: Sequence[str] = (),
    recipients: Sequence[str] = (),
    timings: Mapping[str, float] = MappingProxyType({}),
    confinement: Confinement | None = None,
) -> bytes:
    """run.json: everything that differs between two runs over the same input. `recipients`: age keys for which the
    case is encrypted; `timings`: phase -> seconds; `confinement`: of the processes that read the backup."""
    box = confinement or Confinement(missing=("No process read the backup.",))
    return to_json(
        {
            "sousveil": version,
            "started": started.astimezone(UTC).isoformat(timespec="seconds"),
            "ended": ended.astimezone(UTC).isoformat(timespec="seconds"),
            "host": host,
            "system": system,
            "python": python,
            "arguments": list(arguments),
            "inputs": list(inputs),
            "confinement": {"confined": box.whole, "means": list(box.means), "missing": list(box.missing)},
            "recipients": list(recipients),
            "seconds": {name: round(value, 3) for name, value in timings.items()},
        }
    )
