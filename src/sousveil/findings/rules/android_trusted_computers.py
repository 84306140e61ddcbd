"""Computers that may control the phone through a cable or the network (adb)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sousveil.acquisition.model import Device
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule
from sousveil.texts import t


def _keep(columns: Columns) -> list[int]:
    return [at for at, place in enumerate(columns["place"]) if place in ("user_keys", "keystore")]


def _find(kept: Mapping[str, Sequence[Kept]], device: Device) -> Iterator[Hit]:
    rows: dict[str, Kept] = {}
    for row in kept["keys"]:
        name = row.row["fingerprint"] or row.row["computer"] or ""
        if name not in rows or row.row["last_connection"]:
            rows[name] = row
    if rows:
        times = [row.row["last_connection"] for row in rows.values() if row.row["last_connection"]]
        yield Hit(
            rows=tuple(rows.values()),
            says=t("rule.android-trusted-computers.says", n=len(rows)),
            at=max(times, default=None),
        )


RULE = Rule(
    name="android-trusted-computers",
    title="Computers trusted for debugging",
    shows=Shows.POSTURE,
    strength=Strength.WEAK,
    reads={
        "keys": Reads(
            artefact="android.adb", columns=("fingerprint", "computer", "last_connection", "place"), keep=_keep
        )
    },
    find=_find,
    innocent=("The computer that made this report may be one of them. Developers trust several.",),
    basis="Android stores each computer that a person allowed to debug the phone.",
)
