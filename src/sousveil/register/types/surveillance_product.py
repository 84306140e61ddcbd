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
    ),
    ftm="Asset",
)
