"""Organizations of any kind."""

from __future__ import annotations

from sousveil.register.types.codelists import TECHNOLOGY
from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="Organization",
    label="Organization",
    plural="Organizations",
    what="An association, foundation, party, network or other group that is neither a company nor part of a State.",
    extends="LegalEntity",
    properties=(
        Property(
            "technology",
            "Technology it offers",
            "code",
            what="What it makes or sells, as the source describes it. An alliance of companies offers technology too.",
            codes=TECHNOLOGY,
        ),
    ),
    ftm="Organization",
)
