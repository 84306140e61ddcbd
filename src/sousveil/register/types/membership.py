"""Members of organizations and groups."""

from __future__ import annotations

from sousveil.register.types.model import Edge, Property, RecordType

TYPE = RecordType(
    name="Membership",
    label="Membership",
    plural="Memberships",
    what="Who is a member of an organization, group or body.",
    extends="Interval",
    properties=(
        Property("member", "Member", "entity", range=("LegalEntity",), ftm="member", required=True),
        Property(
            "organization",
            "Organization",
            "entity",
            what="The organization or body that has the member.",
            range=("Organization",),
            ftm="organization",
            required=True,
        ),
        Property("role", "Role", "name", ftm="role", multilingual=True),
        Property(
            "constituency",
            "Speaks for",
            "code",
            what="For members of oversight bodies: whose seat it is.",
            codes={
                "civil-society": "civil society",
                "affected-people": "people affected",
                "government": "government",
                "industry": "industry",
                "academia": "academia",
                "other": "other",
            },
        ),
        Property(
            "paidBy",
            "Paid by",
            "entity",
            range=("LegalEntity",),
            what="Who pays the member for anything, so that interests are visible.",
        ),
        Property(
            "humanRights",
            "Human rights group",
            "code",
            codes={"yes": "is a human rights group", "no": "is not"},
            many=False,
        ),
    ),
    edge=Edge("member", "organization", "is a member of"),
    ftm="Membership",
)
