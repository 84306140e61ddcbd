"""Property-list artefacts: one file, read whole, whose values an artefact turns into rows.

An artefact gives a function that yields one dictionary a row; keys that are fields of its record become fields, the
others are kept as extra columns. Dates become instants whatever the kind's epoch, structures become canonical JSON
text, and a value that is over a limit is left out and said, never silently cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sousveil.acquisition.content import open_member
from sousveil.acquisition.model import FileGroup, whole
from sousveil.errors import LimitExceeded, Missing, SousveilError
from sousveil.kinds import WEBKIT_EPOCH, Kind
from sousveil.readers.model import Context, Described, Reader
from sousveil.readers.plist import MAX_BYTES, PlistDate, PlistValue, Uid, load_plist, to_json
from sousveil.readers.sqlite import Column, make_batch
from sousveil.records import MAX_ROWS, Batch

Row = dict[str, Any]
Parse = Callable[[PlistValue, Context], Iterator[Row]]
MAX_VALUE = 16 << 20
"""Characters or bytes of one value at most."""
MAX_BATCH = 8 << 20
"""A batch is closed when it holds about so many bytes: well below what the border to the parent lets pass."""
MAX_PLIST_ROWS = 500_000
"""Rows out of one property list at most."""


def plist_rows(parse: Parse, *, role: str = "main", layout: str = "property list", limit: int = MAX_BYTES) -> Reader:
    """A reader for the property list given as `role`.

    `parse` gets the value and yields rows; what it yielded before it raises a SousveilError is kept. It should raise
    Unsupported for a shape that it does not know. A row's values may be any `PlistValue`: dates become instants in
    fields of an instant kind and ISO text elsewhere, lists and dictionaries JSON, booleans 0 or 1. `limit` is in bytes
    of the file.
    """

    def read(artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]:
        group = files.get(role)
        if group is not None:
            value = read_plist(group, limit)
            yield from batches_of(parse(value, context), artefact, layout, group.where, context)

    return read


def read_bytes(group: FileGroup, limit: int = MAX_BYTES) -> bytes:
    """The whole content of a group's main file. Raises Missing, Locked, Malformed, and LimitExceeded above `limit`
    bytes."""
    member = group.member("")
    if member is None:
        raise Missing(f"{group.relative.rsplit('/', 1)[-1][:80]!r} is not in the backup.")
    file = open_member(member)
    try:
        return whole(file, limit)
    finally:
        file.close()


def read_plist(group: FileGroup, limit: int = MAX_BYTES) -> PlistValue:
    """The value of a group's main file. Raises as `read_bytes` and `load_plist`."""
    return load_plist(read_bytes(group, limit))


def batches_of(rows: Iterator[Row], artefact: Described, layout: str, where: str, context: Context) -> Iterator[Batch]:
    """Batches of rows that come as dictionaries. An error on the way is raised after what came before it."""
    maker = _Maker(artefact, layout, where, context)
    error: SousveilError | None = None
    total = 0
    while True:
        try:
            row = next(rows, None)
        except SousveilError as raised:
            error = raised
            break
        if row is None:
            break
        total += 1
        if total > MAX_PLIST_ROWS:
            error = LimitExceeded(f"a file holds more than {MAX_PLIST_ROWS:,} entries; the first ones were read.")
            break
        maker.add(row)
        if maker.full:
            yield maker.batch()
    if maker.rows:
        yield maker.batch()
    error = error or maker.error
    if error is not None:
        raise error


class _Maker:
    """Collects rows until they are a batch."""

    def __init__(self, artefact: Described, layout: str, where: str, context: Context) -> None:
        self.artefact, self.layout, self.where, self.context = artefact, layout, where, context
        self.kinds = artefact.kinds
        self.rows: list[Row] = []
        self.size = 0
        self.error: LimitExceeded | None = None

    @property
    def full(self) -> bool:
        return len(self.rows) >= MAX_ROWS or self.size > MAX_BATCH

    def add(self, row: Row) -> None:
        made: Row = {}
        room = 2 * MAX_VALUE
        for name, value in row.items():
            kind = self.kinds.get(name)
            if value is None or (not self.context.full and (kind is None or name not in self.context.wanted)):
                continue
            try:
                plain = _plain(value, kind)
                size = len(plain) if isinstance(plain, str | bytes) else 8
                if size > min(MAX_VALUE, room):
                    raise LimitExceeded(f"a value of more than {MAX_VALUE:,} bytes was left out.")
            except LimitExceeded as error:
                self.error = error
                continue
            room -= size
            self.size += size
            made[name] = plain
        self.rows.append(made)

    def batch(self) -> Batch:
        rows, self.rows, self.size = self.rows, [], 0
        names: dict[str, None] = {}
        for row in rows:
            names.update(dict.fromkeys(row))
        columns: dict[str, Column] = {name: [row.get(name) for row in rows] for name in names}
        work = {name: column for name, column in columns.items() if name in self.kinds}
        extra = {name: column for name, column in columns.items() if name not in self.kinds}
        return make_batch(self.artefact, self.layout, self.where, work, len(rows), extra=extra)


def _plain(value: Any, kind: Kind | None) -> Any:
    """A value as one of the types that travel: text, number, bytes."""
    if isinstance(value, PlistDate):
        if kind is None or kind.epoch is None:
            return value.iso()
        # Seconds as a float survive the way through `instants` exactly, also for dates before 1973.
        since = int(value) - kind.epoch * 1_000_000
        return since if kind.epoch == WEBKIT_EPOCH else since / 1e6
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, dict | list | Uid):
        return to_json(value, limit=MAX_VALUE)
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return str(value)
    return value


def as_dict(value: PlistValue) -> dict[str, Any]:
    """The value if it is a dictionary, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: PlistValue) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def as_text(value: PlistValue) -> str | None:
    """The value if it is a text that is not empty, else None."""
    return value if isinstance(value, str) and value else None
