"""What links and facts without a name of their own share."""

from __future__ import annotations

from sousveil.register.types.codelists import DEMANDS
from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="Interval",
    label="Fact over a time",
    plural="Facts over a time",
    what="A link or fact that holds from one date until another. Only the types below it have records.",
    abstract=True,
    properties=(
        Property("startDate", "From", "date", ftm="startDate", many=False),
        Property(
            "endDate",
            "Until",
            "date",
            what="Leave it empty where no source gives an end. Where it goes on, say so with “Holds until”.",
            ftm="endDate",
            many=False,
        ),
        Property("date", "Date", "date", what="A day at which it held or happened.", ftm="date"),
        Property("summary", "In short", "text", ftm="summary", multilingual=True),
        Property("description", "Description", "text", ftm="description", multilingual=True),
        Property("sourceUrl", "Page about it", "url", ftm="sourceUrl"),
        Property("recordId", "Number in the source", "identifier", ftm="recordId"),
        Property(
            "note",
            "Note",
            "text",
            multilingual=True,
            what="Qualifies what the record says, and is always shown beside it.",
        ),
        Property(
            "demand",
            "Concerns the demand",
            "code",
            codes=DEMANDS,
            what="The letter's demand to which the act of a State belongs. It does not say that the demand is met.",
        ),
        Property("reply", "Reply", "text", what="What those concerned answer, in their own words.", multilingual=True),
        Property(
            "commentAskedOn",
            "Asked for comment on",
            "date",
            what="Day on which the publisher asked those concerned for comment, before or after it published the claim.",
        ),
    ),
    caption=("summary", "recordId"),
    start="startDate",
    end="endDate",
)
