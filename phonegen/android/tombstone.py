"""The protobuf form of a tombstone (Android 12 and later), by the numbers of its fields."""

from __future__ import annotations

import struct

from phonegen.android.model import Android, Tombstone


def _varint(number: int) -> bytes:
    out = bytearray()
    while True:
        number, low = number >> 7, number & 0x7F
        out.append(low | (0x80 if number else 0))
        if not number:
            return bytes(out)


def number(field: int, value: int) -> bytes:
    """A field that holds a whole number."""
    return _varint(field << 3) + _varint(value)


def real(field: int, value: float) -> bytes:
    """A field that holds a double."""
    return _varint(field << 3 | 1) + struct.pack("<d", value)


def length(data: bytes) -> bytes:
    """What stands before a message in a list of messages."""
    return _varint(len(data))


def blob(field: int, value: bytes | str) -> bytes:
    """A field that holds text, bytes or a message."""
    data = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def encode(phone: Android, one: Tombstone) -> bytes:
    """A tombstone as `tombstone_NN.pb`."""
    zone = phone.zone_text(one.when)
    signal = number(1, 11) + blob(2, "SIGSEGV") + number(3, 1) + blob(4, "SEGV_MAPERR") + number(8, 1) + number(9, 16)
    log = blob(1, "main") + blob(
        2, blob(1, phone.text(one.when)) + number(2, 4321) + blob(5, "libc") + blob(6, "Fatal")
    )
    return b"".join(
        (
            number(1, 1),
            blob(2, phone.fingerprint),
            blob(3, "0"),
            blob(4, f"{phone.text(one.when)}.{one.when.microsecond:06d}000{zone}"),
            number(5, 4321),
            number(6, 4330),
            number(7, one.uid),
            blob(8, "u:r:untrusted_app:s0"),
            blob(9, one.process),
            blob(10, signal),
            blob(14, one.message),
            blob(16, number(1, 4330) + blob(2, number(1, 4330) + blob(2, one.thread))),
            blob(18, log),
            number(20, 12),
        )
    )
