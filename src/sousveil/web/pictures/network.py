"""The network around an entity, drawn: each entity in the lane of its State, with what links it. One form for all widths."""

from __future__ import annotations

from collections.abc import Callable

from sousveil.register.types.countries import country_name
from sousveil.register.views.model import EdgeView, NetworkView, NodeView
from sousveil.register.views.words import _, _n
from sousveil.web.pictures import svg

WIDTH = 400
"""Of the picture: a phone shows its texts at their own size."""


def network_svg(view: NetworkView, href: Callable[[str], str], *, standalone: bool = False) -> str:
    """Returns the picture: the entities in lanes by State, each with what links it; the list below it has every link.

    `href` gives an entity's address by its id.
    """
    centre = next(node for node in view.nodes if node.centre)
    body = _box(centre, 8, 8, WIDTH - 16, href)
    y = 8 + _box_height(centre, WIDTH - 16)
    spine, joints = y, []
    links = _links_by_node(view)
    for title, nodes in lanes(view):
        y += 8
        height = LANE + ROW * len(nodes) + 4
        body += svg.element("rect", x=34, y=y, width=WIDTH - 42, height=height, rx=3, class_="svp-lane")
        body += svg.text(42, y + 17, svg.wrap(title, WIDTH - 60, 13, 1)[0], "svp-small svp-strong")
        row = y + LANE
        for node in nodes:
            joints.append(row + 13)
            body += _lane_row(node, links.get(node.id, []), row, href, centre.id)
            row += ROW
        y += height
    if joints:
        ways = f"M22 {svg.number(spine)}V{svg.number(joints[-1])}" + "".join(
            f"M22 {svg.number(one)}H40" for one in joints
        )
        body = svg.element("path", d=ways, class_="svp-edge") + body
    return svg.picture("network", "whole", WIDTH, y + 12, _title(view), _desc(view), body, standalone)


def _title(view: NetworkView) -> str:
    return _("Links around {name}").format(name=view.centre.caption)


def _desc(view: NetworkView) -> str:
    shown = sum(edge.type != "" for edge in view.edges)
    parts = [_n("{n} link drawn, each said by a source.", "{n} links drawn, each said by a source.", shown)]
    if view.ended_hidden:
        parts.append(
            _n("{n} link that has ended is not drawn.", "{n} links that have ended are not drawn.", view.ended_hidden)
        )
    if view.more:
        parts.append(_n("{n} more entity is left out.", "{n} more entities are left out.", view.more))
    if view.to_itself:
        parts.append(
            _n(
                "{n} link of an entity with itself is not drawn.",
                "{n} links of entities with themselves are not drawn.",
                view.to_itself,
            )
        )
    return " ".join(parts)


# Boxes


def _lines(node: NodeView, width: float) -> list[str]:
    size = 16.5 if node.centre else 15  # the centre's name is bold, which is wider
    return svg.wrap(node.caption, width - 24, size, 3) or [""]


def _box_height(node: NodeView, width: float) -> float:
    return len(_lines(node, width)) * 19 + (18 if node.type_label else 0) + 16


def _box(node: NodeView, x: float, y: float, width: float, href: Callable[[str], str]) -> str:
    """A node; its kind shows by shape and by word, not by colour."""
    height = _box_height(node, width)
    marks = "".join(
        [
            " svp-centre" if node.centre else "",
            " svp-unknown" if node.kind == "unknown" else " svp-more" if node.kind == "more" else "",
        ]
    )
    round_ = {"person": 18.0, "product": 9.0}.get(node.group, 2.0)
    parts = [svg.element("rect", x=x, y=y, width=width, height=height, rx=round_, class_=f"svp-box{marks}")]
    if node.group == "state":
        parts.append(svg.element("rect", x=x + 3.5, y=y + 3.5, width=width - 7, height=height - 7, class_="svp-inner"))
    name = "svp-name svp-strong" if node.centre else "svp-name" if node.page else "svp-plain"
    lines = _lines(node, width)
    parts.append(svg.lines(x + 12, y + 23, lines, 19, name))
    if node.type_label:
        parts.append(
            svg.text(x + 12, y + 23 + len(lines) * 19 - 2, svg.wrap(node.type_label, width - 24, 13, 1)[0], "svp-small")
        )
    body = "".join(parts)
    return (
        svg.link(href(node.id), body, node.caption)
        if node.page and node.kind != "more"
        else f"<g>{svg.element('title', svg.safe(node.caption))}{body}</g>"
    )


# Lanes


LANE, ROW = 24, 34
"""Height of a lane's title, and of an entity's row."""


def lanes(view: NetworkView) -> list[tuple[str, list[NodeView]]]:
    """Returns the entities around the centre by State, the fullest lane first; products and those without a State last."""
    found: dict[str, list[NodeView]] = {}
    for node in view.nodes:
        if not node.centre:
            found.setdefault(_lane(node), []).append(node)
    last = [_("Products"), _("State not known")]
    order = sorted(found, key=lambda one: (last.index(one) + 1 if one in last else 0, -len(found[one]), one))
    return [(one, found[one]) for one in order]


def _lane(node: NodeView) -> str:
    if node.group == "product":
        return _("Products")
    if node.type == "State":
        return _("States")
    return _(country_name(node.countries[0])) if node.countries else _("State not known")


def _links_by_node(view: NetworkView) -> dict[str, list[EdgeView]]:
    found: dict[str, list[EdgeView]] = {}
    for edge in view.edges:
        for id in (edge.source, edge.target):
            if edge.type:
                found.setdefault(id, []).append(edge)
    return found


def _lane_row(node: NodeView, links: list[EdgeView], y: float, href: Callable[[str], str], centre: str) -> str:
    """An entity and, below its name, the link nearest to the centre."""
    name = "svp-name svp-label" if node.page else "svp-plain svp-label"
    width = WIDTH - 62
    body = svg.text(44, y + 12, svg.wrap(node.caption, width, 14, 1)[0], name)
    first = next((one for one in links if centre in (one.source, one.target)), links[0] if links else None)
    if first is not None:
        said = first.label if first.source == node.id else _("is what it {link}").format(link=first.label)
        ended = [first.state_words] if first.state in ("ended", "future") else []
        parts = [said, *ended, first.standing_words, *([_("denied")] if first.denied else [])]
        if len(links) > 1:
            parts.append(_("{n} links").format(n=len(links)))
        body += svg.text(44, y + 26, svg.wrap(", ".join(parts), width, 13, 1)[0], "svp-small")
    if not node.page or node.kind == "more":
        return f"<g>{svg.element('title', svg.safe(node.caption))}{body}</g>"
    return svg.link(href(node.id), body, node.caption)
