"""What a State does to halt sale, transfer or use: letter, demand (a)."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="MoratoriumMeasure",
    label="Moratorium measure",
    plural="Moratorium measures",
    what="A State halts the sale, transfer or use of surveillance technology, wholly or partly, for a time; or ends "
    "such a halt.",
    extends="Interval",
    properties=(
        Property("state", "State", "entity", range=("PublicBody",), required=True, ftm="entity"),
        Property("country", "Country", "country"),
        Property(
            "measureKind",
            "Kind",
            "code",
            codes={
                "moratorium": "halt until rules are in force",
                "ban": "forbidden without an end",
                "partial": "halt of a part, or with wide exceptions",
                "lifted": "act that ends a halt",
            },
            required=True,
        ),
        Property(
            "covers",
            "Covers",
            "code",
            codes={"sale": "sale", "transfer": "transfer and export", "use": "use"},
            what="Each activity that it halts, or sets free again.",
        ),
        Property("scope", "Scope", "text", multilingual=True),
        Property("exception", "Exception", "text", multilingual=True),
        Property(
            "excepts",
            "Leaves out",
            "entity",
            range=("LegalEntity", "SurveillanceProduct"),
            what="Each body, company or product that the exception names.",
        ),
        Property("legalBasis", "Legal basis", "text", multilingual=True),
        Property(
            "status",
            "Status",
            "code",
            codes={"announced": "announced", "in-force": "in force", "ended": "ended"},
            many=False,
        ),
        Property("law", "Law", "entity", range=("Law",)),
    ),
    caption=("summary", "measureKind", "recordId"),
    ftm="Note",
)
