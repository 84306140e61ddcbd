"""Dates with precision: what they span, what is refused, and what can be said of a day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sousveil.errors import Malformed
from sousveil.register import edtf

DAYS = st.dates(min_value=date(1, 1, 1), max_value=date(9999, 12, 31))


def span(text: str) -> tuple[str, str, str]:
    found = edtf.parse(text)
    return date.fromordinal(found.first).isoformat(), date.fromordinal(found.last).isoformat(), found.precision


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2021", ("2021-01-01", "2021-12-31", "year")),
        ("2021-02", ("2021-02-01", "2021-02-28", "month")),
        ("2020-02-29", ("2020-02-29", "2020-02-29", "day")),
        ("2021-07-18T23:30:00-02:00", ("2021-07-19", "2021-07-19", "day")),
        ("2021-07-18T10:00:00Z", ("2021-07-18", "2021-07-18", "day")),
        ("2015-06-30T23:59:60Z", ("2015-06-30", "2015-06-30", "day")),
        ("201X", ("2010-01-01", "2019-12-31", "decade")),
        ("20XX", ("2000-01-01", "2099-12-31", "century")),
        ("00XX", ("0001-01-01", "0099-12-31", "century")),
        ("2021-XX", ("2021-01-01", "2021-12-31", "year")),
        ("2021-XX-XX", ("2021-01-01", "2021-12-31", "year")),
        ("2021-07-XX", ("2021-07-01", "2021-07-31", "month")),
        ("2021-22", ("2021-01-01", "2022-02-28", "season")),
        ("2021-01", ("2021-01-01", "2021-01-31", "month")),
        ("2021-12", ("2021-12-01", "2021-12-31", "month")),
        ("2021-24", ("2021-01-01", "2022-02-28", "season")),
        ("9999-22", ("9999-01-01", "9999-12-31", "season")),
        ("2021~", ("2020-01-01", "2023-01-01", "year")),
        ("201X~", ("2000-01-01", "2029-12-31", "decade")),
        ("20XX~", ("1899-12-31", "2200-01-01", "century")),
    ],
)
def test_span(text: str, expected: tuple[str, str, str]) -> None:
    assert span(text) == expected


def test_marks() -> None:
    assert [(one.uncertain, one.approximate) for one in map(edtf.parse, ("2021", "2021?", "2021~", "2021%"))] == [
        (False, False),
        (True, False),
        (False, True),
        (True, True),
    ]
    assert edtf.parse("..").open


@pytest.mark.parametrize(
    "text",
    ["", "2021-02-30", "2021-13", "2021-00", "0000", "20211", "2021-7-1", "21", "2021/2022", "XXXX", "201X-05",
     "2021-XX-05", "2021-21-01", "2021-25", "soon", "2021-07-18T25:00:00Z", "2021-07-18T10:00:00+99:00", "-2021", "2021-07-18 ",
     "２０２１", "2021??", "9999-12-31T23:59:00-23:00", "2" * 5000],
)  # fmt: skip
def test_refused(text: str) -> None:
    with pytest.raises(Malformed):
        edtf.parse(text)


@pytest.mark.parametrize(
    ("start", "end", "day", "expected"),
    [
        ("2019-05", "2021-01-31", "2020-06-01", True),
        ("2019-05", "2021-01-31", "2019-05-15", None),
        ("2019-05", "2021-01-31", "2019-04-30", False),
        ("2019-05", "2021-01-31", "2021-01-31", True),
        ("2019-05", "2021-01-31", "2021-02-01", False),
        ("2019-05", None, "2020-01-01", None),
        ("2019-05", "..", "2030-01-01", True),
        ("2019-05-01", None, "2019-05-01", True),
        ("2019-05-01", None, "2019-04-30", False),
        (None, "2019-05-01", "2019-05-02", False),
        (None, "2019-05-01", "2019-05-01", True),
        (None, "2019-05-01", "2019-04-01", None),
        ("..", "2019-05-01", "1900-01-01", True),
        (None, None, "2020-01-01", None),
        ("2019?", "..", "2025-01-01", None),
        ("2019~", "..", "2025-01-01", True),
        ("2019", "2019", "2019", None),
        ("2018", "2020", "2019", True),
    ],
)
def test_holds(start: str | None, end: str | None, day: str, expected: bool | None) -> None:
    assert edtf.holds(start, end, day) is expected


def test_an_unknown_end_is_not_an_ongoing_one() -> None:
    assert (edtf.holds("2010", None, "2024-01-01"), edtf.holds("2010", "..", "2024-01-01")) == (None, True)


@given(DAYS, DAYS, DAYS)
def test_holds_agrees_with_the_calendar(first: date, second: date, asked: date) -> None:
    start, end = sorted((first, second))
    assert edtf.holds(start.isoformat(), end.isoformat(), asked.isoformat()) is (start <= asked <= end)


@given(DAYS, DAYS)
def test_compare_is_the_order_of_days(left: date, right: date) -> None:
    expected = (left > right) - (left < right)
    assert edtf.compare(edtf.parse(left.isoformat()), edtf.parse(right.isoformat())) == expected


@given(DAYS, st.sampled_from(["year", "month"]), DAYS)
def test_a_vaguer_end_never_says_the_opposite(end: date, precision: str, asked: date) -> None:
    vague = end.isoformat()[: 4 if precision == "year" else 7]
    exact = edtf.holds("..", end.isoformat(), asked.isoformat())
    assert edtf.holds("..", vague, asked.isoformat()) in (exact, None)


@given(st.text(max_size=30))
def test_nothing_but_malformed_is_raised(text: str) -> None:
    try:
        found = edtf.parse(text)
    except Malformed:
        return
    assert found.text == text and found.first <= found.last


def test_intervals() -> None:
    found = edtf.parse_interval("2019/..")
    assert found.start is not None and found.end is not None and found.end.open
    assert edtf.parse_interval("2019/").end is None
    for text in ("2021/2019", "/", "2021/2022/2023"):
        with pytest.raises(Malformed):
            edtf.parse_interval(text)


def test_order() -> None:
    texts = ["..", "2021-07-18", "2020", "2021", None, "202X", "2021-07"]
    assert sorted(texts, key=edtf.sort_key) == ["2020", "202X", "2021", "2021-07", "2021-07-18", "..", None]


def test_year() -> None:
    assert [edtf.year_of(text) for text in ("2021-07", "202X", "2021?")] == [2021, None, None]


@given(st.dates(min_value=date(2, 1, 1), max_value=date(9998, 12, 31)))
def test_a_moment_near_midnight_counts_in_utc(day: date) -> None:
    assert edtf.parse(f"{day.isoformat()}T00:30:00+01:00").first == (day - timedelta(days=1)).toordinal()


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("2020", "2021", -1),
        ("2020-12", "2021-01-01", -1),
        ("2021-01-02", "2021-01-01", 1),
        ("2021-01-01", "2021-01-01", 0),
        ("2021-01", "2021-01", None),  # one month, perhaps two days of it
        ("2021-01", "2021-01-31", None),
        ("2021-01-01", "2021-01", None),
        ("2021-01-31", "2021-01", None),
        ("2020", "2021?", None),
        ("2020?", "2021", None),
        ("2020", "..", None),
        ("..", "2020", None),
    ],
)
def test_compare(left: str, right: str, expected: int | None) -> None:
    assert edtf.compare(edtf.parse(left), edtf.parse(right)) == expected


def test_dates_are_sorted_by_their_first_day_and_the_vaguer_comes_later() -> None:
    mixed = ["2021", "2021-01-02", "2021-01", "2020-12-31", "2021-01-01"]
    assert sorted(mixed, key=edtf.sort_key) == ["2020-12-31", "2021-01-01", "2021-01", "2021", "2021-01-02"]
    assert edtf.sort_key("..") == edtf.sort_key(None) > edtf.sort_key("9999-12-31")
    assert edtf.sort_key("2021-01")[1] == 30


def test_days_from_the_last_day_that_a_date_may_mean() -> None:
    days = [
        edtf.days_from(text, "2021-02-03") for text in ("2021-02-02", "2021-02-03", "2021-01", "2021", "..", "", None)
    ]
    assert days == [1, 0, 3, None, None, None, None]


def test_what_began_in_a_month_held_on_its_last_day() -> None:
    assert edtf.holds("2021-07", "..", "2021-07-31") is True
    assert edtf.holds("2021-07", "..", "2021-07-30") is None
