"""Files of apps in an adb backup, each with its place on the phone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sousveil.acquisition.android_backup import FILES, place_on_phone
from sousveil.acquisition.content import content_size
from sousveil.acquisition.model import FileGroup
from sousveil.artefacts.android._backup import EXPECTED, FORMS
from sousveil.artefacts.model import Artefact, At, Context, Seen
from sousveil.kinds import FilePath, Integer, Role
from sousveil.readers.model import Described
from sousveil.readers.plists import Row, batches_of
from sousveil.records import Batch, Record

RECALLED = ("nb", "c", "ef", "d_nb", "d_c")


class BackupFile(Record):
    """One file of an app, or of the shared storage."""

    path: FilePath
    """Its place on the phone of the first user, as it follows from the app and the folder in the backup."""
    size: Integer


def read(artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]:
    """The rows of one group of files."""
    group = files["main"]
    for member in group.members:
        placed = place_on_phone(member.suffix)
        if placed is not None:
            row = Row({"path": placed[1], "size": content_size(member)})
            where = group.where + member.suffix
            yield from batches_of(iter((row,)), artefact, "files", where, context, table=placed[0])


ARTEFACT = Artefact(
    name="android.backup_files",
    title="Files of apps (adb backup)",
    needs={"main": (At.section(FILES),)},
    record=BackupFile,
    role=Role.INSTALLED,
    read=read,
    expected=EXPECTED,
    acquisitions=FORMS,
    seen=(
        Seen(versions="Android 4 to 16", basis="folders from App Manager's published source of 2025", verified=True),
        Seen(versions="folders nb, c and ef", basis="recalled", verified=False, tables=RECALLED),
    ),
    means="A published path shows that a file lay where a known tool puts its own.",
)
