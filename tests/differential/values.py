"""When a value of the peer's JSON and one of ours say the same; every conversion is named here."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime, timedelta
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MAC = 978_307_200
WEBKIT = -11_644_473_600


def nothing(value: Any) -> bool:
    """Whether the peer states no value: null, an empty text, an empty list."""
    return value is None or value == "" or value == [] or value == {}


def same(theirs: Any, ours: Any) -> bool:
    """Plain values: numbers by size (True is 1), bytes as base64 or UTF-8, lists and dictionaries as our JSON text."""
    if isinstance(theirs, list | dict):
        return isinstance(ours, str | list | dict) and _structure(theirs, ours)
    if isinstance(theirs, bool | int | float):
        return isinstance(ours, bool | int | float) and theirs == ours
    if isinstance(ours, bytes):
        return bytes_of(theirs) == ours or theirs == ours.decode("utf-8", "backslashreplace")
    return isinstance(ours, str) and theirs == ours


def bytes_of(text: Any) -> bytes | None:
    """What base64 text stands for."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError, TypeError):
        return None


def hexadecimal(theirs: Any, ours: Any) -> bool:
    """Bytes that the peer writes in hexadecimal."""
    return isinstance(ours, bytes) and isinstance(theirs, str) and theirs.lower() == ours.hex()


def _structure(theirs: Any, ours: Any) -> bool:
    if isinstance(ours, str) and not isinstance(theirs, str):
        try:
            ours = json.loads(ours)
        except ValueError:
            return False
    if isinstance(theirs, dict):
        return isinstance(ours, dict) and all(
            nothing(value) or _structure(value, ours.get(name)) for name, value in theirs.items()
        )
    if isinstance(theirs, list):
        return (
            isinstance(ours, list)
            and len(ours) == len(theirs)
            and all(_structure(one, other) for one, other in zip(theirs, ours, strict=True))
        )
    return same(theirs, ours) or (isinstance(theirs, str) and isinstance(ours, str) and _dates(theirs, ours))


def _dates(theirs: str, ours: str) -> bool:
    """A date inside a property list, in their words and in ours."""
    return ours[:19].replace("T", " ") == theirs[:19] and len(theirs) >= 19 and ours[4:5] == "-"


def micros(text: Any) -> int | None:
    """Microseconds since 1970 of the peer's date text (UTC, with or without a fraction)."""
    if not isinstance(text, str):
        return None
    for form in ("%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S"):
        try:
            return (datetime.strptime(text, form).replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
        except ValueError:
            continue
    return None


def time(theirs: Any, ours: Any) -> bool:
    """A date text: equal to the microsecond (theirs is computed in floating point, which may be off by one)."""
    at = micros(theirs)
    return at is not None and isinstance(ours, int) and abs(at - ours) <= 1


def to_second(theirs: Any, ours: Any) -> bool:
    """A date text that is ours cut to the whole second."""
    at = micros(theirs)
    return at is not None and isinstance(ours, int) and at == ours // 1_000_000 * 1_000_000


def stored(epoch: int) -> Any:
    """A number as the phone stores a time: seconds or, where it is that large, nanoseconds since `epoch`."""

    def compare(theirs: Any, ours: Any) -> bool:
        if theirs == 0 and ours is None:
            return True  # the phone's "never"
        if isinstance(theirs, bool) or not isinstance(theirs, int | float) or not isinstance(ours, int):
            return False
        if epoch == WEBKIT:
            return int(theirs) + epoch * 1_000_000 == ours
        if abs(theirs) > 1e14:
            return int(theirs) // 1000 + epoch * 1_000_000 == ours
        return abs(round(theirs * 1_000_000) + epoch * 1_000_000 - ours) <= 1

    return compare
