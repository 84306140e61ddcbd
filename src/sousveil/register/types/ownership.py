"""Ownership and control."""

from __future__ import annotations

from sousveil.register.types.codelists import INTERESTS, UNSPECIFIED
from sousveil.register.types.model import Edge, Property, RecordType

TYPE = RecordType(
    name="Ownership",
    label="Ownership or control",
    plural="Ownership and control",
    what="Who owns or controls a company, by how much and how. An owner who is unknown or hidden is recorded as such.",
    extends="Interval",
    properties=(
        Property(
            "owner",
            "Owner",
            "entity",
            what="Leave it empty where nobody discloses it.",
            range=("LegalEntity",),
            ftm="owner",
        ),
        Property(
            "asset",
            "Owned",
            "entity",
            what="Who is owned or controlled.",
            range=("LegalEntity",),
            ftm="asset",
            required=True,
        ),
        Property(
            "ownerUnspecified",
            "Why no owner is named",
            "code",
            what="Only where the owner is left empty.",
            codes=UNSPECIFIED,
        ),
        Property(
            "interest",
            "Kind of interest",
            "code",
            what="Choose only what the source says.",
            ftm="ownershipType",
            codes=INTERESTS,
        ),
        Property("percentage", "Per cent", "number", ftm="percentage", many=False),
        Property("percentageAtLeast", "Per cent, at least", "number", many=False),
        Property("percentageAtMost", "Per cent, at most", "number", many=False),
        Property("percentageAbove", "Per cent, more than", "number", many=False),
        Property("percentageBelow", "Per cent, less than", "number", many=False),
        Property(
            "directness",
            "Directly or through others",
            "code",
            codes={"direct": "directly", "indirect": "through others", "unknown": "not known"},
        ),
        Property(
            "beneficial",
            "Benefits in the end",
            "code",
            codes={"yes": "benefits from it or controls it in the end", "no": "does not"},
            many=False,
        ),
        Property("role", "Role", "name", ftm="role"),
        Property("nomineeFor", "On behalf of", "entity", range=("LegalEntity",)),
        Property("declaration", "Declaration", "identifier", what="The declaration by which it was published."),
    ),
    edge=Edge("owner", "asset", "owns or controls"),
    ftm="Ownership",
)
