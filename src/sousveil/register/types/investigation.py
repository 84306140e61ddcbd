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
        Property(
            "about",
            "About",
            "entity",
            what="Incident, licence, product, company or body that it looks into.",
            range=("Thing", "Interval"),
            ftm="involved",
        ),
        Property("mandate", "Mandate", "text", what="Who ordered it, and with which task.", multilingual=True),
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
        Property("outcome", "Outcome", "text", what="What followed from it.", multilingual=True),
        Property("caseNumber", "Case number", "identifier"),
        Property(
            "independence",
            "What is known of its independence",
            "text",
            what="From whom those who investigate are independent, and how that is secured.",
            multilingual=True,
        ),
        Property(
            "quality",
            "Found to be",
            "code",
            what="Choose only what is shown: the letter asks for all four.",
            codes={
                "immediate": "begun without delay",
                "independent": "independent",
                "transparent": "transparent",
                "impartial": "impartial",
            },
        ),
        Property("scope", "Scope", "text", what="What it may look at, and what not.", multilingual=True),
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
