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
        Property("body", "Body", "entity", what="The body to which one turns.", range=("LegalEntity",)),
        Property(
            "against",
            "Against",
            "code",
            what="Against whom it helps: companies based in this State, or users of such technology there.",
            codes={"home": "companies seated in the State", "host": "use by the State or on its territory"},
        ),
        Property(
            "status",
            "Open",
            "code",
            what="Whether it is open to those concerned.",
            codes={"open": "open", "barred": "barred", "closed": "closed"},
            many=False,
        ),
        Property(
            "practice",
            "In practice",
            "text",
            multilingual=True,
            what="Cases that were heard, and their result. No names of those concerned.",
        ),
        Property("casesHeard", "Cases heard", "number", many=False),
        Property(
            "howTo", "How to turn to it", "text", what="How to complain: forms, language, cost.", multilingual=True
        ),
        Property("contact", "Contact", "text", what="Address, telephone, e-mail of the body.", multilingual=True),
        Property(
            "timeLimit",
            "Time limit",
            "text",
            what="Within which time a complaint has to arrive, and from which day.",
            multilingual=True,
        ),
        Property(
            "legalAid", "Legal aid", "text", what="Who pays a lawyer, or helps without payment.", multilingual=True
        ),
        Property("startDate", "Since", "date", many=False),
        Property("endDate", "Until", "date", what="Where it goes on, say so with “Holds until”.", many=False),
    ),
    start="startDate",
    end="endDate",
    ftm="Article",
)
