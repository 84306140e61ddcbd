"""What became of every artefact: read, absent for a reason, absent without one, or not readable."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from sousveil.acquisition.model import Device
from sousveil.artefacts.model import Artefact
from sousveil.cases.model import Coverage, Outcome
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

    def failed(self, where: str, failure: Failed | Broken) -> None:
        """Keep a failure."""
        if isinstance(failure, Broken):
            self.problems.append((where, Outcome.FAILED, "an internal error; please report it"))
            return
        outcome = Outcome.UNSUPPORTED if failure.error == "Unsupported" else Outcome.FAILED
        self.problems.append((where, outcome, f"{failure.message} {failure.hint}".strip()))

    def line(self, device: Device, unlisted: str = "") -> Coverage:
        """The coverage line. `unlisted`: why the backup's list of files could not be read to its end."""
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
        if self.problems:
            outcomes = {outcome for _, outcome, _ in self.problems}
            outcome = Outcome.FAILED if Outcome.FAILED in outcomes else Outcome.UNSUPPORTED
            detail = "; ".join(f"{where}: {why}" for where, _, why in self.problems[:5])
            if len(self.problems) > 5:
                detail += f"; and {len(self.problems) - 5} more"
            if self.records:
                were = "was" if self.records == 1 else "were"
                detail += f" ({number_of(self.records, 'row')} {were} read before that)"
            return Coverage(artefact=self.artefact.name, outcome=outcome, records=self.records, detail=detail)
        detail = number_of(self.files, "file")
        if self.layouts - {""}:
            detail += ", layout " + ", ".join(sorted(self.layouts - {""}))
        return Coverage(
            artefact=self.artefact.name,
            outcome=Outcome.READ,
            records=self.records,
            detail="; ".join([detail, *self.notes]),
        )


def looked_at(scan: Coverage, unlisted: str = "") -> Coverage:
    """The line of the raw pass. One that met no file has looked at nothing, whatever the reason: that is never READ.

    `unlisted` as in `Reading.line`.
    """
    if scan.records or scan.outcome is not Outcome.READ:
        return scan
    why = unlisted or "the backup's list of files gave none"
    return msgspec.structs.replace(scan, outcome=Outcome.FAILED, detail=f"not one file was looked at: {why}")
