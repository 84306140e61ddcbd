"""The literals of the raw pass: which bytes to look for.

Looked for are domains with a dot, links, e-mail addresses, absolute paths and profile ids of at least `SHORTEST` bytes
that are published as plain values (`equals` or `prefix`). LIKE and MATCHES patterns, and values that count only
together with others of the same row, are left to typed fields. Text in UTF-16 is met by one more pattern for each
ASCII literal: `e\\0v\\0i\\0l` without the outer zeros lies in the little-endian and in the big-endian form.

Hashes of file contents are compared by digest; only algorithms of which the index holds values are asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from sousveil.errors import Malformed, Missing
from sousveil.hosts import parse_url, unicode_host
from sousveil.indicators.index import Index, comparable, path_spellings, url_key
from sousveil.indicators.model import Indicator
from sousveil.indicators.model import IndicatorKind as K
from sousveil.indicators.scanner import hyperscan_module
from sousveil.readers.members import MEMBER_PATTERNS, MemberKind
from sousveil.texts import t

SHORTEST = 8
"""Bytes of the shortest value that is looked for."""
LONGEST = 512
"""Bytes of the longest; longer links are no literals."""
_KINDS = tuple(K)
HASHES: dict[K, str] = {K.MD5: "md5", K.SHA1: "sha1", K.SHA256: "sha256", K.SHA512: "sha512"}
"""Kinds of digests and the names that `hashlib` gives them."""
UTF8, UTF16, UTF16LE, UTF16BE = 0, 1, 2, 3
"""Forms of a literal; `UTF16` is the common inner part of both byte orders."""
BPLIST = b"bplist00"


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What a literal may turn out to be."""

    kind: K
    value: str
    pattern: str
    position: int
    """In the index's list of indicators."""


class Form(msgspec.Struct, frozen=True, array_like=True):
    """One sequence of bytes that is looked for."""

    literal: int
    form: int
    data: bytes
    caseless: bool


class Stored(msgspec.Struct, kw_only=True):
    """The head of the file; the compiled database follows it."""

    key: str
    texts: list[str]
    caseless: list[bool]
    literal_of: list[int]
    """For each target, its literal."""
    kinds: list[int]
    values: list[str]
    patterns: list[str]
    positions: list[int]
    hashes: dict[str, dict[str, list[int]]]
    engine: str


class ScanIndex:
    """The literals, loaded. `hits` is the only way to ask; a database is used by one scan at a time."""

    def __init__(self, stored: Stored, database: bytes | memoryview) -> None:
        self.stored = stored
        self.engine = stored.engine
        self.hashes = stored.hashes
        """Name of the algorithm -> hexadecimal digest -> positions of indicators."""
        self.lengths: list[int] = []
        self.forms: list[Form] = []
        self._owners: list[list[int]] = [[] for _ in stored.texts]
        for place, literal in enumerate(stored.literal_of):
            self._owners[literal].append(place)
        self._form_of: list[tuple[int, int]] = []
        for literal, text in enumerate(stored.texts):
            self._measure(literal, text)
        self.longest = max(self.lengths, default=0)
        self.members_from = len(self.lengths)
        self.plist_id = self.members_from + len(MEMBER_PATTERNS)
        self._database: Any = None
        self._prefixes: dict[bytes, list[int]] = {}
        if self.engine == "hyperscan":
            module = hyperscan_module()
            if module is None:
                raise Missing(t("error.scan_index.compiled_literals_need"))
            try:
                self._database = module.loadb(bytes(database), module.HS_MODE_BLOCK)
                self._database.scratch = module.Scratch(self._database)
            except module.HyperscanError as error:
                raise Malformed(t("error.scan_index.compiled_literals_cannot", reason=error)) from error
        else:
            self.forms = list(forms(stored))
            for number, form in enumerate(self.forms):
                self._prefixes.setdefault(form.data[:SHORTEST].lower(), []).append(number)

    def _measure(self, literal: int, text: str) -> None:
        if text.isascii():
            self._form_of += [(literal, UTF8), (literal, UTF16)]
            self.lengths += [len(text), 2 * len(text) - 1]
        else:
            wide = len(text.encode("utf-16-le"))
            self._form_of += [(literal, UTF8), (literal, UTF16LE), (literal, UTF16BE)]
            self.lengths += [len(text.encode()), wide, wide]

    def form(self, number: int) -> tuple[int, int]:
        """(literal, form) of a number that `events` gives."""
        return self._form_of[number]

    def text(self, literal: int) -> str:
        """A literal as text."""
        return self.stored.texts[literal]

    def targets(self, literal: int) -> list[Target]:
        """What a literal may turn out to be."""
        s = self.stored
        return [
            Target(kind=_KINDS[s.kinds[p]], value=s.values[p], pattern=s.patterns[p], position=s.positions[p])
            for p in self._owners[literal]
        ]

    def events(self, data: bytes | memoryview) -> tuple[list[tuple[int, int]], list[tuple[int, MemberKind]], list[int]]:
        """(number, start) of every literal in the bytes, unchecked; where compressed members may start; where binary
        property lists start. Each list is in ascending order of place."""
        literals: list[tuple[int, int]] = []
        members: list[tuple[int, MemberKind]] = []
        plists: list[int] = []
        if self._database is None:
            self._events_pure(bytes(data), literals, members, plists)
        else:
            self._events_fast(data, literals, members, plists)
        literals.sort(key=lambda event: (event[1], event[0]))
        members.sort()
        plists.sort()
        return literals, members, plists

    def _events_fast(
        self,
        data: bytes | memoryview,
        literals: list[tuple[int, int]],
        members: list[tuple[int, MemberKind]],
        plists: list[int],
    ) -> None:
        first, plist, lengths = self.members_from, self.plist_id, self.lengths

        def seen(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            if number < first:
                literals.append((number, end - lengths[number]))
            elif number == plist:
                plists.append(end - len(BPLIST))
            else:
                members.append((end - _MEMBER_LENGTHS[number - first], MEMBER_PATTERNS[number - first][0]))

        self._database.scan(data, match_event_handler=seen)

    def _events_pure(
        self, data: bytes, literals: list[tuple[int, int]], members: list[tuple[int, MemberKind]], plists: list[int]
    ) -> None:
        from sousveil.readers.members import candidates

        members += candidates(data)
        at = data.find(BPLIST)
        while at >= 0:
            plists.append(at)
            at = data.find(BPLIST, at + 1)
        lower, prefixes = data.lower(), self._prefixes
        places = [at for at in range(len(lower) - SHORTEST + 1) if lower[at : at + SHORTEST] in prefixes]
        for at in places:
            for number in prefixes[lower[at : at + SHORTEST]]:
                form = self.forms[number]
                source = lower if form.caseless else data
                if source.startswith(form.data.lower() if form.caseless else form.data, at):
                    literals.append((number, at))


_MEMBER_LENGTHS = (3, 4, 10)


def literal_of(indicator: Indicator) -> Iterator[tuple[str, bool]]:
    """The texts of an indicator that are looked for, and whether upper and lower case are the same in them."""
    if indicator.requires or indicator.pattern not in ("equals", "prefix"):
        return
    kind = indicator.kind
    try:
        if kind is K.URL or indicator.pattern == "prefix":
            url = parse_url(indicator.value)
            if url is not None:
                host, port, path = url_key(url)
                # the path as published: percent-encoded where it was
                shown = (url.path or "/") + ("?" + url.query if url.query else "")
                yield host + (f":{port}" if port else "") + ("" if path == "/" else shown), True
        elif kind is K.DOMAIN:
            host = comparable(kind, indicator.value)
            if "." in host:
                yield host, True
                if "xn--" in host:
                    yield unicode_host(host), True
        elif kind in (K.EMAIL, K.PROFILE_ID):
            yield comparable(kind, indicator.value), True
        elif kind is K.FILE_PATH:
            path = comparable(kind, indicator.value)
            if path.startswith("/"):
                yield from ((spelling, False) for spelling in path_spellings(path))
    except ValueError:
        return


def collect(index: Index) -> Stored:
    stored = Stored(
        key="",
        texts=[],
        caseless=[],
        literal_of=[],
        kinds=[],
        values=[],
        patterns=[],
        positions=[],
        hashes={},
        engine=index.engine,
    )
    known: dict[tuple[str, bool], int] = {}
    numbers = {kind: place for place, kind in enumerate(_KINDS)}
    for position, indicator in enumerate(index.indicators):
        if indicator.kind in HASHES:
            if indicator.pattern == "equals" and not indicator.requires:
                digests = stored.hashes.setdefault(HASHES[indicator.kind], {})
                digests.setdefault(comparable(indicator.kind, indicator.value), []).append(position)
            continue
        for text, caseless in literal_of(indicator):
            if not SHORTEST <= len(text.encode("utf-8", "surrogatepass")) <= LONGEST or not _whole(text):
                continue
            literal = known.setdefault((text, caseless), len(known))
            if literal == len(stored.texts):
                stored.texts.append(text)
                stored.caseless.append(caseless)
            stored.literal_of.append(literal)
            stored.kinds.append(numbers[indicator.kind])
            stored.values.append(indicator.value)
            stored.patterns.append(indicator.pattern)
            stored.positions.append(position)
    return stored


def _whole(text: str) -> bool:
    """Whether a text can be written in every encoding (no half of a surrogate pair)."""
    return not any("\ud800" <= char <= "\udfff" for char in text) if not text.isascii() else True


def forms(stored: Stored) -> Iterator[Form]:
    for literal, (text, caseless) in enumerate(zip(stored.texts, stored.caseless, strict=True)):
        yield Form(literal, UTF8, text.encode(), caseless)
        if text.isascii():
            yield Form(literal, UTF16, text.encode("utf-16-le")[:-1], caseless)
        else:
            yield Form(literal, UTF16LE, text.encode("utf-16-le"), caseless)
            yield Form(literal, UTF16BE, text.encode("utf-16-be"), caseless)


_ESCAPED = [f"\\x{byte:02x}".encode() for byte in range(256)]


def compiled(forms: Iterable[Form]) -> bytes:
    module = hyperscan_module()
    assert module is not None
    expressions: list[bytes] = []
    flags: list[int] = []
    for form in forms:
        # escaped, because the binding ends a literal at its first zero byte
        expressions.append(b"".join([_ESCAPED[byte] for byte in form.data]))
        flags.append(module.HS_FLAG_CASELESS if form.caseless else 0)
    for _, pattern in MEMBER_PATTERNS:
        expressions.append(pattern)
        flags.append(module.HS_FLAG_DOTALL)
    expressions.append(BPLIST)
    flags.append(0)
    database = module.Database(mode=module.HS_MODE_BLOCK)
    database.compile(expressions=expressions, ids=list(range(len(expressions))), elements=len(expressions), flags=flags)
    return bytes(module.dumpb(database))


def build_scan_index(index: Index) -> ScanIndex:
    """The literals of an index in memory, compiled for the engine that the index uses."""
    stored = collect(index)
    return ScanIndex(stored, compiled(forms(stored)) if stored.engine == "hyperscan" else b"")
