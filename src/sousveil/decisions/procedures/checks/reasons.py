"""Reasons: of a decision, a vote, a rejection. A dot or a dash gives none."""

from __future__ import annotations

from sousveil.decisions.procedures.checks.model import Check, Publication
from sousveil.register.model import Stance
from sousveil.register.types.cleaning import says_something

GIVEN = ("reason", "necessity", "proportionality", "legality")
"""Properties in which reasons are given."""
TYPES = (
    "LicenceEvent",
    "LicenceReview",
    "OversightDecision",
    "Vote",
    "Countersignature",
    "RevocationOrder",
    "ClientRejection",
)


def _check(publication: Publication) -> None:
    for one in publication.statements:
        wanted = one.type in TYPES and one.property in GIVEN and one.stance is not Stance.DENIES
        if wanted and not says_something(one.value):
            publication.refuse(
                one.subject,
                one.property,
                "no_words",
                "Reasons need words: this holds no letter and no digit",
                "Say why, or leave it out: an act without reasons is shown as one.",
            )


CHECKS = (Check(name="reasons", types=TYPES, run=_check),)
