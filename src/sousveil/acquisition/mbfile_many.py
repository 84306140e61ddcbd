"""Many file records of `Manifest.db` at once, column by column.

The records of one writer differ in a few values; all else in them, with the table of offsets at their end, is the same
thousands of times. Such a form is taken apart once (`mbfile_forms`); further records of it are split by `struct` where
their values stand, and every byte between the values is compared. What fits no form is read by `read_mbfile`, with the
same result (held by a property test)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from sousveil.acquisition.mbfile import NAMES, read_mbfile, read_usual
from sousveil.acquisition.mbfile_forms import Form, Other, Parts
from sousveil.errors import SousveilError

MAX_FORM = 2048
"""Bytes of one record at most that is taken for a form."""
MAX_FORMS = 2048
"""Forms remembered at most; further ones are read record by record."""
_MAX_ONCE = 16_384
_ALL = tuple(range(len(NAMES)))
_FEW = 12
"""Records of one form from which on they are split together and not one by one."""

Unread = dict[int, SousveilError | None]
"""Place of a record that could not be read -> why (None: it is no record at all)."""


class _Alike:
    """The forms of the records that have one table of offsets: they differ in what their dictionaries refer to."""

    __slots__ = ("end", "forms", "start")

    def __init__(self, start: int, end: int) -> None:
        self.start, self.end = start, end
        self.forms: dict[bytes, Form | None] = {}


class _Memory:
    """Forms met so far, up to a limit."""

    def __init__(self) -> None:
        self.alike: dict[bytes, _Alike] = {}
        """Table of offsets and all that follows it -> forms."""
        self.count = 0
        self.once: set[int] = set()
        """Hashes of tables that were met once: a form is worth its making from the second record on."""

    def learn(self, blob: bytes, tail: bytes) -> Form | None:
        """The form of a record that fits none, where it is worth remembering."""
        alike = self.alike.get(tail)
        start = len(blob) - len(tail)
        if self.count >= MAX_FORMS or len(blob) > MAX_FORM or start <= 0:
            return None
        if alike is None and hash(tail) not in self.once:
            if len(self.once) < _MAX_ONCE:
                self.once.add(hash(tail))
            return None
        self.count += 1
        form: Form | None = None
        low = high = 0
        try:
            parts = Parts(blob, start)
            made = Form(parts, start)
            _, low, high = parts.objects[parts.record]
            read = made.one(blob, _ALL)
            if read is not None and list(read[: len(_ALL)]) == read_usual(blob):
                form = made
        except (Other, KeyError, IndexError, struct.error):
            pass
        if alike is None:
            alike = self.alike[tail] = _Alike(low, high)
        alike.forms[blob[alike.start : alike.end]] = form
        return form


_memory = _Memory()


def forget_forms() -> None:
    """Let go of the forms met so far: of a large phone they take twelve megabytes. They are learned again where needed."""
    _memory.alike.clear()
    _memory.once.clear()
    _memory.count = 0


def read_many(blobs: Sequence[object], names: Sequence[str]) -> tuple[dict[str, list[Any]], Unread]:
    """Fields of `FileInfo`, each as a column of all records; those of a record that could not be read are None."""
    groups, rest = _grouped(blobs)
    wanted = tuple(NAMES.index(name) for name in names)
    order: list[int] = []
    pieces: list[Sequence[Sequence[Any]]] = []
    few: list[int] = []
    rows: list[Sequence[Any]] = []
    for form, places in groups.items():
        if len(places) >= _FEW:
            picked: Any = blobs if len(places) == len(blobs) else [blobs[place] for place in places]
            columns, bad = form.many(picked, wanted)
            if not bad:
                order += places
                pieces.append(columns)
                continue
        for place in places:
            row = form.one(blobs[place], wanted)  # type: ignore[arg-type]
            if row is None:
                rest.append(place)
            else:
                few.append(place)
                rows.append(row)
    if rows:
        order += few
        pieces.append(list(zip(*rows, strict=True)))
    unread: Unread = {}
    if rest:
        rest.sort()
        order += rest
        pieces.append(_one_by_one(blobs, rest, names, unread))
    return _in_order(pieces, order, names), unread


def _grouped(blobs: Sequence[object]) -> tuple[dict[Form, list[int]], list[int]]:
    """(form -> places of its records, places of all others)."""
    groups: dict[Form, list[int]] = {}
    rest: list[int] = []
    known, learn = _memory.alike.get, _memory.learn
    for place, blob in enumerate(blobs):
        form = None
        if type(blob) is bytes:
            tail = blob[int.from_bytes(blob[-8:], "big") :]
            alike = known(tail)
            if alike is None:
                form = learn(blob, tail)
            else:
                key = blob[alike.start : alike.end]
                form = alike.forms[key] if key in alike.forms else learn(blob, tail)
        if form is None:
            rest.append(place)
        elif form in groups:
            groups[form].append(place)
        else:
            groups[form] = [place]
    return groups, rest


def _one_by_one(
    blobs: Sequence[object], places: Sequence[int], names: Sequence[str], unread: Unread
) -> list[Sequence[Any]]:
    columns: list[list[Any]] = [[] for _ in names]
    for place in places:
        blob = blobs[place]
        try:
            info = read_mbfile(blob) if isinstance(blob, bytes) else None
        except SousveilError as error:
            info, unread[place] = None, error
        if info is None:
            unread.setdefault(place, None)
        for name, column in zip(names, columns, strict=True):
            column.append(getattr(info, name, None))
    return list(columns)


def _in_order(pieces: list[Sequence[Sequence[Any]]], order: list[int], names: Sequence[str]) -> dict[str, list[Any]]:
    """The pieces of each column, one after the other, brought into the order of the records."""
    if len(pieces) == 1 and order == list(range(len(order))):
        return {name: list(column) for name, column in zip(names, pieces[0], strict=False)}
    if not pieces:
        return {name: [] for name in names}
    back = [0] * len(order)
    for at, place in enumerate(order):
        back[place] = at
    take = itemgetter(*back)
    found: dict[str, list[Any]] = {}
    for number, name in enumerate(names):
        whole: list[Any] = []
        for piece in pieces:
            whole += piece[number]
        found[name] = list(take(whole))
    return found
