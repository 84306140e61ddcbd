"""Circles of ownership: A owns B, B owns C, C owns A. Without recursion, so that no chain is too long for it."""

from __future__ import annotations

from collections.abc import Iterable


def circles(edges: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Groups of ids of which each owns, by some way, each other and itself; ids and groups sorted.

    `edges` are (owner, owned). These are the strongly connected components (Tarjan 1972) of more than one id, and ids that
    own themselves. One pass: time grows with the number of edges.
    """
    following: dict[str, list[str]] = {}
    selves: set[str] = set()
    for owner, owned in edges:
        following.setdefault(owner, []).append(owned)
        following.setdefault(owned, [])
        if owner == owned:
            selves.add(owner)
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    waiting: list[str] = []
    on_stack: set[str] = set()
    found: list[list[str]] = []
    for root in following:
        if root in number:
            continue
        work: list[tuple[str, int]] = [(root, 0)]
        while work:
            node, place = work.pop()
            if place == 0:
                number[node] = low[node] = len(number)
                waiting.append(node)
                on_stack.add(node)
            else:
                low[node] = min(low[node], low[following[node][place - 1]])
            descended = False
            for at in range(place, len(following[node])):
                neighbour = following[node][at]
                if neighbour not in number:
                    work += [(node, at + 1), (neighbour, 0)]
                    descended = True
                    break
                if neighbour in on_stack:
                    low[node] = min(low[node], number[neighbour])
            if descended or low[node] != number[node]:
                continue
            group: list[str] = []
            while not group or group[-1] != node:
                group.append(waiting.pop())
                on_stack.discard(group[-1])
            if len(group) > 1 or node in selves:
                found.append(sorted(group))
    return sorted(found)
