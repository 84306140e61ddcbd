"""Organizations of any kind."""

from __future__ import annotations

from sousveil.register.types.model import RecordType

TYPE = RecordType(
    name="Organization",
    label="Organization",
    plural="Organizations",
    what="An association, foundation, party, network or other group that is neither a company nor part of a State.",
    extends="LegalEntity",
    ftm="Organization",
)
