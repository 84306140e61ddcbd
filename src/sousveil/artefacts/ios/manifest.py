"""The backup's own list of files, Manifest.db: every file, folder and link, with its times.

It shows files that no other artefact reads. Paths are given as they are on the phone, so that a published path is met
whatever domain the backup keeps the file in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from sousveil.acquisition.mbfile_many import forget_forms, read_many
from sousveil.acquisition.model import FileGroup
from sousveil.acquisition.places import phone_path, phone_paths
from sousveil.acquisition.stored_names import StoredNames
from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.kinds import FilePath, Flag, HashValue, Integer, Label, Opaque, Role, RoleValue, UnixTime
from sousveil.readers.model import Described
from sousveil.readers.sqlite import Column, Layout, parts_of, sqlite
from sousveil.records import Batch, Record
from sousveil.texts import t


class ManifestFile(Record):
    """One file, folder or link that the backup lists."""

    path: FilePath
    """The absolute path on the phone; inside an app's container, whose folder has a random name, the path in it."""
    domain: Label
    relative: Opaque
    """Path in the domain, as stored."""
    file_id: Label
    """The name under which the backup stores the content."""
    flags: Integer | None
    """1 file, 2 folder, 4 link."""
    role: RoleValue
    """`received` for attachments of messages, `installed` for all others."""
    size: Integer | None
    mode: Label | None
    """Kind and permissions, octal: 0o100644."""
    owner: Integer | None
    group: Integer | None
    inode: Integer | None
    protection_class: Integer | None
    created: UnixTime | None
    modified: UnixTime | None
    status_changed: UnixTime | None
    digest: HashValue | None
    """As the manifest states it; not computed."""
    target: FilePath | None
    """Where a link leads."""
    extended_attributes: Flag | None
    missing: Flag | None
    """1: listed as a file, but its content is not in the backup folder."""
    problem: Label | None
    """Why the facts of this file could not be read."""


_ATTACHMENTS = "Library/SMS/Attachments/"
_RECEIVED, _INSTALLED = Role.RECEIVED.value, Role.INSTALLED.value
_FACTS = (
    ("size", "size"),
    ("mode", "mode"),
    ("owner", "user"),
    ("group", "group"),
    ("inode", "inode"),
    ("protection_class", "protection_class"),
    ("created", "created"),
    ("modified", "modified"),
    ("status_changed", "changed"),
    ("digest", "digest"),
    ("target", "target"),
    ("extended_attributes", "extended"),
)
"""Fields, and what the records call them."""


_TOGETHER = 2048
"""Records that are taken apart together."""


def _facts(blobs: Column) -> dict[str, Column]:
    """The facts of the records, and what is wrong with them."""
    work: dict[str, Column] = {field: [] for field, _ in _FACTS}
    problem: Column = [None] * len(blobs)
    for at in range(0, len(blobs), _TOGETHER):  # a record is split into some fifty values
        read, unread = read_many(blobs[at : at + _TOGETHER], [name for _, name in _FACTS])
        for field, name in _FACTS:
            work[field] += read[name]
        for place, error in unread.items():
            problem[at + place] = error.message if error is not None else t("error.manifest.manifest_record_file")
    modes = {mode: None if mode is None else oct(mode) for mode in set(work["mode"])}
    work["mode"] = list(map(modes.__getitem__, work["mode"]))
    work["digest"] = [digest.hex() if digest else None for digest in work["digest"]]
    work["extended_attributes"] = [1 if extended else None for extended in work["extended_attributes"]]
    work["problem"] = problem
    return work


def _told(column: Column) -> Column:
    """Texts, where the reader gave bytes: it does so for all rows after one whose text is not UTF-8."""
    if bytes not in set(map(type, column)):
        return column
    return [value.decode("utf-8", "backslashreplace") if type(value) is bytes else value for value in column]


def _paths(domains: Column, relatives: Column) -> Column:
    if set(map(type, domains)) == set(map(type, relatives)) == {str}:
        return phone_paths(domains, relatives)
    return [
        (phone_path(domain, relative) or relative or None) if type(domain) is type(relative) is str else relative
        for domain, relative in zip(domains, relatives, strict=True)
    ]


def _layout(derive: Callable[[dict[str, Column], Context], None] | None = None) -> Layout:
    return Layout(
        name="Manifest.db",
        source="Files",
        columns={
            "file_id": "Files.fileID",
            "domain": "Files.domain",
            "relative": "Files.relativePath",
            "flags": "Files.flags",
        },
        inputs={
            "_id": "Files.fileID",
            "_domain": "Files.domain",
            "_relative": "Files.relativePath",
            "_flags": "Files.flags",
            "_file": "Files.file",
        },
        derive=derive,
        extra=("Files",),
    )


class _ManifestReader:
    """Rows of `Files`, with the record of each decoded."""

    parts = parts_of(sqlite(_layout()))

    def __call__(self, artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]:
        group = files.get("main")
        if group is not None:
            try:
                yield from sqlite(_layout(_derivation(artefact, group, context)))(artefact, files, context)
            finally:
                forget_forms()


def _derivation(
    artefact: Described, group: FileGroup, context: Context
) -> Callable[[dict[str, Column], Context], None]:
    """Fills in paths, roles and the facts of the records; which files are stored is looked up once."""
    stored = StoredNames.beside(group) if context.full or "missing" in context.wanted else None

    def derive(work: dict[str, Column], context: Context) -> None:
        relatives = _told(work["_relative"])
        work["path"] = _paths(_told(work["_domain"]), relatives)
        work["role"] = [
            _RECEIVED if type(relative) is str and relative.startswith(_ATTACHMENTS) else _INSTALLED
            for relative in relatives
        ]
        work.update(_facts(work["_file"]))
        if stored is not None:
            there = stored.hold(_told(work["_id"]))
            work["missing"] = [
                1 if kind == 1 and not held else None for kind, held in zip(work["_flags"], there, strict=True)
            ]
        if not context.full:
            for name in set(artefact.kinds) - context.wanted:
                work.pop(name, None)

    return derive


read = _ManifestReader()


ARTEFACT = Artefact(
    name="ios.manifest",
    title="List of the backup's files",
    needs={"main": (At.info("Manifest.db"),)},
    acquisitions=("ios-backup",),
    record=ManifestFile,
    role=Role.INSTALLED,
    read=read,
    events=(
        Event(at="created", says="file created", shows="path"),
        Event(at="modified", says="file modified", shows="path"),
        Event(at="status_changed", says="file's status changed", shows="path"),
    ),
    expected=Expected(),
    seen=(
        Seen(
            versions="iOS 10 to 26",
            basis="layout from the reference tool's output and published descriptions",
            verified=True,
        ),
    ),
    means="A published path among the files shows that the file lay on the phone, not that it ran. A file that "
    "is listed but not there was lost from the backup, or the backup was not finished.",
)
