"""An app from outside a store that may read the screen, read notifications or administer the phone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sousveil.acquisition.model import Device
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule
from sousveil.texts import several, t

STORES = frozenset(
    (
        "com.android.vending",
        "com.google.android.packageinstaller.store",
        "com.amazon.venezia",
        "com.sec.android.app.samsungapps",
        "com.huawei.appmarket",
        "com.xiaomi.market",
        "com.xiaomi.mipicks",
        "com.heytap.market",
        "com.oppo.market",
        "com.bbk.appstore",
        "com.vivo.appstore",
        "com.hihonor.appmarket",
        "com.aurora.store",
        "org.fdroid.fdroid",
        "org.fdroid.basic",
        "app.accrescent.client",
        "app.grapheneos.apps",
    )
)
"""Installers that are shops. An app of theirs was chosen in the open, which does not make it harmless."""
_POWERS = ("accessibility", "admin", "notifications")


def _keep_packages(columns: Columns) -> list[int]:
    rows = zip(columns["system"], columns["hidden"], columns["installer"], columns["code_path"], strict=True)
    return [
        at
        for at, (system, hidden, installer, path) in enumerate(rows)
        if system == 0 and not hidden and path and installer not in STORES
    ]


def _keep_enabled(columns: Columns) -> list[int]:
    return [at for at, enabled in enumerate(columns["enabled"]) if enabled]


def _keep_all(columns: Columns) -> list[int]:
    return list(range(len(columns["package"])))


def _keep_allowed(columns: Columns) -> list[int]:
    return [at for at, state in enumerate(columns["state"]) if state == "allowed"]


def _find(kept: Mapping[str, Sequence[Kept]], device: Device) -> Iterator[Hit]:
    powers: dict[str, dict[str, Kept]] = {}
    for name in _POWERS:
        for row in kept[name]:
            if row.row["package"]:
                powers.setdefault(row.row["package"], {}).setdefault(name, row)
    done: set[str] = set()
    for package in kept["packages"]:
        name = package.row["package"]
        held = powers.get(name)
        if not held or name in done:
            continue
        done.add(name)
        # One such right alone is common among apps that people install by themselves.
        several_rights = "accessibility" in held and len(held) > 1
        developed = bool(package.row["debuggable"] or package.row["test_only"])
        what = several([t(f"rule.android-sideloaded-power.{power}") for power in _POWERS if power in held])
        yield Hit(
            rows=(package, *held.values()),
            says=t("rule.android-sideloaded-power.says", what=what),
            at=package.row["first_installed"],
            strength=None if several_rights and not developed else Strength.WEAK,
        )


RULE = Rule(
    name="android-sideloaded-power",
    title="App from outside a store with power over the phone",
    shows=Shows.PRESENCE,
    strength=Strength.LEAD,
    reads={
        "packages": Reads(
            artefact="android.packages",
            columns=(
                "package",
                "system",
                "hidden",
                "installer",
                "code_path",
                "debuggable",
                "test_only",
                "first_installed",
            ),
            keep=_keep_packages,
        ),
        "accessibility": Reads(
            artefact="android.accessibility", columns=("package", "state", "enabled"), keep=_keep_enabled
        ),
        "admin": Reads(artefact="android.device_policy", columns=("package", "power"), keep=_keep_all),
        "notifications": Reads(
            artefact="android.notification_listeners", columns=("package", "state"), keep=_keep_allowed
        ),
    },
    find=_find,
    innocent=(
        "Apps for people with disabilities, password managers, watches and parental controls need such rights.",
        "People who use another store, or test their own apps, install apps in this way.",
    ),
    basis="Stalkerware is installed by hand and asks for these rights (ECHAP, Coalition Against Stalkerware); not measured on "
    "a large number of phones.",
)
