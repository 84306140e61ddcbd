"""The release of an end: that one publisher's statement ends, narrows or re-dates another publisher's record."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="Release",
    label="Release of an end",
    plural="Releases of ends",
    what="A request that a statement which ends, narrows or re-dates another publisher's record takes effect. Two reviewers release it, "
    "who are tied to no party.",
    extends="Thing",
    properties=(
        Property("record", "Record", "entity", range=("Thing", "Interval"), required=True, many=False, ftm="parent"),
        Property("statement", "Statement", "identifier", required=True, many=False),
        Property("reason", "Reason", "text", multilingual=True, required=True),
        Property(
            "outcome", "Outcome of the review", "code", codes={"released": "released", "refused": "refused"}, many=False
        ),
    ),
    caption=("name", "summary", "reason"),
    ftm="Note",
)
