"""Edge's history, in Chromium's layout. The place follows the pattern of Chromium browsers and was not confirmed on a
phone."""

from __future__ import annotations

from sousveil.artefacts.chromium import history
from sousveil.artefacts.model import At, Seen

ARTEFACT = history(
    "ios.edge_history",
    "Edge history",
    "Edge",
    (At.app("com.microsoft.msedge*", "Library/Application Support/*/History"),),
    ("com.microsoft.msedge",),
    (Seen(versions="Edge of iOS 12 to 26", basis="recalled; place not confirmed", verified=False),),
    optional="its place was not confirmed on a phone",
)
