"""Licences to export, broker or market."""

from __future__ import annotations

from sousveil.register.types.codelists import LICENCE_STATUS
from sousveil.register.types.model import Edge, Property, RecordType

TYPE = RecordType(
    name="ExportLicence",
    label="Licence",
    plural="Licences",
    what="A State allows, or refuses to allow, somebody to export, broker or market a product to a destination. What "
    "happened to it later, such as a revocation, stands in its events.",
    extends="Thing",
    properties=(
        Property("licensee", "Licensee", "entity", what="Who may market or export.", range=("LegalEntity",)),
        Property("issuer", "Issued by", "entity", range=("PublicBody",), ftm="authority"),
        Property("product", "Product", "entity", range=("SurveillanceProduct",)),
        Property("goods", "Goods", "text", ftm="commodities", multilingual=True),
        Property("goodsCode", "Export control code", "identifier"),
        Property("destination", "Destination", "country"),
        Property(
            "goodsIn", "Where the goods lie", "country", what="Where it is another State than that of the issuer."
        ),
        Property("endUser", "End user", "entity", range=("LegalEntity",)),
        Property(
            "licenceKind",
            "Kind",
            "code",
            ftm="type",
            codes={
                "export": "export",
                "temporary-export": "temporary export, such as a demonstration",
                "brokering": "brokering",
                "transit": "transit",
                "technical-assistance": "technical assistance",
                "marketing": "marketing",
            },
        ),
        Property("status", "Status", "code", ftm="status", codes=LICENCE_STATUS),
        Property(
            "licenceNumber",
            "Number",
            "identifier",
            what="The number that the authority gave it.",
            ftm="procedureNumber",
        ),
        Property("amount", "Value", "money"),
        Property("quantity", "Quantity", "number"),
        Property("issueDate", "Issued on", "date", ftm="contractDate", many=False),
        Property("expiryDate", "Expires on", "date", many=False),
        Property("condition", "Condition", "text", multilingual=True),
        Property("withheld", "Withheld", "text", what="What is not published, on which ground, until when."),
    ),
    caption=("name", "licenceNumber", "summary", "recordId"),
    edge=Edge("issuer", "licensee", "licensed"),
    start="issueDate",
    end="expiryDate",
    ftm="License",
)
