"""Who benefits from a lift, and what is kept of publishers: a deal asks the same few of them hundreds of times."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from sousveil.decisions.evidence.affiliation import TIE
from sousveil.decisions.index import Signed
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


class Hears:
    """What a derivation asks of a deal: does what this key signs lift here? One object for each such question, and it is its own key."""

    __slots__ = ("asked", "side", "signed")

    def __init__(self, asked: Asked | None, signed: Signed, side: int) -> None:
        self.asked, self.signed = asked, signed
        """`asked` is None where it is asked for nobody: whether it may end a link for others, or, of many, who may not."""
        self.side = side
        """A number for acting and buyer: who benefits besides the subjects."""


class Kept:
    """What a world has found out of publishers, whatever the deal."""

    def __init__(self) -> None:
        self.hears: dict[tuple[Asked | None, Signed], Hears] = {}
        self.sides: dict[tuple[frozenset[str], bool], int] = {}
        self.large: tuple[Deal | None, dict[int, Interest]] = (None, {})
        """Of the deal that was asked about last: who benefits whatever the subject, by side."""
        self.speakers: dict[tuple[str, str | None], str | None] = {}
        self.seated: dict[str, bool] = {}
        self.trading: dict[frozenset[str], bool] = {}
        """Whether anybody of a publisher's ties trades."""
        self.public: dict[frozenset[str], tuple[str, ...]] = {}
        """Whom of a publisher's ties may be a part of a State."""
        self.interests: tuple[Deal | None, dict[Asked, Interest]] = (None, {})
        """Of the deal that was asked about last: who benefits."""


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


def whether(world: Compiled, asked: Asked | None, signed: Signed) -> Hears:
    """The question whether what a key signs lifts for these."""
    kept, key = world.standing, (asked, signed)
    found = kept.hears.get(key)
    if found is None:
        side = kept.sides.setdefault(asked[1:], len(kept.sides)) if asked is not None else -1
        found = kept.hears.setdefault(key, Hears(asked, signed, side))
    return found


def for_whom(world: Compiled, one: Hears, gaining: set[str]) -> Hears:
    """The question without the subjects that gain anyway: whose answer is the same for all of them."""
    if one.asked is None:
        return one
    subjects, acts, buyer = one.asked
    return whether(world, (tuple(each for each in subjects if each not in gaining), acts, buyer), one.signed)


def who_of(world: Compiled, deal: Deal, one: Hears) -> Interest:
    """Who benefits, as far as the answer goes: the same for all subjects that benefit anyway."""
    assert one.asked is not None
    last, large = world.standing.large
    if last is not deal:
        large = {}
        world.standing.large = (deal, large)
    subjects, acts, buyer = one.asked
    base = large.get(one.side)
    if base is None:
        base = large[one.side] = interest_of(world, deal, ((), acts, buyer))
    for each in subjects:
        if each not in (base.states if len(each) == 2 else base.entities):
            return interest_of(world, deal, one.asked)
    return base
