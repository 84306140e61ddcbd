"""Every fuzz harness under `fuzz/` with its seeds and a fixed number of mutations, the same in every run.

A harness takes any bytes and may raise nothing but errors of ours. For long runs give it to a fuzzer as its target.
"""

from __future__ import annotations

import contextlib
import importlib.util
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from sousveil.errors import SousveilError

FOLDER = Path(__file__).resolve().parent.parent / "fuzz"
HARNESSES = sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))
MUTATIONS = 200
MAX_SEED = 1 << 16
"""Bytes of a seed that are mutated; longer ones are cut, to keep this quick."""
TOKENS = (
    b"\0",
    b"\xff",
    b"\x7f",
    b"\x80",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff\xff\xff\xff\xff",
    bytes(16),
    b"%",
    b"\x1b",
    b"\xed\xa0\x80",
)


def load(name: str) -> ModuleType:
    """The harness."""
    spec = importlib.util.spec_from_file_location(f"fuzz_{name}", FOLDER / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where records look for the names in their fields
    spec.loader.exec_module(module)
    return module


def mutated(data: bytes, other: bytes, rng: random.Random) -> bytes:
    """A few changes: bits, bytes, numbers, cuts, repeats, pieces of another seed."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        at = rng.randrange(len(out) + 1)
        what = rng.randrange(8)
        if what == 0 and at < len(out):
            out[at] ^= 1 << rng.randrange(8)
        elif what == 1 and at < len(out):
            out[at] = rng.randrange(256)
        elif what == 2:
            token = rng.choice(TOKENS)
            out[at : at + len(token)] = token
        elif what == 3:
            out[at:at] = rng.choice(TOKENS)
        elif what == 4:
            del out[at : at + rng.choice((1, 2, 8, 64))]
        elif what == 5:
            del out[at:]
        elif what == 6:
            piece = bytes(out[at : at + rng.choice((1, 4, 16, 128))])
            out[at:at] = piece * rng.choice((1, 2, 50))
        else:
            start = rng.randrange(len(other) + 1)
            out[at:at] = other[start : start + 64]
    return bytes(out)


def inputs(name: str, seeds: list[bytes]) -> Iterator[bytes]:
    """The seeds, some hand-made inputs, and the mutations."""
    yield from seeds
    yield from (b"", b"\0", b"\xff" * 64, bytes(4096))
    rng = random.Random(f"fuzz {name}")
    for _ in range(MUTATIONS):
        yield mutated(rng.choice(seeds)[:MAX_SEED], rng.choice(seeds)[:MAX_SEED], rng)


def test_there_are_harnesses() -> None:
    assert {"hosts", "keybag", "mbfile", "plist", "typedstream"} <= set(HARNESSES)


@pytest.mark.parametrize("name", HARNESSES)
def test_only_errors_of_ours(name: str) -> None:
    harness = load(name)
    seeds: list[bytes] = harness.seeds()
    assert seeds and all(isinstance(seed, bytes) for seed in seeds)
    for number, data in enumerate(inputs(name, seeds)):
        try:
            with contextlib.suppress(SousveilError):
                harness.fuzz_one(data)
        except BaseException as error:
            error.add_note(f"input {number} of fuzz/{name}.py: {data[:2000]!r}")
            raise
