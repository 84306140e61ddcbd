"""How far back the shutdown log reaches: a note, because an entry that is missing shows nothing where the phone deletes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sousveil.acquisition.model import Device
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule
from sousveil.texts import t

LAST_ONLY = ("23A", "23B")
"""Beginnings of the builds (iOS 26.0 and 26.1) that overwrite the log at each shutdown."""


def _ends(columns: Columns) -> list[int]:
    return [row for row, entry in enumerate(columns["entry"]) if entry == "end"]


def _deleted(columns: Columns) -> list[int]:
    return [row for row, event in enumerate(columns["event"]) if event == "shutdown log deleted"]


def _find(kept: Mapping[str, Sequence[Kept]], device: Device) -> Iterator[Hit]:
    if kept["ends"] and (device.build or "").startswith(LAST_ONLY):
        rows = tuple(kept["ends"][:1])
        yield Hit(rows=rows, notice=True, kind="posture", says=t("rule.shutdown-log-kept.last"))
    for row in kept["deleted"][:1]:
        at = row.row["changed"]
        yield Hit(rows=(row,), at=at, notice=True, kind="posture", says=t("rule.shutdown-log-kept.deleted"))


RULE = Rule(
    name="shutdown-log-kept",
    title="How far back the shutdown log reaches",
    shows=Shows.POSTURE,
    strength=Strength.WEAK,
    reads={
        "ends": Reads(artefact="sysdiagnose.shutdown", columns=("entry", "ended"), keep=_ends),
        "deleted": Reads(artefact="sysdiagnose.logd", columns=("event", "changed"), keep=_deleted),
    },
    find=_find,
    innocent=("iOS itself overwrites or deletes the log.",),
    basis="iVerify, October 2025, and published changes of the log daemon: iOS 26.0 and 26.1 keep the last shutdown only; "
    "later versions rotate the log, and delete an older one that is too large.",
)
