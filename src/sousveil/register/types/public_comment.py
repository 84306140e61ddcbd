"""What somebody says of a proposal: letter, demand (h)."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="PublicComment",
    label="Public comment",
    plural="Public comments",
    what="Somebody commented on a proposal within its time. No natural person is named: it says in which capacity they "
    "speak.",
    extends="Event",
    properties=(
        Property("acquisition", "Proposal", "entity", range=("Acquisition",), required=True, ftm="involved"),
        Property(
            "organization",
            "Made by",
            "entity",
            what="The organization that comments, if it is one.",
            range=("Organization",),
            ftm="organizer",
        ),
        Property(
            "capacity",
            "Speaks as",
            "code",
            codes={
                "resident": "resident",
                "affected": "somebody affected",
                "organization": "organization",
                "expert": "expert",
                "vendor": "vendor",
            },
            required=True,
            many=False,
        ),
        Property(
            "position",
            "Position",
            "code",
            codes={"for": "for", "against": "against", "conditions": "for, on conditions", "question": "question"},
            many=False,
        ),
        Property("comment", "Comment", "text", multilingual=True, required=True),
    ),
    caption=("name", "summary", "capacity"),
    ftm="Event",
)
