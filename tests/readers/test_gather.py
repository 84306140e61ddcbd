"""Pieces of a buffer copied together, against slices of Python."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.readers.gather import LONG, gathered
from tests.profiles import examples

SIZES = st.one_of(st.integers(0, 9), st.integers(0, 300), st.sampled_from([0, 1, 64, 1023, LONG, LONG + 1, 9000]))


def plainly(buffer: bytes, at: list[int], sizes: list[int], mark: bytes) -> bytes:
    return mark.join(buffer[a : a + size] for a, size in zip(at, sizes, strict=True))


@settings(max_examples=examples(300), deadline=None)
@given(data=st.data(), sizes=st.lists(SIZES, max_size=60), mark=st.sampled_from([b"", b"\x1f"]))
def test_pieces_are_those_of_slices(data: st.DataObject, sizes: list[int], mark: bytes) -> None:
    length = max(sizes, default=0) + data.draw(st.integers(0, 50), label="beside")
    buffer = bytes(np.random.default_rng(length).integers(0, 256, length, dtype=np.uint8))
    at = [data.draw(st.integers(0, length - size), label="at") for size in sizes]
    made = gathered(
        np.frombuffer(buffer, np.uint8), np.array(at, dtype=np.int64), np.array(sizes, dtype=np.int64), mark
    )
    assert made == plainly(buffer, at, sizes, mark)


@pytest.mark.parametrize("sizes", [[7] * 5, [1, 4, 5, 16, 17, 68, 69], [0, 0, 3], [0], [4096, 1], [4097, 5000, 2]])
@pytest.mark.parametrize("mark", [b"", b"\x1f"])
def test_the_last_byte_of_the_buffer_and_the_first(sizes: list[int], mark: bytes) -> None:
    buffer = bytes(range(256)) * 20
    for at in ([0] * len(sizes), [len(buffer) - size for size in sizes]):
        made = gathered(np.frombuffer(buffer, np.uint8), np.array(at), np.array(sizes), mark)
        assert made == plainly(buffer, at, sizes, mark)


def test_nothing() -> None:
    none = np.empty(0, dtype=np.int64)
    assert gathered(np.zeros(16, np.uint8), none, none, b"\x1f") == b""
