"""Signed envelopes (DSSE, Dead Simple Signing Envelope v1): exact payload bytes, their type, and who signed them.

What is signed is the pre-authentication encoding of type and payload, so that no JSON needs a canonical form. Beside
the raw Ed25519 signatures of DSSE an envelope may carry signatures that `ssh-keygen -Y sign` made over the payload
(`sshsig`); they begin with the six bytes SSHSIG.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import msgspec

from sousveil.errors import LimitExceeded, Malformed
from sousveil.ledger import sshsig
from sousveil.ledger.disagreement import BadSignature
from sousveil.ledger.keys import PrivateKey, PublicKey

MAX_SIGNATURES = 16
MAX_BYTES = 16 << 20
"""Most bytes of an envelope that is parsed."""
MAX_BRACKETS = 1_000
MAX_DEPTH = 32
"""Brackets within brackets; an envelope needs three. A reader that goes one call deeper for each would leave a thread's small
stack, and with it the process."""
_REST = bytes(one for one in range(256) if one not in b"[]{}")


def pae(payload_type: str, payload: bytes) -> bytes:
    """The bytes that a signature covers: `DSSEv1 SP len(type) SP type SP len(payload) SP payload`."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


class Signature(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One signature: a hint at the key, and the signature's bytes (Base64 in JSON)."""

    keyid: str
    sig: bytes


class Envelope(msgspec.Struct, frozen=True, kw_only=True, rename={"payload_type": "payloadType"}, gc=False):
    """A payload and its signatures."""

    payload: bytes
    payload_type: str
    signatures: tuple[Signature, ...]

    def signed_bytes(self) -> bytes:
        """See `pae`."""
        return pae(self.payload_type, self.payload)


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Envelope)


def encode(envelope: Envelope) -> bytes:
    """The envelope as JSON, in the one form that stands in a log: this order of fields, no spaces, standard Base64."""
    return _ENCODER.encode(envelope)


def decode(data: bytes) -> Envelope:
    """The envelope in bytes that `encode` gave. Raises Malformed for any other way of writing it."""
    limit(data)
    try:
        envelope = _DECODER.decode(data)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise Malformed(f"This signed envelope cannot be read: {error}.") from None
    if _ENCODER.encode(envelope) != data:
        raise Malformed("This signed envelope is not written in the one form that stands in the log.")
    _checked(envelope)
    return envelope


def accept(data: bytes) -> Envelope:
    """An envelope as any program writes it: other order, spaces, unknown fields, URL-safe Base64. Raises Malformed."""
    limit(data)
    try:
        raw = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise Malformed(f"This signed envelope cannot be read: {error}.") from None
    payload_type = _text(raw, "payloadType")
    payload = _base64(_text(raw, "payload"), "payload")
    found = raw.get("signatures")
    if not isinstance(found, list):
        raise Malformed("This signed envelope has no list `signatures`.")
    signatures = tuple(
        Signature(keyid=_text(one, "keyid", ""), sig=_base64(_text(one, "sig"), "sig")) for one in found[:64]
    )
    envelope = Envelope(payload=payload, payload_type=payload_type, signatures=signatures)
    _checked(envelope)
    return envelope


def sign(payload_type: str, payload: bytes, *keys: PrivateKey) -> Envelope:
    """The payload signed with these keys."""
    message = pae(payload_type, payload)
    signatures = tuple(Signature(keyid=key.public.id, sig=key.sign(message)) for key in keys)
    return Envelope(payload=payload, payload_type=payload_type, signatures=signatures)


def holds(envelope: Envelope, signature: Signature, key: PublicKey, namespace: str = sshsig.NAMESPACE) -> bool:
    """Whether this signature of the envelope was made with the key: Ed25519 over `pae`, or SSH over the payload."""
    if signature.sig.startswith(sshsig.MAGIC):
        try:
            sshsig.verify_blob(signature.sig, envelope.payload, key, namespace)
        except (Malformed, BadSignature):
            return False
        return True
    return key.holds(signature.sig, envelope.signed_bytes())


def signers(envelope: Envelope, keys: Mapping[str, PublicKey]) -> list[str]:
    """Ids of the known keys that signed, in order. Raises BadSignature where the signature of a known key does not hold.

    Signatures of unknown keys are passed over; an envelope that nobody known signed gives an empty list.
    """
    found: list[str] = []
    for signature in envelope.signatures:
        key = keys.get(signature.keyid)
        if key is None:
            continue
        if not holds(envelope, signature, key):
            raise BadSignature(f"The signature of key {signature.keyid} does not hold for this payload.")
        found.append(signature.keyid)
    return found


def _checked(envelope: Envelope) -> None:
    if not envelope.signatures:
        raise Malformed("This envelope carries no signature.", hint="Sign it, then submit it.")
    if len(envelope.signatures) > MAX_SIGNATURES:
        raise LimitExceeded(f"This envelope carries more than {MAX_SIGNATURES} signatures.")
    names = [one.keyid for one in envelope.signatures]
    if len(set(names)) != len(names):
        raise Malformed("This envelope carries two signatures of one key.")


def limit(data: bytes) -> None:
    """Refuse what is too long, or nested too deeply, before it is parsed. Raises LimitExceeded, Malformed."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded(f"A signed envelope has at most {MAX_BYTES:,} bytes; this one has {len(data):,}.")
    # Brackets inside of texts count as well: what an envelope holds is Base64 and has none.
    brackets = data.translate(None, delete=_REST)
    depth = 0
    for one in brackets[:MAX_BRACKETS]:
        depth += 1 if one in b"[{" else -1
        if depth > MAX_DEPTH:
            break
    if depth > MAX_DEPTH or len(brackets) > MAX_BRACKETS:
        raise Malformed("This signed envelope cannot be read: too many brackets, or nested too deeply.")


def _text(raw: Any, name: str, default: str | None = None) -> str:
    value = raw.get(name, default) if isinstance(raw, dict) else None
    if not isinstance(value, str):
        raise Malformed(f"This signed envelope has no text `{name}`.")
    return value


def _base64(text: str, name: str) -> bytes:
    standard = text.replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise Malformed(f"`{name}` of this signed envelope is not Base64.") from None
