"""Crashes of the programs that receive messages, close together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sousveil.acquisition.model import Device
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule
from sousveil.texts import t

_MINUTE = 60_000_000
TOGETHER = 10 * _MINUTE
"""Crashes within so many microseconds count as one cluster."""
STAGES = 120 * _MINUTE
"""At most so long after a burst of the first program the second one crashes, in the published case."""
FIRST, SECOND = "homed", "MessagesBlastDoorService"
PROGRAMS = frozenset((FIRST, SECOND, "imagent", "fmfd", "IMTransferAgent"))
_BURST, _CLUSTER = 2, 3
_SHOWN = 20


def _keep(columns: Columns) -> list[int]:
    rows = zip(columns["process"], columns["kind"], columns["at"], strict=True)
    return [
        number
        for number, (process, kind, at) in enumerate(rows)
        if process in PROGRAMS and kind == "crash" and at is not None
    ]


def _once(rows: Sequence[Kept]) -> list[Kept]:
    """Reports by time; the same crash may be kept twice, as sent and as not yet sent."""
    by_crash = {(row.row["process"], row.row["at"]): row for row in rows}
    return sorted(by_crash.values(), key=lambda row: int(row.row["at"]))


def _bursts(rows: Sequence[Kept], program: str) -> Iterator[list[Kept]]:
    """Crashes of one program, each burst of at least two within the limit."""
    own = [row for row in rows if row.row["process"] == program]
    burst: list[Kept] = []
    for row in own:
        if burst and row.row["at"] - burst[0].row["at"] > TOGETHER:
            if len(burst) >= _BURST:
                yield burst
            burst = []
        burst.append(row)
    if len(burst) >= _BURST:
        yield burst


def _find(kept: Mapping[str, Sequence[Kept]], device: Device) -> Iterator[Hit]:
    rows = _once(kept["crashes"])
    staged: set[int] = set()
    for first in _bursts(rows, FIRST):
        for second in _bursts(rows, SECOND):
            gap = second[0].row["at"] - first[-1].row["at"]
            if 0 <= gap <= STAGES:
                staged.update(map(id, (*first, *second)))
                yield Hit(
                    rows=(*first[:_SHOWN], *second[:_SHOWN]),
                    says=t("rule.message-crashes.stages"),
                    at=first[0].row["at"],
                )
    cluster: list[Kept] = []
    for row in [*(row for row in rows if id(row) not in staged), None]:
        if cluster and (row is None or row.row["at"] - cluster[0].row["at"] > TOGETHER):
            if len(cluster) >= _CLUSTER and len({other.row["process"] for other in cluster}) > 1:
                yield Hit(
                    rows=tuple(cluster[:_SHOWN]),
                    says=t("rule.message-crashes.cluster", n=len(cluster)),
                    at=cluster[0].row["at"],
                    strength=Strength.WEAK,
                )
            cluster = []
        if row is not None:
            cluster.append(row)


RULE = Rule(
    name="message-crashes",
    title="Crashes of programs that receive messages",
    shows=Shows.CONTACT,
    strength=Strength.LEAD,
    reads={"crashes": Reads(artefact="sysdiagnose.crashes", columns=("process", "kind", "at"), keep=_keep)},
    find=_find,
    innocent=("These programs also crash by errors of the system, often several at once after an update.",),
    basis="Slides of Black Hat Asia 2024 on one case: homed crashed repeatedly, then MessagesBlastDoorService within two hours. "
    "Clusters alone are weak: recalled from Citizen Lab, Triple Threat, 2023-04-18.",
)
