"""Many places against many names in one pass: which rows of a manifest lie where somebody looks."""

from __future__ import annotations

import fnmatch
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar

from sousveil.acquisition.places import Where, crosses_roots, domain_places, is_pattern, phone_path

Key = TypeVar("Key")
_SUFFIXES = ("-wal", "-journal", "-shm")
_LONG, _SHORT, _HEAD = 12, 4, 24
"""Bytes of a path's end, of a short one, and of its beginning, by which SQLite chooses rows."""
_MAX_CHOSEN = 2000


class PlaceIndex(Generic[Key]):
    """Places, and the rows seen at them.

    Places without wildcards are one look-up; the others are grouped by the last part of their path where that is
    fixed, so that a row is tried against few patterns. A companion (`-wal` ...) is remembered with the file that it
    belongs to."""

    def __init__(self, ats: Sequence[tuple[Key, Where]], most: int | None = None) -> None:
        """`most`: rows that patterns may take together. Those of one key may take a quarter of them. Rows at exact places do
        not count."""
        self._most, self._taken = most, Counter[Key]()
        self.full = False
        """Whether rows were left out for `most`."""
        self._exact: dict[tuple[str, str], list[Key]] = {}
        self._by_name: dict[str, list[tuple[re.Pattern[str], re.Pattern[str], Key]]] = {}
        self._other: list[tuple[re.Pattern[str], re.Pattern[str], Key]] = []
        self._odd: list[tuple[Where, Key]] = []
        self._paths: set[str] = set()
        """Paths in the domains, with wildcards, of all places but the odd ones."""
        self._found: dict[tuple[str, str], tuple[list[Key], dict[str, int]]] = {}
        self.count = 0
        for key, at in ats:
            if at.form == "ios" and crosses_roots(at.path):
                self._odd.append((at, key))
            elif at.form != "info":
                for domain, path in domain_places(at):
                    self._add(key, domain, path)

    def _add(self, key: Key, domain: str, path: str) -> None:
        self._paths.add(path)
        if not is_pattern(domain) and not is_pattern(path):
            self._exact.setdefault((domain, path), []).append(key)
            return
        entry = (re.compile(fnmatch.translate(domain)), re.compile(fnmatch.translate(path)), key)
        name = path.rsplit("/", 1)[-1]
        if is_pattern(name):
            self._other.append(entry)
        else:
            self._by_name.setdefault(name, []).append(entry)

    def condition(self) -> str | None:
        """An expression of SQL that is true of every row of `Files` (with texts in UTF-8) that lies at a place, or is a
        companion of one, and of few others; None where there is no such. It looks at bytes, as no function of SQLite
        for texts is sure to take all of a damaged one.
        """
        if self._odd:
            return None
        tails = {_SHORT: {suffix[-_SHORT:] for suffix in _SUFFIXES}, _LONG: set[str]()}
        heads: dict[int, set[str]] = {}
        for path in self._paths:
            # Damaged bytes are shown as \xNN, of which the letters could be met by what follows a wildcard.
            if not path.isascii() or "\\" in path:
                return None
            tail = _after_wildcards(path)
            head = path[: min(path.index(c) for c in "*?[" if c in path)][:_HEAD] if is_pattern(path) else ""
            size = _LONG if len(tail) >= _LONG else _SHORT
            if len(tail) >= size:
                tails[size].add(tail[-size:])
            elif len(head) >= _SHORT:
                heads.setdefault(len(head), set()).add(head)
            else:
                return None
        chosen = [(f"-{size}", texts) for size, texts in tails.items() if texts]
        chosen += [(f"1, {size}", texts) for size, texts in heads.items()]
        if sum(len(texts) for _, texts in chosen) > _MAX_CHOSEN:
            return None
        return " or ".join(
            f"substr(cast(relativePath as blob), {part}) in ({', '.join(map(_literal, sorted(texts)))})"
            for part, texts in chosen
        )

    def keys_at(self, domain: str, relative: str) -> list[Key]:
        """Whose places a file lies at, each key once."""
        keys = list(self._exact.get((domain, relative), ()))
        candidates = self._by_name.get(relative.rsplit("/", 1)[-1])
        for group in (candidates, self._other):
            if group:
                keys += [
                    key for in_domain, in_path, key in group if in_path.match(relative) and in_domain.match(domain)
                ]
        if self._odd:
            path = phone_path(domain, relative)
            keys += [key for at, key in self._odd if at.matches(domain, relative, path)]
        return list(dict.fromkeys(keys)) if len(keys) > 1 else keys

    def see(self, row: int, domain: str, relative: str) -> None:
        """Take note of a row of the manifest. A second row of the same name is ignored."""
        for suffix in _SUFFIXES:
            if relative.endswith(suffix):
                base = relative[: -len(suffix)]
                keys = self.keys_at(domain, base)
                if keys:
                    self._note(row, domain, base, suffix, keys)
                    return
        keys = self.keys_at(domain, relative)
        if keys:
            self._note(row, domain, relative, "", keys)

    def _note(self, row: int, domain: str, relative: str, suffix: str, keys: list[Key]) -> None:
        if self._most is not None:
            # Without a domain a path is one file, whatever the domains of its place.
            exact = keys if not domain and relative in self._paths else self._exact.get((domain, relative), ())
            room = self._taken.total() < self._most
            kept = [key for key in keys if key in exact or (room and self._taken[key] < -(-self._most // 4))]
            self.full = self.full or len(kept) < len(keys)
            self._taken.update(key for key in kept if key not in exact)
            keys = kept
            if not keys:
                return
        rows = self._found.setdefault((domain, relative), (keys, {}))[1]
        if suffix not in rows:
            rows[suffix] = row
            self.count += 1

    def groups(self) -> Iterator[tuple[list[Key], dict[str, int]]]:
        """(keys, rows by suffix) of each file that was seen, by the main file's row. A companion alone is no group."""
        whole = [found for found in self._found.values() if "" in found[1]]
        yield from sorted(whole, key=lambda found: found[1][""])


def _after_wildcards(path: str) -> str:
    """What a path ends with for certain."""
    if not is_pattern(path):
        return path
    tail = path[max(path.rfind(c) for c in "*?[]") + 1 :]
    for _ in range(3):
        if tail[:1] in set("x0123456789abcdef"):
            tail = tail[1:]
    return tail


def _literal(text: str) -> str:
    return f"x'{text.encode().hex()}'"
