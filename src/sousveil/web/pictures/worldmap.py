"""The world map: a square for sellers, its border alone for those whom lists name, circles for buyers by stage.

Each mark has its letter and number.

On a phone the world is shown in three parts, one below the other: marks that a finger can hit would cover Europe otherwise.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from sousveil.register.views.model import MapCountry, MapView
from sousveil.register.views.words import _, _n
from sousveil.web.pictures import svg

NARROW = 360
PARTS = ((130, 800, 40, 861), (880, 1400, 50, 720), (1330, 2000, 50, 800))
"""Left, right, upper and lower border of the three parts on a phone: Americas; Europe, Africa and the Near East; Asia and the Pacific."""
SIZE = 1140
"""Width of the wide map on the page, for which the marks are sized."""
MARK = 12.0
"""Half the width of a mark, in units of the picture as shown."""
TURNS = 80
"""Rounds in which marks are pushed apart at most."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A part of the world as it is drawn: its borders on the map, its scale, and how far below the picture's top it begins."""

    left: float
    right: float
    upper: float
    lower: float
    scale: float
    down: float


def framed(form: str) -> tuple[float, float, list[Frame]]:
    """Returns width and height of a map of this form (wide, narrow), and its parts."""
    if form == "wide":
        scale = SIZE / world()["width"]
        whole = Frame(0, world()["width"], 0, world()["height"], scale, 0)
        return float(SIZE), world()["height"] * scale, [whole]
    frames, height = [], 0.0
    for left, right, upper, lower in PARTS:
        scale = NARROW / (right - left)
        frames.append(Frame(left, right, upper, lower, scale, height))
        height += (lower - upper) * scale + 6
    return float(NARROW), height - 6, frames


def shows(form: str, number: int, code: str) -> bool:
    """Whether the part of this number shows a country."""
    return form == "wide" or _home(world()["countries"][code]["at"][0]) == number


@cache
def world() -> dict[str, Any]:
    """Shapes and places; see `scripts/build_world_map.py`."""
    found: dict[str, Any] = json.loads((files("sousveil.web.pictures") / "data" / "world.json").read_text("utf-8"))
    return found


def unmapped(view: MapView) -> list[str]:
    """Names of the countries of a view that have no place on the map."""
    return [one.name for one in view.countries if one.code not in world()["countries"]]


@dataclass(slots=True)
class _Mark:
    """A mark: where it belongs and where it found room."""

    country: MapCountry
    kind: str
    letter: str
    count: int
    at: tuple[float, float]
    x: float
    y: float

    text: str = ""
    half: float = MARK
    """Half its width: a long number makes it wider."""

    def __post_init__(self) -> None:
        self.text = self.letter if self.count == 1 else f"{self.letter}{self.count}"
        self.half = max(MARK, svg.width_of(self.text, 14) / 2 + 5)


def map_svg(
    view: MapView,
    href: Callable[[str], str] = lambda code: f"#country-{code}",
    *,
    form: str = "both",
    standalone: bool = False,
) -> str:
    """The picture. `href` gives the address of a country's list by its code; default: a place on the same page."""
    if form == "both":
        return _draw(view, href, "wide", standalone) + _draw(view, href, "narrow", standalone)
    return _draw(view, href, form, standalone)


def kinds() -> dict[str, tuple[str, str]]:
    """Mark -> letter and words. Letters are the first ones of the English words; the key explains them."""
    return {
        "seller": ("S", _("sellers")),
        "listed": ("V", _("called vendors by a list of others")),
        "restricted": ("G", _("companies on a government's list")),
        "confirmed": ("C", _("confirmed clients")),
        "reported": ("R", _("reported clients")),
        "potential": ("P", _("potential clients: not confirmed")),
    }


def _desc(view: MapView) -> str:
    parts = [
        _n("{n} seller", "{n} sellers", view.sellers),
        *([_n("{n} called a vendor by a list", "{n} called vendors by a list", view.listed)] if view.listed else []),
        _n("{n} company on a government's list", "{n} companies on a government's list", view.restricted),
        _n("{n} confirmed client", "{n} confirmed clients", view.confirmed),
        _n("{n} reported client", "{n} reported clients", view.reported),
        _n("{n} potential client", "{n} potential clients", view.potential),
    ]
    told = ", ".join(parts) + ". " + _("The list below the map says the same.")
    return told + (
        " " + _n("{n} has no known country.", "{n} have no known country.", view.unplaced) if view.unplaced else ""
    )


def _draw(view: MapView, href: Callable[[str], str], form: str, standalone: bool) -> str:
    title = _("Sellers and buyers of surveillance technology by country")
    drawn = [one for one in view.countries if one.code in world()["countries"] and _counts(one)]
    if form == "wide":
        scale = SIZE / world()["width"]
        height = world()["height"] * scale
        body = _part(drawn, href, (0, world()["width"], 0, world()["height"]), scale, 0, f"svp-map-clip-{form}")
        width: float = SIZE
    else:
        body, height, width = "", 0.0, NARROW
        for number, frame in enumerate(PARTS):
            scale = NARROW / (frame[1] - frame[0])
            inside = [one for one in drawn if _home(world()["countries"][one.code]["at"][0]) == number]
            body += _part(inside, href, frame, scale, height, f"svp-map-clip-{form}-{number}")
            height += (frame[3] - frame[2]) * scale + 6
    key, key_height = _key(8, height + 26, width - 8)
    return svg.picture("map", form, width, height + key_height + 30, title, _desc(view), body + key, standalone)


def _home(x: float) -> int:
    """The part of the phone's map that shows a place; the parts overlap a little."""
    return 0 if x < 790 else 1 if x < 1365 else 2


def _counts(country: MapCountry) -> dict[str, int]:
    every = {name: getattr(country, name if name != "seller" else "sellers") for name in kinds()}
    return {name: count for name, count in every.items() if count}


def _part(
    countries: list[MapCountry],
    href: Callable[[str], str],
    frame: tuple[int, int, int, int],
    scale: float,
    down: float,
    clip: str,
) -> str:
    """One part of the world with its marks, `down` below the picture's top."""
    shapes = world()["countries"]
    marked = {one.code for one in countries}
    land = world()["rest"] + "".join(shape["d"] for code, shape in shapes.items() if code not in marked)
    left, right, upper, lower = frame
    width, height = (right - left) * scale, (lower - upper) * scale
    place = f"translate({svg.number(-left * scale)} {svg.number(down - upper * scale)}) scale({scale:.4f})"
    out = [
        svg.element("clipPath", svg.element("rect", x=0, y=down, width=width, height=height), id=clip),
        svg.element("rect", x=0, y=down, width=width, height=height, class_="svp-sea"),
    ]
    ground = svg.element("path", d=land, class_="svp-land")
    ground += "".join(
        svg.element("path", d=shapes[one.code]["d"], class_="svp-has") for one in countries if shapes[one.code]["d"]
    )
    out.append(svg.element("g", svg.element("g", ground, transform=place), clip_path=f"url(#{clip})"))
    marks = _marks(countries, left, scale, down - upper * scale)
    _spread(marks, width, down, height)
    for mark in marks:
        if abs(mark.x - mark.at[0]) + abs(mark.y - mark.at[1]) > MARK * 0.8:
            line = f"M{svg.number(mark.at[0])} {svg.number(mark.at[1])}L{svg.number(mark.x)} {svg.number(mark.y)}"
            out.append(svg.element("path", d=line, class_="svp-leader"))
    for country in countries:
        mine = [mark for mark in marks if mark.country is country]
        said = ", ".join(f"{mark.count:,} {kinds()[mark.kind][1]}" for mark in mine)
        out.append(svg.link(href(country.code), "".join(_mark(mark) for mark in mine), f"{country.name}: {said}"))
    return "".join(out)


def _marks(countries: list[MapCountry], left: float, scale: float, down: float) -> list[_Mark]:
    out = []
    for country in countries:
        x, y = world()["countries"][country.code]["at"]
        place = ((x - left) * scale, y * scale + down)
        counts = _counts(country)
        for number, (kind, count) in enumerate(counts.items()):
            beside = (number - (len(counts) - 1) / 2) * 2.1 * MARK
            out.append(_Mark(country, kind, kinds()[kind][0], count, place, place[0] + beside, place[1]))
    return out


def _spread(marks: list[_Mark], width: float, top: float, height: float) -> None:
    """Push marks apart until none covers another, in a fixed order: the same map every time."""
    for _turn in range(TURNS):
        moved = False
        for number, one in enumerate(marks):
            for two in marks[number + 1 :]:
                dx, dy = two.x - one.x, two.y - one.y
                over_x = one.half + two.half + 2 - abs(dx)
                over_y = 2 * MARK + 2 - abs(dy)
                if over_x <= 0.05 or over_y <= 0.05:
                    continue
                # Along the shorter way out; marks on one spot part sideways.
                if over_x <= over_y:
                    push = over_x / 2 * (1 if dx >= 0 else -1)
                    one.x, two.x = one.x - push, two.x + push
                else:
                    push = over_y / 2 * (1 if dy >= 0 else -1)
                    one.y, two.y = one.y - push, two.y + push
                moved = True
        for mark in marks:
            mark.x = min(max(mark.x, mark.half + 1), width - mark.half - 1)
            mark.y = min(max(mark.y, top + MARK + 1), top + height - MARK - 1)
        if not moved:
            return
    _settle(marks, width, top, height)


def _settle(marks: list[_Mark], width: float, top: float, height: float) -> None:
    """Where pushing did not end: each mark in turn goes to the nearest free spot, so that surely none covers another."""
    done: list[_Mark] = []
    for mark in marks:
        x, y = mark.x, mark.y
        for right, below in _rings():
            mark.x, mark.y = x + right, y + below
            inside = mark.half < mark.x < width - mark.half and top + MARK < mark.y < top + height - MARK
            if inside and not any(_covers(mark, other) for other in done):
                break
        done.append(mark)


@cache
def _rings() -> tuple[tuple[float, float], ...]:
    """Steps from a place outwards: rings nine units apart, every point of a ring as far from the next."""
    out = [(0.0, 0.0)]
    for ring in range(1, 90):
        count = 6 * ring
        out += [
            (9 * ring * math.cos(2 * math.pi * n / count), 9 * ring * math.sin(2 * math.pi * n / count))
            for n in range(count)
        ]
    return tuple(out)


def _covers(one: _Mark, two: _Mark) -> bool:
    return abs(one.x - two.x) < one.half + two.half + 1 and abs(one.y - two.y) < 2 * MARK + 1


SQUARE = ("seller", "listed", "restricted")
"""Marks of those on the selling side."""


def _ink(kind: str) -> str:
    """Class of a mark's letter."""
    return "svp-on" if kind in ("seller", "confirmed") else "svp-off-seller" if kind in SQUARE else "svp-off"


def _mark(mark: _Mark) -> str:
    on = _ink(mark.kind)
    return _shape(mark.kind, mark.x, mark.y, mark.half) + svg.text(
        mark.x, mark.y + 5, mark.text, f"svp-count {on}", "middle"
    )


def _shape(kind: str, x: float, y: float, half: float = MARK) -> str:
    """A square for a seller, only its border for one whom a list names; round for a buyer, with a border of dashes, a line, or
    filled."""
    square = kind in SQUARE
    class_ = f"svp-mark svp-{kind}" if square else f"svp-mark svp-buyer svp-{kind}"
    less = 0.0 if kind == "seller" else 1.0
    size = MARK - less
    return svg.element(
        "rect",
        x=x - half + less,
        y=y - size,
        width=2 * (half - less),
        height=2 * size,
        rx=None if square else size,
        class_=class_,
    )


def _key(x: float, y: float, width: float) -> tuple[str, float]:
    out, at, row = [], x, 0
    for kind, (letter, words) in kinds().items():
        need = 44 + svg.width_of(words, 14) + 16
        if at + need > width and at > x:
            at, row = x, row + 1
        base = y + row * 34
        on = _ink(kind)
        out.append(_shape(kind, at + MARK, base) + svg.text(at + MARK, base + 5, letter, f"svp-count {on}", "middle"))
        out.append(svg.text(at + 2 * MARK + 8, base + 5, words, "svp-label"))
        at += need
    note = svg.text(x, y + (row + 1) * 34, _("A number says how many; a letter alone is one."), "svp-small")
    return "".join(out) + note, (row + 1) * 34.0 + 12
