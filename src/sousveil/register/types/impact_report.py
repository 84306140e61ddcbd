"""A report on the impact before a purchase: letter, demand (h), and enacted city laws."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="ImpactReport",
    label="Report on the impact",
    plural="Reports on the impact",
    what="What a surveillance technology would do to those who live with it, written before it is bought or used: a proposal "
    "names it, and it lies open before a board decides.",
    extends="Document",
    properties=(
        Property(
            "body",
            "Body",
            "entity",
            what="Public body that made it: the one that wants the tool.",
            range=("LegalEntity",),
            required=True,
        ),
        Property("product", "Product", "entity", range=("SurveillanceProduct",)),
        Property(
            "purpose", "Purpose", "text", what="What the tool is to be used for, and for what not.", multilingual=True
        ),
        Property("affected", "Who is affected", "text", what="As groups, never a name.", multilingual=True),
        Property(
            "rightsAssessment",
            "Assessment of human rights",
            "text",
            what="What it does to human rights, and what was weighed.",
            multilingual=True,
        ),
        Property("alternatives", "Milder ways that were weighed", "text", multilingual=True),
        Property("safeguards", "Safeguards", "text", what="What keeps the harm away.", multilingual=True),
        Property("amount", "Expected cost", "money"),
    ),
    ftm="Document",
)
