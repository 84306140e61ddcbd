"""Forms out of a request's body (RFC 7578, and application/x-www-form-urlencoded), read strictly and in memory alone.

Nothing is unpacked, decoded or written to a file. What a browser does not send is refused.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

import msgspec

from sousveil.errors import LimitExceeded, Malformed

PARTS_MAX = 24
_HEAD_MAX = 2_000
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=?-]{1,70}", re.ASCII)
_TYPE = re.compile(r'multipart/form-data\s*;\s*boundary=("?)([^";\s]+)\1\s*', re.I)
_NAMED = re.compile(rb'form-data;\s*name="([a-z_]{1,30})"(?:;\s*filename="((?:[^"\\\r\n]|\\.)*)")?', re.I)
_WRITTEN = re.compile(rb'form-data;\s*name="text"', re.I)
_URLENCODED = "application/x-www-form-urlencoded"


CALLED = {
    "text": "What you write",
    "receipt": "The words of your receipt",
    "sure": "The tick that says yes",
    "file": "Which file to fetch",
}
"""Fields as the pages call them."""
COPY = "Copy your text before you go back."
"""First of all: going back may empty the box."""
AGAIN = f"{COPY} Nothing was taken. Load the page anew and send it once more; if this comes again, send the text without files."
FEWER = f"{COPY} Nothing was taken. Send fewer files at once."


class Part(msgspec.Struct, frozen=True):
    """One field."""

    data: bytes
    filename: str | None = None
    """As the browser sent it; None for a field that is no file."""


class Form(msgspec.Struct, frozen=True):
    """The fields of a form, by name, in their order."""

    parts: dict[str, list[Part]]

    def text(self, name: str) -> str:
        """A field's text, empty where it is not there. Raises Malformed when it is not UTF-8, is a file or stands twice."""
        found = self.parts.get(name, [])
        if not found:
            return ""
        if found[0].filename is not None:
            raise Malformed(
                f"“{CALLED.get(name, name)}” came as a file, and is read as typed text alone. Nothing was taken.",
                hint=f"{COPY} Type or paste it into the box of the form. Files go where the form asks for files.",
            )
        if len(found) > 1:
            raise Malformed(
                f"“{CALLED.get(name, name)}” came twice, and nobody can know which is meant. Nothing was taken.",
                hint=f"{COPY} Then load the form anew and send it once.",
            )
        try:
            return found[0].data.decode()
        except UnicodeDecodeError:
            raise Malformed(
                "The text came in a form that cannot be read here.",
                hint=f"{COPY} Nothing was taken. Type it into the box of the form, or choose it as a file.",
            ) from None

    def files(self, name: str) -> list[tuple[str, bytes]]:
        """Files that were chosen: name and bytes. An empty choice is none."""
        return [
            (one.filename, one.data)
            for one in self.parts.get(name, [])
            if one.filename is not None and (one.filename or one.data)
        ]


def parse(content_type: str, body: bytes) -> Form:
    """The form. Raises Malformed, LimitExceeded."""
    if content_type.split(";")[0].strip().lower() == _URLENCODED:
        return _urlencoded(body)
    found = _TYPE.fullmatch(content_type.strip())
    if found is None or not _BOUNDARY.fullmatch(found[2]):
        raise Malformed("What was sent is no form that can be read here.", hint=AGAIN)
    return _multipart(b"--" + found[2].encode(), body)


def typed(content_type: str, body: bytes) -> str:
    """What was written into the box of a form, as far as it can be made out though the form is refused: so that it can be given back."""
    found = _TYPE.fullmatch(content_type.strip())
    if content_type.split(";")[0].strip().lower() == _URLENCODED:
        pairs = (pair.partition(b"=") for pair in body.split(b"&", PARTS_MAX)[:PARTS_MAX])
        written = [unquote_to_bytes(value.replace(b"+", b" ")) for name, _, value in pairs if name == b"text"]
    elif found is not None and _BOUNDARY.fullmatch(found[2]):
        parts = body.split(b"--" + found[2].encode(), PARTS_MAX + 1)[1 : PARTS_MAX + 1]
        halves = (part.partition(b"\r\n\r\n") for part in parts)
        written = [text.removesuffix(b"\r\n") for head, _, text in halves if _WRITTEN.search(head[:_HEAD_MAX])]
    else:
        written = []
    text = "\n\n".join(one.decode("utf-8", "replace") for one in written if one.strip())
    return text.replace("\r\n", "\n").replace("\x00", "")


def _urlencoded(body: bytes) -> Form:
    parts: dict[str, list[Part]] = {}
    pairs = body.split(b"&") if body else []
    if len(pairs) > PARTS_MAX:
        raise LimitExceeded("The form has too many fields, or too many files.", hint=FEWER)
    for pair in pairs:
        name, _, value = pair.partition(b"=")
        key = unquote_to_bytes(name).decode("ascii", "replace")[:30]
        parts.setdefault(key, []).append(Part(unquote_to_bytes(value.replace(b"+", b" "))))
    return Form(parts)


def _multipart(mark: bytes, body: bytes) -> Form:
    if not body.startswith(mark + b"\r\n"):
        raise Malformed("The form is damaged.", hint=AGAIN)
    parts: dict[str, list[Part]] = {}
    separator = b"\r\n" + mark
    at, count = len(mark) + 2, 0
    while True:
        end = body.find(separator, at)
        head_end = body.find(b"\r\n\r\n", at, at + _HEAD_MAX)
        if end < 0 or head_end < 0 or head_end > end:
            raise Malformed("The form is damaged.", hint=AGAIN)
        count += 1
        if count > PARTS_MAX:
            raise LimitExceeded("The form has too many fields, or too many files.", hint=FEWER)
        name, filename = _disposition(body[at:head_end])
        parts.setdefault(name, []).append(Part(body[head_end + 4 : end], filename))
        at = end + len(separator)
        if body[at : at + 2] == b"\r\n":
            at += 2
        elif body[at:] in (b"--", b"--\r\n"):
            return Form(parts)
        else:
            raise Malformed("The form is damaged.", hint=AGAIN)


def _disposition(head: bytes) -> tuple[str, str | None]:
    found = None
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-disposition":
            if found is not None:
                raise Malformed("The form is damaged.", hint=AGAIN)
            found = _NAMED.fullmatch(value.strip())
            if found is None:
                raise Malformed("A field of the form has no name that is known here.", hint=AGAIN)
        elif name.lower() not in (b"content-type", b"content-length"):
            raise Malformed("A field of the form says something that cannot be read here.", hint=AGAIN)
    if found is None:
        raise Malformed("The form is damaged.", hint=AGAIN)
    filename = None if found[2] is None else found[2].decode("utf-8", "replace")
    return found[1].decode().lower(), filename
