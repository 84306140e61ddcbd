"""Who sits on a board: as the board, or what it is part of, tells it with its own keys.

A seat is a record, and anybody may add a word to it. Neither an end nor a further member that somebody else tells of moves it; a seat
that nobody of the board's side tells of is none, however many others repeat it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sousveil.decisions import lookup, voices
from sousveil.register.model import Standing
from sousveil.register.views.reading import Reader, Record, stands


def told(reader: Reader, seat: Record, boards: Sequence[str]) -> Record:
    """A seat as these boards, or what they are part of, tell it; without a statement where they say nothing."""
    sides = lookup.sides(reader, boards)
    own = [
        one
        for one in seat.statements
        if stands(one) and any(lookup.speaks_for(reader, lookup.signer(reader, one), id) for id in sides)
    ]
    return voices.as_type(voices.only(seat, own), "Membership")


def of_board(reader: Reader, seat: Record, boards: Sequence[str]) -> list[str]:
    """Of these boards, those of which it is a seat by a confirmed word in it."""
    said = (one for one in seat.stand("organization") if one.statement.standing is Standing.CONFIRMED)
    named = {reader.canonical(one.statement.value) for one in said}
    return [one for one in boards if one in named]
