"""Attached files: what could harm who opens them is refused.

Files are kept as bytes under their hash. Before one is taken, everything packed in it is really unpacked within limits and
looked at, archives in archives too (`sousveil.register.attachments.unpacking`); nothing is drawn, run or written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate

from sousveil.register.attachments import marked_up, unpacking
from sousveil.register.attachments.unpacking import HINT, Budget, Unfit
from sousveil.register.publication import File
from sousveil.register.refusal import Refused

DEPTH_MAX = 64
"""Levels of a JSON file."""
_ARCHIVES = {b"\x1f\x8b": unpacking.gzipped, b"PK": unpacking.zipped}
_PACKED = {
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
    b"\xce\xfa\xed\xfe": "macOS",
    b"\xca\xfe\xba\xbe": "macOS",
    b"\xca\xfe\xba\xbf": "macOS",
    b"\xbe\xba\xfe\xca": "macOS",
    b"dex\n": "Android",
    b"\0asm": "WebAssembly",
    b"L\0\0\0\x01\x14\x02\0": "Windows, a shortcut",
    b"#!": "script",
}
_SHORTCUT = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\s|#[^\n]{0,4096}\n)*\[(?:Desktop Entry|InternetShortcut)\]", re.IGNORECASE
)
"""Shortcuts of Linux, and of Windows to an address, are texts: blank lines and remarks may stand before what they begin with."""
_STARTS = {
    "application/pdf": (b"%PDF-",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "application/zip": (b"PK\x03\x04",),
    "application/gzip": (b"\x1f\x8b",),
}
_PDF = b"%PDF-"
_PDF_WITHIN = 1024
"""So far from its beginning a PDF may begin, for the programs that open it."""
_TEXTS = (".txt", ".md", ".csv", ".tsv", ".json", ".jsonl", ".log", ".eml", ".html")
"""What texts are called in archives."""
_OFFICE = ("application/vnd.openxmlformats-", "application/vnd.oasis.opendocument.")
_STREAM = re.compile(rb">>\s*stream\r?\n.*?endstream", re.DOTALL)
_ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData)(?![A-Za-z])")
_LOCKED = re.compile(rb"/Encrypt(?![A-Za-z])")
_FILTERS = re.compile(rb"/Filter\s*\[([^\]]{0,2000})\]")
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_STEPS = bytes(1 if one in b"[{" else 2 for one in range(256))
_NO_STEPS = bytes(one for one in range(256) if one not in b"[{]}")


def check_files(files: Sequence[File]) -> None:
    """Check all attached files of a publication within one budget. Raises Refused by the first that could harm."""
    budget = Budget()
    for at, file in enumerate(files):
        look(at, file, budget)


def look(at: int, file: File, budget: Budget | None = None) -> None:
    """Raises Refused for a file that is not what it says, or that could harm who opens it.

    `at`: its place, from 0; `budget`: what may still be unpacked for its publication.
    """
    try:
        _one(file.data, file.media_type, "", budget or Budget(), 0)
    except Unfit as unfit:
        raise Refused(
            f"File {at}: {unfit.message}.", field=f"attachments[{at}]", code=unfit.code, hint=unfit.hint
        ) from None


def _one(data: bytes, said: str, name: str, budget: Budget, level: int) -> None:
    """A file by its media type, or by its name where it comes out of an archive, `level` archives deep."""
    for start, what in _PROGRAMS.items():
        if data.startswith(start):
            raise Unfit("program", f"It is a program ({what})", "Attach documents, pictures or data only.")
    if _SHORTCUT.match(data):
        raise Unfit("program", "It is a program (a shortcut)", "Attach documents, pictures or data only.")
    for start, what in _PACKED.items():
        if data.startswith(start):
            raise Unfit("packed", f"It is packed in a way that is not unpacked here ({what})")
    if (said in _STARTS and not data.startswith(_STARTS[said])) or (
        said.startswith(_OFFICE) and not data.startswith(b"PK\x03\x04")
    ):
        raise Unfit("other_media_type", f"It is named {said} and does not begin as one does", "Name the type it has.")
    if (said.startswith("text/") or said.endswith("json")) and b"\0" in data:
        raise Unfit("other_media_type", f"It is named {said} and is no text", "Name the type it has.")
    unpack = next((how for start, how in _ARCHIVES.items() if data.startswith(start)), None)
    if unpack is None and (data[257:262] == b"ustar" or said == "application/x-tar"):
        unpack = unpacking.tarred
    if unpack is not None:
        if level >= unpacking.LEVELS_MAX:
            raise Unfit("nested", f"Archives lie more than {unpacking.LEVELS_MAX} deep in each other", HINT)
        unpack(data, budget, level + 1, lambda name, content, level: _one(content, "", name, budget, level))
    elif unpacking.zip_behind(data):
        raise Unfit("damaged", "An archive hangs on its end, where nobody who opens it sees it", HINT)
    elif data.startswith(_PDF):
        _pdf(data, budget)
    else:
        if _pdf_later(data, said, name):
            _pdf(data, budget)
        _marked(data, said, name, budget)


def _marked(data: bytes, said: str, name: str, budget: Budget) -> None:
    """JSON, XML and SVG, whatever else may begin in them."""
    if said.endswith("json") or name.lower().endswith(".json"):
        if _depth(data) > DEPTH_MAX:
            raise Unfit("nested", f"Its values lie more than {DEPTH_MAX} levels deep", "Attach a file of a usual form.")
    elif said.endswith("xml") or name.lower().endswith((".xml", ".svg")):
        marked_up.look(data, budget, whole=True)
    elif marked_up.begins(data):
        marked_up.look(data, budget, whole=False)


def _depth(data: bytes) -> int:
    """Levels of brackets outside of strings."""
    steps = _STRING.sub(b"", data).translate(_STEPS, _NO_STEPS)
    return max(accumulate(1 if one == 1 else -1 for one in steps), default=0)


def _pdf_later(data: bytes, said: str, name: str) -> bool:
    """Whether a PDF may begin behind other bytes. A text may tell of PDFs: it is one only if nothing but white space stands before."""
    if said.startswith("text/") or said.endswith("json") or (not said and name.lower().endswith(_TEXTS)):
        return data[:_PDF_WITHIN].lstrip(b"\xef\xbb\xbf \t\r\n\f\v").startswith(_PDF)
    return _PDF in data[: _PDF_WITHIN + len(_PDF)]


def _pdf(data: bytes, budget: Budget) -> None:
    outside = unpacking.unescaped(_STREAM.sub(b"", data))
    if _LOCKED.search(outside):
        raise Unfit("locked", "This PDF is encrypted: nobody could check it", unpacking.PDF_HINT)
    for each in _FILTERS.finditer(outside):
        if each[1].count(b"/") > unpacking.FILTERS_MAX:
            raise Unfit("nested", "This PDF is packed several times over", unpacking.PDF_HINT)
    for objects in unpacking.pdf_objects(data, budget):
        if found := _ACTIVE.search(unpacking.unescaped(objects)):
            what = f"something that acts by itself or carries files (/{found[1].decode()})"
            raise Unfit("active_document", f"This PDF holds {what}", unpacking.PDF_HINT)
