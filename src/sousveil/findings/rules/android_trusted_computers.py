"""Computers that may control the phone through a cable or the network (adb)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sousveil.acquisition.model import Device
from sousveil.artefacts.android.adb import fingerprint
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule, filled
from sousveil.texts import t

_HOUR, _DAY = 3600 * 1_000_000, 86_400 * 1_000_000
"""Microseconds by which a connection is later than the acquisition before the clock is in doubt: making one takes minutes, and
a date without a known time zone is up to 14 hours wrong."""


def _keep(columns: Columns) -> list[int]:
    return [at for at, place in enumerate(columns["place"]) if place in ("user_keys", "keystore")]


def _find(kept: Mapping[str, Sequence[Kept]], device: Device) -> Iterator[Hit]:
    own = {fingerprint(row.row["host_key"].partition(" ")[0]) for row in kept["own"]} - {None}
    keys = [row for row in kept["keys"] if row.row["fingerprint"] not in own]
    margin = _DAY if device.zone is None and device.utc_offset is None else _HOUR
    made = device.last_backup
    late = [row for row in keys if made is not None and (row.row["last_connection"] or 0) > made + margin]
    if late:
        says = t("rule.android-trusted-computers.clock", n=len(late))
        yield Hit(rows=tuple(late), notice=True, kind="posture", says=says)
    rows: dict[str, Kept] = {}
    for row in keys:
        name = row.row["fingerprint"] or row.row["computer"] or ""
        if name not in rows or row.row["last_connection"]:
            rows[name] = row
    if rows:
        times = [row.row["last_connection"] for row in rows.values() if row.row["last_connection"]]
        yield Hit(
            rows=tuple(rows.values()),
            says=t(f"rule.android-trusted-computers.{'others' if own else 'says'}", n=len(rows)),
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
        ),
        "own": Reads(
            artefact="android.collector",
            columns=("host_key",),
            keep=lambda columns: filled(columns, "host_key"),
        ),
    },
    find=_find,
    innocent=("The computer that made this report may be one of them. Developers trust several.",),
    basis="Android stores each computer that a person allowed to debug the phone.",
)
