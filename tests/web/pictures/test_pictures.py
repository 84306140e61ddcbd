"""The pictures, byte for byte, and what must hold of every one: safe, readable, nothing covered."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

from sousveil.register.register import Register
from sousveil.register.types.countries import country_name
from sousveil.register.views.model import EdgeView, Frame, MapCountry, MapView, NetworkView, NodeView, Ref
from sousveil.register.views.network import network_view
from sousveil.register.views.timeline import timeline_view
from sousveil.register.views.worldmap import map_view
from sousveil.web.pictures import svg
from sousveil.web.pictures.network import network_svg
from sousveil.web.pictures.timeline import timeline_svg
from sousveil.web.pictures.worldmap import map_svg, world
from tests.register.views import maker
from tests.register.views.golden import same
from tests.register.views.maker import eid

GOLDEN = Path(__file__).parent / "golden"
TODAY = "2024-06-01"
SVG = "{http://www.w3.org/2000/svg}"
FORMS = ("wide", "narrow")
HOSTILE = "</text><script>alert(1)</script>\u202eevil\u0000 & \"quoted\" 'x' " + "W" * 90


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Register]:
    """The invented register."""
    with maker.steady(pytest.MonkeyPatch()):
        made = maker.make(tmp_path_factory.mktemp("register") / "invented")
    with made:
        yield made


def href(id: str) -> str:
    """Addresses as a page gives them."""
    return f"/entity/{id}"


def pictures(register: Register, form: str) -> dict[str, str]:
    """Every picture of the invented register."""
    store, centre = register.store, eid("Kestrel Ridge")
    return {
        "network": network_svg(network_view(store, centre, today=TODAY), href),
        "network-ended": network_svg(network_view(store, centre, ended=True, depth=3, today=TODAY), href),
        "timeline": timeline_svg(timeline_view(store, centre, today=TODAY), href, form=form),
        "map": map_svg(map_view(store, today=TODAY), form=form),
    }


@pytest.mark.parametrize("form", FORMS)
def test_exact(register: Register, form: str) -> None:
    for name, picture in pictures(register, form).items():
        same(
            GOLDEN / (f"{name}.svg" if name.startswith("network") else f"{name}-{form}.svg"),
            picture.replace("><", ">\n<") + "\n",
        )


def hostile(count: int = 12) -> NetworkView:
    """A network with names that try to break out, and long ones."""
    nodes = [
        NodeView(
            id="c",
            caption=HOSTILE,
            type="Company",
            type_label="Company",
            kind="entity",
            group="company",
            distance=0,
            centre=True,
        )
    ]
    edges = []
    for number in range(count):
        nodes.append(
            NodeView(
                id=f"n{number}",
                caption=f"{number} {HOSTILE}",
                type="Person",
                type_label="Person",
                kind="entity",
                group="person",
                distance=1,
            )
        )
        ends = ("c", f"n{number}") if number % 2 else (f"n{number}", "c")
        edges.append(
            EdgeView(
                id=f"e{number}", source=ends[0], target=ends[1], type="Ownership", label=HOSTILE, state="current", state_words="",
                standing="reported", standing_words="reported", denied=True, dates_short="2019 – ?",
            )
        )  # fmt: skip
    return NetworkView(
        frame=Frame(log_size=1, as_of=None, known_at=None), centre=Ref(id="c", caption=HOSTILE), nodes=nodes, edges=edges,
        depth=1, ended_shown=False, ended_hidden=0, more=0,
    )  # fmt: skip


def crowded() -> MapView:
    """A mark of every kind in many countries that lie close together."""
    codes = "il cy bg bh ae sa az hu in kz mx ma rw tg us de it fr gb gr sg vg mt id be nl at ch cz pl ro rs ua jo qa kw lb".split()
    rows = [
        MapCountry(
            code=one,
            name=country_name(one),
            companies=n * 7 + n % 2,
            on_lists=n % 4,
            sellers=n * 7,
            listed=n % 2,
            restricted=n % 4,
            potential=n % 3,
            reported=n % 2,
            confirmed=1,
            rows=[],
        )
        for n, one in enumerate(codes)
    ]
    return MapView(
        frame=Frame(log_size=1, as_of=None, known_at=None),
        countries=rows,
        sellers=1,
        listed=1,
        restricted=2,
        potential=2,
        reported=3,
        confirmed=4,
        unplaced=5,
        unplaced_sellers=2,
    )


@pytest.mark.parametrize("form", FORMS)
def test_safe_and_described(register: Register, form: str) -> None:
    every = [*pictures(register, form).values(), network_svg(hostile(), href), map_svg(crowded(), form=form)]
    for picture in every:
        root = ET.fromstring(picture)
        assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
            "svg", "title", "desc", "g", "a", "rect", "path", "text", "clipPath"
        }  # fmt: skip
        assert root[0].tag == f"{SVG}title" and root[0].text and root[1].tag == f"{SVG}desc" and root[1].text
        assert root.get("aria-labelledby") == root[0].get("id") and root.get("role") == "group"
        for element in root.iter():
            assert not any(name in ("style", "xlink:href") or name.startswith("on") for name in element.attrib)
            assert all(
                not value.lower().startswith(("http", "//", "data:", "javascript:"))
                for value in element.attrib.values()
            )
        ids = [element.get("id") for element in root.iter() if element.get("id")]
        assert len(ids) == len(set(ids))
        assert all("\u202e" not in (element.text or "") for element in root.iter())


def test_ids_differ_between_the_forms(register: Register) -> None:
    both = map_svg(map_view(register.store, today=TODAY)) + network_svg(hostile(), href)
    ids = re.findall(r' id="([^"]+)"', both)
    assert len(ids) == len(set(ids))


def test_every_entity_of_the_network_is_a_link(register: Register) -> None:
    view = network_view(register.store, eid("Kestrel Ridge"), ended=True, depth=3, today=TODAY)
    root = ET.fromstring(network_svg(view, href))
    found = sorted(element.get("href") or "" for element in root.iter(f"{SVG}a"))
    assert found == sorted(href(one.id) for one in view.nodes if one.page)
    text = " ".join(element.text or "" for element in root.iter(f"{SVG}text"))
    assert text.count("Owner not known") >= 1


Box = tuple[float, float, float, float]


def boxes(root: ET.Element) -> list[Box]:
    """The texts of a picture as boxes, by the same measure as the layout."""
    found = []
    for element in root.iter(f"{SVG}text"):
        size = (
            14.0 if "svp-label" in (element.get("class") or "") or "svp-small" in (element.get("class") or "") else 15.0
        )
        if "svp-narrow" in (root.get("class") or "") and size == 14.0:
            size = 13.0
        width = svg.width_of(element.text or "", size)
        x, y = float(element.get("x") or 0), float(element.get("y") or 0)
        left = (
            x - width / 2
            if element.get("text-anchor") == "middle"
            else x - width
            if element.get("text-anchor") == "end"
            else x
        )
        found.append((left, y - size * 0.75, left + width, y + size * 0.2))
    return found


def overlapping(many: list[Box]) -> list[tuple[Box, Box]]:
    """Pairs of boxes that cover one another."""
    return [
        (a, b)
        for a, b in itertools.combinations(many, 2)
        if a[0] < b[2] - 1 and b[0] < a[2] - 1 and a[1] < b[3] - 1 and b[1] < a[3] - 1
    ]


@pytest.mark.parametrize("form", FORMS)
def test_no_text_covers_another(register: Register, form: str) -> None:
    for name, picture in [
        *pictures(register, form).items(),
        ("hostile", network_svg(hostile(), href)),
        ("crowded", map_svg(crowded(), form=form)),
    ]:
        root = ET.fromstring(picture)
        assert overlapping(boxes(root)) == [], name
        width = float((root.get("viewBox") or "").split()[2])
        assert all(left >= 0 and right <= width + 4 for left, _top, right, _bottom in boxes(root)), name


@pytest.mark.parametrize("form", FORMS)
def test_no_mark_covers_another(form: str) -> None:
    root = ET.fromstring(map_svg(crowded(), form=form))
    marks = []
    for element in root.iter(f"{SVG}rect"):
        if "svp-mark" in (element.get("class") or ""):
            x, y, w, h = (float(element.get(name) or 0) for name in ("x", "y", "width", "height"))
            assert min(w, h) >= 22
            marks.append((x, y, x + w, y + h))
    counts = sum(
        bool(n)
        for one in crowded().countries
        for n in (one.sellers, one.listed, one.restricted, one.potential, one.reported, one.confirmed)
    )
    assert len(marks) == counts + 6
    assert overlapping(marks) == []


def test_small_countries_have_a_place() -> None:
    places = world()["countries"]
    assert all(places[code]["small"] for code in ("bh", "cy", "il", "rw", "mt", "sg", "vg", "ae"))
    assert {"az", "bh", "hu", "in", "kz", "mx", "ma", "rw", "sa", "tg", "ae", "il", "bg", "cy"} <= set(places)
    assert world()["licence"].startswith("Natural Earth: public domain")


def test_an_empty_timeline_draws_nothing(register: Register) -> None:
    view = timeline_view(register.store, eid("Reseller"), as_of="2000-01-01")
    assert view.items == [] and timeline_svg(view, href) == ""


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1])
def test_contrast(scheme: int) -> None:
    blocks = re.findall(r":root, svg\.svp \{(.*?)\}", svg.sheet(), re.DOTALL)
    colours = dict(re.findall(r"--svp-(\w+): (#\w{6})", blocks[scheme]))

    def contrast(one: str, two: str) -> float:
        light, dark = sorted((luminance(colours[one]), luminance(colours[two])), reverse=True)
        return (light + 0.05) / (dark + 0.05)

    for text, ground in [
        ("ink", "paper"),
        ("soft", "paper"),
        ("ink", "box"),
        ("soft", "box"),
        ("on", "seller"),
        ("on", "buyer"),
        ("buyer", "paper"),
    ]:
        assert contrast(text, ground) >= 4.5, (text, ground)
    for shape, ground in [
        ("line", "paper"),
        ("seller", "land"),
        ("buyer", "land"),
        ("seller", "sea"),
        ("buyer", "sea"),
        ("focus", "paper"),
        ("line", "land"),
    ]:
        assert contrast(shape, ground) >= 3, (shape, ground)
