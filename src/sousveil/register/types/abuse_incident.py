"""Abuse of surveillance technology."""

from __future__ import annotations

from sousveil.register.types.codelists import CLIENT_STAGES, TARGET_CATEGORIES, TARGET_STAGES
from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="AbuseIncident",
    label="Abuse incident",
    plural="Abuse incidents",
    what="Somebody was selected, targeted or infected. These are three different things, and no page says more than the "
    "source does. The people concerned and their families are not named without their living consent.",
    extends="Event",
    properties=(
        Property("stage", "How far it went", "code", codes=TARGET_STAGES, required=True, many=False),
        Property("product", "Product", "entity", range=("SurveillanceProduct",)),
        Property("vendor", "Vendor of the product", "entity", range=("LegalEntity",)),
        Property("client", "Operator", "entity", range=("LegalEntity",)),
        Property("clientStage", "How firmly the operator is known", "code", codes=CLIENT_STAGES, many=False),
        Property("targetCategory", "Who was concerned", "code", codes=TARGET_CATEGORIES, what="Never a name."),
        Property("targetCountry", "Country of those concerned", "country", ftm="country"),
        Property("targets", "Number of people", "number", many=False),
        Property("method", "How it was found out", "text", multilingual=True),
        Property("finding", "Forensic finding", "entity", range=("Finding",)),
    ),
    told_by=(("product", "vendor"), ("country", "targetCountry")),
    stage="stage",
    ftm="Event",
)
