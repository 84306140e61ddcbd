"""A program without a bundle id that sent gigabytes over mobile data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from sousveil.acquisition.model import Device
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule
from sousveil.texts import t

GIGABYTES = 2e9
"""Bytes in all from which a program is named."""
_SINGLE = 1e6  # smaller counts cannot add up to gigabytes in the rows that are kept
_SHOWN = 10
_SYSTEM = frozenset(
    {
        "assetsd",
        "backupd",
        "cloudd",
        "CommCenter",
        "mDNSResponder",
        "mediaserverd",
        "misd",
        "nsurlsessiond",
        "nsurlsessiond_privileged",
        "IMTransferAgent",
        "itunescloudd",
        "softwareupdated",
        "bird",
        "kernel_task",
        "networkserviceproxy",
        "avconferenced",
        "apsd",
        "com.apple.datausage.personalhotspot",
        "configd",
        "wifid",
        "rapportd",
        "photolibraryd",
        "fileproviderd",
    }
)
"""Programs of the system that send much on ordinary phones: uploads of photos, hotspot, calls. Recalled, so these stay
weak."""


_COUNTS, _POWER = ("process", "bundle", "wwan_out", "live_time"), ("process", "bundle", "cell_out", "start")


def _keep(names: Sequence[str]) -> Callable[[Columns], list[int]]:
    """`names`: program, bundle id, bytes sent, time."""

    def keep(columns: Columns) -> list[int]:
        rows = zip(*(columns[name] for name in names[:3]), strict=True)
        return [
            at
            for at, (process, bundle, sent) in enumerate(rows)
            if sent is not None and sent >= _SINGLE and not bundle and process and "/" not in process
        ]

    return keep


def _find(kept: Mapping[str, Sequence[Kept]], device: Device) -> Iterator[Hit]:
    by_program: dict[tuple[str, str], list[tuple[int, int | None, Kept]]] = {}
    for part, (_, _, sent, time) in (("counts", _COUNTS), ("power", _POWER)):
        for row in kept[part]:
            counted = row.row[sent], row.row[time], row
            by_program.setdefault((row.source.file, row.row["process"]), []).append(counted)
    for (_, process), counts in by_program.items():
        total = sum(sent for sent, _, _ in counts)
        if total < GIGABYTES:
            continue
        known = process in _SYSTEM
        counts.sort(key=lambda count: -count[0])
        yield Hit(
            rows=tuple(row for _, _, row in counts[:_SHOWN]),
            at=min((time for _, time, _ in counts if time is not None), default=None),
            says=t("rule.datausage-large-upload.says", gigabytes=f"{total / 1e9:.1f}"),
            strength=Strength.WEAK if known else None,
            innocent=(t("rule.datausage-large-upload.innocent_system"),) if known else (),
        )


RULE = Rule(
    name="datausage-large-upload",
    title="Much mobile data sent by a program without a bundle id",
    shows=Shows.EXECUTION,
    strength=Strength.LEAD,
    reads={
        "counts": Reads(artefact="ios.datausage", columns=_COUNTS, keep=_keep(_COUNTS)),
        "power": Reads(artefact="sysdiagnose.power_traffic", columns=_POWER, keep=_keep(_POWER)),
    },
    find=_find,
    innocent=("Programs of the system have no bundle id, and some send much: uploads, calls, the hotspot.",),
    basis="Press on published cases: Pegasus sent several gigabytes over mobile data in some of them. The limit"
    " of two gigabytes is the project's own.",
)
