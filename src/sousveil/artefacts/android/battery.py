"""Battery history: jobs, apps in front, wake locks, cables and charging (dumpsys batterystats)."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.artefacts.android._common import component, milliseconds, package_of_process
from sousveil.artefacts.model import Artefact, At, Context, Event, Seen
from sousveil.kinds import BundleId, Label, LocalTime, Role, UnixTime
from sousveil.patterns import lazy_pattern
from sousveil.readers.dumpstate import SectionText, section_rows
from sousveil.readers.plists import Row
from sousveil.records import Record


class BatteryEvent(Record):
    """One event of the history, as far as it names an app, a cable, charging, the screen or a restart."""

    event: Label
    """Such as +job, -job, +top, +wake_lock, pkginst, +usb_data, plug, status, +screen, SHUTDOWN, TIME."""
    value: Label | None
    """What the event names: `com.maker.app/.Service`, `usb`, a tag."""
    package: BundleId | None
    uid: Label | None
    at: LocalTime | None
    at_utc: UnixTime | None
    """From the machine form (CHECKIN), to the millisecond."""


_LINE = lazy_pattern(r"\s*(0|\+[\dhdms]+|\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) \(\d+\) (.*)")
_RESET = lazy_pattern(r"(RESET:)?TIME: (\d{4}-\d\d-\d\d)-(\d\d)-(\d\d)-(\d\d)")
_TOKEN = lazy_pattern(r'([+\-]?[a-z_]+)=([\w\-]+):"([^"]{0,300})"')
_STATE = lazy_pattern(r"(?<!\S)([+\-](?:usb_data|screen|camera|audio|flashlight)|(?:plug|status)=[a-z\-]+)(?!\S)")
_WORD = lazy_pattern(r"(?<!\S)(SHUTDOWN|START|\*OVERFLOW\*)(?!\S)")
_SKIPPED = frozenset(("wake_reason", "stats", "user", "userfg", "+user", "-user", "+userfg", "-userfg"))
CODES = {
    "Ejb": "job",
    "Etp": "top",
    "Efg": "fg",
    "Epr": "proc",
    "Esy": "sync",
    "Etw": "tmpwhitelist",
    "Epi": "pkginst",
    "Epu": "pkgunin",
    "Eal": "alarm",
    "w": "wake_lock",
    "Ewl": "wake_lock_in",
}
"""Codes of the machine form that name a string, and what the text form calls them."""
STATES = {"Ud": "usb_data", "S": "screen", "ca": "camera", "a": "audio", "fl": "flashlight"}
_PLUG = {"Bp": "plug", "Bs": "status"}
_VALUES = {
    "plug": {"n": "none", "a": "ac", "u": "usb", "w": "wireless"},
    "status": {"?": "unknown", "c": "charging", "n": "not-charging", "d": "discharging", "f": "full"},
}
_POOL = lazy_pattern(r'9,hsp,(\d{1,6}),([\d\-]{1,12}),"(.*)"\Z')
MAX_POOL = 65_536


def _named(value: str) -> str | None:
    found = component(value)
    return found[0] if found else package_of_process(value.lstrip("*").partition("/")[0])


def _text(text: SectionText) -> Iterator[Row]:
    start: float | None = None
    for number, line in text.lines():
        if line.startswith(("Per-PID Stats:", "Daily stats:")):
            return
        row = _LINE.match(line)
        if row is None:
            continue
        stamp, rest = row[1], row[2]
        if reset := _RESET.search(rest):
            moment = text.clock.utc(f"{reset[2]} {reset[3]}:{reset[4]}:{reset[5]}")
            passed = milliseconds(stamp) or 0
            if reset[1]:  # offsets count from the last RESET, whatever the wall clock showed later
                start = None if moment is None else moment - passed / 1000
            yield Row({"event": "RESET" if reset[1] else "TIME", "at": moment}, line=number)
            continue
        if "-" in stamp:
            at = text.without_year(stamp)
        else:
            at = None if start is None else start + (milliseconds(stamp) or 0) / 1000
        for token in _TOKEN.finditer(rest):
            if token[1] not in _SKIPPED:
                values = {"event": token[1], "uid": token[2], "value": token[3], "package": _named(token[3])}
                yield Row({**values, "at": at}, line=number)
        for state in _STATE.finditer(rest):
            event, _, value = state[1].partition("=")
            yield Row({"event": event, "value": value or None, "at": at}, line=number)
        for word in _WORD.finditer(rest):
            yield Row({"event": word[1].strip("*"), "at": at}, line=number)


def _checkin(text: SectionText) -> Iterator[Row]:
    pool: dict[str, tuple[str, str]] = {}
    now: int | None = None
    for number, line in text.lines():
        if line.startswith("9,hsp,"):
            if (named := _POOL.match(line)) and len(pool) < MAX_POOL:
                pool[named[1]] = (named[2], named[3])
        elif line.startswith("9,h,"):
            parts = line.split(",")[2:]
            delta, _, word = parts[0].partition(":")
            if not delta.isdecimal() or len(delta) > 15:
                continue
            if word.startswith(("RESET:TIME:", "TIME:")):
                given = word.rpartition(":")[2]
                now = int(given) if given.isdecimal() and len(given) < 16 else None
                yield Row({"event": "RESET" if word.startswith("RESET") else "TIME", "at_utc": now}, line=number)
                continue
            now = None if now is None else now + int(delta)
            if word:
                yield Row({"event": word[:40], "at_utc": now}, line=number)
            for part in parts[1:]:
                if (row := _coded(part, pool)) is not None:
                    row.line = number
                    row["at_utc"] = now
                    yield row


def _coded(part: str, pool: dict[str, tuple[str, str]]) -> Row | None:
    code, _, value = part.partition("=")
    sign = code[:1] if code[:1] in "+-" else ""
    bare = code.removeprefix(sign) if sign else code
    if bare in CODES and value:
        uid, text = pool.get(value, ("", ""))
        if text:
            return Row({"event": sign + CODES[bare], "uid": uid, "value": text[:300], "package": _named(text)})
    elif bare in STATES and sign:
        return Row({"event": sign + STATES[bare]})
    elif bare in _PLUG:
        name = _PLUG[bare]
        return Row({"event": name, "value": _VALUES[name].get(value, value[:40])})
    return None


def parse(text: SectionText, context: Context) -> Iterator[Row]:
    """The machine form where the report holds it, else the text."""
    if text.title.startswith("CHECKIN"):
        yield from _checkin(text)
    elif "CHECKIN BATTERYSTATS" not in text.titles:
        yield from _text(text)


ARTEFACT = Artefact(
    name="android.battery",
    title="Battery history",
    needs={"main": (At.section("batterystats"), At.section("CHECKIN BATTERYSTATS"))},
    record=BatteryEvent,
    role=Role.RAN,
    read=section_rows(parse),
    events=(
        Event(at="at_utc", says="event of the battery history", shows="event"),
        Event(at="at", says="event of the battery history (time of the phone)", shows="event"),
    ),
    seen=(
        Seen(versions="Android 10", basis="seen on a real phone", verified=True),
        Seen(versions="Android 14 and later", basis="layout from the reference tool's output", verified=True),
    ),
    means="The name of a published app shows that this app ran, or held the phone awake, since the phone was last charged.",
)
