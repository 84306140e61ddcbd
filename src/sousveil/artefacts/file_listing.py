"""The list of a phone's files, out of a dump of its file system or a list of files alone. Shared by both systems.

Paths are given as they are on the phone, whatever folder a tool put before them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from sousveil.acquisition import dump, file_lists
from sousveil.acquisition.model import FileGroup
from sousveil.artefacts.model import Artefact, At, Context, Event, Seen
from sousveil.errors import Malformed, Missing
from sousveil.kinds import BundleId, Flag, HashValue, Integer, Label, ListedPath, Role, UnixTime
from sousveil.patterns import lazy_pattern
from sousveil.readers.model import Described
from sousveil.readers.sqlite import Column, make_batch
from sousveil.records import MAX_ROWS, SEPARATOR, Batch, Record, Texts, Whole, unpacked
from sousveil.texts import t

FORMS = (dump.FORM, file_lists.FORM)
PLACE = {"main": (At.info(dump.LIST),)}
_TIMES = ("accessed", "modified", "changed", "created")
"""In the order of a body file."""
_APP_DATA = lazy_pattern(r"/data/(?:data|user/\d+|user_de/\d+)/([A-Za-z]\w*(?:\.\w+)+)/")


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
            for piece in listed.pieces(b"".join(lines), frozenset({"path", "modified"})):
                none = [None] * piece.count
                paths, times = (unpacked(piece.columns.get(name, none)) for name in ("path", "modified"))
                yield from zip(map(numbers.__getitem__, piece.lines), paths, times, strict=True)
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
    listed, first, damaged = _listed(path), 1, 0
    wanted = frozenset(artefact.kinds) if context.full else context.wanted
    for chunk in file_lists.chunks(group.members[0]):
        for piece in listed.pieces(chunk, wanted):
            damaged += piece.damaged
            work = {**piece.columns, "bundle": listed.apps.of(lambda: unpacked(piece.columns["path"]))}  # noqa: B023 - called at once
            lines = Whole(data=(np.array(piece.lines, np.int64) + first).tobytes())
            if piece.count:
                yield make_batch(artefact, listed.layout, group.where, work, piece.count, lines=lines)
        first += listed.read
    if damaged:
        raise Malformed(t("error.file_lists.lines", n=damaged))


Part = Callable[[int, int], Any]
"""Gives the rows of a column from one to another, without the last."""


class _Piece(msgspec.Struct):
    """The files of up to `MAX_ROWS` lines of a list."""

    columns: dict[str, Column | Texts | Whole]
    lines: Sequence[int]
    """Numbers of their lines, from 0."""
    damaged: int = 0
    """Lines that are none of a list."""

    @property
    def count(self) -> int:
        """Files."""
        return len(self.lines)


class _Listed:
    """A list of files as a text: how its lines are read. Sound lines are read as arrays of bytes, all others one by one."""

    def __init__(self, head: file_lists.Head) -> None:
        self.layout = "body file" if head.body else "paths"
        self.apps = _Apps({}, head.system == "android")
        self._path_of = dump.Paths(head.system, head.chosen)
        self._whole = len(head.chosen) == 1 and head.chosen[0] == dump.Prefix("", "/")
        self._links = _LINKS if head.system == "ios" else ()
        """Folders that are links to folders below /private."""
        self.read = 0
        """Lines of the text that `pieces` was given last."""

    def pieces(self, chunk: bytes, wanted: frozenset[str]) -> Iterator[_Piece]:
        """The files of some whole lines, in their order."""
        if not chunk:
            return
        chunk = chunk if chunk.endswith(b"\n") else chunk + b"\n"
        letters = np.frombuffer(chunk, np.uint8)
        ends = letters == _NEW_LINE
        marks = np.flatnonzero(ends | (letters == _MARK)) if self.layout == "body file" else np.empty(0, np.int64)
        whole = np.count_nonzero(ends) * file_lists.FIELDS == len(marks)
        if len(marks) and whole and ends[marks[file_lists.FIELDS - 1 :: file_lists.FIELDS]].all():
            fields = marks.reshape(-1, file_lists.FIELDS)  # as in nearly all lists: every line has them all
            marks, ends = fields[:, :-1], np.ascontiguousarray(fields[:, -1])
        else:
            marks, ends = marks[letters[marks] == _MARK], np.flatnonzero(ends)
        starts = np.concatenate(([0], ends[:-1] + 1))
        self.read = len(ends)
        sound = np.full(len(ends), self._whole)
        parts: dict[str, Part] = {}
        if self._whole:
            sound[np.searchsorted(ends, _odd_places(chunk, letters, body=self.layout == "body file"))] = False
            parts = self._arrays(chunk, letters, starts, ends, marks, sound, wanted)
        before = np.concatenate(([0], np.cumsum(sound)))
        for low in range(0, len(ends), MAX_ROWS):
            high = min(low + MAX_ROWS, len(ends))
            begin, end = before[low], before[high]
            read = (
                _Piece({name: part(begin, end) for name, part in parts.items()}, range(low, high))
                if begin < end
                else None
            )
            if read is not None and end - begin == high - low:
                yield read
                continue
            rows = np.flatnonzero(~sound[low:high]) + low
            pairs = zip(starts[rows].tolist(), ends[rows].tolist(), strict=True)
            texts = [chunk[start:stop].decode("utf-8", "backslashreplace") for start, stop in pairs]
            others = self._one_by_one(texts, rows.tolist(), wanted)
            if read is not None:
                read.lines = (np.flatnonzero(sound[low:high]) + low).tolist()
                others = _merged(read, others)
            yield others

    def _one_by_one(self, lines: Sequence[str], numbers: Sequence[int], wanted: frozenset[str]) -> _Piece:
        kept: list[list[str]] = []
        used, lost = [], 0
        for number, line in zip(numbers, (line.rstrip("\r") for line in lines), strict=True):
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
            used.append(number)
        columns = self._columns([list(column) for column in zip(*kept, strict=True)]) if kept else {}
        return _Piece({name: column for name, column in columns.items() if name in wanted}, used, lost)

    def _columns(self, values: list[list[str]]) -> dict[str, Column]:
        if self.layout == "paths":
            return {"path": self._mapped(values[0])}
        md5, names, inode, mode, owner, group, size, *times = values
        numbers = {"owner": owner, "group": group, "size": size, **dict(zip(_TIMES, times, strict=True))}
        links = [kind[:1] == "l" or kind[2:3] == "l" for kind in mode]
        gone = [name.endswith((" (deleted)", " (deleted-realloc)")) for name in names]
        names = [name.rpartition(" (")[0] if deleted else name for name, deleted in zip(names, gone, strict=True)]
        names = [name.partition(" -> ")[0] if link else name for name, link in zip(names, links, strict=True)]
        return {
            "path": self._mapped(names),
            "md5": [digest if len(digest) == 32 and digest.strip("0") else None for digest in md5],
            "inode": inode,
            "mode": mode,
            "link": [1 if link else None for link in links],
            "deleted": [1 if deleted else None for deleted in gone],
            **{name: [_number(text) for text in column] for name, column in numbers.items()},
        }

    def _mapped(self, names: list[str]) -> Column:
        """Paths on the phone."""
        return [self._path_of(plain) or name for name, plain in zip(names, map(dump.plain_name, names), strict=True)]

    def _arrays(
        self, chunk: bytes, letters: Any, starts: Any, ends: Any, marks: Any, sound: Any, wanted: frozenset[str]
    ) -> dict[str, Part]:
        """The columns of sound lines; `sound` loses the lines that show themselves to be none. {} for no line. `marks`: where the
        marks between fields stand, in rows where every line has all of them."""
        columns: dict[str, Part] = {}
        if self.layout == "body file":
            each, fields = file_lists.FIELDS - 1, marks
            if marks.ndim == 1:
                before = np.searchsorted(marks, starts)
                sound &= np.searchsorted(marks, ends) - before == each
                fields = np.empty((len(ends), each), np.int64)
                fields[sound] = marks[before[sound][:, None] + np.arange(each)]
            sound &= (letters[starts] == _ZERO) & (letters[starts + 1 - (starts == ends)] == _MARK)  # without a digest
            rows = np.flatnonzero(sound)
            fields = fields if len(rows) == len(fields) else fields[rows]
            good = letters[fields[:, 0] + 1] == _SLASH
            numbers: dict[str, Any] = {}
            for at, name in enumerate(("owner", "group", "size", *_TIMES), 4):
                if name in wanted:
                    last = ends[rows] if at == file_lists.FIELDS - 1 else fields[:, at]
                    numbers[name], right = _integers(letters, fields[:, at - 1] + 1, last)
                    good &= right
            if not good.all():
                sound[rows[~good]] = False
                fields = fields[good]
                numbers = {name: values[good] for name, values in numbers.items()}
            columns |= {name: _whole(values) for name, values in numbers.items()}
            columns |= {
                name: _texts(chunk, fields[:, at - 1] + 1, fields[:, at])
                for at, name in ((2, "inode"), (3, "mode"))
                if name in wanted
            }
            if "link" in wanted and len(fields):
                first, last = fields[:, 2] + 1, fields[:, 3]
                links = (letters[first] == _LETTER_L) | ((letters[first + 2] == _LETTER_L) & (first + 2 < last))
                if links.any():
                    columns["link"] = _flags(links)
            starts, ends = fields[:, 0] + 1, fields[:, 1]
        else:
            sound &= letters[starts] == _SLASH
            starts, ends = starts[sound], ends[sound]
        linked = np.zeros(len(starts), bool)
        if self._links and len(letters) >= _LINK:
            heads = np.lib.stride_tricks.sliding_window_view(letters, _LINK)[np.minimum(starts, len(letters) - _LINK)]
            for link in self._links:
                linked |= np.all(heads == np.frombuffer(link, np.uint8), axis=1)
        return {"path": _texts(chunk, starts, ends, linked), **columns} if len(starts) else {}


_MARK, _NEW_LINE, _SLASH, _ZERO, _LETTER_L = b"|\n/0l"
_LINKS = (b"/var/", b"/tmp/", b"/etc/")
_LINK = 5
"""Bytes of each of them."""


def _merged(one: _Piece, other: _Piece) -> _Piece:
    """The files of both, in the order of their lines."""
    lines = [*one.lines, *other.lines]
    order = sorted(range(len(lines)), key=lines.__getitem__)
    columns: dict[str, Any] = {}
    for name in one.columns | other.columns:
        first, second = (
            unpacked(piece.columns[name]) if name in piece.columns else [None] * piece.count for piece in (one, other)
        )
        both = [*first, *second]
        columns[name] = [both[row] for row in order]
    return _Piece(columns, [lines[row] for row in order], one.damaged + other.damaged)


def _odd_places(chunk: bytes, letters: Any, *, body: bool) -> Any:
    """Where something stands that is not copied as it is, or not without a look at the whole line: offsets, not sorted."""
    found = [np.flatnonzero(letters == mark[0]) for mark in (b"\r", b"\0", SEPARATOR) if mark in chunk]
    found += [_pairs(letters, b"//"), _pairs(letters, b"..")]
    if body and b">" in chunk:
        found.append(_pairs(letters, b"->"))
    if body and b"(" in chunk:
        found.append(_pairs(letters, b" ("))
    if not _is_text(chunk):
        found.append(np.flatnonzero(letters >= 0x80))
    return np.concatenate(found)


def _pairs(letters: Any, pair: bytes) -> Any:
    """Where two letters stand one behind the other."""
    code, found = np.frombuffer(pair, np.uint16)[0], []
    for start in (0, 1):
        both = letters[start : start + (len(letters) - start) // 2 * 2].view(np.uint16) == code
        if both.any():
            found.append(2 * np.flatnonzero(both) + start)
    return np.concatenate(found) if found else np.empty(0, np.int64)


def _is_text(chunk: bytes) -> bool:
    if chunk.isascii():
        return True
    try:
        chunk.decode()
    except UnicodeDecodeError:
        return False
    return True


def _texts(chunk: bytes, starts: Any, ends: Any, linked: Any = None) -> Part:
    """A column of the texts between these places; `linked` marks paths that lie below /private."""

    def part(low: int, high: int) -> Texts:
        begins, stops = starts[low:high], ends[low:high]
        rows = np.flatnonzero(linked[low:high]).tolist() if linked is not None else []
        if not rows and (begins[1:] == stops[:-1] + 1).all():  # nothing lies between them but the ends of lines
            return Texts(joined=chunk[begins[0] : stops[-1]].replace(b"\n", SEPARATOR))
        texts = [chunk[start:end] for start, end in zip(begins.tolist(), stops.tolist(), strict=True)]
        for row in rows:
            texts[row] = b"/private" + texts[row]
        return Texts(joined=SEPARATOR.join(texts))

    return part


def _integers(letters: Any, starts: Any, ends: Any) -> tuple[Any, Any]:
    """The whole numbers between these places, and in which rows there are such numbers."""
    sizes = ends - starts
    values, good = np.zeros(len(starts), np.int64), (sizes >= 1) & (sizes <= 18)
    for size in np.flatnonzero(np.bincount(sizes[good])).tolist():
        rows = slice(None) if (sizes == size).all() else sizes == size
        digits = np.lib.stride_tricks.sliding_window_view(letters, size)[starts[rows]] - np.uint8(_ZERO)
        good[rows] = True if digits.max() <= 9 else (digits <= 9).all(axis=1)
        exact = (
            np.float64 if size <= 15 else np.int64
        )  # the product of floats is ten times as fast, and exact up to 2^53
        values[rows] = digits.astype(exact) @ (10 ** np.arange(size - 1, -1, -1)).astype(exact)
    return values, good


def _flags(marked: Any) -> Part:
    """A column of 1 for marked rows."""

    def part(low: int, high: int) -> Column:
        column: Column = [None] * (high - low)
        for row in np.flatnonzero(marked[low:high]).tolist():
            column[row] = 1
        return column

    return part


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
