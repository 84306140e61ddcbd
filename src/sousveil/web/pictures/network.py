"""The network around an entity, drawn: owners to the left, owned to the right; on a phone in lanes by State."""

from __future__ import annotations

from collections.abc import Callable

from sousveil.register.types.countries import country_name
from sousveil.register.views.model import EdgeView, NetworkView, NodeView
from sousveil.register.views.words import _, _n
from sousveil.web.pictures import svg
from sousveil.web.pictures.network_layout import Placed, stack, tree

BOX, LABEL, GAP, MARGIN = 172, 150, 14, 12
"""Wide: width of a box, of the room for labels between columns, space between rows, border."""
PORT = 76
"""Height of a link's four lines of text."""
NARROW = 360
CLASS_OF_STATE = {
    "current": "",
    "ended": " svp-ended",
    "future": " svp-ended",
    "unknown": " svp-open",
    "happened": " svp-once",
}


def network_svg(view: NetworkView, href: Callable[[str], str], *, form: str = "both", standalone: bool = False) -> str:
    """The picture. `href` gives an entity's address by its id. `form`: wide, narrow, or both, of which a page shows one."""
    if form == "both":
        return _wide(view, href, standalone) + _narrow(view, href, standalone)
    return _wide(view, href, standalone) if form == "wide" else _narrow(view, href, standalone)


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


def _says(edge: EdgeView) -> tuple[str, str, str]:
    """What a link says; how firmly, and whether others deny it; when."""
    when = edge.dates_words or (edge.state_words if edge.state not in ("current", "happened") else "")
    return edge.label, ", ".join([edge.standing_words, *([_("denied by others")] if edge.denied else [])]), when


def _short(edge: EdgeView) -> list[str]:
    """How firmly, whether others deny it, and when, in as few letters as fit between two boxes."""
    firm = {"forensically_attributed": _("forensic")}.get(edge.standing, edge.standing_words)
    return [firm, *([_("denied")] if edge.denied else []), *([edge.dates_short] if edge.dates_short else [])]


def _port(edge: EdgeView) -> float:
    """Height that a link takes in its row: two lines above it, and those of `_short` below."""
    return PORT + (17 if len(_short(edge)) > 2 else 0)


def _arrow(x: float, y: float, to_right: bool) -> str:
    step = -9 if to_right else 9
    return svg.element("path", d=f"M{svg.number(x)} {svg.number(y)}l{step} -5v10z", class_="svp-arrow")


# Wide


def _wide(view: NetworkView, href: Callable[[str], str], standalone: bool) -> str:
    placed = tree(view)
    centre = next(iter(placed))
    for place in placed.values():
        place.height = max(_box_height(place.node, BOX), sum(map(_port, place.links)) + 4) + GAP
    left, right = stack(placed, -1), stack(placed, 1)
    own = placed[centre].height
    height = max(left, right, own)
    columns = {
        side: max((place.node.distance for place in placed.values() if place.side == side), default=0)
        for side in (-1, 1)
    }
    at = MARGIN + columns[-1] * (BOX + LABEL)
    for one, place in placed.items():
        place.x = at + place.side * place.node.distance * (BOX + LABEL)
        place.y = MARGIN + (
            height / 2 if one == centre else place.y + (height - (left if place.side < 0 else right)) / 2
        )
    edges = "".join(_wide_edges(placed, place) for place in placed.values())
    boxes = "".join(
        _box(place.node, place.x, place.y - _box_height(place.node, BOX) / 2, BOX, href) for place in placed.values()
    )
    width = 2 * MARGIN + BOX + (columns[-1] + columns[1]) * (BOX + LABEL)
    width = max(width, 560)
    key, key_height = _key(MARGIN, MARGIN + height + 22, width - 2 * MARGIN, view)
    return svg.picture(
        "network",
        "wide",
        width,
        height + 2 * MARGIN + key_height + 10,
        _title(view),
        _desc(view),
        edges + boxes + key,
        standalone,
    )


def _wide_edges(placed: dict[str, Placed], place: Placed) -> str:
    """The links of a row: each has a line of its own in the room between the columns, with its text above the line."""
    out = []
    side = place.side or 1
    top = place.y - sum(map(_port, place.links)) / 2
    for edge in place.links:
        other = placed[edge.source if edge.target == place.node.id else edge.target]
        y = top + PORT / 2
        top += _port(edge)
        inner = place.x if side > 0 else place.x + BOX
        room = inner - side * (LABEL - 30)
        facing = other.x + BOX if other.x < place.x else other.x
        if other.x == place.x:
            facing = other.x if side > 0 else other.x + BOX
        bend = (room + facing) / 2
        ends = f"{svg.number(bend)} {svg.number(other.y)} {svg.number(bend)} {svg.number(y)}"
        line = (
            f"M{svg.number(facing)} {svg.number(other.y)}C{ends} {svg.number(room)} {svg.number(y)}H{svg.number(inner)}"
        )
        out.append(svg.element("path", d=line, class_=f"svp-edge{CLASS_OF_STATE.get(edge.state, '')}"))
        if edge.type:
            if edge.target == place.node.id:
                out.append(_arrow(inner, y, side > 0))
            else:
                out.append(_arrow(facing, other.y, facing > room))
            said = _says(edge)
            x = min(room, inner) + (4 if side > 0 else 12)
            title = f"{placed_name(placed, edge.source)} {said[0]} {placed_name(placed, edge.target)}: {', '.join(filter(None, said[1:]))}"
            above = svg.wrap(said[0], LABEL - 42, 14, 2)
            words = svg.lines(x, y - 7 - (len(above) - 1) * 17, above, 17, "svp-label")
            below = [svg.wrap(one, LABEL - 42, 14, 1)[0] for one in _short(edge)]
            words += svg.lines(x, y + 18, below, 17, "svp-small")
            out.append(f"<g>{svg.element('title', svg.safe(title))}{words}</g>")
    return "".join(out)


def placed_name(placed: dict[str, Placed], id: str) -> str:
    """Caption of a node."""
    return placed[id].node.caption


# Narrow: a lane for each State


LANE, ROW, HEAD = 24, 34, 46
"""Height of a lane's title, of an entity's row, and of the box of the entity in the centre."""


def _narrow(view: NetworkView, href: Callable[[str], str], standalone: bool) -> str:
    """The entities in lanes by State, each with what links it; the list below the picture has every link."""
    centre = next(node for node in view.nodes if node.centre)
    body = _box(centre, 8, 8, NARROW - 16, href)
    y = 8 + _box_height(centre, NARROW - 16)
    spine, joints = y, []
    links = _links_by_node(view)
    for title, nodes in lanes(view):
        y += 8
        height = LANE + ROW * len(nodes) + 4
        body += svg.element("rect", x=34, y=y, width=NARROW - 42, height=height, rx=3, class_="svp-lane")
        body += svg.text(42, y + 17, svg.wrap(title, NARROW - 60, 13, 1)[0], "svp-small svp-strong")
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
    key, key_height = _key(8, y + 26, NARROW - 16, view, lines=False)
    return svg.picture(
        "network", "narrow", NARROW, y + key_height + 20, _title(view), _desc(view), body + key, standalone
    )


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
    width = NARROW - 62
    body = svg.text(44, y + 12, svg.wrap(node.caption, width, 14, 1)[0], name)
    first = next((one for one in links if centre in (one.source, one.target)), links[0] if links else None)
    if first is not None:
        said = first.label if first.source == node.id else _("is what it {link}").format(link=first.label)
        parts = [said, first.standing_words, *([_("denied")] if first.denied else [])]
        if len(links) > 1:
            parts.append(_("{n} links").format(n=len(links)))
        body += svg.text(44, y + 26, svg.wrap(", ".join(parts), width, 13, 1)[0], "svp-small")
    if not node.page or node.kind == "more":
        return f"<g>{svg.element('title', svg.safe(node.caption))}{body}</g>"
    return svg.link(href(node.id), body, node.caption)


# Key

DOUBLE = "svp-box svp-double"


def _key(x: float, y: float, width: float, view: NetworkView, *, lines: bool = True) -> tuple[str, float]:
    """What the lines and frames mean; only what is drawn is explained. Gives the key and its height."""
    states = {edge.state for edge in view.edges if edge.type and lines}
    rows = [
        *([("svp-edge", _("holds now"))] if "current" in states else []),
        *([("svp-edge svp-open", _("not known whether it still holds"))] if "unknown" in states else []),
        *([("svp-edge svp-once", _("happened once"))] if "happened" in states else []),
        *([("svp-edge svp-ended", _("has ended, or has not begun"))] if states & {"ended", "future"} else []),
        *(
            [("svp-box svp-unknown", _("owner not known"))]
            if any(node.kind == "unknown" for node in view.nodes)
            else []
        ),
        *([(DOUBLE, _("public body"))] if any(node.group == "state" for node in view.nodes) else []),
    ]
    out, at, row = [], x, 0
    for class_, words in rows:
        need = 50 + svg.width_of(words, 14) + 24
        if at + need > x + width and at > x:
            at, row = x, row + 1
        base = y + row * 26
        if class_.startswith("svp-edge"):
            out.append(svg.element("path", d=f"M{svg.number(at)} {svg.number(base)}h40", class_=class_))
        else:
            out.append(svg.element("rect", x=at + 4, y=base - 9, width=32, height=18, class_=class_))
            if class_ == DOUBLE:
                out.append(svg.element("rect", x=at + 7, y=base - 6, width=26, height=12, class_="svp-inner"))
        out.append(svg.text(at + 50, base + 5, words, "svp-label"))
        at += need
    return "".join(out), (row + 1) * 26.0 if rows else 0.0
