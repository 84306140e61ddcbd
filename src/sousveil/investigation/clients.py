"""What the selections of each client label fit: hours, days off, countries of the numbers, numbers shared with other labels.

Nothing here names who a client is. Each inference has a minimum of selections, and an alternative that would look the same.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec
import numpy as np

from sousveil.investigation.importing import Selection
from sousveil.investigation.times import Certainty

LEAST = 50
"""Selections from which on something is inferred."""
SHOWN_COUNTRIES = 10
OFFICE_HOURS, OFFICE_BEGINS = 10, 8
"""The length of a working day, and the local hour in which it begins."""
HOURS_SHARE = 0.8
"""The share of selections in the ten busiest hours from which on the hours fit a time zone; evenly spread they would have 0.42."""
DAYS_SHARE = 0.1
"""The share of the two quietest days below which they look like days off; evenly spread they would have 0.29."""
OVERLAP_LEAST = 5
"""Numbers that two labels share from which on the overlap is shown."""
LABELS_MOST = 50
"""A number of more labels than this says little about any two of them, and is left out of the overlaps."""
COUNTRY_SHARE = 0.5
"""The share of one country among the numbers from which on it is an inference."""


class Inference(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the selections fit. The texts `investigation.infer.KIND` and its alternative say it for people."""

    kind: str
    """`hours`, `days_off`, `country` or `overlap`."""
    count: int
    """Selections or numbers that it rests on."""
    share: float
    """Their share that fits."""
    value: str
    """A time zone as `UTC+3`, two days as `5 6` (Monday is 0), a country code of numbers, or another label."""


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """The selections of one label."""

    label: str
    rows: int
    numbers: int
    """Different numbers."""
    timed: int
    """Rows with a time in a known zone."""
    hours: tuple[int, ...]
    """Of them: rows in each hour of the day, in UTC."""
    weekdays: tuple[int, ...]
    """Rows on each day of the week, Monday first: in the zone that the hours fit, else in UTC."""
    countries: dict[str, int]
    """Country of the number -> different numbers, most first; the further ones are left out."""
    inferences: tuple[Inference, ...]


def describe_clients(list_rows: Iterable[Selection], *, least: int = LEAST) -> list[Client]:
    """Each client label with its inferences, most rows first."""
    rows: Counter[str] = Counter()
    times: dict[str, list[int]] = {}
    numbers: dict[str, set[str]] = {}
    country_of: dict[str, str] = {}
    for row in list_rows:
        rows[row.client] += 1
        if row.seconds is not None and row.certainty == Certainty.ZONED:
            times.setdefault(row.client, []).append(row.seconds)
        if row.e164:
            numbers.setdefault(row.client, set()).add(row.e164)
            country_of[row.e164] = row.country
    overlaps = _overlaps({label: some for label, some in numbers.items() if label}, least)
    return [
        _client(
            label, count, times.get(label, []), numbers.get(label, set()), country_of, overlaps.get(label, []), least
        )
        for label, count in sorted(rows.items(), key=lambda pair: (-pair[1], pair[0]))
    ]


def _client(
    label: str,
    rows: int,
    times: Sequence[int],
    numbers: set[str],
    country_of: dict[str, str],
    overlaps: list[Inference],
    least: int,
) -> Client:
    seconds = np.array(times, dtype=np.int64)
    hours = np.bincount(seconds % 86_400 // 3_600, minlength=24)
    inferences, offset = [], 0
    if len(times) >= least:
        begin, share = _busiest(hours)
        if share >= HOURS_SHARE:
            offset = (OFFICE_BEGINS - begin + 11) % 24 - 11
            inferences.append(Inference(kind="hours", count=len(times), share=share, value=f"UTC{offset:+d}"))
    weekdays = np.bincount(((seconds + offset * 3_600) // 86_400 + 3) % 7, minlength=7)
    if len(times) >= least:
        first = min(range(7), key=lambda day: weekdays[day] + weekdays[(day + 1) % 7])
        share = float(weekdays[first] + weekdays[(first + 1) % 7]) / len(times)
        if share <= DAYS_SHARE:
            value = f"{first} {(first + 1) % 7}"
            inferences.append(Inference(kind="days_off", count=len(times), share=share, value=value))
    countries = Counter(country_of[number] for number in numbers if country_of[number])
    known = countries.total()
    ordered = sorted(countries.items(), key=lambda pair: (-pair[1], pair[0]))
    if ordered and known >= least and ordered[0][1] / known >= COUNTRY_SHARE:
        country, count = ordered[0]
        inferences.append(Inference(kind="country", count=known, share=count / known, value=country))
    return Client(
        label=label,
        rows=rows,
        numbers=len(numbers),
        timed=len(times),
        hours=tuple(hours.tolist()),
        weekdays=tuple(weekdays.tolist()),
        countries=dict(ordered[:SHOWN_COUNTRIES]),
        inferences=(*inferences, *overlaps),
    )


def _busiest(hours: np.ndarray) -> tuple[int, float]:
    """The hour in UTC in which the busiest hours of a working day begin, and their share; the middle one of equal ones."""
    sums = [int(hours[[(begin + after) % 24 for after in range(OFFICE_HOURS)]].sum()) for begin in range(24)]
    best = [begin for begin in range(24) if sums[begin] == max(sums)]
    # Equal ones can lie on both sides of midnight: begin to count after a worse one.
    start = next((begin for begin in range(24) if sums[begin] != max(sums)), 0)
    best.sort(key=lambda begin: (begin - start) % 24)
    return best[len(best) // 2], max(sums) / int(hours.sum())


def _overlaps(numbers: dict[str, set[str]], least: int) -> dict[str, list[Inference]]:
    """Label -> the labels that selected the same numbers, most first. The share is of the label's own numbers."""
    labels: dict[str, set[str]] = {}
    for label, some in numbers.items():
        for number in some:
            labels.setdefault(number, set()).add(label)
    shared: Counter[tuple[str, str]] = Counter()
    for some_labels in labels.values():
        if len(some_labels) <= LABELS_MOST:
            shared.update(itertools.permutations(sorted(some_labels), 2))
    made: dict[str, list[Inference]] = {}
    for (label, other), count in sorted(shared.items(), key=lambda pair: (-pair[1], pair[0])):
        if count >= OVERLAP_LEAST and len(numbers[label]) >= least and len(numbers[other]) >= least:
            share = count / len(numbers[label])
            made.setdefault(label, []).append(Inference(kind="overlap", count=count, share=share, value=other))
    return made


__all__ = ["Client", "Inference", "describe_clients"]
