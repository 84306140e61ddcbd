"""What bars remedy: letter, demand (i)."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="RemedyBarrier",
    label="Barrier to remedy",
    plural="Barriers to remedy",
    what="Immunity, secrecy, a time limit or the like keeps people harmed by surveillance from remedy in a State.",
    extends="Interval",
    properties=(
        Property(
            "state",
            "State",
            "entity",
            what="The State whose rule it is.",
            range=("PublicBody",),
            required=True,
            ftm="entity",
        ),
        Property("country", "Country", "country"),
        Property(
            "barrierKind",
            "Kind",
            "code",
            codes={
                "immunity": "immunity",
                "secrecy": "secrecy",
                "standing": "nobody may sue who cannot prove to be a target",
                "time-limit": "time limit",
                "cost": "cost",
                "other": "other",
            },
            required=True,
            many=False,
        ),
        Property("law", "Law", "entity", range=("Law",)),
        Property("path", "Bars the path", "entity", range=("RemedyPath",)),
        Property(
            "status",
            "Status",
            "code",
            codes={"in-force": "in force", "reform-proposed": "reform proposed", "reformed": "reformed"},
            many=False,
        ),
    ),
    caption=("summary", "barrierKind"),
    ftm="Note",
)
