"""The payloads of log entries: what is signed, and what anybody can read in the log.

A payload is compact JSON in the one form that `encode` gives, with the member `kind` first. Nothing in it names a
natural person: owners are entity ids, names of organisations or pseudonyms, and reasons are codes (`codes.py`).
"""

from __future__ import annotations

import hashlib

import msgspec

from sousveil.errors import Malformed
from sousveil.register.codes import (
    EraseBy,
    EraseGround,
    PublicInterest,
    RetractReason,
    RevokeReason,
    Role,
    Verdict,
    Waived,
)
from sousveil.register.model import Attachment, Commitment

PAYLOAD_TYPE = "application/vnd.sousveil.entry.v1+json"
"""The payload type of the DSSE envelopes."""
SSH_NAMESPACE = "sousveil-publication"
"""The namespace for `ssh-keygen -Y sign`."""
ENTRY_MAX = 65_535
"""Bytes of one entry in the log (its bundles have 16-bit lengths). A longer envelope is logged by its digest."""
ENVELOPE_MAX = 1 << 20
"""Bytes of one envelope."""
STATEMENTS_MAX = 5_000
"""Statements of one publication."""
CONTENT_MAX = 65_536
"""Bytes of one statement's content."""


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", gc=False):
    """Any payload."""


class Genesis(Entry, frozen=True, kw_only=True, tag="genesis"):
    """The first entry: what register this is and who runs it. Signed by `key`."""

    origin: str
    """The log's name in its checkpoints, for instance `register.example.org/log`."""
    title: str
    example: bool
    """Everything in it is invented. Such a register and a real one never take each other's publications."""
    key: str
    """The operator's first public key, 64 hex digits."""
    owner: str
    log: str
    """The verifier key of the log's checkpoints, in the form of signed notes."""
    made: str
    """UTC, `2026-01-31T12:00:00Z`: what the signer says, as in every entry."""


class Statements(Entry, frozen=True, kw_only=True, tag="statements"):
    """A publication: commitments to statements, in order; their salts and contents lie beside the log."""

    publisher: str
    """Owner of the signing key."""
    dataset: str
    example: bool = False
    commitments: tuple[Commitment, ...]
    attachments: tuple[Attachment, ...] = ()
    review: bool | msgspec.UnsetType = msgspec.UNSET
    """True: its publisher asks that two reviewers read it before it is public."""


class KeyAdd(Entry, frozen=True, kw_only=True, tag="key_add"):
    """A key begins. Signed by an operator."""

    key: str
    """Public key, 64 hex digits. A key has one owner and one role, once and for all."""
    owner: str
    role: Role
    domain: str | None = None
    """The owner's official domain, by which control can be proved."""
    made: str


class KeyRotate(Entry, frozen=True, kw_only=True, tag="key_rotate"):
    """A key is replaced by `new`, which takes over owner, role and proofs. Signed by both."""

    key: str
    new: str
    made: str


class KeyRevoke(Entry, frozen=True, kw_only=True, tag="key_revoke"):
    """A key ends. Signed by itself or by an operator."""

    key: str
    reason: RevokeReason
    compromised_since: int | None = None
    """Entries signed by the key from this index on are doubtful."""
    made: str


class Voucher(Entry, frozen=True, kw_only=True, tag="voucher"):
    """An organisation vouches that the key is its owner's. Signed by a key with the role of a voucher."""

    key: str
    made: str


class DomainProof(Entry, frozen=True, kw_only=True, tag="domain_proof"):
    """The owner's domain served a file that names the key. Signed by an operator."""

    key: str
    domain: str
    sha256: str
    """Of the file's bytes."""
    size: int
    checked: str
    """Day on which it was fetched."""
    by: str
    """Who fetched it: an organisation or a pseudonym."""
    made: str


class Review(Entry, frozen=True, kw_only=True, tag="review"):
    """One reviewer's word on a held publication. Stands in the log before that publication."""

    publication: str
    """SHA-256 of the publication's payload."""
    verdict: Verdict
    ground: PublicInterest | None = None
    notice: str | None = None
    """Day on which the subject was told."""
    reply_until: str | None = None
    """Last day for the subject's reply; published only after it."""
    waived: Waived | None = None
    """Why there was no notice."""
    made: str


class Retract(Entry, frozen=True, kw_only=True, tag="retract"):
    """The first publisher takes statements back; they stay readable and are marked."""

    ids: tuple[str, ...]
    reason: RetractReason
    made: str


class Erase(Entry, frozen=True, kw_only=True, tag="erase"):
    """Content and salt of these statements are deleted everywhere. Signed by an operator."""

    ids: tuple[str, ...]
    ground: EraseGround
    by: EraseBy
    backups_by: str
    """Day by which backups hold them no more."""
    attachments: tuple[str, ...] = ()
    """SHA-256 of files deleted with them."""
    made: str


class Snapshot(Entry, frozen=True, kw_only=True, tag="snapshot"):
    """A published list was read. Its rows serve screening and are not published one by one."""

    dataset: str
    source: str
    sha256: str
    """Of the file that was read, or of the sorted list of files and their hashes."""
    date: str
    """Day of the snapshot."""
    rows: int
    counts: dict[str, int] = {}
    rows_sha256: str | msgspec.UnsetType = msgspec.UNSET
    """Of the rows that serve screening (`model_reference.digest`); lists whose rows are published have none."""
    made: str


class Digest(Entry, frozen=True, kw_only=True, tag="digest"):
    """What stands in the log for an envelope of more than 65,535 bytes; the envelope lies beside it. Not signed."""

    sha256: str
    size: int


Payload = (
    Genesis | Statements | KeyAdd | KeyRotate | KeyRevoke | Voucher | DomainProof | Review | Retract | Erase | Snapshot
)
KINDS: dict[type[Entry], str] = {
    one: str(one.__struct_config__.tag)
    for one in (
        Genesis,
        Statements,
        KeyAdd,
        KeyRotate,
        KeyRevoke,
        Voucher,
        DomainProof,
        Review,
        Retract,
        Erase,
        Snapshot,
        Digest,
    )
}
"""Type -> the value of `kind`."""
KEY_KINDS = ("genesis", "key_add", "key_rotate", "key_revoke", "voucher", "domain_proof")
"""The entries out of which the keyring is computed."""

_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODER: msgspec.json.Decoder[Payload] = msgspec.json.Decoder(Payload)
_DIGEST = msgspec.json.Decoder(Digest)


def encode(payload: Entry) -> bytes:
    """The exact bytes that are signed."""
    return _ENCODER.encode(payload)


def decode(data: bytes) -> Payload:
    """The payload in these bytes. Raises Malformed, also when they are not the one form `encode` gives."""
    try:
        payload = _DECODER.decode(data)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise Malformed(f"This entry cannot be read: {error}.") from None
    if _ENCODER.encode(payload) != data:
        raise Malformed(
            "This entry is not written in the one form that is signed.",
            hint="Write compact JSON, members in the order of the reference page, `kind` first.",
        )
    return payload


def kind_of(payload: Entry) -> str:
    """The value of `kind`."""
    return KINDS[type(payload)]


def log_entry(envelope: bytes) -> bytes:
    """The bytes that stand in the log for an envelope: itself, or its digest where it is too long for a bundle."""
    if len(envelope) <= ENTRY_MAX:
        return envelope
    return encode(Digest(sha256=hashlib.sha256(envelope).hexdigest(), size=len(envelope)))


def digest_in(entry: bytes) -> Digest | None:
    """The digest, when the entry is one; None for an envelope."""
    if not entry.startswith(b'{"kind":"digest",'):
        return None
    try:
        found = _DIGEST.decode(entry)
    except (msgspec.DecodeError, ValueError) as error:
        raise Malformed(f"This digest cannot be read: {error}.") from None
    if encode(found) != entry:
        raise Malformed("This digest is not written in the one form that is logged.")
    return found
