"""Ed25519 keys: which are taken, how they are named, and where private ones are kept.

Verifiers of Ed25519 disagree at the edges, and with a key of small order one signature fits every message: its holder
could deny anything. A public key is therefore taken only if it is the canonical encoding of a point of the prime-order
subgroup. Signatures are verified with libsodium (PyNaCl), which also refuses S that is not reduced. See
docs/concepts/transparency-log.md.

A key is named by the first 32 hex digits of SHA-256 over its 32 bytes (128 bits, so that nobody can make two keys of
one name). A private key is kept as an OpenSSH private key file that only its owner may read; `ssh-keygen -Y sign` can
use the same file.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from nacl.bindings import (
    crypto_core_ed25519_is_valid_point,
    crypto_sign,
    crypto_sign_open,
    crypto_sign_seed_keypair,
)
from nacl.exceptions import BadSignatureError

from sousveil.errors import Locked, Malformed, Missing, Usage
from sousveil.ledger.disagreement import BadSignature

KEY_BYTES = 32
SIGNATURE_BYTES = 64
KEY_ID_DIGITS = 32

_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT_OF_MINUS_1 = pow(2, (_P - 1) // 4, _P)
_MAX_FILE = 1 << 16


def key_id(public: bytes) -> str:
    """The name of a public key: the first 32 hex digits of its SHA-256."""
    return sha256(public).hexdigest()[:KEY_ID_DIGITS]


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key that may be taken. Making one raises Malformed for every other 32 bytes."""

    raw: bytes

    def __post_init__(self) -> None:
        _accepted(self.raw)

    @property
    def id(self) -> str:
        """See `key_id`."""
        return key_id(self.raw)

    def verify(self, signature: bytes, message: bytes) -> None:
        """Raises BadSignature unless the signature is this key's over the message."""
        if not self.holds(signature, message):
            raise BadSignature(f"A signature does not fit its key {self.id}.")

    def holds(self, signature: bytes, message: bytes) -> bool:
        """Whether the signature (64 bytes) is this key's over the message."""
        if len(signature) != SIGNATURE_BYTES:
            return False
        try:
            crypto_sign_open(signature + message, self.raw)
        except BadSignatureError:
            return False
        return True


class PrivateKey:
    """A private key. Its secret is never printed."""

    __slots__ = ("_secret", "public", "seed")

    def __init__(self, seed: bytes) -> None:
        if len(seed) != KEY_BYTES:
            raise Malformed(f"A private key has {KEY_BYTES} bytes, not {len(seed)}.")
        raw, self._secret = crypto_sign_seed_keypair(seed)
        self.seed = seed
        self.public = PublicKey(raw)
        """Its public key."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PrivateKey) and self.public == other.public

    def __hash__(self) -> int:
        return hash(self.public)

    def __repr__(self) -> str:
        return f"PrivateKey({self.public.id})"

    @classmethod
    def new(cls) -> PrivateKey:
        """A key out of the system's random numbers."""
        return cls(os.urandom(KEY_BYTES))

    @classmethod
    def load(cls, path: Path, *, passphrase: bytes | None = None) -> PrivateKey:
        """The key in an OpenSSH private key file. Raises Missing, Usage (others may read it), Locked, Malformed."""
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_ssh_private_key

        data = _read_private(path)
        try:
            key = load_ssh_private_key(data, passphrase)
        except UnsupportedAlgorithm:
            raise Locked(
                f"The key file {path.name} needs a passphrase that cannot be used here.",
                hint="Sign with `ssh-keygen -Y sign -n sousveil-publication -f KEY FILE` instead.",
            ) from None
        except TypeError:
            raise Locked(
                f"The key file {path.name} is protected by a passphrase.",
                hint="Sign with `ssh-keygen -Y sign -n sousveil-publication -f KEY FILE` instead.",
            ) from None
        except ValueError:
            raise Malformed(f"{path.name} is not an OpenSSH private key.") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise Usage(f"{path.name} is not an Ed25519 key.", hint="Make one with `ssh-keygen -t ed25519`.")
        return cls(key.private_bytes_raw())

    def save(self, path: Path) -> None:
        """Writes an OpenSSH private key file that only its owner may read; never over another. Raises Usage."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        key = Ed25519PrivateKey.from_private_bytes(self.seed)
        data = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            raise Usage(f"There is a file {path.name} already.", hint="Name another; keys are not replaced.") from None
        except OSError as error:
            raise Usage(f"The key file {path.name} cannot be written: {error.strerror}.") from None
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    def sign(self, message: bytes) -> bytes:
        """The signature over the message, 64 bytes."""
        return crypto_sign(message, self._secret)[:SIGNATURE_BYTES]


@lru_cache(maxsize=4096)  # a log names the same few keys in each entry; what raises is not remembered
def _accepted(raw: bytes) -> None:
    if len(raw) != KEY_BYTES:
        raise Malformed(f"A public key has {KEY_BYTES} bytes, not {len(raw)}.")
    hint = "Make a new one with `sousveil register key new` or `ssh-keygen -t ed25519`."
    number = int.from_bytes(raw, "little")
    y, odd = number & (1 << 255) - 1, number >> 255
    if y >= _P:
        raise Malformed("This public key is not written in its one canonical form.", hint=hint)
    x = _x(y)
    if x is None:
        raise Malformed("This public key is not a point of the curve.", hint=hint)
    if x == 0 and odd:
        raise Malformed("This public key is not written in its one canonical form.", hint=hint)
    if _small_order(x, y):
        raise Malformed("This public key is of small order: one signature would fit every message.", hint=hint)
    if not crypto_core_ed25519_is_valid_point(raw):
        raise Malformed("This public key is not in the prime-order subgroup.", hint=hint)


def _x(y: int) -> int | None:
    """A square root of (y^2 - 1) / (d y^2 + 1), RFC 8032 section 5.1.3."""
    above, below = (y * y - 1) % _P, (_D * y * y + 1) % _P
    x = above * pow(below, 3, _P) * pow(above * pow(below, 7, _P), (_P - 5) // 8, _P) % _P
    if (below * x * x - above) % _P:
        x = x * _ROOT_OF_MINUS_1 % _P
    return x if (below * x * x - above) % _P == 0 else None


def _small_order(x: int, y: int) -> bool:
    """Whether eight times the point is the neutral one."""
    for _ in range(3):
        product = _D * x * x * y * y % _P
        x, y = (
            2 * x * y * pow(1 + product, -1, _P) % _P,
            (y * y + x * x) * pow(1 - product, -1, _P) % _P,
        )
    return x == 0 and y == 1


def _read_private(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise Usage(f"{path.name} is not a key file.")
            if mode & 0o077:
                raise Usage(f"Others may read the key file {path.name}.", hint=f"Say: chmod 600 {path.name}")
            return file.read(_MAX_FILE)
    except FileNotFoundError:
        raise Missing(f"There is no key file {path}.", hint="Make one with `sousveil register key new`.") from None
    except OSError as error:
        raise Usage(f"The key file {path.name} cannot be read: {error.strerror}.") from None
