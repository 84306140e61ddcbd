"""Probabilities of a permutation test, compared with every arrangement tried one by one."""

from __future__ import annotations

import itertools
from fractions import Fraction
from math import comb

import numpy as np
import pytest

from sousveil.investigation import permutation
from sousveil.investigation.permutation import Slots, chance, counted, holm, hypergeometric


def slots(own: list[int], possible: list[int], near: list[int]) -> Slots:
    return Slots(own=np.array(own), possible=np.array(possible), near=np.array([place in near for place in possible]))


def arrangements(stratum: list[Slots]) -> list[Fraction]:
    """The distribution of near selections by trying every order of the times."""
    places = [one for one in stratum for _ in one.own]
    ways: dict[int, int] = {}
    width = max(int(one.possible.max()) for one in stratum) + 1
    for order in itertools.permutations(range(width), len(places)):
        pairs = list(zip(places, order, strict=True))
        if all(time in one.possible for one, time in pairs):
            near = sum(bool(one.near[one.possible.tolist().index(time)]) for one, time in pairs)
            ways[near] = ways.get(near, 0) + 1
    return [Fraction(ways.get(near, 0), sum(ways.values())) for near in range(len(places) + 1)]


@pytest.mark.parametrize(
    "stratum",
    [
        [slots([0, 4], [0, 1, 2, 3, 4], [1, 3])],
        [slots([0], [0, 1, 2], [0]), slots([1], [0, 1, 2], [1]), slots([2], [0, 1, 2], [2])],
        [slots([0, 1], [0, 1, 2, 3], [0, 1]), slots([4], [2, 3, 4], [4])],
        [slots([0], [0], [0]), slots([1], [0, 1], [0])],  # the second cannot get the near time
    ],
)
def test_probabilities_are_those_of_all_arrangements(stratum: list[Slots]) -> None:
    expected = arrangements(stratum)
    alone = len(stratum) == 1
    made = hypergeometric(5, 2, 2) if alone else counted(stratum)
    assert made == pytest.approx([float(one) for one in expected])
    for observed in range(len(expected)):
        result = chance([stratum], observed, seed=1)
        assert result.expected == pytest.approx(float(sum(near * one for near, one in enumerate(expected))))
        assert result.exact and result.probability == pytest.approx(float(sum(expected[observed:])))


def test_strata_are_independent() -> None:
    one, other = [slots([0], [0, 1, 2, 3], [0])], [slots([0, 1], [0, 1, 2], [0, 2])]
    result = chance([one, other], 3, seed=1)
    assert result.probability == pytest.approx(1 / 4 * 1 / 3)
    assert result.expected == pytest.approx(1 / 4 + 2 * 2 / 3)


def test_drawn_arrangements_estimate_the_counted_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    stratum = [slots([0, 1], [0, 1, 2, 3], [0, 1]), slots([2, 3], [0, 1, 2, 3], [2, 3])]  # every time is given out
    easy = [slots([1], [0, 1], [1])]
    exact = chance([stratum, easy], 5, seed=1)
    assert exact.exact and exact.probability == pytest.approx(1 / 6 * 1 / 2)
    monkeypatch.setattr(permutation, "ARRANGEMENTS", 0)
    drawn = chance([stratum, easy], 5, seed=1)
    assert not drawn.exact and drawn.probability == pytest.approx(exact.probability, abs=0.02)
    assert drawn.expected == pytest.approx(exact.expected, abs=0.1)
    assert drawn.probability == chance([stratum, easy], 5, seed=1).probability
    assert drawn.probability != chance([stratum, easy], 5, seed=3).probability
    never = chance(
        [[slots([0], [0, 1, 2], [0]), slots([1], [0, 1, 2], [0])]], 2, seed=1
    )  # both cannot get the one time
    assert never.probability == 1 / 2_000 and never.expected == pytest.approx(2 / 3, abs=0.05)
    only = chance([[slots([0], [0], [0]), slots([1], [0, 1], [0])]], 1, seed=1)
    assert not only.exact and only.expected == 1.0


def test_draws_in_parts_keep_to_what_each_phone_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    stratum = [slots([0], [0, 1], [0]), slots([1, 4], [1, 2, 3, 4], [4])]
    exact = [chance([stratum], observed, seed=1).probability for observed in (1, 2)]
    assert exact == pytest.approx([float(sum(arrangements(stratum)[observed:])) for observed in (1, 2)])
    monkeypatch.setattr(permutation, "ARRANGEMENTS", 0)
    for cells in (permutation._CELLS, 40_000, 3):
        monkeypatch.setattr(permutation, "_CELLS", cells)
        draws = 999 if cells == 3 else permutation.DRAWS
        drawn = [chance([stratum], observed, seed=1, draws=draws) for observed in (1, 2)]
        assert [one.probability for one in drawn] == pytest.approx(exact, abs=0.04)
        assert all(round(one.probability * (draws + 1), 6).is_integer() for one in drawn)


def test_holms_correction() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0] and holm([]) == []


def test_chances_of_many_selections_keep_their_digits() -> None:
    strata = [[slots([place], list(range(100)), [place])] for place in range(20)]
    result = chance(strata, 20, seed=1)
    assert result.probability == pytest.approx(1e-40, rel=1e-9)
    assert chance(strata, 2, seed=1).probability == pytest.approx(
        1 - sum(comb(20, k) * 0.01**k * 0.99 ** (20 - k) for k in (0, 1))
    )
