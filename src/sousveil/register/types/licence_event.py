"""What happened to a licence."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="LicenceEvent",
    label="Licence event",
    plural="Licence events",
    what="Something that happened to a licence: applied for, granted, refused, amended, suspended, revoked.",
    extends="Event",
    properties=(
        Property("licence", "Licence", "entity", range=("ExportLicence",), required=True),
        Property(
            "event",
            "What happened",
            "code",
            required=True,
            codes={
                "applied": "applied for",
                "granted": "granted",
                "refused": "refused",
                "amended": "amended",
                "renewed": "renewed",
                "suspended": "suspended",
                "reinstated": "in force again",
                "revoked": "revoked",
                "expired": "expired",
                "withdrawn": "application withdrawn",
                "reviewed": "reviewed",
            },
        ),
        Property("authority", "Authority", "entity", range=("PublicBody",), ftm="organizer"),
        Property("reason", "Reason given", "text", multilingual=True),
        Property(
            "expiryDate",
            "Last day from then on",
            "date",
            what="Of a licence that was granted, renewed or reinstated. Leave it empty where no source names a last day.",
            many=False,
        ),
        Property("legalGround", "Legal ground", "text", what="Article on which it rests.", multilingual=True),
    ),
    caption=("name", "summary", "event"),
    ftm="Event",
)
