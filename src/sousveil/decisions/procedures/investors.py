"""Who owns or funds surveillance companies: of them the letter asks due diligence as well, "companies and investors" alike.

The Guiding Principles (13, 17) speak of what a business is linked to by its relationships, whatever its share: so everybody counts
who held such a company on the day, through whomever, or gave it money. People and States are asked nothing here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from sousveil.decisions import chains, lookup, voices
from sousveil.decisions.procedures.engine import Board
from sousveil.register.types import is_a
from sousveil.register.views.reading import Record, stands

NOT_ASKED = ("Person", "PublicBody")


def invested_in(board: Board, id: str, sells: Callable[[str], bool], day: int) -> list[str]:
    """Those who sell that somebody owns, in whole or part, or funds on the day; sorted. None for a person or public body."""
    reader, on = board.reader, date.fromordinal(day).isoformat()
    reader.load([id])
    record = reader.records.get(reader.canonical(id))
    if record is None or _is_no_business(record):
        return []
    held = {one.id for one in chains.below(reader, id, on)}
    for one in lookup.pointing(reader, [id], "Investment", "investor"):
        if any(lookup.held_on(each, on) is not False for each in voices.readings(reader, one)):
            for recipient in lookup.entities(reader, one, "recipient"):
                held |= {recipient, *(each.id for each in chains.below(reader, recipient, on))}
    return sorted(one for one in held if one != record.id and sells(one))


def investors(board: Board) -> list[str]:
    """Everybody of whom a record says that it owns or funds somebody; sorted."""
    found: set[str] = set()
    for type, property in (("Ownership", "owner"), ("Investment", "investor")):
        for record in lookup.every(board.reader, type):
            found.update(lookup.entities(board.reader, record, property))
    return sorted(found)


def _is_no_business(record: Record) -> bool:
    """Whether everybody calls it a person or a public body."""
    kinds = {one.statement.type for one in record.statements if stands(one)}
    return all(any(is_a(kind, one) for one in NOT_ASKED) for kind in kinds)
