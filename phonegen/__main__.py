"""Makes backups from the command line: ``python -m phonegen scale --factor 10 --out DIR``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from phonegen import scale


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="phonegen", description="Makes synthetic iOS backups. They hold no real person's data."
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    phone = verbs.add_parser(
        "scale", help="a phone of a given size (factor 1: 20,000 messages and the rest in proportion)"
    )
    phone.add_argument(
        "kind", nargs="?", choices=["phone", "big"], default="phone", help="big: one giant sms.db with a long WAL"
    )
    phone.add_argument("--factor", type=float, default=1.0)
    phone.add_argument(
        "--redirects", type=float, default=0.01, help="share of Safari visits that redirect (default 0.01)"
    )
    phone.add_argument("--files", type=float, help="factor for the small files alone (default: as --factor)")
    phone.add_argument("--gib", type=float, default=4.0, help="size of the giant sms.db")
    phone.add_argument("--wal-mb", type=int, default=200, help="size of its WAL in megabytes")
    phone.add_argument("--out", type=Path, required=True, help="new or empty folder")
    phone.add_argument("--scratch", type=Path, help="folder for work files (default: the system's temporary folder)")
    phone.add_argument("--ios", default="17.5")
    phone.add_argument("--seed", type=int, default=1)
    phone.add_argument("--encrypted", action="store_true")
    phone.add_argument("--password", default="correct horse")
    phone.add_argument("--iterations", type=int, nargs=2, default=(10_000_000, 10_000), metavar=("DPIC", "ITER"))
    phone.add_argument("--plant", action="append", default=[], metavar="LINK", help="a link to plant; may be repeated")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and prints what was made; 0 when done, 2 when the folder is not empty."""
    given = _parser().parse_args(arguments)
    common = {
        "encrypted": given.encrypted,
        "password": given.password,
        "iterations": tuple(given.iterations),
        "ios": given.ios,
        "seed": given.seed,
        "plants": scale.link_plants(given.plant),
        "scratch": given.scratch,
    }
    try:
        if given.kind == "big":
            made = scale.make_big(given.out, given.gib, wal_mb=given.wal_mb, **common)
        else:
            made = scale.make(given.out, given.factor, redirects=given.redirects, files=given.files, **common)
    except FileExistsError as problem:
        print(f"{problem}: name a new or empty folder", file=sys.stderr)
        return 2
    for name, count in made.items():
        print(f"{name}\t{count}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
