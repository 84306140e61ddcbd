"""The wall clock of an Android phone: how local times without a zone become UTC.

Best evidence first: the same moment printed once as local time and once as milliseconds since 1970 (installation times of
packages, events of usage statistics), then the time zone that the phone is set to.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cached_property
from zoneinfo import ZoneInfo

import msgspec

from sousveil.acquisition.model import Device
from sousveil.patterns import lazy_pattern

_STEP = 900
"""Offsets from UTC are multiples of a quarter of an hour."""
_MOST = 18 * 3600
_LOCAL = lazy_pattern(
    rb"^  Package \[([^\]\n]{1,255})\]|^ {4,}lastUpdateTime=(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)", re.MULTILINE
)
_CHECKIN = lazy_pattern(rb"^pkg,([^,\n]{1,255}),\d+,\d+,(\d{12,14}),(?:(\d{12,14}),)?", re.MULTILINE)
_USED = lazy_pattern(rb'^ +time="(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)" type=(\w+) package=(\S+)', re.MULTILINE)
_USED_CHECKIN = lazy_pattern(rb"^ +time=(\d{12,14}) type=(\w+) package=(\S+)", re.MULTILINE)


class Clock(msgspec.Struct, frozen=True, dict=True):
    """`zone` is the name of a time zone whose rules hold, `offset` seconds from UTC where only that is known."""

    zone: str | None
    offset: int | None

    @cached_property
    def _rules(self) -> tzinfo:
        return zone_named(self.zone) or timezone(timedelta(seconds=self.offset or 0))

    def utc(self, local: str | None) -> float | None:
        """Seconds since 1970 of a wall clock time `2020-01-08 15:30:07[.123]`; None for what is none. Where nothing is
        known about the zone, as if it were UTC."""
        if not local:
            return None
        try:
            moment = datetime.fromisoformat(local.strip())
            return (moment if moment.tzinfo else moment.replace(tzinfo=self._rules)).timestamp()
        except (ValueError, OverflowError):
            return None

    def offset_at(self, moment: float | None) -> int | None:
        """Seconds from UTC to the wall clock at a moment; where the calendar does not reach so far, what is known without."""
        if self.zone is None or moment is None:
            return self.offset
        try:
            shift = datetime.fromtimestamp(moment, UTC).astimezone(self._rules).utcoffset()
        except (ValueError, OverflowError, OSError):
            return self.offset
        return None if shift is None else round(shift.total_seconds())

    @classmethod
    def of(cls, device: Device) -> Clock:
        """The clock of a phone that was opened before."""
        return cls(zone=device.zone, offset=device.utc_offset)


def zone_named(name: str | None) -> ZoneInfo | None:
    """A time zone by its name in the database of time zones; None for another. The name is hostile."""
    if not name or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_+\-]*(?:/[A-Za-z0-9_+\-]+){0,2}", name):
        return None
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        return None


CLOCK_SECTIONS = ("package", "usagestats", "CHECKIN PACKAGE", "CHECKIN USAGESTATS")
"""The sections in which the same moments stand in local time and in UTC."""


def clock_of(bodies: Mapping[str, bytes], named: str | None) -> Clock:
    """The clock of the phone that printed these sections. `named` is the time zone that it is set to."""
    pairs = [*_packages(bodies), *_usage(bodies)]
    zone = zone_named(named)
    if zone is not None:
        clock = Clock(zone=named, offset=None)
        agree = sum(clock.offset_at(utc) == offset for utc, offset in pairs)
        if not pairs or 2 * agree >= len(pairs):
            return clock
    if not pairs:
        return Clock(zone=None, offset=None)
    pairs.sort()
    return Clock(zone=None, offset=Counter(offset for _, offset in pairs[-50:]).most_common(1)[0][0])


def _offset(local: bytes, millis: int) -> tuple[float, int] | None:
    """(UTC, seconds from it to the wall clock) of a moment that is known both ways; None where they cannot be the same."""
    wall = Clock(zone=None, offset=0).utc(local.decode())
    if wall is None:
        return None
    offset = round((wall - millis // 1000) / _STEP) * _STEP
    return (millis / 1000, offset) if abs(wall - millis // 1000 - offset) <= 1 and abs(offset) <= _MOST else None


def _packages(bodies: Mapping[str, bytes]) -> Iterator[tuple[float, int]]:
    exact = {name: int(last or first) for name, first, last in _CHECKIN.findall(bodies.get("CHECKIN PACKAGE", b""))}
    name = b""
    for package, local in _LOCAL.findall(bodies.get("package", b"")) if exact else ():
        name = package or name
        if local and name in exact and (pair := _offset(local, exact.pop(name))):
            yield pair


def _usage(bodies: Mapping[str, bytes]) -> Iterator[tuple[float, int]]:
    exact = _USED_CHECKIN.findall(bodies.get("CHECKIN USAGESTATS", b""))
    local = _USED.findall(bodies.get("usagestats", b"")) if exact else []
    for (millis, *same), (wall, *other) in zip(exact[:2000], local, strict=False):
        if same == other and (pair := _offset(wall, int(millis))):
            yield pair


__all__ = ["CLOCK_SECTIONS", "Clock", "clock_of", "zone_named"]
