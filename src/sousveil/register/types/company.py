"""Companies."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="Company",
    label="Company",
    plural="Companies",
    what="A business. A page is not an accusation. Read the sources of each claim.",
    extends="Organization",
    properties=(
        Property("ticker", "Ticker", "identifier", ftm="ticker"),
        Property("cikCode", "SEC number (CIK)", "identifier", ftm="cikCode"),
    ),
    ftm="Company",
)
