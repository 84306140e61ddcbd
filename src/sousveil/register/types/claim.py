"""Somebody's list or document calls an entity something."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="Claim",
    label="Listed or named as",
    plural="Listings and namings by others",
    what="A list or collection of documents names an entity under some heading. It is the heading of that list, not a "
    "finding of this register: companies are named in documents for many reasons. A name that others gave to an actor is a claim too.",
    extends="Interval",
    properties=(
        Property("entity", "Entity", "entity", range=("Thing",), ftm="entity", required=True),
        Property(
            "claimKind",
            "Kind",
            "code",
            codes={"listed-as": "listed as", "named-in": "named in documents", "called": "called by others"},
            many=False,
        ),
        Property("label", "Listed as", "name", what="The words of the list.", multilingual=True),
        Property("list", "List", "name", what="Which list or collection."),
        Property("document", "Document", "entity", range=("Document",)),
        Property("publisher", "Published by", "name"),
    ),
    caption=("label", "list"),
    ftm="Note",
)
