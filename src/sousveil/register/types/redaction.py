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
        Property("record", "Withheld from", "entity", range=("Thing", "Interval"), required=True, ftm="entity"),
        Property("body", "Withheld by", "entity", range=("LegalEntity",)),
        Property("what", "What is withheld", "text", multilingual=True, required=True),
        Property("legalGround", "Ground", "text", multilingual=True, required=True),
        Property("law", "Law", "entity", range=("Law",)),
    ),
    caption=("what", "summary"),
    ftm="Note",
)
