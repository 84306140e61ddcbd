"""Whether files of an acquisition differ from the hashes that its collector wrote down: a note, not a finding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sousveil.acquisition.model import Device
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule
from sousveil.kinds import visible
from sousveil.texts import t

NAMED = 3
"""Files that the sentence names; of more it gives the number."""


def _keep(columns: Columns) -> list[int]:
    return [at for at, state in enumerate(columns["state"]) if state in ("changed", "missing", "unreadable")]


def _find(kept: Mapping[str, Sequence[Kept]], device: Device) -> Iterator[Hit]:
    for state in ("changed", "missing", "unreadable"):
        rows = tuple(row for row in kept["hashes"] if row.row["state"] == state)
        if rows:
            names = ", ".join(visible(str(row.row["file"]).rpartition("/")[2], 80) for row in rows[:NAMED])
            says = t(f"rule.acquisition-changed.{state}", n=len(rows), names=names)
            yield Hit(rows=rows[:NAMED], notice=True, kind="integrity", says=says)
    if kept["whole"] and not kept["hashes"]:
        yield Hit(rows=(kept["whole"][0],), notice=True, kind="integrity", says=t("rule.acquisition-changed.same"))


RULE = Rule(
    name="acquisition-changed",
    title="Files that differ from the recorded hashes",
    shows=Shows.POSTURE,
    strength=Strength.WEAK,
    reads={
        "hashes": Reads(artefact="android.collector_hashes", columns=("file", "state"), keep=_keep),
        "whole": Reads(
            artefact="android.collector_hashes",
            columns=("file", "state"),
            keep=lambda columns: [at for at, state in enumerate(columns["state"]) if state == "same"][:1],
        ),
    },
    find=_find,
    innocent=("The file was damaged during transfer, or somebody opened and saved it.",),
    basis="Layout from AndroidQF's published output (hashes.csv, versions of March 2023 and later).",
)
