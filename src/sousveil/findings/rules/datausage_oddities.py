"""Oddities of the traffic database that clean phones have too: missing numbers, times in the wrong order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from sousveil.acquisition.model import Device
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule
from sousveil.texts import t

_SHOWN = 10


def _keep_new(columns: Columns) -> list[int]:
    """One row for each program of a batch."""
    first: dict[int, int] = {}
    for at, process in enumerate(columns["process_id"]):
        if process is not None:
            first.setdefault(process, at)
    return list(first.values())


def _keep_inverted(columns: Columns) -> list[int]:
    pairs = zip(columns["first_seen"], columns["last_seen"], strict=True)
    return [at for at, (first, last) in enumerate(pairs) if first is not None and last is not None and first > last]


def _by_file(rows: Sequence[Kept]) -> dict[str, dict[int, Kept]]:
    """File -> program -> its first row."""
    found: dict[str, dict[int, Kept]] = {}
    for row in rows:
        found.setdefault(row.source.file, {}).setdefault(row.row["process_id"], row)
    return found


def _find(kept: Mapping[str, Sequence[Kept]], device: Device) -> Iterator[Hit]:
    for programs in _by_file(kept["programs"]).values():
        numbers = sorted(programs)
        gaps = [(low, high) for low, high in pairwise(numbers) if high - low > 1]
        if gaps:
            missing = sum(high - low - 1 for low, high in gaps)
            beside = dict.fromkeys(number for gap in gaps[: _SHOWN // 2] for number in gap)
            rows = tuple(programs[number] for number in beside)
            yield Hit(
                rows=rows,
                says=t("rule.datausage-oddities.missing", n=missing, total=f"{numbers[-1] - numbers[0] + 1:,}"),
            )
    for programs in _by_file(kept["inverted"]).values():
        rows = tuple(programs.values())
        yield Hit(
            rows=rows[:_SHOWN],
            at=min(row.row["last_seen"] for row in rows),
            says=t("rule.datausage-oddities.inverted", n=len(rows)),
        )


RULE = Rule(
    name="datausage-oddities",
    title="Oddities of the traffic database",
    shows=Shows.PRESENCE,
    strength=Strength.WEAK,
    reads={
        "programs": Reads(artefact="ios.datausage", columns=("process_id",), keep=_keep_new),
        "inverted": Reads(
            artefact="ios.datausage", columns=("process_id", "first_seen", "last_seen"), keep=_keep_inverted
        ),
    },
    find=_find,
    innocent=("Phones that nobody attacked show the same: the system deletes old programs, and clocks are set back.",),
    basis="Measured on databases of two phones that nobody attacked: 22 of 282 numbers missing in one, one pair of times in "
    "the wrong order in the other.",
    cap=100_000,
)
