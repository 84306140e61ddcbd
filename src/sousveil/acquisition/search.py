"""Many places against many names in one pass: which rows of a manifest lie where somebody looks."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar

from sousveil.acquisition.places import Where, crosses_roots, domain_places, is_pattern, phone_path

Key = TypeVar("Key")
_SUFFIXES = ("-wal", "-journal", "-shm")


class PlaceIndex(Generic[Key]):
    """Places, and the rows seen at them.

    Places without wildcards are one look-up; the others are grouped by the last part of their path where that is
    fixed, so that a row is tried against few patterns. A companion (`-wal` ...) is remembered with the file that it
    belongs to."""

    def __init__(self, ats: Sequence[tuple[Key, Where]]) -> None:
        self._exact: dict[tuple[str, str], list[Key]] = {}
        self._by_name: dict[str, list[tuple[re.Pattern[str], re.Pattern[str], Key]]] = {}
        self._other: list[tuple[re.Pattern[str], re.Pattern[str], Key]] = []
        self._odd: list[tuple[Where, Key]] = []
        self._found: dict[tuple[str, str], tuple[list[Key], dict[str, int]]] = {}
        self.count = 0
        for key, at in ats:
            if at.form == "ios" and crosses_roots(at.path):
                self._odd.append((at, key))
            elif at.form != "info":
                for domain, path in domain_places(at):
                    self._add(key, domain, path)

    def _add(self, key: Key, domain: str, path: str) -> None:
        if not is_pattern(domain) and not is_pattern(path):
            self._exact.setdefault((domain, path), []).append(key)
            return
        entry = (re.compile(fnmatch.translate(domain)), re.compile(fnmatch.translate(path)), key)
        name = path.rsplit("/", 1)[-1]
        if is_pattern(name):
            self._other.append(entry)
        else:
            self._by_name.setdefault(name, []).append(entry)

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
        rows = self._found.setdefault((domain, relative), (keys, {}))[1]
        if suffix not in rows:
            rows[suffix] = row
            self.count += 1

    def groups(self) -> Iterator[tuple[list[Key], dict[str, int]]]:
        """(keys, rows by suffix) of each file that was seen, by the main file's row. A companion alone is no group."""
        whole = [found for found in self._found.values() if "" in found[1]]
        yield from sorted(whole, key=lambda found: found[1][""])
