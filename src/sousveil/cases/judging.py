"""When everything has been read: findings out of sightings, rules and raw hits, then the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import msgspec

from sousveil.acquisition.model import Device
from sousveil.cases.gather import Gatherer
from sousveil.cases.model import ContextNote, Coverage, Outcome
from sousveil.cases.tasks import HashedFile
from sousveil.errors import Usage
from sousveil.findings.judge import Merger, finding_from_hit, finding_from_match, iso, read_suppressions, suppress
from sousveil.findings.model import PHONE, Evidence, Finding
from sousveil.findings.rules.model import Hit, Rule
from sousveil.findings.scan_findings import raw_findings
from sousveil.findings.scan_model import RawHit
from sousveil.findings.verdict import Decision, decide
from sousveil.indicators.index import Index
from sousveil.indicators.model import IndicatorSet
from sousveil.kinds import visible
from sousveil.records import Source
from sousveil.texts import t


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict and what it rests on."""

    decision: Decision
    findings: tuple[Finding, ...]
    suppressed: tuple[Finding, ...]
    context: tuple[ContextNote, ...]


BESIDE = frozenset({"ios.backup_info", "ios.applications", "scan"})
"""What half a backup gives too (Info.plist, and a raw pass over no file): read alone, it is no examination of the phone."""


def judge(
    gatherer: Gatherer,
    raw: Sequence[RawHit],
    index: Index,
    device: Device,
    hashes: Mapping[str, HashedFile],
    coverage: Sequence[Coverage],
    sets: Sequence[IndicatorSet],
    *,
    full: bool,
    suppress_file: Path | None,
    today: date | None,
    limits: Sequence[str] = (),
) -> Judged:
    """Findings in the order of `findings.json`, context notes, and the decision."""
    merger = Merger()

    def add(finding: Finding) -> None:
        merger.add(_of_phone(finding, device))

    notes: list[ContextNote] = []
    for sighting in gatherer.sightings:
        hashed = hashes.get(sighting.batch.file)
        for match in sighting.matches:
            add(
                finding_from_match(
                    sighting.artefact,
                    sighting.batch,
                    msgspec.structs.replace(match, row=0),
                    index.indicators,
                    sha256=hashed.sha256 if hashed else None,
                    backup_at=device.last_backup,
                    full=full,
                    beside=sighting.matches,
                    contacts=gatherer.contacts,
                )
            )
    for rule in gatherer.rules.values():
        for hit in rule.find(gatherer.kept_for(rule), device):
            if hit.notice:
                notes.append(_note(hit))
            else:
                add(_hashed(finding_from_hit(rule, hit, backup_at=device.last_backup), hashes))
    parsed = merger.result()
    for finding in raw_findings(raw, index, parsed, backup_at=device.last_backup):
        add(_hashed(finding, hashes))
    findings, gone = suppress(merger.result(), known_good(suppress_file))
    missed = [c for c in coverage if not c.outcome.complete and c.outcome is not Outcome.SKIPPED]
    decision = decide(
        findings,
        any_read=any((c.outcome is Outcome.READ or c.records) and c.artefact not in BESIDE for c in coverage),
        whole=not missed,
        indicator_count=len(index.indicators),
        newest=max((s.newest for s in sets if s.newest), default=None),
        today=today,
        limits=limits,
    )
    return Judged(decision=decision, findings=findings, suppressed=gone, context=tuple(sorted(notes, key=_note_order)))


def _note_order(note: ContextNote) -> tuple[str, str, str, int]:
    return (note.kind, note.at or "~", note.file or "", note.row or 0)


def _note(hit: Hit) -> ContextNote:
    first = hit.rows[0] if hit.rows else None
    source = first.source if first else None
    return ContextNote(
        kind=hit.kind,
        says=hit.says,
        at=iso(hit.at) if hit.at is not None else None,
        artefact=first.artefact if first else None,
        file=source.file if source else None,
        table=source.table if source else None,
        row=source.row if source else None,
    )


def _of_phone(finding: Finding, device: Device) -> Finding:
    """The finding with the place of its log, where logs of several phones may lie together."""
    if finding.artefact == "scan" and device.acquisition == "android-intrusion-logs":
        phone = finding.source.file.lstrip("/").rpartition("/")[0][:500]
        record = {**finding.record, PHONE: phone or None}
        evidence = (msgspec.structs.replace(finding.evidence[0], record=record), *finding.evidence[1:])
        finding = msgspec.structs.replace(finding, record=record, evidence=evidence)
    place = finding.record.get(PHONE)
    if not place:
        return finding
    return msgspec.structs.replace(finding, says=finding.says + t("finding.log", place=visible(place, 100)))


def _hashed(finding: Finding, hashes: Mapping[str, HashedFile]) -> Finding:
    """The finding with the hashes of the files that it cites (the id does not depend on them)."""

    def filled(source: Source) -> Source:
        got = hashes.get(source.file)
        return (
            msgspec.structs.replace(source, sha256=got.sha256) if got is not None and source.sha256 is None else source
        )

    evidence = tuple(Evidence(artefact=e.artefact, source=filled(e.source), record=e.record) for e in finding.evidence)
    return msgspec.structs.replace(finding, source=filled(finding.source), evidence=evidence)


MAX_KNOWN = 16 << 20
"""Bytes of a list of known-good values at most."""


def known_good(path: Path | None) -> frozenset[str]:
    """The entries of a `--suppress` file: finding ids, values, or `artefact:value`."""
    if path is None:
        return frozenset()
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_KNOWN + 1)
        if len(data) > MAX_KNOWN:
            raise Usage(
                t("error.judging.list_known_good", name=path.name, limit=MAX_KNOWN >> 20),
                hint=t("error.judging.must_text_file"),
            )
        text = data.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Usage(
            t("error.judging.list_known_good_values", name=path.name, reason=_reason(error)),
            hint=t("error.judging.must_text_file"),
        ) from error
    return read_suppressions(text)


def _reason(error: OSError | UnicodeDecodeError) -> str:
    if isinstance(error, FileNotFoundError):
        return t("error.judging.such_file")
    if isinstance(error, UnicodeDecodeError):
        return t("error.judging.text_utf")
    return error.strerror or t("error.judging.reason_known")


__all__ = ["Judged", "Rule", "judge", "known_good"]
