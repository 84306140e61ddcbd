"""A regulator's look at a filing: letter, demand (k)."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="FilingReview",
    label="Review of a filing",
    plural="Reviews of filings",
    what="A securities regulator or exchange examined what a company says to investors, before an event, under a rule.",
    extends="Event",
    properties=(
        Property("regulator", "Regulator", "entity", range=("LegalEntity",), required=True, ftm="organizer"),
        Property("company", "Company", "entity", range=("LegalEntity",), required=True, ftm="involved"),
        Property("corporateEvent", "Before which event", "entity", range=("CorporateEvent",)),
        Property("filing", "Filing", "entity", range=("Document",)),
        Property("law", "Under which rule", "entity", range=("Law",)),
        Property(
            "outcome",
            "Outcome",
            "code",
            codes={"complete": "nothing missing", "corrections": "corrections asked for", "refused": "refused"},
            many=False,
        ),
        Property(
            "silentOn",
            "Silent on",
            "code",
            codes={"incident": "a known incident", "list": "a listing", "licence": "the loss of a licence"},
        ),
        Property("reviewedOn", "Reviewed on", "date", many=False),
    ),
    caption=("name", "summary", "outcome"),
    ftm="Event",
)
