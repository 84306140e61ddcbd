"""Where those harmed can turn: letter, demand (i)."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="RemedyPath",
    label="Path to remedy",
    plural="Paths to remedy",
    what="A court, ombudsman or other place to which people harmed by surveillance can turn in a State, and whether "
    "that works in practice.",
    extends="Thing",
    properties=(
        Property(
            "pathKind",
            "Kind",
            "code",
            codes={
                "court": "court",
                "ombudsman": "ombudsman",
                "human-rights-institution": "national human rights institution",
                "data-protection": "data protection authority",
                "national-contact-point": "national contact point for the conduct of companies",
                "parliament": "committee of parliament",
                "regulator": "regulator",
                "treaty-body": "committee of the United Nations",
            },
            required=True,
            many=False,
        ),
        Property("body", "Body", "entity", range=("LegalEntity",)),
        Property(
            "against",
            "Against",
            "code",
            codes={"home": "companies seated in the State", "host": "use by the State or on its territory"},
        ),
        Property("status", "Open", "code", codes={"open": "open", "barred": "barred", "closed": "closed"}, many=False),
        Property(
            "practice", "In practice", "text", multilingual=True, what="Cases that were heard, with their result."
        ),
        Property("casesHeard", "Cases heard", "number", many=False),
        Property("howTo", "How to turn to it", "text", multilingual=True),
        Property("contact", "Contact", "text", multilingual=True),
        Property("timeLimit", "Time limit", "text", multilingual=True),
        Property("legalAid", "Legal aid", "text", multilingual=True),
        Property("startDate", "Since", "date", many=False),
        Property("endDate", "Until", "date", many=False),
    ),
    start="startDate",
    end="endDate",
    ftm="Article",
)
