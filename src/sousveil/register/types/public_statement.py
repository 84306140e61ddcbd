"""A State's public statement on an investigation: letter, demand to the exporting States."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="PublicStatement",
    label="Public statement",
    plural="Public statements",
    what="A State says in public what an investigation found and what it does to prevent harm.",
    extends="Document",
    properties=(
        Property("body", "Made by", "entity", range=("LegalEntity",), required=True),
        Property("investigation", "About the investigation", "entity", range=("Investigation",)),
        Property("about", "About", "entity", range=("Thing",)),
        Property("addressee", "Addressed to", "entity", range=("LegalEntity",)),
        Property("results", "Results", "text", multilingual=True),
        Property("prevention", "What is done to prevent harm", "text", multilingual=True),
        Property("dueOn", "Due on", "date", many=False),
        Property("statedOn", "Stated on", "date", many=False),
    ),
    ftm="Document",
)
