"""How much is taken at once, in a day and in all. Nobody is counted by address, key or receipt, so nobody can be locked out.

The disk budget is cut into rooms by kind and size of a message, and no kind can fill another's room: files never take the
room of texts. Of each room at most a quarter is filled in a day, evenly from midnight on, UTC, so that a flood cannot shut a
room at one blow. Behind the room for first texts lies a reserve that lasts as long as messages are kept: a part of it opens
each day. Nothing stored is ever dropped to make room.

What came in today is counted in the database, in the transaction that stores the message: a restart, or a second process,
changes nothing of it.
"""

from __future__ import annotations

import datetime
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sousveil.complaints.parcel import BUCKETS
from sousveil.errors import LimitExceeded

TEXT_SHARES = {"first texts": 0.25, "reserve for first texts": 0.25, "further texts": 0.05, "answered people": 0.10}
"""Parts of the disk budget for messages of the smallest size: of new people, of people with a receipt, and of people with
a receipt whom the handlers answered."""
FILE_SHARES = (0.05, 0.05, 0.05, 0.08, 0.12)
"""Parts of the disk budget for each larger size: such messages hold files, or a long text."""
FIRST, RESERVE, FURTHER, ANSWERED = TEXT_SHARES
FILES = tuple(f"messages up to {size >> 10:,} KiB" for size in BUCKETS[1:])
SHARES = {**TEXT_SHARES, **dict(zip(FILES, FILE_SHARES, strict=True))}
LARGEST = tuple(size + size // 4 for size in BUCKETS)
"""Bytes of a ciphertext up to which it counts as one of that size: age adds a header and tags."""
DAYS_TO_FILL = 4
"""Days that it takes to fill a room, for everybody together."""
AT_ONCE = 2
WAIT_SECONDS = 20.0
_DAY, _HOUR = 86_400, 3_600
_SIZES = " ".join(f"WHEN bytes > {LARGEST[at]} THEN '{FILES[at]}'" for at in reversed(range(len(FILES))))
_ROOM = (
    f"CASE {_SIZES} WHEN number = 1 THEN '{FIRST}'"
    f" WHEN thread IN (SELECT thread FROM size WHERE NOT incoming) THEN '{ANSWERED}' ELSE '{FURTHER}' END"
)


class Busy(LimitExceeded):
    """Not now: try again later, at the earliest after `retry` seconds."""

    def __init__(self, message: str, *, hint: str = "", retry: int = 60) -> None:
        super().__init__(message, hint=hint)
        self.retry = retry


class Enough(Busy):
    """The messages of one day are used up for this receipt."""


class Limits:
    """Limits of one installation."""

    def __init__(self, budget: int, retention_days: int) -> None:
        self.rooms = {name: int(budget * share) for name, share in SHARES.items()}
        """Bytes of each room."""
        self.daily = {
            name: room // (retention_days if name == RESERVE else DAYS_TO_FILL) for name, room in self.rooms.items()
        }
        """Bytes of each room that a day may fill."""
        self._free = threading.BoundedSemaphore(AT_ONCE)

    @contextmanager
    def heavy(self) -> Iterator[None]:
        """For what takes much memory and work. Raises Busy when it would wait too long."""
        if not self._free.acquire(timeout=WAIT_SECONDS):
            raise Busy("Too many people are here at the moment.", hint="Nothing was stored. Try again in a minute.")
        try:
            yield
        finally:
            self._free.release()

    def opened(self, room: str, second: int) -> int:
        """Bytes of a room that may be filled up to this second of the day; one message always may."""
        largest = LARGEST[FILES.index(room) + 1] if room in FILES else LARGEST[0]
        return max(largest, self.daily[room] * min(second + _HOUR, _DAY) // _DAY)

    def admit(
        self, connection: sqlite3.Connection, *, thread: str, number: int, size: int, moment: datetime.datetime
    ) -> None:
        """Count a message in the transaction that stores it. Raises Busy; then it is not to be stored."""
        found = connection.execute(
            f"SELECT {_ROOM} FROM (SELECT ? AS thread, ? AS number, ? AS bytes)", (thread, number, size)
        ).fetchone()[0]
        day, second = moment.date().isoformat(), _DAY - until_midnight(moment)
        stored, came = used(connection), today_by_room(connection, day)
        full, retry = self.rooms[found], _DAY
        for room in (FIRST, RESERVE) if found == FIRST else (found,):
            full += self.rooms[RESERVE] if room == RESERVE else 0
            if stored.get(found, 0) + size > full:
                continue
            wanted = came.get(room, 0) + size
            if wanted <= self.opened(room, second):
                connection.execute("DELETE FROM came WHERE day <> ?", (day,))
                connection.execute(
                    "INSERT INTO came VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes",
                    (day, room, size),
                )
                return
            opens = -(-wanted * _DAY // max(1, self.daily[room])) - _HOUR
            retry = min(retry, (opens if opens <= _DAY - _HOUR else _DAY) - second)
        raise _refused(found, max(60, retry))


def until_midnight(moment: datetime.datetime) -> int:
    """Seconds from this moment to the next day."""
    return _DAY - moment.hour * _HOUR - moment.minute * 60 - moment.second


def used(connection: sqlite3.Connection) -> dict[str, int]:
    """Stored bytes by room; first texts in the reserve are counted with the other first texts."""
    return dict(connection.execute(f"SELECT {_ROOM} AS room, sum(bytes) FROM size GROUP BY room"))


def today_by_room(connection: sqlite3.Connection, day: str) -> dict[str, int]:
    """Bytes that came in on this day by room, gone or not."""
    return dict(connection.execute("SELECT room, bytes FROM came WHERE day = ?", (day,)))


def _refused(room: str, retry: int) -> Busy:
    if room in FILES:
        return Busy("There is no room for files or a long text now.", hint="Your message was not stored.", retry=retry)
    return Busy("Too many messages arrive now.", hint="Your message was not stored.", retry=retry)
