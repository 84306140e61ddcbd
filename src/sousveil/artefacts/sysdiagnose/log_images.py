"""Programs and libraries that wrote to the unified log: the paths that the log keeps for its texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sousveil.acquisition.content import open_member
from sousveil.acquisition.model import FileGroup, Readable
from sousveil.artefacts.model import Artefact, At, Context, Expected, Seen
from sousveil.kinds import FilePath, Label, ProcessName, Role
from sousveil.patterns import lazy_pattern
from sousveil.readers.model import Described
from sousveil.readers.plists import Row, batches_of
from sousveil.readers.tracev3 import cache_images, image_path
from sousveil.records import Batch, Record


class LogImage(Record):
    """One image."""

    image: Label | None
    """Its UUID."""
    path: FilePath
    process: ProcessName | None
    """The name of a program; None for a library, as far as the path tells."""
    kept_in: Label
    """`uuidtext`, or `shared cache` for libraries of the system."""


_UUIDTEXT = lazy_pattern(r"(?:.*/)?([0-9A-F]{2})/([0-9A-F]{30})")
_LIBRARY = lazy_pattern(r"(?:.*/)?([^/]+)\.(?:framework|bundle|kext|plugin)/(?:Versions/[^/]+/)?\1|.*\.dylib")


def program(path: str) -> str | None:
    """The name of the program at a path; None for a library."""
    return None if _LIBRARY.fullmatch(path) else path.rpartition("/")[2] or None


def _uuid(relative: str) -> str | None:
    """The UUID that the name of a uuidtext file states."""
    found = _UUIDTEXT.fullmatch(relative)
    if found is None:
        return None
    digits = found[1] + found[2]
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _rows(group: FileGroup, content: Readable) -> Iterator[Row]:
    if content.read(4, 0) == b"hcsd":
        for uuid, path in cache_images(content):
            yield Row({"image": uuid, "path": path, "kept_in": "shared cache"})
        return
    path = image_path(content)
    yield Row({"image": _uuid(group.relative), "path": path, "process": program(path), "kept_in": "uuidtext"})


def _read(artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]:
    group = files["main"]
    content = open_member(group.members[0])
    try:
        yield from batches_of(_rows(group, content), artefact, "images", group.where, context)
    finally:
        content.close()


ARTEFACT = Artefact(
    name="sysdiagnose.log_images",
    title="Programs and libraries in the system log",
    needs={
        "main": (
            At.sysdiagnose("system_logs.logarchive/??/" + "?" * 30),
            At.sysdiagnose("system_logs.logarchive/dsc/" + "?" * 32),
            At.ios("/private/var/db/uuidtext/??/" + "?" * 30),
            At.ios("/private/var/db/uuidtext/dsc/" + "?" * 32),
        )
    },
    acquisitions=("sysdiagnose", "dump"),
    record=LogImage,
    role=Role.RAN,
    read=_read,
    expected=Expected(optional="a folder of a log archive may lack it"),
    seen=(Seen(versions="iOS 15 and macOS 11", basis="seen in real files", verified=True),),
    means="A program or library at this path wrote to the system log of this phone, in the last weeks. The list of processes has "
    "times for the UUIDs of programs.",
)
