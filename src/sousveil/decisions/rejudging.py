"""What the worker does when facts change: it names the open licences that must be judged anew, each change once."""

from __future__ import annotations

from sousveil.decisions.licences import affected_licences
from sousveil.register.register import Register

DONE = "rejudged"
"""Value of the register: entries of the log before this index were looked at."""
NAMED = 20
"""Licences that one line to the operator names."""


def rejudge(register: Register) -> int:
    """Look at what came into the log since the last time; gives the number of live licences that it bears on.

    The operator has a line with their ids. The first time, everything that is there already is taken as looked at.
    """
    store = register.store
    size = store.size()
    known = store.meta(DONE)
    since = int(known) if known is not None else size
    found = affected_licences(store, since) if since < size else []
    if found:
        more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
        store.tell_operator(
            "rejudge",
            f"licences to judge anew since entry {since}: {', '.join(found[:NAMED])}{more}; see licences/review",
        )
    if known is None or since < size:
        store.set_meta(DONE, str(size))
    return len(found)
