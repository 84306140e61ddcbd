"""What a finding is: one rule or indicator that met evidence, and how much that is worth."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from sousveil.indicators.model import Attribution, IndicatorKind, ThreatClass
from sousveil.records import Source

PHONE = "phone"
"""The field of a record that names the phone by the archive and folder of its logs, where several phones' logs lie together."""


class Shows(StrEnum):
    """What a finding shows."""

    CONTACT = "contact"  # the phone was reached at
    PRESENCE = "presence"  # something lay on it
    EXECUTION = "execution"  # it ran
    POSTURE = "posture"  # the door stood open

    @property
    def depth(self) -> int:
        """0 for what reached deepest."""
        return ("execution", "presence", "contact", "posture").index(self.value)


class Strength(StrEnum):
    """How much a finding is worth. Ordered by `rank`."""

    STRONG = "strong"
    LEAD = "lead"
    WEAK = "weak"

    @property
    def rank(self) -> int:
        """0 for the strongest."""
        return ("strong", "lead", "weak").index(self.value)


class AtQuality(StrEnum):
    """How well a time is known."""

    EXACT = "exact"
    SECOND = "second"
    DAY = "day"
    DEVICE_LOCAL = "device_local"
    SUSPECT = "suspect"


class MatchedIndicator(msgspec.Struct, frozen=True, kw_only=True):
    """The indicator as `findings.json` shows it."""

    kind: str
    value: str
    family: str | None
    publisher: str | None
    stix_id: str | None


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One row (or one place in a file) that a finding rests on."""

    artefact: str
    source: Source
    record: dict[str, Any]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One finding. Field names and order are those of `findings.json` (docs/reference/findings.schema.json)."""

    id: str
    rule: str
    artefact: str
    shows: Shows
    strength: Strength
    says: str
    at: str | None
    at_quality: AtQuality | None
    indicator: MatchedIndicator | None
    attributions: tuple[Attribution, ...]
    source: Source
    record: dict[str, Any]
    evidence: tuple[Evidence, ...]
    innocent: tuple[str, ...]
    threat_class: ThreatClass | None = None
    """Written as `class`; None for rules that name no family."""
    family: str | None = None
    """Of the indicator, or of the rule where a rule is specific to one."""
    reasons: tuple[str, ...] = ()
    """Step by step: why this strength (for `sousveil explain`)."""


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """One indicator met in one field of one row, before strength is judged."""

    indicator: int
    """Position in the index's list of indicators."""
    row: int
    field: str
    text: str
    """The matched text as it stands in the value (at most 500 characters)."""
    how: str
    """`equals`, `subdomain`, `prefix`, `nested` (inside another link), `decoded` (percent or IDN form), `truncated`, `cidr`,
    `like`, `matches`, `basename`, `below`."""


__all__ = [
    "PHONE",
    "AtQuality",
    "Attribution",
    "Evidence",
    "Finding",
    "IndicatorKind",
    "Match",
    "MatchedIndicator",
    "Shows",
    "Strength",
    "ThreatClass",
]
