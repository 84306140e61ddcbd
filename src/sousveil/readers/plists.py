"""Property-list artefacts: one file, read whole, whose values an artefact turns into rows.

An artefact gives a function that yields one `Row` each: values by field of its record. Keys of the file that no field is
declared for stand apart in `Row.extra`, so that a key which is named like a field can never replace it. Dates become
instants whatever the kind's epoch, structures become canonical JSON
text, and a value that is over a limit is left out and said, never silently cut.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from sousveil.acquisition.content import open_member
from sousveil.acquisition.model import FileGroup, whole
from sousveil.errors import LimitExceeded, Missing, SousveilError
from sousveil.kinds import WEBKIT_EPOCH, Kind
from sousveil.readers.model import Context, Described, Reader
from sousveil.readers.plist import MAX_BYTES, PlistDate, PlistValue, Uid, load_plist, to_json
from sousveil.readers.sqlite_batch import Column, make_batch
from sousveil.records import MAX_ROWS, Batch
from sousveil.texts import t


class Row(dict[str, Any]):
    """One row: values by field, `extra`: values of keys that are the file's own, and the line on which it begins, where the
    file is a text."""

    def __init__(
        self,
        fields: Mapping[str, Any] | Iterable[tuple[str, Any]],
        extra: Mapping[str, Any] | None = None,
        *,
        line: int | None = None,
    ) -> None:
        super().__init__(fields)
        self.extra = dict(extra or {})
        self.line = line


def row_of(facts: Mapping[str, Any], fields: Mapping[str, str], *, without: Collection[str] = ()) -> Row:
    """A row out of a dictionary of the file: the keys of `fields` (key -> field) become fields, the others extra values.

    Keys of `without` are left out.
    """
    return Row(
        {field: facts[key] for key, field in fields.items() if key in facts},
        {key: value for key, value in facts.items() if key not in fields and key not in without},
    )


Parse = Callable[[PlistValue, Context], Iterator[Row]]
MAX_VALUE = 16 << 20
"""Characters or bytes of one value at most."""
MAX_BATCH = 8 << 20
"""A batch is closed when it holds about so many bytes: well below what the border to the parent lets pass."""
MAX_PLIST_ROWS = 500_000
"""Rows out of one property list at most."""


def plist_rows(
    parse: Parse, *, role: str = "main", layout: str = t("error.plists.property_list"), limit: int = MAX_BYTES
) -> Reader:
    """A reader for the property list given as `role`.

    `parse` gets the value and yields rows; what it yielded before it raises a SousveilError is kept. It should raise
    Unsupported for a shape that it does not know. A row's values may be any `PlistValue`: dates become instants in
    fields of an instant kind and ISO text elsewhere, lists and dictionaries JSON, booleans 0 or 1. `limit` is in bytes
    of the file.
    """

    return PlistReader(parse, role, layout, limit)


class PlistReader(msgspec.Struct, frozen=True):
    """See `plist_rows`."""

    parse: Parse
    role: str
    layout: str
    limit: int

    def __call__(self, artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]:
        group = files.get(self.role)
        if group is not None:
            value = read_plist(group, self.limit)
            yield from batches_of(self.parse(value, context), artefact, self.layout, group.where, context)


def read_bytes(group: FileGroup, limit: int = MAX_BYTES) -> bytes:
    """The whole content of a group's main file. Raises Missing, Locked, Malformed, and LimitExceeded above `limit`
    bytes."""
    member = group.member("")
    if member is None:
        raise Missing(t("error.common.backup", name=group.relative.rsplit("/", 1)[-1][:80]))
    file = open_member(member)
    try:
        return whole(file, limit)
    finally:
        file.close()


def read_plist(group: FileGroup, limit: int = MAX_BYTES) -> PlistValue:
    """The value of a group's main file. Raises as `read_bytes` and `load_plist`."""
    return load_plist(read_bytes(group, limit))


def batches_of(
    rows: Iterator[Row], artefact: Described, layout: str, where: str, context: Context, *, table: str | None = None
) -> Iterator[Batch]:
    """Batches of rows that come as dictionaries. An error on the way is raised after what came before it. `table` names the
    part of the file that they stand in."""
    maker = _Maker(artefact, layout, where, context, table)
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
            error = LimitExceeded(t("error.plists.file_contains_more", limit=MAX_PLIST_ROWS))
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

    def __init__(
        self, artefact: Described, layout: str, where: str, context: Context, table: str | None = None
    ) -> None:
        self.artefact, self.layout, self.where, self.context, self.table = artefact, layout, where, context, table
        self.lines: list[int] = []
        self.kinds = artefact.kinds
        self.rows: list[tuple[dict[str, Any], dict[str, Any]]] = []
        self.size = 0
        self.error: LimitExceeded | None = None

    @property
    def full(self) -> bool:
        return len(self.rows) >= MAX_ROWS or self.size > MAX_BATCH

    def add(self, row: Row) -> None:
        wanted = self.kinds if self.context.full else self.context.wanted
        fields, extra = {}, {}
        before = self.size
        for name, value in row.items():
            if name in wanted and (plain := self._value(value, self.kinds[name], before)) is not None:
                fields[name] = plain
        for name, value in row.extra.items() if self.context.full else ():
            if (plain := self._value(value, None, before)) is not None:
                extra[name] = plain
        self.rows.append((fields, extra))
        if row.line is not None:
            self.lines.append(row.line)

    def _value(self, value: Any, kind: Kind | None, before: int) -> Any:
        """A value as it travels; None for one that is over the limits. `before` is the batch's size without this row."""
        if value is None:
            return None
        try:
            plain = _plain(value, kind)
            size = len(plain) if isinstance(plain, (str, bytes)) else 8
            if size > min(MAX_VALUE, 2 * MAX_VALUE - (self.size - before)):
                raise LimitExceeded(t("error.plists.value_more_bytes", limit=MAX_VALUE))
        except LimitExceeded as error:
            self.error = error
            return None
        self.size += size
        return plain

    def batch(self) -> Batch:
        rows, self.rows, self.size = self.rows, [], 0
        lines, self.lines = self.lines, []
        work, extra = (_columns([row[place] for row in rows]) for place in (0, 1))
        return make_batch(
            self.artefact,
            self.layout,
            self.where,
            work,
            len(rows),
            table=self.table,
            lines=lines if len(lines) == len(rows) else None,
            extra=extra,
        )


def _columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, Column]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def _plain(value: Any, kind: Kind | None) -> Any:
    """A value as one of the types that travel: text, number, bytes."""
    if type(value) is str and value.isascii():  # most values by far
        return value
    if isinstance(value, PlistDate):
        if kind is None or kind.epoch is None:
            return value.iso()
        # Seconds as a float survive the way through `instants` exactly, also for dates before 1973.
        since = int(value) - kind.epoch * 1_000_000
        return since if kind.epoch == WEBKIT_EPOCH else since / 1e6
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, dict | list | Uid):
        value = to_json(value, limit=MAX_VALUE)
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return str(value)
    if isinstance(value, str) and not value.isascii():
        # JSON can hold half a character, which no UTF-8 can.
        return value.encode("utf-8", "backslashreplace").decode()
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
