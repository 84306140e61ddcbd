"""Histories of Chrome and browsers made from it, which AndroidQF copies from rooted phones."""

from __future__ import annotations

from dataclasses import replace

from sousveil.artefacts.chromium import history
from sousveil.artefacts.model import At, Seen

_HISTORY = history(
    "android.chrome_history",
    "Browser history (Chromium)",
    "a browser",
    (At.anywhere("browser_history/*/History"), At.anywhere("*/browser_history/*/History")),
    (),
    (
        Seen(
            versions="AndroidQF of August 2026 and later",
            basis="layout from the reference tool's output and Chromium's documentation, recalled",
            verified=False,
        ),
    ),
    optional="only of rooted phones",
)
ARTEFACT = replace(_HISTORY, acquisitions=("androidqf",))
