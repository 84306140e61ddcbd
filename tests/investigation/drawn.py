"""Invented lists for tests. Every number is drawn when the test runs; none is kept."""

from __future__ import annotations

import base64
import hashlib
import random
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import phonenumbers
import pyrage

CHANCE = random.SystemRandom()


def number(country: str = "GB") -> str:
    """A number that nobody looks up: valid, of this country, E.164."""
    example = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE)
    assert example is not None
    pattern = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    while True:
        made = pattern[:-6] + f"{CHANCE.randrange(10**6):06}"
        if phonenumbers.is_valid_number(phonenumbers.parse(made, None)):
            return made


def numbers(count: int, country: str = "GB") -> list[str]:
    """Different numbers of a country."""
    made: dict[str, None] = {}
    while len(made) < count:
        made[number(country)] = None
    return list(made)


def national(e164: str) -> str:
    """A number as its own country writes it, without spaces."""
    written = phonenumbers.format_number(phonenumbers.parse(e164, None), phonenumbers.PhoneNumberFormat.NATIONAL)
    return "".join(letter for letter in written if letter.isdecimal())


@dataclass(frozen=True)
class Holder:
    """A person with a key."""

    identity: Any
    file: Path

    @property
    def recipient(self) -> str:
        """The public part of the key."""
        return str(self.identity.to_public())


def holders(folder: Path, count: int) -> list[Holder]:
    """People with key files in a folder."""
    made = []
    for place in range(count):
        identity = pyrage.x25519.Identity.generate()
        file = folder / f"holder-{place}.txt"
        file.write_text(f"# public key: {identity.to_public()}\n{identity}\n")
        file.chmod(0o600)
        made.append(Holder(identity, file))
    return made


def encodings(e164: str) -> dict[str, bytes]:
    """The ways in which a number may lie in a file, each without what surrounds it there.

    E.164 and the national form end in the same digits: what finds these finds both.
    """
    parsed = phonenumbers.parse(e164, None)
    digits = phonenumbers.national_significant_number(parsed)
    spaced = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    made = {
        "digits": digits.encode(),
        "international": spaced.partition(" ")[2].encode(),
        "utf-16-le": digits.encode("utf-16-le"),
        "utf-16-be": digits.encode("utf-16-be"),
        "hex": digits.encode().hex().encode(),
        "integer, little": int(e164).to_bytes(6, "little"),
        "integer, big": int(e164).to_bytes(6, "big"),
    }
    for name, bare in {"E.164": e164, "no plus": e164[1:], "national": national(e164), "digits": digits}.items():
        digest = hashlib.sha256(bare.encode())
        made[f"sha-256, {name}"] = digest.digest()
        made[f"sha-256, {name}, hex"] = digest.hexdigest().encode()
    # What stands before shifts the three offsets of Base64; letters that depend on the neighbours are cut off.
    for offset in range(3):
        coded = base64.b64encode(b"\0" * offset + digits.encode())
        made[f"base64 at {offset}"] = coded[-(-offset * 8 // 6) : len(coded) - 4]
    return made


SHARED_MEMORY, STARTED = Path("/dev/shm"), time.time()
"""Where POSIX shared memory lies, one file for each object. Older objects are none of ours, nor are those of PostgreSQL."""


def leaks(places: Iterable[Path], extra: Iterable[bytes], canaries: Iterable[str]) -> list[str]:
    """Where a canary lies below these folders, in shared memory or in these bytes: name and encoding."""
    paths = {path for place in places for path in place.rglob("*")}
    for path in SHARED_MEMORY.glob("*"):
        with suppress(FileNotFoundError):  # an object of another program that went
            ours = path.stat().st_ctime >= STARTED and not path.name.startswith("PostgreSQL.")
            paths |= {path} if ours else set()
    contents = {f"name {path}": str(path).encode() for path in paths}
    for path in paths:
        with suppress(FileNotFoundError):
            contents |= {str(path): path.read_bytes()} if path.is_file() else {}
    contents |= {f"output {number}": data for number, data in enumerate(extra)}
    return [
        f"{name}: {encoding}"
        for canary in canaries
        for encoding, pattern in encodings(canary).items()
        for written in {pattern, pattern.upper()}
        for name, data in contents.items()
        if written in data
    ]
