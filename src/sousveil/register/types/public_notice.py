"""Public notice of a proposal: letter, demand (h)."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="PublicNotice",
    label="Public notice",
    plural="Public notices",
    what="A proposal to buy or use surveillance technology was made known to the public, for a set number of days "
    "before anybody decides.",
    extends="Event",
    properties=(
        Property("acquisition", "Proposal", "entity", range=("Acquisition",), required=True, ftm="involved"),
        Property("body", "Published by", "entity", range=("LegalEntity",), ftm="organizer"),
        Property("noticedOn", "Published on", "date", many=False, required=True),
        Property(
            "days",
            "Days of notice",
            "number",
            what="For how many days it lies open before anything may be decided.",
            many=False,
        ),
        Property("place", "Where it can be read", "text", multilingual=True),
    ),
    caption=("name", "summary", "noticedOn"),
    ftm="Event",
)
