"""One examination: what was found, what was read, and what was not."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from sousveil.acquisition.model import Device, Limit
from sousveil.findings.model import Finding, Shows
from sousveil.findings.verdict import Verdict
from sousveil.indicators.model import ThreatClass
from sousveil.readers.model import Outcome, PartReading

LOCKED = "locked_"
"""How the id of a limit begins that says why the backup was not opened; the name of the result's texts follows."""


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """One line of coverage: an artefact (or "scan", or a rule whose memory overflowed), what became of it, and why."""

    artefact: str
    outcome: Outcome
    records: int
    detail: str
    parts: tuple[PartReading, ...] = ()
    """The tables and kinds of text of the artefact; () where it has no parts, or where none could be opened."""
    unverified: bool = False
    """Whether rows were read with a layout that is not verified (`sousveil.artefacts.model.Seen`)."""
    guide: str = ""
    """The guide (`sousveil guide`) to an acquisition that may hold what is absent here; "" for none."""


class ContextNote(msgspec.Struct, frozen=True, kw_only=True):
    """Something that raises or lowers priors but never decides: a threat notice, Lockdown Mode, an old backup."""

    kind: str
    """`threat_notice`, `posture`, `short_link`."""
    says: str
    at: str | None = None
    artefact: str | None = None
    file: str | None = None
    table: str | None = None
    row: int | None = None


class UsedSet(msgspec.Struct, frozen=True, kw_only=True):
    """An indicator set that took part."""

    name: str
    sha256: str
    count: int
    skipped: int
    newest: str | None
    publisher: str | None = None
    licence: str | None = None


class Word(StrEnum):
    """What an examiner decides about a finding."""

    CONFIRMED = "confirmed"
    HARMLESS = "harmless"


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """An examiner's decision about one finding. It is shown beside the machine's verdict and never changes it."""

    finding: str
    """The whole id of the finding."""
    word: Word
    because: str
    """The examiner's reason."""
    by: str
    """The examiner's name."""
    time: str
    """ISO 8601 in UTC, to the second."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """The content of `findings.json`."""

    version: str
    verdict: Verdict
    reached: Shows | None
    threat_class: ThreatClass | None
    context: tuple[ContextNote, ...]
    device: Device
    findings: tuple[Finding, ...]
    coverage: tuple[Coverage, ...]
    indicators: tuple[UsedSet, ...]
    suppressed: tuple[Finding, ...] = ()
    """Known-good rows named by `--suppress`; printed, never counted."""
    limits: tuple[Limit, ...] = ()
    """What was learned about the copy while it was opened, and whether its system is known; each is in coverage too."""

    @property
    def locked(self) -> Limit | None:
        """Why the backup was not opened; None where it was."""
        if self.verdict is not Verdict.NOT_EXAMINABLE:
            return None  # limits come from a worker, too
        return next((limit for limit in self.limits if limit.id.startswith(LOCKED)), None)

    @property
    def exit_code(self) -> int:
        """0 nothing found and coverage complete; 1 something found; 2 the backup was not opened; 3 nothing found but
        something was not read."""
        if self.verdict in (Verdict.TRACES_FOUND, Verdict.SUSPICIOUS) or any(
            n.kind == "threat_notice" for n in self.context
        ):
            return 1
        if self.locked:
            return 2
        if self.verdict is Verdict.NOT_EXAMINABLE or not all(c.outcome.complete for c in self.coverage):
            return 3
        return 0


__all__ = ["LOCKED", "Case", "ContextNote", "Coverage", "Judgement", "Outcome", "PartReading", "UsedSet", "Word"]
