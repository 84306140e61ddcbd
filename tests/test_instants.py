"""Columns of times: the quick ways give what one value after the other gives."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.kinds import MAC_EPOCH, WEBKIT_EPOCH, instant, instants

NUMBERS = st.one_of(
    st.none(), st.integers(-(10**10), 10**10), st.floats(), st.floats(-1e9, 2e9), st.just(0), st.booleans(), st.text()
)


@settings(deadline=None, max_examples=200)
@given(st.lists(NUMBERS, max_size=8), st.sampled_from([0, MAC_EPOCH]))
def test_columns_agree_with_values(column: list[object], epoch: int) -> None:
    assert instants(column, epoch) == [instant(value, epoch) for value in column]


@pytest.mark.parametrize("epoch", [0, MAC_EPOCH, WEBKIT_EPOCH])
def test_nothing(epoch: int) -> None:
    assert instants([], epoch) == []
    assert instants([None, 0], epoch) == [None, None]


def test_seconds() -> None:
    assert instants([1.5, None, 0, 721_692_860], MAC_EPOCH) == [978_307_201_500_000, None, None, 1_700_000_060_000_000]
