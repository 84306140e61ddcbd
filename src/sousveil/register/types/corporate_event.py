"""A listing, offering, merger or sale of a company: letter, demand (k)."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="CorporateEvent",
    label="Corporate event",
    plural="Corporate events",
    what="A company or its owner plans or made an offering, listing, merger or sale, or the company ends. Regulators can be "
    "told before it. A liquidation is not an insolvency.",
    extends="Event",
    properties=(
        Property("company", "Company", "entity", range=("LegalEntity",), required=True, ftm="involved"),
        Property(
            "eventKind",
            "Kind",
            "code",
            codes={
                "listing": "listing",
                "offering": "offering of shares or bonds",
                "merger": "merger",
                "takeover": "takeover",
                "investment": "investment",
                "delisting": "delisting from an exchange",
                "insolvency": "insolvency",
                "liquidation": "liquidation",
                "closure": "end of the business",
                "change-of-manager": "change of the manager of a fund",
            },
            required=True,
            many=False,
        ),
        Property("counterparty", "With whom", "entity", range=("LegalEntity",)),
        Property("market", "Exchange or market", "name"),
        Property("announcedOn", "Announced on", "date", many=False),
        Property("plannedFor", "Planned for", "date", many=False),
        Property(
            "status",
            "Status",
            "code",
            codes={
                "rumoured": "reported as planned",
                "announced": "announced",
                "completed": "completed",
                "withdrawn": "withdrawn",
            },
            many=False,
        ),
    ),
    caption=("name", "summary", "eventKind"),
    ftm="Event",
)
