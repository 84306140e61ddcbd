"""What a company says it examined."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="DueDiligenceReport",
    label="Due-diligence report",
    plural="Due-diligence reports",
    what="A company or investor says what risks to human rights it looked for, found, and acted on. It is the company's own "
    "word unless somebody else examined it.",
    extends="Document",
    properties=(
        Property("company", "Company", "entity", range=("LegalEntity",), required=True),
        Property("product", "Product", "entity", range=("SurveillanceProduct",)),
        Property("market", "Market", "country"),
        Property("endUser", "End user", "entity", range=("LegalEntity",)),
        Property("periodStart", "Period from", "date", many=False),
        Property("periodEnd", "Period until", "date", many=False),
        Property("identified", "Risks identified", "text", multilingual=True),
        Property("prevented", "What was done to prevent", "text", multilingual=True),
        Property("mitigated", "What was done to mitigate", "text", multilingual=True),
        Property("accounted", "How it is accounted for", "text", multilingual=True),
        Property("reviewer", "Examined by", "entity", range=("LegalEntity",)),
    ),
    ftm="Document",
)
