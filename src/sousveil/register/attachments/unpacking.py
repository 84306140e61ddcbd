"""Attached files are really unpacked, within limits, before they are taken: what could harm who opens them is refused.

Nothing is written anywhere and no library that draws or runs a document is used: streams are inflated piece by piece into memory and
counted (one `Budget` for a whole publication: bytes, files, seconds), archives in archives are gone through `LEVELS_MAX` deep. What
headers say about sizes is not believed, only compared. Formats: ZIP (APPNOTE 6.3.10, so OOXML and ODF too), gzip (RFC 1952),
tar (POSIX ustar, pax), PDF (`pdf_objects`), XML and SVG (`sousveil.register.attachments.marked_up`).
"""

from __future__ import annotations

import base64
import io
import re
import stat
import tarfile
import time
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from itertools import pairwise

UNPACKED_MAX = 256 << 20
"""Bytes that everything attached to one publication may have when it is unpacked."""
RATIO_MAX = 200
"""Times that one packed file may grow, from `RATIO_FROM` bytes on."""
RATIO_FROM = 1 << 20
MEMBERS_MAX = 2_000
"""Files in all archives of a publication together."""
LEVELS_MAX = 3
"""Archives in each other: a ZIP with a tar.gz in it has three."""
SECONDS_MAX = 10.0
_PIECE = 1 << 18
HINT = "Attach the files themselves, unpacked."
_PROGRAM_NAMES = (
    ".exe",
    ".dll",
    ".scr",
    ".com",
    ".bat",
    ".cmd",
    ".ps1",
    ".js",
    ".vbs",
    ".jar",
    ".lnk",
    ".url",
    ".desktop",
    ".webloc",
    ".apk",
    ".dex",
    ".ipa",
)
_ZIP_END, _ZIP64_PLACE, _ZIP_ENTRY = b"PK\x05\x06", b"PK\x06\x07", b"PK\x01\x02"
_ZIP_END_MAX = 66_000 + 22
"""So far from a file's end programs look for a ZIP's last record: a little farther than its longest comment."""
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""So old office files begin; what is embedded in them lies anywhere, at their end too."""
_MACROS = re.compile(r"(?:^|/)vbaProject\.bin$|^(?:Basic|Scripts)/.+", re.IGNORECASE)


class Unfit(Exception):
    """A file that is not taken: `code`, words, and what to do instead."""

    def __init__(self, code: str, message: str, hint: str = HINT) -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


class Budget:
    """What may still be unpacked for one publication."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.left, self.members, self._clock = UNPACKED_MAX, MEMBERS_MAX, clock
        self._end = clock() + SECONDS_MAX

    def take(self, size: int) -> None:
        """Counts unpacked bytes. Raises Unfit."""
        self.left -= size
        if self.left < 0:
            raise Unfit("bomb", f"Unpacked it has more than {UNPACKED_MAX >> 20} MiB")
        self.wait()

    def wait(self) -> None:
        """Raises Unfit when unpacking has taken too long."""
        if self._clock() > self._end:
            raise Unfit("bomb", f"Unpacking it takes more than {SECONDS_MAX:.0f} seconds")

    def member(self) -> None:
        """Counts one file of an archive. Raises Unfit."""
        self.members -= 1
        if self.members < 0:
            raise Unfit("nested", f"More than {MEMBERS_MAX:,} files lie in it")


Inner = Callable[[str, bytes, int], None]
"""Looks at a file out of an archive: its name, its bytes, how many archives it lies in."""


def inflate(data: memoryview, budget: Budget, wbits: int, *, ratio: int | None = RATIO_MAX) -> tuple[bytes, int]:
    """One compressed stream: what it holds and how many bytes of `data` it took. Raises Unfit, zlib.error.

    `wbits` as zlib's; `ratio`: None where only the budget bounds it.
    """
    stream = zlib.decompressobj(wbits)
    found = bytearray()
    at, tail = 0, b""
    while not stream.eof:
        if not tail:
            tail = bytes(data[at : at + _PIECE])
            at += len(tail)
        piece = stream.decompress(tail, _PIECE)
        tail = stream.unconsumed_tail
        budget.take(len(piece))
        found += piece
        if ratio is not None and len(found) > RATIO_FROM and len(found) > ratio * max(1, at - len(tail)):
            raise Unfit("bomb", "What is packed in it grows beyond measure")
        if not piece and not tail and at >= len(data) and not stream.eof:
            raise zlib.error("cut off")
    return bytes(found), at - len(stream.unused_data)


def gzipped(data: bytes, budget: Budget, level: int, inner: Inner) -> None:
    """A gzip file, of one or several parts. Raises Unfit."""
    view, found = memoryview(data), bytearray()
    at = 0
    try:
        while at < len(data) and data[at : at + 2] == b"\x1f\x8b":
            part, used = inflate(view[at:], budget, 31)
            found += part
            at += used
            budget.wait()
    except zlib.error:
        raise Unfit("damaged", "What is packed in this gzip file cannot be read") from None
    if data[at:].strip(b"\0"):
        raise Unfit("damaged", "Something else stands after the end of this gzip file")
    if len(found) > RATIO_FROM and len(found) > RATIO_MAX * len(data):
        raise Unfit("bomb", "What is packed in it grows beyond measure")
    inner("", bytes(found), level)


def tarred(data: bytes, budget: Budget, level: int, inner: Inner) -> None:
    """A tar archive. Raises Unfit."""
    names = Names()
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            while (one := archive.next()) is not None:
                budget.member()
                names.add(one.name, directory=one.isdir())
                if one.isdir():
                    continue
                if not one.isreg():
                    raise Unfit("link", "Something in this archive is a link or a device, not a file")
                if one.issparse():
                    raise Unfit("bomb", "A file in this archive is stored with holes")
                if one.size > len(data):
                    raise Unfit("damaged", "A file in this archive is cut off")
                budget.take(one.size)
                held = archive.extractfile(one)
                content = b"" if held is None else held.read()
                inner(one.name, content, level)
            rest = archive.offset
    except (tarfile.TarError, EOFError, ValueError, OverflowError, OSError):
        raise Unfit("damaged", "This tar archive cannot be read to its end") from None
    if data[rest:].strip(b"\0"):
        raise Unfit("damaged", "Something else stands after the end of this archive")


def zipped(data: bytes, budget: Budget, level: int, inner: Inner) -> None:
    """A ZIP archive. Raises Unfit."""
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - 65_557))
    if end < 0 or len(data) < end + 22:
        raise Unfit("damaged", "This ZIP has no table of contents")
    count = int.from_bytes(data[end + 10 : end + 12], "little")
    if count == 0xFFFF or count > MEMBERS_MAX:
        raise Unfit("nested", f"This ZIP holds more than {MEMBERS_MAX:,} files")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError, OverflowError):
        raise Unfit("damaged", "The table of contents of this ZIP cannot be read") from None
    names = Names()
    if sum(one.file_size for one in members) > budget.left:  # what it says itself; what it holds is counted below
        raise Unfit("bomb", f"Unpacked it has more than {UNPACKED_MAX >> 20} MiB")
    for one in members:
        budget.member()
        names.add(one.orig_filename, directory=one.is_dir())
        if one.flag_bits & 0x2041:
            raise Unfit("locked", "A file in this ZIP is encrypted: nobody could check it")
        if stat.S_IFMT(one.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise Unfit("link", "Something in this ZIP is a link or a device, not a file")
        if _MACROS.search(one.orig_filename):
            raise Unfit("active_document", "This document holds macros", "Save it without macros, or as PDF/A.")
    members.sort(key=lambda one: one.header_offset)
    for one, after in pairwise(members):
        if after.header_offset < one.header_offset + 30 + one.compress_size:
            raise Unfit("bomb", "Files in this ZIP lie on top of each other")
    last = 0
    for one in members:
        start = _start(data, one)
        if one.header_offset < last or start + one.compress_size > end:
            raise Unfit("bomb", "Files in this ZIP lie on top of each other")
        last = start + one.compress_size
        inner(one.orig_filename, _member(data, one, start, budget), level)


def zip_behind(data: bytes) -> bool:
    """Whether a ZIP hangs on a file that begins as something else: programs that unpack find it by its last record alone.

    Its comment may say any length and anything may follow it, for they do not mind; but its table of contents must be there.
    """
    first = data.find(_ZIP_ENTRY)
    if first < 0 or data.startswith(_OLE):
        return False
    at = len(data)
    from_ = max(0, at - _ZIP_END_MAX)
    while (at := data.rfind(_ZIP_END, from_, at)) >= 0:
        size, offset = (int.from_bytes(data[at + n : at + n + 4], "little") for n in (12, 16))
        tables = (at - size, offset) if size else (offset,)
        if len(data) < at + 22 or at < first:
            continue
        if any(0 <= table < at and data.startswith(_ZIP_ENTRY, table) for table in tables):
            return True
        if data.startswith(_ZIP64_PLACE, max(0, at - 20)):  # a ZIP64: what the last record says does not count
            return True
    return False


def _start(data: bytes, one: zipfile.ZipInfo) -> int:
    """Where a member's bytes begin; its own header must name it as the table of contents does."""
    at = one.header_offset
    head = data[at : at + 30]
    if len(head) < 30 or head[:4] != b"PK\x03\x04":
        raise Unfit("damaged", "The table of contents of this ZIP points at nothing")
    name, extra = int.from_bytes(head[26:28], "little"), int.from_bytes(head[28:30], "little")
    said = data[at + 30 : at + 30 + name].decode("utf-8" if one.flag_bits & 0x800 else "cp437", "replace")
    if said != one.orig_filename:
        raise Unfit("damaged", "A file in this ZIP has two names")
    return at + 30 + name + extra


def _member(data: bytes, one: zipfile.ZipInfo, start: int, budget: Budget) -> bytes:
    packed = memoryview(data)[start : start + one.compress_size]
    if one.compress_type == zipfile.ZIP_STORED:
        budget.take(len(packed))
        found, used = bytes(packed), len(packed)
    elif one.compress_type == zipfile.ZIP_DEFLATED:
        try:
            found, used = inflate(packed, budget, -15)
        except zlib.error:
            raise Unfit("damaged", "What is packed in this ZIP cannot be read") from None
    else:
        raise Unfit(
            "packed", "A file in this ZIP is packed in a way that is not unpacked here", "Pack it with deflate."
        )
    if used != len(packed) or len(found) != one.file_size or zlib.crc32(found) != one.CRC:
        raise Unfit("damaged", "A file in this ZIP is not the one that its table of contents names")
    return found


class Names:
    """The names in one archive: each once, none that leads out of the folder."""

    def __init__(self) -> None:
        self._seen: dict[str, bool] = {}

    def add(self, name: str, *, directory: bool = False) -> None:
        """Raises Unfit."""
        parts = re.split(r"[/\\]", name)
        if ".." in parts or not name or name[0] in "/\\" or re.match(r"[A-Za-z]:", name):
            raise Unfit("bad_name", "A file in it would be unpacked somewhere else")
        if any(ord(letter) < 32 or ord(letter) == 127 for letter in name):
            raise Unfit("bad_name", "The name of a file in it holds characters that nobody sees")
        if not directory and name.lower().endswith(_PROGRAM_NAMES):
            raise Unfit("program", "A program lies inside of it", "Attach documents, pictures or data only.")
        key = "/".join(one for one in unicodedata.normalize("NFC", name).casefold().split("/") if one not in ("", "."))
        if key in self._seen and not (directory and self._seen[key]):
            raise Unfit("duplicate", "Two files in it have the same name, so that nobody knows which one is meant")
        self._seen[key] = directory


# PDF

_BEGIN = re.compile(rb">>\s*stream\r?\n")
_NAME_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_FILTER = re.compile(rb"/(?:Filter|F)\s*(\[[^\]]*\]|/[A-Za-z0-9]+|\d+\s+\d+\s+R)")
_PREDICTOR = re.compile(rb"/Predictor\s+(?!1[^\d])")
_DICTIONARY_MAX = 1 << 14
_PICTURES = {b"DCTDecode", b"DCT", b"JPXDecode", b"CCITTFaxDecode", b"CCF", b"JBIG2Decode"}
"""Pictures: unpacked by who draws them, with their own size."""
PDF_FROM = 32 << 20
"""A blank scanned page packs a thousandfold: in a PDF the ratio counts for the whole file, from here on."""
PDF_HINT = "Print it into a new PDF, or save it as PDF/A, and attach that."
FILTERS_MAX = 2
"""Compressions on top of each other in a PDF."""


def unescaped(data: bytes) -> bytes:
    """Names of a PDF with their #xx read (ISO 32000-1, 7.3.5)."""
    return _NAME_ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), data)


def pdf_objects(data: bytes, budget: Budget) -> Iterator[bytes]:
    """The objects of a PDF: what stands outside of its streams, and its object streams unpacked.

    Every other stream is unpacked and counted as well. Raises Unfit.
    """
    at = total = 0
    while (begin := _BEGIN.search(data, at)) is not None:
        start = begin.end()
        yield data[at:start]
        before = data[max(0, start - _DICTIONARY_MAX) : start]
        dictionary = unescaped(before[before.rfind(b" obj") + 1 :])
        objects = re.search(rb"/ObjStm(?![A-Za-z])", dictionary) is not None
        content, used = _stream(data, start, dictionary, objects, budget)
        total += len(content)
        if total > PDF_FROM and total > RATIO_MAX * len(data):
            raise Unfit("bomb", "What is packed in this PDF grows beyond measure", PDF_HINT)
        if objects:
            yield content
        at = start + used
    yield data[at:]


def _stream(data: bytes, start: int, dictionary: bytes, objects: bool, budget: Budget) -> tuple[bytes, int]:
    found = _FILTER.search(dictionary)
    filters = re.findall(rb"/([A-Za-z0-9]+)", found[1]) if found else []
    if found is not None and not filters and found[1].endswith(b"R"):
        raise Unfit("packed", "How a part of this PDF is packed is said somewhere else in it", PDF_HINT)
    if len(filters) > FILTERS_MAX:
        raise Unfit("nested", "This PDF is packed several times over", PDF_HINT)
    if objects and _PREDICTOR.search(dictionary):
        raise Unfit("packed", "Objects of this PDF are packed in an unusual way", PDF_HINT)
    end = data.find(b"endstream", start)
    content = data[start : end if end >= 0 else len(data)]
    used = len(content)
    try:
        for at, name in enumerate(filters):
            if name in _PICTURES:
                break
            if name in (b"FlateDecode", b"Fl"):  # its own end counts, not a word that stands by chance within
                source = memoryview(data)[start:] if at == 0 else memoryview(content)
                if len(source) < 2 or (source[0] & 15) != 8 or (source[0] << 8 | source[1]) % 31:
                    raise zlib.error("no header")
                content, took = inflate(source[2:], budget, -15, ratio=None)
                used = took + 2 if at == 0 else used
            elif name in (b"ASCIIHexDecode", b"AHx"):
                digits = re.sub(rb"\s", b"", content.partition(b">")[0])
                content = bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))
            elif name in (b"ASCII85Decode", b"A85"):
                content = _ascii85(content, budget)
            elif name in (b"RunLengthDecode", b"RL"):
                content = _run_length(content, budget)
            else:
                raise Unfit("packed", "A part of this PDF is packed in a way that is not unpacked here", PDF_HINT)
    except (zlib.error, ValueError):
        raise Unfit("damaged", "What is packed in this PDF cannot be read", PDF_HINT) from None
    return content, used


def _ascii85(content: bytes, budget: Budget) -> bytes:
    text = content.strip().removeprefix(b"<~").partition(b"~>")[0]
    budget.take(len(text) * 4)  # `z` is four bytes
    return base64.a85decode(text, ignorechars=b" \t\n\r\v\f\0")


def _run_length(content: bytes, budget: Budget) -> bytes:
    found, at = bytearray(), 0
    while at < len(content) and (length := content[at]) != 128:
        piece = content[at + 1 : at + 2 + length] if length < 128 else content[at + 1 : at + 2] * (257 - length)
        at += length + 2 if length < 128 else 2
        budget.take(len(piece))
        found += piece
    return bytes(found)
