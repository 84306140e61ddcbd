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
        Property(
            "state",
            "State",
            "entity",
            what="The State, or the authority that took the measure.",
            range=("PublicBody",),
            required=True,
            ftm="entity",
        ),
        Property("country", "Country", "country"),
        Property(
            "measureKind",
            "Kind",
            "code",
            what="An act that ends a halt is a measure of its own.",
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
        Property(
            "scope",
            "Scope",
            "text",
            what="Which technology and whose activity it covers, in a sentence.",
            multilingual=True,
        ),
        Property(
            "exception",
            "Exception",
            "text",
            what="What it leaves out. Leave it empty only where it has no exception.",
            multilingual=True,
        ),
        Property(
            "excepts",
            "Leaves out",
            "entity",
            range=("LegalEntity", "SurveillanceProduct"),
            what="Each body, company or product that the exception names.",
        ),
        Property(
            "legalBasis", "Legal basis", "text", what="Act, decree or decision, with its number.", multilingual=True
        ),
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
