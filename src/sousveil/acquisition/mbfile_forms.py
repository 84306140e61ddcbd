"""The forms that file records of `Manifest.db` have, for `mbfile_many`.

Records of one form have one table of offsets, one dictionary and the same bytes everywhere but in their values. A
record is taken apart only where its objects follow each other without a gap and no value's bytes mean anything else,
so that a record with other values and all else the same is read in the same way."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import chain
from operator import itemgetter
from struct import unpack_from
from typing import Any, Final

from sousveil.acquisition.mbfile import ANY, DATA, EMPTY, FIELDS, INT, NAMES, TEXT

_SIZE: Final = NAMES.index("size")
_CODES = {1: "B", 2: "H", 4: "I", 8: "q"}
"""Numbers by their bytes: in a binary property list only those of eight have a sign."""
_WIDTHS = {4: 1, 5: 1, 6: 2, 10: 1, 13: 2}
"""Kind of object -> bytes for each of its length: data, the two kinds of text, array, dictionary."""

_CONSTANTS = (None, True, False)
_Plan = tuple["itemgetter[Any]", list[tuple[int, str]]]
"""What to take out of a split record, and which of that are texts."""


class Other(Exception):
    """Not a form that is worth remembering."""


class Parts:
    """The objects of one record, which follow each other without a gap, and which of them hold the values."""

    def __init__(self, blob: bytes, tail: int) -> None:
        self.blob = blob
        width, reference_width, number, top, start = unpack_from(">6xBBQQQ", blob, len(blob) - 32)
        if width not in (1, 2) or reference_width != 1 or start != tail or not blob.startswith(b"bplist00"):
            raise Other
        if number > 256 or tail + number * width + 32 != len(blob):
            raise Other
        self.objects: list[tuple[int, int, int]] = []
        """(kind, where the content starts, where it ends)"""
        at = 8
        for offset in unpack_from(f">{number}{'BH'[width - 1]}", blob, tail):
            if offset != at:
                raise Other
            self.objects.append(self._object(at))
            at = self.objects[-1][2]
        if at != tail:
            raise Other
        self.values: dict[int, int] = {}
        """Number of an object whose content varies -> form of the field (ANY: nobody asks for it)."""
        self.fixed: set[int] = set()
        """Objects whose content decides how the record is read."""
        self.fields: list[tuple[int | None, Any]] = [(None, value) for value in EMPTY]
        """For each field of `FileInfo`: the object with its value, or None and the value itself."""
        self.record = 0
        """Number of the record's dictionary."""
        self._record(top)
        if not self.fixed.isdisjoint(self.values):
            raise Other

    def _object(self, at: int) -> tuple[int, int, int]:
        blob = self.blob
        kind, low = blob[at] >> 4, blob[at] & 15
        if kind == 1 and low <= 3:
            return kind, at + 1, at + 1 + (1 << low)
        if kind == 8 and low <= 1:
            return kind, at + 1, at + 2 + low
        if kind not in _WIDTHS:
            raise Other
        at += 1
        if low == 15:
            if blob[at] not in (0x10, 0x11):
                raise Other
            size = blob[at] - 15
            low = int.from_bytes(blob[at + 1 : at + 1 + size], "big")
            at += 1 + size
        return kind, at, at + low * _WIDTHS[kind]

    def _pairs(self, number: int) -> dict[bytes, int]:
        kind, start, end = self.objects[number]
        if kind != 13:
            raise Other
        half = (start + end) // 2
        found: dict[bytes, int] = {}
        for key, value in zip(self.blob[start:half], self.blob[half:end], strict=True):
            key_kind, key_start, key_end = self.objects[key]
            name = self.blob[key_start:key_end]
            if key_kind != 5 or name in found or not name.isascii():
                raise Other
            self.fixed.add(key)
            found[name] = value
        return found

    def _meant(self, number: int, listed: bytes) -> int:
        """The object that a reference means."""
        kind, start, end = self.objects[number]
        if kind != 8:
            raise Other
        return listed[int.from_bytes(self.blob[start:end], "big")]

    def _record(self, top: int) -> None:
        outer = self._pairs(top)
        kind, start, end = self.objects[outer[b"$objects"]]
        roots = self._pairs(outer[b"$top"])
        if kind != 10 or len(roots) != 1:
            raise Other
        listed = self.blob[start:end]
        self.record = self._meant(roots[b"root"], listed)
        for name, value in self._pairs(self.record).items():
            if name not in FIELDS:
                continue
            field, form = FIELDS[name]
            if form == INT:
                if self.objects[value][0] != 1:
                    raise Other
                self._vary(field, value, form)
            else:
                self._refer(field, self._meant(value, listed), form)

    def _vary(self, field: int, number: int, form: int) -> None:
        self.fields[field] = (number, None)
        self.values[number] = form

    def _refer(self, field: int, number: int, form: int) -> None:
        kind, start, end = self.objects[number]
        if kind == 5 and self.blob[start:end] == b"$null":
            self.fixed.add(number)
            self.fields[field] = (None, False if form == ANY else None)
            return
        if form == TEXT:
            if kind not in (5, 6):
                raise Other
            self._vary(field, number, form)
            return
        if kind == 13:
            number = self._pairs(number)[b"NS.data"]
            kind = self.objects[number][0]
        if kind != 4:
            raise Other
        if form == DATA:
            self._vary(field, number, form)
        else:
            self.fields[field] = (None, True)
            self.values.setdefault(number, ANY)


class Form:
    """How records of one form are split into their values and what stands between."""

    __slots__ = ("_between", "_fields", "_plans", "_same", "_size", "_split", "_stands", "_texts")

    def __init__(self, parts: Parts, tail: int) -> None:
        blob = parts.blob
        self._between: list[tuple[int, bytes]] = []
        """(column, what stands there in every record)"""
        self._texts: dict[int, str] = {}
        """Column -> encoding."""
        columns: dict[int, int] = {}
        code, at, column = ">", 0, 0
        for number in sorted(parts.values):
            kind, start, end = parts.objects[number]
            code += f"{start - at}s"
            self._between.append((column, blob[at:start]))
            column += 1
            form = parts.values[number]
            if form == ANY:
                code += f"{end - start}x"
            else:
                code += _CODES[end - start] if form == INT else f"{end - start}s"
                columns[number] = column
                if form == TEXT:
                    self._texts[column] = "ascii" if kind == 5 else "utf-16be"
                column += 1
            at = end
        self._between.append((column, blob[at:tail]))
        self._split = struct.Struct(code + f"{tail - at}s{len(blob) - tail}x")
        self._same = tuple(same for _, same in self._between)
        # Something twice, so that there is a tuple of what stands there even where it is but one.
        self._stands = itemgetter(*(at for at, _ in self._between), 0)
        self._same += self._same[:1]
        # After the columns come the values that hold for every record.
        self._fields = [columns[n] if n is not None else column + 1 + _CONSTANTS.index(v) for n, v in parts.fields]
        self._size = columns.get(parts.fields[_SIZE][0] or 0)
        self._plans: dict[tuple[int, ...], _Plan] = {}

    def _plan(self, wanted: tuple[int, ...]) -> _Plan:
        plan = self._plans.get(wanted)
        if plan is None:
            sources = [self._fields[field] for field in wanted]
            texts = [(at, self._texts[source]) for at, source in enumerate(sources) if source in self._texts]
            plan = self._plans[wanted] = (itemgetter(*sources, 0), texts)
        return plan

    def many(self, blobs: Sequence[bytes], wanted: tuple[int, ...]) -> tuple[list[Sequence[Any]], set[int]]:
        """(a column for each wanted field, places of the records that do not fit after all; then there are no
        columns).
        """
        count = len(blobs)
        # Each row is let go while it is still in the processor's cache.
        cells = list(chain.from_iterable(map(self._split.unpack, blobs)))
        width = len(cells) // count
        columns: list[Sequence[Any]] = [cells[at::width] for at in range(width)]
        bad: set[int] = set()
        for at, same in self._between:
            if columns[at].count(same) != count:
                bad.update(place for place, held in enumerate(columns[at]) if held != same)
        if self._size is not None and min(columns[self._size]) < 0:
            bad.update(place for place, held in enumerate(columns[self._size]) if held < 0)
        for at, codec in self._texts.items():
            if codec != "ascii" or not b"".join(columns[at]).isascii():
                bad.update(place for place, raw in enumerate(columns[at]) if not _is_text(raw, codec))
        if bad:
            return [], bad
        del cells
        columns += [[value] * count for value in _CONSTANTS]
        take, texts = self._plan(wanted)
        found = list(take(columns))
        for at, codec in texts:
            found[at] = [_text(raw, codec) for raw in found[at]]
        return found, bad

    def one(self, blob: bytes, wanted: tuple[int, ...]) -> Sequence[Any] | None:
        """The wanted fields of one record, and one thing more; None where it does not fit after all."""
        row = self._split.unpack(blob)
        if self._stands(row) != self._same or (self._size is not None and row[self._size] < 0):
            return None
        for at, codec in self._texts.items():
            if not _is_text(row[at], codec):
                return None
        take, texts = self._plan(wanted)
        found: tuple[Any, ...] = take(row + _CONSTANTS)
        if not texts:
            return found
        changed = list(found)
        for at, codec in texts:
            changed[at] = _text(changed[at], codec)
        return changed


def _text(raw: bytes, codec: str) -> str | None:
    text = raw.decode(codec)
    return None if text == "$null" else text


def _is_text(raw: bytes, codec: str) -> bool:
    if codec == "ascii":
        return raw.isascii()
    try:
        raw.decode(codec)
    except UnicodeDecodeError:
        return False
    return True
