"""Who funds."""

from __future__ import annotations

from sousveil.register.types.model import Edge, Property, RecordType

TYPE = RecordType(
    name="Investment",
    label="Investment",
    plural="Investments",
    what="Money given to a company by an investor, fund or State: who funds. Shares that are held are an Ownership.",
    extends="Interval",
    properties=(
        Property("investor", "Investor", "entity", range=("LegalEntity",), ftm="subject", required=True),
        Property("recipient", "Recipient", "entity", range=("LegalEntity",), ftm="object", required=True),
        Property("amount", "Amount", "money"),
        Property("form", "Form", "name", what="Equity, loan, grant, as the source calls it.", ftm="role"),
    ),
    edge=Edge("investor", "recipient", "funds"),
    ftm="UnknownLink",
)
