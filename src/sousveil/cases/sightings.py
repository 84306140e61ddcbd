"""The observables of a batch: which hosts, addresses, names, paths and hashes stand in it, where, and when that was."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from sousveil.cases.frames import Columns
from sousveil.kinds import Observable
from sousveil.patterns import lazy_pattern
from sousveil.records import SEPARATOR, Texts, unpacked

KINDS = tuple(sorted(Observable, key=lambda kind: kind.value))
"""The classes, in the order of their numbers."""
_NUMBER = {kind: number for number, kind in enumerate(KINDS)}
EARLY, LATE = -(1 << 63), (1 << 63) - 1
"""`LATE` stands for no earliest instant, `EARLY` for no latest one."""

# White space as Unicode has it, without the separators of records that Python adds; a row ends at U+001F.
_WHITE = r"\t-\r \x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
# A border of ASCII words: a name may stand behind letters of another script.
_LINK = lazy_pattern(
    rf"(?a:\b)[a-z][a-z0-9+.\-]{{1,20}}://(?:[^{_WHITE}/?#@\\]*@)?(\[[0-9a-f:.]+\]|[^/?#:\\{_WHITE}@\"'<>]+)", re.I
)
"""A link up to its host, which is its group."""
_SCHEME = 21
_ADDRESS = lazy_pattern(r"\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\]")
_PROCESS = lazy_pattern(r"([^/]+)/[^\n]*")
_BUNDLE = lazy_pattern(r"[^/]+/([A-Za-z0-9\-]+(?:\.[A-Za-z0-9_\-]+)+)")

Codes = npt.NDArray[Any]
Seen = tuple[int, list[str | None], Codes, Codes | None]
"""The number of the class; different values; which of them were seen, and in which rows (None: one in each row)."""


class Span:
    """The earliest and latest instant of each row."""

    def __init__(self, first: npt.NDArray[np.int64], last: npt.NDArray[np.int64]) -> None:
        self.first, self.last = first, last

    @classmethod
    def over(cls, columns: Columns) -> Span:
        """Of the rows of a batch."""
        count = columns.batch.count
        made = cls(np.full(count, LATE, dtype=np.int64), np.full(count, EARLY, dtype=np.int64))
        for at in [columns.instants(event.at) for event in columns.artefact.events if columns.has(event.at)]:
            nulls = False if at.nulls is None else at.nulls
            np.minimum(made.first, np.where(nulls, LATE, at.values), out=made.first)
            np.maximum(made.last, np.where(nulls, EARLY, at.values), out=made.last)
        return made

    def by(self, codes: Codes, rows: Codes | None, count: int) -> tuple[Codes, Codes, Codes]:
        """For each of `count` values: the earliest and the latest instant of its rows, and how many they are."""
        first, last = np.full(count, LATE, dtype=np.int64), np.full(count, EARLY, dtype=np.int64)
        where: Any = slice(None) if rows is None else rows
        earliest: Any = self.first[where]
        latest: Any = self.last[where]
        if count == 1:
            first[0], last[0] = earliest.min(), latest.max()
        else:
            order = np.argsort(codes, kind="stable")
            ordered = codes[order].astype(np.int64)
            begins = np.flatnonzero(np.diff(ordered, prepend=-1))
            first[ordered[begins]] = np.minimum.reduceat(earliest[order], begins)
            last[ordered[begins]] = np.maximum.reduceat(latest[order], begins)
        return first, last, np.bincount(codes, minlength=count)


def seen_in(columns: Columns) -> Iterator[Seen]:
    """All observables of a batch."""
    for name, kind in columns.kinds.items():
        if not columns.has(name):
            continue
        if kind.name in ("text", "json"):
            yield from _in_texts(columns, name)
            continue
        if kind.observable is None:
            continue
        few = columns.hosts(name) if kind.name == "url" else columns.coded(name)
        codes, held = few if few is not None else _texts(columns, name)
        if kind.observable is Observable.HOST:
            yield from _hosts([value and value.lower().rstrip(".") for value in held], codes, None)
        elif kind.observable is Observable.PROCESS:
            yield from _processes(held, codes)
        else:
            yield _NUMBER[kind.observable], held, codes, None


def once(values: Iterable[Any]) -> tuple[Codes, list[Any]]:
    """Values, each once, and which of them stands where."""
    places: dict[Any, int] = {}
    codes = [places.setdefault(value, len(places)) for value in values]
    return np.array(codes, dtype=np.int64), list(places)


def _texts(columns: Columns, name: str) -> tuple[Codes, list[str | None]]:
    """The different values of a field of texts, and which of them stands where."""
    column = columns.batch.columns.get(name)
    if not isinstance(column, Texts) or column.nulls is not None:
        return once(columns.texts(name))
    codes, held = once(column.joined.split(SEPARATOR))  # only what is different becomes a text of Python
    return codes, [value.decode() for value in held]


def _hosts(held: list[str | None], codes: Codes, rows: Codes | None) -> Iterator[Seen]:
    """Hosts, and addresses among them."""
    address = [value is not None and _ADDRESS.fullmatch(value) is not None for value in held]
    for observable, wanted in ((Observable.HOST, False), (Observable.ADDRESS, True)):
        if wanted in address:
            some = [
                value.strip("[]") if value is not None and is_one is wanted else None
                for value, is_one in zip(held, address, strict=True)
            ]
            yield _NUMBER[observable], some, codes, rows


def _processes(held: list[str | None], codes: Codes) -> Iterator[Seen]:
    """Process names; `name/bundle.id` is how the phone writes a process that works for an app."""
    heads = [value and _PROCESS.fullmatch(value) for value in held]
    names = [head[1] if head else value for value, head in zip(held, heads, strict=True)]
    yield _NUMBER[Observable.PROCESS], names, codes, None
    if any(heads):
        bundles = [value and _BUNDLE.fullmatch(value) for value in held]
        yield _NUMBER[Observable.BUNDLE], [found[1] if found else None for found in bundles], codes, None


def _in_texts(columns: Columns, name: str) -> Iterator[Seen]:
    """Hosts of the links inside texts: the host is all that leaves the text."""
    column, count = columns.batch.columns.get(name), columns.batch.count
    hosts: list[str | bytes] = []
    rows: list[int] = []
    if column is None:
        found = _hosts_of(columns.batch.same.get(name))
        hosts, rows = [*found] * count, [row for row in range(count) for _ in found]
    elif isinstance(column, Texts):
        hosts, rows = _in_joined(column)
    else:
        for row, text in enumerate(unpacked(column)):
            found = _hosts_of(text)
            hosts += found
            rows += [row] * len(found)
    if hosts:
        codes, held = once(hosts)
        texts = [host if isinstance(host, str) else host.decode() for host in held]
        yield from _hosts([host.lower().rstrip(".,;)!") for host in texts], codes, np.array(rows, dtype=np.int64))


_HOST = np.zeros(256, dtype=np.uint8)
"""Letters of plain hosts: 0. What ends a host and can be no part of what stands before one: 1. Others: 2."""
_HOST[:] = 2
_HOST[list(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-")] = 0
_HOST[list(b"/?#\\ \t\n\v\f\r\x1f")] = 1
_WORD = np.zeros(256, dtype=bool)
_WORD[list(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")] = True
_WINDOW, _BEFORE = 64, 8


def _in_joined(column: Texts) -> tuple[list[str | bytes], list[int]]:
    """The hosts of the links in joined texts, and their rows.

    Nearly all links are `http://name/` or `https://name/` behind a space: those are told for all rows at once. A row that
    holds another becomes a text of Python and is read with care.
    """
    if b"://" not in column.joined:
        return [], []
    letters = np.frombuffer(b"".join((bytes(_BEFORE), column.joined, b"\x1f" * (_WINDOW + 3))), np.uint8)
    at = np.flatnonzero(letters[:-2] == ord(":"))
    at = at[(letters[at + 1] == ord("/")) & (letters[at + 2] == ord("/"))]
    windows = np.lib.stride_tricks.sliding_window_view(letters, _WINDOW)[at + 3]
    kinds = _HOST[windows]
    sizes = (kinds != 0).argmax(1)
    plain = (kinds[np.arange(len(at)), sizes] == 1) & (sizes > 0)
    before = np.lib.stride_tricks.sliding_window_view(letters, 6)[at - 6] | 32  # lower case
    http, https = (before[:, 2:] == list(b"http")).all(1), (before[:, 1:] == list(b"https")).all(1)
    plain &= (http & ~_WORD[letters[at - 5]]) | (https & ~_WORD[letters[at - 6]])
    at -= _BEFORE
    rows = np.searchsorted(column.ends, at)
    careful = np.zeros(len(column.ends), dtype=bool)  # np.unique imports numpy.ma
    careful[rows[~plain]] = True
    odd = np.flatnonzero(careful)
    plain &= ~careful[rows]
    joined = column.joined
    begins = at[plain] + 3
    hosts: list[str | bytes] = [
        joined[a:b] for a, b in zip(begins.tolist(), (begins + sizes[plain]).tolist(), strict=True)
    ]
    found = rows[plain].tolist()
    for row in odd.tolist():
        begin = int(column.ends[row - 1]) + 1 if row else 0
        more = _hosts_of(joined[begin : int(column.ends[row])].decode())
        hosts += more
        found += [row] * len(more)
    return hosts, found


def _hosts_of(text: Any) -> list[str]:
    """The hosts of the links in a text."""
    found: list[str] = []
    at = text.find("://") if isinstance(text, str) else -1
    end = 0
    while at >= 0:
        # A link begins at most so far before its colon. What is met may be a later one; then there is none before.
        link = _LINK.search(text, max(end, at - _SCHEME))
        if link is None:
            break
        found.append(link[1])
        end = link.end()
        at = text.find("://", end)
    return found
