"""Whether a licence is live on the day of a reader, by the test of decisions: for the pages of groups and of the States that license them.

The review queue goes by the acts of the issuing State alone (`licence_ends.py`): it waits for that State's reasons. What was only applied
for, by the issuing State or an official list, is named so: an answer counts it, for it may have been granted.
"""

from __future__ import annotations

from sousveil.decisions.boards import world_of
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.facts.licence_ends import licence as ruling
from sousveil.decisions.licence_ends import end_of
from sousveil.register.views.reading import Reader, Record


def state_of_licence(reader: Reader, licence: Record, world: Compiled | None = None) -> str:
    """`live`, or why not: `revoked`, `suspended`, `expired` ..., `future`, `applied`. `world`: the register on the reader's day."""
    there = (world or world_of(reader, reader.day)).record(licence.id)
    says = ruling(world or world_of(reader, reader.day), there).says if there is not None else "live"
    if says != "live":
        return says
    end = end_of(reader, licence)
    return "applied" if end is not None and end.what == "applied" else "live"
