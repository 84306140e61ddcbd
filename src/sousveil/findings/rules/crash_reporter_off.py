"""Crash reports that are not passed on, by a settings file of the root user."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sousveil.acquisition.model import Device
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule
from sousveil.texts import t


def _keep(columns: Columns) -> list[int]:
    pairs = zip(columns["entry"], columns["value"], strict=True)
    return [at for at, (entry, value) in enumerate(pairs) if entry == "ShouldSubmit" and value in ("false", "0")]


def _find(kept: Mapping[str, Sequence[Kept]], device: Device) -> Iterator[Hit]:
    for row in kept["settings"]:
        yield Hit(rows=(row,), says=t("rule.crash-reporter-off.says"))


RULE = Rule(
    name="crash-reporter-off",
    title="Crash reports switched off",
    shows=Shows.PRESENCE,
    strength=Strength.LEAD,
    reads={"settings": Reads(artefact="ios.crash_reporter", columns=("entry", "value"), keep=_keep)},
    find=_find,
    innocent=(
        "A developer or the owner may have switched crash reports off.",
        "System updates write this file too: that it is there means nothing; the publisher took its name off the list.",
    ),
    basis="Amnesty, issue 19 of its list of indicators (2021): the file was withdrawn as a source of false "
    "alarms; ShouldSubmit = false is named as the suspicious content, true as normal on developers' "
    "phones.",
)
