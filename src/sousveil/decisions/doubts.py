"""Names that one record bears exactly, where another's name is alike and something is on file against that other.

Somebody who gains from a deal can make a record that bears a misspelt name, and the slip would mean the new record. So where a name is
alike to that of somebody with something against it, the record that bears it exactly is meant alone only by the word of somebody who
could lift it: confirmed, with a verified key, independent of the deal. Else both are candidates. docs/decisions/0048-whose-name-it-is.md
says why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from sousveil.decisions.facts.model import Fact, Of, Polarity
from sousveil.decisions.facts.standing import interest, unfit
from sousveil.decisions.model import Question, Truth
from sousveil.decisions.resolve import ROLE_KIND
from sousveil.decisions.world import Deal, Party

if TYPE_CHECKING:
    from sousveil.decisions.compiled import Compiled

PRODUCT, STATE, DEAL = (Of.PRODUCT,), (Of.STATE,), (Of.DEAL,)
COMPANY = (Of.VENDOR, Of.BUYER)


class Doubts:
    """Doubts of one world; what is against somebody is looked up once."""

    def __init__(self) -> None:
        self._facts: dict[Of, tuple[Fact, ...]] = {}
        self._against: dict[tuple[str, str], bool] = {}

    def of(self, world: Compiled, deal: Deal) -> tuple[Party, ...] | None:
        """The parties of a deal with those open again whose name nobody who may vouches for; None: all are who they seem."""
        named = [one for one in deal.parties if one.id is not None and one.id[:1] != "?" and one.asked[:3] != "sv-"]
        if not named:
            return None
        found = tuple(self._party(world, deal, one) if one in named else one for one in deal.parties)
        return found if found != deal.parties else None

    def _party(self, world: Compiled, deal: Deal, party: Party) -> Party:
        kind = ROLE_KIND[party.role]
        told = world.resolver.naming(kind, party.asked, str(party.id))
        if told is None:
            return party
        who = interest(world, deal)
        if any(not unfit(world, one, who) for one in told):
            return party
        near = [
            one
            for one in world.resolver.near(kind, party.asked)
            if one != party.id and self._matters(world, deal, party, kind, one)
        ]
        return msgspec.structs.replace(party, id=None, candidates=(str(party.id), *near)) if near else party

    def _matters(self, world: Compiled, deal: Deal, party: Party, kind: str, id: str) -> bool:
        """Whether anything is on file against somebody, or against the deal if it were that one's, that a rule could rest on."""
        if self._charged(world, deal, kind, id):
            return True
        states = [code for code in world.seats.of(id) if code not in deal.states]
        if any(self._blocked(world, deal, STATE, code) for code in states):
            return True
        parties = tuple(msgspec.structs.replace(one, id=id) if one == party else one for one in deal.parties)
        other = world.deal_of(_instead(deal.question, party, id), parties)
        return self._blocked(world, other, DEAL, "")

    def _charged(self, world: Compiled, deal: Deal, kind: str, id: str) -> bool:
        found = self._against.get((kind, id))
        if found is None:
            if kind == "SurveillanceProduct":
                asked = [(PRODUCT, id), *((COMPANY, one) for one in self._near(world, *world.seats.makers(id)))]
            else:
                asked = [(COMPANY, one) for one in self._near(world, id)]
            found = any(self._blocked(world, deal, kinds, one) for kinds, one in asked)
            if all(world.lasting(fact, one) for kinds, one in asked for of in kinds for fact in self._of(of)):
                self._against[kind, id] = found  # else it hangs on the deal
        return found

    def _near(self, world: Compiled, *ids: str) -> list[str]:
        """Everybody whom these may reach."""
        return [one.id for id in ids for one in world.graph.strict.reach(id)]

    def _blocked(self, world: Compiled, deal: Deal, kinds: tuple[Of, ...], id: str) -> bool:
        return any(world.value(fact, id, deal).truth is Truth.TRUE for of in kinds for fact in self._of(of))

    def _of(self, of: Of) -> tuple[Fact, ...]:
        from sousveil.decisions.facts.registry import all_facts  # facts read worlds

        found = self._facts.get(of)
        if found is None:
            found = self._facts[of] = tuple(
                one for one in all_facts().values() if one.of is of and one.polarity is Polarity.BLOCKS
            )
        return found


def _instead(question: Question, party: Party, id: str) -> Question:
    """The question, were another meant by a name."""
    if party.role == "via":
        via = tuple(id if one == party.asked else one for one in question.via)
        return msgspec.structs.replace(question, via=via)
    return msgspec.structs.replace(question, **{party.role: id})
