"""What was taken back, corrected or put in doubt near a deal: an answer that may have become milder by it names it.

What counts against somebody names it where it is read (`facts.standing`). Links, names and what a rule reads besides vanish with the word
that told of them; so whatever of a record that names a party of the deal does not stand any more is told in a note.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sousveil.decisions.evidence.accounts import Snapshot, taken_back
from sousveil.decisions.evidence.affiliation import TIE
from sousveil.decisions.index import Base
from sousveil.decisions.world import Deal
from sousveil.register.model import Recorded, Stance

OF_ONE = 2
"""So many of one record are told: those that name somebody first."""
MOST = 8
"""So many are quoted in one answer, the newest; the others are counted."""


class TakenBack:
    """What does not stand any more of a base, by whom the records name that it was told in."""

    def __init__(self, base: Base) -> None:
        self._about: dict[str, list[Recorded]] = {}
        for record in base.records.values():
            gone = sorted(
                (one for one in record.statements if _gone(one)), key=lambda one: (not _points(one), one.recorded)
            )
            if gone := gone[:OF_ONE]:
                named = {base.canonical(one.statement.value) for one in record.statements if _points(one)}
                for id in {record.id, *named}:
                    self._about.setdefault(id, []).extend(gone)

    def notes(self, world: Snapshot, deal: Deal) -> Iterator[str]:
        """Notes on what was told of the parties of a deal."""
        if not self._about:
            return
        found: dict[str, Recorded] = {}
        for id in _parties(deal):
            for one in self._about.get(id, ()):
                found[one.id] = one
        newest = sorted(found.values(), key=lambda one: (-one.recorded, one.id))
        yield from (taken_back(world, one) for one in newest[:MOST])
        if len(newest) > MOST:
            yield f"Taken back, corrected or put in doubt besides, about parties of this deal: {len(newest) - MOST}."


def _parties(deal: Deal) -> Iterable[str]:
    named = (deal.product, deal.buyer, *(one.id for one in deal.parties))
    return dict.fromkeys(one.removeprefix(TIE) for one in (*named, *deal.vendors) if one is not None)


def _gone(one: Recorded) -> bool:
    stance = one.statement.stance
    return stance is not Stance.DENIES and (one.retracted is not None or one.superseded_by is not None or one.doubtful)


def _points(one: Recorded) -> bool:
    return one.statement.value.startswith("sv-")
