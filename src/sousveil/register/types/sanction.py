"""Listings by a State: sanctions, entity lists, restricted equipment."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="Sanction",
    label="Listing",
    plural="Listings",
    what="An authority has put somebody or something on an official list: sanctions, export restrictions, equipment that may "
    "not be bought. What follows from it stands in the list's own rules.",
    extends="Interval",
    properties=(
        Property("entity", "Listed", "entity", range=("Thing",), ftm="entity", required=True),
        Property("authority", "Authority", "name", ftm="authority", multilingual=True),
        Property("program", "List or programme", "name", ftm="program", multilingual=True),
        Property("programUrl", "Page of the list", "url", ftm="programUrl"),
        Property("reason", "Reason given", "text", ftm="reason", multilingual=True),
        Property("provisions", "What it forbids", "name", ftm="provisions"),
        Property("listingDate", "Listed on", "date", ftm="listingDate", many=False),
        Property("status", "Status", "name", ftm="status"),
        Property("country", "Country of the authority", "country", ftm="country"),
        Property("listNumber", "Number on the list", "identifier", ftm="authorityId"),
    ),
    caption=("program", "authority", "summary"),
    ftm="Sanction",
)
