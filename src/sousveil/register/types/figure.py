"""Numbers with a source."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="Figure",
    label="Figure",
    plural="Figures",
    what="A number as a source printed it, with its unit: how many phone numbers, journalists, licences, searches.",
    extends="Interval",
    properties=(
        Property("about", "About", "entity", range=("Thing", "Interval"), ftm="entity"),
        Property("indicator", "What is counted", "name", required=True, multilingual=True),
        Property("value", "Value", "number", required=True, many=False),
        Property("unit", "Unit", "name", multilingual=True),
        Property(
            "qualifier",
            "How exact",
            "code",
            codes={"exactly": "exactly", "about": "about", "at-least": "at least", "at-most": "at most"},
            many=False,
        ),
        Property("printedAs", "As printed", "text"),
        Property("country", "Country", "country", ftm="country"),
    ),
    caption=("indicator",),
    ftm="Note",
)
