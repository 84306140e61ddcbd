"""Where the nodes of a network stand: a tree of the nearest links, owners to the left, owned to the right. No chance in it."""

from __future__ import annotations

from dataclasses import dataclass, field

from sousveil.register.views.model import EdgeView, NetworkView, NodeView


@dataclass(slots=True)
class Placed:
    """A node in its tree."""

    node: NodeView
    side: int
    """-1 left, 1 right, 0 the centre."""
    parent: str | None
    links: list[EdgeView] = field(default_factory=list)
    """Edges that are drawn in this node's row: those to its parent first, then to nodes placed earlier."""
    children: list[str] = field(default_factory=list)
    x: float = 0.0
    y: float = 0.0
    """Middle of the row."""
    height: float = 0.0
    """Of the row."""


def tree(view: NetworkView) -> dict[str, Placed]:
    """Every node once, in the order of drawing (parents before children). Every edge is in exactly one node's `links`.

    A node hangs on the node by which the shortest way leads to the centre. Nodes that no drawn edge reaches (their link
    was left out) stand to the right of the centre.
    """
    around: dict[str, list[EdgeView]] = {node.id: [] for node in view.nodes}
    for edge in view.edges:
        around[edge.source].append(edge)
        around[edge.target].append(edge)
    nodes = {node.id: node for node in view.nodes}
    centre = view.nodes[0].id
    placed = {centre: Placed(nodes[centre], 0, None)}
    queue = [centre]
    while queue:
        here = queue.pop(0)
        for edge in sorted(around[here], key=lambda one: _order(one, here, nodes)):
            there = edge.source if edge.target == here else edge.target
            if there in placed:
                continue
            side = placed[here].side or (-1 if edge.source == there else 1)
            placed[there] = Placed(nodes[there], side, here)
            placed[here].children.append(there)
            queue.append(there)
    for node in view.nodes:
        if node.id not in placed:
            placed[node.id] = Placed(node, 1, centre)
            placed[centre].children.append(node.id)
    rank = {one: number for number, one in enumerate(placed)}
    for edge in view.edges:
        later = max(edge.source, edge.target, key=rank.__getitem__)
        placed[later].links.append(edge)
    for place in placed.values():
        parent = place.parent
        place.links = sorted(place.links, key=lambda edge: edge.id)
        place.links.sort(key=lambda edge: parent not in (edge.source, edge.target))
    return placed


def _order(edge: EdgeView, here: str, nodes: dict[str, NodeView]) -> tuple[bool, str, str]:
    there = nodes[edge.source if edge.target == here else edge.target]
    return (there.kind == "more", there.caption.casefold(), there.id)


def stack(placed: dict[str, Placed], side: int) -> float:
    """Set `y` of all nodes on a side so that no two rows of it overlap in one column; gives the height used."""
    centre = next(iter(placed))
    heights: dict[str, float] = {}
    for one in reversed(list(placed)):
        place = placed[one]
        below = sum(heights[child] for child in place.children if placed[child].side == side or one != centre)
        heights[one] = max(place.height, below)
    top = 0.0
    todo: list[tuple[str, float]] = []
    for child in placed[centre].children:
        if placed[child].side == side:
            todo.append((child, top))
            top += heights[child]
    while todo:
        one, start = todo.pop()
        place = placed[one]
        place.y = start + heights[one] / 2
        inner = start + (heights[one] - sum(heights[child] for child in place.children)) / 2
        for child in place.children:
            todo.append((child, inner))
            inner += heights[child]
    return top
