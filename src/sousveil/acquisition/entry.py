"""One row of a backup's manifest: what it says, and what is wrong with it. A row's text is hostile."""

from __future__ import annotations

import hashlib
from typing import Any

import apsw
import msgspec

from sousveil.acquisition.mbfile import FileInfo, read_mbfile
from sousveil.acquisition.places import phone_path
from sousveil.errors import SousveilError
from sousveil.patterns import lazy_pattern
from sousveil.texts import t

MAX_BLOB = 1 << 20
"""Bytes of one file record at most."""
FILE, FOLDER, LINK = 1, 2, 4
"""Values of `Entry.flags`."""
FILE_ID = lazy_pattern(r"[0-9a-f]{40}\Z")
NO_ID = "error.entry.manifest_row_does"


class Entry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row of the manifest's `Files` table."""

    row: int
    file_id: str
    """As the manifest has it; see `problem`."""
    domain: str
    relative: str
    flags: int
    """1 file, 2 folder, 4 symbolic link."""
    info: FileInfo | None = None
    problem: str | None = None
    """What is wrong with the row: its content cannot be had."""
    doubt: str | None = None
    """What is odd about it, though its content can be had."""

    @property
    def phone_path(self) -> str | None:
        """Where the file lies on the phone, if that is known."""
        return phone_path(self.domain, self.relative)


def codec_of(connection: apsw.Connection) -> str:
    """How the manifest's texts are encoded."""
    encoding = connection.pragma("encoding")
    return "utf-8" if encoding == "UTF-8" else "utf-16-le" if encoding == "UTF-16le" else "utf-16-be"


def text_of(value: Any, codec: str) -> str:
    """A text that was fetched as bytes; what is not valid is shown as its escapes."""
    return value.decode(codec, "backslashreplace") if isinstance(value, bytes) else ""


def entry_of(row: tuple[Any, ...], codec: str) -> Entry:
    """A row of the manifest as an entry, with what is wrong with it."""
    number, raw_id, raw_domain, raw_relative, flags, blob, length = row
    file_id, domain, relative = text_of(raw_id, codec), text_of(raw_domain, codec), text_of(raw_relative, codec)
    problem = doubt = info = None
    if not isinstance(flags, int):
        flags = 0
    if flags not in (FOLDER, LINK):
        if not FILE_ID.match(file_id):
            problem, file_id = t(NO_ID), file_id[:100]
        elif (
            hashlib.sha1(f"{domain}-{relative}".encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
            != file_id
        ):
            doubt = t("error.entry.stored_file_name")
    if isinstance(blob, bytes):
        try:
            info = read_mbfile(blob)
        except SousveilError as error:
            problem = problem or error.message
    elif length is not None:
        problem = problem or t("error.entry.manifest_row_record")
    return Entry(
        row=number,
        file_id=file_id,
        domain=domain,
        relative=relative,
        flags=flags,
        info=info,
        problem=problem,
        doubt=doubt,
    )
