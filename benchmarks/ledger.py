"""How fast the public log is at a million entries: appending, proofs, and verifying all of it.

    python benchmarks/ledger.py [--entries N] [--folder DIR] [--keep]

Makes a log of invented, signed publications of one statement each, as files, in a temporary folder (about 3 GB at a
million entries; --folder names another place). Then: appending in batches of a thousand with every byte on the disk
before the checkpoint; inclusion proofs out of the files, each verified; every tile and the root from the entries, with a
thousand proofs, in Python; the same by Go's x/mod; and `sousveil register verify` whole, every signature and every
content, in two processes. Prints one line a figure with its goal; exits 1 where one is missed.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "src")]

from _measure import table
from _places import writable

from sousveil.ledger import checkpoint, merkle, note
from sousveil.ledger.audit import audit_tree
from sousveil.ledger.go_verify import GoVerified, NotThere, go_verify
from sousveil.ledger.keys import PrivateKey
from sousveil.ledger.merkle import TILE_WIDTH
from sousveil.ledger.policy import only_log
from sousveil.ledger.tiles import TileFiles
from sousveil.register import entries as log
from sousveil.register import publication
from sousveil.register.codes import Role
from sousveil.register.model import Commitment, Standing, Statement, commit, content, entity_id, new_salt
from sousveil.register.static import content_path
from sousveil.register.verify import verify

ORIGIN, OWNER, MADE = "benchmark.example/log", "An invented paper", "2026-01-01T00:00:00Z"
LOG = note.Signer(name=ORIGIN, key=PrivateKey(b"l" * 32))
OPERATOR, PAPER = PrivateKey(b"o" * 32), PrivateKey(b"p" * 32)
BATCH = 1_000
CHUNK = 40 * TILE_WIDTH
PROOFS = 2_000
GOALS = {"append": 10_000.0, "proof": 0.010, "python": 30.0, "go": 5.0, "signatures": 120.0}


def head() -> list[bytes]:
    """The two entries that bring the keys."""
    genesis = log.Genesis(
        origin=ORIGIN,
        title="A benchmark",
        example=True,
        key=OPERATOR.public.raw.hex(),
        owner="The operator",
        log=LOG.verifier.vkey(),
        made=MADE,
    )
    key = log.KeyAdd(key=PAPER.public.raw.hex(), owner=OWNER, role=Role.PUBLISHER, made=MADE)
    return [publication.sign(log.encode(one), OPERATOR) for one in (genesis, key)]


def made(first: int, last: int) -> tuple[list[bytes], list[bytes]]:
    """Entries of these indexes, and the file of contents of each bundle of them."""
    entries, contents, lines = [], [], []
    for index in range(first, last):
        if index < 2:
            entries.append(head()[index])
        else:
            one = Statement(
                subject=entity_id("benchmark", str(index)),
                type="Company",
                property="name",
                value=f"Invented Systems {index} Ltd",
                source="https://paper.example/story",
                publisher=OWNER,
                dataset="direct",
                standing=Standing.REPORTED,
            )
            salt, data = new_salt(), content(one)
            told = Commitment(commit(salt, data), one.type, one.standing, one.stance, one.person)
            payload = log.Statements(publisher=OWNER, dataset="direct", example=True, commitments=(told,))
            entries.append(publication.sign(log.encode(payload), PAPER))
            row = [index, 0, salt.hex(), data.decode()]
            lines.append(json.dumps(row, separators=(",", ":"), ensure_ascii=False).encode() + b"\n")
        if index % TILE_WIDTH == TILE_WIDTH - 1 or index == last - 1:
            contents.append(b"".join(lines))
            lines = []
    return entries, contents


def chunks(count: int) -> Iterator[tuple[list[bytes], list[bytes]]]:
    """All entries, made in two processes."""
    bounds = [(at, min(at + CHUNK, count)) for at in range(0, count, CHUNK)]
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        for at in range(0, len(bounds), 4):  # so that what waits stays small
            yield from pool.map(made, *zip(*bounds[at : at + 4], strict=True))


def build(folder: Path, count: int) -> tuple[TileFiles, float]:
    """The log, and the seconds that appending took."""
    files = TileFiles(folder / "log")
    (files.root / "content").mkdir(parents=True)
    size, spent = 0, 0.0
    for entries, contents in chunks(count):
        for number, data in enumerate(contents, size // TILE_WIDTH):
            path = files.root / content_path(number)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        for at in range(0, len(entries), BATCH):
            batch = entries[at : at + BATCH]
            start = time.perf_counter()
            files.append(size, batch)
            new = checkpoint.Checkpoint(
                origin=ORIGIN, size=size + len(batch), root=merkle.root(files, size + len(batch))
            )
            files.write_checkpoint(checkpoint.sign(new, [LOG]))
            files.prune(size, new.size)
            spent += time.perf_counter() - start
            size = new.size
        print(f"\r{size:,} entries", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return files, spent


def proofs(files: TileFiles, size: int, root: bytes) -> tuple[list[float], list[float]]:
    """Seconds of each of many proofs of entries at random, and of their CPU, each sorted; each proof is verified."""
    rnd = random.Random(7)
    times, used = [], []
    for _ in range(PROOFS):
        index = rnd.randrange(size)
        start, before = time.perf_counter(), time.thread_time()
        path = merkle.inclusion_proof(files, index, size)
        times.append(time.perf_counter() - start)
        used.append(time.thread_time() - before)
        merkle.verify_inclusion(merkle.leaf_hash(files.entry(index, size)), index, size, path, root)
    return sorted(times), sorted(used)


def in_python(files: TileFiles, size: int, root: bytes) -> float:
    """Seconds for every tile, the root, a thousand proofs of inclusion and a hundred of consistency."""
    start = time.perf_counter()
    for _ in audit_tree(files, size, root):
        pass
    for index in range(0, size, max(1, size // 1_000)):
        leaf = merkle.leaf_hash(files.entry(index, size))
        merkle.verify_inclusion(leaf, index, size, merkle.inclusion_proof(files, index, size), root)
    growing, before = merkle.Range(), 0
    for old in range(TILE_WIDTH, size, max(TILE_WIDTH, size // 100 // TILE_WIDTH * TILE_WIDTH)):
        for tile in range(before // TILE_WIDTH, old // TILE_WIDTH):
            growing.extend(files.tile(0, tile, TILE_WIDTH))
        before = old
        merkle.verify_consistency(old, size, merkle.consistency_proof(files, old, size), growing.root(), root)
    return time.perf_counter() - start


def cpu() -> float:
    """Seconds of user and system time so far."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def main() -> int:
    parser = argparse.ArgumentParser(description="How fast the public log is.")
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="where the log is made (default: a temporary folder)")
    parser.add_argument("--keep", action="store_true", help="do not delete it")
    args = parser.parse_args()
    if args.entries < TILE_WIDTH:
        parser.error(f"at least {TILE_WIDTH} entries")
    if args.folder is not None:
        writable(args.folder, "--folder")
    folder = Path(tempfile.mkdtemp(prefix="sousveil-ledger-", dir=args.folder))
    try:
        return measure(folder, args.entries)
    finally:
        if args.keep:
            print(f"kept in {folder}")
        else:
            shutil.rmtree(folder)


def measure(folder: Path, count: int) -> int:
    """All figures of one log."""
    rows: list[tuple[str, str, str, str, str]] = []
    spent_before = cpu()

    def row(what: str, figure: str, goal: str, passed: bool) -> None:
        nonlocal spent_before
        now = cpu()
        rows.append((what, figure, f"{now - spent_before:,.1f} s", goal, "PASS" if passed else "miss"))
        spent_before = now
        print(f"{what}: {figure}", file=sys.stderr, flush=True)

    files, spent = build(folder, count)
    root = merkle.root(files, count)
    rate = count / spent
    row(
        "append in batches of 1,000, durable", f"{rate:,.0f}/s", f">= {GOALS['append']:,.0f}/s", rate >= GOALS["append"]
    )
    times, used = proofs(files, count, root)
    p50, p99, busy = times[len(times) // 2], times[int(len(times) * 0.99)], used[int(len(used) * 0.99)]
    row("inclusion proof, p50", f"{p50 * 1e3:.2f} ms", "", True)
    row("inclusion proof, p99", f"{p99 * 1e3:.2f} ms", "<= 10 ms", p99 <= GOALS["proof"])
    row("the same, CPU alone (a busy machine adds waiting)", f"{busy * 1e3:.2f} ms", "", True)
    seconds = in_python(files, count, root)
    row("tree and proofs in Python", f"{seconds:.1f} s", f"<= {GOALS['python']:.0f} s", seconds <= GOALS["python"])
    if isinstance(warm := go_verify(files.root, LOG.verifier), NotThere):
        row("tree and proofs by Go", f"not verified: {warm.reason}", f"<= {GOALS['go']:.0f} s", False)
    else:  # compiled by now
        start = time.perf_counter()
        agreed = isinstance(go_verify(files.root, LOG.verifier, old_sizes=[1, count // 3, count - 1]), GoVerified)
        seconds = time.perf_counter() - start
        row("tree and proofs by Go", f"{seconds:.1f} s", f"<= {GOALS['go']:.0f} s", agreed and seconds <= GOALS["go"])
    start = time.perf_counter()
    report = verify(folder, policy=only_log(LOG.verifier), go=False, processes=2)
    seconds = time.perf_counter() - start
    if report.difference is not None or report.entries["statements"] != count - 2:
        print(report.text())
        return 1
    goal = GOALS["signatures"]
    row("verify: all signatures and contents, two cores", f"{seconds:.1f} s", f"<= {goal:.0f} s", seconds <= goal)
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    row("largest process", f"{peak / 1024:,.0f} MiB", "", True)
    print(f"{count:,} entries")
    print(table(rows, ("", "figure", "CPU", "goal", "")))
    print(
        "CPU: of this process and its ended children, over all that the line needed (the first: making the entries too)."
    )
    return 1 if any(one[4] == "miss" for one in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
