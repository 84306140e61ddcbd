"""Binary property lists with fixed bytes."""

from __future__ import annotations

import datetime
import plistlib
from typing import Any

from phonegen.ios._tables import BASE_TIME


def binary(value: Any) -> bytes:
    """The value as a binary property list; keys sorted, so the same value gives the same bytes."""
    return plistlib.dumps(value, fmt=plistlib.FMT_BINARY, sort_keys=True)


def date(unix: float | None) -> datetime.datetime:
    """A property list date for Unix seconds (UTC, whole seconds when the text form is used)."""
    moment = datetime.datetime.fromtimestamp(BASE_TIME if unix is None else unix, tz=datetime.UTC)
    return moment.replace(tzinfo=None)
