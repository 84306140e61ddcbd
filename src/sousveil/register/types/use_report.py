"""A yearly report on use: letter, demands (g) and (h)."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="UseReport",
    label="Report on use",
    plural="Reports on use",
    what="A body that uses surveillance technology, or the board over it, reports on a period: how often, on which "
    "grounds, with what result and complaints.",
    extends="Document",
    properties=(
        Property("body", "Body", "entity", range=("LegalEntity",), required=True),
        Property("about", "About", "entity", what="The decision that approved it.", range=("Thing", "Interval")),
        Property("periodStart", "Period from", "date", many=False),
        Property("periodEnd", "Period until", "date", many=False),
        Property("dueOn", "Due on", "date", many=False),
        Property("uses", "Number of uses", "number"),
        Property("complaints", "Complaints and breaches", "text", multilingual=True),
    ),
    ftm="Document",
)
