"""States, as buyers, licensers and owners."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="State",
    label="State",
    plural="States",
    what="A State as such, where no ministry or agency is named: who licenses, buys or owns.",
    extends="PublicBody",
    properties=(
        Property("regime", "Political regime", "name", what="As an index of regimes classes it in a year."),
        Property(
            "participation", "Takes part in", "name", what="A treaty, arrangement or declaration on such technology."
        ),
    ),
    ftm="PublicBody",
)
