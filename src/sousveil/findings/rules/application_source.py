"""Apps that did not come from the App Store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sousveil.acquisition.model import Device
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule
from sousveil.texts import t

USUAL = frozenset(
    {
        "com.apple.AppStore",
        "com.apple.appstored",
        "com.apple.ios.StoreKitUIService",
        "com.apple.Preferences",
        "com.apple.SetupAssistant",
        "com.apple.purplebuddy",
        "com.apple.dmd",
        "com.apple.MobileStore",
        "com.apple.springboard",
    }
)
"""Programs through which apps of the store come, also on restoring and by device management. Recalled."""
_TEST = "com.apple.TestFlight"


def _keep(columns: Columns) -> list[int]:
    rows = zip(columns["bundle"], columns["source_app"], columns["metadata"], strict=True)
    return [
        at
        for at, (bundle, source, metadata) in enumerate(rows)
        if isinstance(bundle, str)
        and not bundle.startswith("com.apple.")
        and ((source and source not in USUAL) or metadata != "store")
    ]


def _way(row: Mapping[str, object]) -> str:
    """How the app came, by the name of its text."""
    if row["metadata"] in ("none", "damaged"):
        return str(row["metadata"])
    return "test" if row["source_app"] == _TEST else "other"


def _find(kept: Mapping[str, Sequence[Kept]], device: Device) -> Iterator[Hit]:
    groups: dict[str, list[Kept]] = {}
    for row in kept["apps"]:
        groups.setdefault(_way(row.row), []).append(row)
    for way, rows in groups.items():
        text = f"rule.application-source.{way}"
        if rows[0].row["metadata"] == "store":
            yield from (Hit(rows=(row,), says=t(text, n=1), at=row.row["purchased"]) for row in rows)
        else:  # one finding for all: backups of some programs hold no metadata at all
            yield Hit(rows=tuple(rows[:20]), says=t(text, n=len(rows)))


RULE = Rule(
    name="application-source",
    title="App that did not come from the App Store",
    shows=Shows.POSTURE,
    strength=Strength.WEAK,
    reads={
        "apps": Reads(
            artefact="ios.applications",
            columns=("bundle", "source_app", "metadata", "purchased"),
            keep=_keep,
        )
    },
    find=_find,
    innocent=(
        "Employers, developers, test programmes and other stores install apps this way.",
        "Some backup programs leave the metadata out.",
    ),
    basis="Google, 2022-06-23: Hermit came as an app signed with a company's certificate. The reference tool "
    "warns of such apps; its users report false alarms.",
)
