"""The compiled index on disk, so that a hundred thousand indicators are ready in a fraction of a second.

A cache file holds nothing that is not in the indicator files. It is named after a hash over all that went into it,
checked by a hash before it is used, and simply built again when anything about it is wrong: damage, another version,
another CPU, another owner.
"""

from __future__ import annotations

import gc
import hashlib
import os
import platform
import stat
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar, overload

import msgspec

from sousveil.indicators.model import Attribution, Indicator, IndicatorKind, IndicatorSet
from sousveil.indicators.said import Says, attribution, says_of

FORMAT = 6
"""Version of the files' layout; raised whenever their content would mean something else."""
_MAGIC = b"SVINDEX\x06"
_MAX = 1 << 30
KEPT = 8
"""Cache files of one kind that are kept; the ones used least lately go."""
_KINDS = tuple(IndicatorKind)
_Held = TypeVar("_Held")

_Says = tuple[str, Says]
"""Which set says it, and what."""
_Said = tuple[int, str | None, int | None, int | None]
"""Place in `Stored.says`, STIX id, valid from, valid until."""
_Rest = tuple[str | None, tuple[_Said, ...], tuple[tuple[int, str], ...]]
"""The rest of an indicator: as published (None: like its value), who says so, what it requires."""


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """What one cache file holds: indicators as columns, then the values that others require (see `Index.all`)."""

    shown: int
    """How many of them are indicators."""
    kinds: bytes
    values: list[str]
    patterns: dict[int, str]
    """Those that are not `equals`."""
    rests: list[bytes]
    """`_Rest` of each, encoded: most are never asked for."""
    says: list[_Says]
    domains: dict[str, tuple[int, ...]]
    """Names of domains in the form that is compared, with their places."""
    literals: tuple[bytes, ...]
    loose: frozenset[int]
    database: bytes
    """The serialised hyperscan database; empty when there is nothing to search."""


def stored(
    indicators: Sequence[Indicator],
    hidden: Sequence[Indicator],
    domains: dict[str, tuple[int, ...]],
    literals: tuple[bytes, ...],
    loose: frozenset[int],
    database: bytes,
) -> Stored:
    """An index in the form in which it is stored."""
    says: dict[_Says, int] = {}
    every = (*indicators, *hidden)
    numbers = {kind: number for number, kind in enumerate(_KINDS)}
    encode = msgspec.msgpack.Encoder().encode
    rests = []
    for one in every:
        rest: _Rest = (
            one.original if one.original != one.value else None,
            tuple(
                (says.setdefault((by.set_name, says_of(by)), len(says)), by.stix_id, by.valid_from, by.valid_until)
                for by in one.attributions
            ),
            tuple((numbers[kind], value) for kind, value in one.requires),
        )
        rests.append(encode(rest))
    return Stored(
        shown=len(indicators),
        kinds=bytes([numbers[one.kind] for one in every]),
        values=[one.value for one in every],
        patterns={place: one.pattern for place, one in enumerate(every) if one.pattern != "equals"},
        rests=rests,
        says=list(says),
        domains=domains,
        literals=literals,
        loose=loose,
        database=database,
    )


_rest = msgspec.msgpack.Decoder(_Rest)


class Kept(Sequence[Indicator]):
    """The first `count` indicators of a stored index. Each is made when it is asked for, and once."""

    def __init__(self, held: Stored, made: dict[int, Indicator], count: int) -> None:
        self._held, self._made, self._count = held, made, count

    def heads(self) -> Iterator[tuple[IndicatorKind, str, str]]:
        """Kind, value and pattern of each, in order."""
        held, pattern_of = self._held, self._held.patterns.get
        for place, (kind, value) in enumerate(zip(held.kinds[: self._count], held.values, strict=False)):
            yield _KINDS[kind], value, pattern_of(place, "equals")

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> Indicator: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Indicator]: ...

    def __getitem__(self, place: int | slice) -> Indicator | Sequence[Indicator]:
        if isinstance(place, slice):
            return tuple(self[one] for one in range(*place.indices(self._count)))
        at = place if place >= 0 else place + self._count
        if not 0 <= at < self._count:
            raise IndexError("there is no such indicator")
        known = self._made.get(at)
        if known is None:
            known = self._made[at] = self._make(at)
        return known

    def _make(self, at: int) -> Indicator:
        held = self._held
        original, said, requires = _rest.decode(held.rests[at])
        return Indicator(
            kind=_KINDS[held.kinds[at]],
            value=held.values[at],
            original=held.values[at] if original is None else original,
            pattern=held.patterns.get(at, "equals"),
            attributions=tuple(self._attribution(one) for one in said),
            requires=tuple((_KINDS[kind], value) for kind, value in requires),
        )

    def _attribution(self, said: _Said) -> Attribution:
        place, stix_id, valid_from, valid_until = said
        return attribution(*self._held.says[place], stix_id=stix_id, valid_from=valid_from, valid_until=valid_until)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]


@contextmanager
def uncollected() -> Iterator[None]:
    """Pause the garbage collector while very many lasting objects are made: it would walk them again and again."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def cache_dir() -> Path:
    """Where the user's caches lie: `$XDG_CACHE_HOME/sousveil`, `~/Library/Caches/sousveil` on macOS, else
    `~/.cache/sousveil`."""
    named = os.environ.get("XDG_CACHE_HOME")
    if named and Path(named).is_absolute():
        return Path(named) / "sousveil"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "sousveil"
    return Path.home() / ".cache" / "sousveil"


def cache_key(sets: Sequence[IndicatorSet], engine: str) -> str:
    """SHA-256 over the content of the sets in their order, the engine with its version, this machine's kind and our
    format."""
    digest = hashlib.sha256(f"{FORMAT}\n{engine}\n{platform.machine()}\n{sys.platform}\n".encode())
    encode = msgspec.msgpack.Encoder().encode
    for one in sets:
        digest.update(encode((one.name, one.sha256, one.bundled)))
        for start in range(0, len(one.indicators), 4096):
            digest.update(encode(one.indicators[start : start + 4096]))
    return digest.hexdigest()


def _private(handle: int) -> bool:
    """Whether the open file is ours alone to write."""
    state = os.fstat(handle)
    owner = os.geteuid() if hasattr(os, "geteuid") else state.st_uid
    return stat.S_ISREG(state.st_mode) and state.st_uid == owner and not state.st_mode & 0o022 and state.st_size <= _MAX


def load(folder: Path, key: str) -> Stored | None:
    """The stored index of this key, or None when there is none that is sound."""
    return read(folder / f"index-{key[:32]}.bin", key, Stored)


def save(folder: Path, key: str, held: Stored) -> bool:
    """Write it whole or not at all, readable by its owner only. False when that cannot be done (a full or read-only
    disk)."""
    return write(folder / f"index-{key[:32]}.bin", key, held)


def read(path: Path, key: str, form: type[_Held]) -> _Held | None:
    """What a file of the cache holds, or None when it is not there or not sound."""
    try:
        with open(path, "rb") as file:
            if not _private(file.fileno()):
                return None
            data = file.read()
            with suppress(OSError):
                os.utime(file.fileno())  # so that `prune` knows what is in use
    except OSError:
        return None
    head = len(_MAGIC) + 64
    if data[: len(_MAGIC)] != _MAGIC or data[len(_MAGIC) : len(_MAGIC) + 32].hex() != key:
        return None
    body = memoryview(data)[head:]
    if hashlib.sha256(body).digest() != data[len(_MAGIC) + 32 : head]:
        return None
    try:
        return msgspec.msgpack.decode(body, type=form)
    except msgspec.DecodeError:
        return None


def write(path: Path, key: str, held: msgspec.Struct) -> bool:
    """Write a file of the cache whole or not at all; see `save`."""
    body = msgspec.msgpack.encode(held)
    name = None
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".index-", dir=path.parent)  # made with mode 0600
        with open(handle, "wb") as file:
            file.write(_MAGIC + bytes.fromhex(key) + hashlib.sha256(body).digest())
            file.write(body)
        Path(name).replace(path)
    except OSError:
        if name is not None:
            with suppress(OSError):
                Path(name).unlink()
        return False
    prune(path.parent, path.name.partition("-")[0] + "-*.bin")
    return True


def prune(folder: Path, kind: str, kept: int = KEPT) -> None:
    """Remove the cache files of this kind that were used least lately, all but `kept`. Never fails."""
    found: list[tuple[int, Path]] = []
    with suppress(OSError):
        for path in folder.glob(kind):
            with suppress(OSError):
                found.append((path.stat().st_mtime_ns, path))
    for _, path in sorted(found, reverse=True)[kept:]:
        with suppress(OSError):
            path.unlink()
