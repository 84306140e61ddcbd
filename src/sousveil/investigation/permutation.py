"""The probability that selections lie so near to events by chance: a permutation test within strata.

A stratum has the selections of one client on one weekday in one hour. The null hypothesis exchanges the times of a stratum
among its selections. For the selections of one phone in a stratum, the number of near ones is then hypergeometric; for several
phones in a small stratum every arrangement is counted. Both are exact. For several phones in a large stratum,
arrangements are drawn with a seed: a Markov chain of exchanges that begins at the observed arrangement, in which every
arrangement is equally likely in the end. A chain that ended too early would give a probability that is too high, not too low.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

Distribution = npt.NDArray[np.float64]
"""The probabilities of 0, 1, 2 ... near selections."""
ARRANGEMENTS = 5_000
"""Arrangements of a stratum that are counted one by one."""
DRAWS = 1_999
SWEEPS = 5
"""How often each selection of a stratum exchanges its time in a draw."""
_CELLS = 4_000_000
"""Places times draws in memory at once."""


class Slots(msgspec.Struct, frozen=True, kw_only=True):
    """The selections of one phone in one stratum."""

    own: npt.NDArray[np.int64]
    """The times that these selections have, as positions in the stratum from 0."""
    possible: npt.NDArray[np.int64]
    """The times of the stratum in which the phone recorded events of this kind, `own` among them."""
    near: npt.NDArray[np.bool_]
    """Whether an event of the phone is near each of `possible`."""


class Chance(msgspec.Struct, frozen=True, kw_only=True):
    """How likely at least the observed number of near selections is if nothing links selections and events."""

    expected: float
    """The mean number of near selections over all arrangements, or over those that were drawn."""
    probability: float
    exact: bool
    """Whether every arrangement counts; False where arrangements were drawn."""


def chance(strata: Sequence[Sequence[Slots]], observed: int, *, seed: int, draws: int = DRAWS) -> Chance:
    """The probability of at least `observed` near selections over all strata. Times of a stratum are given out once each."""
    exact, hard, expected = np.ones(1), [], 0.0
    for stratum in strata:
        if len(stratum) == 1:
            one = hypergeometric(len(stratum[0].near), int(stratum[0].near.sum()), len(stratum[0].own))
        elif math.prod(len(slots.possible) ** len(slots.own) for slots in stratum) <= ARRANGEMENTS:
            one = counted(stratum)
        else:
            hard.append(stratum)
            continue
        expected += float(np.arange(len(one)) @ one)
        exact = np.convolve(exact, one)
    above = np.append(np.cumsum(exact[::-1])[::-1], 0.0)  # above[k]: the probability of k or more
    if not hard:
        return Chance(expected=expected, probability=float(_at_least(above, np.array([observed]))[0]), exact=True)
    generator = np.random.default_rng(seed)
    near = np.zeros(draws, dtype=np.int64)
    for stratum in hard:
        near += _drawn(stratum, draws, generator)
    expected += float(near.mean())
    # The arrangement that happened counts as one of the draws: the probability is never 0, and the test keeps its level.
    total = float(_at_least(above, observed - near).sum()) + 1
    return Chance(expected=expected, probability=min(1.0, total / (draws + 1)), exact=False)


def _at_least(above: Distribution, least: npt.NDArray[np.int64]) -> Distribution:
    return np.minimum(1.0, above[np.clip(least, 0, len(above) - 1)])


def hypergeometric(times: int, near: int, count: int) -> Distribution:
    """The number of near ones among `count` of `times` times of which `near` are near, drawn without putting back."""
    whole = math.comb(times, count)
    return np.array([math.comb(near, k) * math.comb(times - near, count - k) / whole for k in range(count + 1)])


def counted(stratum: Sequence[Slots]) -> Distribution:
    """The number of near selections over all arrangements of a stratum with several phones."""
    places = [(slots.possible.tolist(), slots.near.tolist()) for slots in stratum for _ in slots.own]
    ways = [0] * (len(places) + 1)

    def arrangements(place: int, taken: frozenset[int], near: int) -> Iterator[int]:
        if place == len(places):
            yield near
            return
        for position, is_near in zip(*places[place], strict=True):
            if position not in taken:
                yield from arrangements(place + 1, taken | {position}, near + is_near)

    for near in arrangements(0, frozenset(), 0):
        ways[near] += 1
    return np.array(ways) / sum(ways)


def _drawn(stratum: Sequence[Slots], draws: int, generator: np.random.Generator) -> npt.NDArray[np.int64]:
    """The number of near selections in so many random arrangements."""
    width = max(int(np.max(slots.possible)) for slots in stratum) + 1
    size = max(1, min(draws, _CELLS // width))
    return np.concatenate(
        [_part(stratum, width, min(size, draws - start), generator) for start in range(0, draws, size)]
    )


def _part(stratum: Sequence[Slots], width: int, draws: int, generator: np.random.Generator) -> npt.NDArray[np.int64]:
    each = [slots for slots in stratum for _ in slots.own]
    own = np.concatenate([slots.own for slots in stratum])
    allowed = np.zeros((len(own), width), dtype=np.bool_)
    near = allowed.copy()
    for place, slots in enumerate(each):
        allowed[place, slots.possible], near[place, slots.possible] = True, slots.near
    rows, places = np.arange(draws), np.arange(len(own))
    times = np.tile(own, (draws, 1))
    owner = np.full((draws, width), -1, dtype=np.int64)  # -1: a selection of a number that was not examined
    owner[:, own] = places
    for place in (place for _ in range(SWEEPS) for place in generator.permutation(len(own))):
        possible = each[place].possible
        wanted = possible[generator.integers(len(possible), size=draws)]
        other, present = owner[rows, wanted], times[:, place].copy()
        moves = (other < 0) | allowed[
            other, present
        ]  # the other one takes the present time, if its phone has records then
        row, time, old, whose = rows[moves], wanted[moves], present[moves], other[moves]
        times[row, place] = time
        owner[row, old] = whose
        owner[row, time] = place
        examined = whose >= 0
        times[row[examined], whose[examined]] = old[examined]
    return np.asarray(near[places, times].sum(axis=1))


def holm(probabilities: Sequence[float]) -> list[float]:
    """Probabilities corrected for many comparisons (Holm): the chance that any of them is at most this by accident."""
    order = sorted(range(len(probabilities)), key=lambda place: probabilities[place])
    corrected, least = [0.0] * len(order), 0.0
    for rank, place in enumerate(order):
        least = max(least, min(1.0, (len(order) - rank) * probabilities[place]))
        corrected[place] = least
    return corrected


__all__ = ["Chance", "Slots", "chance", "counted", "holm", "hypergeometric"]
