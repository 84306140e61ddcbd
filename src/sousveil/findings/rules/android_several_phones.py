"""Logs of Intrusion Logging from several places: Android keeps those of every phone of an account together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sousveil.acquisition.model import Device
from sousveil.findings.model import PHONE, Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule
from sousveil.kinds import visible
from sousveil.texts import several, t

_NAMED = 10
"""Places that the note names."""


def _keep(columns: Columns) -> Iterable[int]:
    values = columns[PHONE]
    return sorted(values.index(value) for value in set(values))


def _find(kept: Mapping[str, Sequence[Kept]], device: Device) -> Iterator[Hit]:
    rows = sorted(
        (row for rows in kept.values() for row in rows), key=lambda row: (row.source.file, row.source.line or 0)
    )
    phones = {row.row[PHONE] or t("rule.android-several-phones.top"): row for row in rows}
    if len(phones) > 1:
        places = several([visible(place, 60) for place in sorted(phones)[:_NAMED]])
        says = t("rule.android-several-phones.says", n=len(phones), places=places)
        yield Hit(rows=tuple(phones.values()), notice=True, kind="posture", says=says)


RULE = Rule(
    name="android-several-phones",
    title="Logs of several phones",
    shows=Shows.POSTURE,
    strength=Strength.WEAK,
    reads={
        name: Reads(artefact=f"android.intrusion_{name}", columns=(PHONE,), keep=_keep)
        for name in ("lookups", "connections", "events", "starts")
    },
    find=_find,
    innocent=("One phone may have its logs in several archives.",),
    basis="Intrusion Logging keeps the logs of every phone of a Google account together. Nothing in a log names its phone. Two "
    "findings from different places never confirm each other.",
)
