"""Products and services."""

from __future__ import annotations

from sousveil.register.types.codelists import TECHNOLOGY
from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="SurveillanceProduct",
    label="Product or service",
    plural="Products and services",
    what="A product or service for surveillance, by the name under which it is sold or known, such as Pegasus.",
    extends="Thing",
    properties=(
        Property("vendor", "Vendor", "entity", range=("LegalEntity",)),
        Property("category", "Technology", "code", codes=TECHNOLOGY),
        Property("controlCode", "Export control code", "identifier"),
        Property("version", "Version", "identifier"),
        Property("partOf", "Part of", "entity", range=("SurveillanceProduct",)),
        Property(
            "worksBy",
            "Works by",
            "code",
            what="How it gets at the data.",
            codes={
                "device-intrusion": "breaking into single devices",
                "weakening-encryption": "weakening encryption for everyone",
                "network-access": "access to networks",
                "public-sources": "public sources",
                "seized-devices": "seized devices",
                "other": "other",
            },
        ),
    ),
    ftm="Asset",
)
