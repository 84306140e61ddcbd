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
        Property(
            "company",
            "Company",
            "entity",
            what="The company whose business it looks at.",
            range=("LegalEntity",),
            required=True,
        ),
        Property("product", "Product", "entity", range=("SurveillanceProduct",)),
        Property("market", "Market", "country"),
        Property("endUser", "End user", "entity", range=("LegalEntity",)),
        Property("periodStart", "Period from", "date", many=False),
        Property("periodEnd", "Period until", "date", many=False),
        Property(
            "identified",
            "Risks identified",
            "text",
            what="Risks and actual harm that were found. “None” needs the reason why.",
            multilingual=True,
        ),
        Property("prevented", "What was done to prevent", "text", multilingual=True),
        Property("mitigated", "What was done to mitigate", "text", multilingual=True),
        Property(
            "accounted",
            "How it is accounted for",
            "text",
            what="How those concerned and the public learn of it.",
            multilingual=True,
        ),
        Property("reviewer", "Examined by", "entity", range=("LegalEntity",)),
        Property(
            "principle",
            "Shown",
            "code",
            codes={
                "gp16": "policy commitment (16)",
                "gp17": "ongoing due diligence (17)",
                "gp18": "assessment with those affected (18)",
                "gp19": "action on findings (19)",
                "gp20": "tracking (20)",
                "gp21": "communication (21)",
                "gp22": "remediation (22)",
            },
            what="UN Guiding Principles for which it holds a dated part.",
        ),
        Property("severeFinding", "Severe findings", "text", multilingual=True),
        Property("actionOnSevere", "What was done about each", "text", multilingual=True),
        Property("expiresOn", "Counts until", "date", many=False),
        Property("reviewNote", "Note of the reviewer", "text", multilingual=True),
        Property(
            "investor", "Investor", "entity", what="The investor, where an investor made it.", range=("LegalEntity",)
        ),
    ),
    ftm="Document",
)
