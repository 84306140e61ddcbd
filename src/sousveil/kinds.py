"""The kinds of values, and what each kind means to the rest of the program.

A field of a record is typed with a kind. Because of its kind, and of nothing else, a value is matched against indicators,
shown defanged, put into the timeline, listed as an observable, or kept out of outputs that may be shared. An artefact
module mentions none of that. This module imports nothing of ours.

Instants travel as integer microseconds since 1970-01-01 UTC; `instants()` makes them from what a phone stores.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from sousveil.patterns import lazy_pattern

MAC_EPOCH = 978_307_200
"""Seconds from the Unix epoch to Apple's, 2001-01-01T00:00:00Z."""
WEBKIT_EPOCH = -11_644_473_600
"""Seconds from the Unix epoch to that of Chromium and Windows, 1601-01-01T00:00:00Z."""


class About(StrEnum):
    """Whom a value tells about; redaction and consent read this."""

    OWNER = "owner"
    THIRD_PARTY = "third_party"
    SYSTEM = "system"


class Observable(StrEnum):
    """The classes of values that `observables.parquet` lists."""

    HOST = "host"
    ADDRESS = "address"
    PROCESS = "process"
    BUNDLE = "bundle_id"
    PATH = "path"
    HASH = "hash"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a value is.

    `types` are the plain Python types that a value may have beside None. `compares` names the indicator kinds (STIX keys
    as in `sousveil.indicators.model.IndicatorKind`) whose values are compared with the whole value; `searched` says that
    the value is a text or link in which hosts, links and addresses are looked for. `sensitive` values never enter the
    timeline, observables or the terminal. `epoch` (seconds from Unix) marks instants. `listed` marks paths out of a list of all
    files: so many that few of them are looked at one by one.
    """

    name: str
    types: tuple[type, ...]
    compares: tuple[str, ...] = ()
    searched: bool = False
    sensitive: bool = False
    observable: Observable | None = None
    epoch: int | None = None
    listed: bool = False
    about: About = About.SYSTEM

    @property
    def instant(self) -> bool:
        """Whether values are points in time (integer microseconds, UTC)."""
        return self.epoch is not None


def _kind(name: str, *types: type, **rest: Any) -> Kind:
    return Kind(name=name, types=types, **rest)


_OWN = About.OWNER
_3RD = About.THIRD_PARTY

Domain = Annotated[str, _kind("domain", str, searched=True, observable=Observable.HOST)]
"""A host name, stored as such (not inside a link)."""
Lookup = Annotated[str, _kind("lookup", str, searched=True, sensitive=True, about=_OWN)]
"""A host name that a program of the phone looked up, or the addresses of the answer. Never an observable: look-ups of private
browsing are among them."""
Url = Annotated[str, _kind("url", str, searched=True, observable=Observable.HOST, about=_OWN)]
"""A link. Only its host may leave the record."""
IpAddress = Annotated[str, _kind("ip", str, searched=True, observable=Observable.ADDRESS)]
Email = Annotated[str, _kind("email", str, compares=("email-addr:value",), searched=True, sensitive=True, about=_3RD)]
"""An e-mail address or an account identifier that may be one (`mailto:` and `tel:` prefixes allowed)."""
ProcessName = Annotated[str, _kind("process", str, compares=("process:name",), observable=Observable.PROCESS)]
"""The name of a program as the phone logged it; may be followed by `/bundle.id`."""
BundleId = Annotated[str, _kind("bundle", str, compares=("app:id", "process:name"), observable=Observable.BUNDLE)]
FilePath = Annotated[str, _kind("path", str, compares=("file:path", "file:name"), observable=Observable.PATH)]
"""An absolute path on the phone (`/private/var/...`), or a path that a database stored."""
ListedPath = Annotated[str, _kind("path", str, compares=("file:path", "file:name", "process:name"), listed=True)]
"""A path in a list of all files: its last part is compared with names of processes too. Nobody needs all of them as observables."""
FileName = Annotated[str, _kind("filename", str, compares=("file:name",))]
PropertyName = Annotated[str, _kind("property", str, compares=("android-property:name",))]
"""The name of a system property of Android."""
ProfileId = Annotated[str, _kind("profile", str, compares=("configuration-profile:id",))]
HashValue = Annotated[str, _kind("hash", str, compares=("file:hashes",), observable=Observable.HASH)]
"""A digest in hexadecimal, of any algorithm."""
Certificate = Annotated[str, _kind("certificate", str, compares=("app:cert",), observable=Observable.HASH)]
PhoneNumber = Annotated[str, _kind("phone", str, sensitive=True, about=_3RD)]
"""A telephone number or other handle of a correspondent; never an observable."""
Handle = Email
Name = Annotated[str, _kind("name", str, sensitive=True, about=_3RD)]
Text = Annotated[str, _kind("text", str, searched=True, sensitive=True, about=_3RD)]
"""Text that people wrote, or that may hold hosts, links and addresses."""
Label = Annotated[str, _kind("label", str)]
"""A short word of the system (a service, a state, a permission): not personal, shown as it is."""
Opaque = Annotated[
    str | int | float | bytes | None, _kind("opaque", str, int, float, bytes, sensitive=True, about=_OWN)
]
"""Anything kept as it was, never shown unless asked for."""
Integer = Annotated[int, _kind("integer", int)]
Real = Annotated[float, _kind("real", float, int)]
Flag = Annotated[int, _kind("flag", int)]
"""0 or 1."""
Json = Annotated[str, _kind("json", str, searched=True, sensitive=True, about=_OWN)]
"""A structure (a list, a decoded property list) as canonical JSON text; searched like a text."""
UnixTime = Annotated[int, _kind("unix_time", int, epoch=0)]
"""Seconds, milliseconds, microseconds or nanoseconds since 1970; the unit is told by size."""
LocalTime = Annotated[int, _kind("local_time", int, epoch=0)]
"""A wall clock time that a phone printed without a zone, made UTC with the offset that the acquisition gives: as good as that
offset."""
MacTime = Annotated[int, _kind("mac_time", int, epoch=MAC_EPOCH)]
"""Seconds or nanoseconds since 2001."""
WebKitTime = Annotated[int, _kind("webkit_time", int, epoch=WEBKIT_EPOCH)]
"""Microseconds since 1601 (Chromium)."""
RoleValue = Annotated[str, _kind("role", str)]
"""See `Role`: in which part of the phone's life the row stands; decides strength."""


class Role(StrEnum):
    """How a value came to be where it was found; the strength table reads it.

    The first group was done to the phone, the second by its owner, the third is the phone's own book-keeping.
    """

    RECEIVED = "received"  # a message, call or invitation that came in
    LOADED = "loaded"  # fetched as part of a page or by an app, without a tap
    REDIRECTED = "redirected"  # a visit that another page caused
    VISITED = "visited"  # a page that was opened
    SENT = "sent"  # an outgoing message
    SEARCHED = "searched"  # the person's own search words
    WRITTEN = "written"  # a note, a contact, a calendar entry of one's own, a bookmark
    QUOTED = "quoted"  # text inside an article, a list, a preview
    RAN = "ran"  # a process that ran, with traffic or resources
    INSTALLED = "installed"  # an app, a profile, a file on the phone
    GRANTED = "granted"  # a permission
    CONTACTED = "contacted"  # an account that was looked up by the phone
    RAW = "raw"  # bytes found outside every parser


def kind_of(annotation: Any) -> Kind:
    """The kind behind a field's annotation (`Text`, `Text | None`, ...). Raises TypeError when there is none."""
    if get_origin(annotation) is Annotated:
        for extra in annotation.__metadata__:
            if isinstance(extra, Kind):
                return extra
    for inner in get_args(annotation):
        if inner is not type(None):
            try:
                return kind_of(inner)
            except TypeError:
                continue
    raise TypeError(f"{annotation!r} is not typed with a kind of sousveil.kinds")


def fields_of(record: type) -> dict[str, Kind]:
    """The fields of a record class, in order, with their kinds."""
    found: dict[str, Kind] = {}
    for base in reversed(record.__mro__):
        names = vars(sys.modules[base.__module__])
        for name, hint in vars(base).get("__annotations__", {}).items():
            kind = _named(hint, names, vars(base))
            if kind is None:
                hints = get_type_hints(record, include_extras=True)
                return {name: kind_of(hint) for name, hint in hints.items()}
            found[name] = kind
    return found


def _named(hint: object, names: Mapping[str, Any], own: Mapping[str, Any]) -> Kind | None:
    """The kind behind an annotation that is only a name (`Text`, `Text | None`), without having it compiled; else None.

    A name that the class itself has means something else.
    """
    name = hint.removesuffix(" | None") if isinstance(hint, str) else ""
    named = names.get(name) if name not in own else None
    return next((extra for extra in getattr(named, "__metadata__", ()) if isinstance(extra, Kind)), None)


def _unit(value: float, epoch: int) -> int:
    """Microseconds since the epoch in question, whatever the unit of `value` is."""
    size = abs(value)
    if epoch == WEBKIT_EPOCH:
        return int(value)
    if size >= 1e17:
        return int(value) // 1000  # nanoseconds
    if epoch == 0 and size >= 1e14:
        return int(value)  # microseconds
    if epoch == 0 and size >= 1e11:
        return int(value) * 1000  # milliseconds
    if isinstance(value, int):
        return value * 1_000_000
    return round(value * 1_000_000)


def instant(value: object, epoch: int) -> int | None:
    """One stored time as microseconds since 1970 UTC; None for nothing, zero, text and what lies outside years 1970-9999."""
    if (
        not isinstance(value, int | float)
        or isinstance(value, bool)
        or value != value
        or value in (0, float("inf"), float("-inf"))
    ):
        return None
    moment = _unit(value, epoch) + epoch * 1_000_000
    return moment if 0 <= moment < 253_402_300_800_000_000 else None


def instants(values: Iterable[object], epoch: int) -> list[int | None]:
    """`instant` over a column, with a quick way for columns of one sound unit (zeros and None among them allowed)."""
    column = list(values)
    types = set(map(type, column)) - {type(None)}
    if not types:
        return column  # type: ignore[return-value]
    quick = _quick(column, types, epoch)
    return quick if quick is not None else [instant(v, epoch) for v in column]


def _quick(column: list[Any], types: set[type], epoch: int) -> list[int | None] | None:
    """The column by one formula, or None where a value needs a closer look."""
    if not types <= {int, float}:
        return None
    if float in types and epoch != WEBKIT_EPOCH and (found := _of_seconds(column, epoch)) is not None:
        return found
    known = list(filter(None, column))
    if not known:
        return [None] * len(column)
    low, high, shift = min(known), max(known), epoch * 1_000_000
    if epoch == WEBKIT_EPOCH:
        fits = types == {int} and low > -shift and high < 2 * 10**17
        return [v + shift if v else None for v in column] if fits else None
    if types == {int} and low > 10**17 and high < 9 * 10**18:
        return [v // 1000 + shift if v else None for v in column]
    if low > 0 and high < 1e11:  # seconds
        try:
            if types == {int}:
                return [v * 1_000_000 + shift if v else None for v in column]
            return [round(v * 1_000_000) + shift if v else None for v in column]
        except (ValueError, OverflowError):  # not a number among them
            return None
    return None


_ONES = float(1 << 52)
"""From here to twice as much, two neighbouring floats are 1 apart: a sum that lands there has been rounded to a whole number,
ties to even, as by `round`. The number stands in the lower 52 bits; the twelve above are 0x433."""
_LOWER = bytes(byte & 15 for byte in range(256))
_THREES = bytes(range(0x30, 0x40))


def packed_seconds(column: list[Any], epoch: int) -> bytes | None:
    """`instants` of a column of nothing but floats other than 0.0, as 8 bytes each in this machine's order.

    None where a value is something else, or lies outside years 1970 to 2112.
    """
    if epoch == WEBKIT_EPOCH or set(map(type, column)) != {float} or not all(column):
        return None
    return _added(column, epoch)


def _added(known: list[Any], epoch: int) -> bytes | None:
    """Seconds, all of them added at once."""
    if sys.byteorder != "little":
        return None
    base = _ONES + epoch * 1_000_000  # an even number: a tie stays one
    try:
        raw = bytearray(struct.pack(f"{len(known)}d", *[v * 1e6 + base for v in known]))
    except OverflowError:
        return None
    nibbles = raw[6::8]
    if raw[7::8].count(0x43) != len(known) or nibbles.translate(None, _THREES):
        return None
    raw[7::8] = bytes(len(known))
    raw[6::8] = nibbles.translate(_LOWER)
    return bytes(raw)


def _of_seconds(column: list[Any], epoch: int) -> list[Any] | None:
    """A column of seconds with or without holes; None where a value lies outside years 1970 to 2112."""
    known = column if all(column) else list(filter(None, column))
    raw = _added(known, epoch)
    if raw is None:
        return None
    found = memoryview(raw).cast("q").tolist()
    if known is column:
        return found
    following = iter(found).__next__
    return [following() if v else None for v in column]


_BREAK = lazy_pattern(r"[ \t]*(?:\r\n|[\n\r\v\f\x85\u2028\u2029])[ \t]*")
_DEFANG = str.maketrans(
    {
        "\u202a": None,
        "\u202b": None,
        "\u202c": None,
        "\u202d": None,
        "\u202e": None,
        "\u2066": None,
        "\u2067": None,
        "\u2068": None,
        "\u2069": None,
        "\u200e": None,
        "\u200f": None,
        "\u061c": None,
    }
)


def visible(text: str, limit: int = 300) -> str:
    """The text made safe for a terminal, a page or a cell: no control, escape, bidi or zero-width characters; cut at `limit`.

    A line break is shown as “ ↵ ”, a tab as a space, and other control characters as their escapes, so that nothing is hidden.
    """
    text = text.translate(_DEFANG)
    # No character without a width is printable.
    safe = text if text.isprintable() else _escaped(text)
    return safe if len(safe) <= limit else safe[: limit - 1] + "…"


def _escaped(text: str) -> str:
    text = _BREAK.sub(" ↵ ", text).replace("\t", " ")
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def defang(text: str, limit: int = 300) -> str:
    """A link, host or address that nothing turns into a live one: `hxxps://evil[.]com`."""
    text = visible(text, limit)
    for live, dead in (("https://", "hxxps://"), ("http://", "hxxp://"), ("://", "[://]"), (".", "[.]"), ("@", "[@]")):
        if live == "://":
            text = text.replace("hxxps://", "\0s").replace("hxxp://", "\0p").replace(live, dead)
            text = text.replace("\0s", "hxxps://").replace("\0p", "hxxp://")
        else:
            text = text.replace(live, dead)
    return text


def number_of(count: int, noun: str) -> str:
    """`1 file`, `2,000 files`: a count with its noun, given in the singular, whose plural ends in s."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def only(values: Sequence[object], types: tuple[type, ...]) -> bool:
    """Whether every value of a column is None or of one of the types (bool counts as int nowhere)."""
    return set(map(type, values)) <= {type(None), *types}
