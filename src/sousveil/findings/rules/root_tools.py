"""Root tools and Magisk modules on the phone: a note, not a finding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sousveil.acquisition.model import Device
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Hit, Kept, Reads, Rule, filled
from sousveil.kinds import visible
from sousveil.texts import t


def _find(kept: Mapping[str, Sequence[Kept]], device: Device) -> Iterator[Hit]:
    for part, field in (("binaries", "path"), ("modules", "module")):
        rows = tuple(kept[part])
        if rows:
            names = ", ".join(visible(str(row.row[field]), 80) for row in rows[:3])
            yield Hit(
                rows=rows[:3],
                notice=True,
                kind="posture",
                says=t(f"rule.root-tools.{part}", n=len(rows), names=names),
            )


RULE = Rule(
    name="root-tools",
    title="Root tools",
    shows=Shows.POSTURE,
    strength=Strength.WEAK,
    reads={
        "binaries": Reads(artefact="android.root_binaries", columns=("path",), keep=lambda rows: filled(rows, "path")),
        "modules": Reads(
            artefact="android.collector_parts", columns=("module",), keep=lambda rows: filled(rows, "module")
        ),
    },
    find=_find,
    innocent=("Many owners root their phone themselves.",),
    basis="Layout from AndroidQF's published output (root_binaries.json, magisk_modules).",
)
