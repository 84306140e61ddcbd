"""Computers that asked the phone for trust, services of a developer image, apps that a developer installed: a sysdiagnose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sousveil.acquisition.model import Device
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule
from sousveil.texts import t

SHOWN = 20
"""Rows that a finding names as its evidence."""


def _pairings(columns: Columns) -> list[int]:
    return [at for at, pairing in enumerate(columns["pairing"]) if pairing]


def _services(columns: Columns) -> list[int]:
    return [at for at, developer in enumerate(columns["developer"]) if developer]


def _apps(columns: Columns) -> list[int]:
    rows = zip(columns["event"], columns["install_type"], strict=True)
    return [at for at, (event, kind) in enumerate(rows) if event == "installed" and kind == "Developer"]


def _extensions(columns: Columns) -> list[int]:
    return [at for at, enabled in enumerate(columns["enabled"]) if enabled]


def _find(kept: Mapping[str, Sequence[Kept]], device: Device) -> Iterator[Hit]:
    for part in ("pairings", "services", "apps", "extensions"):
        rows = kept[part]
        if rows:
            times = [at for row in rows if (at := row.row.get("at")) is not None]
            text = t(f"rule.paired-computers.{part}", n=len(rows))
            yield Hit(rows=tuple(rows[:SHOWN]), says=text, at=max(times, default=None))


RULE = Rule(
    name="paired-computers",
    title="Access of computers and apps",
    shows=Shows.POSTURE,
    strength=Strength.WEAK,
    reads={
        "pairings": Reads(artefact="sysdiagnose.lockdown", columns=("pairing", "at"), keep=_pairings),
        "services": Reads(artefact="sysdiagnose.remote_services", columns=("developer", "service"), keep=_services),
        "apps": Reads(
            artefact="sysdiagnose.installations", columns=("event", "install_type", "bundle", "at"), keep=_apps
        ),
        "extensions": Reads(
            artefact="sysdiagnose.network_extensions", columns=("enabled", "kind", "bundle"), keep=_extensions
        ),
    },
    find=_find,
    innocent=(
        "The owner's computer asks for trust when it makes a backup, and so does the computer that made this archive.",
        "Developers mount such an image and install their own apps. Ad blockers and companies set up VPNs and filters.",
    ),
    basis="Lines of lockdownd and of the installation log that researchers published; Google, 2022-06-23: Hermit came as an app "
    "from outside the store.",
)
