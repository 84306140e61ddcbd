"""Who holds whom, as screening tells it."""

from __future__ import annotations

from collections.abc import Callable

from sousveil.register import edtf
from sousveil.register.model import Stance, Statement

Held = tuple[str, str | None, str | None]
"""Somebody at the other end, the share, and until when."""


_ENDS = frozenset(("owner", "asset"))


class Links:
    """Fill it with `take`, then call `close` once.

    A record says what its first teller says. Somebody else who tells of both ends in it tells of a holding of his own; what else others
    add to a record changes nothing of it: a bidder would take its owners out of the record about it. Where the first who
    names an end names one alone, whoever names the other alone tells of it with the first.
    """

    def __init__(self) -> None:
        self.owners: dict[str, list[Held]] = {}
        self.owned: dict[str, list[Held]] = {}
        self._told: dict[str, dict[str, dict[str, str]]] = {}
        """Record -> who tells of it, in the order of the log -> what."""

    def take(self, said: Statement) -> None:
        """Look at a statement about a holding that stands."""
        if said.stance is not Stance.ASSERTS:
            return
        mine = self._told.setdefault(said.subject, {}).setdefault(said.publisher, {})
        mine[said.property] = said.value
        if said.property in ("owner", "asset") and said.valid_until not in (None, edtf.OPEN):
            mine["until"] = str(said.valid_until)

    def close(self, canonical: Callable[[str], str]) -> None:
        """Sort who holds whom. `canonical`: the id of an id that people joined."""
        for voices in self._told.values():
            naming = [one for one in voices.values() if not _ENDS.isdisjoint(one)]
            first = naming[0] if naming else {}
            whole = first.keys() >= _ENDS
            ties = dict.fromkeys(
                (
                    canonical(one.get("owner", "")),
                    canonical(one.get("asset", "")),
                    one.get("percentage"),
                    one.get("endDate") or one.get("until"),
                )
                for one in (each if whole or each.keys() >= _ENDS else {**first, **each} for each in naming)
            )
            for owner, asset, percentage, until in ties:
                if owner and asset and owner != asset:
                    self.owners.setdefault(asset, []).append((owner, percentage, until))
                    self.owned.setdefault(owner, []).append((asset, percentage, until))
        self._told = {}
