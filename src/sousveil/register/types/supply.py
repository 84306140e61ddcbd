"""Deliveries and sales."""

from __future__ import annotations

from sousveil.register.types.codelists import CLIENT_STAGES
from sousveil.register.types.model import Edge, Property, RecordType

TYPE = RecordType(
    name="Supply",
    label="Supply",
    plural="Supplies",
    what="A product or service went, or was ordered to go, from a supplier to a recipient.",
    extends="Interval",
    properties=(
        Property("supplier", "Supplier", "entity", range=("LegalEntity",), ftm="sender", required=True),
        Property("recipient", "Recipient", "entity", range=("LegalEntity",), ftm="receiver"),
        Property("product", "Product", "entity", range=("SurveillanceProduct",)),
        Property("goods", "What was supplied", "text", ftm="goodsDescription", multilingual=True),
        Property("quantity", "Quantity", "number"),
        Property("unit", "Unit", "name"),
        Property("amount", "Price", "money", ftm="invoiceAmount"),
        Property("destination", "Destination", "country", ftm="destinationCountry"),
        Property("origin", "From country", "country", ftm="originCountry"),
        Property("clientStage", "How firmly the recipient is known", "code", codes=CLIENT_STAGES, many=False),
        Property("licence", "Export licence", "entity", range=("ExportLicence",)),
        Property("contract", "Contract", "entity", range=("Contract",), ftm="contract"),
    ),
    caption=("summary", "goods", "recordId"),
    edge=Edge("supplier", "recipient", "supplied"),
    stage="clientStage",
    ftm="EconomicActivity",
)
