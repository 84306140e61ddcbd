"""A program without a bundle id that sent gigabytes over mobile data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

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


def _keep(columns: Columns) -> list[int]:
    rows = zip(columns["wwan_out"], columns["bundle"], columns["process"], strict=True)
    return [
        at
        for at, (sent, bundle, process) in enumerate(rows)
        if sent is not None and sent >= _SINGLE and not bundle and process and "/" not in process
    ]


def _find(kept: Mapping[str, Sequence[Kept]], device: Device) -> Iterator[Hit]:
    by_program: dict[tuple[str, str], list[Kept]] = {}
    for row in kept["counts"]:
        by_program.setdefault((row.source.file, row.row["process"]), []).append(row)
    for (_, process), rows in by_program.items():
        sent = sum(row.row["wwan_out"] for row in rows)
        if sent < GIGABYTES:
            continue
        known = process in _SYSTEM
        rows.sort(key=lambda row: -row.row["wwan_out"])
        yield Hit(
            rows=tuple(rows[:_SHOWN]),
            at=min((r.row["live_time"] for r in rows if r.row["live_time"] is not None), default=None),
            says=t("rule.datausage-large-upload.says", gigabytes=f"{sent / 1e9:.1f}"),
            strength=Strength.WEAK if known else None,
            innocent=(t("rule.datausage-large-upload.innocent_system"),) if known else (),
        )


RULE = Rule(
    name="datausage-large-upload",
    title="Much mobile data sent by a program without a bundle id",
    shows=Shows.EXECUTION,
    strength=Strength.LEAD,
    reads={
        "counts": Reads(artefact="ios.datausage", columns=("process", "bundle", "wwan_out", "live_time"), keep=_keep)
    },
    find=_find,
    innocent=("Programs of the system have no bundle id, and some send much: uploads, calls, the hotspot.",),
    basis="Press on published cases: Pegasus sent several gigabytes over mobile data in some of them. The limit"
    " of two gigabytes is the project's own.",
)
