"""Opera's history: Chromium's layout in Opera's container; the row keys are those of phonegen.ios.chrome.

The place is a guess by the pattern of Chromium browsers; pass ``domain`` and ``relative`` to Phone.database for
another.
"""

from __future__ import annotations

from phonegen.ios.chrome import VERSIONS, bulk, insert, place, schema

DOMAIN, RELATIVE = place("opera")

__all__ = ["DOMAIN", "RELATIVE", "VERSIONS", "bulk", "insert", "schema"]
