"""Clients that a vendor turned away."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="ClientRejection",
    label="Rejected client",
    plural="Rejected clients",
    what="A vendor refused or ended business with a client because of human rights. The client need not be named.",
    extends="Event",
    properties=(
        Property("vendor", "Vendor", "entity", range=("LegalEntity",), ftm="organizer", required=True),
        Property("client", "Client", "entity", what="May be left out.", range=("LegalEntity",), ftm="involved"),
        Property("clientCountry", "Country of the client", "country", ftm="country"),
        Property("clientCategory", "Kind of client", "name", what="Police, intelligence service, army, private."),
        Property("product", "Product", "entity", range=("SurveillanceProduct",)),
        Property(
            "reason",
            "Reason given",
            "text",
            what="Which standard of human rights or good governance it failed.",
            multilingual=True,
        ),
        Property(
            "action",
            "What was done",
            "code",
            codes={
                "refused": "refused before a contract",
                "suspended": "service suspended",
                "terminated": "contract ended",
            },
        ),
    ),
    caption=("name", "summary", "reason"),
    told_by=(("vendor",), ("product",)),
    ftm="Event",
)
