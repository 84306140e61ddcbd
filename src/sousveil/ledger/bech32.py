"""Bech32 (BIP 173), the form in which age writes its keys."""

from __future__ import annotations

_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATORS):
            if top >> bit & 1:
                check ^= generator
    return check


def encode(prefix: str, data: bytes) -> str:
    """The text of these bytes, in small letters."""
    bits = int.from_bytes(data, "big") << (-len(data) * 8 % 5)
    count = (len(data) * 8 + 4) // 5
    values = [bits >> 5 * (count - 1 - at) & 31 for at in range(count)]
    letters = [ord(letter) for letter in prefix]
    expanded = [number >> 5 for number in letters] + [0] + [number & 31 for number in letters]
    check = _polymod([*expanded, *values, 0, 0, 0, 0, 0, 0]) ^ 1
    values += [check >> 5 * (5 - at) & 31 for at in range(6)]
    return prefix + "1" + "".join(_LETTERS[value] for value in values)


def decode(prefix: str, text: str) -> bytes | None:
    """The bytes of a text with this prefix, in small or in capital letters; None where it is none or has a typing error."""
    if text not in (text.lower(), text.upper()) or not text.isascii() or len(text) > 200:
        return None
    text = text.lower()
    values = [_LETTERS.find(letter) for letter in text.removeprefix(prefix + "1")]
    if not text.startswith(prefix + "1") or len(values) < 6 or -1 in values:
        return None
    letters = [ord(letter) for letter in prefix]
    expanded = [number >> 5 for number in letters] + [0] + [number & 31 for number in letters]
    if _polymod([*expanded, *values]) != 1:
        return None
    bits = 0
    for value in values[:-6]:
        bits = bits << 5 | value
    spare = (len(values) - 6) * 5 % 8
    if spare > 4 or bits & (1 << spare) - 1:
        return None
    return (bits >> spare).to_bytes((len(values) - 6) * 5 // 8, "big")
