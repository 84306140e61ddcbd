"""What counts against somebody, put together: several charges as one, or such as count only together; and who says what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from sousveil.register.model import Recorded
from sousveil.register.views.records import stands

if TYPE_CHECKING:
    from sousveil.decisions.compiled import Compiled


class Charge(msgspec.Struct, frozen=True):
    """What counts against somebody: statements, whether they are allegations alone, and what does not count any more."""

    proof: tuple[str, ...] = ()
    alleged: bool = False
    notes: tuple[str, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether anything is left."""
        return bool(self.proof)


def tellers(world: Compiled, told: Iterable[Recorded]) -> dict[str, list[Recorded]]:
    """Voice -> what of these statements it says and that stands."""
    found: dict[str, list[Recorded]] = {}
    for one in told:
        if stands(one):
            found.setdefault(world.base.signer(one).voice, []).append(one)
    return found


def merge(charges: Iterable[Charge]) -> Charge:
    """Several charges as one: alleged only where all that counts is alleged."""
    many = list(charges)
    strong = [one for one in many if one.counts and not one.alleged]
    kept = strong or [one for one in many if one.counts]
    return Charge(
        tuple(dict.fromkeys(id for one in kept for id in one.proof)),
        bool(kept) and not strong,
        tuple(dict.fromkeys(note for one in many for note in one.notes)),
    )


def both(charges: Sequence[Charge]) -> Charge:
    """Charges that count only together: alleged where one of them is."""
    notes = tuple(dict.fromkeys(note for one in charges for note in one.notes))
    if not charges or any(not one.counts for one in charges):
        return Charge(notes=notes)
    return Charge(
        tuple(dict.fromkeys(id for one in charges for id in one.proof)), any(one.alleged for one in charges), notes
    )
