"""How a State buys: letter, demand (j)."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="ProcurementStandard",
    label="Procurement standard",
    plural="Procurement standards",
    what="A rule by which public bodies may buy surveillance technology, and only from whom.",
    extends="Thing",
    properties=(
        Property("state", "State or body", "entity", range=("PublicBody",), required=True),
        Property(
            "requires",
            "Only from companies that",
            "code",
            what="What it asks of a company. The letter asks for both.",
            codes={
                "ungp-respect": "show that they respect human rights along the UN Guiding Principles",
                "no-abusing-clients": "have not served clients that abuse",
            },
        ),
        Property(
            "status",
            "Status",
            "code",
            codes={"proposed": "proposed", "in-force": "in force", "repealed": "repealed"},
            many=False,
        ),
        Property("law", "Law", "entity", what="The law on which it rests.", range=("Law",)),
        Property("proposedOn", "Proposed on", "date", many=False),
        Property("inForceFrom", "In force from", "date", many=False),
        Property(
            "inForceUntil", "In force until", "date", what="Where it goes on, say so with “Holds until”.", many=False
        ),
    ),
    start="inForceFrom",
    end="inForceUntil",
    ftm="Article",
)
