"""Events with a date."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="Event",
    label="Event",
    plural="Events",
    what="Something that happened on a day and matters here: a publication, a lawsuit, a listing, a hearing.",
    extends="Thing",
    properties=(
        Property("date", "Date", "date", ftm="date"),
        Property("startDate", "From", "date", ftm="startDate", many=False),
        Property("endDate", "Until", "date", ftm="endDate", many=False),
        Property("involved", "Involved", "entity", range=("Thing",), ftm="involved"),
        Property("organizer", "Organized by", "entity", range=("LegalEntity",), ftm="organizer"),
        Property("category", "Kind", "name"),
        Property("partOf", "Part of", "entity", range=("Event",)),
    ),
    told_by=(("category",), ("organizer", "involved"), ("country",)),
    start="startDate",
    end="endDate",
    ftm="Event",
)
