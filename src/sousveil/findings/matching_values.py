"""Values that are compared whole: names of processes, apps, files, profiles; paths and hashes."""

from __future__ import annotations

from collections.abc import Collection

from sousveil.findings.matching_text import Hit
from sousveil.indicators.index import (
    RESPELT,
    Index,
    clean_path,
    comparable,
    is_plain,
    path_spellings,
    plain_path,
)
from sousveil.indicators.model import IndicatorKind as K
from sousveil.kinds import Kind

BY_LENGTH = {
    "file:hashes": {32: K.MD5, 40: K.SHA1, 64: K.SHA256, 128: K.SHA512},
    "app:cert": {32: K.CERT_MD5, 40: K.CERT_SHA1, 64: K.CERT_SHA256},
}
_LONG = 32
"""Characters by which a path that may be one of an indicator's is told from others."""


class ValueMatcher:
    """Compares distinct values of a column with the indicators that its kind names."""

    def __init__(self, index: Index) -> None:
        self._index = index
        paths = index.exact[K.FILE_PATH]
        self._head = min(map(len, paths), default=0)
        self._heads = {path[: self._head] for path in paths if len(path) < _LONG}
        self._long_heads = {path[:_LONG] for path in paths if len(path) >= _LONG}
        """How the paths of indicators begin: as far as the shortest of them, the longer ones further."""
        self._mail_hosts = {value.rpartition("@")[2] for value in index.exact[K.EMAIL]}

    def hits(self, kind: Kind, values: Collection[str], cut: int = 0) -> dict[str, list[Hit]]:
        """Value -> indicators. `cut`: the length at which the database of this column cuts names, 0 if it does not."""
        out: dict[str, list[Hit]] = {}
        for name in kind.compares:
            if name in BY_LENGTH:
                self._digests(BY_LENGTH[name], values, out)
            else:
                self._one(K(name), values, cut, out, listed=kind.name == "path" and name != "file:path")
        return out

    def _one(
        self, kind: K, values: Collection[str], cut: int, out: dict[str, list[Hit]], *, listed: bool = False
    ) -> None:
        """`listed`: the values are paths, of which the last part counts."""
        index = self._index
        patterns = index.patterns.get(kind, ())
        known = index.exact[kind]
        if not known and not patterns:
            return
        if kind is K.EMAIL and not patterns:
            values = self._of_known_hosts(values)
        elif kind is K.FILE_PATH and not patterns:
            values = self._of_known_heads(values)
        elif listed and not patterns:
            values = [value for value in values if value[value.rfind("/") + 1 :] in known or value[-1:] == "/"]
        for value in values:
            found: list[Hit] = []
            if kind is K.FILE_PATH:
                found = self._path(value)
            elif kind is K.FILE_NAME:
                base = value.rstrip("/").rpartition("/")[2]
                found = [
                    (position, base, "equals" if base == value else "basename") for position in known.get(base, ())
                ]
            elif kind is K.PROCESS:
                found = self._process(value, cut)
            else:
                found = [(position, value, "equals") for position in known.get(comparable(kind, value), ())]
            forms = _forms(kind, value) if patterns else ()
            for position, test in patterns:
                if any(map(test, forms)):
                    found.append((position, value, index.all[position].pattern))
            if found:
                out.setdefault(value, []).extend(found)

    def _of_known_hosts(self, values: Collection[str]) -> list[str]:
        """Addresses without those that cannot match: of a plain host that no indicator has."""
        known = self._mail_hosts
        kept: list[str] = []
        if all("@" in value for value in self._index.exact[K.EMAIL]):
            values = [value for value in values if "@" in value]  # handles are telephone numbers more often
        judged: dict[str, bool] = {}
        for value in values:
            host = value.rpartition("@")[2]
            if host not in judged:
                judged[host] = host in known or not is_plain(host)
            if judged[host]:
                kept.append(value)
        return kept

    def _of_known_heads(self, values: Collection[str]) -> list[str]:
        """Paths without those that cannot match: written plainly, and beginning like none of the indicators."""
        head, heads, longer = self._head, self._heads, self._long_heads
        joined = "\n".join(values)
        parts = [part for part, _ in self._index.paths_anywhere if part in joined]
        return [
            value
            for value in values
            if value[:_LONG] in longer
            or value[:head] in heads
            or value.startswith(RESPELT)
            or "//" in value
            or (parts and any(part in value for part in parts))
        ]

    def _process(self, value: str, cut: int) -> list[Hit]:
        """A name, a path, or a name and a bundle id (`name/bundle.id`). Case counts."""
        known = self._index.exact[K.PROCESS]
        found = [(position, value, "equals") for position in known.get(value, ())]
        head, slash, tail = value.partition("/")
        if slash:
            last = value.rstrip("/").rpartition("/")[2]
            found += [(position, last, "basename") for position in known.get(last, ())]
            for part in dict.fromkeys((head, tail)):
                if part != last:
                    found += [(position, part, "equals") for position in known.get(part, ())]
        if cut and len(head) == cut:
            found += [(position, head, "truncated") for position in self._index.truncated.get(head, ())]
        return found

    def _path(self, value: str) -> list[Hit]:
        """A published folder such as `/data/media` has no other name, so the path counts in its own spelling too."""
        path, plain = clean_path(value), plain_path(value)
        found = self._below(path, value)
        if plain != path:
            found = list(dict.fromkeys((*found, *self._below(plain, value))))
        for part, position in self._index.paths_anywhere:
            if part in path and f"/{part}/" in f"/{path.lstrip('/')}/":
                found.append((position, value, "equals" if path.endswith(part) else "below"))
        return found

    def _below(self, path: str, value: str) -> list[Hit]:
        """Indicators that are this path or a folder above it."""
        known, head = self._index.exact[K.FILE_PATH], self._head
        if path[:_LONG] not in self._long_heads and path[:head] not in self._heads:
            return []
        found = [(position, value, "equals") for position in known.get(path, ())]
        # bounded: names on the phone are at most 1,024 bytes, a longer value is looked at up to its 256th separator
        at, steps = path.find("/", 1), 0
        while at > 0 and steps < 256:
            if at >= head:
                found += [(position, value, "below") for position in known.get(path[:at], ())]
            at, steps = path.find("/", at + 1), steps + 1
        return found

    def _digests(self, lengths: dict[int, K], values: Collection[str], out: dict[str, list[Hit]]) -> None:
        for value in values:
            digest = value.strip().lower().replace(":", "")
            kind = lengths.get(len(digest))
            found = self._index.exact[kind].get(digest, ()) if kind is not None else ()
            if found:
                out.setdefault(value, []).extend((position, value, "equals") for position in found)


def _forms(kind: K, value: str) -> list[str]:
    """What of a value a published pattern may mean. A pattern keeps its spelling, so a path is given in all of its own."""
    if kind is K.FILE_PATH:
        path = clean_path(value)
        return list(dict.fromkeys((value, plain_path(value), path, *path_spellings(path))))
    if kind in (K.FILE_NAME, K.PROCESS):
        return list(dict.fromkeys((value, *value.split("/"))))
    return [value]
