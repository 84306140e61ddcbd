"""Invitations into the past that overlap each other, from one organiser: such invitations give no notice on the
phone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sousveil.acquisition.model import Device
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule
from sousveil.kinds import Role
from sousveil.texts import t

_COLUMNS = ("part", "role", "start_date", "end_date", "creation_date", "participant_email", "all_day")
LATE = 86_400_000_000
"""Microseconds after its start at which an invitation must have been made to count: a day."""
TOGETHER = 3_600_000_000
"""Microseconds within which the invitations of a group were made."""
MAX_ROWS = 20
"""Invitations that one finding cites."""


def _keep(columns: Columns) -> Iterable[int]:
    rows = zip(
        *(columns[name] for name in ("part", "role", "start_date", "creation_date", "participant_email", "all_day")),
        strict=True,
    )
    return [
        at
        for at, (part, role, start, created, organiser, all_day) in enumerate(rows)
        if part == "event"
        and role == Role.RECEIVED.value
        and organiser
        and not all_day
        and isinstance(start, int)
        and isinstance(created, int)
        and created - start > LATE
    ]


def _end(row: Kept) -> int:
    end, start = row.row["end_date"], row.row["start_date"]
    return end if isinstance(end, int) and end > start else int(start)


def _overlapping(rows: Sequence[Kept]) -> Iterator[list[Kept]]:
    """Runs of invitations that were made together and whose times overlap, at least two each."""
    groups: list[list[Kept]] = []
    for row in sorted(rows, key=lambda r: r.row["creation_date"]):
        if groups and row.row["creation_date"] - groups[-1][0].row["creation_date"] <= TOGETHER:
            groups[-1].append(row)
        else:
            groups.append([row])
    for group in groups:
        run: list[Kept] = []
        until = 0
        for row in sorted(group, key=lambda r: (r.row["start_date"], _end(r))):
            if run and row.row["start_date"] >= until:
                if len(run) > 1:
                    yield run
                run = []
            run.append(row)
            until = max(until, _end(row)) if len(run) > 1 else _end(row)
        if len(run) > 1:
            yield run


def _find(kept: Mapping[str, Sequence[Kept]], _device: Device) -> Iterator[Hit]:
    by_organiser: dict[str, list[Kept]] = {}
    for row in kept["events"]:
        by_organiser.setdefault(str(row.row["participant_email"]).casefold(), []).append(row)
    for rows in by_organiser.values():
        for run in _overlapping(rows):
            yield Hit(
                rows=tuple(run[:MAX_ROWS]),
                at=min(r.row["creation_date"] for r in run),
                says=t("rule.calendar-backdated.says", n=len(run)),
            )


RULE = Rule(
    name="calendar-backdated",
    title="Overlapping invitations into the past",
    shows=Shows.CONTACT,
    strength=Strength.LEAD,
    reads={"events": Reads(artefact="ios.calendar", columns=_COLUMNS, keep=_keep)},
    find=_find,
    innocent=(
        "A colleague or an app copied an older calendar, or an account with old entries was added to the phone.",
    ),
    basis="Citizen Lab and Microsoft on ENDOFDAYS, 2023-04-11 (through the press): invisible, back-dated, "
    "overlapping invitations.",
)
