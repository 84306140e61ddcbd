"""Signatures of public letters."""

from __future__ import annotations

from sousveil.register.types.model import Edge, Property, RecordType

TYPE = RecordType(
    name="LetterSignature",
    label="Signature",
    plural="Signatures",
    what="An organization or expert signed a public letter. It says nothing else: a signatory has not endorsed this register.",
    extends="Interval",
    properties=(
        Property("letter", "Letter", "entity", range=("Document",), ftm="document", required=True),
        Property("signatory", "Signed by", "entity", range=("LegalEntity",), ftm="entity", required=True),
        Property("role", "Signed as", "name", what="Organization, expert, or the title given.", ftm="role"),
        Property("printedAs", "As printed", "name"),
    ),
    edge=Edge("signatory", "letter", "signed"),
    ftm="Documentation",
)
