"""Protobuf messages without a schema: the fields of one level, by number, with limits."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sousveil.acquisition.model import Readable
from sousveil.errors import LimitExceeded, Malformed
from sousveil.texts import t

MAX_FIELDS = 200_000
"""Fields of one message."""
MAX_MESSAGE = 8 << 20
"""Bytes of one message of a list."""
_BLOCK = 256 << 10
Shape = Mapping[int, tuple[str, Any]]
"""Number of a field -> its name, and what it holds: `text`, `whole`, `flag`, `real`, the shape of an inner message, or a list with
one shape for many inner messages."""


def varint(data: bytes, at: int) -> tuple[int, int]:
    """(number, place behind it). Raises Malformed for one that is cut off or longer than ten bytes."""
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise Malformed(t("error.protobuf.damaged"))
        byte = data[at]
        value |= (byte & 127) << shift
        at += 1
        if byte < 128:
            return value & (1 << 64) - 1, at
        shift += 7


def message(data: bytes, wanted: frozenset[int] | None = None) -> dict[int, list[int | bytes]]:
    """The values of the wanted fields, of all without `wanted`: numbers, and bytes of texts and inner messages. Raises
    Malformed, LimitExceeded."""
    found: dict[int, list[int | bytes]] = {}
    at = count = 0
    while at < len(data):
        count += 1
        if count > MAX_FIELDS:
            raise LimitExceeded(t("error.protobuf.fields", most=MAX_FIELDS))
        tag, at = varint(data, at)
        number, kind = tag >> 3, tag & 7
        value: int | bytes
        if kind == 0:
            value, at = varint(data, at)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
            value, at = int.from_bytes(data[at : at + size], "little"), at + size
        elif kind == 2:
            size, at = varint(data, at)
            value, at = data[at : at + size], at + size
        else:
            raise Malformed(t("error.protobuf.damaged"))
        if at > len(data) or not number:
            raise Malformed(t("error.protobuf.damaged"))
        if wanted is None or number in wanted:
            found.setdefault(number, []).append(value)
    return found


def strings(values: Iterable[int | bytes]) -> list[str]:
    """Those values that are texts, as texts."""
    return [value.decode("utf-8", "replace") for value in values if isinstance(value, bytes)]


def delimited(content: Readable) -> Iterator[bytes]:
    """Messages that stand one after another, each behind its length. Raises Malformed and LimitExceeded, after those before."""
    data, at, offset = b"", 0, 0
    while True:
        if len(data) - at < 10 and offset < content.size:
            data, at = data[at:] + (piece := content.read(_BLOCK, offset)), 0
            offset = offset + len(piece) if piece else content.size
        if at >= len(data):
            return
        size, at = varint(data, at)
        if size > MAX_MESSAGE:
            raise LimitExceeded(t("error.protobuf.message", most=MAX_MESSAGE))
        while len(data) - at < size and offset < content.size:
            data, at = data[at:] + (piece := content.read(max(_BLOCK, size), offset)), 0
            offset = offset + len(piece) if piece else content.size
        if len(data) - at < size:
            raise Malformed(t("error.protobuf.damaged"))
        yield data[at : at + size]
        at += size


def dictionary(data: bytes, shape: Shape) -> dict[str, Any]:
    """The fields of a message by name; those that are not there are missing. Raises as `message`."""
    found: dict[str, Any] = {}
    for number, values in message(data, frozenset(shape)).items():
        name, kind = shape[number]
        if isinstance(kind, list):
            found[name] = [dictionary(value, kind[0]) for value in values if isinstance(value, bytes)]
        elif (value := _value(values[-1], kind)) is not None:
            found[name] = value
    return found


def _value(value: int | bytes, kind: Any) -> Any:
    if isinstance(value, bytes):
        return (
            value.decode("utf-8", "replace")
            if kind == "text"
            else dictionary(value, kind)
            if isinstance(kind, Mapping)
            else None
        )
    if kind == "real":
        (real,) = struct.unpack("<d", value.to_bytes(8, "little"))
        return real if abs(real) < 1e18 else None
    if kind in ("whole", "flag"):
        return bool(value) if kind == "flag" else value - (1 << 64) * (value >= 1 << 63)
    return None
