"""Use of apps: events of the last day, totals of days, weeks, months and years (dumpsys usagestats, CHECKIN USAGESTATS)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sousveil.artefacts.model import Artefact, At, Context, Event, Seen
from sousveil.kinds import BundleId, Integer, Label, LocalTime, Role, UnixTime
from sousveil.patterns import lazy_pattern
from sousveil.readers.dumpstate import SectionText, section_rows
from sousveil.readers.plists import Row
from sousveil.records import Record


class AppUse(Record):
    """One event of an app, or its total within a period."""

    package: BundleId
    event: Label
    """Such as ACTIVITY_RESUMED, NOTIFICATION_INTERRUPTION, DEVICE_SHUTDOWN; `total` for the sum of a period."""
    period: Label | None
    """Of a total: `daily`, `weekly`, `monthly`, `yearly`. Apps that were removed stay in it."""
    screen: Label | None
    """The class that was shown."""
    launches: Integer | None
    user: Integer | None
    at: LocalTime | None
    at_utc: UnixTime | None
    """From the machine form (CHECKIN), to the millisecond."""


_USER = lazy_pattern(r"user=(\d{1,6})\b")
_PERIOD = lazy_pattern(r"\s+In-memory (daily|weekly|monthly|yearly) stats")
_TIME = lazy_pattern(r'\btime=(?:"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)"|(\d{12,16}))')
_USED = lazy_pattern(r'\blastTimeUsed=(?:"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)"|(\d{12,16}))')
_EVENT = lazy_pattern(r"\btype=([A-Z_]{2,60})\b")
_PACKAGE = lazy_pattern(r"\bpackage=([A-Za-z][\w.]{0,254})(?!\S)")
_CLASS = lazy_pattern(r"\bclass=([\w.$]{1,255})")
_LAUNCHES = lazy_pattern(r"\bappLaunchCount=(\d{1,9})")


def _moment(text: SectionText, found: re.Match[str]) -> dict[str, float | int | None]:
    return {"at": text.clock.utc(found[1])} if found[1] else {"at_utc": int(found[2])}


def parse(text: SectionText, context: Context) -> Iterator[Row]:
    """The machine form where the report holds it, else the text."""
    if text.title == "usagestats" and "CHECKIN USAGESTATS" in text.titles:
        return
    user: int | None = None
    period = ""
    for number, line in text.lines():
        if found := _USER.match(line):
            user, period = int(found[1]), ""
        elif found := _PERIOD.match(line):
            period = found[1]
        elif package := _PACKAGE.search(line):
            values = {"package": package[1], "user": user}
            event, time, used = _EVENT.search(line), _TIME.search(line), _USED.search(line)
            if event and time:
                screen = _CLASS.search(line)
                values |= {"event": event[1], "screen": screen[1] if screen else None}
                yield Row({**values, **_moment(text, time)}, line=number)
            elif used and period:
                launches = _LAUNCHES.search(line)
                values |= {"event": "total", "period": period, "launches": int(launches[1]) if launches else None}
                yield Row({**values, **_moment(text, used)}, line=number)


ARTEFACT = Artefact(
    name="android.usage",
    title="Use of apps",
    needs={"main": (At.section("usagestats"), At.section("CHECKIN USAGESTATS"))},
    record=AppUse,
    role=Role.RAN,
    read=section_rows(parse),
    events=(
        Event(at="at_utc", says="app used", shows="package"),
        Event(at="at", says="app used (time of the phone)", shows="package"),
    ),
    seen=(Seen(versions="Android 10", basis="seen on a real phone", verified=True),),
    means="A published app in this list was used, or was on the phone within the period, even if it was removed since.",
)
