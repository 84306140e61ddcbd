"""Bytes in, hits out: a stream of any length is searched in flat memory, block after block.

Each block is searched together with the end of the block before, so that nothing is lost or met twice at an edge. What
a literal is worth is decided from a fixed number of bytes on each side, so that the result never depends on where the
blocks were cut.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

from sousveil.findings.scan_check import CONTEXT, Checker, Found, Place
from sousveil.findings.scan_index import ScanIndex
from sousveil.readers.members import MemberKind
from sousveil.texts import t

PLIST_REACH = 16 << 20
"""Bytes behind the start of a binary property list in which its rules are tried."""
PER_VALUE = 8
"""Places of one value in one file that are kept; more tell nothing new."""
PER_FILE = 2_000
"""Hits in one file that are kept; a file with more is a list of such values."""
MAX_CHECKS = 200_000
"""Literals in one file that are read with their surroundings (some 50 microseconds each); only a file that is made to
cost time holds more."""
_LEAST = 64 << 10
"""Bytes that are collected before they are searched."""

Candidates = list[tuple[int, MemberKind]]
OnMembers = Callable[["Stream", Candidates], None]


class Hits:
    """The hits in one file, with the limits on their number."""

    def __init__(self) -> None:
        self.found: list[tuple[Found, str | None]] = []
        """Hits, and what the bytes were packed in."""
        self._counts: dict[tuple[int, bool], int] = {}
        self.checks = 0
        self.problem: str | None = None
        """What could not be looked at."""

    def wants(self, position: int, packed: bool) -> bool:
        """Whether one more place of this value is of use."""
        return self._counts.get((position, packed), 0) < PER_VALUE and len(self.found) < PER_FILE

    def add(self, found: Found, container: str | None) -> None:
        """Keep a hit."""
        key = (found.position, container is not None)
        if self.wants(*key):
            self._counts[key] = self._counts.get(key, 0) + 1
            self.found.append((found, container))


class Stream:
    """One sequence of bytes: `feed` it piece by piece, then `finish`.

    `container` is set for what was unpacked; the hits' offsets are then `member_at`. `on_members` is told, block by
    block, where compressed members may start (offsets in the stream).
    """

    def __init__(
        self,
        checker: Checker,
        hits: Hits,
        *,
        container: str | None = None,
        member_at: int = 0,
        records: bool = False,
        on_members: OnMembers | None = None,
    ) -> None:
        self.checker, self.hits = checker, hits
        self.container, self.member_at, self.records = container, member_at, records
        self.on_members = on_members
        self.base = 0
        """Offset in the stream of the first byte that is held."""
        self._over = CONTEXT + checker.index.longest + 64
        self._buffer = memoryview(bytearray(0))
        self._fill = self._own = 0
        self._plist = -1

    @property
    def held(self) -> memoryview:
        """The bytes that are held; valid until the next `feed`."""
        return self._buffer[: self._fill]

    def feed(self, piece: bytes | memoryview) -> None:
        """The next bytes."""
        need = self._fill + len(piece)
        if need > len(self._buffer):
            grown = memoryview(bytearray(max(need, 2 * self._over + _LEAST)))
            grown[: self._fill] = self._buffer[: self._fill]
            self._buffer = grown
        self._buffer[self._fill : need] = piece
        self._fill = need
        if need - self._own >= _LEAST + self._over:
            self._search(need - self._over)
            keep = max(0, self._own - self._over)
            rest = bytes(self._buffer[keep:need])
            self._buffer[: len(rest)] = rest
            self._fill, self.base, self._own = len(rest), self.base + keep, self._own - keep

    def finish(self) -> None:
        """There is no more."""
        self._search(self._fill)

    def whole(self, data: bytes | memoryview) -> None:
        """All the bytes at once, without a copy; instead of `feed` and `finish`."""
        self._buffer, self._fill = memoryview(data), len(data)
        self._search(self._fill)

    def _search(self, until: int) -> None:
        """Look at everything that starts from the last place up to `until`."""
        own, data = self._own, self.held
        self._own = until
        if own >= self._fill:
            return
        index = self.checker.index
        literals, members, plists = index.events(data[own:])
        for number, start in literals:
            if own + start < until:
                self._check(index, data, own, number, own + start, plists)
        last = bisect_right(plists, until - own - 1)
        if last:
            self._plist = self.base + own + plists[last - 1]
        if members and self.on_members is not None:
            places = [(self.base + own + at, kind) for at, kind in members if own + at < until]
            if places:
                self.on_members(self, places)

    def _check(self, index: ScanIndex, data: memoryview, own: int, number: int, start: int, plists: list[int]) -> None:
        literal, _ = index.form(number)
        packed = self.container is not None
        hits = self.hits
        if not any(hits.wants(target.position, packed) for target in self.checker.targets(literal)):
            return
        hits.checks += 1
        if hits.checks > MAX_CHECKS:
            hits.problem = t("error.scan_bytes.contains_very_many")
            return
        before = bisect_right(plists, start - own)
        plist = self.base + own + plists[before - 1] if before else self._plist
        place = Place(plist >= 0 and self.base + start - plist < PLIST_REACH, self.records)
        for found in self.checker.check(data, self.base, number, start, place):
            if packed:
                found = Found(
                    found.position, self.member_at, found.encoding, found.text, found.how, found.quoted, found.pattern
                )
            hits.add(found, self.container)


def scan_whole(index: ScanIndex, data: bytes, *, records: bool = False) -> list[Found]:
    """Every hit in some bytes, containers aside."""
    hits = Hits()
    Stream(Checker(index), hits, records=records).whole(data)
    return [found for found, _ in hits.found]


__all__ = ["Hits", "Stream", "scan_whole"]
