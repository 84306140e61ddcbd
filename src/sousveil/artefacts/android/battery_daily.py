"""Daily battery statistics: which apps were updated or removed on which day (dumpsys batterystats)."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.artefacts.model import Artefact, At, Context, Event, Seen
from sousveil.kinds import BundleId, Flag, Integer, LocalTime, Role
from sousveil.patterns import lazy_pattern
from sousveil.readers.dumpstate import SectionText, section_rows
from sousveil.readers.plists import Row
from sousveil.records import Record


class DailyChange(Record):
    """One change of an app within a day."""

    package: BundleId
    version_code: Integer | None
    """0 where the app was removed."""
    removed: Flag
    day_from: LocalTime | None
    day_to: LocalTime | None
    """May lie before `day_from`: some phones write a date of 1970."""


_STAMP = r"(\d{4}-\d\d-\d\d)-(\d\d)-(\d\d)-(\d\d)"
_DAY = lazy_pattern(rf"\s+Daily from {_STAMP} to {_STAMP}:")
_CURRENT = lazy_pattern(rf"\s+Current start time: {_STAMP}")
_UPDATE = lazy_pattern(r"\s+Update ([A-Za-z][\w.]{0,254}) vers=(\d{1,18})")


def _moment(text: SectionText, parts: tuple[str, ...]) -> float | None:
    return text.clock.utc(f"{parts[0]} {parts[1]}:{parts[2]}:{parts[3]}")


def parse(text: SectionText, context: Context) -> Iterator[Row]:
    """The rows `Update`, each with its day."""
    begin: float | None = None
    end: float | None = None
    daily = False
    for number, line in text.lines():
        if line.startswith("Daily stats:"):
            daily = True
        elif not daily:
            continue
        elif line.startswith("Statistics since last charge:"):
            return
        elif day := _DAY.match(line):
            begin, end = _moment(text, day.groups()[:4]), _moment(text, day.groups()[4:])
        elif current := _CURRENT.match(line):
            begin, end = _moment(text, current.groups()), None
        elif update := _UPDATE.match(line):
            version = int(update[2])
            values = {"package": update[1], "version_code": version, "removed": int(not version)}
            yield Row({**values, "day_from": begin, "day_to": end}, line=number)


ARTEFACT = Artefact(
    name="android.battery_daily",
    title="Apps updated or removed, by day",
    needs={"main": (At.section("batterystats"),)},
    record=DailyChange,
    role=Role.INSTALLED,
    read=section_rows(parse),
    events=(Event(at="day_from", says="app updated or removed on this day", shows="package"),),
    seen=(Seen(versions="Android 10", basis="seen on a real phone", verified=True),),
    means="A published app that was removed stays in this list for some days.",
)
