"""A timeline: a bar reaches from the first to the last day that the dates allow, and shows where they are vague."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from sousveil.register.views.model import TimelineItem, TimelineView
from sousveil.register.views.words import _, _n
from sousveil.web.pictures import svg

WIDE, NARROW, MARGIN = 1140, 360, 10
YEARS_MOST = 60
"""Where dates lie further apart, the oldest are drawn at the border and marked with an arrow."""
TAIL = 26
"""How far the dots of an unknown or open end reach."""


def timeline_svg(
    view: TimelineView, href: Callable[[str], str], *, form: str = "both", standalone: bool = False
) -> str:
    """The picture; "" where nothing has a date. `href` gives an entity's address by its id."""
    if not view.items:
        return ""
    if form == "both":
        return _draw(view, href, "wide", standalone) + _draw(view, href, "narrow", standalone)
    return _draw(view, href, form, standalone)


class _Scale:
    """Days to places."""

    def __init__(self, view: TimelineView, left: float, right: float) -> None:
        days = [
            date.fromisoformat(day).toordinal() for item in view.items for day in (item.first_day, item.last_day) if day
        ]
        self.last_year = date.fromordinal(max(days)).year
        self.first_year = max(date.fromordinal(min(days)).year, self.last_year - YEARS_MOST)
        self.begin = date(self.first_year, 1, 1).toordinal()
        self.end = date(self.last_year, 12, 31).toordinal() + 1
        self.left, self.right = left, right

    def __call__(self, day: str, *, after: bool = False) -> float:
        """Place of the begin of a day, or of its end."""
        number = date.fromisoformat(day).toordinal() + after
        share = (max(number, self.begin) - self.begin) / (self.end - self.begin)
        return self.left + share * (self.right - self.left)

    def years(self) -> list[int]:
        """Years to write below the axis: so many as there is room for."""
        count = self.last_year - self.first_year + 1
        step = next(one for one in (1, 2, 5, 10, 20) if (self.right - self.left) / count * one >= 46 or one == 20)
        return [year for year in range(self.first_year, self.last_year + 1) if year % step == 0 or step == 1]


def _draw(view: TimelineView, href: Callable[[str], str], form: str, standalone: bool) -> str:
    width = WIDE if form == "wide" else NARROW
    scale = _Scale(view, MARGIN + 4, width - MARGIN - TAIL - 8)
    y, out = 34.0, []
    lane = None
    items = sorted(view.items, key=lambda one: _LANES.index(one.lane) if one.lane in _LANES else len(_LANES))
    for item in items:
        if item.lane != lane:
            lane = item.lane
            out.append(svg.text(MARGIN, y + 20, item.lane_label, "svp-heading"))
            y += 34
        row, height = _row(item, scale, y, width, href)
        out.append(row)
        y += height
    axis = _axis(scale, y)
    key, height = _key(view, MARGIN, y + 22, width)
    title = _("Timeline of {name}").format(name=view.about.caption) if view.about else _("Timeline of this register")
    return svg.picture(
        "timeline", form, width, y + height + 14, title, _desc(view), axis + "".join(out) + key, standalone
    )


_LANES = (
    "incidents",
    "uses",
    "supplies",
    "licences",
    "contracts",
    "owners",
    "owned",
    "roles",
    "decisions",
    "listings",
    "products",
)


def _desc(view: TimelineView) -> str:
    parts = [_n("{n} dated record.", "{n} dated records.", len(view.items))]
    if view.more:
        parts.append(_n("{n} older one is left out.", "{n} older ones are left out.", view.more))
    if view.undated:
        parts.append(
            _n(
                "Of {n} record neither beginning nor end is known.",
                "Of {n} records neither beginning nor end is known.",
                view.undated,
            )
        )
    return " ".join(parts)


def _row(item: TimelineItem, scale: _Scale, y: float, width: float, href: Callable[[str], str]) -> tuple[str, float]:
    """A record: its words above its bar, beginning where the bar does as far as there is room."""
    start = scale(item.first_day or item.last_from or "")
    firm = ", ".join(
        filter(None, [item.dates_words, item.standing_words, _("denied by others") if item.denied else ""])
    )
    room = width - 2 * MARGIN
    lines = svg.wrap(item.words, room, 15, 3)
    size = 13 if width == NARROW else 14  # as pictures.css sets it
    small = svg.wrap(firm, room, size, 2)
    longest = max([svg.width_of(one, 15) for one in lines] + [svg.width_of(one, size) for one in small])
    x = MARGIN if width == NARROW else max(MARGIN, min(start, width - MARGIN - longest))
    words = svg.lines(x, y + 14, lines, 19, "svp-name" if item.ref.page else "svp-plain")
    words += svg.lines(x, y + 14 + len(lines) * 19 - 2, small, 16, "svp-small")
    top = y + len(lines) * 19 + len(small) * 16 + 6
    bar = _bar(item, scale, top)
    body = words + bar
    linked = svg.link(href(item.ref.id), body, f"{item.words}. {firm}") if item.ref.page else f"<g>{body}</g>"
    return linked, top - y + 26


def _bar(item: TimelineItem, scale: _Scale, y: float) -> str:
    """Filled: days on which it surely was. Empty: days within which it began, ended or happened. Dots: the end is open."""
    middle = y + 6
    if item.start == item.end and item.first_day and item.last_day:
        start, end = scale(item.first_day), scale(item.last_day, after=True)
        if item.precision == "day" and not item.uncertain:
            return _diamond((start + end) / 2, y)
        return _rect(start, max(end, start + 5), y, vague=True)
    out = []
    if item.first_day and item.first_by:
        left = scale(item.first_by, after=True) if item.first_by != item.first_day else scale(item.first_day)
        if item.first_by != item.first_day:
            out.append(_rect(scale(item.first_day), left, y, vague=True))
    else:
        left = scale(item.last_from or "")
        out.append(svg.text(left - 10, y + 11, "?", "svp-label", "end"))
    if item.last_from and item.last_day:
        right = scale(item.last_from) if item.last_from != item.last_day else scale(item.last_day, after=True)
        if right > left:
            out.append(_rect(left, right, y, vague=False))
        if item.last_from != item.last_day:
            out.append(_rect(max(left, right), scale(item.last_day, after=True), y, vague=True))
        return "".join(out)
    if item.first_by == item.first_day:
        out.append(_diamond(left, y))
        left += 7
    out.append(svg.element("path", d=f"M{svg.number(left)} {svg.number(middle)}h{TAIL}", class_="svp-tail"))
    if item.ongoing:
        out.append(
            svg.element("path", d=f"M{svg.number(left + TAIL)} {svg.number(middle)}l-8 -5v10z", class_="svp-arrow")
        )
    else:
        out.append(svg.text(left + TAIL + 2, y + 11, "?", "svp-label"))
    return "".join(out)


def _diamond(x: float, y: float) -> str:
    return svg.element("path", d=f"M{svg.number(x)} {svg.number(y - 1)}l7 7l-7 7l-7 -7z", class_="svp-bar svp-mark")


def _rect(left: float, right: float, y: float, *, vague: bool) -> str:
    class_ = "svp-bar svp-mark svp-vague" if vague else "svp-bar svp-mark"
    return svg.element("rect", x=left, y=y, width=max(right - left, 3), height=12, class_=class_)


def _axis(scale: _Scale, bottom: float) -> str:
    out = []
    for year in scale.years():
        x = scale(f"{year:04}-01-01")
        out.append(svg.element("path", d=f"M{svg.number(x)} 26V{svg.number(bottom)}", class_="svp-axis"))
        out.append(svg.text(x + 3, 16, str(year), "svp-label"))
    return "".join(out)


def _key(view: TimelineView, x: float, y: float, width: float) -> tuple[str, float]:
    vague = any(item.precision != "day" or item.uncertain for item in view.items)
    rows = [
        ("exact", _("exact day, or surely throughout")),
        *([("vague", _("some day within this span"))] if vague else []),
        *([("unknown", _("end unknown"))] if any(item.end_unknown for item in view.items) else []),
        *([("ongoing", _("ongoing, as the source says"))] if any(item.ongoing for item in view.items) else []),
    ]
    out, at, row = [], x, 0
    for kind, words in rows:
        need = 60 + svg.width_of(words, 14) + 24
        if at + need > width and at > x:
            at, row = x, row + 1
        base = y + row * 26
        if kind in ("exact", "vague"):
            class_ = "svp-bar" if kind == "exact" else "svp-bar svp-vague"
            out.append(svg.element("rect", x=at + 8, y=base - 6, width=34, height=12, class_=class_))
        else:
            out.append(svg.element("path", d=f"M{svg.number(at + 8)} {svg.number(base)}h{TAIL}", class_="svp-tail"))
            end = at + 8 + TAIL
            arrow = svg.element("path", d=f"M{svg.number(end)} {svg.number(base)}l-8 -5v10z", class_="svp-arrow")
            out.append(arrow if kind == "ongoing" else svg.text(end + 2, base + 5, "?", "svp-label"))
        out.append(svg.text(at + 56, base + 5, words, "svp-label"))
        at += need
    return "".join(out), (row + 1) * 26.0 + 20
