"""The list of a phone's files, out of a dump of its file system or a list of files alone. Shared by both systems.

Paths are given as they are on the phone, whatever folder a tool put before them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path

from sousveil.acquisition import dump, file_lists
from sousveil.acquisition.model import FileGroup
from sousveil.artefacts.model import Artefact, At, Context, Event, Seen
from sousveil.errors import Malformed, Missing
from sousveil.kinds import BundleId, Flag, HashValue, Integer, Label, ListedPath, Role, UnixTime
from sousveil.readers.model import Described
from sousveil.readers.sqlite import Column, make_batch
from sousveil.records import MAX_ROWS, Batch, Record
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

    def of(self, paths: list[str]) -> Column:
        """The app of each path that is the first of its app; None for others."""
        if not self._android and not self._containers:
            return [None]
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
            "bundle": apps.of(paths),
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


def listed_paths(group: FileGroup, context: Context) -> Iterator[tuple[int, str, int | None]]:
    """(line, path on the phone, when it was changed in seconds since 1970) of each file of the list."""
    path = Path(group.members[0].path)
    if context.device.acquisition == file_lists.FORM:
        for first, _, work, _ in _pieces(group, path):
            times = work.get("modified") or [None] * len(work["path"])
            yield from zip(range(first + 1, first + len(times) + 1), work["path"], times, strict=True)
    elif (found := dump.opened(path)) is not None:
        for row, name in enumerate(found.listing.all_names()):
            yield row + 1, found.path_of(name) or name, found.listing.times[row] or None


# ---------------------------------------------------------------- texts


def _of_text(artefact: Described, group: FileGroup, path: Path, context: Context) -> Iterator[Batch]:
    damaged = 0
    for first, layout, work, lost in _pieces(group, path):
        damaged += lost
        if work["path"]:
            yield _batch(artefact, layout, group.where, work, len(work["path"]), context, first)
    if damaged:
        raise Malformed(t("error.file_lists.lines", n=damaged))


def _pieces(group: FileGroup, path: Path) -> Iterator[tuple[int, str, dict[str, Column], int]]:
    """(lines before, layout, columns, damaged lines) of each piece of a text."""
    listed = file_lists.opened(path)
    if listed is None:
        raise Missing(t("error.content.file_backup"))
    fields, layout = (_body_fields, "body file") if listed.head.body else (_path_fields, "paths")
    apps, mapped = _Apps({}, listed.head.system == "android"), _mapping(listed.head)
    first = 0
    for lines in file_lists.chunks(group.members[0]):
        remaining = iter(lines)
        while piece := list(islice(remaining, MAX_ROWS)):
            work, lost = fields(piece)
            if work["path"]:
                work["path"] = mapped(work["path"])
                work["bundle"] = apps.of(work["path"])
            yield first, layout, work, lost
            first += len(piece)


def _path_fields(lines: list[str]) -> tuple[dict[str, Column], int]:
    """The paths of lines, and how many lines hold something else."""
    if any(line.endswith("\r") for line in lines):
        lines = [line.rstrip("\r") for line in lines]
    names = lines if all(lines) else [line for line in lines if line]
    kept = [name for name in names if name[0] != "#"] if any(name[0] == "#" for name in names) else names
    return {"path": list(kept)}, 0


def _body_fields(lines: list[str]) -> tuple[dict[str, Column], int]:
    """The columns of lines of a body file, and how many lines are none."""
    rows = [line.split("|") for line in lines]
    lost = 0
    if set(map(len, rows)) != {file_lists.FIELDS}:
        sound = [row for row, line in zip(rows, lines, strict=True) if line.strip() and line[0] != "#"]
        rows = [_joined(row) for row in sound if len(row) >= file_lists.FIELDS]
        lost = len(sound) - len(rows)
    if not rows:
        return {"path": []}, lost
    md5, names, inode, mode, owner, group, size, *times = map(list, zip(*rows, strict=True))
    work: dict[str, Column] = {"mode": mode, "inode": inode}
    work |= {"owner": _numbers(owner), "group": _numbers(group), "size": _numbers(size)}
    work |= {name: _numbers(column) for name, column in zip(_TIMES, times, strict=True)}
    work["md5"] = [digest if len(digest) == 32 and digest.strip("0") else None for digest in md5]
    links = any(" -> " in name for name in names)
    work["link"] = [1 if kind[:1] == "l" or kind[2:3] == "l" else None for kind in mode]
    if links:
        names = [name.partition(" -> ")[0] if link else name for name, link in zip(names, work["link"], strict=True)]
    work["deleted"] = [None]
    if any(name[-1:] == ")" for name in names):
        gone = [name.endswith((" (deleted)", " (deleted-realloc)")) for name in names]
        work["deleted"] = [1 if lost_one else None for lost_one in gone]
        names = [name.rpartition(" (")[0] if lost_one else name for name, lost_one in zip(names, gone, strict=True)]
    work["path"] = names
    return work, lost


def _joined(row: list[str]) -> list[str]:
    """The fields of a line whose name holds the mark between fields."""
    more = len(row) - file_lists.FIELDS
    return [row[0], "|".join(row[1 : 2 + more]), *row[2 + more :]]


def _numbers(column: list[str]) -> Column:
    """Whole numbers; None for 0 of a time that is not known, and for anything else."""
    try:
        return list(map(int, column)) if max(map(len, column)) < 19 else [_number(text) for text in column]
    except ValueError:
        return [_number(text) for text in column]


def _number(text: str) -> int | None:
    text = text.strip().partition(".")[0]
    return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else None


def _mapping(head: file_lists.Head) -> Callable[[list[str]], list[str]]:
    """From names of a list to paths on the phone."""
    path_of = dump.Paths(head.system, head.chosen)
    whole = [prefix.root for prefix in head.chosen if not prefix.name] == ["/"]

    def mapped(names: list[str]) -> list[str]:
        joined = "\n".join(names)
        plain = whole and len(head.chosen) == 1 and "//" not in joined and "/../" not in joined
        if plain and all(name[:1] == "/" for name in names):
            return names
        return [
            path_of(plain_name) or name for name, plain_name in zip(names, map(dump.plain_name, names), strict=True)
        ]

    return mapped


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
