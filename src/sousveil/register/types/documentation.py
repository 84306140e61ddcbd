"""Which document is about whom."""

from __future__ import annotations

from sousveil.register.types.model import Edge, Property, RecordType

TYPE = RecordType(
    name="Documentation",
    label="Named in a document",
    plural="Namings in documents",
    what="A document names or describes somebody or something. Being named proves nothing.",
    extends="Interval",
    properties=(
        Property("document", "Document", "entity", range=("Document",), ftm="document", required=True),
        Property("entity", "Named", "entity", range=("Thing",), ftm="entity", required=True),
        Property("role", "Named as", "name", ftm="role"),
    ),
    edge=Edge("document", "entity", "names"),
    ftm="Documentation",
)
