"""Throws bytes at what is opened on the offline machine: carried files, ciphertexts, archives."""

from __future__ import annotations

import contextlib

from sousveil.complaints import carried, parcel, sealing
from sousveil.errors import SousveilError

IDENTITY, RECIPIENT = sealing.new_identity()
ABOUT = parcel.About(thread="ab" * 16, number=1, answers_to=RECIPIENT)
PLAIN = parcel.pack(ABOUT, parcel.Message(text="short", files=(parcel.Attached("n.txt", b"data" * 50),)))
LINE = carried.Line(
    sousveil="complaint-1", id="cd" * 16, thread="ab" * 16, number=1, day="2026-01-01", answers_to=RECIPIENT
)


def seeds() -> list[bytes]:
    """A carried complaint, its ciphertext, its archive."""
    sealed = sealing.seal(PLAIN, [RECIPIENT])
    return [carried.text_of(LINE, sealed), sealed, PLAIN]


def fuzz_one(data: bytes) -> None:
    """May raise SousveilError only; an archive that is taken is exactly what `pack` makes."""
    with contextlib.suppress(SousveilError):
        carried.parse(data, "complaint-1")
    with contextlib.suppress(SousveilError):
        sealing.unseal(data, [IDENTITY])
    for plain in (data, data[: len(PLAIN)].ljust(len(PLAIN), b"\0")):
        with contextlib.suppress(SousveilError):
            about, message = parcel.unpack(plain)
            assert parcel.pack(about, message) == plain
