"""Lists under keys, of which a copy can be made that grows by itself: both share what neither has changed."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Filed(Generic[K, V]):
    """Lists under keys. Whoever asks changes nothing of what it gets."""

    __slots__ = ("_lists", "_mine")

    def __init__(self) -> None:
        self._lists: dict[K, list[V]] = {}
        self._mine: set[K] | None = None
        """Keys whose lists are nobody else's; None: all."""

    def __len__(self) -> int:
        return len(self._lists)

    def __iter__(self) -> Iterator[K]:
        return iter(self._lists)

    def __contains__(self, key: K) -> bool:
        return key in self._lists

    def get(self, key: K) -> Sequence[V]:
        """What stands under a key."""
        return self._lists.get(key, ())

    def add(self, key: K, value: V) -> None:
        """File a value under a key, behind those that are there."""
        known = self._lists.get(key)
        if known is None:
            self._lists[key] = [value]
        elif self._mine is None or key in self._mine:
            known.append(value)
            return
        else:
            self._lists[key] = [*known, value]
        if self._mine is not None:
            self._mine.add(key)

    def drop(self, keys: Iterable[K], values: Collection[V]) -> None:
        """Take values out of these lists; what is empty then is gone."""
        for key in keys:
            left = [one for one in self._lists.get(key, ()) if one not in values]
            if left:
                self._lists[key] = left
                if self._mine is not None:
                    self._mine.add(key)
            else:
                self._lists.pop(key, None)

    def copy(self) -> Filed[K, V]:
        """Another with the same lists, for which what is done here from now on is not done. This one is not added to any more."""
        made: Filed[K, V] = Filed()
        made._lists, made._mine = dict(self._lists), set()
        return made
