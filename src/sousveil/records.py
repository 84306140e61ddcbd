"""Source, Record and Batch: how a row travels from the phone to a finding.

A `Batch` is the only thing that crosses the border between a reading worker and the parent: columns of plain values,
encoded by msgpack, checked again on arrival (`check_batch`). Absence of a value is None.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import numpy as np

from sousveil.columns import (
    FEW,
    MAX_ROWS,
    SEPARATOR,
    SPARSE,
    Blobs,
    Coded,
    Column,
    Packed,
    Reals,
    Sparse,
    Texts,
    Whole,
    ones,
    packed,
    picked,
    separators,
    sound,
    unpacked,
)
from sousveil.errors import Malformed
from sousveil.kinds import Kind, fields_of, only

if TYPE_CHECKING:
    import numpy.typing as npt

Space = Literal["live", "freed", "wal"]


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where a value stands. Nothing exists without one."""

    file: str
    """`Domain/relative/path` in the backup."""
    sha256: str | None = None
    """Of the file as stored (encrypted where the backup is)."""
    table: str | None = None
    row: int | None = None
    line: int | None = None
    offset: int | None = None
    """Bytes from the start of the decrypted file."""
    page: int | None = None
    space: Space | None = None


class Record:
    """Base of the record classes. A subclass lists fields typed with kinds of `sousveil.kinds`; `__doc__` says what a row is.

    Record classes are descriptions: rows travel as columns and become plain dictionaries when a finding needs them.
    """


def forget(batch: Batch) -> None:
    """Let go of what the columns of a batch remember; it comes back when asked for."""
    for columns in (batch.columns, batch.extra):
        for column in columns.values():
            if type(column) is not list:
                column.__dict__.clear()
    for places in (batch.rows, batch.lines):
        if isinstance(places, Whole):
            places.__dict__.clear()


class Batch(msgspec.Struct, kw_only=True):
    """Up to 6,144 rows of one artefact out of one file.

    `columns` holds every field of the record that was read (a missing field means None throughout); instants are integer
    microseconds. `extra` holds columns of the evidence that no field is declared for. A column of equal values may travel
    in `same`. `rows`, `lines` or `offsets` say where each row stands. On its way a column is `packed`; `column`
    gives a list whatever it is.
    """

    artefact: str
    layout: str
    file: str
    count: int
    table: str | None = None
    rows: list[int] | Whole | None = None
    lines: list[int] | Whole | None = None
    offsets: list[int] | None = None
    columns: dict[str, Column] = {}
    extra: dict[str, Column] = {}
    same: dict[str, Any] = {}
    """Columns (of fields) whose rows all hold this one value."""
    extra_same: dict[str, Any] = {}

    def column(self, name: str) -> list[Any]:
        """The values of a field, one per row."""
        got = self.columns.get(name)
        return unpacked(got) if got is not None else [self.same.get(name)] * self.count

    def row_numbers(self) -> list[int] | None:
        """The numbers of the rows in their table."""
        return None if self.rows is None else unpacked(self.rows)

    def row(self, index: int) -> dict[str, Any]:
        """One row as a dictionary of the fields that hold a value, in the record's order of arrival."""
        full = {name: unpacked(values)[index] for name, values in self.columns.items()}
        full.update(self.same)
        return {name: value for name, value in full.items() if value is not None}

    def source(self, index: int, sha256: str | None = None) -> Source:
        """Where row `index` stands."""
        return Source(
            file=self.file,
            sha256=sha256,
            table=self.table,
            row=unpacked(self.rows)[index] if self.rows is not None else None,
            line=unpacked(self.lines)[index] if self.lines is not None else None,
            offset=self.offsets[index] if self.offsets is not None else None,
            space="live" if self.table and self.lines is None else None,
        )


_kinds: dict[type, dict[str, Kind]] = {}


def kinds_of(record: type) -> dict[str, Kind]:
    """`fields_of`, remembered."""
    if record not in _kinds:
        _kinds[record] = fields_of(record)
    return _kinds[record]


def pack(batch: Batch) -> Batch:
    """The batch with its columns packed, those that are not."""
    return msgspec.structs.replace(
        batch,
        rows=Whole(data=array("q", batch.rows).tobytes()) if type(batch.rows) is list else batch.rows,
        columns={name: packed(v) if type(v) is list else v for name, v in batch.columns.items()},
        extra={name: packed(v) if type(v) is list else v for name, v in batch.extra.items()},
    )


_ANY = (str, int, float, bytes)


def _are_places(places: list[int] | Whole, count: int) -> bool:
    """Whether there are `count` whole numbers (none is None) of 64 bits."""
    if isinstance(places, Whole):
        return places.nulls is None and len(places.data) == 8 * count
    if len(places) != count or not only(places, (int,)) or None in places:
        return False
    return not places or (min(places) >= -(1 << 63) and max(places) < 1 << 63)


def place_numbers(places: list[int] | Whole) -> npt.NDArray[np.int64]:
    """Where the rows of a batch stand, as an array."""
    return np.frombuffer(places.data, np.int64) if isinstance(places, Whole) else np.array(places, dtype=np.int64)


def check_batch(batch: Batch, record: type) -> None:
    """Refuse a batch that a hostile or broken worker could have made: wrong lengths, unknown fields, wrong types."""
    kinds = kinds_of(record)
    if not 0 <= batch.count <= MAX_ROWS:
        raise Malformed(f"a batch of {batch.artefact} claims {batch.count} rows")
    for places in (batch.rows, batch.lines, batch.offsets):
        if places is not None and not _are_places(places, batch.count):
            raise Malformed(f"a batch of {batch.artefact} has wrong source columns")
    for name, values in batch.columns.items():
        if name not in kinds or not sound(values, batch.count, kinds[name].types):
            raise Malformed(f"a batch of {batch.artefact} has a wrong column {name[:40]!r}")
    for name, value in batch.same.items():
        if name not in kinds or not only([value], kinds[name].types):
            raise Malformed(f"a batch of {batch.artefact} has a wrong column {name[:40]!r}")
    for name, values in batch.extra.items():
        if not sound(values, batch.count, _ANY):
            raise Malformed(f"a batch of {batch.artefact} has a wrong extra column {name[:40]!r}")
    if not only(list(batch.extra_same.values()), _ANY):
        raise Malformed(f"a batch of {batch.artefact} has a wrong extra column")


__all__ = [
    "FEW",
    "MAX_ROWS",
    "SEPARATOR",
    "SPARSE",
    "Batch",
    "Blobs",
    "Coded",
    "Column",
    "Packed",
    "Reals",
    "Record",
    "Source",
    "Space",
    "Sparse",
    "Texts",
    "Whole",
    "check_batch",
    "forget",
    "kinds_of",
    "ones",
    "pack",
    "packed",
    "picked",
    "place_numbers",
    "separators",
    "sound",
    "unpacked",
]
