"""A meeting of a body: letter, demand (g)."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="Meeting",
    label="Meeting",
    plural="Meetings",
    what="An oversight body met; its agenda and minutes, where they are public.",
    extends="Event",
    properties=(
        Property("body", "Body", "entity", range=("OversightBody",), required=True, ftm="organizer"),
        Property("agenda", "Agenda", "text", multilingual=True),
        Property("minutes", "Minutes", "entity", range=("Document",)),
        Property("about", "About", "entity", range=("Thing", "Interval")),
    ),
    told_by=(("body",), ("country",)),
    ftm="Event",
)
