"""How fast the raw pass is, against its own limit: reading, decrypting and hashing the same files in the same run.

    python benchmarks/raw_pass.py [--size MIB] [--rounds N]

Needs nothing but the package. Files are made in a temporary folder, encrypted as in a backup. The base does what any
program must do to show that a file is what it was: read it, decrypt it, hash it as stored and, because the bundled sets
hold SHA-256 values, hash its content. Prints CPU time; the ratio is base time to raw pass time (1.0: the search is
free). A second process checks how long the compiled literals take to load.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from sousveil.acquisition.content import stream_blocks
from sousveil.acquisition.model import Member
from sousveil.cases.scanning import BLOCK, scan_file
from sousveil.findings.scan_check import Checker
from sousveil.findings.scan_file import load_scan_index, store_scan_index
from sousveil.indicators.bundled import bundled_sets
from sousveil.indicators.index import Index
from sousveil.indicators.model import Attribution, Indicator, IndicatorKind, IndicatorSet

KEY = bytes(range(32))
WORDS = (
    "the quick brown fox jumps over lazy dogs while people send each other messages about dinner "
    "and the weather tomorrow https www com net org status photo video call later please thanks"
).split()


def words(rnd: random.Random, count: int) -> str:
    return " ".join(rnd.choices(WORDS, k=count))


def database(path: Path, size: int, rnd: random.Random) -> bytes:
    """An SQLite file with messages, links and some blobs of UTF-16 and binary property lists."""
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("create table message (id integer primary key, guid text, text text, body blob, date integer)")
        db.execute("create table visit (id integer primary key, url text, title text)")
        made = 0
        while made < size:
            text = words(rnd, rnd.randint(4, 40))
            wide = words(rnd, 12).encode("utf-16-le") if rnd.random() < 0.2 else rnd.randbytes(60)
            guid = rnd.randbytes(16).hex().upper()
            host = rnd.choice(WORDS) + rnd.choice(WORDS) + ".com"
            db.execute("insert into message values (null, ?, ?, ?, ?)", (guid, text, wide, rnd.getrandbits(60)))
            db.execute("insert into visit values (null, ?, ?)", (f"https://www.{host}/{guid}", text[:40]))
            made += 2 * len(text) + len(wide) + 200
    return path.read_bytes()


def media(size: int, rnd: random.Random) -> bytes:
    """What a JPEG or a film looks like to a search: random bytes behind a small head."""
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + rnd.randbytes(size)


def archive(size: int, rnd: random.Random) -> bytes:
    """gzip members of 200 KiB of text each, one after the other."""
    out, made = [], 0
    while made < size:
        piece = zlib.compress(words(rnd, 30_000).encode(), 6)
        out.append(piece)
        made += len(piece)
    return b"".join(out)


def stored(path: Path, content: bytes) -> Member:
    pad = 16 - len(content) % 16
    encryptor = Cipher(algorithms.AES(KEY), modes.CBC(bytes(16))).encryptor()
    path.write_bytes(encryptor.update(content + bytes([pad]) * pad) + encryptor.finalize())
    return Member(suffix="", path=str(path), size=len(content), key=KEY)


def base(members: Sequence[Member]) -> None:
    for member in members:
        outer, inner = hashlib.sha256(), hashlib.sha256()
        for one, other in stream_blocks(member, BLOCK):
            outer.update(one)
            inner.update(other)


def timed(work: Callable[[], object], rounds: int) -> float:
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def invented(count: int) -> IndicatorSet:
    """Random domains and one digest."""
    rnd = random.Random(count)
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    said = (Attribution(set_name="made", family="Made", threat_class=None, publisher="nobody"),)
    values = {
        "".join(rnd.choices(letters, k=rnd.randint(6, 16))) + rnd.choice((".com", ".net", ".org", ".info", ".co"))
        for _ in range(count)
    }
    made = [Indicator(kind=IndicatorKind.DOMAIN, value=v, original=v, attributions=said) for v in sorted(values)]
    digest = hashlib.sha256(b"made").hexdigest()
    made.append(Indicator(kind=IndicatorKind.SHA256, value=digest, original=digest, attributions=said))
    return IndicatorSet(name="made", sha256="0" * 64, indicators=tuple(made))


def loading(path: Path, sha256: str) -> float:
    """Wall seconds of loading in a fresh process, imports aside."""
    code = (
        "import sys, time\nfrom sousveil.findings.scan_file import load_scan_index\n"
        "t = time.perf_counter(); load_scan_index(sys.argv[1], sys.argv[2]); print(time.perf_counter() - t)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path), sha256], capture_output=True, text=True, check=True)
    return float(done.stdout)


def main() -> int:
    parser = argparse.ArgumentParser(description="How fast the raw pass is.")
    parser.add_argument("--size", type=int, default=96, help="MiB of each corpus")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    size, rnd = args.size << 20, random.Random(7)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = database(folder / "plain.db", size // 4, rnd)
        block = archive(size // 10, rnd)
        films = [stored(folder / f"m{n}", media(size * 6 // 100, rnd)) for n in range(10)]
        bases = [stored(folder / f"d{n}", data) for n in range(max(1, size // len(data)))]
        mixed = [
            *films,
            *[stored(folder / f"x{n}", data[: size // 10 // 4096 * 4096]) for n in range(3)],
            stored(folder / "a", block),
        ]
        missed = 0
        print(f"{'corpus':12} {'indicators':>20} {'MiB':>6} {'base MB/s':>10} {'raw MB/s':>10} {'ratio':>6}  goal")
        speeds: dict[str, float] = {}
        runs = [
            ("databases", bases, "bundled", bundled_sets(), 0.6),
            ("media", films, "bundled", bundled_sets(), 0.0),
            ("archives", mixed[-1:], "bundled", bundled_sets(), 0.0),
            ("mixed", mixed, "bundled", bundled_sets(), 0.45),
            ("databases", bases, "10,000", [invented(10_000)], 0.0),
            ("databases", bases, "100,000", [invented(100_000)], 0.0),
        ]
        for corpus, members, label, sets, goal in runs:
            start = time.perf_counter()
            path, sha256 = store_scan_index(Index.build(sets), folder / "cache")
            made = time.perf_counter() - start
            checker = Checker(load_scan_index(path, sha256))
            amount = sum(os.path.getsize(m.path) for m in members)
            floor = timed(partial(base, members), args.rounds)

            def scan(checker: Checker = checker, members: Sequence[Member] = members) -> None:
                for member in members:
                    for _ in scan_file(checker, "x", member):
                        pass

            cost = timed(scan, args.rounds)
            speeds[label] = amount / cost
            missed += floor / cost < goal
            print(
                f"{corpus:12} {label:>20} {amount >> 20:6} {amount / floor / 1e6:10.0f} {amount / cost / 1e6:10.0f} "
                f"{floor / cost:6.2f}  {goal or ''}",
                flush=True,
            )
        share, load = speeds["100,000"] / speeds["10,000"], loading(path, sha256)
        missed += (share < 0.7) + (load > 0.5)
        print(f"100,000 against 10,000 indicators: {share:.2f} of the speed (goal 0.7); made in {made:.1f} s")
        print(f"loading 100,000 indicators from the cache: {load:.3f} s (goal 0.5), {path.stat().st_size >> 20} MiB")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
