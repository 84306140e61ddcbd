"""Laws that govern such technology."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="Law",
    label="Law",
    plural="Laws",
    what="A law, bill, regulation or order that allows, restricts or forbids surveillance or its export.",
    extends="Thing",
    properties=(
        Property("title", "Title", "name", ftm="title", multilingual=True),
        Property("jurisdiction", "In", "country", ftm="country"),
        Property(
            "status",
            "Status",
            "code",
            codes={
                "bill": "bill: proposed, not in force",
                "passed": "passed, not yet in force",
                "in-force": "in force",
                "repealed": "repealed",
                "rejected": "rejected",
            },
        ),
        Property(
            "effect",
            "Effect",
            "code",
            codes={
                "moratorium": "stops sale, transfer or use for a time",
                "ban": "forbids",
                "restricts": "restricts",
                "regulates": "regulates",
                "authorises": "authorises use",
                "weakens-encryption": "weakens encryption",
            },
        ),
        Property("inForceFrom", "In force from", "date", ftm="date", many=False),
        Property("inForceUntil", "In force until", "date", many=False),
        Property("citation", "Citation", "identifier"),
        Property("text", "Text", "url", ftm="sourceUrl"),
    ),
    caption=("title", "name", "citation"),
    start="inForceFrom",
    end="inForceUntil",
    ftm="Article",
)
