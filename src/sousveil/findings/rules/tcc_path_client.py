"""A permission for a program that is named by its path instead of an app's identifier."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sousveil.acquisition.model import Device
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule
from sousveil.texts import t


def _keep(columns: Columns) -> list[int]:
    return [at for at, path in enumerate(columns["path"]) if path]


def _find(kept: Mapping[str, Sequence[Kept]], device: Device) -> Iterator[Hit]:
    by_path: dict[str, list[Kept]] = {}
    for row in (*kept["paths"], *kept["copied"]):
        by_path.setdefault(row.row["path"], []).append(row)
    for rows in by_path.values():
        times = [row.row["last_modified"] for row in rows if row.row["last_modified"] is not None]
        yield Hit(
            rows=tuple(rows[:20]),
            at=min(times, default=None),
            says=t("rule.tcc-path-client.says"),
        )


_COLUMNS = ("path", "service", "auth_value", "last_modified")
RULE = Rule(
    name="tcc-path-client",
    title="Permission of a program named by its path",
    shows=Shows.POSTURE,
    strength=Strength.WEAK,
    reads={
        "paths": Reads(artefact="ios.tcc", columns=_COLUMNS, keep=_keep),
        "copied": Reads(artefact="sysdiagnose.tcc", columns=_COLUMNS, keep=_keep),
    },
    find=_find,
    innocent=("Programs of the system can be named by their path.",),
    basis="Recalled: apps are named by their bundle id. Not published as a trace.",
)
