"""A list of a phone's files without the files: a body file of The Sleuth Kit (version 3), or one path a line.

A line of a body file is `MD5|name|inode|mode|UID|GID|size|atime|mtime|ctime|crtime`, with times in seconds since 1970 UTC. A name
may hold `|` itself. Lists are read forward, some megabytes at once.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from operator import itemgetter
from pathlib import Path
from typing import TypeVar

import msgspec

from sousveil.acquisition import door
from sousveil.acquisition.content import open_member, stored_size
from sousveil.acquisition.dump import LIST, Prefix, of_one_phone, plain_name, prefixes
from sousveil.acquisition.model import Device, FileGroup, Limit, Member, Section, blocks
from sousveil.acquisition.places import Where
from sousveil.errors import SousveilError
from sousveil.patterns import lazy_pattern
from sousveil.texts import t

Key = TypeVar("Key")
FORM = "file-list"
FIELDS = 11
"""Fields of a line of a body file."""
SAMPLE = 128 << 10
"""Bytes of the beginning, the middle and the end that show the kind of list and the folders before the phone's own."""
CHUNK = 4 << 20
TOO_LONG = b"\0\n"
"""Stands for a line that is too long."""
_BODY = lazy_pattern(rb"(?m)^[0-9a-fA-F]*\|[^\n]+(?:\|[^|\n]*){5}(?:\|-?[0-9]*){4}\r?$")
_PATH = lazy_pattern(
    rb"(?m)^(?:\.?/)?(?:[^/\n|]+/)*(?:private/var|var/mobile|data/(?:data|user/0|media/0)|data/system|storage/emulated/0|System/Library|mobile/Library)/"
)
_BODY_FILE = lazy_pattern(rb"(?m)^[^|\n]*\|([^|\n]*[/\\])[^|/\\\r\n]+\|[^|\n]*\|(?!d)")
_PATH_FILE = lazy_pattern(rb"(?m)^(([^\n]*[/\\])[^/\\\r\n]+)\r?$(?!\n\1[/\\])")
"""The folder of a file, without lines that name a folder: it ends in a slash, has the mode of one, or lies above the next."""
_BOMS = (b"\xff", b"\xfe")
_ENCODINGS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def begins_like_list(head: bytes) -> bool:
    """Whether a file with these first bytes may be a list: most of its lines are such lines."""
    if b"\0" in head and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return False
    text = _recoded(head)
    lines = [line for line in text.splitlines()[:-1] or text.splitlines() if line and not line.startswith(b"#")]
    sample = b"\n".join(lines) + b"\n"
    fitting = max(len(_BODY.findall(sample)), len(_PATH.findall(sample)) if b"{" not in sample[:1] else 0)
    return bool(lines) and 2 * fitting >= len(lines)


def _recoded(data: bytes) -> bytes:
    """Bytes as UTF-8 without a mark at the beginning."""
    for mark, encoding in _ENCODINGS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace").encode()
    return data


class Head(msgspec.Struct, frozen=True):
    """What the beginning of a list tells."""

    body: bool
    """Whether it is a body file; else it holds a path on each line."""
    system: str
    chosen: tuple[Prefix, ...]
    """Folders before the phone's own."""


@lru_cache(maxsize=1)
def head_of(sample: bytes) -> Head | None:
    """What the first bytes of a list tell; None for a text of another kind."""
    text = _recoded(sample)
    body = _BODY.search(text[:65_536]) is not None
    if not body and not begins_like_list(sample[:65_536]):
        return None
    system, chosen = prefixes("\n".join(_names(text, body)).encode())
    return Head(body, system, tuple(chosen)) if chosen else None


def _names(text: bytes, body: bool) -> Iterator[str]:
    """The names in some lines, without what tools write before them. A line of a body file that is cut off gives none: the
    fields before its name would be a folder of a tool."""
    for line in text.decode("utf-8", "backslashreplace").splitlines():
        if not body:
            yield plain_name(line)
        elif line.count("|") >= FIELDS - 1:
            yield plain_name(line.split("|", 2)[1])


def chunks(member: Member) -> Iterator[bytes]:
    """The list in pieces of whole lines, in UTF-8 and without a mark at the beginning. A last line without an end has none; a
    line that does not end within `CHUNK` bytes is given as `TOO_LONG`, so that lines keep their numbers."""
    content = open_member(member)
    try:
        start = content.read(4, 0)
        mark, encoding = next(((mark, name) for mark, name in _ENCODINGS if start.startswith(mark)), (b"", "utf-8"))
        decoder = codecs.getincrementaldecoder(encoding)("replace")
        rest, skip, within = b"", len(mark), False
        for block in blocks(content, CHUNK):
            piece, skip = (block[skip:] if skip else block), 0
            data = rest + (piece if encoding == "utf-8" else decoder.decode(piece).encode())
            if within:  # the rest of a line that is too long
                _, ended, data = data.partition(b"\n")
                within = not ended
            end = data.rfind(b"\n") + 1
            rest = data[end:]
            if end:
                yield data[:end]
            if len(rest) > CHUNK:
                yield TOO_LONG
                rest, within = b"", True
        if rest:
            yield rest
    finally:
        content.close()


def opened(path: Path) -> FileList | None:
    """The list at a path; None where the content is of another form. Raises Unsupported where it lists two phones."""
    if path.is_dir():
        return None
    member = Member(suffix="", path=str(path))
    try:
        content = open_member(member)
        try:
            sample = content.read(SAMPLE, 0)
            for place in (content.size // 2, content.size - SAMPLE) if sample[:1] not in _BOMS else ():
                if place > SAMPLE:
                    sample = sample[: sample.rfind(b"\n") + 1] + content.read(SAMPLE, place).partition(b"\n")[2]
        finally:
            content.close()
    except SousveilError:
        return None
    if not begins_like_list(sample[: door.HEAD]):
        return None
    head = head_of(sample)
    if head is None:
        return None
    return FileList(path, _of_one_phone(path, stored_size(str(path)), head))


@lru_cache(maxsize=1)
def _of_one_phone(path: Path, _size: int, head: Head) -> Head:
    """The head without repeating prefixes; a process reads the whole list for it once. Raises Unsupported for two phones."""
    files = (
        plain_name((folder + b"?").decode("utf-8", "backslashreplace"))
        for chunk in chunks(Member(suffix="", path=str(path)))
        for folder in dict.fromkeys(
            _BODY_FILE.findall(chunk) if head.body else map(itemgetter(1), _PATH_FILE.findall(chunk))
        )
    )
    chosen = of_one_phone(files, head.system, list(head.chosen), t("error.file_lists.check_each"), listed=True)
    return msgspec.structs.replace(head, chosen=tuple(chosen))


class FileList:
    """See `Acquisition`. The list itself is its only file."""

    encrypted = streamed = False

    def __init__(self, path: Path, head: Head) -> None:
        self.path, self.head = path, head
        self._member = Member(suffix="", path=str(path))

    @property
    def identity(self) -> tuple[str, Member]:
        """The list."""
        return f"/{self.path.name}", self._member

    @property
    def size(self) -> int:
        """Its bytes."""
        return stored_size(str(self.path))

    def unlock_with(self, *, password: bytes | None = None, derived_key: bytes | None = None) -> bytes | None:
        """Nothing is encrypted."""
        return None

    def row_span(self) -> tuple[int, int, int]:
        """No file of the phone is there: the list is matched by its columns."""
        return 0, -1, 0

    def beside(self) -> Iterable[door.StoredFile]:
        """None."""
        return ()

    def stored(self, first: int, last: int) -> Iterator[door.StoredFile]:
        """None."""
        return iter(())

    def locate(self, ats: Sequence[tuple[Key, Where]]) -> Iterator[tuple[Key, FileGroup]]:
        """The list."""
        rows = Section(title=LIST, start=0, end=self.size, line=1)
        group = FileGroup(domain="", relative=self.path.name, members=(self._member,), sections=(rows,))
        yield from (
            (key, group) for key in dict.fromkeys(key for key, at in ats if at.form == "info" and at.path == LIST)
        )

    @cached_property
    def device(self) -> Device:
        """A list states nothing of the phone but its system."""
        return Device(platform=self.head.system, acquisition=FORM)

    @property
    def limits(self) -> list[Limit]:
        """That the files themselves are not there."""
        return [Limit(id="names_alone")]


__all__ = ["FORM", "FileList", "Head", "begins_like_list", "chunks", "head_of", "opened"]
