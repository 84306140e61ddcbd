"""Opera's history, in Chromium's layout. The place follows the pattern of Chromium browsers and was not confirmed on a
phone."""

from __future__ import annotations

from sousveil.artefacts.chromium import history
from sousveil.artefacts.model import At, Seen

ARTEFACT = history(
    "ios.opera",
    "Opera history",
    "Opera",
    (
        At.app("com.opera.*", "Library/Application Support/*/History"),
        At.app("com.opera.*", "Library/Application Support/History"),
    ),
    ("com.opera.OperaTouch", "com.opera.OPRGX"),
    (Seen(versions="Opera of iOS 12 to 26", basis="recalled; place not confirmed", verified=False),),
    optional="its place was not confirmed on a phone",
)
