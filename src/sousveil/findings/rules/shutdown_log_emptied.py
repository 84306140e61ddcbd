"""A shutdown log without the restarts that the records of the clock show, on builds that keep the log for months."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

from sousveil.acquisition.model import Device
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule, filled
from sousveil.texts import t

KEPT_UNTIL = (19,)
"""The first version whose builds may delete or overwrite the log."""
LEAST = 3
"""Restarts that must be missing; a forced one or an empty battery is none."""
_REPORTED = 3_600_000_000
"""Microseconds between a start and the report of the panic before it, at most."""


def _first(columns: Columns) -> list[int]:
    return list(filled(columns, "at"))[:1]


def _of(field: str, value: str) -> Callable[[Columns], list[int]]:
    return lambda columns: [row for row, found in enumerate(columns[field]) if found == value]


def _missing(kept: Mapping[str, Sequence[Kept]]) -> list[Kept]:
    """The starts after the restarts that are missing at the beginning of the log."""
    ends = [row.row["ended"] for row in kept["ends"]]
    panics = [row.row["at"] for row in kept["panics"] if row.row["at"] is not None]
    boots = {row.row["boot"]: row for row in kept["boots"]}
    missing: list[Kept] = []
    for before, after in pairwise(sorted(boots.values(), key=lambda row: row.row["started"])):
        start, stop = before.row["started"], after.row["started"]
        if any(end is not None and start <= end <= stop for end in ends):
            break
        if not any(abs(panic - stop) <= _REPORTED for panic in panics):
            missing.append(after)
    return missing[ends.count(None) :]


def _find(kept: Mapping[str, Sequence[Kept]], device: Device) -> Iterator[Hit]:
    if not () < device.version < KEPT_UNTIL or not (kept["ends"] or kept["statistics"]):
        return
    missing = _missing(kept)
    if len(missing) >= LEAST:
        says = t("rule.shutdown-log-emptied.says", n=len(missing))
        yield Hit(rows=tuple(missing), at=missing[-1].row["started"], says=says)


RULE = Rule(
    name="shutdown-log-emptied",
    title="Shutdown log without known restarts",
    shows=Shows.POSTURE,
    strength=Strength.LEAD,
    reads={
        "boots": Reads(
            artefact="sysdiagnose.boots", columns=("boot", "started"), keep=lambda rows: filled(rows, "started")
        ),
        "ends": Reads(artefact="sysdiagnose.shutdown", columns=("entry", "ended"), keep=_of("entry", "end")),
        "panics": Reads(artefact="sysdiagnose.crashes", columns=("kind", "at"), keep=_of("kind", "panic")),
        "statistics": Reads(artefact="sysdiagnose.log_statistics", columns=("at",), keep=_first),
    },
    find=_find,
    innocent=(
        "Forced restarts and an empty battery write no entry.",
        "Somebody may have copied only part of the log archive.",
    ),
    basis="Up to iOS 18 the log daemon appends to the log for months, as real logs of iOS 13 to 18 show. iVerify described "
    "spyware that empties it in October 2025. The threshold is ours; how often real phones meet it is unknown.",
)
