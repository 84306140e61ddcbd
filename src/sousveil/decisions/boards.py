"""For pages and checks: the register as decisions see it, and the seats of a board by the board's own word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast
from weakref import WeakKeyDictionary

from sousveil.decisions import lookup, voices
from sousveil.decisions.compiled import Compiled, compile_world
from sousveil.register.model import Standing
from sousveil.register.store import Store
from sousveil.register.views.reading import Reader, Record, stands

_WORLDS: WeakKeyDictionary[Reader, dict[str, Compiled]] = WeakKeyDictionary()
WORLDS = 8
"""Days of one reader whose worlds are kept: a page asks for one, a feed for a few."""


def world_of(reader: Reader, day: str) -> Compiled:
    """The register as decisions see it, with what the reader knows."""
    kept = _WORLDS.setdefault(reader, {})
    found = kept.get(day)
    if found is None:
        if len(kept) >= WORLDS:
            del kept[next(iter(kept))]
        known = None if reader.known_at is None else min(reader.known_at + 1, reader.store.size())
        found = kept[day] = compile_world(cast(Store, reader.store), day, known)
    return found


def seat_by_board(reader: Reader, seat: Record, boards: Sequence[str]) -> Record:
    """A seat as these boards, or what they are part of, report it; without a statement where they say nothing."""
    sides = lookup.sides(reader, boards)
    own = [
        one
        for one in seat.statements
        if stands(one) and any(lookup.speaks_for(reader, lookup.signer(reader, one), id) for id in sides)
    ]
    return voices.as_type(voices.only(seat, own), "Membership")


def boards_of(reader: Reader, seat: Record, boards: Sequence[str]) -> list[str]:
    """Of these boards, those of which it is a seat by a confirmed word in it."""
    said = (one for one in seat.stand("organization") if one.statement.standing is Standing.CONFIRMED)
    named = {reader.canonical(one.statement.value) for one in said}
    return [one for one in boards if one in named]
