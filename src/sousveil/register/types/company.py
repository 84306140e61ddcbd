"""Companies."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="Company",
    label="Company",
    plural="Companies",
    what="A business. That a company has a page says nothing about it: what is said, by whom, stands in its statements.",
    extends="Organization",
    properties=(
        Property("ticker", "Ticker", "identifier", ftm="ticker"),
        Property("cikCode", "SEC number (CIK)", "identifier", ftm="cikCode"),
    ),
    ftm="Company",
)
