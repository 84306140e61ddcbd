"""Everybody behind and below a company, up to the last: no depth and no number at which it ends.

Links of control are followed to their end, so a chain of many shells or a crowd of invented owners hides nobody. What owners and
officers have besides is a tie. Who has more than `CROWD` companies is a crowd: of those it has, whoever something is on file about is
in the reach, and the others, of whom nothing is, are not named one by one; the graph tells of which crowds that is so (`crowds`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sousveil.decisions.links import Reached

if TYPE_CHECKING:
    from sousveil.decisions.ownership import Graph

CROWD = 400
"""Companies of one owner or officer that are ties of each other, whatever is on file about them."""
_UP = frozenset({"owner", "principal", "predecessor", "successor", "same"})
_DOWN = frozenset({"subsidiary", "successor", "predecessor", "same"})


def walk(graph: Graph, start: str) -> tuple[tuple[Reached, ...], tuple[str, ...]]:
    """Whoever is reached from an entity, nearest first; and the crowds."""
    seen = {start: Reached(start, False)}
    for going in (_UP, _DOWN):
        mine = {start: seen[start]}  # who is reached upwards may be reached downwards too, and others behind it
        wave = [seen[start]]
        while wave:
            new: list[Reached] = []
            for at in wave:
                for link in graph.links(at.id):
                    if link.kind not in going:
                        continue
                    one = at.on(link, at.tie or link.alleged)
                    if _firmer(one, mine.get(link.other)):
                        mine[link.other] = one
                        new.append(one)
                        if _firmer(one, seen.get(link.other)):
                            seen[link.other] = one
            wave = new
    crowds = _in_common(graph, start, seen)
    return tuple(seen.values()), crowds


def owners(graph: Graph, start: str, *, same: bool) -> tuple[Reached, ...]:
    """The entity and whoever owns it through owners alone, none by a tie; nearest first. `same`: also by way of what it may be one with."""
    kinds = ("owner", "same") if same else ("owner",)
    seen = {start: Reached(start, False)}
    wave = [seen[start]]
    while wave:
        new: list[Reached] = []
        for at in wave:
            for link in graph.links(at.id):
                if link.kind in kinds and not link.alleged and link.other not in seen:
                    seen[link.other] = at.on(link, False)
                    new.append(seen[link.other])
        wave = new
    return tuple(seen.values())


def _firmer(one: Reached, known: Reached | None) -> bool:
    return known is None or (known.tie and not one.tie)


def _in_common(graph: Graph, start: str, seen: dict[str, Reached]) -> tuple[str, ...]:
    """Officers, and other companies under the same owner or officer: ties, which prove nothing by themselves."""
    for head in graph.owners(start):
        for link in graph.links(head.id):
            if link.kind == "officer" and link.other not in seen:
                seen[link.other] = head.on(link, True)
    crowds: list[str] = []
    behind = [one for one in seen.values() if one.link is not None and one.link.kind in ("owner", "officer")]
    for head in {one.id: one for one in (*behind, *graph.owners(start)[1:])}.values():
        if graph.surely(head.id, "PublicBody"):
            continue
        others = [link for link in graph.links(head.id) if link.kind in ("subsidiary", "post")]
        crowd = len(others) > CROWD
        if crowd:
            crowds.append(head.id)
        for link in others:
            if link.other not in seen and not (crowd and not graph.base.told_of(link.other)):
                seen[link.other] = head.on(link, True)
    return tuple(crowds)
