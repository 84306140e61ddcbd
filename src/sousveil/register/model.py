"""The nouns of the register: statements, what may be said of them, and the signed entries that carry them.

A `Statement` is one claim. Its content and its salt lie beside the log; the log holds only `Commitment`s, so that a
statement can be erased without a change to the log. Entities, pages, search and decisions are views of statements.
"""

from __future__ import annotations

import enum
import hashlib
import secrets
from typing import Any

import msgspec

from sousveil.errors import Malformed

SALT_BYTES = 32
"""256 random bits stand before the content under the hash, so that nobody can guess a content from its commitment."""


class Standing(enum.StrEnum):
    """How firmly a statement stands, strongest first."""

    CONFIRMED = "confirmed"
    FORENSICALLY_ATTRIBUTED = "forensically_attributed"
    REPORTED = "reported"
    ALLEGED = "alleged"


class Stance(enum.StrEnum):
    """What a statement does with its value."""

    ASSERTS = "asserts"
    DENIES = "denies"
    CORRECTS = "corrects"


class Statement(msgspec.Struct, frozen=True, kw_only=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """One claim about one subject: the content that a commitment covers, in this order of fields.

    The content's bytes are the JSON array of these fields in this order, UTF-8, without spaces (`content`).
    `source` is never empty: "no source, no row".
    """

    subject: str
    """The entity's id, for instance `sv-3fa8...` (see `entity_id`)."""
    type: str
    """The record type of the subject, a name in `register/types`: `Company`, `ExportLicence`, ..."""
    property: str
    """A property of that type, for instance `name`, `country`, `owner`."""
    value: str
    """The value, cleaned. Another entity's id where the property points to one."""
    original: str | None = None
    """The value as the source printed it, where that differs."""
    language: str | None = None
    """BCP 47 tag of the value's language, where it is a text."""
    source: str
    """Where it is said: an address, or the citation of a document."""
    source_sha256: str | None = None
    """Hash of the document that was read, 64 hex digits."""
    publisher: str
    """Who says it: the entity id or the name of the source, as `Dataset.publisher` gives it."""
    dataset: str
    """The data set (intake name) or `direct` for a publication of its own. Licence and terms hang on it."""
    standing: Standing
    stance: Stance = Stance.ASSERTS
    valid_from: str | None = None
    """EDTF date from which the fact held; None: unknown."""
    valid_until: str | None = None
    """EDTF date until which it held; None: unknown, which is not "ongoing". `..` says that it is ongoing."""
    asserted: str | None = None
    """Day on which the source said it, EDTF."""
    supersedes: str | None = None
    """Id of the statement that this one corrects, denies, replies to or retracts."""
    person: bool = False
    """It names a natural person, in the subject or in the value: held before publication."""


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Statement)


def content(statement: Statement) -> bytes:
    """The exact bytes that are committed to."""
    return _ENCODER.encode(statement)


def from_content(data: bytes) -> Statement:
    """The statement in these bytes. Raises Malformed, also when they are not the one form `content` gives."""
    try:
        statement = _DECODER.decode(data)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise Malformed(f"This statement cannot be read: {error}.") from None
    if _ENCODER.encode(statement) != data:
        raise Malformed(
            "This statement is not written in the one form that is hashed.",
            hint="Write it as a JSON array without spaces, in the order that the reference page gives.",
        )
    return statement


def commit(salt: bytes, data: bytes) -> str:
    """The statement's id: SHA-256 of salt and content, 64 hex digits."""
    return hashlib.sha256(salt + data).hexdigest()


def new_salt() -> bytes:
    """256 random bits."""
    return secrets.token_bytes(SALT_BYTES)


class Commitment(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """What the log holds of one statement. Nothing here names anybody."""

    id: str
    """`commit(salt, content)`."""
    type: str
    standing: Standing
    stance: Stance
    person: bool


class Attachment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A file that lies beside the log under its hash."""

    sha256: str
    size: int
    media_type: str


class Recorded(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A statement as the store gives it."""

    id: str
    recorded: int
    """Index of the log entry that carries it."""
    statement: Statement
    doubtful: bool = False
    """Signed by a key that was compromised before the entry was recorded: shown as doubtful, decides nothing."""
    retracted: int | None = None
    """Index of the entry with which its publisher took it back."""
    superseded_by: str | None = None
    """Id of the correction by the same publisher, where there is one."""


def entity_id(*parts: str) -> str:
    """A stable id out of what identifies the entity at its source: `entity_id("misp", uuid)`."""
    return "sv-" + hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:24]


def as_json(value: Any) -> bytes:
    """A value as compact JSON."""
    return msgspec.json.encode(value)
