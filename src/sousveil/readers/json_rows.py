"""JSON files of a collector as rows: an array of objects, or one object a line, read forward in flat memory.

An artefact gives a function from a value of the array to rows. A value that is none, or is too large, ends the reading of
the file; what came before it stands.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from sousveil.acquisition.content import open_member
from sousveil.acquisition.model import FileGroup, Readable
from sousveil.errors import LimitExceeded, Malformed
from sousveil.patterns import lazy_pattern
from sousveil.readers.model import Context, Described, Reader
from sousveil.readers.plists import Row, batches_of
from sousveil.readers.protobuf import Shape, delimited, dictionary
from sousveil.records import Batch
from sousveil.texts import t

MAX_VALUE = 8 << 20
"""Characters of one value of the array."""
_BLOCK = 256 << 10
_BETWEEN = lazy_pattern(r"[\s,\ufeff]*")
_DIGEST = lazy_pattern(r"[0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{128}")
_DECODER = json.JSONDecoder(parse_constant=lambda _: None)

Parse = Callable[[Any, Context], Iterator[Row]]


def json_values(content: Readable) -> Iterator[Any]:
    """The values of an array, or those that stand one behind the other. Raises Malformed and LimitExceeded."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text, at, offset = "", 0, 0
    inside: bool | None = None
    while True:
        between = _BETWEEN.match(text, at)
        at = between.end() if between else at
        if inside is None and at < len(text):
            inside = text[at] == "["
            at += inside
            continue
        if inside and text[at : at + 1] == "]":
            return
        # A number may go on in the next piece ("1.", "5e"); an object or text that ends has ended.
        if at < len(text):
            try:
                value, end = _DECODER.raw_decode(text, at)
                ended = end < len(text) and (not isinstance(value, int | float) or text[end] in ",]\r\n\t ")
                if ended or offset >= content.size:
                    yield value
                    at = end
                    continue
            except RecursionError:
                raise Malformed(t("error.json_rows.value_json_file")) from None
            except ValueError as error:
                if offset >= content.size:
                    raise Malformed(t("error.json_rows.json_file_damaged")) from error
        elif offset >= content.size:
            if inside:
                raise Malformed(t("error.json_rows.json_file_cut"))
            return
        text, at = text[at:], 0
        if len(text) > MAX_VALUE:
            raise LimitExceeded(t("error.json_rows.value_json_file_longer", max_value=MAX_VALUE))
        piece = content.read(max(_BLOCK, len(text)), offset)
        offset = offset + len(piece) if piece else content.size
        text += decoder.decode(piece, final=offset >= content.size)


class JsonReader(msgspec.Struct, frozen=True):
    """See `json_rows`."""

    parse: Parse
    layout: str
    shape: Shape | None = None

    def __call__(self, artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]:
        group = files.get("main")
        if group is None:
            return
        content = open_member(group.members[0])
        try:
            values, layout = json_values(content), self.layout
            if self.shape is not None and group.relative.endswith(".pb"):
                shape, layout = self.shape, layout.removesuffix(".json") + ".pb"
                values = (dictionary(data, shape) for data in delimited(content))
            rows = (_sound(row) for value in values for row in self.parse(value, context))
            yield from batches_of(rows, artefact, layout, group.where, context)
        finally:
            content.close()


def _sound(row: Row) -> Row:
    """The row with `?` for halves of surrogate pairs: JSON can escape one, and it is no character."""
    for name, value in row.items():
        if isinstance(value, str) and not value.isascii():
            row[name] = value.encode("utf-8", "replace").decode()
    return row


def json_rows(parse: Parse, *, layout: str, shape: Shape | None = None) -> Reader:
    """A reader for the JSON file given as `main`. `shape`: of the messages that the same rows are in a file `.pb`."""
    return JsonReader(parse, layout, shape)


def text_of(value: object, limit: int = 4096) -> str | None:
    """A text that is not empty, cut at `limit`; None for anything else."""
    return value[:limit] if isinstance(value, str) and value else None


def digest_of(value: object) -> str | None:
    """A digest in hexadecimal; None for anything else. Never cut: the beginning of a longer value could be a published one."""
    return value if isinstance(value, str) and _DIGEST.fullmatch(value) else None


def number_of(value: object) -> int | None:
    """A whole number, also where it is written as a text or with a fraction; None for anything else."""
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
        return int(value)
    if isinstance(value, float) and abs(value) < 1e18:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63 else None


def moment_of(value: object) -> float | None:
    """Seconds since 1970 of a time in UTC with up to nine digits of a second."""
    text = text_of(value, 40)
    if text is None or text.startswith("0001"):
        return None
    head, dot, tail = text.partition(".")
    digits = tail.rstrip("Zz+-:0123456789") == "" and dot
    cut = head + (f".{tail.rstrip('Zz')[:6]}" if digits else "")
    try:
        return datetime.fromisoformat(cut.rstrip("Zz")).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


__all__ = ["digest_of", "json_rows", "json_values", "moment_of", "number_of", "text_of"]
