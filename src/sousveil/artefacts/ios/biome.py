"""What the phone noted about its use in newer systems: files of Biome (SEGB, versions 1 and 2).

Both forms are recalled, and the messages inside have no known schema. So all texts of each entry are compared, and a finding
is a lead at most.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

from sousveil.acquisition.model import FileGroup
from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.errors import Malformed, SousveilError, Unsupported
from sousveil.kinds import BundleId, Integer, Label, MacTime, Role, Text
from sousveil.patterns import lazy_pattern
from sousveil.readers.model import Described, ReadingLog
from sousveil.readers.plists import Row, batches_of, read_bytes
from sousveil.readers.protobuf import message
from sousveil.records import Batch, Record
from sousveil.texts import t

MAGIC = b"SEGB"
MAX_BYTES = 64 << 20
MAX_TEXTS = 200
_HEADER_1, _HEADER_2 = 56, 32
MAX_DEPTH = 8
"""Levels of messages inside messages."""
_OPAQUE = 64
"""Bytes up to which a value that is neither a text nor a message is an identifier or a digest."""
_TEXT = lazy_pattern(rb"[\x20-\x7e\xc2-\xf4\x80-\xbf]{6,4000}")
_BUNDLE = lazy_pattern(r"[A-Za-z][\w\-]{0,63}(?:\.[\w\-]{1,63}){2,20}")


class BiomeEntry(Record):
    """One entry of a stream."""

    stream: Label | None
    """The name of the folder: `App.InFocus`, `App.WebUsage`."""
    written: MacTime | None
    state: Integer | None
    """1 written, 3 deleted, 4 unknown."""
    bundle: BundleId | None
    """The first text that has the form of an identifier; None where the entry is no message."""
    text: Text | None
    """All texts of the entry, one a line."""


def entries(data: bytes) -> Iterator[tuple[int, float, bytes]]:
    """(state, seconds since 2001, content) of each entry. Raises Unsupported for another form, Malformed for a damaged one."""
    if data[52:56] == MAGIC:
        yield from _version_1(data)
    elif data[:4] == MAGIC:
        yield from _version_2(data)
    else:
        raise Unsupported(t("error.biome.form"))


def _version_1(data: bytes) -> Iterator[tuple[int, float, bytes]]:
    (end,) = struct.unpack_from("<I", data, 0)
    at = _HEADER_1
    while at + 32 <= min(end, len(data)):
        size, state, written = struct.unpack_from("<IId", data, at)
        if not size and not state:
            return
        if at + 32 + size > len(data):
            raise Malformed(t("error.biome.cut"))
        yield state, written, data[at + 32 : at + 32 + size]
        at += -(-(32 + size) // 8) * 8
    if end > len(data):
        raise Malformed(t("error.biome.cut"))


def _version_2(data: bytes) -> Iterator[tuple[int, float, bytes]]:
    (count,) = struct.unpack_from("<I", data, 4)
    table = len(data) - 16 * count
    if table < _HEADER_2:
        raise Malformed(t("error.biome.cut"))
    begin = _HEADER_2
    for end, state, written in sorted(struct.iter_unpack("<iId", data[table:])):
        stop = _HEADER_2 + end
        if end <= 0 or stop > table or stop < begin:
            continue
        yield state, written, data[begin + 8 : stop]
        begin = -(-stop // 4) * 4


def texts_of(content: bytes) -> tuple[list[str], bool]:
    """(texts of a message, whether each is a whole value). Where bytes are no message, runs of characters stand for texts: a
    character before or after may belong to them."""
    texts, whole = _values(content, MAX_DEPTH)
    return texts[:MAX_TEXTS], whole


def _values(content: bytes, depth: int) -> tuple[list[str], bool]:
    try:
        fields = message(content) if depth else None
    except SousveilError:
        fields = None
    if fields is None:
        runs = (match[0].decode("utf-8", "ignore").strip() for match in _TEXT.finditer(content))
        texts = [run for run in runs if len(run) >= 6]
        return texts, not texts
    texts, whole = list[str](), True
    for value in (value for values in fields.values() for value in values if isinstance(value, bytes)):
        text = _text(value)
        inner, sound = _values(value, depth - 1) if value else ([], True)
        if text is None or sound:  # a text may be a message too: both count
            texts += inner
        if text is not None:
            texts.append(text)
        elif not sound and len(value) > _OPAQUE:
            whole = False
    return texts, whole


def _text(value: bytes) -> str | None:
    """The text that a value is; None for other bytes."""
    try:
        text = value.decode().strip()
    except UnicodeDecodeError:
        return None
    return text if len(text) > 2 and "".join(text.split()).isprintable() else None


def _rows(data: bytes, stream: str, log: ReadingLog) -> Iterator[Row]:
    for state, written, content in entries(data):
        texts, whole = texts_of(content)
        log.decoded("entries", int(whole), int(not whole))
        bundle = next((text for text in texts if whole and _BUNDLE.fullmatch(text)), None)
        yield Row(
            {
                "stream": stream,
                "written": written if 0 < written < 1e10 else None,
                "state": state,
                "bundle": bundle,
                "text": "\n".join(texts) or None,
            }
        )


def read(artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]:
    """The entries of one file."""
    group = files["main"]
    folders = group.relative.split("/")
    stream = folders[-3] if len(folders) > 2 else ""
    yield from batches_of(
        _rows(read_bytes(group, MAX_BYTES), stream, context.log), artefact, "SEGB", group.where, context
    )


_PLACES = (
    "/private/var/mobile/Library/Biome/streams/*/local/*",
    "/private/var/db/biome/streams/*/local/*",
)
ARTEFACT = Artefact(
    name="ios.biome",
    title="Use of the phone (Biome)",
    needs={"main": tuple(At.ios(place) for place in _PLACES)},
    record=BiomeEntry,
    role=Role.RAN,
    read=read,
    events=(Event(at="written", says="use noted by the phone", shows="stream"),),
    expected=Expected(ios=(15, None), optional="only newer systems have it"),
    acquisitions=("dump",),
    seen=(Seen(versions="iOS 15 to 26", basis="recalled: the container and the places", verified=False),),
    means="A text of an entry names a published value. Which field it stands in is not known to this version.",
)
