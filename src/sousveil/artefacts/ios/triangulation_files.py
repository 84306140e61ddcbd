"""Files of the manifest whose change belongs to the published Triangulation pattern.

They are on clean phones too; only their times, close to those of other traces, mean anything (see the rule
`triangulation`). Folders for attachments of messages that hold no file stand here, three settings files, and the times
of real attachments, by which the pattern is ruled out: the first and the last of each five minutes, which is all that a
window of five minutes needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import apsw

from sousveil.acquisition.evidence_db import as_error, open_database
from sousveil.acquisition.mbfile_many import forget_forms, read_many
from sousveil.acquisition.model import FileGroup
from sousveil.artefacts.model import Artefact, At, Context, Seen
from sousveil.errors import SousveilError, Unsupported
from sousveil.kinds import Label, Opaque, Role, UnixTime
from sousveil.patterns import lazy_pattern
from sousveil.readers.model import Described
from sousveil.readers.sqlite import make_batch, real_tables
from sousveil.records import MAX_ROWS, Batch, Record
from sousveil.texts import t

WINDOW = 300
"""Seconds of the pattern's window."""


class TriangulationFile(Record):
    """One file or folder of the pattern."""

    what: Label
    """`empty attachment folder`, `settings file`, or `attachment` (the first or last real one of five minutes)."""
    domain: Label
    relative: Opaque
    created: UnixTime | None
    modified: UnixTime | None
    status_changed: UnixTime | None


SETTINGS = (
    ("RootDomain", "Library/Preferences/com.apple.ImageIO.plist"),
    ("HomeDomain", "Library/Preferences/com.apple.locationd.StatusBarIconManager.plist"),
    ("HomeDomain", "Library/Preferences/com.apple.imservice.ids.FaceTime.plist"),
)
_FOLDER = lazy_pattern(r"Library/SMS/Attachments/[0-9a-f]{2}(/[0-9a-f]{2})?")
_ATTACHMENTS = "Library/SMS/Attachments/"
# The table from end to end: by the index, each row would lie in another page.
_SQL = (
    "SELECT domain, relativePath, flags, file FROM Files NOT INDEXED WHERE relativePath >= 'Library/SMS/Attachments/' "
    "AND relativePath < 'Library/SMS/Attachments0'"
)
_SQL_SETTINGS = "SELECT domain, relativePath, flags, file FROM Files WHERE domain = ? AND relativePath = ?"

_Found = tuple[str, object, str, int | None, int, int | None]
"""A row's values in the order of the record's fields; place 4 is the time of the last change."""
_Listed = tuple[object, str, object]
"""Domain, path and record, as the manifest has them."""
_CHUNK = 512
"""Rows whose records are read together."""
_TWO_FOLDERS = len(_ATTACHMENTS) + len("00/00/")


def _dated(what: str, rows: Sequence[_Listed]) -> Iterator[_Found]:
    """The rows with their times; those without a time of the last change are left out."""
    work, _ = read_many([blob for _, _, blob in rows], ("created", "modified", "changed"))
    for (domain, relative, _), created, modified, changed in zip(rows, *work.values(), strict=True):
        if modified is not None:
            yield what, domain, relative, created, modified, changed


class _Attachments:
    """What is kept of the attachments and their folders while the manifest goes by."""

    def __init__(self) -> None:
        self.folders: dict[str, _Found] = {}
        self.heads: set[str] = set()
        """How the paths of files begin."""
        self.buckets: dict[int, list[_Found]] = {}

    def see_files(self, rows: Sequence[_Listed]) -> None:
        """Take note of real attachments."""
        self.heads.update([relative[:_TWO_FOLDERS] for _, relative, _ in rows])
        for found in _dated("attachment", rows):
            bucket = self.buckets.get(found[4] // WINDOW)
            if bucket is None:
                self.buckets[found[4] // WINDOW] = [found]
            else:
                _remember(bucket, found)

    def see_folders(self, rows: Sequence[_Listed]) -> None:
        """Take note of folders."""
        self.folders.update((found[2], found) for found in _dated("empty attachment folder", rows))

    def found(self) -> Iterator[_Found]:
        """The folders without a file, and what is kept of the files."""
        filled: set[str] = set()
        for head in self.heads:
            parts = head[len(_ATTACHMENTS) :].split("/", 2)
            filled.add(_ATTACHMENTS + parts[0])
            filled.add(_ATTACHMENTS + "/".join(parts[:2]))
        yield from (self.folders[relative] for relative in sorted(self.folders.keys() - filled))
        for number in sorted(self.buckets):
            yield from self.buckets[number]


def _remember(bucket: list[_Found], found: _Found) -> None:
    """Keep the first and the last attachment of a stretch of time, whatever the order in which they come."""
    when = found[4]
    if len(bucket) == 2 and bucket[0][4] < when < bucket[1][4]:
        return
    bucket.append(found)
    bucket.sort(key=lambda row: (row[4], row[2]))
    if len(bucket) > 2:
        del bucket[1]


def _attachments(connection: apsw.Connection) -> Iterator[_Found]:
    seen = _Attachments()
    files: list[_Listed] = []
    folders: list[_Listed] = []
    for domain, relative, flags, blob in connection.execute(_SQL):
        if not isinstance(relative, str):
            continue
        if flags == 1:
            files.append((domain, relative, blob))
            if len(files) == _CHUNK:
                seen.see_files(files)
                files.clear()
        elif _FOLDER.fullmatch(relative):
            folders.append((domain, relative, blob))
            if len(folders) == _CHUNK:
                seen.see_folders(folders)
                folders.clear()
    seen.see_files(files)
    seen.see_folders(folders)
    yield from seen.found()


def _rows(connection: apsw.Connection) -> Iterator[_Found]:
    for place in SETTINGS:
        for domain, relative, _, blob in connection.execute(_SQL_SETTINGS, place):
            yield from _dated("settings file", [(domain, relative, blob)])
    yield from _attachments(connection)


def _batches(rows: Iterator[_Found], artefact: Described, where: str, context: Context) -> Iterator[Batch]:
    error: Exception | None = None
    full = True
    while full and error is None:
        part: list[_Found] = []
        try:
            part.extend(islice(rows, MAX_ROWS))
        except (apsw.Error, UnicodeDecodeError, SousveilError) as raised:
            error = raised  # list.extend keeps what came before the error
        full = len(part) == MAX_ROWS
        if part:
            work = dict(zip(artefact.kinds, map(list, zip(*part, strict=True)), strict=True))
            if not context.full:
                work = {name: column for name, column in work.items() if name in context.wanted}
            yield make_batch(artefact, "Manifest.db", where, work, len(part))
    if error is not None:
        raise error


def read(artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]:
    """The rows of Manifest.db that matter; those without a time are left out (`ios.manifest` has all)."""
    group = files.get("main")
    if group is None:
        return
    with open_database(group, seconds=60) as database:
        try:
            if not {"relativePath", "domain", "flags", "file"} <= set(
                real_tables(database.connection).get("Files", ())
            ):
                raise Unsupported(t("error.triangulation_files.manifest_table_files"))
            yield from _batches(_rows(database.connection), artefact, group.where, context)
        except (apsw.Error, UnicodeDecodeError) as error:
            raise as_error(error) from error
        finally:
            forget_forms()


ARTEFACT = Artefact(
    name="ios.triangulation_files",
    title="Files of the Triangulation pattern",
    needs={"main": (At.info("Manifest.db"),)},
    acquisitions=("ios-backup",),
    record=TriangulationFile,
    role=Role.INSTALLED,
    read=read,
    seen=(
        Seen(
            versions="iOS 10 to 26",
            basis="layout from the reference tool's output and published descriptions",
            verified=True,
        ),
    ),
    means="These files are on every phone. Only their change within minutes of the other traces of the pattern "
    "is a sign.",
)
