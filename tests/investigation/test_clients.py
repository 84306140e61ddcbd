"""What selections of a client fit: each inference with its minimum, its share and an alternative."""

from __future__ import annotations

import pytest

from sousveil.investigation.clients import Client, Inference, describe_clients
from sousveil.investigation.importing import Selection
from sousveil.investigation.page import inferred
from tests.investigation.invented import BEGIN, DAY, number, selection

HOUR = 3_600
MONDAY = BEGIN + 6 * DAY


def working(
    count: int, first_hour: int, *, days: tuple[int, ...] = (0, 1, 2, 3, 4), client: str = "A"
) -> list[Selection]:
    """Selections in the ten hours from an hour on in UTC, on these days of the week."""
    return [
        selection(
            number(place),
            MONDAY + (place // 7 * 7 + days[place % len(days)]) * DAY + (first_hour + place % 10) * HOUR,
            client,
        )
        for place in range(count)
    ]


def only(rows: list[Selection], least: int = 50) -> Client:
    (client,) = describe_clients(rows, least=least)
    return client


def value(client: Client, kind: str) -> str | None:
    return next((one.value for one in client.inferences if one.kind == kind), None)


@pytest.mark.parametrize(
    ("first_hour", "zone"), [(8, "UTC+0"), (5, "UTC+3"), (13, "UTC-5"), (20, "UTC+12"), (19, "UTC-11")]
)
def test_hours_fit_a_time_zone(first_hour: int, zone: str) -> None:
    assert value(only(working(100, first_hour)), "hours") == zone


def test_days_off_are_those_of_the_zone_that_the_hours_fit() -> None:
    assert value(only(working(100, 5)), "days_off") == "5 6"
    assert value(only(working(100, 5, days=(6, 0, 1, 2, 3))), "days_off") == "4 5"
    # The first hours of a working day in UTC+12 lie on the day before in UTC.
    assert value(only(working(100, 20, days=(6, 0, 1, 2, 3))), "days_off") == "5 6"
    assert value(only(working(140, 5, days=(0, 1, 2, 3, 4, 5, 6))), "days_off") is None


def test_hours_at_the_border_of_the_share() -> None:
    day = [selection(number(place), MONDAY + place % 10 * HOUR) for place in range(80)]
    night = [selection(number(place), MONDAY + (12 + place % 10) * HOUR) for place in range(21)]
    assert only([*day, *night[:20]]).inferences[0].share == 0.8
    assert value(only([*day, *night]), "hours") is None


def test_hours_on_both_sides_of_midnight_fit_the_middle_zone() -> None:
    rows = [selection(number(place), MONDAY + 5 * HOUR) for place in range(60)]
    assert value(only(rows), "hours") == "UTC+7"  # a working day that has 05:00 UTC begins from 20:00 to 05:00


def test_days_are_those_of_utc_where_the_hours_fit_no_zone() -> None:
    shortly_before, shortly_after = MONDAY - 1, MONDAY
    rows = [selection(number(place), shortly_before) for place in range(3)]
    rows += [selection(number(place), shortly_after) for place in range(4)]
    client = only(rows)
    assert client.weekdays == (4, 0, 0, 0, 0, 0, 3)
    assert client.hours == (4, *[0] * 22, 3)


def test_the_least_number_of_selections_is_enough_and_labels_are_in_order() -> None:
    rows = working(50, 8, client="C") + working(50, 8) + working(51, 8, client="B")
    made = describe_clients(rows)
    assert [client.label for client in made] == ["B", "A", "C"]
    assert [[one.kind for one in client.inferences] for client in made] == [
        ["hours", "days_off", "country", "overlap", "overlap"]
    ] * 3
    assert [[one.value for one in client.inferences[3:]] for client in made] == [["A", "C"], ["B", "C"], ["A", "B"]]
    several = [
        selection(number(place), None, client, "absent")
        for client, places in (("B", range(50)), ("C", range(100)), ("A", range(50, 100)))
        for place in places
    ]
    (shared,) = (client.inferences for client in describe_clients(several) if client.label == "C")
    assert [one.value for one in shared if one.kind == "overlap"] == ["A", "B"]


def test_a_number_of_many_labels_says_nothing_of_two() -> None:
    def rows(labels: int) -> list[Selection]:
        return [selection(number(place), None, f"{label}", "absent") for label in range(labels) for place in range(5)]

    assert sum(len(client.inferences) for client in describe_clients(rows(50), least=5)) == 50 * (1 + 49)
    assert sum(len(client.inferences) for client in describe_clients(rows(51), least=5)) == 51


def test_too_few_selections_say_nothing_and_times_without_a_zone_are_left_out() -> None:
    rows = working(49, 8)
    assert only(rows).inferences == (Inference(kind="country", count=49, share=1.0, value="GB"),)[:0]
    assert value(only(rows, least=49), "hours") == "UTC+0"
    unclear = [selection(number(place), MONDAY, certainty="no_zone") for place in range(60)]
    client = only([*rows, *unclear])
    assert (client.rows, client.timed, value(client, "hours")) == (109, 49, None)


def test_countries_are_of_different_numbers() -> None:
    rows = [selection(number(place % 60), MONDAY, country="MX") for place in range(100)]
    rows += [selection(number(100 + place), MONDAY, country="FR") for place in range(60)]
    client = only(rows)
    assert client.countries == {"FR": 60, "MX": 60} and client.numbers == 120
    assert next(one for one in client.inferences if one.kind == "country") == Inference(
        kind="country", count=120, share=0.5, value="FR"
    )
    rows.append(selection(number(300), MONDAY, country="IN"))
    assert value(only(rows), "country") is None


def test_overlaps_of_labels() -> None:
    rows = [
        selection(number(place), None, client, "absent")
        for client, first in (("A", 0), ("B", 56))
        for place in range(first, first + 60)
    ]
    assert [one for client in describe_clients(rows) for one in client.inferences if one.kind == "overlap"] == []
    rows.append(selection(number(0), None, "B", "absent"))
    found = {
        client.label: one for client in describe_clients(rows) for one in client.inferences if one.kind == "overlap"
    }
    assert found["A"] == Inference(kind="overlap", count=5, share=5 / 60, value="B")
    assert found["B"] == Inference(kind="overlap", count=5, share=5 / 61, value="A")
    unnamed = [selection(number(place), None, client, "absent") for client in ("", "A") for place in range(60)]
    assert all(one.kind != "overlap" for client in describe_clients(unnamed) for one in client.inferences)


def test_every_inference_has_an_alternative_and_names_no_state() -> None:
    values = {"hours": "UTC+3", "days_off": "4 5", "country": "MX", "overlap": "B"}
    for kind, text in values.items():
        says, alternative = inferred(Inference(kind=kind, count=60, share=0.5, value=text))
        assert alternative.startswith("Or: ") and "look the same" in alternative and "60" in says
    assert "Friday Saturday" in inferred(Inference(kind="days_off", count=60, share=0, value="4 5"))[0]
