"""Chrome's history: visits with how each came about, and typed searches."""

from __future__ import annotations

from sousveil.artefacts.chromium import history
from sousveil.artefacts.model import At, Seen

ARTEFACT = history(
    "ios.chrome_history",
    "Chrome history",
    "Chrome",
    (At.app("com.google.chrome.ios*", "Library/Application Support/Google/Chrome/*/History"),),
    ("com.google.chrome.ios",),
    (
        Seen(
            versions="Chrome of iOS 12 to 26",
            basis="layout from the reference tool's output and Chromium's documentation",
            verified=True,
        ),
    ),
)
