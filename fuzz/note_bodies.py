"""Throws bytes at the bodies of notes, Telegram's packed messages and passes in attachments."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile

from sousveil.acquisition.model import Device
from sousveil.artefacts.ios import notes, sms_attachment_files, telegram
from sousveil.artefacts.model import Context

_CONTEXT = Context(device=Device())


def seeds() -> list[bytes]:
    """Inputs to start from."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("logo.png", b"RIFF\0\1\0\0WEBPVP8X" + bytes(50) + b"bplist00")
    text = b"\x12\x0f\x1a\x0d\x12\x05hello\x2a\x04\x08\x05\x10\x01"
    message = (
        struct.pack("<bIIbII", 0, 1, 0, 0, 4, 0) + b"\0" + struct.pack("<bq", 1, 7) + struct.pack("<i", 5) + b"hello"
    )
    return [gzip.compress(b"\x08\x00" + text, mtime=0), message, out.getvalue()]


def fuzz_one(data: bytes) -> None:
    """May raise SousveilError only."""
    notes.body_text(data)
    notes.body_text(gzip.compress(data[:4096]))
    work = {"_key": [data[:20], data], "_value": [data, data[20:]]}
    telegram.derive(work, _CONTEXT)
    sms_attachment_files.kind_of_bytes(data[:1024])
    sms_attachment_files._logo(data)
