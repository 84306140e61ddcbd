"""Forensic findings, reduced to what may be public."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="Finding",
    label="Forensic finding",
    plural="Forensic findings",
    what="A phone was examined. Only the verdict, the family of spyware, whose indicators matched, where the trace lay, the "
    "month and the country are public: nothing about whose phone it was.",
    extends="Interval",
    properties=(
        Property(
            "verdict",
            "Verdict",
            "code",
            what="The verdict of `sousveil check`, by its code.",
            required=True,
            many=False,
        ),
        Property("family", "Family of spyware", "name"),
        Property("product", "Product", "entity", range=("SurveillanceProduct",), ftm="involved"),
        Property("indicatorPublisher", "Indicators published by", "name"),
        Property("artefact", "Kind of trace", "code", what="Name of the artefact, such as ios.datausage."),
        Property(
            "month", "Month", "date", what="Month of the trace; a day would tell too much.", scheme="month", ftm="date"
        ),
        Property("country", "Country", "country", ftm="country"),
    ),
    caption=("family", "verdict"),
    ftm="Event",
)
