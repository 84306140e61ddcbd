"""A word of an authority that a rule asks for."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="OfficialNotice",
    label="Official notice or certificate",
    plural="Official notices and certificates",
    what="An authority told somebody something that a law makes count: that an item is meant for repression, that a "
    "head of agency certified, that a declaration was signed.",
    extends="Event",
    properties=(
        Property("authority", "Authority", "entity", range=("LegalEntity",), required=True, ftm="organizer"),
        Property("recipient", "To", "entity", range=("LegalEntity",), ftm="involved"),
        Property("product", "Product", "entity", range=("SurveillanceProduct",)),
        Property("destination", "Destination", "country"),
        Property("endUser", "End user", "entity", range=("LegalEntity",)),
        Property(
            "noticeKind",
            "What",
            "code",
            codes={
                "informed-of-repression": "the item is or may be meant for internal repression or serious violations",
                "informed-of-military-use": "the item is or may be meant for military use under an embargo",
                "informed-of-parts": "the item is or may be meant as a part of military goods that left a State without permission",
                "consultation": "the State where the goods lie was asked",
                "objection": "an objection of the State where the goods lie",
                "licence-report": "a yearly public report on licences for such technology",
                "certification": "a head of agency certified the use",
                "end-use-declaration": "a buying State signed an end-use declaration",
                "risk-finding": "a finding of significant risk",
                "registration-certificate": "a certificate of registration as exporter",
                "other": "other",
            },
            required=True,
            many=False,
        ),
        Property(
            "outcome",
            "Outcome",
            "code",
            what="What came of it, where it was asked for.",
            codes={"given": "given", "refused": "refused", "withdrawn": "withdrawn"},
            many=False,
        ),
        Property("expiresOn", "Valid until", "date", many=False),
    ),
    caption=("name", "summary", "noticeKind"),
    ftm="Event",
)
