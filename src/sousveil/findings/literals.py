"""Whether and where any of some words or patterns stands in the texts of a phone, in one pass over them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from sousveil.indicators.scanner import hyperscan_module


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


class Patterns:
    """Regular expressions over bytes, none longer than a few characters."""

    def __init__(self, patterns: Sequence[bytes]) -> None:
        self._patterns = [re.compile(pattern) for pattern in patterns]
        self._database: Any = None
        module = hyperscan_module()
        if module is not None and patterns:
            self._database = module.Database(mode=module.HS_MODE_BLOCK)
            self._database.compile(expressions=list(patterns), elements=len(patterns), flags=0)

    def places(self, data: bytes) -> list[int]:
        """An offset inside each match, ascending."""
        if self._database is None:
            return sorted(hit.start() for pattern in self._patterns for hit in pattern.finditer(data))
        ends: list[int] = []
        self._database.scan(data, match_event_handler=lambda _number, _start, end, *_: ends.append(end - 1))
        ends.sort()
        return ends
