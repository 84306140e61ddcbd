"""What became of every artefact: read, absent for a reason, absent without one, or not readable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from sousveil.acquisition.model import Device
from sousveil.artefacts.model import Artefact
from sousveil.cases.model import Coverage, Outcome, PartReading
from sousveil.cases.tasks import Broken, Failed
from sousveil.records import Batch, Source
from sousveil.texts import data, t


def why_absent(artefact: Artefact, device: Device) -> tuple[Outcome, str, str]:
    """Whether the absence of an artefact is expected on this phone and in this kind of acquisition, why, and the guide
    (`sousveil guide`) to an acquisition that may hold it; "" for none."""
    expected = artefact.expected
    major = device.version[0] if device.version else None
    first, last = expected.ios
    if not artefact.lies_in(device):
        return Outcome.ABSENT_EXPECTED, t("coverage.other_acquisition"), expected.guide
    if major is not None and first is not None and major < first:
        return Outcome.ABSENT_EXPECTED, t("coverage.not_yet", version=major, first=first), ""
    if major is not None and last is not None and major > last:
        return Outcome.ABSENT_EXPECTED, t("coverage.no_longer", version=major, last=last), ""
    if expected.encrypted_only and device.could_be_encrypted:
        return Outcome.ABSENT_EXPECTED, t("coverage.encrypted_only"), "ios"
    if expected.app and not any(app in device.installed for app in expected.app):
        return Outcome.ABSENT_EXPECTED, t("coverage.no_app"), ""
    if expected.optional:
        return Outcome.ABSENT_EXPECTED, data(expected.optional), expected.guide
    return Outcome.ABSENT_UNEXPECTED, t("coverage.unexpected"), ""


MAX_PARTS = 100
"""Parts of one artefact that are kept: a worker that was taken over could name any number."""


class Reading(msgspec.Struct, dict=True):
    """What happened while one artefact was read, over all its files."""

    artefact: Artefact
    files: int = 0
    records: int = 0
    layouts: set[str] = msgspec.field(default_factory=set)
    unverified: bool = False
    """Whether rows were read with a layout that is not verified."""
    problems: list[tuple[str, Outcome, str]] = msgspec.field(default_factory=list)
    """File, outcome, why."""
    skipped: Counter[str] = msgspec.field(default_factory=Counter)
    """Files that were not read, by the category that `--skip` names."""
    parts: dict[str, PartReading] = msgspec.field(default_factory=dict)
    """What became of the artefact's parts, over all its files."""

    def add_parts(self, parts: Sequence[PartReading]) -> None:
        """Add what became of the parts in one more file."""
        for part in parts:
            known = self.parts.get(part.name)
            if known is not None:
                self.parts[part.name] = known.joined(part)
            elif len(self.parts) < MAX_PARTS:
                self.parts[part.name] = part

    def add_batch(self, batch: Batch) -> None:
        """Count the rows of a batch, and note their layout."""
        self.records += batch.count
        self.layouts.add(batch.layout)
        self.unverified = self.unverified or (
            batch.count > 0 and not self.artefact.verified(Source(file=batch.file, table=batch.table))
        )

    def failed(self, where: str, failure: Failed | Broken) -> None:
        """Keep a failure."""
        if isinstance(failure, Broken):
            self.problems.append((where, Outcome.FAILED, t("coverage.internal_error")))
            return
        outcome = Outcome.UNSUPPORTED if failure.error == "Unsupported" else Outcome.FAILED
        self.problems.append((where, outcome, f"{failure.message} {failure.hint}".strip()))

    def line(self, device: Device, unlisted: str = "") -> Coverage:
        """The coverage line. `unlisted`: why the backup's list of files could not be read to its end."""
        if self.skipped:
            counts = [t("coverage.skipped_files", n=n, category=name) for name, n in self.skipped.items()]
            detail = t("coverage.skipped", counts=", ".join(counts))
            if self.files:
                detail += "; " + t("coverage.others_read", n=self.files)
            return Coverage(artefact=self.artefact.name, outcome=Outcome.SKIPPED, records=self.records, detail=detail)
        if not self.files and unlisted and self.artefact.lies_in(device):
            return Coverage(
                artefact=self.artefact.name,
                outcome=Outcome.FAILED,
                records=0,
                detail=t("coverage.unlisted", reason=unlisted),
            )
        if not self.files:
            outcome, why, guide = why_absent(self.artefact, device)
            return Coverage(artefact=self.artefact.name, outcome=outcome, records=0, detail=why, guide=guide)
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
            detail="; ".join(
                [
                    self._problems() or self._read_from(outcome),
                    *_undecoded(parts),
                    *([t("coverage.unverified")] if self.unverified else []),
                ]
            ),
            parts=parts,
            unverified=self.unverified,
        )

    def _problems(self) -> str:
        named = [t("coverage.problem", where=where, reason=why) for where, _, why in self.problems[:5]]
        if len(self.problems) > 5:
            named.append(t("list.more", n=len(self.problems) - 5))
        detail = "; ".join(named)
        if self.problems and self.records:
            detail += f" ({t('coverage.rows_read', n=self.records)})"
        return detail

    def _read_from(self, outcome: Outcome) -> str:
        if outcome is Outcome.ABSENT_EXPECTED:
            return t("coverage.without_table", n=self.files)
        if layouts := sorted(self.layouts - {""}):
            return t("coverage.files_of_layout", n=self.files, layouts=", ".join(layouts))
        return t("coverage.files", n=self.files)


def _undecoded(parts: Sequence[PartReading]) -> Iterator[str]:
    """How many texts of each kind could not be decoded."""
    for part in parts:
        if part.undecoded:
            count, whole = f"{part.undecoded:,}", part.undecoded + part.records
            yield t("coverage.undecoded", n=whole, part=data(part.name), count=count)


def looked_at(scan: Coverage, unlisted: str = "") -> Coverage:
    """The line of the raw pass. One that met no file has looked at nothing, whatever the reason: that is never READ.

    `unlisted` as in `Reading.line`.
    """
    if scan.records or scan.outcome is not Outcome.READ:
        return scan
    why = unlisted or t("coverage.no_files")
    return msgspec.structs.replace(scan, outcome=Outcome.FAILED, detail=t("coverage.nothing_scanned", reason=why))
