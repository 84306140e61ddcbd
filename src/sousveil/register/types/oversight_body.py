"""Bodies that oversee a vendor or a community's use."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="OversightBody",
    label="Oversight body",
    plural="Oversight bodies",
    what="A board that oversees a vendor or the use of such technology in a community; its members stand as memberships.",
    extends="Organization",
    properties=(
        Property("oversees", "Oversees", "entity", range=("LegalEntity",)),
        Property("mandate", "Mandate", "text", what="What it may see, decide or stop.", multilingual=True),
        Property(
            "legalBasis", "Legal basis", "text", what="Law, rule or agreement on which it rests.", multilingual=True
        ),
        Property(
            "bodyKind",
            "Kind",
            "code",
            codes={
                "vendor": "several stakeholders oversee a vendor",
                "community": "a community board approves or rejects",
                "parliament": "of a parliament",
                "regulator": "a regulator",
                "other": "other",
            },
        ),
        Property(
            "power",
            "Powers",
            "code",
            what="Powers that its rules give it. The letter asks for all.",
            codes={
                "approve": "approves",
                "reject": "rejects",
                "human-rights-test": "tests against human rights",
                "public-notice": "gives public notice",
                "reporting": "reports in public",
            },
        ),
        Property(
            "quality",
            "Established as",
            "code",
            what="Choose only what its members and rules show: the letter asks for all four.",
            codes={
                "independent": "independent of the vendor and of the State",
                "multi-stakeholder": "of several stakeholders",
                "human-rights-groups": "with human rights groups",
                "civil-society": "with others of civil society",
            },
        ),
        Property("establishedOn", "Established on", "date", many=False),
    ),
    ftm="Organization",
)
