"""Fuzzing the keybag reader: any bytes give a keybag or an error of ours."""

from __future__ import annotations

from sousveil.acquisition.keybag import parse_keybag
from sousveil.errors import SousveilError


def _item(tag: bytes, value: bytes) -> bytes:
    return tag + len(value).to_bytes(4, "big") + value


def seeds() -> list[bytes]:
    """Keybags with and without the second salt."""
    head = (
        _item(b"VERS", b"\0\0\0\3")
        + _item(b"UUID", b"u" * 16)
        + _item(b"SALT", b"s" * 20)
        + _item(b"ITER", b"\0\0\0\1")
    )
    outer = _item(b"DPIC", b"\0\0\0\1") + _item(b"DPSL", b"o" * 20)
    one = (
        _item(b"UUID", b"1" * 16)
        + _item(b"CLAS", b"\0\0\0\3")
        + _item(b"WRAP", b"\0\0\0\2")
        + _item(b"WPKY", b"w" * 40)
    )
    return [head + one, head + outer + one * 3, head]


def fuzz_one(data: bytes) -> None:
    """May raise SousveilError only."""
    try:
        parse_keybag(data).unlock_with_key(bytes(32))
    except SousveilError:
        return
