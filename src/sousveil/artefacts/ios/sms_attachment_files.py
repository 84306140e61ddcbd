"""Attachments of messages that are something else than their names say: pictures (.gif) and passes (.pkpass).

Both were used to carry exploits: a .gif that is a PDF (2021), a pass whose logo is another kind of picture (2023).
Only files with
these two names are opened, and only their beginnings, so a phone with many attachments costs little.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from sousveil.acquisition.content import open_member
from sousveil.acquisition.model import FileGroup
from sousveil.artefacts.model import Artefact, At, Context, Expected, Seen
from sousveil.errors import Missing
from sousveil.kinds import FilePath, Flag, Integer, Label, Role
from sousveil.readers.model import Described
from sousveil.readers.plists import Row, batches_of
from sousveil.records import Batch, Record
from sousveil.texts import t

FOLDER = "Library/SMS/Attachments/*"
MAX_PASS = 8 << 20
"""Bytes of a pass that are read at most; a larger one is only told by its first bytes."""
MAX_IMAGE = 16 << 20
"""Bytes of an unpacked picture that are looked at."""
_HEAD = 1024


class File(Record):
    """One attachment, as its bytes show it."""

    path: FilePath
    extension: Label
    found: Label | None
    """What the first bytes say: `gif`, `png`, `jpeg`, `webp`, `pdf`, `psd`, `zip`, `empty`; nothing for anything
    else."""
    size: Integer
    image: Label | None
    """Of a pass: what its logo.png is."""
    image_size: Integer | None
    """Of the logo, as the pass states it."""
    image_archive: Flag | None
    """1: the logo holds a property list, which no picture needs."""
    image_expression: Flag | None
    """1: the logo holds text of program expressions (`FUNCTION(`)."""


def kind_of_bytes(head: bytes) -> str | None:
    """What a file is, by its first bytes (a PDF may begin anywhere in the first 1,024)."""
    if not head:
        return "empty"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    for magic, name in (
        (b"GIF8", "gif"),
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"\xff\xd8\xff", "jpeg"),
        (b"8BPS", "psd"),
        (b"PK\x03\x04", "zip"),
    ):
        if head.startswith(magic):
            return name
    return "pdf" if b"%PDF-" in head[:_HEAD] else None


def _logo(data: bytes) -> dict[str, Any]:
    """What the logo of a pass is; nothing where the pass has none or is damaged."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            inside = next((i for i in archive.infolist() if i.filename.rsplit("/", 1)[-1] == "logo.png"), None)
            if inside is None:
                return {}
            with archive.open(inside) as stream:
                content = stream.read(MAX_IMAGE)
    except (
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        ValueError,
        EOFError,
        RuntimeError,
        NotImplementedError,
        IndexError,
        KeyError,
    ):
        return {}  # RuntimeError: encrypted; NotImplementedError: a method that is not known
    return {
        "image": kind_of_bytes(content[:_HEAD]),
        "image_size": inside.file_size,
        "image_archive": int(b"bplist00" in content),
        "image_expression": int(b"FUNCTION(" in content),
    }


def read(artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]:
    """One row for the file."""
    group = files["main"]
    member = group.member("")
    if member is None:
        raise Missing(t("error.sms_attachment_files.attachment_backup"))
    file = open_member(member)
    try:
        head = file.read(_HEAD, 0)
        row = Row(
            {
                "path": group.phone_path or "/private/var/mobile/" + group.relative,
                "extension": group.relative.rpartition(".")[2].lower(),
                "found": kind_of_bytes(head),
                "size": file.size,
            }
        )
        if row["found"] == "zip" and file.size <= MAX_PASS:
            row.update(_logo(file.read(file.size, 0)))
    finally:
        file.close()
    yield from batches_of(iter([row]), artefact, "first bytes", group.where, context)


ARTEFACT = Artefact(
    name="ios.sms_attachment_files",
    title="Attached pictures and passes",
    needs={"main": tuple(At.backup("MediaDomain", FOLDER + ending) for ending in (".gif", ".pkpass", ".GIF"))},
    record=File,
    role=Role.RECEIVED,
    read=read,
    expected=Expected(optional="only phones with a .gif or .pkpass among their messages have such files"),
    seen=(
        Seen(
            versions="iOS 12 to 26",
            basis="GIF as its makers published it; passes as Apple documents them",
            verified=True,
        ),
    ),
    means="A file that is not what its name says was made so on purpose; that it lies here shows an attempt, not "
    "that it worked.",
)
