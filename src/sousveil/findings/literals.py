"""Whether and where any of some words or patterns stands in the texts of a phone, in one pass over them."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from platform import machine
from types import ModuleType
from typing import Any

import msgspec

from sousveil.indicators import index_cache
from sousveil.indicators.scanner import engine_version, hyperscan_module


class Literals:
    """Words in UTF-8; upper and lower case of ASCII letters are the same."""

    def __init__(self, words: Iterable[bytes]) -> None:
        self.words = tuple(dict.fromkeys(word.lower() for word in words))
        self._database: Any = None
        module = hyperscan_module()
        if module is not None:
            self._database = module.Database(mode=module.HS_MODE_BLOCK)
            flags = module.HS_FLAG_CASELESS | module.HS_FLAG_SINGLEMATCH
            self._database.compile(expressions=list(self.words), elements=len(self.words), flags=flags, literal=True)

    def any(self, data: bytes) -> bool:
        """Whether a word stands in UTF-8 text."""
        if self._database is None:
            data = data.lower()
            return any(word in data for word in self.words)
        found: list[int] = []
        self._database.scan(data, match_event_handler=lambda number, *_: found.append(number))
        return bool(found)


class _Compiled(msgspec.Struct, frozen=True):
    """A compiled database as a file of the cache."""

    database: bytes


class Patterns:
    """Regular expressions over bytes, none longer than a few characters."""

    def __init__(self, patterns: Sequence[bytes], *, cached: str = "") -> None:
        """`cached`: a word that begins the name of a file of the user's cache, for patterns that take long to compile."""
        self._database: Any = None
        self._patterns: list[re.Pattern[bytes]] = []
        module = hyperscan_module()
        if module is None:
            self._patterns = [re.compile(pattern) for pattern in patterns]
        elif patterns:
            self._database = _stored(module, patterns, cached) if cached else _compiled(module, patterns)

    def places(self, data: bytes) -> list[int]:
        """An offset inside each match, ascending."""
        if self._database is None:
            return sorted(hit.start() for pattern in self._patterns for hit in pattern.finditer(data))
        ends: list[int] = []
        self._database.scan(data, match_event_handler=lambda _number, _start, end, *_: ends.append(end - 1))
        ends.sort()
        return ends


def _compiled(module: ModuleType, patterns: Sequence[bytes]) -> Any:
    made = module.Database(mode=module.HS_MODE_BLOCK)
    made.compile(expressions=list(patterns), elements=len(patterns), flags=0)
    return made


def _stored(module: ModuleType, patterns: Sequence[bytes], name: str) -> Any:
    """The compiled patterns out of the cache, where they are there."""
    key = hashlib.sha256(
        msgspec.msgpack.encode((engine_version("hyperscan"), machine(), sys.platform, list(patterns)))
    ).hexdigest()
    path = index_cache.cache_dir() / f"{name}-{key[:32]}.bin"
    known = index_cache.read(path, key, _Compiled)
    if known is not None:
        with suppress(module.HyperscanError):  # made on another CPU
            made = module.loadb(known.database, module.HS_MODE_BLOCK)
            made.scratch = module.Scratch(made)
            return made
    made = _compiled(module, patterns)
    index_cache.write(path, key, _Compiled(module.dumpb(made)))
    return made
