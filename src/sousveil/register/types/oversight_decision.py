"""Decisions of oversight bodies."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="OversightDecision",
    label="Decision",
    plural="Decisions",
    what="An oversight body, council or court approved, rejected or ended an acquisition or use, with its reasons.",
    extends="Event",
    properties=(
        Property("body", "Decided by", "entity", range=("LegalEntity",), ftm="organizer", required=True),
        Property("about", "About", "entity", range=("Thing", "Interval"), ftm="involved"),
        Property(
            "outcome",
            "Outcome",
            "code",
            required=True,
            codes={
                "approved": "approved",
                "approved-with-conditions": "approved with conditions",
                "rejected": "rejected",
                "suspended": "suspended",
                "ended": "ended",
                "opinion": "opinion only",
            },
        ),
        Property("reason", "Reasons", "text", multilingual=True),
        Property("condition", "Condition", "text", what="Each condition of an approval.", multilingual=True),
        Property("expiryDate", "Valid until", "date", what="Last day of an approval.", many=False),
        Property("votesFor", "Votes for", "number", many=False),
        Property("votesAgainst", "Votes against", "number", many=False),
    ),
    caption=("name", "summary", "outcome"),
    ftm="Event",
)
