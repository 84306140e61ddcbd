"""Traffic of programs since the phone's last daily report (com.apple.osanalytics.addaily.plist)."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.artefacts.model import Artefact, At, Context, Event, Seen
from sousveil.errors import Unsupported
from sousveil.kinds import ProcessName, Real, Role, UnixTime
from sousveil.readers.plist import PlistValue
from sousveil.readers.plists import Row, as_list, plist_rows
from sousveil.records import Record
from sousveil.texts import t


class BaselineTraffic(Record):
    """One program with its counters."""

    process: ProcessName
    """Name of the program, at times followed by `/` and a bundle id."""
    at: UnixTime | None
    wifi_in: Real | None
    """Bytes."""
    wifi_out: Real | None
    wwan_in: Real | None
    wwan_out: Real | None


_COUNTERS = ("at", "wifi_in", "wifi_out", "wwan_in", "wwan_out")


def parse(value: PlistValue, context: Context) -> Iterator[Row]:
    """A row for each program of netUsageBaseline; values beyond the five known ones are kept."""
    baseline = value.get("netUsageBaseline") if isinstance(value, dict) else None
    if not isinstance(baseline, dict):
        raise Unsupported(t("error.addaily.file_netusagebaseline"))
    for process, facts in baseline.items():
        numbers = as_list(facts)
        row = Row(zip(_COUNTERS, numbers, strict=False))
        if len(numbers) > len(_COUNTERS):
            row.extra["further values"] = numbers[len(_COUNTERS) :]
        elif facts is not numbers:
            row.extra["value"] = facts
        row["process"] = process
        yield row


ARTEFACT = Artefact(
    name="ios.osanalytics_addaily",
    title="Traffic of programs, daily report",
    needs={"main": (At.ios("/private/var/mobile/Library/Preferences/com.apple.osanalytics.addaily.plist"),)},
    record=BaselineTraffic,
    role=Role.RAN,
    read=plist_rows(parse),
    events=(Event(at="at", says="traffic of a program counted", shows="process"),),
    seen=(Seen(versions="iOS 12 to 26", basis="layout from the reference tool's output", verified=True),),
    means="A published program name shows that a program of that name ran and used the network.",
)
