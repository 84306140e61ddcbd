"""What is encrypted: a text and files as one tar archive, filled up with zeros to one of a few sizes.

A tar archive, so that whoever has the key can open it with `age -d` and `tar x` alone. It is read strictly: what is not byte for
byte what `pack` makes is refused. Names that a writer gave to files are kept only inside; a member never has one.
"""

from __future__ import annotations

import io
import tarfile

import msgspec

from sousveil.errors import LimitExceeded, Malformed
from sousveil.kinds import visible

BUCKETS = (16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20, 16 << 20)
"""Sizes in bytes before encryption. Nothing of what lies between can be told from outside."""
TEXT_MAX = 20_000
"""Letters of a text."""
FILES_MAX = 8
FILES_BYTES_MAX = 15 << 20
"""Bytes of all files of one message."""
NAME_MAX = 100
_ABOUT_MAX = 16 << 10
_BLOCK = 512
SHORT_TEXT = (BUCKETS[0] - 5 * _BLOCK) // 300 * 100
"""Letters of a text, of up to three bytes each, that fits the smallest size."""


class About(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What goes with a text."""

    thread: str
    """Random id of the complaint."""
    number: int
    """Place in the thread, from 1."""
    answers_to: str
    """Recipient to which answers are encrypted: it stands inside, so that a hacked server cannot exchange it later."""
    names: list[str] = []
    """Names of the files as their sender gave them, made visible and cut."""


class Attached(msgspec.Struct, frozen=True):
    """A file that came with a text."""

    name: str
    data: bytes


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A text with its files."""

    text: str
    files: tuple[Attached, ...] = ()

    def checked(self) -> Message:
        """The same with names that are safe to show. Raises LimitExceeded."""
        if len(self.text) > TEXT_MAX:
            raise LimitExceeded(
                "The text is too long.", hint=f"At most {TEXT_MAX:,} letters; send the rest as a second message."
            )
        if len(self.files) > FILES_MAX or sum(len(one.data) for one in self.files) > FILES_BYTES_MAX:
            raise LimitExceeded(
                "These are too many files, or too large ones.",
                hint=f"At most {FILES_MAX} files and {FILES_BYTES_MAX >> 20} MiB together; describe larger ones in the text.",
            )
        text = self.text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode()
        return Message(text=text, files=tuple(Attached(safe_name(one.name), one.data) for one in self.files))


def safe_name(name: str) -> str:
    """A file's name that can be shown: without folders, control characters, and not long."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return visible(last.encode("utf-8", "replace").decode(), NAME_MAX).strip(" .") or "file"


def bucket(size: int) -> int:
    """The size to which so many bytes are filled up. Raises LimitExceeded."""
    for one in BUCKETS:
        if size <= one:
            return one
    raise LimitExceeded("This is too large to be taken.", hint="Send it in parts.")


def pack(about: About, message: Message) -> bytes:
    """The archive of a message, filled up. Raises LimitExceeded."""
    about = msgspec.structs.replace(about, names=[one.name for one in message.files])
    members = [("about.json", msgspec.json.encode(about)), ("message.txt", message.text.encode())]
    members += [(f"file-{number:02}", one.data) for number, one in enumerate(message.files, 1)]
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in members:
            member = tarfile.TarInfo(name)
            member.size, member.mode, member.mtime = len(data), 0o600, 0
            archive.addfile(member, io.BytesIO(data))
    used = sum(_BLOCK + -(-len(data) // _BLOCK) * _BLOCK for _, data in members) + 2 * _BLOCK
    return made.getvalue()[:used].ljust(bucket(used), b"\0")


def unpack(plain: bytes) -> tuple[About, Message]:
    """What `pack` packed. Raises Malformed for everything else."""
    if len(plain) not in BUCKETS:
        raise Malformed("What was opened is not a message of this kind.")
    try:
        members = _members(plain)
        about = msgspec.json.decode(members.pop("about.json")[:_ABOUT_MAX], type=About)
        text = members.pop("message.txt").decode()
        files = tuple(Attached(name, data) for name, data in zip(about.names, members.values(), strict=True))
        message = Message(text=text, files=files)
        same = pack(about, message) == plain
    except (KeyError, ValueError, EOFError, tarfile.TarError, msgspec.MsgspecError, LimitExceeded):
        same = False
    if not same:
        raise Malformed("What was opened is damaged, or was not made by this program.")
    return about, message


def _members(plain: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as archive:
        while (member := archive.next()) is not None:
            if not member.isreg() or len(found) > FILES_MAX + 2 or member.sparse is not None:
                raise tarfile.TarError
            file = archive.extractfile(member)
            found[member.name] = file.read(BUCKETS[-1]) if file is not None else b""
    return found
