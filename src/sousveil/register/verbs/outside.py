"""Publishing with a key that never comes near this program: prepare the payload, sign it elsewhere, hand both in.

`publish FILE --prepare DIR` writes `payload.json` (the exact bytes to sign) and `contents.json` (salts, contents, files);
`ssh-keygen -Y sign -n sousveil-publication -f KEY DIR/payload.json` signs; `publish DIR --signature DIR/payload.json.sig`
hands in what was prepared. Several may sign the same payload: the publisher, and those who confirm it; `--signature` is then
given once for each.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from sousveil.errors import Malformed, Usage
from sousveil.ledger import atomic, dsse, sshsig
from sousveil.ledger.keys import key_id
from sousveil.register import entries as log
from sousveil.register import publication
from sousveil.register.keyring import Keyring
from sousveil.register.model import Statement
from sousveil.register.publication import File, Submission

PAYLOAD, CONTENTS = "payload.json", "contents.json"
SIGN = f"ssh-keygen -Y sign -n {log.SSH_NAMESPACE} -f KEY"


class _Beside(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What goes with a payload."""

    contents: tuple[tuple[bytes, bytes], ...]
    attachments: tuple[File, ...] = ()


def prepare(
    folder: Path, statements: Sequence[Statement], *, owner: str, example: bool, attachments: Sequence[File] = ()
) -> Path:
    """Write what has to be signed and what goes with it; gives the file to sign. Raises Refused, Usage."""
    if not statements:
        raise Usage("There is no statement to publish.")
    if len(statements) > publication.PER_ENTRY:
        raise Usage(
            f"At most {publication.PER_ENTRY} statements are signed at once.",
            hint="Split the file, and sign each part.",
        )
    payload, contents = publication.make(
        statements, publisher=owner, dataset=statements[0].dataset, example=example, attachments=attachments
    )
    return write(folder, payload, beside(contents, attachments))


def write(folder: Path, payload: bytes, contents: bytes) -> Path:
    """Write a payload and what goes with it; gives the file to sign. Raises Usage."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (folder / PAYLOAD).exists():
        raise Usage(f"{folder} holds a prepared publication already.", hint="Name another folder.")
    atomic.write(folder / CONTENTS, contents, mode=0o600)
    atomic.write(folder / PAYLOAD, payload, mode=0o600)
    return folder / PAYLOAD


def beside(contents: Sequence[tuple[bytes, bytes]], attachments: Sequence[File] = ()) -> bytes:
    """What goes with a payload: the bytes of `contents.json`."""
    return msgspec.json.encode(_Beside(contents=tuple(contents), attachments=tuple(attachments)))


def submission(folder: Path, signatures: Sequence[bytes], ring: Keyring | None = None) -> Submission:
    """What was prepared in the folder, with the armoured SSH signatures over its payload. Raises Malformed."""
    try:
        payload, contents = (folder / PAYLOAD).read_bytes(), (folder / CONTENTS).read_bytes()
    except OSError as error:
        raise Malformed(f"What was prepared in {folder} cannot be read: {error}.", hint="Prepare it again.") from None
    return joined(payload, contents, b"".join(signatures), ring)


def joined(payload: bytes, contents: bytes, signatures: bytes, ring: Keyring | None = None) -> Submission:
    """A payload, what goes with it, and one or several armoured SSH signatures over the payload, one after another.

    The publisher's comes first in the envelope: by `ring`, else as given. Raises Malformed.
    """
    blobs = [sshsig.unarmor(b"".join(one)) for one in _ARMORED.findall(signatures)] or [sshsig.unarmor(signatures)]
    signed = [dsse.Signature(keyid=key_id(sshsig.parse(blob).public), sig=blob) for blob in blobs]
    if ring is not None:
        decoded = log.decode(payload)
        publisher = decoded.publisher if isinstance(decoded, log.Statements) else ""
        owners = {one.key_id: one.owner for one in ring.states()}
        signed.sort(key=lambda one: owners.get(one.keyid) != publisher)
    envelope = dsse.Envelope(payload=payload, payload_type=log.PAYLOAD_TYPE, signatures=tuple(signed))
    try:
        found = msgspec.json.decode(contents, type=_Beside)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise Malformed(f"{CONTENTS} cannot be read: {error}.", hint="Prepare it again.") from None
    return Submission(envelope=dsse.encode(envelope), contents=found.contents, attachments=found.attachments)


_ARMORED = re.compile(rb"(-----BEGIN SSH SIGNATURE-----\r?\n)([^-]*)(-----END SSH SIGNATURE-----)")
