"""What a table of counts shows: no suppressed cell can be computed, by the exact linear bounds of whoever reads the table."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.investigation.suppression import TOTAL, Cell, protect

Known = dict[Cell, int | None]


def maximum(equations: list[tuple[list[int], int]], goal: list[int]) -> Fraction:
    """The greatest value of a sum of variables from 0 on under equations: the simplex method with Bland's rule, exact."""
    width, height = len(goal), len(equations)
    table = []
    for place, (factors, value) in enumerate(equations):
        sign = 1 if value >= 0 else -1
        unit = [Fraction(int(place == other)) for other in range(height)]
        table.append([*(Fraction(sign * factor) for factor in factors), *unit, Fraction(sign * value)])
    basis = [width + place for place in range(height)]

    def pivot(row: int, column: int) -> None:
        table[row] = [value / table[row][column] for value in table[row]]
        for other in range(len(table)):
            if other != row and (factor := table[other][column]):
                table[other] = [a - factor * b for a, b in zip(table[other], table[row], strict=True)]
        basis[row] = column

    def climb(cost: list[int], columns: int) -> None:
        while True:
            for column in range(columns):
                rest = sum((cost[basis[row]] * table[row][column] for row in range(len(table))), Fraction())
                if column not in basis and cost[column] > rest:
                    break
            else:
                return
            pivot(
                min(
                    (table[row][-1] / table[row][column], basis[row], row)
                    for row in range(len(table))
                    if table[row][column] > 0
                )[2],
                column,
            )

    climb([0] * width + [-1] * height, width + height)
    for row in reversed(range(len(table))):
        if basis[row] >= width:
            assert table[row][-1] == 0  # the equations can be solved
            column = next((place for place in range(width) if table[row][place]), None)
            if column is None:
                del table[row], basis[row]
            else:
                pivot(row, column)
    climb([*goal, *[0] * height], width)
    return sum((goal[basis[row]] * table[row][-1] for row in range(len(table))), Fraction())


def bounds(shown: Known, cell: Cell) -> tuple[Fraction, Fraction]:
    """What a reader can derive of a suppressed cell: every suppressed cell is 1 or more, and the sums are sums."""
    unknown = [known for known, value in shown.items() if value is None]
    equations = []
    for side in (0, 1):
        for label in {known[side] for known in shown}:
            line = {known: -1 if known[1 - side] is None else 1 for known in shown if known[side] == label}
            value = sum(sign * (1 if (number := shown[known]) is None else number) for known, sign in line.items())
            equations.append(([line.get(known, 0) for known in unknown], -value))
    goal = [int(known == cell) for known in unknown]
    return 1 - maximum(equations, [-one for one in goal]), 1 + maximum(equations, goal)


def sums(counts: dict[tuple[str, str], int]) -> dict[Cell, int]:
    made: Counter[Cell] = Counter()
    for (row, column), count in counts.items():
        for cell in ((row, column), (row, None), (None, column), TOTAL):
            made[cell] += count
    return {cell: count for cell, count in made.items() if count}


TABLES = st.dictionaries(
    st.tuples(st.sampled_from("abcde"), st.sampled_from("vwxyz")), st.integers(0, 30), min_size=1, max_size=25
)


@settings(max_examples=150, deadline=None)
@given(counts=TABLES, least=st.integers(3, 8))
def test_no_suppressed_cell_can_be_computed(counts: dict[tuple[str, str], int], least: int) -> None:
    true, shown = sums(counts), protect(counts, least)
    assert {cell: value for cell, value in shown.items() if value is not None}.items() <= true.items()
    assert all(value is None or value >= least for value in shown.values())
    if set(shown) <= {TOTAL}:  # too small to be shown: then a reader does not even know which cells there are
        return
    assert set(shown) == set(true)
    for cell in (cell for cell, value in shown.items() if value is None):
        low, high = bounds(shown, cell)
        assert low <= true[cell] <= high and high - low >= least


def test_large_cells_are_all_shown_and_small_ones_are_not() -> None:
    large = {("GB", "A"): 40, ("GB", "B"): 12, ("FR", "A"): 10, ("FR", "B"): 33}
    assert protect(large, 10) == sums(large)
    small = large | {("FR", "A"): 9}
    inner: Known = dict.fromkeys(small)  # each of the three others could give the small one away
    assert protect(small, 10) == sums(small) | inner


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ({}, {}),
        ({("GB", "A"): 4}, {}),
        ({("GB", "A"): 4, ("GB", "B"): 1}, {TOTAL: 5}),  # two cells of a sum of five: 1 to 4 is too narrow
        ({("GB", "A"): 0, ("GB", "B"): 6}, {TOTAL: 6, (None, "B"): 6, ("GB", None): 6, ("GB", "B"): 6}),
    ],
)
def test_tables_that_are_too_small_have_their_total_only(counts: dict[tuple[str, str], int], shown: Known) -> None:
    assert protect(counts, 5) == shown


def test_a_sum_grows_with_its_cells() -> None:
    """A client with two countries: the cell of a country is its sum, too, and both are hidden together."""
    shown = protect({("GB", "A"): 4, ("FR", "A"): 2}, 3)
    hidden: Known = dict.fromkeys([("GB", None), ("FR", None), ("GB", "A"), ("FR", "A")])
    assert shown == {TOTAL: 6, (None, "A"): 6} | hidden


def test_a_list_of_many_countries_and_clients_is_protected_at_once() -> None:
    counts = {
        (f"country {row}", f"client {column}"): (row * 7 + column * 13) % 40 if (row + column) % 3 else 0
        for row in range(45)
        for column in range(12)
    }
    shown = protect(counts, 10)
    hidden = [cell for cell, value in shown.items() if value is None]
    small = [cell for cell, value in sums(counts).items() if value < 10]
    assert set(small) <= set(hidden) and len(hidden) < 2 * len(small)


def test_cells_that_were_suppressed_before_stay_so_and_sums_come_first() -> None:
    counts = {("GB", "B"): 40, ("GB", "A"): 30, ("FR", "B"): 20, ("FR", "A"): 50}
    assert list(protect(counts, 10)) == [
        *(TOTAL, (None, "A"), (None, "B"), ("FR", None), ("FR", "A"), ("FR", "B")),
        *(("GB", None), ("GB", "A"), ("GB", "B")),
    ]
    shown = protect(counts, 10, [TOTAL, ("GB", "A"), ("MX", "A")])
    assert shown[TOTAL] == 140 and {cell for cell, value in shown.items() if value is None} == set(counts)


def test_the_cheapest_cells_are_suppressed_too() -> None:
    counts = {(row, column): 20 for row in "abc" for column in "xyz"} | {("a", "x"): 4, ("b", "y"): 11, ("c", "z"): 90}
    shown = protect(counts, 5)
    hidden = {cell for cell, value in shown.items() if value is None}
    assert hidden == {("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")}


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ({("a", "x"): 3, ("a", "y"): 1, ("b", "x"): 2}, {TOTAL: 6}),  # a 2 may become a 1
        ({("a", "x"): 1, ("a", "y"): 5}, {TOTAL: 6, ("a", None): 6}),  # a 1 may become more
        (  # hidden cells cost nothing
            {("a", "x"): 1, ("a", "y"): 4, ("b", "y"): 3, ("c", "x"): 1},
            {TOTAL: 9, ("b", None): 3, ("b", "y"): 3},
        ),
    ],
)
def test_hidden_cells_hide_each_other(counts: dict[tuple[str, str], int], shown: Known) -> None:
    assert protect(counts, 3) == sums(counts) | dict.fromkeys(sums(counts).keys() - shown.keys())
