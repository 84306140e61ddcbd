"""What an acquisition gives: device facts, and groups of files that can be read at any offset.

`FileGroup` and `Member` cross to the reading workers as msgpack; they carry the file keys, never the password.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import msgspec

from sousveil.texts import t


class Packed(msgspec.Struct, frozen=True, kw_only=True):
    """Where a member of a zip archive lies in the bytes around it. All numbers are the archive's own and may lie."""

    offset: int
    """Of its first compressed byte."""
    stored: int
    """Compressed bytes."""
    size: int
    """Bytes of content."""
    method: int
    """0 stored, 8 deflated."""
    key: bytes | None = None
    """Of a file that is encrypted with age: what opens its blocks, which begin at `offset`."""


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a dumpstate text: the output of a service or a command."""

    title: str
    """The name of the service (`package`), or the title of the command (`SYSTEM PROPERTIES`)."""
    priority: str = ""
    """`CRITICAL`, `HIGH`, or "" where none is named: a service may occur once in each."""
    command: str = ""
    """What the title of a command names in parentheses: a command line or a path."""
    start: int
    """Bytes before its first line, from the start of the text."""
    end: int
    line: int
    """Number of its first line in the text, from 1."""
    ended: str | None = None
    """The phone's wall clock when the service had answered: `2020-01-08 15:31:49`."""
    problem: str | None = None
    """Why it is not whole, in the text's own words: a timeout, a service that is not there."""


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One stored file of a group."""

    suffix: str
    """"" for the main file; "-wal", "-journal", "-shm" for its companions."""
    path: str
    """Where the stored bytes lie on this computer."""
    size: int | None = None
    """Bytes of content as the manifest states them; None where it does not say."""
    inside: tuple[Packed, ...] = ()
    """Where the content lies in the archive at `path`, outermost first; () for a file that lies there by itself."""
    key: bytes | None = None
    """The unwrapped AES-256 key, or None where the stored bytes are the content."""
    problem: str | None = None
    """Why the content cannot be had (missing class key, file not in the backup, ...); then reading raises `Locked` or `Missing`."""


class FileGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A main file with its companions, main file first."""

    domain: str
    relative: str
    phone_path: str | None = None
    """The absolute path that the file has on the phone, where the domain's place is known."""
    place: str = ""
    """See `StoredFile.place`."""
    members: tuple[Member, ...] = ()
    sections: tuple[Section, ...] = ()
    """The parts of the main file that are to be read, where it is a dumpstate text; () stands for all of it."""

    @property
    def where(self) -> str:
        """`Domain/relative/path`: how the file is cited."""
        return f"{self.domain}/{self.relative}"

    def member(self, suffix: str = "") -> Member | None:
        """The member with this suffix, or None."""
        return next((m for m in self.members if m.suffix == suffix), None)


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """Something about the copy of the phone that limits every result, such as a backup that was not finished."""

    id: str
    """Stable name, such as `backup_unfinished`; `sousveil.cases.limits` has a sentence for each."""
    values: dict[str, str] = {}
    """What the sentence names: a file, a state, a reason."""


RESULTS = "mvt"
"""The form of a folder with the results of another tool (MVT), and the first part of the names of artefacts that read them."""


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """Facts about the phone, as the acquisition states them (not verified)."""

    platform: str = "ios"
    """`ios` or `android`."""
    acquisition: str = "ios-backup"
    """The name of the form in which the phone's data came; see `sousveil.acquisition.door`."""
    product_type: str | None = None
    """Such as iPhone12,1 or Pixel 6."""
    product_version: str | None = None
    """The system version, such as 16.5."""
    build: str | None = None
    last_backup: int | None = None
    """When the acquisition was made: microseconds since 1970 UTC."""
    encrypted: bool = False
    installed: tuple[str, ...] = ()
    """Bundle ids of the apps that the acquisition lists as installed."""
    unique_id: str | None = None
    """The device's identifier: personal data."""
    fingerprint: str | None = None
    """Android: the build's fingerprint."""
    patch_level: str | None = None
    """Android: the date of the security patch level, such as 2019-10-06."""
    zone: str | None = None
    """The name of the phone's time zone, such as Europe/Stockholm, where it is known."""
    utc_offset: int | None = None
    """Seconds from UTC to the phone's wall clock when the acquisition was made; None where it is not known."""
    name: str | None = None
    """Personal data; never in a file name or on the terminal."""

    @property
    def could_be_encrypted(self) -> bool:
        """Whether an encrypted acquisition of this form would hold more."""
        return self.acquisition == "ios-backup" and not self.encrypted

    @property
    def version(self) -> tuple[int, ...]:
        """`product_version` as numbers; () when unknown."""
        parts = (self.product_version or "").split(".")
        return tuple(int(p) for p in parts if p.isdigit())


class Readable(Protocol):
    """Content of a stored file, decrypted or unpacked, at any offset. `size` is the content's size."""

    size: int

    def read(self, amount: int, offset: int) -> bytes:
        """Up to `amount` bytes from `offset`; fewer only at the end. Raises Malformed where the stored file is shorter than
        it must be, Missing or Locked where it cannot be read."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


def whole(readable: Readable, limit: int) -> bytes:
    """All content. Raises LimitExceeded above `limit` bytes."""
    from sousveil.errors import LimitExceeded

    if readable.size > limit:
        raise LimitExceeded(t("error.model.file_bytes_most", size=readable.size, limit=limit))
    return readable.read(readable.size, 0)


def blocks(readable: Readable, size: int = 1 << 20) -> Iterator[bytes]:
    """The content, block after block."""
    offset = 0
    while offset < readable.size:
        piece = readable.read(min(size, readable.size - offset), offset)
        if not piece:
            return
        yield piece
        offset += len(piece)
