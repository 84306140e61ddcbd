"""Fuzzing stored files, plain and encrypted: read at any place, whole or as a stream, they hold the same or an error of
ours."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from sousveil.acquisition.content import AES_BLOCK, open_member, stream_blocks, stream_stored
from sousveil.acquisition.model import Member
from sousveil.artefacts.ios.sms import _preview_links
from sousveil.errors import SousveilError

_KEY = bytes(range(32))


def _locked(content: bytes) -> bytes:
    pad = AES_BLOCK - len(content) % AES_BLOCK
    cipher = Cipher(algorithms.AES(_KEY), modes.CBC(bytes(AES_BLOCK))).encryptor()
    return cipher.update(content + bytes([pad]) * pad) + cipher.finalize()


def seeds() -> list[bytes]:
    """Sound encrypted files of several lengths, one that is cut, one that is plain."""
    long = _locked(bytes(range(256)) * 20)
    return [_locked(b""), _locked(b"sixteen bytes..."), long, long[:-7], b"bplist00 plain http://x"]


def fuzz_one(data: bytes) -> None:
    """May raise nothing but SousveilError; what is given before an error is a beginning of what is there."""
    _preview_links(data)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        path.write_bytes(data)
        for key in (None, _KEY):
            for size in (None, 0, len(data), len(data) + 100, 17):
                _compare(Member(suffix="", path=str(path), size=size, key=key), data)


def _compare(member: Member, data: bytes) -> None:
    stored, content = b"", b""
    with contextlib.suppress(SousveilError):
        for raw, plain in stream_blocks(member, 64):
            stored += raw
            content += plain
    if data[: len(stored)] != stored or b"".join(map(bytes, stream_stored(member, 64))) != data:
        raise AssertionError("other bytes than those that are stored")
    with contextlib.suppress(SousveilError):
        file = open_member(member)
        try:
            whole = file.read(file.size, 0)
            pieces = b"".join(file.read(5, at) for at in range(0, file.size, 5))
            apart = file.read_apart(file.size, 0)
        finally:
            file.close()
        if not whole == pieces == apart or (member.size is None and content != whole):
            raise AssertionError("the same place holds other bytes the second time")
