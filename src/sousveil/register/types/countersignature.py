"""A State's word on a registration: letter, demand (d)."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="Countersignature",
    label="Countersignature",
    plural="Countersignatures",
    what="The State in which a company registered confirms or refuses its registration. It confirms identity and "
    "completeness, not conduct.",
    extends="Event",
    properties=(
        Property("registration", "Registration", "entity", range=("Registration",), required=True),
        Property("authority", "Authority", "entity", range=("PublicBody",), required=True, ftm="organizer"),
        Property(
            "outcome",
            "Outcome",
            "code",
            codes={"confirmed": "confirmed", "incomplete": "returned as incomplete", "refused": "refused"},
            required=True,
            many=False,
        ),
        Property("reason", "Reasons", "text", what="What is missing, or why it was refused.", multilingual=True),
    ),
    caption=("name", "summary", "outcome"),
    ftm="Event",
)
