"""The list of a phone's files, out of a dump of its file system or a list of files alone. Shared by both systems.

Paths are given as they are on the phone, whatever folder a tool put before them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sousveil.acquisition import dump, file_lists
from sousveil.acquisition.model import FileGroup
from sousveil.artefacts.model import Artefact, At, Context, Event, Seen
from sousveil.errors import Malformed, Missing
from sousveil.kinds import BundleId, Flag, HashValue, Integer, Label, ListedPath, Role, UnixTime
from sousveil.readers.model import Described
from sousveil.readers.sqlite import Column, make_batch
from sousveil.records import MAX_ROWS, SEPARATOR, Batch, Record, Texts, Whole, unpacked
from sousveil.texts import t

FORMS = (dump.FORM, file_lists.FORM)
PLACE = {"main": (At.info(dump.LIST),)}
_TIMES = ("accessed", "modified", "changed", "created")
"""In the order of a body file."""
_APP_DATA = re.compile(r"/data/(?:data|user/\d+|user_de/\d+)/([A-Za-z]\w*(?:\.\w+)+)/")


class ListedFile(Record):
    """One file or link."""

    path: ListedPath
    """Its absolute path on the phone; the name in the dump, where no folder of the phone leads to it."""
    bundle: BundleId | None
    """The app whose folder this is the first file of."""
    size: Integer | None
    link: Flag | None
    """1 for a link."""
    deleted: Flag | None
    """1 where the list says that the file was deleted."""
    md5: HashValue | None
    """As a body file states it; not computed."""
    inode: Label | None
    mode: Label | None
    owner: Integer | None
    group: Integer | None
    accessed: UnixTime | None
    modified: UnixTime | None
    changed: UnixTime | None
    created: UnixTime | None


class _Apps:
    """Identifiers of apps by their folders, each once."""

    def __init__(self, containers: Mapping[str, str], android: bool) -> None:
        self._containers, self._android = containers, android
        self._seen: set[str] = set()

    def of(self, listed: Callable[[], Column]) -> Column:
        """The app of each path that is the first of its app; None for others."""
        if not self._android and not self._containers:
            return [None]
        paths = listed()
        found: Column = [None] * len(paths)
        for row, path in enumerate(paths):
            name = self._name(path)
            if name is not None and name not in self._seen:
                self._seen.add(name)
                found[row] = name
        return found

    def _name(self, path: str) -> str | None:
        if self._android:
            match = _APP_DATA.match(path) if path.startswith("/data/") else None
            return match[1][:255] if match else None
        if "/Containers/" in path:
            return self._containers.get("/".join(path.split("/", 8)[:8]))
        if "/containers/Bundle/" in path:
            return self._containers.get("/".join(path.split("/", 7)[:7]))
        return None


def read(artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]:
    """The files of the list. Raises Malformed for lines that are none, after the others."""
    group = files["main"]
    path = Path(group.members[0].path)
    if context.device.acquisition == file_lists.FORM:
        yield from _of_text(artefact, group, path, context)
        return
    found = dump.opened(path)
    if found is None:
        raise Missing(t("error.content.file_backup"))
    listing, path_of = found.listing, found.path_of
    apps = _Apps(found.containers, found.system == "android")
    for first in range(0, len(listing), MAX_ROWS):
        last = min(first + MAX_ROWS, len(listing))
        names = [listing.name(row) for row in range(first, last)]
        paths = [path_of(name) or name for name in names]
        times = [time or None for time in listing.times[first:last]]
        work: dict[str, Column] = {
            "path": list(paths),
            "bundle": apps.of(lambda: paths),  # noqa: B023 - called at once
            "size": list(listing.sizes[first:last]),
            "link": [1 if kind == 1 else None for kind in listing.kinds[first:last]],
            "modified": times,
        }
        yield _batch(artefact, "dump", group.where, work, last - first, context, first)


def _batch(
    artefact: Described, layout: str, where: str, work: dict[str, Column], count: int, context: Context, first: int
) -> Batch:
    wanted = {name: column for name, column in work.items() if context.full or name in context.wanted}
    lines = list(range(first + 1, first + count + 1))
    return make_batch(artefact, layout, where, wanted, count, lines=lines)


def paths_with(marks: tuple[str, ...], group: FileGroup, context: Context) -> Iterator[tuple[int, str, int | None]]:
    """(line, path on the phone, when it was changed in seconds since 1970) of each file whose path holds one of the marks."""
    path = Path(group.members[0].path)
    texts = tuple(mark.encode() for mark in marks)
    if context.device.acquisition == file_lists.FORM:
        listed, number = _listed(path), 1
        for chunk in file_lists.chunks(group.members[0]):
            last, numbers, lines = 0, [], []
            for start, line in _lines_with(texts, chunk):
                number += chunk.count(b"\n", last, start)
                last = start
                numbers.append(number)
                lines.append(line)
            number += chunk.count(b"\n", last)
            piece = listed.fields(b"".join(lines), frozenset({"path", "modified"}))
            paths, times = (
                unpacked(piece.columns[name](0, piece.count)) if name in piece.columns else [None] * piece.count
                for name in ("path", "modified")
            )
            for row, (name, time) in enumerate(zip(paths, times, strict=True)):
                yield numbers[piece.lines[row] - 1 if piece.lines else row], name, time
    elif (found := dump.opened(path)) is not None:
        names, ends = found.listing.names, found.listing.ends
        for start, _ in _lines_with(texts, names):
            row = bisect_right(ends, start) - 1
            name = found.listing.name(row)
            yield row + 1, found.path_of(name) or name, found.listing.times[row] or None


def _lines_with(marks: tuple[bytes, ...], text: bytes | bytearray) -> Iterator[tuple[int, bytes]]:
    """(offset, line) of each line that holds one of the marks."""
    at = 0
    places = [text.find(mark) for mark in marks]
    while any(place >= 0 for place in places):
        at = min(place for place in places if place >= 0)
        start = text.rfind(b"\n", 0, at) + 1
        end = text.find(b"\n", at) + 1 or len(text)
        yield start, bytes(text[start:end])
        places = [
            place if place < 0 or place >= end else text.find(mark, end)
            for mark, place in zip(marks, places, strict=True)
        ]


# ---------------------------------------------------------------- texts


def _of_text(artefact: Described, group: FileGroup, path: Path, context: Context) -> Iterator[Batch]:
    listed, first, damaged = _listed(path), 0, 0
    wanted = frozenset(artefact.kinds) if context.full else context.wanted
    for chunk in file_lists.chunks(group.members[0]):
        piece = listed.fields(chunk, wanted)
        damaged += piece.damaged
        for low in range(0, piece.count, MAX_ROWS):
            high = min(low + MAX_ROWS, piece.count)
            work = {name: column(low, high) for name, column in piece.columns.items() if name in wanted}
            work["bundle"] = listed.apps.of(lambda: unpacked(work["path"]))  # noqa: B023 - called at once
            numbers = piece.lines[low:high] if piece.lines else range(low + 1, high + 1)
            lines = [first + number for number in numbers]
            yield make_batch(artefact, listed.layout, group.where, work, high - low, lines=lines)
        first += piece.read
    if damaged:
        raise Malformed(t("error.file_lists.lines", n=damaged))


Part = Callable[[int, int], Any]
"""Gives the rows of a column from one to another, without the last."""


@dataclass(slots=True)
class _Piece:
    """Some whole lines of a list."""

    columns: dict[str, Part]
    count: int
    """Files."""
    read: int
    """Lines."""
    damaged: int = 0
    lines: list[int] = field(default_factory=list)
    """Numbers of the lines of the files, from 1; [] for every line."""


def _of(column: Column) -> Part:
    return lambda low, high: column[low:high]


class _Listed:
    """A list of files as a text: how its lines are read. Sound lines are read as arrays of bytes, all others one by one."""

    def __init__(self, head: file_lists.Head) -> None:
        self.layout = "body file" if head.body else "paths"
        self.apps = _Apps({}, head.system == "android")
        self._path_of = dump.Paths(head.system, head.chosen)
        self._whole = len(head.chosen) == 1 and head.chosen[0] == dump.Prefix("", "/")
        self._linked = re.compile(rb"(?:^|[|\n])/(?:var|tmp|etc)/") if head.system == "ios" else None
        """Paths through a link of the system's."""

    def fields(self, chunk: bytes, wanted: frozenset[str]) -> _Piece:
        """The columns of some whole lines."""
        quick = self._quickly(chunk, wanted) if chunk.endswith(b"\n") else None
        if quick is not None:
            return quick
        lines = chunk.decode("utf-8", "backslashreplace").split("\n")
        if not lines[-1]:
            lines.pop()
        kept: list[list[str]] = []
        numbers, lost = [], 0
        for number, line in enumerate((line.rstrip("\r") for line in lines), 1):
            row = line.split("|") if self.layout == "body file" else [line]
            if not line or line[0] == "#":
                continue
            if "\0" in line:  # no name holds it; stands for a line that is too long
                lost += 1
                continue
            if len(row) >= file_lists.FIELDS:
                more = len(row) - file_lists.FIELDS  # a name holds the mark between fields
                row = [row[0], "|".join(row[1 : 2 + more]), *row[2 + more :]]
            elif self.layout == "body file":
                lost += 1
                continue
            kept.append(row)
            numbers.append(number)
        columns = self._columns([list(column) for column in zip(*kept, strict=True)]) if kept else {}
        return _Piece(columns, len(kept), len(lines), lost, numbers)

    def _columns(self, values: list[list[str]]) -> dict[str, Part]:
        if self.layout == "paths":
            return {"path": _of(self._mapped(values[0]))}
        md5, names, inode, mode, owner, group, size, *times = values
        numbers = {"owner": owner, "group": group, "size": size, **dict(zip(_TIMES, times, strict=True))}
        links = [kind[:1] == "l" or kind[2:3] == "l" for kind in mode]
        gone = [name.endswith((" (deleted)", " (deleted-realloc)")) for name in names]
        names = [name.rpartition(" (")[0] if deleted else name for name, deleted in zip(names, gone, strict=True)]
        names = [name.partition(" -> ")[0] if link else name for name, link in zip(names, links, strict=True)]
        work: dict[str, Column] = {
            "path": self._mapped(names),
            "md5": [digest if len(digest) == 32 and digest.strip("0") else None for digest in md5],
            "inode": inode,
            "mode": mode,
            "link": [1 if link else None for link in links],
            "deleted": [1 if deleted else None for deleted in gone],
            **{name: [_number(text) for text in column] for name, column in numbers.items()},
        }
        return {name: _of(column) for name, column in work.items()}

    def _mapped(self, names: list[str]) -> Column:
        """Paths on the phone."""
        return [self._path_of(plain) or name for name, plain in zip(names, map(dump.plain_name, names), strict=True)]

    def _quickly(self, chunk: bytes, wanted: frozenset[str]) -> _Piece | None:
        """The columns of lines of which each is sound, and whose names are absolute paths; None where some are not."""
        if not self._whole or b"\r" in chunk or SEPARATOR in chunk or b"\0" in chunk or not _is_text(chunk):
            return None
        if self._linked and self._linked.search(chunk):
            return None
        letters = np.frombuffer(chunk, np.uint8)
        if _doubled(letters, b"/") or _doubled(letters, b"."):
            return None
        if (b">" in chunk and b" -> " in chunk) or (b"(" in chunk and b" (deleted" in chunk):
            return None
        if self.layout == "paths":
            ends = np.flatnonzero(letters == _NEW_LINE)[:, None]
            marks = np.empty((len(ends), 0), np.int64)
        else:
            places = np.flatnonzero((letters == _MARK) | (letters == _NEW_LINE))
            if len(places) % file_lists.FIELDS:
                return None
            marks = places.reshape(-1, file_lists.FIELDS)
            if (letters[marks[:, :-1]] != _MARK).any() or (letters[marks[:, -1]] != _NEW_LINE).any():
                return None
            ends = marks[:, 1:2]
        whole = ends[:, 0] if self.layout == "paths" else marks[:, -1]
        starts = np.concatenate(([0], whole[:-1] + 1)) if self.layout == "paths" else marks[:, 0] + 1
        if (letters[starts] != _SLASH).any():
            return None
        columns: dict[str, Part] = {"path": _texts(chunk, starts, ends[:, 0])}
        if self.layout == "body file":
            for at, name in enumerate(("owner", "group", "size", *_TIMES), 4):
                if name in wanted:
                    numbers = _integers(letters, marks[:, at - 1] + 1, marks[:, at])
                    if numbers is None:
                        return None
                    columns[name] = _whole(numbers)
            if wanted & {"inode", "mode"}:
                columns |= {
                    name: _texts(chunk, marks[:, at - 1] + 1, marks[:, at]) for at, name in ((2, "inode"), (3, "mode"))
                }
            begins = np.concatenate(([0], marks[:-1, -1] + 1))
            if (letters[begins] != _ZERO).any() or (marks[:, 0] - begins != 1).any():
                return None  # digests, or lines that begin otherwise
        return _Piece(columns, len(ends), len(ends))


_MARK, _NEW_LINE, _SLASH, _ZERO = b"|\n/0"


def _doubled(letters: Any, letter: bytes) -> bool:
    """Whether a letter stands twice in a row."""
    found = letters == letter[0]
    return bool((found[1:] & found[:-1]).any())


def _is_text(chunk: bytes) -> bool:
    if chunk.isascii():
        return True
    try:
        chunk.decode()
    except UnicodeDecodeError:
        return False
    return True


def _texts(chunk: bytes, starts: Any, ends: Any) -> Part:
    """A column of the texts between these places."""

    def part(low: int, high: int) -> Texts:
        pairs = zip(starts[low:high].tolist(), ends[low:high].tolist(), strict=True)
        return Texts(joined=SEPARATOR.join([chunk[start:end] for start, end in pairs]))

    return part


def _integers(letters: Any, starts: Any, ends: Any) -> Any:
    """The whole numbers between these places; None where something else stands there."""
    sizes = ends - starts
    values = np.zeros(len(starts), np.int64)
    for size in np.unique(sizes).tolist():
        if not 1 <= size <= 18:
            return None
        rows = slice(None) if size == sizes[0] and (sizes == size).all() else sizes == size
        digits = letters[starts[rows][:, None] + np.arange(size)] - np.uint8(_ZERO)
        if (digits > 9).any():
            return None
        values[rows] = digits.astype(np.int64) @ 10 ** np.arange(size - 1, -1, -1)
    return values


def _whole(values: Any) -> Part:
    return lambda low, high: Whole(data=values[low:high].tobytes())


def _listed(path: Path) -> _Listed:
    """Raises Missing for a file that is no list any more."""
    found = file_lists.opened(path)
    if found is None:
        raise Missing(t("error.content.file_backup"))
    return _Listed(found.head)


def _number(text: str) -> int | None:
    text = text.strip().partition(".")[0]
    return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else None


def listing(name: str, title: str) -> Artefact:
    """The artefact of a system's list of files."""
    return Artefact(
        name=name,
        title=title,
        needs=PLACE,
        record=ListedFile,
        role=Role.INSTALLED,
        read=read,
        events=tuple(
            Event(at=time, says=f"file {time}", shows="path") for time in ("modified", "created", "changed", "accessed")
        ),
        acquisitions=FORMS,
        seen=(
            Seen(
                versions="any",
                basis="the formats of zip and tar; body files as The Sleuth Kit documents them",
                verified=True,
            ),
        ),
        means="A published path shows that a file lay there, not that it ran. A file that only shares its name with a published "
        "process is a weak sign: system files of the same name exist.",
    )
