"""An order to revoke all licences of a group: letter, demand to the exporting States."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="RevocationOrder",
    label="Revocation order",
    plural="Revocation orders",
    what="A State drafts or issues an order that revokes the licences of a company and its entities. A draft revokes "
    "nothing.",
    extends="Document",
    properties=(
        Property("authority", "Authority", "entity", range=("PublicBody",), required=True),
        Property("company", "Company or group", "entity", range=("LegalEntity",), required=True),
        Property("licence", "Licences", "entity", range=("ExportLicence",)),
        Property(
            "status",
            "Status",
            "code",
            codes={"draft": "draft", "issued": "issued", "refused": "refused"},
            required=True,
            many=False,
        ),
        Property("issuedOn", "Issued on", "date", many=False),
        Property("dueOn", "Due on", "date", many=False),
        Property("reason", "Reasons", "text", multilingual=True),
    ),
    ftm="Document",
)
