"""Protobuf messages without a schema: the fields of one level, by number, with limits."""

from __future__ import annotations

from collections.abc import Iterable

from sousveil.errors import LimitExceeded, Malformed
from sousveil.texts import t

MAX_FIELDS = 200_000
"""Fields of one message."""


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


def message(data: bytes, wanted: frozenset[int]) -> dict[int, list[int | bytes]]:
    """The values of the wanted fields: numbers, and bytes of texts and inner messages. Raises Malformed, LimitExceeded."""
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
        if number in wanted:
            found.setdefault(number, []).append(value)
    return found


def strings(values: Iterable[int | bytes]) -> list[str]:
    """Those values that are texts, as texts."""
    return [value.decode("utf-8", "replace") for value in values if isinstance(value, bytes)]
