"""A signed answer to the screening of bidders: letter, demand (j)."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="ScreeningRecord",
    label="Screening record",
    plural="Screening records",
    what="What the register held on bidders when an authority asked, on a day. It names the authority that asked, may "
    "not be handed on, and ends after 30 days or when a fact changes. It is not a clearance.",
    extends="Document",
    properties=(
        Property("authority", "Asked by", "entity", range=("LegalEntity",), required=True),
        Property("tender", "Tender", "identifier", what="Number of the tender."),
        Property(
            "logSize",
            "Log size",
            "number",
            what="How many entries the log of this register had: the number stands on the record.",
            many=False,
            required=True,
        ),
        Property("bidders", "Bidders", "number", many=False),
        Property(
            "hits", "Bidders with hits", "number", what="Number of bidders of whom something is on file.", many=False
        ),
        Property("issuedOn", "Issued on", "date", many=False, required=True),
        Property("expiresOn", "Ends on", "date", what="30 days after it was issued.", many=False, required=True),
    ),
    start="issuedOn",
    end="expiresOn",
    ftm="Document",
)
