"""Natural persons: owners, officers, decision makers, signatories. Never targets without their consent."""

from __future__ import annotations

from sousveil.register.types.model import Property, RecordType

TYPE = RecordType(
    name="Person",
    label="Person",
    plural="Persons",
    what="A natural person who owns, leads or decided something, or who signed. Every statement about a person is held "
    "until two reviewers have released it. Birth dates beyond the year, addresses, contacts and identity numbers are "
    "never kept.",
    extends="LegalEntity",
    properties=(
        Property("position", "Position", "name", ftm="position", multilingual=True),
        Property("nationality", "Nationality", "country", ftm="nationality"),
        Property("birthYear", "Year of birth", "date", ftm="birthDate", many=False, year_only=True),
        Property("deathYear", "Year of death", "date", ftm="deathDate", many=False, year_only=True),
    ),
    start="birthYear",
    end="deathYear",
    ftm="Person",
)
