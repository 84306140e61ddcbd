"""Throws bytes at the reader of forms: any body is a form, or an error of ours."""

from __future__ import annotations

import contextlib

from sousveil.complaints import multipart
from sousveil.errors import SousveilError

TYPE = "multipart/form-data; boundary=xYz"


def seeds() -> list[bytes]:
    """A form with a text and two files, one without fields, one of the other kind."""
    part = b'--xYz\r\nContent-Disposition: form-data; name="%b"%b\r\n\r\n%b\r\n'
    text = part % (b"text", b"", "It began in spring.\r\n–".encode())
    file = part % (b"files", b'; filename="a%22b.png"\r\nContent-Type: image/png', b"\x89PNG\r\n--xY")
    return [text + file + file + b"--xYz--\r\n", text + b"--xYz--", b"--xYz--\r\n", b"text=a+b%20c&receipt=%C3%A9&&="]


def fuzz_one(data: bytes) -> None:
    """May raise SousveilError only; nothing comes out that did not come in."""
    for content_type in (TYPE, "application/x-www-form-urlencoded"):
        with contextlib.suppress(SousveilError):
            form = multipart.parse(content_type, data)
            for _, content in form.files("files"):
                assert content in data
            form.text("text")
    with contextlib.suppress(SousveilError):
        multipart.parse(data[:300].decode("latin-1"), data)
