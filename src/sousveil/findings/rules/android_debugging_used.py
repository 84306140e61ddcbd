"""What computers did on the phone through debugging (adb), in the logs of Intrusion Logging."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sousveil.acquisition.model import Device
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule
from sousveil.texts import several, t

_EVENTS = ("adb_shell_interactive", "adb_shell_cmd", "adb_sync_recv_file", "adb_sync_send_file")
_SHOWN = 20
"""Events that the finding lists."""


def _keep(columns: Columns) -> list[int]:
    return [at for at, event in enumerate(columns["event"]) if event in _EVENTS]


def _find(kept: Mapping[str, Sequence[Kept]], device: Device) -> Iterator[Hit]:
    phones: dict[str, list[Kept]] = {}
    for row in kept["events"]:
        phones.setdefault(row.row["phone"] or "", []).append(row)
    for rows in phones.values():
        rows.sort(key=lambda row: row.row["at"] or 0)
        counts = [(event, sum(row.row["event"] == event for row in rows)) for event in _EVENTS]
        what = several([t(f"rule.android-debugging-used.{event}", n=n) for event, n in counts if n])
        yield Hit(
            rows=tuple(rows[:_SHOWN]),
            says=t("rule.android-debugging-used.says", what=what),
            at=rows[-1].row["at"],
        )


RULE = Rule(
    name="android-debugging-used",
    title="Debugging of the phone by a computer",
    shows=Shows.POSTURE,
    strength=Strength.WEAK,
    reads={"events": Reads(artefact="android.intrusion_events", columns=("phone", "event", "at"), keep=_keep)},
    find=_find,
    innocent=(
        "AndroidQF and other tools of helplines use debugging to make an acquisition.",
        "Developers debug their own phones.",
    ),
    basis="Tools that extract data from a seized phone, and people who install stalkerware by hand, use debugging. Event names "
    "from MVT's documentation of November 2026.",
)
