"""Documents: reports, brochures, policies, letters, leaks."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="Document",
    label="Document",
    plural="Documents",
    what="A document that a statement rests on or that is itself of interest: report, brochure, policy, letter.",
    extends="Thing",
    properties=(
        Property("title", "Title", "name", ftm="title", multilingual=True),
        Property(
            "author", "Author", "name", what="The organization that wrote it; no employee is named.", ftm="author"
        ),
        Property("publishedAt", "Published on", "date", ftm="publishedAt", many=False),
        Property("documentType", "Kind", "name"),
        Property("contentHash", "SHA-256", "identifier", scheme="sha256"),
        Property("language", "Language", "code"),
    ),
    caption=("title", "name", "recordId"),
    start="publishedAt",
    ftm="Document",
)
