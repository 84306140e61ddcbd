"""The world map of acts: each State shaded by how many acts are recorded, with its number in words for those who do not see shades."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from sousveil.register.types.countries import country_name
from sousveil.register.views.words import _, _n
from sousveil.web.pictures import svg
from sousveil.web.pictures.worldmap import Frame, world

WIDTH = 400
"""Of the picture: a phone shows its texts at their own size."""
STEPS = (1, 2, 3, 5)
"""From so many acts on a State has the next shade."""


class Figures(Protocol):
    """What is recorded of a State."""

    @property
    def total(self) -> int:
        """Acts."""


class States(Protocol):
    """The figures of all States, by code."""

    @property
    def figures(self) -> Mapping[str, Figures]:
        """By code."""


def acts_svg(view: States, href: Callable[[str], str], *, source: str = "") -> str:
    """Returns the picture. `href` gives the address of a State's page by its code; with a `source` it stands alone, as a file."""
    counts = {code: one.total for code, one in view.figures.items() if one.total and code in world()["countries"]}
    scale = WIDTH / world()["width"]
    frame = Frame(0, world()["width"], 0, world()["height"], scale, 0)
    height = world()["height"] * scale
    key, key_height = _key(8, height + 24, WIDTH)
    if source:
        key += svg.text(8, height + key_height + 46, source, "svp-small")
        key_height += 24
    told = _n("{n} State has recorded acts.", "{n} States have recorded acts.", len(counts))
    return svg.picture(
        "acts",
        "whole",
        WIDTH,
        height + key_height + 30,
        _("Acts of States on surveillance technology"),
        f"{told} {_('The table below the map says the same.')}",
        _part(counts, href, frame, "svp-acts-clip") + key,
        bool(source),
    )


def _part(counts: Mapping[str, int], href: Callable[[str], str], frame: Frame, clip: str) -> str:
    shapes = world()["countries"]
    land = world()["rest"] + "".join(shape["d"] for code, shape in shapes.items() if code not in counts)
    width, height = (frame.right - frame.left) * frame.scale, (frame.lower - frame.upper) * frame.scale
    place = (
        f"translate({svg.number(-frame.left * frame.scale)} {svg.number(frame.down - frame.upper * frame.scale)}) "
        f"scale({frame.scale:.4f})"
    )
    ground = svg.element("path", d=land, class_="svp-land")
    for code, count in counts.items():
        x, y = shapes[code]["at"]
        # A State too small to be drawn is a dot.
        shape = (
            svg.element("path", d=shapes[code]["d"], class_=f"svp-act svp-act-{step(count)}")
            if shapes[code]["d"]
            else svg.element("circle", cx=x, cy=y, r=5, class_=f"svp-act svp-act-{step(count)}")
        )
        said = _n("{n} act", "{n} acts", count)
        ground += svg.link(href(code), shape, f"{_(country_name(code))}: {said}")
    return (
        svg.element("clipPath", svg.element("rect", x=0, y=frame.down, width=width, height=height), id=clip)
        + svg.element("rect", x=0, y=frame.down, width=width, height=height, class_="svp-sea")
        + svg.element("g", svg.element("g", ground, transform=place), clip_path=f"url(#{clip})")
    )


def step(count: int) -> int:
    """Returns the shade of a number of acts, 1 to 4."""
    return sum(count >= one for one in STEPS)


def _key(x: float, y: float, width: float) -> tuple[str, float]:
    out, at, row = [], x, 0
    for number, said in enumerate((_("one act"), _("two acts"), _("three or four acts"), _("five or more acts")), 1):
        need = 30 + svg.width_of(said, 14) + 18
        if at + need > width and at > x:
            at, row = x, row + 1
        base = y + row * 24
        out.append(svg.element("rect", x=at, y=base - 12, width=22, height=15, class_=f"svp-act svp-act-{number}"))
        out.append(svg.text(at + 30, base, said, "svp-label"))
        at += need
    return "".join(out), row * 24.0 + 6
