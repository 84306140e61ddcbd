"""Use of a product by a body."""

from __future__ import annotations

from sousveil.register.types.codelists import CLIENT_STAGES
from sousveil.register.types.model import Edge, Property, RecordType

TYPE = RecordType(
    name="Deployment",
    label="Use",
    plural="Uses",
    what="A body uses or used a product, in a country, on a legal basis or without one, from one date until another.",
    extends="Interval",
    properties=(
        Property("product", "Product", "entity", range=("SurveillanceProduct",), ftm="object"),
        Property("body", "Used by", "entity", range=("LegalEntity",), ftm="subject", required=True),
        Property("vendor", "Vendor", "entity", range=("LegalEntity",)),
        Property("country", "Country", "country", what="Country in which it is used."),
        Property("legalBasis", "Legal basis", "text", what="The legal basis that the user names.", multilingual=True),
        Property("purpose", "Stated purpose", "text", multilingual=True),
        Property("policy", "Policy", "entity", range=("Document",)),
        Property("quantity", "Number of devices", "number"),
        Property(
            "clientStage",
            "How firmly the client is known",
            "code",
            what="A potential client is no client: its use is listed apart.",
            ftm="role",
            codes=CLIENT_STAGES,
            many=False,
        ),
        Property("approval", "Approved by", "entity", range=("OversightDecision",)),
    ),
    edge=Edge("body", "product", "uses"),
    stage="clientStage",
    ftm="UnknownLink",
)
