"""What decides which rows of a lake are compared: reversed names, registrable domains, the last day of a case."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from sousveil.cases.database import connect_files
from sousveil.cases.lake import Entry
from sousveil.cases.lake_rows import _Gathered, _Seen, is_address, registrable, reversed_host
from sousveil.indicators.model import Platform

SUFFIXES = frozenset({"co.uk", "github.io", "s3.amazonaws.com"})


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("evil.example", "evil.example"),
        ("a.b.evil.example", "evil.example"),
        ("a.evil.co.uk", "evil.co.uk"),
        ("evil.co.uk", "evil.co.uk"),
        ("co.uk", "co.uk"),
        ("a.b.github.io", "b.github.io"),
        ("x.y.s3.amazonaws.com", "amazonaws.com"),
        ("localhost", "localhost"),
    ],
)
def test_the_registrable_domain_is_the_shortest_that_is_no_suffix(host: str, domain: str) -> None:
    assert registrable(host, SUFFIXES) == domain


def test_a_domain_and_all_below_it_are_neighbours() -> None:
    hosts = ["notevil.example", "a.evil.example", "evil.example", "evil.example.net", "b.a.evil.example"]
    assert sorted(map(reversed_host, hosts)) == [
        "example.evil",
        "example.evil.a",
        "example.evil.a.b",
        "example.notevil",
        "net.example.evil",
    ]


def test_addresses_have_no_domain() -> None:
    assert [is_address(host) for host in ("192.0.2.1", "2001:db8::1", "evil.example", "x1")] == [
        True,
        True,
        False,
        False,
    ]


def test_the_place_is_that_of_the_earliest_time() -> None:
    gathered = _Gathered(SUFFIXES)
    for row, time in ((1, 30), (2, 10), (3, 20), (4, None)):
        gathered.value("process", "process:name", "evild", "ios.x", ("f", None, row, None, None), _Seen(time, time, 1))
    (raw,) = gathered.close()
    with connect_files({"rows": [raw]}, Path(), private=True) as (database, _):
        (row,) = database.execute(
            "SELECT source_row, epoch_us(first_seen), epoch_us(last_seen), sightings FROM rows"
        ).fetchall()
    assert row == (2, 10, 30, 4)


def test_the_last_day_counts() -> None:
    def entry(consent: date, delete: date) -> Entry:
        return Entry(
            case="0" * 16,
            device="1" * 16,
            added=datetime(2026, 1, 1, tzinfo=UTC),
            consent_until=consent,
            delete_after=delete,
            platform=Platform.IOS,
            whole=True,
            rows=0,
            tables=(),
        )

    first, second = date(2026, 3, 1), date(2026, 3, 2)
    assert [entry(first, second).ended(day) for day in (first, second)] == [False, True]
    assert [entry(second, first).ended(day) for day in (first, second)] == [False, True]
