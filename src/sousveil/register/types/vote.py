"""A member's vote: letter, demand (h)."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="Vote",
    label="Vote",
    plural="Votes",
    what="A seat of an oversight body voted on a proposal, with reasons on necessity, proportionality and legality. "
    "The seat is named, not the person.",
    extends="Event",
    properties=(
        Property("body", "Body", "entity", range=("OversightBody",), required=True, ftm="organizer"),
        Property("about", "About", "entity", range=("Thing", "Interval"), required=True),
        Property(
            "seat", "Seat", "entity", what="The membership for which you vote.", range=("Membership",), required=True
        ),
        Property(
            "choice",
            "Vote",
            "code",
            codes={
                "for": "for",
                "against": "against",
                "abstained": "abstained",
                "recused": "did not take part because of an interest",
            },
            required=True,
            many=False,
        ),
        Property(
            "necessity", "Reasons: necessity", "text", what="Is it needed? Is there no milder way?", multilingual=True
        ),
        Property(
            "proportionality",
            "Reasons: proportionality",
            "text",
            what="Does what it brings outweigh what it takes?",
            multilingual=True,
        ),
        Property(
            "legality",
            "Reasons: legality",
            "text",
            what="On which law does it rest, and is that law clear?",
            multilingual=True,
        ),
    ),
    caption=("name", "summary", "choice"),
    ftm="Event",
)
