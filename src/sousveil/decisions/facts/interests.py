"""Who benefits from a lift, and what is kept of publishers: a deal asks the same few of them hundreds of times."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from sousveil.decisions.heard import Met
from sousveil.decisions.index import Signed
from sousveil.decisions.ownership import TIE
from sousveil.decisions.reads import whole_deal
from sousveil.decisions.world import Deal

if TYPE_CHECKING:
    from sousveil.decisions.compiled import Compiled


class Interest(msgspec.Struct, frozen=True):
    """Who benefits from a lift."""

    entities: frozenset[str]
    states: frozenset[str]
    acting: frozenset[str] = frozenset()
    """Whose own act it is."""
    asked: Asked | None = None
    """How `interest` was asked for it; None where the deal plays no part."""
    heard: dict[Signed, str] = msgspec.field(default_factory=dict)
    """Who signs -> why that does not lift: a deal asks the same few publishers hundreds of times."""
    untied: bool = False
    """What is told of who is tied to whom plays no part: for what nobody's word about ties may undo."""


Asked = tuple[tuple[str, ...], frozenset[str], bool]
"""Subjects, acting, buyer: what `interest` needs besides the deal."""


class Kept:
    """What a world has found out of publishers, whatever the deal."""

    def __init__(self) -> None:
        self.speakers: dict[tuple[str, str | None], str | None] = {}
        self.seated: dict[str, bool] = {}
        self.fits: dict[tuple[str, str, bool], bool] = {}
        """Statement, whom it is about, whether that is a link: whether it may soften whatever the deal is."""
        self.trading: dict[frozenset[str], bool] = {}
        """Whether anybody of a publisher's ties trades."""
        self.public: dict[frozenset[str], tuple[str, ...]] = {}
        """Whom of a publisher's ties may be a part of a State."""
        self.softening: tuple[Deal | None, Interest | None] = (None, None)
        """Of the deal that was asked about last: who gains from it if nobody ends a link for others; None where nobody knows."""
        self.refuting: dict[str, tuple[tuple[Signed, str], ...]] = {}
        """Claim -> who may refute it, and the notes on that."""
        self.deaf: dict[Met, Met] = {}
        """Those who are not heard in some deal, each set as one object."""
        self.interests: tuple[Deal | None, dict[Asked, Interest]] = (None, {})
        """Of the deal that was asked about last: who benefits."""


def interest_of_all(deal: Deal) -> Interest:
    """Everybody who gains from a deal, and its States, whatever the fact."""
    entities = {one.removeprefix(TIE) for one in deal.vendors}
    if deal.buyer is not None:
        entities.add(deal.buyer)
    return Interest(frozenset(entities), deal.gaining_states)


def interest(world: Compiled, deal: Deal, *subjects: str, acting: Iterable[str] = (), buyer: bool = True) -> Interest:
    """Who benefits: the vendors of the deal and whoever stands behind them, the buyer, the subject; the States of the deal.

    `buyer=False`: the act is the buyer's own, as a disclosure is.
    """
    return interest_of(world, whole_deal(deal), (subjects, frozenset(acting), buyer))


def interest_of(world: Compiled, deal: Deal, asked: Asked) -> Interest:
    """The same, kept for the deal that was asked about last."""
    last, found = world.standing.interests
    if last is not deal:
        found = {}
        world.standing.interests = (deal, found)
    who = found.get(asked)
    if who is None:
        who = found[asked] = _interest(world, deal, *asked)
    return who


def _interest(world: Compiled, deal: Deal, subjects: tuple[str, ...], acts: frozenset[str], buyer: bool) -> Interest:
    if subjects:
        base = interest_of(world, deal, ((), acts, buyer))
        if all(one in (base.states if len(one) == 2 else base.entities) for one in subjects):
            return Interest(base.entities, base.states, acts, (subjects, acts, buyer), base.heard)
    entities = {one.removeprefix(TIE) for one in deal.vendors}
    if buyer and deal.buyer is not None:
        entities.add(deal.buyer)
    states = {*deal.states, *deal.home_states, *deal.behind_buyer}
    for one in subjects:
        (states if len(one) == 2 else entities).add(one)
    gaining = frozenset(entities if buyer else entities - acts)
    return Interest(gaining, frozenset(states), acts, (subjects, acts, buyer))
