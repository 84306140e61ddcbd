"""Contracts of public buyers."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="Contract",
    label="Contract",
    plural="Contracts",
    what="A contract by which a public body buys, bought or plans to buy. Where it was published as open contracting data, "
    "the publication is kept word for word beside it.",
    extends="Thing",
    properties=(
        Property("title", "Title", "name", ftm="title", multilingual=True),
        Property("buyer", "Buyer", "entity", range=("LegalEntity",), ftm="authority"),
        Property("supplier", "Supplier", "entity", range=("LegalEntity",)),
        Property("product", "Product", "entity", range=("SurveillanceProduct",)),
        Property("amount", "Value", "money", what="Currency and number."),
        Property("contractDate", "Signed on", "date", ftm="contractDate", many=False),
        Property("startDate", "From", "date", many=False),
        Property("endDate", "Until", "date", many=False),
        Property(
            "stage",
            "Stage",
            "code",
            codes={
                "planned": "planned",
                "tendered": "put out to tender",
                "awarded": "awarded",
                "signed": "signed",
                "performed": "being or having been performed",
                "ended": "ended",
            },
        ),
        Property("status", "Status", "name", ftm="status"),
        Property(
            "method", "How it was let", "name", what="Open tender, direct award, through a framework.", ftm="method"
        ),
        Property(
            "ocid",
            "Contracting process (ocid)",
            "identifier",
            what="Its number where it is published as open contracting data.",
            ftm="procedureNumber",
        ),
        Property("contractId", "Number of the contract", "identifier"),
        Property("withheld", "Withheld", "text", what="What is not published, on which ground, until when."),
        Property("publication", "Publication, SHA-256", "identifier", scheme="sha256"),
    ),
    caption=("title", "name", "ocid", "recordId"),
    start="startDate",
    end="endDate",
    stage="stage",
    ftm="Contract",
)
