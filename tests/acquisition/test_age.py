"""Age files against the library of age itself, and against hostile bytes."""

from __future__ import annotations

import random

import pyrage
import pytest

from phonegen.android.sealing import seal
from sousveil.acquisition import age
from sousveil.errors import LimitExceeded, Locked, Malformed, SousveilError, Unsupported
from sousveil.ledger import bech32

IDENTITY = pyrage.x25519.Identity.generate()
SIZES = (0, 1, 65_535, 65_536, 65_537, 131_072, 200_001)


class Bytes:
    """Bytes as a `Readable`."""

    def __init__(self, data: bytes) -> None:
        self.data, self.size = data, len(data)

    def read(self, amount: int, offset: int) -> bytes:
        return self.data[offset : offset + amount]

    def close(self) -> None: ...


def opened(data: bytes, **secret: bytes) -> age.SealedFile:
    source = Bytes(data)
    header = age.read_header(source)
    return age.SealedFile(source, header.payload, age.payload_key(header, **secret))


def secret(identity: pyrage.x25519.Identity = IDENTITY) -> bytes:
    return b"# a comment\n" + str(identity).encode() + b"\n"


@pytest.mark.parametrize("size", SIZES)
def test_content_at_any_offset(size: int) -> None:
    rng = random.Random(size)
    plain = rng.randbytes(size)
    others = [pyrage.x25519.Identity.generate().to_public() for _ in range(3)]
    file = opened(pyrage.encrypt(plain, [*others, IDENTITY.to_public()]), identity=secret())
    assert file.size == size and file.read(size + 10, 0) == plain
    for _ in range(20):
        start, amount = rng.randint(0, size + 5), rng.randint(0, 90_000)
        assert file.read(amount, start) == plain[start : start + amount]


def test_a_passphrase_opens_what_it_sealed() -> None:
    sealed = seal(b"content", "correct horse")
    assert pyrage.passphrase.decrypt(sealed, "correct horse") == b"content"
    assert opened(sealed, password=b"correct horse").read(9, 0) == b"content"
    with pytest.raises(Locked, match=r"^the password does not open this age file\."):
        opened(sealed, password=b"wrong")
    with pytest.raises(Locked, match="needs a password"):
        opened(sealed, identity=secret())


def test_a_wrong_or_missing_identity_is_locked() -> None:
    sealed = pyrage.encrypt(b"content", [IDENTITY.to_public()])
    with pytest.raises(Locked, match="made for another one"):
        opened(sealed, identity=secret(pyrage.x25519.Identity.generate()))
    with pytest.raises(Locked, match="needs an identity"):
        opened(sealed, password=b"x")
    with pytest.raises(Locked, match="contains no secret key"):
        opened(sealed, identity=b"age1qqqq\n")
    broken = secret().replace(b"1", b"1q", 1)
    with pytest.raises(Locked, match="contains no secret key"):
        opened(sealed, identity=broken)


def test_every_change_is_refused() -> None:
    plain = bytes(range(256)) * 600
    sealed = pyrage.encrypt(plain, [IDENTITY.to_public()])
    rng = random.Random(5)
    places = [*range(len(age.MAGIC), 260), *(rng.randrange(260, len(sealed)) for _ in range(60))]
    for place in places:
        changed = bytearray(sealed)
        changed[place] ^= 1 << rng.randrange(8)
        with pytest.raises(SousveilError):
            opened(bytes(changed), identity=secret()).read(len(plain), 0)
    for cut in (10, 100, 220, len(sealed) - 1, len(sealed) - 100_000):
        with pytest.raises(Malformed):
            opened(sealed[:cut], identity=secret()).read(len(plain), 0)
    payload = age.read_header(Bytes(sealed)).payload
    for cut in (payload - 1, payload, payload + 5, payload + 16, payload + 17):
        with pytest.raises(Malformed):
            opened(sealed[:cut], identity=secret()).read(len(plain), 0)
    # Blocks that change places, or the last one left out, are refused as well.
    head = age.read_header(Bytes(sealed)).payload
    step = age.BLOCK + 16
    swapped = (
        sealed[:head] + sealed[head + step : head + 2 * step] + sealed[head : head + step] + sealed[head + 2 * step :]
    )
    for changed in (swapped, sealed[: head + 2 * step]):
        with pytest.raises(Malformed, match="cut off or was changed"):
            opened(bytes(changed), identity=secret()).read(len(plain), 0)


def test_hostile_headers() -> None:
    line = b"-> X25519 " + b"A" * 43 + b"\n" + b"A" * 43 + b"\n"
    mac = b"--- " + b"A" * 43 + b"\n"
    with pytest.raises(LimitExceeded):
        age.read_header(Bytes(age.MAGIC + line * 300 + mac + bytes(40)))
    with pytest.raises(Malformed, match="not an age file"):
        age.read_header(Bytes(b"PK\x03\x04"))
    with pytest.raises(Malformed, match="after its header"):
        age.read_header(Bytes(age.MAGIC + line + mac))
    hard = age.MAGIC + b"-> scrypt " + b"A" * 22 + b" 30\n" + b"A" * 43 + b"\n" + mac + bytes(40)
    with pytest.raises(LimitExceeded, match="work factor 30"):
        age.payload_key(age.read_header(Bytes(hard)), password=b"x")
    foreign = age.MAGIC + b"-> piv-p256 AAAA\n" + b"A" * 43 + b"\n" + mac + bytes(40)
    with pytest.raises(Unsupported, match="recipients of an unknown kind"):
        age.payload_key(age.read_header(Bytes(foreign)), identity=secret())


def test_bech32_reads_what_it_writes() -> None:
    for size in (0, 1, 5, 20, 32, 33):
        data = random.Random(size).randbytes(size)
        text = bech32.encode("age-secret-key-", data)
        assert bech32.decode("age-secret-key-", text) == bech32.decode("age-secret-key-", text.upper()) == data
        assert bech32.decode("age", text) is None
        assert bech32.decode("age-secret-key-", text[:-1] + ("q" if text[-1] != "q" else "p")) is None
        assert bech32.decode("age-secret-key-", text.title()) is None
