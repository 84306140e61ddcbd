"""Which files lie in a backup's folder, in little memory."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sousveil.acquisition.model import FileGroup


class StoredNames:
    """Names of the files that lie in the backup folder (in it, and in its folders of two letters).

    There are a hundred thousand and more. Nearly all are 40 hexadecimal digits, which are kept as 20 bytes each.
    """

    def __init__(self, names: Iterable[Sequence[str]]) -> None:
        usual: list[Any] = []
        self._others: set[str] = set()
        for some in names:
            packed = _twenty_bytes(some)
            if packed is not None:
                usual.append(packed)
                continue
            for name in some:
                one = _twenty_bytes([name])
                if one is None:
                    self._others.add(name)
                else:
                    usual.append(one)
        self._usual = np.sort(np.concatenate(usual)) if usual else np.empty(0, _DIGEST)

    @classmethod
    def beside(cls, group: FileGroup) -> StoredNames | None:
        """Those beside a manifest; None if its folder cannot be listed."""
        member = group.member("")
        root = os.fspath(Path(member.path).parent) if member is not None else ""
        try:
            return cls(_listed(root))
        except OSError:
            return None

    def hold(self, names: Sequence[object]) -> list[bool]:
        """Which of these names are there."""
        packed = _twenty_bytes(names)
        if packed is None:
            return [self._holds(name) for name in names]
        if not len(self._usual):
            return [False] * len(names)
        place = np.minimum(np.searchsorted(self._usual, packed), len(self._usual) - 1)
        found: list[bool] = (self._usual[place] == packed).tolist()
        return found

    def _holds(self, name: object) -> bool:
        return (_twenty_bytes([name]) is not None and self.hold([name])[0]) or name in self._others


_DIGEST = np.dtype("S20")
_USUAL = 40


def _twenty_bytes(names: Sequence[object]) -> Any:
    """Names of 40 hexadecimal digits (in lower case) as 20 bytes each; None where one is another."""
    try:
        joined = "".join(names)  # type: ignore[arg-type]
        data = bytes.fromhex(joined)
    except (TypeError, ValueError):
        return None
    # `fromhex` passes over white space, and takes capital letters.
    usual = len(joined) == 2 * len(data) and set(map(len, names)) <= {_USUAL} and joined == joined.lower()  # type: ignore[arg-type]
    return np.frombuffer(data, _DIGEST) if usual else None


def _listed(root: str) -> Iterator[list[str]]:
    """The names in a backup's folder, and in each of its folders of two letters. Raises OSError."""
    shards, loose = list[str](), list[str]()
    with os.scandir(root or ".") as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                shards.append(entry.path)
            elif len(entry.name) == _USUAL:
                loose.append(entry.name)
    yield loose
    for shard in shards:
        if len(Path(shard).name) == 2:
            yield os.listdir(shard)  # noqa: PTH208 - names only, much faster
