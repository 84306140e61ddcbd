"""How much processor time a list of 880,000 files costs: a body file through `sousveil check`, and the same as bare paths.

    python benchmarks/check_paths.py [--paths N] [--listing FILE]

`--listing` takes a real list of paths (one a line); without it the paths are made up in the pattern of an iPhone's. Among them
200 published paths are planted, and 2,000 near misses: published paths with more letters, or inside another folder. Wanted:
at most 3 seconds of processor time over all processes without the case folder, every planted path found, and no near miss.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import _places

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sousveil.indicators.bundled import bundled_sets
from sousveil.indicators.index import clean_path
from sousveil.indicators.model import IndicatorKind

PLANTED, NEAR, MOST_SECONDS = 200, 2_000, 3.0
WORDS = "Library Caches Documents Preferences com.apple.mobilesafari SMS Attachments Media DCIM Photos Data tmp db Frameworks".split()


def made_up(count: int, rng: random.Random) -> list[str]:
    """Paths in the pattern of an iPhone's."""
    apps = [f"{rng.getrandbits(128):032X}" for _ in range(400)]
    folders = []
    for _ in range(count // 20 + 1):
        kind = rng.random()
        if kind < 0.35:
            top = "/System/Library/" + rng.choice(WORDS) + f"/{rng.choice(WORDS)}{rng.randrange(900)}.framework"
        elif kind < 0.8:
            top = f"/private/var/mobile/Containers/Data/Application/{rng.choice(apps)}/" + "/".join(
                rng.choices(WORDS, k=3)
            )
        else:
            top = "/private/var/" + "/".join(rng.choices(WORDS, k=4))
        folders.append(top)
    ends = ("plist", "db", "png", "lproj", "strings", "car", "jpg", "json")
    return [f"{rng.choice(folders)}/{rng.choice(WORDS)}_{number:x}.{rng.choice(ends)}" for number in range(count)]


def published() -> list[str]:
    """Published paths of files."""
    found = {
        clean_path(indicator.value)
        for one in bundled_sets()
        for indicator in one.indicators
        if indicator.kind is IndicatorKind.FILE_PATH
        and indicator.pattern == "equals"
        and indicator.value.startswith(("/private/var/", "/var/", "/tmp/"))
    }
    return sorted(found)


def plant(paths: list[str], rng: random.Random) -> tuple[set[str], set[str]]:
    """Put published paths and near misses among others; gives both."""
    known = published()
    planted = {known[n % len(known)] + ("" if n < len(known) else f"/{n}") for n in range(PLANTED)}
    near = set()
    while len(near) < NEAR:
        path = rng.choice(known)
        number = len(near)
        folder, _, last = path.rpartition("/")
        near.add(f"{path}{number}x" if number % 2 else f"/private/var/mobile/Documents/{number}{folder}/x{last}")
    paths += [*sorted(planted), *sorted(near)]
    rng.shuffle(paths)
    return planted, near


def check(path: Path, *more: str) -> tuple[float, float, set[str]]:
    """(seconds of processor time of all processes, seconds of wall time, paths that were found)."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [str(Path(sys.executable).with_name("sousveil")), "check", str(path), "--json", *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1, 3):
        raise SystemExit(done.stderr)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    found = set()
    for finding in json.loads(done.stdout)["findings"]:
        found |= {evidence["record"]["path"] for evidence in finding["evidence"] if "path" in evidence["record"]}
    return seconds, wall, found


def main() -> int:
    """Prints the figures; 1 where one is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--paths", type=int, default=880_000)
    parser.add_argument("--listing", type=Path, help="a real list of paths, one a line")
    given = parser.parse_args()
    rng = random.Random(25)
    if given.listing:
        try:
            paths = given.listing.read_text(errors="backslashreplace").splitlines()[: given.paths]
        except OSError as error:
            _places.stop(f"{given.listing} cannot be read ({error.strerror}): name a list of paths with --listing.")
    else:
        paths = made_up(given.paths - PLANTED - NEAR, rng)
    planted, near = plant(paths, rng)
    good = True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        body, bare = folder / "phone.body", folder / "phone.txt"
        bare.write_text("".join(f"{path}\n" for path in paths))
        with body.open("w") as out:
            for number, path in enumerate(paths):
                at = 1_600_000_000 + number * 97 % 90_000_000
                out.write(f"0|{path}|{number}|r/rrw-r--r--|501|501|{number % 9999}|{at + 9}|{at}|{at + 5}|{at}\n")
        print(f"{'list':<28} {'paths':>9} {'CPU s':>7} {'wall s':>7} {'planted':>9} {'near':>6}")
        small = folder / "small.txt"
        small.write_text("".join(f"{path}\n" for path in paths[:100]))
        seconds, wall, _ = check(small, "--no-files")
        print(f"{'100 paths: start and end':<28} {100:>9,} {seconds:>7.2f} {wall:>7.2f}")
        for path, title, more in (
            (bare, "paths", ("--no-files",)),
            (body, "body file", ("--no-files",)),
            (body, "body file, timeline written", ("--out", str(folder / "case"))),
        ):
            seconds, wall, found = check(path, *more)
            print(
                f"{title:<28} {len(paths):>9,} {seconds:>7.2f} {wall:>7.2f} "
                f"{len(found & planted):>5}/{len(planted)} {len(found & near):>6}"
            )
            good = good and planted <= found and not found & near and (len(more) > 1 or seconds <= MOST_SECONDS)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
