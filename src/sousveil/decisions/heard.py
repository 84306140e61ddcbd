"""Who may soften for others in one reading of the links, and who would have mattered while something was worked out.

What a reading comes to is kept, with those who said something that softens and were, or were not, heard: for whoever met nobody it is the
same in every reading.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import TypeVar

from sousveil.decisions.index import Signed

T = TypeVar("T")
Met = frozenset[Signed]
"""Who said something that softens, if they are heard."""
NOBODY: Met = frozenset()


class Meeting:
    """Who is met while something is worked out: one by one, and all at once whom something that is kept had met.

    Sets are put together at the end: mostly one has all of the others, and is taken as it is. A crowd that everybody near it meets is
    one object so, and is not copied for each.
    """

    __slots__ = ("_one", "_sets")

    def __init__(self) -> None:
        self._one: set[Signed] = set()
        self._sets: dict[int, Met] = {}

    def add(self, signed: Signed) -> None:
        """Somebody was met."""
        self._one.add(signed)

    def join(self, met: Met) -> None:
        """All of these were."""
        self._sets[id(met)] = met

    def whole(self) -> Met:
        """Everybody."""
        sets = self._sets
        if not sets:
            return frozenset(self._one) if self._one else NOBODY
        largest = max(sets.values(), key=len)
        more = self._one - largest
        for some in sets.values():
            if some is not largest and not some <= largest:
                more |= some
        return largest | more if more else largest


class _Own(threading.local):
    """What a thread has met while it works something out, the innermost last: what is asked elsewhere meanwhile is none of it."""

    def __init__(self) -> None:
        self.met: list[Meeting] = []


class Meanwhile:
    """A stretch of work of one thread, during which it is noted whom it meets."""

    __slots__ = ("_lock", "_own")

    def __init__(self, lock: threading.RLock, own: _Own) -> None:
        self._lock, self._own = lock, own

    def __enter__(self) -> Meeting:
        self._lock.acquire()
        met = Meeting()
        self._own.met.append(met)
        return met

    def __exit__(self, *_: object) -> None:
        self._own.met.pop()
        self._lock.release()


class Heard:
    """One reading: those who are heard (None: all), and what was worked out with them."""

    def __init__(self, who: Met | None = NOBODY) -> None:
        self.who = who
        self._lock = threading.RLock()
        self._own = _Own()

    def hears(self, signed: Signed) -> bool:
        """Whether somebody is heard; that they were met is noted."""
        if self._own.met:
            self._own.met[-1].add(signed)
        return self.who is None or signed in self.who

    def meeting(self) -> Meanwhile:
        """Who is met meanwhile."""
        return Meanwhile(self._lock, self._own)

    def kept(self, cache: dict[Hashable, tuple[T, Met]], key: Hashable, make: Callable[[], T]) -> T:
        """What is kept, or is worked out now and kept."""
        return self.found(cache, key, make)[0]

    def found(self, cache: dict[Hashable, tuple[T, Met]], key: Hashable, make: Callable[[], T]) -> tuple[T, Met]:
        """The same, and who was met."""
        found = cache.get(key)
        if found is None:
            with self.meeting() as met:
                made = make()
            found = cache[key] = (made, met.whole())
        if found[1] and self._own.met:
            self._own.met[-1].join(found[1])
        return found
