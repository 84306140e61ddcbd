"""When the time of a thread has run out, everything of it goes, on the disk too."""

from __future__ import annotations

import datetime

from sousveil.complaints.store import Store, today


def last_day(retention_days: int, day: str | None = None) -> str:
    """Threads whose newest message is older than this day have run out."""
    return (datetime.date.fromisoformat(day or today()) - datetime.timedelta(days=retention_days)).isoformat()


def purge(store: Store, retention_days: int, *, day: str | None = None) -> int:
    """Delete what has run out, then write the database anew and overwrite the old file; gives the number of threads."""
    gone = store.delete_before(last_day(retention_days, day))
    store.compact()
    return gone
