"""Which other records give a record its state, or end what it waits for: label and clock ask the same."""

from __future__ import annotations

from functools import cache, partial

from sousveil.decisions import apart
from sousveil.decisions.acts import Accept
from sousveil.decisions.procedures.engine import Board
from sousveil.decisions.procedures.model import State
from sousveil.register.views.reading import Record

COUNTRY_BY = (
    "country", "jurisdiction", "targetCountry", "state", "authority", "issuer", "buyer", "body", "client", "regulator", "company",
    "organization", "asset", "vendor", "oversees", "licence", "licensee", "record", "acquisition", "about", "destination",
)  # fmt: skip
"""Properties by which a record belongs to a State, in the order in which they are tried."""


def giving(board: Board, record: Record, state: State, day: int) -> Accept:
    """Which other records may give a record its state: acts of the offices that it names and of whoever told of it, and what somebody
    independent of its State confirms; where who told of it is a party to it, not of that one alone."""
    never = board.named(record, state.not_by)
    party = state.party if state.party and apart.by_party(board.reader, board.told(record), state.party) else ()
    # asked once, and only where another record is there: many may point to one of which many tell
    act = cache(partial(board.speakers.acts, record, state.acts, party))
    codes = cache(partial(country_codes, board, record))

    def accept(other: Record) -> bool:
        if board.speakers.of_group(other, never, day):
            return False
        acts = act()
        if acts is None or acts(other):
            return True
        return bool(codes()) and board.speakers.independent(other, codes(), day)

    return accept


def country_codes(board: Board, record: Record) -> list[str]:
    """The countries to which a record belongs: by its first property that leads to one; through a record that it is about.

    Of those who tell of the record the first who says it counts: nobody moves it to another State's page.
    """
    for told in (board.founded, board):
        for one in told.readings(record):
            if found := _codes(told, one):
                return found
    return []


def _codes(board: Board, record: Record) -> list[str]:
    for name in COUNTRY_BY:
        if found := board.countries(record, (name,)):
            return found
        for id in board.named(record, (name,)):
            other = board.record(id)
            if other is not None and other.id != record.id and (found := board.countries(other, COUNTRY_BY[:14])):
                return found
    return []
