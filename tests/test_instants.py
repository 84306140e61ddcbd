"""Columns of times: the quick ways give what one value after the other gives."""

from __future__ import annotations

import sys
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.kinds import MAC_EPOCH, WEBKIT_EPOCH, instant, instants, packed_seconds
from tests.profiles import examples

NUMBERS = st.one_of(
    st.none(), st.integers(-(10**10), 10**10), st.floats(), st.floats(-1e9, 2e9), st.just(0), st.booleans(), st.text()
)


@settings(deadline=None, max_examples=examples(200))
@given(st.lists(NUMBERS, max_size=8), st.sampled_from([0, MAC_EPOCH]))
def test_columns_agree_with_values(column: list[object], epoch: int) -> None:
    assert instants(column, epoch) == [instant(value, epoch) for value in column]


@pytest.mark.parametrize("epoch", [0, MAC_EPOCH, WEBKIT_EPOCH])
def test_nothing(epoch: int) -> None:
    assert instants([], epoch) == []
    assert instants([None, 0], epoch) == [None, None]


REALS = st.one_of(
    st.floats(-1e9, 5e9),
    st.floats(6e8, 9e8),
    st.integers(1, 4 * 10**9),
    st.integers(-(10**9), 2**34).map(lambda half: (half + 0.5) / 1e6),
    st.sampled_from(
        [-MAC_EPOCH - 5e-7, -MAC_EPOCH, float(2**52 - MAC_EPOCH * 10**6) / 1e6, 2**52 / 1e6, 5e-324, 1e300]
    ),
)


@settings(deadline=None, max_examples=examples(400))
@given(st.lists(REALS, min_size=1, max_size=6), st.sampled_from([0, MAC_EPOCH]))
def test_whole_columns_of_seconds(column: list[float], epoch: int) -> None:
    assert instants(column, epoch) == [instant(value, epoch) for value in column]


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), -1e9, 5e9, 10**400, True, "7", None, 0.0])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_odd_value_among_seconds(odd: object, place: int) -> None:
    column: list[object] = [7e8 + 0.25, 7e8 + 0.5]
    column.insert(place, odd)
    found = instants(column, MAC_EPOCH)
    assert found == [instant(value, MAC_EPOCH) for value in column]
    assert {type(value) for value in found} <= {int, type(None)}


def test_seconds() -> None:
    assert instants([1.5, None, 0, 721_692_860], MAC_EPOCH) == [978_307_201_500_000, None, None, 1_700_000_060_000_000]


@settings(deadline=None, max_examples=examples(400))
@given(
    st.lists(REALS, min_size=1, max_size=6) | st.lists(st.floats(6e8, 9e8), min_size=1, max_size=6),
    st.sampled_from([0, MAC_EPOCH, WEBKIT_EPOCH]),
)
def test_packed_seconds(column: list[object], epoch: int) -> None:
    data = packed_seconds(column, epoch)
    if data is not None:
        assert array("q", data).tolist() == [instant(value, epoch) for value in column]


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), -1e9, 5e9, 10**400, 7, True, False, "7", None, 0.0, b"x"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_what_is_not_packed(odd: object, place: int) -> None:
    column: list[object] = [7e8 + 0.25, 7e8 + 0.5]
    assert (packed_seconds(column, MAC_EPOCH) is not None) == (sys.byteorder == "little")
    column.insert(place, odd)
    assert packed_seconds(column, MAC_EPOCH) is None
