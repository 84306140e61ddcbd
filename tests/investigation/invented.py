"""Invented lists and phones for comparisons: operators with working hours, phones with everyday events, and planted traces.

Numbers begin with +999, which no country has.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb

from sousveil.investigation.case_times import EVENTS, TRACE, CaseTimes
from sousveil.investigation.importing import Selection

BEGIN, DAY = 1_546_300_800, 86_400
"""Tuesday, 1 January 2019, in UTC; seconds of a day."""
DAYS = 730
MONDAY = BEGIN + 6 * DAY + 9 * 3_600
"""Monday, 7 January 2019, 09:00."""
RATES = {TRACE: 4, "crash": 60, "message": 1_500, "start": 400}
"""Everyday events of a phone in DAYS."""


def number(place: int) -> str:
    """A number that nobody has."""
    return f"+999{place:08}"


def selection(
    e164: str, seconds: int | None, client: str = "A", certainty: str = "zoned", country: str = "GB"
) -> Selection:
    """A row of a list."""
    return Selection(
        line=1,
        written=e164,
        state="valid" if e164 else "malformed",
        e164=e164,
        country=country if e164 else "",
        line_type="mobile" if e164 else "",
        region="",
        recovery="",
        written_time="",
        certainty=certainty,
        seconds=seconds,
        client=client,
        others=[],
    )


def working_time(chance: random.Random, client: int) -> int:
    """A minute in the working hours of a client: Monday to Friday, ten hours, each client in its own zone."""
    while True:
        day = chance.randrange(DAYS)
        if (day + 1) % 7 < 5:
            return (
                BEGIN + day * DAY + (chance.randrange(4 + client % 3, 14 + client % 3) * 60 + chance.randrange(60)) * 60
            )


def invented_list(chance: random.Random, numbers: int, rows: int, clients: int = 3) -> list[Selection]:
    """Rows whose numbers stay with one client each."""
    made = []
    for row in range(rows):
        place = row % numbers if row < numbers else chance.randrange(numbers)
        client = place % clients
        made.append(selection(number(place), working_time(chance, client), f"client {client}"))
    return made


def invented_phone(
    chance: random.Random, near: Iterable[int] = (), *, share: float = 0.8, rates: dict[str, int] = RATES
) -> CaseTimes:
    """The times of a phone: everyday events, and traces, crashes and starts soon after a share of the times `near`."""
    times = {kind: {BEGIN + chance.randrange(DAYS * DAY) for _ in range(rate)} for kind, rate in rates.items()}
    for moment in near:
        if chance.random() < share:
            times[TRACE].add(moment + chance.randrange(5, 120))
            times["start"].add(moment + chance.randrange(5, 180))
    span = ((BEGIN, BEGIN + DAYS * DAY),)
    return CaseTimes(
        times={kind: tuple(sorted(some)) for kind, some in times.items()},
        spans={kind: span for kind, some in times.items() if some},
        untimed=0,
    )


def in_bursts(chance: random.Random, numbers: int, phones: int) -> tuple[list[Selection], list[tuple[str, CaseTimes]]]:
    """A list and phones that nothing connects: ten selections of a number within two weeks, messages in bursts of two weeks."""
    rows = []
    for place in range(numbers):
        week = chance.randrange(DAYS // 7 - 2)
        for _ in range(10):
            day = chance.choice((0, 1, 2, 3, 4, 7, 8, 9, 10, 11))
            minute = chance.randrange(10 * 60) * 60 - 2 * 3_600
            rows.append(selection(number(place), MONDAY + (week * 7 + day) * DAY + minute, f"client {place % 3}"))
    made = []
    for place in range(phones):
        starts = [BEGIN + chance.randrange((DAYS - 14) * DAY) for _ in range(10)]
        messages = {start + chance.randrange(14 * DAY) for start in starts for _ in range(400)}
        span = {"message": ((BEGIN, BEGIN + DAYS * DAY),)}
        times = {kind: tuple(sorted(messages)) if kind == "message" else () for kind in RATES}
        made.append((number(place), CaseTimes(times=times, spans=span, untimed=0)))
    return rows, made


def shuffled(chance: random.Random, rows: Sequence[Selection]) -> list[Selection]:
    """The list with the times of each client given to its rows anew."""
    times: dict[str, list[int | None]] = {}
    for row in rows:
        times.setdefault(row.client, []).append(row.seconds)
    for some in times.values():
        chance.shuffle(some)
    return [selection(row.e164, times[row.client].pop(), row.client) for row in rows]


def write_case(
    folder: Path, rows: Iterable[tuple[str, str, float]], findings: Iterable[dict[str, object]] = ()
) -> Path:
    """A case folder with what a comparison reads: rows of the timeline (artefact, event, seconds) and findings."""
    folder.mkdir(parents=True)
    (folder / "findings.json").write_text(json.dumps({"findings": list(findings)}))
    with duckdb.connect() as database:
        database.execute("CREATE TABLE timeline (time TIMESTAMPTZ, artefact VARCHAR, event VARCHAR, summary VARCHAR)")
        made = [(int(seconds * 1_000_000), artefact, event) for artefact, event, seconds in rows]
        if made:
            columns = [list(column) for column in zip(*made, strict=True)]
            database.execute(
                "INSERT INTO timeline SELECT make_timestamptz(micros), artefact, event, '' FROM"
                " (SELECT unnest($1::BIGINT[]) micros, unnest($2::VARCHAR[]) artefact, unnest($3::VARCHAR[]) event)",
                columns,
            )
        database.execute(f"COPY timeline TO '{folder / 'timeline.parquet'}' (FORMAT parquet)")
    return folder


def write_phone(folder: Path, phone: CaseTimes) -> Path:
    """A case folder with the times of an invented phone."""
    sources = {kind: min(pairs) for kind, pairs in EVENTS.items()}
    rows = [(*sources[kind], second) for kind in EVENTS for second in phone.times[kind]]
    covered = [range(first, last + 1, 7 * DAY) for first, last in phone.spans.get(TRACE, ())]
    rows += [("ios.tcc", "last_modified", moment) for span in covered for moment in span]
    return write_case(folder, rows, [finding(second) for second in phone.times[TRACE]])


def finding(seconds: int | None, **changes: object) -> dict[str, object]:
    """A finding as findings.json has it, with what a comparison reads."""
    from sousveil.findings.judge import when

    moment, quality = when(None if seconds is None else seconds * 1_000_000, None)
    known = {"artefact": "ios.tcc", "shows": "execution", "strength": "strong", "at": moment, "at_quality": quality}
    return known | changes
