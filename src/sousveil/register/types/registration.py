"""A company registers itself: letter, demand (d)."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="Registration",
    label="Registration",
    plural="Registrations",
    what="A company registers itself as one that makes or trades surveillance technology and declares what the letter "
    "asks for. What is declared is the company's own word until the State has countersigned, and even then its "
    "word.",
    extends="Interval",
    properties=(
        Property("company", "Company", "entity", range=("LegalEntity",), required=True, ftm="entity"),
        Property("authority", "Registry kept by", "entity", range=("PublicBody",)),
        Property("registrationNumber", "Number", "identifier"),
        Property(
            "declares",
            "Declared in full",
            "code",
            codes={
                "identity": "who it is and who controls it",
                "intermediaries": "its intermediaries and affiliates",
                "products": "its products and services",
                "due-diligence": "results of due diligence",
                "impacts": "how risks and impacts were handled",
                "sales": "sales made",
                "rejections": "clients rejected, and why",
            },
            what="Parts that the company says are complete. A part counts only with the company's own records of it.",
        ),
        Property(
            "declaresNone",
            "Declared to be none",
            "code",
            what="Parts of which there is nothing: no intermediary, no sale, no client refused.",
            codes={
                "intermediaries": "it has no intermediaries",
                "sales": "it made no sales",
                "rejections": "it rejected no client",
                "impacts": "it knows of no impact",
            },
        ),
        Property(
            "status",
            "Status",
            "code",
            codes={"submitted": "submitted", "amended": "amended", "withdrawn": "withdrawn"},
            many=False,
        ),
        Property(
            "amends",
            "Replaces",
            "entity",
            range=("Registration",),
            what="The earlier registration of the same company that this amendment replaces.",
        ),
    ),
    caption=("summary", "registrationNumber", "recordId"),
    ftm="Note",
)
