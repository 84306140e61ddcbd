"""Whether two ids stand for one."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="Judgement",
    label="Judgement of identity",
    plural="Judgements of identity",
    what="A person looked at two entities and says whether they are the same. Nothing is merged by a score alone.",
    extends="Interval",
    properties=(
        Property("left", "One", "entity", range=("Thing", "Interval"), required=True, many=False),
        Property("right", "Other", "entity", range=("Thing", "Interval"), required=True, many=False),
        Property(
            "verdict",
            "Verdict",
            "code",
            required=True,
            many=False,
            codes={"same": "the same", "different": "different", "unsure": "not sure"},
        ),
        Property("reason", "Reason", "text"),
        Property("evidence", "Evidence", "text", what="An address, or the id of a statement."),
    ),
    caption=("verdict",),
)
