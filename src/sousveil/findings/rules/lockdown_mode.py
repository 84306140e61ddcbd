"""Whether Lockdown Mode is on: a note, not a finding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sousveil.acquisition.model import Device
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule
from sousveil.texts import t

KEY = "LDMGlobalEnabled"


def _keep(columns: Columns) -> list[int]:
    return [at for at, entry in enumerate(columns["entry"]) if entry == KEY]


def _find(kept: Mapping[str, Sequence[Kept]], device: Device) -> Iterator[Hit]:
    for row in kept["settings"]:
        on = row.row["value"] in ("true", "1")
        yield Hit(
            rows=(row,),
            notice=True,
            kind="posture",
            says=t(f"rule.lockdown-mode.{'on' if on else 'off'}"),
        )


RULE = Rule(
    name="lockdown-mode",
    title="Lockdown Mode",
    shows=Shows.POSTURE,
    strength=Strength.WEAK,
    reads={"settings": Reads(artefact="ios.global_preferences", columns=("entry", "value"), keep=_keep)},
    find=_find,
    innocent=("Lockdown Mode is off on most phones.",),
    basis="Layout from the reference tool's output (LDMGlobalEnabled, iOS 16 and later).",
)
