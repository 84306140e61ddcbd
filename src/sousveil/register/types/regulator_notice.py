"""Notices to exchanges and regulators."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="RegulatorNotice",
    label="Regulator notice",
    plural="Regulator notices",
    what="A stock exchange, securities or competition authority was told about a company before a listing, merger or "
    "sale, or made such a notice public.",
    extends="Event",
    properties=(
        Property("regulator", "Regulator", "entity", range=("LegalEntity",), ftm="organizer", required=True),
        Property("company", "Company", "entity", range=("LegalEntity",), ftm="involved", required=True),
        Property("occasion", "Occasion", "name", what="Listing, merger, acquisition, filing."),
        Property("sentOn", "Sent on", "date", many=False),
        Property("acknowledgedOn", "Acknowledged on", "date", many=False),
        Property("answer", "Answer", "text", multilingual=True),
        Property("corporateEvent", "Before which event", "entity", range=("CorporateEvent",)),
        Property("harms", "Reported harms", "text", what="Each harm, with its record.", multilingual=True),
        Property(
            "contentHash",
            "Bundle, SHA-256",
            "identifier",
            what="Fingerprint (SHA-256) of the file that was sent; the watch shows it.",
            scheme="sha256",
        ),
    ),
    told_by=(("company",), ("regulator",)),
    ftm="Event",
)
