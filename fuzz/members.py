"""Fuzz harness of `sousveil.readers.members`."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib

from sousveil.readers.members import Limits, find_members, inflate_some


def seeds() -> list[bytes]:
    """One of each kind, nested, and a small bomb."""
    text = b"a text with host.example in it, again and again " * 9
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", text)
        archive.writestr("b", gzip.compress(text))
    return [
        zlib.compress(text),
        gzip.compress(text) * 3,
        out.getvalue(),
        zlib.compress(bytes(3 << 20), 9),
        b"--" + zlib.compress(text, 0) + zlib.compress(text, 1),
    ]


def fuzz_one(data: bytes) -> None:
    """Search and unfold; only SousveilError may leave."""
    inflate_some(data, limit=1 << 20)
    for member in find_members(data, limits=Limits(produced=1 << 20, work=8 << 20, members=50)):
        for _ in member.chunks():
            pass
