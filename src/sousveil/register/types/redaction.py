"""What a public body withholds: letter, demand (f)."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="Redaction",
    label="Redaction",
    plural="Redactions",
    what="A public body withholds something of a contract, licence or answer: what, on which ground, and until when.",
    extends="Interval",
    properties=(
        Property(
            "record",
            "Withheld from",
            "entity",
            what="Contract, licence or other record of which something is withheld.",
            range=("Thing", "Interval"),
            required=True,
            ftm="entity",
        ),
        Property("body", "Withheld by", "entity", range=("LegalEntity",)),
        Property(
            "what",
            "What is withheld",
            "text",
            what="What kind of thing is withheld: never the thing itself.",
            multilingual=True,
            required=True,
        ),
        Property("legalGround", "Ground", "text", what="With its article.", multilingual=True, required=True),
        Property("law", "Law", "entity", range=("Law",)),
    ),
    caption=("what", "summary"),
    ftm="Note",
)
