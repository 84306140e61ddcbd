"""Apps that did not come from the App Store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sousveil.acquisition.model import Device
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule

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


def _says(row: Mapping[str, object]) -> str:
    if row["metadata"] == "none":
        return "An app is installed of which the backup holds no metadata of the store."
    if row["metadata"] == "damaged":
        return "An app is installed whose metadata of the store is damaged."
    if row["source_app"] == _TEST:
        return "An app was installed as a test version, past the review of the store."
    return "An app was installed by a program other than the App Store."


def _find(kept: Mapping[str, Sequence[Kept]], device: Device) -> Iterator[Hit]:
    groups: dict[str, list[Kept]] = {}
    for row in kept["apps"]:
        groups.setdefault(_says(row.row), []).append(row)
    for says, rows in groups.items():
        if rows[0].row["metadata"] == "store":
            yield from (Hit(rows=(row,), says=says, at=row.row["purchased"]) for row in rows)
        else:  # one finding for all: backups of some programs hold no metadata at all
            yield Hit(rows=tuple(rows[:20]), says=says if len(rows) == 1 else f"{says} ({len(rows)} apps)")


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
