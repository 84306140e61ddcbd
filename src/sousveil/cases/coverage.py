"""What became of every artefact: read, absent for a reason, absent without one, or not readable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from sousveil.acquisition.model import Device
from sousveil.artefacts.model import Artefact
from sousveil.cases.model import Coverage, Outcome, PartReading
from sousveil.cases.tasks import Broken, Failed
from sousveil.kinds import number_of


def why_absent(artefact: Artefact, device: Device) -> tuple[Outcome, str]:
    """Whether the absence of an artefact is expected on this phone and in this kind of acquisition, and why."""
    expected = artefact.expected
    major = device.version[0] if device.version else None
    first, last = expected.ios
    if expected.encrypted_only and not device.encrypted:
        return Outcome.ABSENT_EXPECTED, "only encrypted backups hold it, and this backup is not encrypted"
    if major is not None and first is not None and major < first:
        return Outcome.ABSENT_EXPECTED, f"iOS {major} does not have it (from iOS {first} on)"
    if major is not None and last is not None and major > last:
        return Outcome.ABSENT_EXPECTED, f"iOS {major} no longer has it (up to iOS {last})"
    if expected.app and not any(app in device.installed for app in expected.app):
        return Outcome.ABSENT_EXPECTED, "the app is not installed"
    if expected.optional:
        return Outcome.ABSENT_EXPECTED, expected.optional
    return (
        Outcome.ABSENT_UNEXPECTED,
        "the backup should hold it and does not: deleted, left out, or an incomplete backup",
    )


MAX_PARTS = 100
"""Parts of one artefact that are kept: a worker that was taken over could name any number."""


@dataclass
class Reading:
    """What happened while one artefact was read, over all its files."""

    artefact: Artefact
    files: int = 0
    records: int = 0
    layouts: set[str] = field(default_factory=set)
    problems: list[tuple[str, Outcome, str]] = field(default_factory=list)
    """File, outcome, why."""
    notes: list[str] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    """Files that were not read, by the category that `--skip` names."""
    parts: dict[str, PartReading] = field(default_factory=dict)
    """What became of the artefact's parts, over all its files."""

    def add_parts(self, parts: Sequence[PartReading]) -> None:
        """Add what became of the parts in one more file."""
        for part in parts:
            known = self.parts.get(part.name)
            if known is not None:
                self.parts[part.name] = known.joined(part)
            elif len(self.parts) < MAX_PARTS:
                self.parts[part.name] = part

    def failed(self, where: str, failure: Failed | Broken) -> None:
        """Keep a failure."""
        if isinstance(failure, Broken):
            self.problems.append((where, Outcome.FAILED, "an internal error; please report it"))
            return
        outcome = Outcome.UNSUPPORTED if failure.error == "Unsupported" else Outcome.FAILED
        self.problems.append((where, outcome, f"{failure.message} {failure.hint}".strip()))

    def line(self, device: Device, unlisted: str = "") -> Coverage:
        """The coverage line. `unlisted`: why the backup's list of files could not be read to its end."""
        if self.skipped:
            counts = ", ".join(f"{number_of(count, 'file')} of {name}" for name, count in self.skipped.items())
            detail = f"not read, as --skip asks: {counts}" + (
                f"; {number_of(self.files, 'other file')} read" if self.files else ""
            )
            return Coverage(artefact=self.artefact.name, outcome=Outcome.SKIPPED, records=self.records, detail=detail)
        if not self.files and unlisted:
            return Coverage(
                artefact=self.artefact.name,
                outcome=Outcome.FAILED,
                records=0,
                detail=f"whether the backup holds it is not known: {unlisted}",
            )
        if not self.files:
            outcome, why = why_absent(self.artefact, device)
            return Coverage(artefact=self.artefact.name, outcome=outcome, records=0, detail=why)
        parts = tuple(self.parts.values())
        outcome = max(
            (outcome for outcome in (*(o for _, o, _ in self.problems), *(p.outcome for p in parts))),
            key=lambda one: one.gravity,
            default=Outcome.READ,
        )
        return Coverage(
            artefact=self.artefact.name,
            outcome=outcome,
            records=self.records,
            detail="; ".join([self._problems() or self._read_from(outcome), *_undecoded(parts), *self.notes]),
            parts=parts,
        )

    def _problems(self) -> str:
        detail = "; ".join(f"{where}: {why}" for where, _, why in self.problems[:5])
        if len(self.problems) > 5:
            detail += f"; and {len(self.problems) - 5} more"
        if self.problems and self.records:
            detail += f" ({number_of(self.records, 'row')} {'was' if self.records == 1 else 'were'} read)"
        return detail

    def _read_from(self, outcome: Outcome) -> str:
        detail = number_of(self.files, "file")
        if outcome is Outcome.ABSENT_EXPECTED:
            return f"{detail} without the table; some versions do not have it"
        if self.layouts - {""}:
            detail += ", layout " + ", ".join(sorted(self.layouts - {""}))
        return detail


def _undecoded(parts: Sequence[PartReading]) -> Iterator[str]:
    """How many texts of each kind could not be decoded."""
    for part in parts:
        if part.undecoded:
            texts = f"{part.undecoded:,} of {number_of(part.undecoded + part.records, 'text')}"
            yield f"{part.name}: {texts} could not be decoded"


def looked_at(scan: Coverage, unlisted: str = "") -> Coverage:
    """The line of the raw pass. One that met no file has looked at nothing, whatever the reason: that is never READ.

    `unlisted` as in `Reading.line`.
    """
    if scan.records or scan.outcome is not Outcome.READ:
        return scan
    why = unlisted or "the backup's list of files gave none"
    return msgspec.structs.replace(scan, outcome=Outcome.FAILED, detail=f"not one file was looked at: {why}")
