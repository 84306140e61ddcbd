"""Shares and bonds that are traded."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="Security",
    label="Security",
    plural="Securities",
    what="A share or bond of a company that can be bought, with its ticker and exchange.",
    extends="Thing",
    properties=(
        Property("issuer", "Issued by", "entity", range=("LegalEntity",), ftm="issuer"),
        Property("isin", "ISIN", "identifier", ftm="isin", scheme="isin"),
        Property("ticker", "Ticker", "identifier", ftm="ticker"),
        Property("exchange", "Exchange", "name"),
        Property("type", "Kind", "name", ftm="type"),
        Property("issueDate", "Issued on", "date", ftm="issueDate", many=False),
    ),
    caption=("name", "ticker", "isin"),
    start="issueDate",
    ftm="Security",
)
