"""Passes sent as attachments, as in the published BLASTPASS case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sousveil.acquisition.model import Device
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule
from sousveil.texts import t

_DAY = 86_400_000_000
MUCH = 20e6
"""Bytes received by the agent for attachments: the published case has 32.6 MB."""
_SHOWN = 20


def _keep_passes(columns: Columns) -> list[int]:
    return [
        at
        for at, path in enumerate(columns["path"])
        if path and path.endswith("/sample.pkpass") and "Library/SMS/Attachments/" in path
    ]


def _keep_traffic(columns: Columns) -> list[int]:
    pairs = zip(columns["process"], columns["wwan_in"], strict=True)
    return [
        at
        for at, (process, amount) in enumerate(pairs)
        if process and process.startswith("IMTransferAgent") and amount is not None and amount >= MUCH
    ]


def _find(kept: Mapping[str, Sequence[Kept]], device: Device) -> Iterator[Hit]:
    passes = list(kept["passes"])
    if not passes:
        return
    times = sorted(at for row in passes for at in (row.row["created"], row.row["modified"]) if at is not None)
    near = [row for row in kept["traffic"] if _within(row, times)]
    folders = {str(row.row["path"]) for row in passes}
    alone = not near and len(folders) == 1
    yield Hit(
        rows=(*passes[:_SHOWN], *near[:_SHOWN]),
        at=times[0] if times else None,
        says=t(f"rule.blastpass.{'traffic' if near else 'passes'}", n=len(folders)),
        strength=Strength.WEAK if alone else None,
        innocent=(t("rule.blastpass.innocent_single"),) if alone else (),
    )


def _within(row: Kept, times: Sequence[int]) -> bool:
    """Whether the traffic lies within a day of the first or the last pass."""
    moments = [row.row[name] for name in ("live_time", "last_seen") if row.row[name] is not None]
    return bool(times) and any(times[0] - _DAY <= moment <= times[-1] + _DAY for moment in moments)


RULE = Rule(
    name="blastpass",
    title="Passes sent as in the BLASTPASS case",
    shows=Shows.CONTACT,
    strength=Strength.LEAD,
    reads={
        "passes": Reads(artefact="ios.manifest", columns=("path", "created", "modified"), keep=_keep_passes),
        "traffic": Reads(
            artefact="ios.datausage", columns=("process", "wwan_in", "live_time", "last_seen"), keep=_keep_traffic
        ),
    },
    find=_find,
    innocent=(
        "Passes (tickets, boarding cards) are sent in messages; a developer's example can have this name.",
        "A pass that was sent is an attempt: from iOS 16.6.1 on it has no effect.",
    ),
    basis="M. Frielingsdorf, Black Hat Asia 2024, slides 29-51 and 160: nine sample.pkpass in Manifest.db and "
    "32.6 MB received by IMTransferAgent/com.apple.datausage.messages. One published case.",
    family="Pegasus",
)
