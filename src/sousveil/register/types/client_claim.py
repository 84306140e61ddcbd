"""Somebody is said to be a client."""

from __future__ import annotations

from sousveil.register.types.codelists import CLIENT_STAGES
from sousveil.register.types.model import Edge, Property, RecordType

TYPE = RecordType(
    name="ClientClaim",
    label="Client claim",
    plural="Client claims",
    what="Somebody is named as a client of a vendor: as a potential client, by report, or confirmed. The stage is what the "
    "source says; a potential client is not a client.",
    extends="Interval",
    properties=(
        Property("client", "Named as client", "entity", range=("LegalEntity",), ftm="subject", required=True),
        Property("vendor", "Vendor", "entity", range=("LegalEntity",), ftm="object"),
        Property("product", "Product", "entity", range=("SurveillanceProduct",)),
        Property("stage", "How firmly it is known", "code", ftm="role", codes=CLIENT_STAGES, required=True, many=False),
    ),
    edge=Edge("client", "vendor", "client of"),
    stage="stage",
    ftm="UnknownLink",
)
