"""The values of a property list, and what is done with them whatever form the file had: canonical JSON, every text.

A value is one of dict (text keys, order of the file), list, str, int, float, bytes, bool, None, `Uid` and `PlistDate`.
Objects that the file shares are shared in the value too, so that nothing here may recurse.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeAlias

from sousveil.errors import LimitExceeded
from sousveil.kinds import MAC_EPOCH
from sousveil.texts import t

PlistValue: TypeAlias = "dict[str, PlistValue] | list[PlistValue] | str | int | float | bytes | bool | Uid | None"

UNIX = datetime(1970, 1, 1)
_FIRST, _LAST = -62_135_596_800_000_000, 253_402_300_799_999_999


class Uid(NamedTuple):
    """A reference of a keyed archive: the place of an object in `$objects`."""

    value: int


class PlistDate(int):
    """A date: microseconds since 1970-01-01T00:00:00Z."""

    __slots__ = ()

    @classmethod
    def from_mac(cls, seconds: float) -> PlistDate | None:
        """From seconds since 2001 UTC; None outside the years 1 to 9999, and for what is not a number."""
        if not -1e12 < seconds < 1e12:
            return None
        micros = round((seconds + MAC_EPOCH) * 1_000_000)
        return cls(micros) if _FIRST <= micros <= _LAST else None

    def iso(self) -> str:
        """ISO 8601 with microseconds, UTC."""
        return (UNIX + timedelta(microseconds=int(self))).isoformat(timespec="microseconds") + "Z"


_quote: Callable[[str], str] = json.encoder.encode_basestring


def _json_leaf(value: object) -> str:
    if isinstance(value, str):
        return _quote(value if value.isascii() else value.encode("utf-8", "replace").decode())
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, PlistDate):
        return f'"{value.iso()}"'
    if isinstance(value, Uid):
        return f'{{"uid":{value.value}}}'
    if isinstance(value, bytes):
        return f'"hex:{value.hex()}"'
    if isinstance(value, float):
        return repr(value) if value - value == 0 else f'"{value!r}"'
    return str(value)


def to_json(value: PlistValue, *, limit: int = 16 << 20) -> str:
    """Canonical JSON text: no spaces, order of the file, bytes as `"hex:.."`, dates as ISO text, `Uid` as `{"uid":n}`.

    A container inside itself becomes `"$cycle"`. Raises LimitExceeded when the text grows over `limit` characters.
    """
    out: list[str] = []
    size = 0
    open_ids: set[int] = set()
    stack: list[tuple[Iterator[Any], bool, int]] = []
    current: Any = value
    while True:
        if isinstance(current, dict | list):
            if id(current) in open_ids:
                out.append('"$cycle"')
            else:
                open_ids.add(id(current))
                keyed = isinstance(current, dict)
                out.append("{" if keyed else "[")
                stack.append((iter(current.items() if isinstance(current, dict) else current), keyed, id(current)))
        else:
            if isinstance(current, str | bytes) and len(current) > limit:
                raise LimitExceeded(t("error.plist_values.structure_written_text", limit=limit))
            out.append(_json_leaf(current))
        size += len(out[-1]) + 1
        while stack:
            items, keyed, number = stack[-1]
            item = next(items, stack)
            first = out[-1] in ("{", "[")
            if item is not stack:
                break
            stack.pop()
            open_ids.discard(number)
            out.append("}" if keyed else "]")
        else:
            return "".join(out)
        if not first:
            out.append(",")
        if keyed:
            out.append(_json_leaf(item[0]) + ":")
            size += len(out[-1])
            item = item[1]
        if size > limit:
            raise LimitExceeded(t("error.plist_values.structure_written_text", limit=limit))
        current = item


def walk_strings(value: PlistValue, *, keys: bool = False) -> Iterator[tuple[str, str]]:
    """Every text of a value with its path (`/key/0/key`, cut at 500 characters), in the order of the file.

    With `keys`, keys of dictionaries come too, before what they name. A container inside itself is entered once.
    """
    stack: list[tuple[str, Iterator[tuple[Any, Any]], bool, int]] = []
    open_ids: set[int] = set()
    path, current = "", value
    while True:
        if isinstance(current, str):
            yield path, current
        elif isinstance(current, dict | list) and id(current) not in open_ids:
            open_ids.add(id(current))
            keyed = isinstance(current, dict)
            members = iter(current.items()) if isinstance(current, dict) else enumerate(current)
            stack.append((path, members, keyed, id(current)))
        while stack:
            parent, items, keyed, number = stack[-1]
            pair = next(items, None)
            if pair is not None:
                break
            stack.pop()
            open_ids.discard(number)
        else:
            return
        path = f"{parent}/{str(pair[0])[:100]}"[:500]
        if keyed and keys:
            yield path, pair[0]
        current = pair[1]
