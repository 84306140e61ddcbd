"""Traffic whose program was deleted from the list of programs: an incomplete clean-up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sousveil.acquisition.model import Device
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule
from sousveil.texts import t

_SHOWN = 20


def _keep(columns: Columns) -> list[int]:
    """Counts that name a program which has no row."""
    pairs = zip(columns["process_id"], columns["live_process_id"], strict=True)
    return [at for at, (process, named) in enumerate(pairs) if process is None and named is not None]


def _find(kept: Mapping[str, Sequence[Kept]], device: Device) -> Iterator[Hit]:
    by_file: dict[str, list[Kept]] = {}
    for row in kept["orphans"]:
        by_file.setdefault(row.source.file, []).append(row)
    for rows in by_file.values():
        programs = len({row.row["live_process_id"] for row in rows})
        times = [row.row["live_time"] for row in rows if row.row["live_time"] is not None]
        yield Hit(
            rows=tuple(rows[:_SHOWN]),
            at=min(times, default=None),
            says=t(
                "rule.datausage-deleted-process.says",
                n=len(rows),
                programs=t("rule.datausage-deleted-process.programs", n=programs),
            ),
        )


RULE = Rule(
    name="datausage-deleted-process",
    title="Traffic of a deleted program",
    shows=Shows.EXECUTION,
    strength=Strength.LEAD,
    reads={
        "orphans": Reads(artefact="ios.datausage", columns=("process_id", "live_process_id", "live_time"), keep=_keep)
    },
    find=_find,
    innocent=(
        "The database may be damaged, or a deletion by the system may have been interrupted.",
        "The backup may have been made while the phone was writing.",
    ),
    basis="Citizen Lab, FORCEDENTRY, 2021-09-13: rows deleted from ZPROCESS whose rows in ZLIVEUSAGE stay were "
    "seen only with Pegasus (quoted by the press; the original was not read). No such row in two "
    "databases of phones that nobody attacked.",
    family="Pegasus",
)
