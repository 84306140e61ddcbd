"""Proposals to acquire."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="Acquisition",
    label="Acquisition",
    plural="Acquisitions",
    what="A public body proposes to buy, borrow or accept a technology; the community may comment, a board decides.",
    extends="Thing",
    properties=(
        Property("body", "Public body", "entity", range=("PublicBody",), required=True),
        Property("product", "Product", "entity", range=("SurveillanceProduct",)),
        Property("vendor", "Vendor", "entity", range=("LegalEntity",)),
        Property(
            "purpose",
            "Purpose",
            "text",
            what="What it is to be used for, and for what not.",
            ftm="goal",
            multilingual=True,
        ),
        Property("amount", "Expected cost", "money"),
        Property("proposedOn", "Proposed on", "date", ftm="startDate", many=False),
        Property("commentsUntil", "Comments until", "date", many=False),
        Property("hearingDate", "Hearing on", "date"),
        Property(
            "impactReport",
            "Impact report",
            "entity",
            what="Report on the impact, published beforehand with its form.",
            range=("Document",),
        ),
        Property(
            "status",
            "Status",
            "code",
            ftm="status",
            codes={
                "proposed": "proposed",
                "in-consultation": "open for comments",
                "approved": "approved",
                "rejected": "rejected",
                "withdrawn": "withdrawn",
                "expired": "approval expired",
            },
        ),
        Property(
            "noticeDays",
            "Days of notice set",
            "number",
            what="Days of public notice that the rules of the board ask for.",
            many=False,
        ),
        Property(
            "rightsAssessment",
            "Assessment of human rights",
            "text",
            what="What it does to human rights, and what was weighed.",
            multilingual=True,
        ),
        Property("board", "To be decided by", "entity", range=("LegalEntity",)),
    ),
    caption=("name", "summary", "purpose"),
    start="proposedOn",
    ftm="Project",
)
