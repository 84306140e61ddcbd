"""Histories of Chrome and browsers made from it, which AndroidQF copies from rooted phones and adb backups may hold."""

from __future__ import annotations

import msgspec

from sousveil.artefacts.chromium import history
from sousveil.artefacts.model import At, Seen

_HISTORY = history(
    "android.chrome_history",
    "Browser history (Chromium)",
    "a browser",
    (
        At.anywhere("browser_history/*/History"),
        At.anywhere("*/browser_history/*/History"),
        *(
            At.anywhere(f"{folder}/app_*/{profile}/History")
            for folder in ("apps/*/r", "data/*")
            for profile in ("Default", "Profile *")
        ),
    ),
    (),
    (
        Seen(
            versions="AndroidQF of August 2026 and later; adb backups; dumps",
            basis="layout from the reference tool's output and Chromium's documentation, recalled",
            verified=False,
        ),
    ),
    optional="only of rooted phones, of browsers that allow adb backups, and of dumps",
)
ARTEFACT = msgspec.structs.replace(_HISTORY, acquisitions=("androidqf", "android-backup", "dump"))
