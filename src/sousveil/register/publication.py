"""Making a publication out of statements, and opening one: signatures, salts, contents.

A submission is what a publisher hands in: the signed envelope, and beside it the salts, contents and files that the
envelope commits to. What it must hold before it is taken, `publication_rules.py` checks.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence

import msgspec

from sousveil.errors import LimitExceeded, Malformed
from sousveil.ledger import dsse
from sousveil.ledger.disagreement import BadSignature
from sousveil.ledger.keys import PrivateKey, PublicKey
from sousveil.ledger.merkle import leaf_hash
from sousveil.register import entries as log
from sousveil.register import persons
from sousveil.register.keyring import Keyring
from sousveil.register.model import (
    SALT_BYTES,
    Attachment,
    Commitment,
    Statement,
    content,
)
from sousveil.register.refusal import Refused
from sousveil.register.store.model import NewEntry, NewStatement
from sousveil.register.types.checking import check

ATTACHMENT_MAX = 50 << 20
"""Bytes of one attached file."""
ATTACHMENTS_MAX = 100
PER_ENTRY = 250
"""Statements that `split` puts into one entry, so that its envelope stays below 65,535 bytes."""
ENTITY_PREFIX = "sv-"
DIRECT = "direct"
"""The data set of publications that come from no intake."""


class File(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A file to attach."""

    data: bytes
    media_type: str = "application/octet-stream"

    def named(self) -> Attachment:
        """What the publication says of it."""
        return Attachment(sha256=hashlib.sha256(self.data).hexdigest(), size=len(self.data), media_type=self.media_type)


class Submission(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A publication as it is handed in. As JSON its bytes are Base64."""

    envelope: bytes
    contents: tuple[tuple[bytes, bytes], ...] = ()
    """Salt (32 bytes) and content of each statement, in the order of the commitments."""
    attachments: tuple[File, ...] = ()


class Opened(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An envelope whose signatures hold."""

    payload: log.Payload
    payload_sha256: bytes
    signers: tuple[str, ...]
    envelope: bytes

    @property
    def unique(self) -> bytes:
        """What makes a second one a replay: the payload; where two owners may say the same thing, the signer too."""
        if isinstance(self.payload, log.Statements) or not self.signers:
            return self.payload_sha256
        return hashlib.sha256(self.payload_sha256 + self.signers[0].encode()).digest()


_SUBMISSION = msgspec.json.Decoder(Submission)
_SUBMISSION_PACKED = msgspec.msgpack.Decoder(Submission)


def write_submission(submission: Submission) -> bytes:
    """The submission as a JSON file, for carrying it to the register."""
    return msgspec.json.encode(submission)


def read_submission(data: bytes) -> Submission:
    """The submission in a JSON file. Raises Malformed."""
    try:
        return _SUBMISSION.decode(data)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise Malformed(f"This submission cannot be read: {error}.") from None


def pack(submission: Submission) -> bytes:
    """The submission for the table of what is held."""
    return msgspec.msgpack.encode(submission)


def unpack(data: bytes) -> Submission:
    """What `pack` gave."""
    return _SUBMISSION_PACKED.decode(data)


def make(
    statements: Sequence[Statement],
    *,
    publisher: str,
    dataset: str,
    example: bool,
    attachments: Sequence[File] = (),
    review: bool = False,
) -> tuple[bytes, tuple[tuple[bytes, bytes], ...]]:
    """The payload to sign, and the salts and contents that go beside it. Each statement is cleaned and checked.

    `person` is set where the list itself says that a subject or a value is a natural person. `review`: the publisher asks for review.
    """
    statements = persons.marked(statements)
    salts = os.urandom(SALT_BYTES * len(statements))
    commitments, contents = [], []
    sha256 = hashlib.sha256
    for at, one in enumerate(statements):
        try:
            clean = check(one)
        except Refused as refused:
            raise refused.in_statement(at) from None
        data = content(clean)
        salt = salts[at * SALT_BYTES : (at + 1) * SALT_BYTES]
        commitments.append(
            Commitment(sha256(salt + data).hexdigest(), clean.type, clean.standing, clean.stance, clean.person)
        )
        contents.append((salt, data))
    payload = log.Statements(
        publisher=publisher,
        dataset=dataset,
        example=example,
        commitments=tuple(commitments),
        attachments=tuple(one.named() for one in attachments),
        review=True if review else msgspec.UNSET,
    )
    return log.encode(payload), tuple(contents)


def sign(payload: bytes, *keys: PrivateKey) -> bytes:
    """The envelope around a payload."""
    return dsse.encode(dsse.sign(log.PAYLOAD_TYPE, payload, *keys))


def normal(envelope: bytes) -> bytes:
    """The envelope, written by whatever program, in the form that is logged. Raises Malformed, Refused (oversize)."""
    if len(envelope) > log.ENVELOPE_MAX:
        raise Refused(
            f"The envelope has {len(envelope):,} bytes; {log.ENVELOPE_MAX:,} are taken.",
            field="envelope",
            code="oversize",
            hint="Publish in parts.",
        )
    return dsse.encode(dsse.accept(envelope))


def open_envelope(envelope: bytes, keys: Keyring) -> Opened:
    """The payload of an envelope in its logged form, its signatures checked. Raises Refused that names the field."""
    if len(envelope) > log.ENVELOPE_MAX:
        raise Refused("The envelope is too large.", field="envelope", code="oversize", hint="Publish in parts.")
    try:
        outer = dsse.decode(envelope)
    except (Malformed, LimitExceeded) as error:
        raise Refused(error.message, field="envelope", code="bad_envelope", hint=error.hint) from None
    if outer.payload_type != log.PAYLOAD_TYPE:
        raise Refused(f"The payload type is not {log.PAYLOAD_TYPE}.", field="payloadType", code="bad_payload_type")
    try:
        payload = log.decode(outer.payload)
    except Malformed as error:
        raise Refused(error.message, field="payload", code="bad_payload", hint=error.hint) from None
    known: dict[str, PublicKey] | None = None
    brought = (
        payload.key if isinstance(payload, log.Genesis) else payload.new if isinstance(payload, log.KeyRotate) else ""
    )
    if brought:  # a key that this very entry brings signs it too
        from sousveil.register.owners import public_key

        new = public_key(brought)
        known = {**keys.public_keys, new.id: new}
    try:
        signers = dsse.signers(outer, known if known is not None else keys.public_keys)
    except BadSignature as error:
        raise Refused(error.message, field="signatures", code="bad_signature", hint=error.hint) from None
    if 0 < len(signers) < len(outer.signatures):
        # Were it let in, and its key registered later, the same entry would have another signer at the next reading.
        raise Refused(
            "One of the signatures is by a key that is not registered here.",
            field="signatures",
            code="unknown_key",
            hint="Register that key first, or leave its signature out.",
        )
    return Opened(
        payload=payload,
        payload_sha256=hashlib.sha256(outer.payload).digest(),
        signers=tuple(signers),
        envelope=envelope,
    )


def entry_of(opened: Opened, owner: str, statements: tuple[NewStatement, ...] = ()) -> NewEntry:
    """The entry to append."""
    payload = opened.payload
    dataset = payload.dataset if isinstance(payload, log.Statements | log.Snapshot) else ""
    return NewEntry(
        kind=log.kind_of(payload),
        envelope=opened.envelope,
        leaf=leaf_hash(log.log_entry(opened.envelope)),
        unique=opened.unique,
        signers=opened.signers,
        publisher=owner,
        dataset=dataset,
        statements=statements,
    )
