"""Open doors of an Android phone: boot state, keys of the build, debugging, patch level, the check of installed apps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime

from sousveil.acquisition.model import Device
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule
from sousveil.texts import t

OPEN: Mapping[tuple[str, str], str] = {
    ("ro.boot.verifiedbootstate", "orange"): "unlocked",
    ("ro.boot.verifiedbootstate", "red"): "unverified",
    ("ro.boot.verifiedbootstate", "yellow"): "own_key",
    ("ro.boot.flash.locked", "0"): "unlocked",
    ("ro.boot.vbmeta.device_state", "unlocked"): "unlocked",
    ("ro.build.tags", "test-keys"): "test_keys",
    ("ro.debuggable", "1"): "debuggable",
    ("adb_enabled", "1"): "adb",
    ("adb_wifi_enabled", "1"): "adb_wifi",
    ("package_verifier_enable", "0"): "verifier",
    ("package_verifier_user_consent", "-1"): "verifier",
}
"""Property or setting with its value -> name of the text that says what it means."""
PATCH = "ro.build.version.security_patch"
OLD_DAYS = 365
"""Days without a security update before the report was made."""
_NAMES = frozenset(name for name, _ in OPEN) | {PATCH}


def _keep(columns: Columns) -> list[int]:
    return [at for at, name in enumerate(columns["name"]) if name in _NAMES]


def _old(value: str, device: Device) -> bool:
    try:
        patched = date.fromisoformat(value)
    except ValueError:
        return False
    made = device.last_backup
    return made is not None and (datetime.fromtimestamp(made / 1e6, UTC).date() - patched).days > OLD_DAYS


def _find(kept: Mapping[str, Sequence[Kept]], device: Device) -> Iterator[Hit]:
    seen: set[str] = set()
    for row in (*kept["properties"], *kept["settings"]):
        name, value = row.row["name"], str(row.row["value"] or "")
        meaning = OPEN.get((name, value))
        if name == PATCH and _old(value, device):
            meaning = "old_patch"
        if meaning is not None and meaning not in seen:
            seen.add(meaning)
            yield Hit(rows=(row,), says=t(f"rule.android-posture.{meaning}"))


RULE = Rule(
    name="android-posture",
    title="Open doors of the phone",
    shows=Shows.POSTURE,
    strength=Strength.WEAK,
    reads={
        "properties": Reads(artefact="android.properties", columns=("name", "value"), keep=_keep),
        "settings": Reads(artefact="android.settings", columns=("name", "value"), keep=_keep),
    },
    find=_find,
    innocent=("Developers, people with another system on their phone, and phones without updates show the same.",),
    basis="Meaning of the properties as Android documents them (verified boot, build tags, security patch level).",
)
