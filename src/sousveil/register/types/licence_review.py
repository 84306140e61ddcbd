"""A decision on a licence that touches an open incident: letter, demand (b)."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="LicenceReview",
    label="Licence review",
    plural="Licence reviews",
    what="An authority looked again at a licence because of an incident and decided, with reasons, what becomes of it.",
    extends="Event",
    properties=(
        Property("licence", "Licence", "entity", range=("ExportLicence",), required=True),
        Property(
            "incident",
            "Because of",
            "entity",
            what="The incident because of which it was examined.",
            range=("AbuseIncident",),
        ),
        Property("authority", "Decided by", "entity", range=("PublicBody",), required=True, ftm="organizer"),
        Property(
            "outcome",
            "Outcome",
            "code",
            codes={"maintained": "maintained", "suspended": "suspended", "amended": "amended", "revoked": "revoked"},
            required=True,
            many=False,
        ),
        Property(
            "reason",
            "Reasons",
            "text",
            what="Why: what was examined, and what follows.",
            multilingual=True,
            required=True,
        ),
        Property("legalGround", "Legal ground", "text", what="Article on which it rests.", multilingual=True),
    ),
    caption=("name", "summary", "outcome"),
    ftm="Event",
)
