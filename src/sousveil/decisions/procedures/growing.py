"""A board that has grown by what the log says since: the same as one that is loaded anew, for the price of what is new."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable
from typing import cast

from sousveil.decisions import voices
from sousveil.decisions.index import added
from sousveil.decisions.procedures.engine import Board
from sousveil.register.store import Store
from sousveil.register.types import is_a
from sousveil.register.views.reading import Reader, Record


def grown(board: Board) -> Board | None:
    """The board of the log as it is now; None where the log did more since than add statements, so that it has to be loaded anew. The board
    that there was stays as it is: views may be reading it."""
    store = cast(Store, board.reader.store)
    size, reader = store.size(), board.reader
    told = added(store, board.size, size, {*reader.aliases, *reader.aliases.values()})
    subjects = sorted({one.statement.subject for one in told or ()})
    if told is None or reader.known_at is not None or store.canonicals(subjects):
        return None
    made = Board.of(reader.grown(subjects), board.records)
    made.size = size
    made.reader.load(subjects)
    known = made.reader.records
    for name, many in made.records.items():
        places = {one.id: at for at, one in enumerate(many)}
        for id in subjects:
            if id in places:
                many[places[id]] = voices.as_type(known[id], name)
        for id in {one.statement.subject for one in told if one.statement.type == name} - places.keys():
            insort(many, voices.as_type(known[id], name), key=_id)
    made.read = {key: found for key, found in board.read.copy().items() if key[0] not in set(subjects)}
    made.load_ends(known[one] for one in subjects)
    return made


def untouched(reader: Reader, since: int, size: int, types: Iterable[str]) -> bool:
    """Whether the log has said nothing between two sizes of what a reader read, or of another record of these types: then a view that read
    no more than that is what it was."""
    told = added(cast(Store, reader.store), since, size, {*reader.aliases, *reader.aliases.values()})
    kinds = tuple(types)
    return (
        told is not None
        and not any(is_a(one.statement.type, kind) for one in told for kind in kinds)
        and not reader.has_read(told)
    )


def _id(record: Record) -> str:
    return record.id
