"""A public hearing: letter, demand (h)."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="Hearing",
    label="Hearing",
    plural="Hearings",
    what="A proposal was heard in public before the body that decides on it.",
    extends="Event",
    properties=(
        Property("acquisition", "Proposal", "entity", range=("Acquisition",), required=True, ftm="involved"),
        Property("body", "Held by", "entity", range=("LegalEntity",), required=True, ftm="organizer"),
        Property("minutes", "Minutes", "entity", range=("Document",)),
        Property("place", "Where", "text", multilingual=True),
    ),
    told_by=(("acquisition",), ("body",)),
    ftm="Event",
)
