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
        wave = [seen[start]]
        while wave:
            new: list[Reached] = []
            for at in wave:
                for link in graph.links(at.id):
                    if link.kind not in going:
                        continue
                    tie = at.tie or link.alleged
                    known = seen.get(link.other)
                    if known is None or (known.tie and not tie):
                        found = seen[link.other] = at.on(link, tie)
                        new.append(found)
            wave = new
    crowds = _in_common(graph, start, seen)
    return tuple(seen.values()), crowds


def _in_common(graph: Graph, start: str, seen: dict[str, Reached]) -> tuple[str, ...]:
    """Officers, and other companies under the same owner or officer: ties, which prove nothing by themselves."""
    heads = [one for one in seen.values() if one.owns]
    for head in heads:
        for link in graph.links(head.id):
            if link.kind == "officer" and link.other not in seen:
                seen[link.other] = head.on(link, True)
    crowds: list[str] = []
    for head in [one for one in seen.values() if one.link is not None and one.link.kind in ("owner", "officer")]:
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
