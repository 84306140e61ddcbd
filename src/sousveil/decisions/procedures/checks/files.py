"""Attached files: what could harm who opens them is refused by looking at the outside, without unpacking anything.

Files are kept as bytes under their hash and never opened by the register, with two exceptions: JSON packages are read again
for bulk files, and the table of contents of a ZIP is read here. What lies inside a compressed stream is not looked at, so that a
bomb has nothing to go off in; a reader still opens files with care.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from itertools import accumulate, pairwise

from sousveil.decisions.procedures.checks.model import Check, Publication
from sousveil.register.publication import File
from sousveil.register.refusal import Refused

UNPACKED_MAX = 256 << 20
"""Bytes of everything in a ZIP, as its table of contents says."""
RATIO_MAX = 200
"""Times that one file in a ZIP may be larger than what it is packed in."""
MEMBERS_MAX = 2_000
DEPTH_MAX = 64
"""Levels of a JSON file."""
FILTERS_MAX = 2
"""Compressions on top of each other in a PDF."""
_PACKED = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"Rar!\x1a\x07": "RAR",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"MSCF": "cabinet",
}
_PROGRAMS = {
    b"MZ": "Windows",
    b"\x7fELF": "Linux",
    b"\xfe\xed\xfa": "macOS",
    b"\xcf\xfa\xed\xfe": "macOS",
    b"\xca\xfe\xba\xbe": "macOS",
    b"#!": "script",
}
_STARTS = {
    "application/pdf": (b"%PDF-",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "application/zip": (b"PK\x03\x04",),
}
_INNER = (
    ".zip",
    ".gz",
    ".tgz",
    ".bz2",
    ".xz",
    ".7z",
    ".rar",
    ".zst",
    ".tar",
    ".cab",
    ".iso",
    ".exe",
    ".dll",
    ".js",
    ".vbs",
)
_STREAM = re.compile(rb"stream\r?\n.*?endstream", re.DOTALL)
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData)(?![A-Za-z])")
_FILTERS = re.compile(rb"/Filter\s*\[([^\]]{0,2000})\]")
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_STEPS = bytes(1 if one in b"[{" else 2 for one in range(256))
_NO_STEPS = bytes(one for one in range(256) if one not in b"[{]}")


def _refuse(at: int, code: str, message: str, hint: str) -> Refused:
    return Refused(f"File {at}: {message.rstrip('.')}.", field=f"attachments[{at}]", code=code, hint=hint)


def _check(publication: Publication) -> None:
    for at, file in enumerate(publication.arrival.files):
        look(at, file)


def look(at: int, file: File) -> None:
    """Raises Refused for a file that is not what it says, or that could harm who opens it. `at`: its place, from 0."""
    data, said = file.data, file.media_type
    for start, what in _PROGRAMS.items():
        if data.startswith(start):
            raise _refuse(at, "program", f"It is a program ({what})", "Attach documents, pictures or data only.")
    for start, what in _PACKED.items():
        if data.startswith(start):
            raise _refuse(at, "packed", f"It is packed ({what})", "Attach the files themselves, unpacked.")
    if data[257:262] == b"ustar":
        raise _refuse(at, "packed", "It is an archive (tar)", "Attach the files themselves, unpacked.")
    if said in _STARTS and not data.startswith(_STARTS[said]):
        raise _refuse(
            at, "other_media_type", f"It is named {said} and does not begin as one does", "Name the type it has."
        )
    if (said.startswith("text/") or said.endswith("json")) and b"\0" in data:
        raise _refuse(at, "other_media_type", f"It is named {said} and is no text", "Name the type it has.")
    if data.startswith(b"PK"):
        _zip(at, data)
    elif data.startswith(b"%PDF-"):
        _pdf(at, data)
    elif said.endswith("json") and _depth(data) > DEPTH_MAX:
        hint = "Attach a file of a usual form."
        raise _refuse(at, "nested", f"Its values lie more than {DEPTH_MAX} levels deep", hint)


def _depth(data: bytes) -> int:
    """Levels of brackets outside of strings."""
    steps = _STRING.sub(b"", data).translate(_STEPS, _NO_STEPS)
    return max(accumulate(1 if one == 1 else -1 for one in steps), default=0)


def _pdf(at: int, data: bytes) -> None:
    outside = _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), _STREAM.sub(b"", data))
    if found := _ACTIVE.search(outside):
        raise _refuse(
            at,
            "active_document",
            f"This PDF holds something that acts by itself or carries files (/{found[1].decode()})",
            "Print it into a new PDF, or save it as PDF/A, and attach that.",
        )
    for each in _FILTERS.finditer(outside):
        if each[1].count(b"/") > FILTERS_MAX:
            raise _refuse(at, "nested", "This PDF is packed several times over", "Print it into a new PDF.")


def _zip(at: int, data: bytes) -> None:
    hint = "Attach the files themselves, unpacked."
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - 65_557))
    if end < 0 or len(data) < end + 22:
        raise _refuse(at, "damaged", "This ZIP has no table of contents", hint)
    count = int.from_bytes(data[end + 10 : end + 12], "little")
    if count == 0xFFFF or count > MEMBERS_MAX:
        raise _refuse(at, "nested", f"This ZIP holds more than {MEMBERS_MAX:,} files", hint)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _members(at, archive, hint)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError, OverflowError):
        raise _refuse(at, "damaged", "The table of contents of this ZIP cannot be read", hint) from None


def _members(at: int, archive: zipfile.ZipFile, hint: str) -> None:
    members = archive.infolist()
    if sum(one.file_size for one in members) > UNPACKED_MAX:
        raise _refuse(at, "bomb", f"Unpacked this ZIP would have more than {UNPACKED_MAX >> 20} MiB", hint)
    for one in members:
        if one.flag_bits & 1:
            raise _refuse(at, "locked", "A file in this ZIP is encrypted: nobody could check it", hint)
        if one.file_size > 1 << 20 and one.file_size > RATIO_MAX * max(1, one.compress_size):
            raise _refuse(at, "bomb", "A file in this ZIP would grow beyond measure", hint)
        if one.filename.lower().endswith(_INNER):
            raise _refuse(at, "nested", "An archive or a program lies inside of this ZIP", hint)
        if one.filename.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", one.filename):
            raise _refuse(at, "bad_name", "A file in this ZIP would be unpacked somewhere else", hint)
    for start, end in _spans(members):
        if start < end:
            raise _refuse(at, "bomb", "Files in this ZIP lie on top of each other", hint)


def _spans(members: list[zipfile.ZipInfo]) -> Iterator[tuple[int, int]]:
    """Start of each file in the archive, and where the one before it ends at the earliest."""
    ordered = sorted(members, key=lambda one: one.header_offset)
    for before, one in pairwise(ordered):
        yield one.header_offset, before.header_offset + 30 + before.compress_size


CHECKS = (Check(name="files", types=(), run=_check, always=lambda arrival: bool(arrival.files)),)
