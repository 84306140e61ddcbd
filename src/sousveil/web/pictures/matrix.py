"""The matrix of States by demand as a picture of its own: how many acts are recorded, in numbers on shades."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from sousveil.register.types.countries import country_name
from sousveil.register.views.words import _, _n
from sousveil.web.pictures import svg
from sousveil.web.pictures.acts import step

WIDTH, NAMES, CELL, LINE = 720, 176, 40, 22
"""Of the picture, of the names of States, of a cell, and of a row in height."""
TOP = 52
"""Where the heads of the columns stand."""
KEYS = 2
"""Columns of the key."""


class Demand(Protocol):
    """A column."""

    @property
    def name(self) -> str:
        """As the figures name it."""

    @property
    def letter(self) -> str:
        """Its head."""

    @property
    def title(self) -> str:
        """What the key says."""


class Figures(Protocol):
    """What is recorded of a State."""

    @property
    def acts(self) -> Mapping[str, int]:
        """Acts by demand."""


class State(Protocol):
    """A row."""

    @property
    def country(self) -> str:
        """Its code."""


class Matrix(Protocol):
    """States by demand."""

    @property
    def demands(self) -> Sequence[Demand]:
        """The columns."""

    @property
    def rows(self) -> Sequence[State]:
        """The rows, in their order."""

    @property
    def figures(self) -> Mapping[str, Figures]:
        """By the code of the State."""


def matrix_svg(view: Matrix, href: Callable[[str], str], source: str) -> str:
    """Returns the picture, as a file. `href` gives the address of a State's page by its code; `source` stands below it."""
    rows = [one for one in view.rows if view.figures[one.country].acts]
    heads = [(one, NAMES + number * CELL + CELL / 2) for number, one in enumerate(view.demands)]
    title = _("Acts of States on the demands of the letter")
    out = [svg.text(8, 24, title, "svp-heading")]
    out += [svg.text(x, TOP, one.letter, "svp-label svp-strong", "middle") for one, x in heads]
    y = TOP + 8
    for row in rows:
        acts, name = view.figures[row.country].acts, _(country_name(row.country))
        shown = svg.wrap(name, NAMES - 12, 14, 1)[0]
        out.append(svg.link(href(row.country), svg.text(8, y + 16, shown, "svp-label svp-name"), name))
        out += [_cell(x, y, acts[one.name]) for one, x in heads if acts.get(one.name)]
        y += LINE
        out.append(svg.element("path", d=f"M8 {y}H{WIDTH - 8}", class_="svp-axis"))
    y += 24
    lines = -(-len(view.demands) // KEYS)
    for number, one in enumerate(view.demands):
        x = 8 + number // lines * (WIDTH // KEYS)
        out.append(svg.text(x, y + number % lines * 20, f"{one.letter}  {_(one.title)}", "svp-label"))
    y += lines * 20 + 8
    out.append(svg.text(8, y, _("A number counts acts recorded, not demands met."), "svp-small"))
    out.append(svg.text(8, y + 20, source, "svp-small"))
    told = _n("{n} State has recorded acts.", "{n} States have recorded acts.", len(rows))
    return svg.picture("matrix", "whole", WIDTH, y + 32, title, told, "".join(out), True)


def _cell(x: float, y: float, count: int) -> str:
    shade = step(count)
    box = svg.element(
        "rect", x=x - CELL / 2 + 1, y=y + 1, width=CELL - 2, height=LINE - 2, class_=f"svp-act svp-act-{shade}"
    )
    return box + svg.text(x, y + 16, f"{count:,}", "svp-count svp-on" if shade > 2 else "svp-count", "middle")
