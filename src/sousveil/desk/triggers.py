"""What the worker looks for by itself: a planned offering or merger of which nobody was told, a notice that nobody acknowledged."""

from __future__ import annotations

import msgspec

from sousveil.desk.watching import watch
from sousveil.register import review
from sousveil.register.register import Register

TOLD = "desk_told"
"""Under this name the store keeps which of them the operator was told of, and for which state."""


def tell(register: Register, *, day: str | None = None) -> int:
    """A line for the operator for each that is due and was not told yet; gives how many."""
    found = watch(register.store, day or review.today())
    due = {
        event.ref.id: event.state for one in found.watched for event in one.events if event.state in ("untold", "late")
    }
    due |= {one.ref.id: one.state for each in found.watched for one in each.notices if one.state == "unanswered"}
    known: dict[str, str] = msgspec.json.decode(register.store.meta(TOLD) or "{}", type=dict[str, str])
    new = {id: state for id, state in due.items() if known.get(id) != state}
    if due == known:
        return 0
    with register.store.db.transaction():
        for id, state in sorted(new.items()):
            words = {
                "untold": "a planned event, and no regulator was told",
                "late": "an event has passed of which no regulator was told before",
                "unanswered": "a notice that was not acknowledged within the days asked for",
            }
            register.store.tell_operator("watch", f"{id}: {words[state]}")
        register.store.set_meta(TOLD, msgspec.json.encode(dict(sorted(due.items()))).decode())
    return len(new)
