"""Fairs, demonstrations, advertising."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="MarketingEvent",
    label="Marketing event",
    plural="Marketing events",
    what="A fair, demonstration, trial or advertisement at which a product was offered.",
    extends="Event",
    properties=(
        Property("vendor", "Offered by", "entity", range=("LegalEntity",), ftm="involved"),
        Property("product", "Product", "entity", range=("SurveillanceProduct",)),
        Property("audience", "Offered to", "entity", range=("LegalEntity",)),
        Property("place", "Place", "name", what="Town or venue; no address of a person."),
    ),
    told_by=(("product", "vendor"), ("place", "country")),
    ftm="Event",
)
