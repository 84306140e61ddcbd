"""Investigations and proceedings."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="Investigation",
    label="Investigation",
    plural="Investigations",
    what="A court, prosecutor, parliament or other body looks or looked into it. An investigation is not a verdict.",
    extends="Event",
    properties=(
        Property("body", "Led by", "entity", range=("LegalEntity",), ftm="organizer"),
        Property("about", "About", "entity", range=("Thing", "Interval"), ftm="involved"),
        Property("mandate", "Mandate", "text", multilingual=True),
        Property(
            "investigationKind",
            "Kind",
            "code",
            codes={
                "criminal": "criminal",
                "civil": "lawsuit",
                "parliamentary": "parliamentary",
                "administrative": "administrative",
                "independent": "independent",
                "other": "other",
            },
        ),
        Property(
            "status",
            "Status",
            "code",
            codes={
                "announced": "announced",
                "open": "open",
                "suspended": "suspended",
                "closed": "closed",
                "refused": "refused",
                "decided": "decided",
            },
        ),
        Property("outcome", "Outcome", "text", multilingual=True),
        Property("caseNumber", "Case number", "identifier"),
        Property("independence", "What is known of its independence", "text", multilingual=True),
        Property(
            "quality",
            "Found to be",
            "code",
            codes={
                "immediate": "begun without delay",
                "independent": "independent",
                "transparent": "transparent",
                "impartial": "impartial",
            },
        ),
        Property("scope", "Scope", "text", multilingual=True),
        Property("findings", "Findings", "text", multilingual=True),
        Property("dueOn", "Results due on", "date", many=False),
        Property(
            "measure",
            "Measure",
            "code",
            codes={"search": "search", "seizure": "seizure", "fine": "fine", "order": "order"},
            what="What the body did during the investigation. A measure proves nothing.",
        ),
        Property(
            "cooperation",
            "Cooperation",
            "code",
            codes={"given": "given", "refused": "refused", "none": "request not executed"},
            what="What another State did when it was asked for help.",
        ),
        Property("by", "State that was asked", "entity", range=("PublicBody",)),
        Property("recommends", "Recommends", "text", multilingual=True, what="A recommendation is not a finding."),
        Property("addressee", "Recommendation to", "entity", range=("LegalEntity",)),
    ),
    told_by=(("body",), ("country",)),
    ftm="Event",
)
