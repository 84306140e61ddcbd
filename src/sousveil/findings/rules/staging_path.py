"""A program that ran from a folder in which spyware was installed and genuine programs do not run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from sousveil.acquisition.model import Device
from sousveil.acquisition.places import normal_path
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule
from sousveil.kinds import visible
from sousveil.texts import t

ARTEFACTS: Mapping[str, str | None] = {
    "sysdiagnose.shutdown": "ended",
    "sysdiagnose.ps": "started",
    "sysdiagnose.taskinfo": "started",
    "sysdiagnose.spindump": "started",
    "sysdiagnose.log_statistics": "at",
}
"""Artefacts with a field `path` of programs that ran, and their field of time."""
_FOLDER = re.compile(r"/private/var/(?:db/com\.apple\.xpc\.roleaccountd\.staging|tmp)/+(?=[^/])")
_WORKSPACE = re.compile(r"/private/var/db/com\.apple\.xpc\.roleaccountd\.staging/exec/[0-9.]+\.xpc/")
"""Updates of iOS run programs of Apple here."""
_SHOWN = 20


def staged(path: object) -> bool:
    """Whether a program lies in one of these folders. The bare folder is not enough."""
    if not isinstance(path, str) or "/var/" not in path:
        return False
    path = normal_path(path)
    return _FOLDER.match(path) is not None and _WORKSPACE.match(path) is None


def _keep(columns: Columns) -> list[int]:
    return [row for row, path in enumerate(columns["path"]) if staged(path)]


def _find(kept: Mapping[str, Sequence[Kept]], device: Device) -> Iterator[Hit]:
    by_path: dict[str, list[Kept]] = {}
    for rows in kept.values():
        for row in rows:
            by_path.setdefault(normal_path(row.row["path"]), []).append(row)
    for path, rows in by_path.items():
        times = [row.row[name] for row in rows if (name := ARTEFACTS[row.artefact]) and row.row[name] is not None]
        yield Hit(
            rows=tuple(rows[:_SHOWN]),
            at=min(times, default=None),
            says=t("rule.staging-path.says", path=visible(path, 200)),
        )


RULE = Rule(
    name="staging-path",
    title="Program in a folder for staging",
    shows=Shows.EXECUTION,
    strength=Strength.LEAD,
    reads={
        artefact: Reads(artefact=artefact, columns=("path", *((time,) if time else ())), keep=_keep)
        for artefact, time in ARTEFACTS.items()
    },
    find=_find,
    innocent=(
        "A developer or a tool for research may have placed a program there.",
        "A part of iOS that is not known yet may use the folder.",
    ),
    basis="Kaspersky, 2024-01-16: in shutdown.log, Pegasus ran from the staging folder and Predator from /private/var/tmp. "
    "Updates of iOS run from numbered workspaces below the staging folder; these are left out.",
)
