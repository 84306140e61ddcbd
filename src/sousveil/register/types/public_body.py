"""Ministries, agencies, police forces, courts."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="PublicBody",
    label="Public body",
    plural="Public bodies",
    what="A part of a State: ministry, agency, police force, service, court, city.",
    extends="Organization",
    properties=(
        Property("level", "Level", "name", what="National, regional or local, as the source calls it."),
        Property("subdivision", "Part of the country", "name", what="State, province or district."),
        Property("partOf", "Part of", "entity", range=("PublicBody",), ftm="parent"),
        Property(
            "office",
            "Office",
            "code",
            what="Which office it is. What is done in an office's name counts only where others say that it has this office.",
            codes={
                "licensing": "licensing authority for exports",
                "registry": "registry of vendors",
                "regulator": "exchange or financial regulator",
                "court": "court",
                "inquiry": "body of inquiry",
            },
        ),
    ),
    ftm="PublicBody",
)
