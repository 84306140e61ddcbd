"""Selection times of a list against times that examined phones recorded, and against dated events.

For each phone and kind of event: on how many occasions of selection an event followed within a number of seconds, how many that
would be by chance, and how likely at least so many are. The permutation test (`permutation`) compares with other selections of
the same client, weekday and hour, within the times from which the phone has records. Selections of one number that lie so near
that one event could follow both are one occasion.

`Correlation` is what other modules read (`load_correlations`): labels, counts, seconds and probabilities. It has no number, no
name of a case and no date.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from sousveil.errors import Usage
from sousveil.investigation.case_times import KINDS, CaseTimes
from sousveil.investigation.importing import Selection
from sousveil.investigation.listing import Columns, open_list
from sousveil.investigation.numbers import read_number
from sousveil.investigation.permutation import Slots, chance, holm
from sousveil.investigation.times import Certainty, Order, read_time
from sousveil.investigation.vault import Vault, looked_at
from sousveil.kinds import visible
from sousveil.texts import t

TABLE = "correlation-"
DAY, WEEK_HOURS = 86_400, 168
MONDAY = 3
"""1 January 1970 was a Thursday: so many days after a Monday."""
KINDS_MOST = 20
"""Different kinds of dated events."""
Integers = npt.NDArray[np.int64]


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of event of one phone, or of all phones together."""

    kind: str
    """`trace`, `crash`, `message`, `start`, or the kind of dated events."""
    selections: int
    """Occasions of selection in times from which the phone has records of this kind."""
    outside: int
    """Occasions outside of these times: not compared."""
    near: int
    """Occasions that an event followed within the limit."""
    expected: float
    """The mean number of near occasions if times are exchanged within strata."""
    probability: float | None
    """Of at least so many near occasions by chance; None where no occasion can be compared."""
    corrected: float | None
    """The same after Holm's correction for all tests of the table."""
    exact: bool
    """Whether every arrangement was counted; else arrangements were drawn."""
    shortest: int | None
    median: float | None
    """Of the near occasions: seconds (or days) from the selection to the event; below 0 within the clock error."""
    delays: tuple[int, ...]
    """For each occasion that was compared: seconds (or days) to the event that followed, or to the nearest one."""


class Phone(msgspec.Struct, frozen=True, kw_only=True):
    """An examined phone, or a person with dated events."""

    label: str
    """Its position in the file that the holders gave, from 1. Not its number."""
    rows: int
    """Rows of the list with its number."""
    comparisons: tuple[Comparison, ...]


class Correlation(msgspec.Struct, frozen=True, kw_only=True):
    """The comparison of a list with phones (`unit` is `second`) or with dated events (`unit` is `day`). Counts only."""

    unit: str
    made: datetime
    within: int
    """Seconds after a selection in which an event counts; or days before and after it."""
    clock_error: int
    """Seconds that clocks may differ: the limit is wider by so many on both sides."""
    seed: int | None = None
    """Of the arrangements that were drawn; None in a vault that kept none."""
    rows: int
    """Rows of the list."""
    unusable: int
    """Rows without a certain number, or without a time that is good enough."""
    unlisted: int
    """Phones whose number is not in the list."""
    untimed: int
    """Traces without a time to the second, or with an impossible time: not compared."""
    phones: tuple[Phone, ...]
    whole: tuple[Comparison, ...]
    """All phones together, for each kind."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of a comparison, as in `Correlation`."""

    unit: str
    within: int
    clock_error: int
    seed: int


class Correlations(msgspec.Struct, frozen=True, kw_only=True):
    """The newest comparison of each sort, and the settings of all comparisons, oldest first."""

    phones: Correlation | None = None
    events: Correlation | None = None
    runs: tuple[Run, ...] = ()


class _Listed(msgspec.Struct, frozen=True, kw_only=True):
    """The selections of a list that have a number and a time, sorted by stratum."""

    numbers: Integers
    times: Integers
    starts: Integers
    """Where the stratum of each selection begins and ends."""
    ends: Integers
    rows_of: dict[int, int]
    rows: int
    unusable: int

    def positions(self) -> dict[int, Integers]:
        """Number -> its selections."""
        order = np.argsort(self.numbers, kind="stable")
        borders = np.flatnonzero(np.diff(self.numbers[order])) + 1
        return {int(self.numbers[some[0]]): some for some in np.split(order, borders) if len(some)}


def _listed(list_rows: Iterable[Selection], certain: frozenset[Certainty], unit: int, apart: int) -> _Listed:
    """The occasions of a list, in `unit` seconds. Selections of a number up to `apart` after an occasion began belong to it."""
    known: list[tuple[int, int, int]] = []
    clients: dict[str, int] = {}
    rows, rows_of = 0, dict[int, int]()
    for row in list_rows:
        rows += 1
        number = int(row.e164 or 0)
        if number:
            rows_of[number] = rows_of.get(number, 0) + 1
        if number and row.seconds is not None and row.certainty in certain:
            known.append((number, row.seconds // unit, clients.setdefault(row.client, len(clients))))
    known.sort()
    occasions: list[tuple[int, int, int]] = []
    for selection in known:
        if not occasions or selection[0] != occasions[-1][0] or selection[1] > occasions[-1][1] + apart:
            occasions.append(selection)
    table = np.array(occasions, dtype=np.int64).reshape(-1, 3)
    seconds = table[:, 1] * unit
    weekdays, hours = (seconds // DAY + MONDAY) % 7, seconds % DAY // 3_600
    strata = (table[:, 2] * 7 + weekdays) * 24 + (hours if unit == 1 else 0)
    order = np.argsort(strata, kind="stable")
    strata = strata[order]
    return _Listed(
        numbers=table[order, 0],
        times=table[order, 1],
        starts=np.searchsorted(strata, strata, "left"),
        ends=np.searchsorted(strata, strata, "right"),
        rows_of=rows_of,
        rows=rows,
        unusable=rows - len(known),
    )


class _Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """The events of one kind of one phone."""

    times: Integers
    spans: Sequence[tuple[int, int]]
    """Sorted, apart from each other."""

    def covers(self, times: Integers, low: int, high: int) -> npt.NDArray[np.bool_]:
        """Whether the phone has records from `low` to `high` after each time."""
        spans = np.array(self.spans, dtype=np.int64)
        place = np.searchsorted(spans[:, 0] - high, times, "right") - 1
        return np.asarray((place >= 0) & (times <= spans[place, 1] - low))


def _near(events: Integers, times: Integers, low: int, high: int) -> tuple[npt.NDArray[np.bool_], Integers]:
    """Whether an event lies from `low` to `high` after each time, and how long after it the first such, or else the nearest, is."""
    place = np.searchsorted(events, times + low, "left")
    following = events[np.minimum(place, len(events) - 1)] - times
    near = (place < len(events)) & (following <= high)
    before = events[np.maximum(place - 1, 0)] - times
    nearest = np.where(np.abs(before) < np.abs(following), before, following)
    return near, np.where(near, following, nearest)


class _Compared(msgspec.Struct, kw_only=True):
    """A comparison before it is corrected, and its strata."""

    kind: str
    outside: int = 0
    near: int = 0
    delays: list[int] = []
    close: list[int] = []
    """The delays of the near ones."""
    strata: dict[int, list[Slots]] = {}

    def join(self, other: _Compared) -> None:
        """Take the occasions of another phone too."""
        self.outside += other.outside
        self.near += other.near
        self.delays += other.delays
        self.close += other.close
        for stratum, slots in other.strata.items():
            self.strata.setdefault(stratum, []).extend(slots)

    def comparison(self, seed: int) -> Comparison:
        """The test, with no correction yet."""
        made = chance(list(self.strata.values()), self.near, seed=seed) if self.strata else None
        return Comparison(
            kind=self.kind,
            selections=len(self.delays),
            outside=self.outside,
            near=self.near,
            expected=made.expected if made else 0.0,
            probability=made.probability if made else None,
            corrected=None,
            exact=made.exact if made else True,
            shortest=min(self.close, key=abs, default=None),
            median=float(np.median(self.close)) if self.close else None,
            delays=tuple(self.delays),
        )


def _compare(kind: str, listed: _Listed, own: Integers, recorded: _Recorded, low: int, high: int) -> _Compared:
    """Compare the selections `own` of one phone with its events, and find what their strata hold."""
    tested = own[recorded.covers(listed.times[own], low, high)]
    near, delays = _near(recorded.times, listed.times[tested], low, high)
    strata: dict[int, list[Slots]] = {}
    for start in np.unique(listed.starts[tested]).tolist():
        times = listed.times[start : listed.ends[start]]
        possible = np.flatnonzero(recorded.covers(times, low, high))
        hits, _ = _near(recorded.times, times[possible], low, high)
        own_times = tested[listed.starts[tested] == start] - start
        strata[start] = [Slots(own=own_times, possible=possible, near=hits)]
    return _Compared(
        kind=kind,
        outside=len(own) - len(tested),
        near=int(near.sum()),
        delays=delays.tolist(),
        close=delays[near].tolist(),
        strata=strata,
    )


def _tables(
    listed: _Listed,
    recorded: Sequence[tuple[int, Mapping[str, _Recorded]]],
    kinds: Sequence[str],
    window: tuple[int, int],
    seed: int,
) -> tuple[tuple[Phone, ...], tuple[Comparison, ...]]:
    """The tests of each number in the list, and of all together, corrected."""
    positions = listed.positions()
    nothing = np.zeros(0, dtype=np.int64)
    together = {kind: _Compared(kind=kind) for kind in kinds}
    phones = []
    for place, (number, of) in enumerate(recorded, 1):
        comparisons = []
        for kind in kinds:
            if kind not in of or number not in positions:
                outside = len(positions.get(number, nothing))
                compared = _Compared(kind=kind, outside=outside)
            else:
                compared = _compare(kind, listed, positions[number], of[kind], *window)
            together[kind].join(compared)
            comparisons.append(compared.comparison(seed))
        phones.append(Phone(label=str(place), rows=listed.rows_of.get(number, 0), comparisons=tuple(comparisons)))
    corrected = iter(_corrected([test for phone in phones for test in phone.comparisons]))
    whole = _corrected([together[kind].comparison(seed) for kind in kinds])
    return (
        tuple(
            msgspec.structs.replace(one, comparisons=tuple(next(corrected) for _ in one.comparisons)) for one in phones
        ),
        tuple(whole),
    )


def _corrected(tests: Sequence[Comparison]) -> list[Comparison]:
    probabilities = iter(holm([test.probability for test in tests if test.probability is not None]))
    return [
        msgspec.structs.replace(test, corrected=None if test.probability is None else next(probabilities))
        for test in tests
    ]


def correlate_phones(
    list_rows: Iterable[Selection],
    phones: Sequence[tuple[str, CaseTimes]],
    *,
    within: int,
    clock_error: int,
    seed: int,
    now: datetime,
) -> Correlation:
    """The selections of a list against phones: E.164 and times of each."""
    window = -clock_error, within + clock_error
    listed = _listed(list_rows, frozenset({Certainty.ZONED}), 1, window[1] - window[0])
    recorded = [
        (
            int(number),
            {
                kind: _Recorded(times=np.array(times, dtype=np.int64), spans=case.spans[kind])
                for kind, times in case.times.items()
                if times
            },
        )
        for number, case in phones
    ]
    made, whole = _tables(listed, recorded, KINDS, window, seed)
    return Correlation(
        unit="second",
        made=now,
        within=within,
        clock_error=clock_error,
        seed=seed,
        rows=listed.rows,
        unusable=listed.unusable,
        unlisted=sum(not phone.rows for phone in made),
        untimed=sum(case.untimed for _, case in phones),
        phones=made,
        whole=whole,
    )


class DatedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a person on a day."""

    number: str
    """E.164."""
    day: int
    """Days since 1970."""
    kind: str


def read_events(path: Path, country: str = "", order: Order = Order.UNKNOWN) -> list[DatedEvent]:
    """Dated events of a CSV file with the columns `number`, `date` and `event` (a killing, an arrest). Raises Usage."""
    events, kinds = [], set()
    with open_list(path) as listing:
        columns = Columns(listing.header, {})
        place = next((at for at, name in enumerate(listing.header) if name.casefold() == "event"), None)
        if place is None or columns.positions["time"] is None:
            raise Usage(t("error.correlate.event_columns"), hint=t("error.correlate.event_form"))
        for row in listing.rows(columns):
            number = read_number(columns.cell(row, "number"), country).e164
            time = read_time(columns.cell(row, "time"), order)
            kind = " ".join(visible(row.cells[place] if place < len(row.cells) else "", 60).split())
            if not number or time.seconds is None or not kind:
                raise Usage(t("error.correlate.event_row", line=row.line), hint=t("error.correlate.event_form"))
            kinds.add(kind)
            events.append(DatedEvent(number=number, day=time.seconds // DAY, kind=kind))
    if not events or len(kinds) > KINDS_MOST:
        raise Usage(t("error.correlate.event_kinds", most=KINDS_MOST), hint=t("error.correlate.event_form"))
    return events


def correlate_events(
    list_rows: Iterable[Selection], events: Iterable[DatedEvent], *, days: int, seed: int, now: datetime
) -> Correlation:
    """The days of selection against dated events, up to `days` before or after. Strata have a client and a weekday."""
    listed = _listed(list_rows, frozenset({Certainty.ZONED, Certainty.NO_ZONE, Certainty.DAY}), DAY, 2 * days)
    by_number: dict[str, dict[str, set[int]]] = {}
    for event in events:
        by_number.setdefault(event.number, {}).setdefault(event.kind, set()).add(event.day)
    spans = ((int(np.min(listed.times)), int(np.max(listed.times))) if len(listed.times) else (0, 0),)
    recorded = [
        (
            int(number),
            {kind: _Recorded(times=np.array(sorted(some), dtype=np.int64), spans=spans) for kind, some in of.items()},
        )
        for number, of in by_number.items()
    ]
    kinds = list(dict.fromkeys(kind for of in by_number.values() for kind in of))
    made, whole = _tables(listed, recorded, kinds, (-days, days), seed)
    return Correlation(
        unit="day",
        made=now,
        within=days,
        clock_error=0,
        seed=seed,
        rows=listed.rows,
        unusable=listed.unusable,
        unlisted=sum(not phone.rows for phone in made),
        untimed=0,
        phones=made,
        whole=whole,
    )


def keep_correlations(
    vault: Vault, made: Correlations, *, now: datetime, numbers: Collection[str] = ()
) -> Correlations:
    """Keep comparisons of these numbers in the vault in place of older ones of their sort. Gives them with all `runs`."""
    known = load_correlations(vault)
    runs = known.runs + tuple(
        Run(unit=one.unit, within=one.within, clock_error=one.clock_error, seed=one.seed or 0)
        for one in (made.phones, made.events)
        if one is not None
    )
    kept = Correlations(phones=made.phones or known.phones, events=made.events or known.events, runs=runs)
    vault.replace_tables({TABLE: kept}, "correlation", now=now, **looked_at("number", numbers))
    return msgspec.structs.replace(made, runs=runs)


def load_correlations(vault: Vault) -> Correlations:
    """The comparisons that the vault keeps. Raises Malformed."""
    return vault.load_table(TABLE, Correlations) or Correlations()


__all__ = [
    "Comparison",
    "Correlation",
    "Correlations",
    "DatedEvent",
    "Phone",
    "Run",
    "correlate_events",
    "correlate_phones",
    "keep_correlations",
    "load_correlations",
    "read_events",
]
