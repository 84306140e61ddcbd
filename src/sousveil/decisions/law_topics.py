"""What each demand asks of a law on its topic: one list for rules and forms."""

from __future__ import annotations

from collections.abc import Mapping

PROFILE = (
    "foreseeable-law", "prior-authorisation", "suspicion-test", "strict-necessity", "time-limit", "supervision", "notice-or-remedy",
    "data-destruction",
)  # fmt: skip
"""What the courts ask of a law on surveillance."""
ASKED: Mapping[str, tuple[str, ...]] = {
    "due-diligence": (
        "covers-companies", "covers-investors", "covers-operations", "covers-supply-chain", "covers-end-use",
    ),
    "transparency": ("covers-companies", "public-registry"),
    "liability": (
        "covers-intermediaries", "covers-affiliates", "covers-holdings", "covers-private-equity", "liability", "home-state-remedy",
    ),
    "oversight": ("independent-oversight",),
    "community-boards": ("board-approval", "human-rights-test", "public-notice", "reporting"),
    "remedy": ("remedy-pathway",),
    "safeguards": (*PROFILE, "accountability", "remedy-pathway"),
    "securities": ("disclosure-scrutiny", "prior-review"),
    "encryption": ("protects-encryption",),
}  # fmt: skip
"""Topic -> what the demand asks of such a law, in the order of its codes: rules ask for these, and its form shows them first."""
