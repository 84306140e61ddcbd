"""Officers of companies."""

from __future__ import annotations

from sousveil.register.types.model import Edge, Property, RecordType

TYPE = RecordType(
    name="Directorship",
    label="Directorship",
    plural="Directorships",
    what="Who leads or led a company. Only officers are named, never employees below them.",
    extends="Interval",
    properties=(
        Property("director", "Officer", "entity", range=("LegalEntity",), ftm="director", required=True, person=True),
        Property("organization", "Organization", "entity", range=("Organization",), ftm="organization", required=True),
        Property("role", "Post", "name", ftm="role", multilingual=True),
    ),
    edge=Edge("director", "organization", "leads"),
    ftm="Directorship",
)
