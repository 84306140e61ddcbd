"""Which threads wait for an answer of the handlers, since when, and what is overdue: out of days and numbers alone."""

from __future__ import annotations

import datetime

import msgspec

from sousveil.complaints.store import Store, answered, today

ANSWER_DAYS = 14
"""A thread that nobody answered for so many days is overdue; the number is ours."""


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A thread with a message that no answer was written for."""

    thread: str
    """As in the names of the files that are carried."""
    since: str
    """Day of the first message that is not answered."""
    messages: int
    """How many are not answered."""
    gone: str
    """Last day on which it is there, if nothing more comes."""
    overdue: bool


def waiting(store: Store, retention_days: int, *, day: str | None = None) -> list[Waiting]:
    """What waits, the longest first."""
    now = datetime.date.fromisoformat(day or today())
    with store.reading() as connection:
        connection.create_function("answered", 1, lambda thread: answered(connection, thread))
        rows = connection.execute(
            "SELECT thread.id, thread.day, min(message.day), count(*) FROM thread JOIN message ON message.thread = thread.id"
            " WHERE message.incoming AND message.number > answered(thread.id)"
            " GROUP BY thread.id ORDER BY min(message.day), thread.id"
        ).fetchall()
    return [
        Waiting(
            thread=thread,
            since=since,
            messages=messages,
            gone=(datetime.date.fromisoformat(last) + datetime.timedelta(days=retention_days)).isoformat(),
            overdue=(now - datetime.date.fromisoformat(since)).days > ANSWER_DAYS,
        )
        for thread, last, since, messages in rows
    ]
