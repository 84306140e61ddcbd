"""Who was awarded a contract."""

from __future__ import annotations

from sousveil.register.types.model import Edge, Property, RecordType

TYPE = RecordType(
    name="ContractAward",
    label="Award",
    plural="Awards",
    what="A supplier was awarded a contract, or a part of it.",
    extends="Interval",
    properties=(
        Property("supplier", "Supplier", "entity", range=("LegalEntity",), ftm="supplier", required=True),
        Property("contract", "Contract", "entity", range=("Contract",), ftm="contract", required=True),
        Property("amount", "Value", "money"),
        Property("status", "Status", "name", ftm="status"),
        Property("awardId", "Number of the award", "identifier", ftm="documentNumber"),
    ),
    edge=Edge("contract", "supplier", "was awarded to"),
    ftm="ContractAward",
)
