"""Making a publication out of statements, and taking one apart: signatures, salts, contents, rules.

A submission is what a publisher hands in: the signed envelope, and beside it the salts, contents and files that the
envelope commits to. `opened` checks all that can be known without the register's history.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection, Sequence

import msgspec

from sousveil.errors import LimitExceeded, Malformed, SousveilError
from sousveil.ledger import dsse
from sousveil.ledger.disagreement import BadSignature
from sousveil.ledger.keys import PrivateKey, PublicKey
from sousveil.ledger.merkle import leaf_hash
from sousveil.register import entries as log
from sousveil.register import persons
from sousveil.register.codes import Role
from sousveil.register.keyring import Keyring
from sousveil.register.model import (
    SALT_BYTES,
    Attachment,
    Commitment,
    Stance,
    Standing,
    Statement,
    content,
    from_content,
)
from sousveil.register.owners import KeyState
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
MEDIA_TYPE_MAX = 100
_ENTITY = re.compile(r"sv-[0-9a-z]{1,61}", re.ASCII)
_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+", re.ASCII)


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
) -> tuple[bytes, tuple[tuple[bytes, bytes], ...]]:
    """The payload to sign, and the salts and contents that go beside it. Each statement is cleaned and checked.

    `person` is set where the list itself says that a subject or a value is a natural person.
    """
    statements = persons.marked(statements)
    salts = os.urandom(SALT_BYTES * len(statements))
    commitments, contents = [], []
    sha256 = hashlib.sha256
    for at, one in enumerate(statements):
        try:
            clean = check(one)
        except Refused as refused:
            raise in_statement(at, refused) from None
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


def check_publication(
    payload: log.Statements, submission: Submission, owner: KeyState, *, example: bool
) -> list[tuple[NewStatement, Statement]]:
    """The statements of a publication, each checked against its commitment and the rules. Raises Refused."""
    if payload.example != example:
        raise Refused(
            "This publication is marked as an example, and this register is a real one."
            if payload.example
            else "This publication is not marked as an example, and everything in this register is invented.",
            field="example",
            code="example",
        )
    if payload.publisher != owner.owner:
        raise Refused(
            f"The key belongs to {owner.owner}, not to {payload.publisher[:100]}.",
            field="publisher",
            code="not_the_owner",
        )
    _check_dataset(payload.dataset, owner)
    if not payload.commitments:
        raise Refused("This publication holds no statement.", field="commitments", code="empty")
    if len(payload.commitments) > log.STATEMENTS_MAX:
        raise Refused(
            f"A publication holds at most {log.STATEMENTS_MAX:,} statements.", field="commitments", code="oversize"
        )
    if len(submission.contents) != len(payload.commitments):
        raise Refused(
            f"{len(payload.commitments)} statements are committed to and {len(submission.contents)} handed in.",
            field="contents",
            code="contents_missing",
        )
    _check_files(payload, submission)
    names = publishers(payload.dataset, owner.owner)
    found = []
    for at, (commitment, (salt, data)) in enumerate(zip(payload.commitments, submission.contents, strict=True)):
        try:
            found.append(_statement(payload, owner, names, commitment, salt, data))
        except Refused as refused:
            raise in_statement(at, refused) from None
    return found


def datasets() -> Collection[str]:
    """Names of the data sets for which there is an intake."""
    from sousveil.register.intake import intakes

    return intakes()


def publishers(dataset: str, owner: str) -> Collection[str]:
    """Whom the statements of a publication may name as their publisher.

    Nobody publishes for another, whatever its role: what is published directly is said by the owner of the key. What a data
    set holds is said by whoever publishes that data set, as its intake names them, now or formerly. Empty for an unknown one.
    """
    from sousveil.register.intake import intakes

    if dataset == DIRECT:
        return (owner,)
    one = intakes().get(dataset)
    return (one.dataset.publisher, *one.dataset.formerly) if one is not None else ()


def _check_dataset(name: str, owner: KeyState) -> None:
    if name == DIRECT:
        return
    if owner.role is Role.PUBLISHER:
        raise Refused(
            f"A publisher speaks for itself: its data set is `{DIRECT}`.",
            field="dataset",
            code="bad_dataset",
            hint="Published data sets are loaded with `sousveil register load`.",
        )
    if name not in datasets():
        raise Refused(
            f"There is no data set named “{name[:80]}”.",
            field="dataset",
            code="bad_dataset",
            hint=f"It is `{DIRECT}`, or the name of an intake.",
        )


def in_statement(at: int, refused: Refused) -> Refused:
    """The refusal, which says in which statement of a publication."""
    return Refused(
        f"Statement {at}: {refused.message}",
        field=f"statements[{at}].{refused.field}",
        code=refused.code,
        hint=refused.hint,
    )


def _statement(
    payload: log.Statements, owner: KeyState, names: Collection[str], commitment: Commitment, salt: bytes, data: bytes
) -> tuple[NewStatement, Statement]:
    if len(salt) != SALT_BYTES:
        raise Refused(f"A salt has {SALT_BYTES} bytes.", field="salt", code="bad_salt")
    if len(data) > log.CONTENT_MAX:
        raise Refused(f"A statement has at most {log.CONTENT_MAX:,} bytes.", field="content", code="oversize")
    digest = hashlib.sha256(salt + data)
    if digest.hexdigest() != commitment.id:
        raise Refused("Salt and content are not those that were signed.", field="id", code="commitment_differs")
    try:
        one = from_content(data)
        clean = check(one)
    except Refused:
        raise
    except SousveilError as error:
        raise Refused(error.message, field="content", code="bad_content", hint=error.hint) from None
    if clean is not one and clean != one:
        changed = next(name for name in one.__struct_fields__ if getattr(one, name) != getattr(clean, name))
        raise Refused(
            f"`{changed}` is not written in its clean form.",
            field=changed,
            code="not_clean",
            hint="Prepare the publication with `sousveil register publish`, which cleans before it signs.",
        )
    told = (commitment.type, commitment.standing, commitment.stance, commitment.person)
    if told != (one.type, one.standing, one.stance, one.person):
        raise Refused("The log would say something else than the statement.", field="commitment", code="leaf_differs")
    if one.dataset != payload.dataset:
        raise Refused("The statement belongs to another data set.", field="dataset", code="other_dataset")
    if not _ENTITY.fullmatch(one.subject):
        raise Refused(
            "An entity's id is sv- and letters a to z or digits, at most 64 characters.",
            field="subject",
            code="bad_subject",
        )
    if one.publisher not in names:
        raise Refused(
            f"The key of {owner.owner} speaks in its own name, not in that of {one.publisher[:100]}."
            if payload.dataset == DIRECT
            else f"What this data set holds is said by {next(iter(names), owner.owner)}, not by {one.publisher[:100]}.",
            field="publisher",
            code="not_the_owner",
            hint="Nobody publishes for another, the operator included: name in the source whom you quote.",
        )
    made = NewStatement(
        id=digest.digest(),
        salt=salt,
        content=data,
        subject=one.subject,
        type=one.type,
        dataset=one.dataset,
        target=one.value if one.value.startswith(ENTITY_PREFIX) and _ENTITY.fullmatch(one.value) else None,
        supersedes=bytes.fromhex(one.supersedes) if one.supersedes else None,
        corrects=one.stance is Stance.CORRECTS,
        person=one.person,
    )
    return made, one


def _check_files(payload: log.Statements, submission: Submission) -> None:
    if len(payload.attachments) > ATTACHMENTS_MAX:
        raise Refused(f"At most {ATTACHMENTS_MAX} files are taken.", field="attachments", code="oversize")
    if len(payload.attachments) != len(submission.attachments):
        raise Refused("Not all files that were signed are handed in.", field="attachments", code="attachment_missing")
    for at, (named, file) in enumerate(zip(payload.attachments, submission.attachments, strict=True)):
        field = f"attachments[{at}]"
        if len(named.media_type) > MEDIA_TYPE_MAX or not _MEDIA_TYPE.fullmatch(named.media_type):
            raise Refused(
                "This is not a media type such as application/pdf.", field=f"{field}.media_type", code="bad_media_type"
            )
        if len(file.data) > ATTACHMENT_MAX:
            raise Refused(f"A file has at most {ATTACHMENT_MAX >> 20} MiB.", field=field, code="oversize")
        if hashlib.sha256(file.data).hexdigest() != named.sha256 or len(file.data) != named.size:
            raise Refused(
                "The file is not the one that was signed.", field=f"{field}.sha256", code="attachment_differs"
            )


def needs_review(payload: log.Statements) -> tuple[str, ...]:
    """Why a publication is held before it is public; empty where it is not."""
    person = alleged = False
    for one in payload.commitments:
        person |= one.person
        alleged |= one.standing is Standing.ALLEGED
    return ("person",) * person + ("alleged",) * alleged
