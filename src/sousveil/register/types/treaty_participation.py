"""A State's part in making standards: letter, demand (j)."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="TreatyParticipation",
    label="Part in a treaty or process",
    plural="Parts in treaties and processes",
    what="A State takes part in a treaty, arrangement or process that makes rules for surveillance technology: in "
    "which role, and what it gave to it.",
    extends="Interval",
    properties=(
        Property("state", "State", "entity", range=("PublicBody",), required=True, ftm="entity"),
        Property("country", "Country", "country"),
        Property("forum", "Treaty or process", "name", required=True),
        Property(
            "participation",
            "Role",
            "code",
            codes={
                "party": "party",
                "supporter": "supports a declaration",
                "participant": "takes part in the work",
                "contributor": "proposed or led a part of it",
                "observer": "observes",
            },
            required=True,
            many=False,
        ),
        Property("contribution", "What it gave to it", "text", multilingual=True),
    ),
    caption=("forum", "summary"),
    ftm="Note",
)
