"""Counts over the vault, and how well it agrees with numbers whose truth is known elsewhere. No number leaves this module."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np

from sousveil.errors import Usage
from sousveil.investigation.importing import Selection, Settings, selections
from sousveil.investigation.listing import Columns, open_list
from sousveil.investigation.numbers import State, read_number
from sousveil.investigation.times import Certainty, read_time
from sousveil.investigation.vault import Vault, looked_at
from sousveil.texts import t

CLIENTS_MOST = 10_000
"""Different client labels that are counted apart; the rest are one line."""


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of rows. Each of `by` adds up to `rows`; an empty name stands for rows that lack the value."""

    rows: int
    by: dict[str, dict[str, int]]
    """Breakdown (state, country, client, year, line_type, certainty, recovery, import) -> value -> rows."""
    numbers: int
    """Different numbers."""
    repeated: int
    """Rows beyond the first of their number."""
    several_clients: int
    """Numbers that more than one client label selected."""
    same_selection: int
    """Rows whose number, time and client another row has too."""
    doubtful: int
    """Rows without a certain number: every state but valid."""

    def reconciled(self) -> bool:
        """Whether every breakdown adds up to the rows."""
        return all(sum(counts.values()) == self.rows for counts in self.by.values())


def summarize(vault: Vault) -> Summary:
    """The counts of all imports. Memory grows by 40 bytes a row. Raises Malformed."""
    by: dict[str, Counter[str]] = {name: Counter() for name in _BREAKDOWNS}
    clients = {"": 0}
    keys: list[np.ndarray] = []
    for item, batch in selections(vault):
        rows = np.zeros((len(batch), 3), dtype=np.int64)
        for place, row in enumerate(batch):
            client = row.client if row.client in clients or len(clients) < CLIENTS_MOST else ""
            for name, value in zip(_BREAKDOWNS, _values(row, client, item.id), strict=True):
                by[name][value] += 1
            seconds = -1 if row.seconds is None else row.seconds
            rows[place] = (int(row.e164 or 0), clients.setdefault(client, len(clients)), seconds)
        keys.append(rows[rows[:, 0] > 0])
    table = np.concatenate(keys) if keys else np.zeros((0, 3), dtype=np.int64)
    numbers = len(np.unique(table[:, 0]))
    pairs = np.unique(table[table[:, 1] > 0, :2], axis=0)  # a row without a client speaks of no other client
    _, clients_of = np.unique(pairs[:, 0], return_counts=True)
    timed = table[table[:, 2] >= 0]
    total = vault.rows
    return Summary(
        rows=total,
        by={name: dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))) for name, counts in by.items()},
        numbers=numbers,
        repeated=len(table) - numbers,
        several_clients=int((clients_of > 1).sum()),
        same_selection=len(timed) - len(np.unique(timed, axis=0)),
        doubtful=total - by["state"][State.VALID],
    )


_BREAKDOWNS = ("state", "country", "client", "year", "line_type", "certainty", "recovery", "import")


def _values(row: Selection, client: str, id: str) -> tuple[str, ...]:
    year = "" if row.seconds is None else str(datetime.fromtimestamp(row.seconds, UTC).year)
    return row.state, row.country, client, year, row.line_type, row.certainty, row.recovery, id


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """How a list agrees with probes: numbers of which it is known elsewhere whether they were selected, and when."""

    probes: int
    unread: int
    """Probes without a number or a truth that can be read; not used."""
    selected: int
    selected_in_list: int
    """Probes known as selected, and how many of them the list has."""
    others: int
    others_in_list: int
    """Probes known as not selected, and how many of them the list has."""
    chance: float | None
    """How likely so many hits among the selected are if the list knew nothing (Fisher's exact test, one-sided). None where
    one of the two groups is empty."""
    timed: int
    timed_near: int
    """Probes with a known time that the list has with a time, and how many lie within `hours` of it."""
    hours: float
    time_chance: float | None
    """How likely so many near times are if the list's times were drawn evenly over the span of the list."""


_TRUE, _FALSE = frozenset(("yes", "true", "1", "selected", "y")), frozenset(("no", "false", "0", "not selected", "n"))


def authenticate(vault: Vault, path: Path, settings: Settings, *, now: datetime, hours: float = 24.0) -> Agreement:
    """Compares the vault with a list of probes: columns `number`, `selected` (yes or no), and optionally `time`.

    Keeps nothing of the probes. Raises Usage, Malformed.
    """
    probes: dict[int, tuple[bool, int | None]] = {}
    total = unread = 0
    with open_list(path) as listing:
        columns = Columns(listing.header, {"time": _time_column(listing.header), **settings.columns})
        truth = next((place for place, name in enumerate(listing.header) if name.casefold() == "selected"), None)
        if truth is None:
            raise Usage(t("error.list.no_truth"), hint=t("error.list.no_truth_hint"))
        for row in listing.rows(columns):
            total += 1
            number = read_number(columns.cell(row, "number"), settings.country)
            word = row.cells[truth].strip().casefold() if truth < len(row.cells) else ""
            if not number.e164 or word not in _TRUE | _FALSE or int(number.e164) in probes:
                unread += 1
                continue
            time = read_time(columns.cell(row, "time"), settings.order, settings.zone)
            known = time.seconds if time.certainty in (Certainty.ZONED, Certainty.NO_ZONE) else None
            probes[int(number.e164)] = (word in _TRUE, known)
    if not probes:
        raise Usage(t("error.list.no_probes"), hint=t("error.list.no_truth_hint"))
    times, span = _times_of(vault, probes)
    vault.commit("authenticate", now=now, **looked_at("number", [f"+{number}" for number in probes]))
    return _agreement(probes, times, span, total=total, unread=unread, hours=hours)


def _time_column(header: Sequence[str]) -> str:
    """The header of the time of a probe: `selected` is the truth here."""
    return next((name for name in header if name.casefold() in ("time", "selected at", "date")), "")


def _times_of(vault: Vault, probes: dict[int, tuple[bool, int | None]]) -> tuple[dict[int, list[int]], tuple[int, int]]:
    """The times at which the list has each probe, and the first and last time of the whole list."""
    times: dict[int, list[int]] = {}
    first, last = 2**62, -(2**62)
    for _, batch in selections(vault):
        for row in batch:
            clock = row.seconds if row.certainty in (Certainty.ZONED, Certainty.NO_ZONE) else None
            if clock is not None:
                first, last = min(first, clock), max(last, clock)
            if row.e164 and int(row.e164) in probes:
                seen = times.setdefault(int(row.e164), [])
                if clock is not None:
                    seen.append(clock)
    return times, (first, last)


def _agreement(
    probes: dict[int, tuple[bool, int | None]],
    times: dict[int, list[int]],
    span: tuple[int, int],
    *,
    total: int,
    unread: int,
    hours: float,
) -> Agreement:
    selected = [number for number, (truth, _) in probes.items() if truth]
    others = [number for number, (truth, _) in probes.items() if not truth]
    hits, false_hits = sum(n in times for n in selected), sum(n in times for n in others)
    within = hours * 3600
    near, chances = 0, []
    for number in selected:
        known, listed = probes[number][1], times.get(number, [])
        if known is None or not listed:
            continue
        near += any(abs(moment - known) <= within for moment in listed)
        covered = _covered(known - within, known + within, span)
        chances.append(1 - (1 - covered) ** len(listed))
    return Agreement(
        probes=total,
        unread=unread,
        selected=len(selected),
        selected_in_list=hits,
        others=len(others),
        others_in_list=false_hits,
        chance=_fisher(hits, len(selected), false_hits, len(others)) if selected and others else None,
        timed=len(chances),
        timed_near=near,
        hours=hours,
        time_chance=_at_least(near, chances) if chances else None,
    )


def _covered(start: float, end: float, span: tuple[int, int]) -> float:
    """The part of a span that an interval covers."""
    length = span[1] - span[0]
    if length <= 0:
        return 1.0
    return max(0.0, min(end, span[1]) - max(start, span[0])) / length


def _fisher(hits: int, selected: int, false_hits: int, others: int) -> float:
    """The chance of at least `hits` among the selected, given the numbers of both groups and all hits (hypergeometric)."""
    drawn = hits + false_hits
    ways = sum(math.comb(selected, k) * math.comb(others, drawn - k) for k in range(hits, min(selected, drawn) + 1))
    return ways / math.comb(selected + others, drawn)


def _at_least(least: int, chances: list[float]) -> float:
    """The chance that at least so many of independent events come true (Poisson binomial)."""
    exactly = [1.0]
    for chance in chances:
        exactly = [
            (exactly[k] * (1 - chance) if k < len(exactly) else 0.0) + (exactly[k - 1] * chance if k else 0.0)
            for k in range(len(exactly) + 1)
        ]
    return min(1.0, math.fsum(exactly[least:]))


__all__ = ["Agreement", "Summary", "authenticate", "summarize"]
