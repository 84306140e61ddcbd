"""Whoever can own, buy, sell or be held to account."""

from __future__ import annotations

from sousveil.register.types.codelists import UNSPECIFIED
from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="LegalEntity",
    label="Legal entity",
    plural="Legal entities",
    what="A person, company, body or trust that can own, buy or sell, where the source does not say which of these it is.",
    extends="Thing",
    properties=(
        Property("abbreviation", "Abbreviation", "name", ftm="abbreviation"),
        Property("website", "Website", "url", ftm="website"),
        Property("legalName", "Registered name", "name", what="The full name in the register of companies."),
        Property("seat", "Seat", "name", what="The town where it is based, never a street."),
        Property("legalForm", "Legal form", "name", ftm="legalForm"),
        Property("jurisdiction", "Registered in", "country", ftm="jurisdiction"),
        Property("registrationNumber", "Registration number", "identifier", ftm="registrationNumber"),
        Property("leiCode", "Legal entity identifier", "identifier", ftm="leiCode", scheme="lei"),
        Property("opencorporatesUrl", "OpenCorporates page", "url", ftm="opencorporatesUrl"),
        Property("incorporationDate", "Founded", "date", ftm="incorporationDate", many=False),
        Property("dissolutionDate", "Dissolved", "date", ftm="dissolutionDate", many=False),
        Property("status", "Status", "name", what="As the register of companies writes it.", ftm="status"),
        Property("sector", "Sector", "name", ftm="sector"),
        Property("classification", "Classification", "name", ftm="classification"),
        Property(
            "unspecified",
            "Why it is not named",
            "code",
            what="An owner that is unknown or not disclosed is recorded as an entity of its own, with the reason.",
            codes=UNSPECIFIED,
        ),
    ),
    start="incorporationDate",
    end="dissolutionDate",
    ftm="LegalEntity",
)
