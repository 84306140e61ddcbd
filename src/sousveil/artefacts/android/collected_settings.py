"""Settings as AndroidQF writes them down: settings_system.txt, settings_secure.txt, settings_global.txt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sousveil.acquisition.model import FileGroup
from sousveil.artefacts.model import Artefact, At, Context, Expected, Seen
from sousveil.kinds import Label, Opaque, Role
from sousveil.readers.model import Described
from sousveil.readers.plists import Row, batches_of, read_bytes
from sousveil.records import Batch, Record

MAX_BYTES = 16 << 20


class CollectedSetting(Record):
    """One setting."""

    namespace: Label
    name: Label
    value: Opaque


def _rows(namespace: str, data: bytes) -> Iterator[Row]:
    """A line without `=` goes on with the value before it."""
    row: Row | None = None
    for number, line in enumerate(data.decode("utf-8", "replace").replace("\0", "\ufffd").split("\n"), 1):
        name, mark, value = line.removesuffix("\r").partition("=")
        if mark and name and " " not in name:
            if row is not None:
                yield row
            row = Row({"namespace": namespace, "name": name[:300], "value": value}, line=number)
        elif row is not None and line:
            row["value"] = f"{row['value']}\n{line}"[:100_000]
    if row is not None:
        yield row


def read(artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]:
    """The settings of one file."""
    group = files["main"]
    namespace = group.relative.rpartition("settings_")[2].removesuffix(".txt")
    rows = _rows(namespace[:20], read_bytes(group, MAX_BYTES))
    yield from batches_of(rows, artefact, "settings", group.where, context)


ARTEFACT = Artefact(
    name="android.collected_settings",
    title="Settings (AndroidQF)",
    needs={
        "main": tuple(
            At.anywhere(f"{top}settings_{name}.txt") for top in ("", "*/") for name in ("system", "secure", "global")
        )
    },
    record=CollectedSetting,
    role=Role.GRANTED,
    read=read,
    expected=Expected(optional="not in every version of AndroidQF"),
    acquisitions=("androidqf",),
    seen=(
        Seen(
            versions="AndroidQF of September 2022 and later",
            basis="layout from AndroidQF's published source of June 2026",
            verified=True,
        ),
    ),
    means="Settings say how the phone is protected. Nothing here is a trace by itself.",
)
