"""Other records that point to one: which of them count for a condition on a day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sousveil.decisions import lookup
from sousveil.decisions.procedures.conditions import Linked
from sousveil.decisions.procedures.speakers import Accept
from sousveil.register import types
from sousveil.register.model import Recorded
from sousveil.register.views.reading import Record

if TYPE_CHECKING:
    from sousveil.decisions.procedures.engine import Board


def counting(
    board: Board, link: Linked, record: Record, day: int, accept: Accept | None
) -> Iterator[tuple[Record, list[Recorded]]]:
    """The records by which a link holds on the day, each with the statements that make its conditions hold."""
    for other in board.pointing(link.type, link.by, record.id):
        if (not link.when and not complete(other)) or (accept is not None and not link.proven and not accept(other)):
            continue
        if link.bound is not None and not _bound(board, other, link.bound[0], record, link.bound[1]):
            continue
        if board.act_day(other, link.by, link.on) > day:
            continue
        readings = board.readings(other) if link.bound is not None else [other]
        found = next((by for one in readings if (by := board.proof(link.when, one, day)) is not None), None)
        if found is not None and (not link.proven or board.proven.act(link.proven, record.id, other.id, day)):
            yield other, found


def complete(record: Record) -> bool:
    """Whether a record has all that its type asks for: a bare pointer to another one is no act."""
    return all(record.stand(name) for name, known in types.properties(record.type).items() if known.required)


def _bound(board: Board, other: Record, by: str, record: Record, whose: str) -> bool:
    """Whether the other record names nobody by a property, or somebody who speaks for one whom this record names by another."""
    named = board.named(other, (by,))
    for_whom = board.named(record, (whose,))
    return not named or any(lookup.speaks_for_state(board.reader, one, id) for one in named for id in for_whom)
