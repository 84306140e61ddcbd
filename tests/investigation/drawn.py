"""Invented lists for tests. Every number is drawn when the test runs; none is kept."""

from __future__ import annotations

import base64
import hashlib
import random
from collections.abc import Iterable
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
    """The ways in which a number may lie in a file, each without what surrounds it there."""
    digits, local = e164[1:], national(e164)
    spaced = phonenumbers.format_number(phonenumbers.parse(e164, None), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    # What stands before shifts the three offsets of Base64; letters that depend on the neighbours are cut off.
    made = {
        "digits": digits.encode(),
        "national": local.encode(),
        "national without its zero": local.lstrip("0").encode(),
        "international": spaced.encode(),
        "utf-16-le": digits.encode("utf-16-le"),
        "utf-16-be": digits.encode("utf-16-be"),
        "hex": digits.encode().hex().encode(),
        "integer, little": int(digits).to_bytes(6, "little"),
        "integer, big": int(digits).to_bytes(6, "big"),
    }
    for bare in (e164, digits, local):
        digest = hashlib.sha256(bare.encode())
        made[f"sha-256 of {len(bare)}"] = digest.digest()
        made[f"sha-256 of {len(bare)}, hex"] = digest.hexdigest().encode()
    for offset in range(3):
        coded = base64.b64encode(b"\0" * offset + digits.encode())
        made[f"base64 at {offset}"] = coded[-(-offset * 8 // 6) : len(coded) - 4]
    return made


def leaks(places: Iterable[Path], extra: Iterable[bytes], canaries: Iterable[str]) -> list[str]:
    """Where a canary lies below these folders or in these bytes: name and encoding."""
    contents = {str(path): path.read_bytes() for place in places for path in place.rglob("*") if path.is_file()}
    contents |= {f"name {path}": str(path).encode() for place in places for path in place.rglob("*")}
    contents |= {f"output {number}": data for number, data in enumerate(extra)}
    return [
        f"{name}: {encoding}"
        for canary in canaries
        for encoding, pattern in encodings(canary).items()
        for name, data in contents.items()
        if pattern in data or pattern.upper() in data
    ]
