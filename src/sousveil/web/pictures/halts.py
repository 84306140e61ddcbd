"""The world map of moratorium measures: a letter for each country, its land shaded where something is halted."""

from __future__ import annotations

from collections.abc import Sequence

from sousveil.decisions.views import HaltView
from sousveil.register.views.words import _, _n
from sousveil.web.pictures import svg
from sousveil.web.pictures.worldmap import MARK, Frame, framed, shows, world

LETTERS = {
    "halted": "H",
    "excepted": "E",
    "partial": "P",
    "announced": "A",
    "lifted": "L",
    "none": "U",
    "possible": "?",
}


def words() -> dict[str, str]:
    """State -> words of the key."""
    return {
        "halted": _("sale, transfer and use halted"),
        "excepted": _("sale, transfer and use halted, with exceptions"),
        "partial": _("some of it halted"),
        "announced": _("announced or to come, not in force"),
        "lifted": _("lifted again"),
        "none": _("nothing halted by what is recorded"),
        "possible": _("possible use recorded"),
    }


def halts_svg(countries: Sequence[HaltView]) -> str:
    """The picture, wide and narrow. Countries that the map does not have stand in the table only."""
    return _draw(countries, "wide") + _draw(countries, "narrow")


def unmapped(countries: Sequence[HaltView]) -> list[str]:
    """Names of the countries that have no place on the map."""
    return [one.name for one in countries if one.country not in world()["countries"]]


def _draw(countries: Sequence[HaltView], form: str) -> str:
    known = [one for one in countries if one.country in world()["countries"]]
    width, height, frames = framed(form)
    body = "".join(
        _part([one for one in known if shows(form, number, one.country)], frame, f"svp-halts-{form}-{number}")
        for number, frame in enumerate(frames)
    )
    key, key_height = _key(8, height + 26, width - 8)
    halted = sum(one.state == "halted" for one in countries)
    told = _n("{n} State has halted sale, transfer and use.", "{n} States have halted sale, transfer and use.", halted)
    title = _("Measures that halt surveillance technology, by State")
    note = told + " " + _("The list below the map says the same.")
    return svg.picture("halts", form, width, height + key_height + 30, title, note, body + key, False)


def _part(countries: Sequence[HaltView], frame: Frame, clip: str) -> str:
    shapes = world()["countries"]
    marked = {one.country for one in countries}
    land = world()["rest"] + "".join(shape["d"] for code, shape in shapes.items() if code not in marked)
    width, height = (frame.right - frame.left) * frame.scale, (frame.lower - frame.upper) * frame.scale
    place = (
        f"translate({svg.number(-frame.left * frame.scale)} {svg.number(frame.down - frame.upper * frame.scale)}) "
        f"scale({frame.scale:.4f})"
    )
    ground = svg.element("path", d=land, class_="svp-land")
    ground += "".join(
        svg.element("path", d=shapes[one.country]["d"], class_="svp-has")
        for one in countries
        if shapes[one.country]["d"]
    )
    out = [
        svg.element("clipPath", svg.element("rect", x=0, y=frame.down, width=width, height=height), id=clip),
        svg.element("rect", x=0, y=frame.down, width=width, height=height, class_="svp-sea"),
        svg.element("g", svg.element("g", ground, transform=place), clip_path=f"url(#{clip})"),
    ]
    for one in countries:
        x, y = shapes[one.country]["at"]
        at = ((x - frame.left) * frame.scale, (y - frame.upper) * frame.scale + frame.down)
        said = words()[one.state]
        if one.despite:
            said += ", " + _n("{n} use continues despite it", "{n} uses continue despite it", len(one.despite))
        out.append(svg.link(f"#country-{one.country}", _mark(one.state, *at, bool(one.despite)), f"{one.name}: {said}"))
    return "".join(out)


def _mark(state: str, x: float, y: float, despite: bool) -> str:
    letter = LETTERS[state] + ("!" if despite else "")
    half = max(MARK, svg.width_of(letter, 14) / 2 + 5)
    filled = state == "halted"
    class_ = "svp-mark svp-seller" if filled else "svp-mark svp-listed"
    box = svg.element("rect", x=x - half, y=y - MARK, width=2 * half, height=2 * MARK, class_=class_)
    return box + svg.text(x, y + 5, letter, f"svp-count {'svp-on' if filled else 'svp-off-seller'}", "middle")


def _key(x: float, y: float, width: float) -> tuple[str, float]:
    out, at, row = [], x, 0
    for state, said in [*words().items(), ("despite", _("a use continues despite it"))]:
        need = 44 + svg.width_of(said, 14) + 16
        if at + need > width and at > x:
            at, row = x, row + 1
        base = y + row * 34
        if state == "despite":
            out.append(svg.text(at + MARK, base + 5, "!", "svp-count svp-off-seller", "middle"))
        else:
            out.append(_mark(state, at + MARK, base, False))
        out.append(svg.text(at + 2 * MARK + 8, base + 5, said, "svp-label"))
        at += need
    return "".join(out), row * 34.0 + 12
