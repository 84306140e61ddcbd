"""A certificate authority that somebody added to the phone, in the logs of Intrusion Logging."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sousveil.acquisition.model import Device
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule
from sousveil.kinds import visible
from sousveil.texts import t

_INSTALLED, _REMOVED = "cert_authority_installed", "cert_authority_removed"


def _keep(columns: Columns) -> list[int]:
    return [at for at, event in enumerate(columns["event"]) if event in (_INSTALLED, _REMOVED)]


def _find(kept: Mapping[str, Sequence[Kept]], device: Device) -> Iterator[Hit]:
    groups: dict[tuple[str | None, str | None], list[Kept]] = {}
    for row in kept["events"]:
        if row.row["success"] != 0:
            groups.setdefault((row.row["phone"], row.row["subject"]), []).append(row)
    for (_, subject), rows in groups.items():
        rows.sort(key=lambda row: (row.row["at"] or 0, row.row["event"] == _REMOVED))
        if not any(row.row["event"] == _INSTALLED for row in rows):
            continue
        state = "removed" if rows[-1].row["event"] == _REMOVED else "installed"
        name = visible(subject or "", 200) or t("rule.android-certificate-authority.unnamed")
        first = next(row for row in rows if row.row["event"] == _INSTALLED)
        yield Hit(
            rows=tuple(rows[:20]), says=t(f"rule.android-certificate-authority.{state}", name=name), at=first.row["at"]
        )


RULE = Rule(
    name="android-certificate-authority",
    title="Certificate authority added to the phone",
    shows=Shows.POSTURE,
    strength=Strength.WEAK,
    reads={
        "events": Reads(
            artefact="android.intrusion_events", columns=("phone", "event", "subject", "success", "at"), keep=_keep
        )
    },
    find=_find,
    innocent=("Employers, schools, ad blockers and tools for testing apps add certificate authorities.",),
    basis="The holder of the key of an added authority can read encrypted traffic of apps that trust it. Event names from MVT's "
    "documentation of November 2026.",
)
