"""The hashes that AndroidQF wrote down of its own files: hashes.csv, compared with the files as they are now.

The folder form lists itself and a log that still grew, and leaves acquisition.json out: these three say nothing.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

from sousveil.acquisition.content import open_member, stream_blocks
from sousveil.acquisition.contents import Contained, Contents, contents, sealed_contents
from sousveil.acquisition.model import FileGroup, whole
from sousveil.artefacts.model import Artefact, At, Context, Expected, Seen
from sousveil.errors import Malformed, SousveilError
from sousveil.kinds import HashValue, Label, Role
from sousveil.patterns import lazy_pattern
from sousveil.readers.model import Described
from sousveil.readers.plists import Row, batches_of
from sousveil.records import Batch, Record
from sousveil.texts import t

MAX_LIST = 32 << 20
_HASH = lazy_pattern(r"[0-9a-fA-F]{64}\Z")
_OWN = ("hashes.csv", "command.log")
"""Of a folder: the list itself, and the log that went on after the list was written."""


class CollectorHash(Record):
    """One line of the list."""

    file: Label
    """As the list names it."""
    sha256: HashValue
    """What the collector wrote down."""
    state: Label
    """`same`, `changed`, `missing`, `unreadable`; `own` for files that the list cannot know."""


def _held(group: FileGroup) -> Contents:
    member = group.members[0]
    if not member.inside:
        return contents(str(Path(member.path).parent))
    layer = member.inside[0]
    return sealed_contents(member.path, layer) if layer.key is not None else contents(member.path)


def _named(name: str, files: Mapping[str, Contained], top: str) -> Contained | None:
    """The file that a line means: paths may begin with the folders of another computer."""
    parts = name.replace("\\", "/").lstrip("/").split("/")
    for first in range(len(parts)):
        if (file := files.get(top + "/".join(parts[first:]))) is not None:
            return file
    return None


def _hash(file: Contained) -> str:
    digest = hashlib.sha256()
    for _, block in stream_blocks(file.member):
        digest.update(block)
    return digest.hexdigest()


def _rows(group: FileGroup) -> Iterator[Row]:
    member = group.members[0]
    content = open_member(member)
    try:
        text = whole(content, MAX_LIST).decode("utf-8", "replace")
    finally:
        content.close()
    held = _held(group)
    files = {file.relative: file for file in held.files if file.domain == group.domain}
    top = group.relative.removesuffix("hashes.csv")
    folder = not member.inside
    try:
        for line in csv.reader(io.StringIO(text.replace("\0", ""))):
            if len(line) != 2 or not _HASH.match(line[1]):
                continue
            name, listed = line[0][:1000], line[1].lower()
            file = _named(name, files, top)
            if folder and file is not None and file.relative.removeprefix(top) in _OWN:
                state = "own"
            elif file is None:
                state = "missing"
            else:
                try:
                    state = "same" if _hash(file) == listed else "changed"
                except SousveilError:
                    state = "unreadable"
            yield Row({"file": name, "sha256": listed, "state": state})
    except csv.Error as error:
        raise Malformed(t("error.collector_hashes.list_hashes_damaged")) from error


def read(artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]:
    """The lines of the list, each compared with its file."""
    group = files["main"]
    yield from batches_of(_rows(group), artefact, "hashes.csv", group.where, context)


ARTEFACT = Artefact(
    name="android.collector_hashes",
    title="File hashes recorded by AndroidQF",
    needs={"main": (At.anywhere("hashes.csv"), At.anywhere("*/hashes.csv"))},
    record=CollectorHash,
    role=Role.INSTALLED,
    read=read,
    expected=Expected(optional="AndroidQF before March 2023 and some encrypted archives have no list"),
    acquisitions=("androidqf",),
    seen=(
        Seen(
            versions="AndroidQF 1.6 and later",
            basis="layout from AndroidQF's published source of June 2026",
            verified=True,
        ),
    ),
    means="If a file differs from its hash, somebody changed it after the acquisition, or it was damaged.",
)
