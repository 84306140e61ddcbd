"""All indicators of all sets, merged, ready to be asked.

`Index.build` merges what several sets say about one value, keeps every attribution, and prepares what matching needs: a
dictionary a kind, address ranges, and one hyperscan database of literals that tells in one pass which rows of a column
are worth a closer look. That look is exact and the same with and without hyperscan, so both engines give the same
matches; the only difference is that `MATCHES` patterns (regular expressions) need hyperscan, because no other engine
here is safe on hostile text. Patterns that cannot be used are listed in `unusable`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Sequence
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote

from sousveil.hosts import ParsedUrl, canonical_email, canonical_host, parse_url, unicode_host
from sousveil.indicators import index_cache
from sousveil.indicators.model import Attribution, Indicator, IndicatorKind, IndicatorSet, Skipped

K = IndicatorKind
SEARCHED = frozenset({K.DOMAIN, K.URL, K.EMAIL, K.IPV4, K.IPV6})
"""Kinds that are looked for inside texts and links."""
CASELESS = frozenset(
    {
        K.DOMAIN,
        K.EMAIL,
        K.APP_ID,
        K.PROFILE_ID,
        K.ANDROID_PROPERTY,
        K.MD5,
        K.SHA1,
        K.SHA256,
        K.SHA512,
        K.CERT_MD5,
        K.CERT_SHA1,
        K.CERT_SHA256,
        K.IPV4,
        K.IPV6,
    }
)
"""Kinds whose values are the same in upper and lower case. Names of processes and files are not: iOS tells
`Diagnosticd` (published as an implant) from `diagnosticd` (a part of every phone)."""
TRUNCATED_AT = 16
"""Characters that network usage databases keep of a process name."""
_LABEL_BYTES = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
_NAME = "abcdefghijklmnopqrstuvwxyz0123456789_-."
_RUN = re.compile(r"[a-z0-9_\-.]+")
_ROOTS = (
    ("/var/", "/private/var/"),
    ("/tmp/", "/private/tmp/"),
    ("/etc/", "/private/etc/"),
    ("~/", "/private/var/mobile/"),
)
RESPELT = ("file:", *(short for short, _ in _ROOTS))
"""Beginnings that `clean_path` changes; it also takes away doubled slashes and a last one."""

Positions = tuple[int, ...]
Test = Callable[[str], bool]


def _hyperscan() -> ModuleType | None:
    try:
        import hyperscan
    except ImportError:
        return None
    return hyperscan


def engines() -> tuple[str, ...]:
    """Engines that can be used here, the better one first: `hyperscan`, `pure`."""
    return ("hyperscan", "pure") if _hyperscan() is not None else ("pure",)


def clean_path(path: str) -> str:
    """A path on the phone in one spelling: `/private/var/...`, no doubled and no last slash, `~` resolved."""
    path = path.removeprefix("file://")
    while "//" in path:
        path = path.replace("//", "/")
    for short, full in _ROOTS:
        if path.startswith(short):
            path = full + path[len(short) :]
            break
    return path.rstrip("/") or path[:1]


def url_key(url: ParsedUrl) -> tuple[str, int | None, str]:
    """What must be equal for two links to be one: no scheme, no fragment, no default port, no `www.`, no empty path."""
    path = url.path or "/"
    if "%" in path:
        path = unquote(path)
    return url.host.removeprefix("www."), url.port, path + ("?" + url.query if url.query else "")


def like(pattern: str, caseless: bool) -> Test:
    """SQL LIKE as a test of whole values: `%` any text, `_` one character, a backslash before either means itself.

    Each piece between `%` is looked for once, from left to right, so that no value makes it try again and again.
    """
    if caseless:
        pattern = pattern.lower()
    pieces = [""]
    for part in re.findall(r"\\.|.", pattern, re.S):
        if part == "%":
            pieces.append("")
        elif part == "_":
            pieces[-1] += "."
        else:
            pieces[-1] += re.escape(part[-1])
    first, *rest = pieces
    if not rest:
        whole = re.compile(first, re.S)
        return lambda value: whole.fullmatch(value.lower() if caseless else value) is not None
    head, tail = re.compile(first, re.S), re.compile(rest.pop() + r"\Z", re.S)
    middle = [re.compile(piece, re.S) for piece in rest if piece]
    last = len(re.findall(r"\\.|.", tail.pattern.removesuffix(r"\Z"), re.S))

    def test(value: str) -> bool:
        if caseless:
            value = value.lower()
        begun = head.match(value)
        if begun is None:
            return False
        at = begun.end()
        for piece in middle:
            found = piece.search(value, at)
            if found is None:
                return False
            at = found.end()
        return len(value) - last >= at and tail.match(value, len(value) - last) is not None

    return test


class Scanner:
    """Tells which places of a text may hold an indicator: never too few, sometimes too many."""

    def __init__(self, literals: Sequence[bytes], loose: frozenset[int], engine: str, database: bytes = b"") -> None:
        self.literals, self.loose, self.engine = tuple(literals), loose, engine
        self._lengths = [len(literal) for literal in self.literals]
        texts = [literal.decode("utf-8", "replace").lower() for literal in self.literals]
        if engine == "hyperscan":
            texts = []
        self._set = frozenset(texts)
        self._loose_texts = [text for place, text in enumerate(texts) if place in loose or "." not in text]
        self._database: Any = None
        module = _hyperscan()
        if engine == "hyperscan" and self.literals:
            assert module is not None
            self._database = self._load(module, database) if database else self._compile(module)

    def _compile(self, module: ModuleType) -> Any:
        made = module.Database(mode=module.HS_MODE_BLOCK)
        made.compile(
            expressions=list(self.literals),
            ids=list(range(len(self.literals))),
            elements=len(self.literals),
            flags=module.HS_FLAG_CASELESS,
            literal=True,
        )
        return made

    @staticmethod
    def _load(module: ModuleType, data: bytes) -> Any:
        made = module.loadb(data, module.HS_MODE_BLOCK)
        made.scratch = module.Scratch(made)
        return made

    def dump(self) -> bytes:
        """The compiled database, to be stored."""
        module = _hyperscan()
        return bytes(module.dumpb(self._database)) if self._database is not None and module is not None else b""

    @property
    def texts(self) -> list[str]:
        """The literals as text."""
        return [literal.decode("utf-8", "replace") for literal in self.literals if not literal.isascii()]

    def places(self, data: bytes) -> list[int]:
        """Byte offsets (ends of literals) worth a closer look, ascending. Needs the hyperscan engine."""
        if self._database is None:
            return []
        ends: list[int] = []
        lengths, loose, label, size = self._lengths, self.loose, _LABEL_BYTES, len(data)

        def seen(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            if number not in loose:
                start = end - lengths[number]
                if (start > 0 and data[start - 1] in label) or (end < size and data[end] in label):
                    return
            ends.append(end)

        self._database.scan(data, match_event_handler=seen)
        ends.sort()
        return ends

    def worth(self, text: str) -> bool:
        """The same question for one text, without hyperscan."""
        text = text.lower()
        if any(piece in text for piece in self._loose_texts):
            return True
        known = self._set
        if not known:
            return False
        if not text.isascii() or "@" in text:
            return True
        for run in _RUN.findall(text):
            for name in run.split(".."):  # no name holds two dots in a row: one ends there
                name = name.strip(".")
                while "." in name:
                    if name in known:
                        return True
                    name = name.partition(".")[2]
        return False


class Index:
    """Every indicator, and the ways to find it. `indicators` is sorted, so that positions are the same on every
    machine."""

    def __init__(
        self, indicators: Sequence[Indicator], hidden: Sequence[Indicator], scanner: Scanner | None, engine: str
    ) -> None:
        self.indicators = tuple(indicators)
        self.engine = engine
        self.unusable: tuple[Skipped, ...] = ()
        """Indicators that no value can be compared with, and why."""
        self.all = (*self.indicators, *hidden)
        """The indicators, then values that others require in the same row; those are no indicators by themselves."""
        self._prepare()
        self.scanner = scanner if scanner is not None else Scanner(*self._literals(), engine)

    # -- making -----------------------------------------------------------------------------------------------------

    @classmethod
    def build(cls, sets: Sequence[IndicatorSet], *, cache: Path | None = None, engine: str | None = None) -> Index:
        """Merge the sets and prepare them. `cache` is a folder (see `index_cache.cache_dir`); `engine` is for
        tests."""
        with index_cache.uncollected():
            return cls._build(sets, cache, engine or engines()[0])

    @classmethod
    def _build(cls, sets: Sequence[IndicatorSet], cache: Path | None, engine: str) -> Index:
        key = index_cache.cache_key(sets, engine + _version(engine)) if cache is not None else ""
        stored = index_cache.load(cache, key) if cache is not None else None
        if stored is not None:
            loaded = cls._from(stored, engine)
            if loaded is not None:
                return loaded
        indicators = merge(sets)
        index = cls(indicators, _required(indicators), None, engine)
        if cache is not None:
            scanner = index.scanner
            index_cache.save(
                cache,
                key,
                index_cache.Stored(
                    indicators=index.indicators,
                    hidden=index.all[len(index.indicators) :],
                    literals=scanner.literals,
                    loose=scanner.loose,
                    database=scanner.dump(),
                ),
            )
        return index

    @classmethod
    def _from(cls, stored: index_cache.Stored, engine: str) -> Index | None:
        module = _hyperscan()
        failures: tuple[type[BaseException], ...] = (ValueError,)
        if module is not None:
            failures = (*failures, module.HyperscanError)
        try:
            scanner = Scanner(stored.literals, stored.loose, engine, stored.database)
        except failures:  # made on another CPU
            return None
        return cls(stored.indicators, stored.hidden, scanner, engine)

    def _prepare(self) -> None:
        self.exact: dict[IndicatorKind, dict[str, Positions]] = {kind: {} for kind in K}
        """Kind -> value in the form that is compared -> positions in `all`."""
        self.urls: dict[tuple[str, int | None, str], Positions] = {}
        self.prefixes: dict[str, list[tuple[int | None, str, int]]] = {}
        """Host (without `www.`) -> port, path, position of links that match everything below them."""
        self.networks: dict[tuple[int, int], dict[int, Positions]] = {}
        """(IP version, prefix length) -> network address -> positions."""
        self.patterns: dict[IndicatorKind, list[tuple[int, Test]]] = {}
        self.truncated: dict[str, Positions] = {}
        self.paths_anywhere: list[tuple[str, int]] = []
        skipped: list[Skipped] = []
        for position, indicator in enumerate(self.all):
            try:
                self._add(position, indicator)
            except ValueError as error:
                skipped.append(Skipped(entry=f"{indicator.kind}={indicator.original}"[:300], reason=str(error)))
        paths = self.exact[K.FILE_PATH]
        self.path_starts = tuple(paths) if len(paths) <= 128 else ()
        self.has_v6 = any(version == 6 for version, _ in self.networks)
        self.has_ranges = any(length < 32 for version, length in self.networks if version == 4)
        self.has_v4 = any(version == 4 for version, _ in self.networks)
        self.scan_all = any(
            indicator.kind in SEARCHED
            and (
                indicator.pattern == "matches" or (indicator.pattern == "like" and not _longest_piece(indicator.value))
            )
            for indicator in self.all
        )
        self.unusable = tuple(skipped)

    def _add(self, position: int, indicator: Indicator) -> None:
        kind, value = indicator.kind, indicator.value
        if kind is K.DOMAIN and indicator.pattern == "equals":  # nearly all there are
            key, table = comparable(kind, value), self.exact[kind]
            table[key] = (*table[key], position) if key in table else (position,)
            return
        if indicator.pattern == "like":
            self.patterns.setdefault(kind, []).append((position, like(value, kind in CASELESS)))
            return
        if indicator.pattern == "matches":
            self.patterns.setdefault(kind, []).append((position, self._regex(value, kind in CASELESS)))
            return
        if kind is K.URL or indicator.pattern == "prefix":
            self._add_url(position, indicator)
        elif kind in (K.IPV4, K.IPV6):
            network = ipaddress.ip_network(value.strip("[]"), strict=False)
            known = self.networks.setdefault((network.version, network.prefixlen), {})
            at = int(network.network_address)
            known[at] = (*known.get(at, ()), position)
        else:
            table_of = self.exact[kind]
            key = comparable(kind, value)
            table_of[key] = (*table_of.get(key, ()), position)
            if kind is K.PROCESS and len(value) > TRUNCATED_AT:
                short = value[:TRUNCATED_AT]
                self.truncated[short] = (*self.truncated.get(short, ()), position)
            if kind is K.FILE_PATH and not key.startswith("/"):
                self.paths_anywhere.append((key, position))

    def _add_url(self, position: int, indicator: Indicator) -> None:
        url = parse_url(indicator.value)
        if url is None:
            raise ValueError("this link has no host that could be looked for")
        key = url_key(url)
        if indicator.pattern == "prefix":
            self.prefixes.setdefault(key[0], []).append((key[1], key[2], position))
        else:
            self.urls[key] = (*self.urls.get(key, ()), position)

    def _regex(self, pattern: str, caseless: bool) -> Test:
        module = _hyperscan()
        if module is None or self.engine != "hyperscan":
            raise ValueError("regular expressions need the package hyperscan, which is safe on hostile text")
        made = module.Database(mode=module.HS_MODE_BLOCK)
        flags = module.HS_FLAG_UTF8 | module.HS_FLAG_SINGLEMATCH | module.HS_FLAG_DOTALL | module.HS_FLAG_ALLOWEMPTY
        try:
            made.compile(
                expressions=[pattern.encode()],
                ids=[0],
                elements=1,
                flags=flags | (module.HS_FLAG_CASELESS if caseless else 0),
            )
        except module.HyperscanError as error:
            raise ValueError(f"this regular expression cannot be used: {error}"[:200]) from error

        def test(value: str) -> bool:
            hits: list[int] = []
            made.scan(value.encode("utf-8", "replace"), match_event_handler=lambda number, *_rest: hits.append(number))
            return bool(hits)

        return test

    def _literals(self) -> tuple[list[bytes], frozenset[int]]:
        found: dict[str, bool] = {}
        for indicator in self.all:
            if indicator.kind in SEARCHED and indicator.pattern != "matches":
                for literal, whole in _spellings(indicator):
                    found[literal] = found.get(literal, True) and whole
        # An empty piece (LIKE '%') would be found everywhere; hyperscan refuses it, `scan_all` stands for it.
        ordered = sorted(literal for literal in found if literal)
        return (
            [literal.encode("utf-8", "replace") for literal in ordered],
            frozenset(place for place, literal in enumerate(ordered) if not found[literal]),
        )

    # -- asking -----------------------------------------------------------------------------------------------------

    def addresses(self, text: str) -> list[tuple[int, str]]:
        """Positions of address indicators that hold this address, and how (`equals` or `cidr`)."""
        try:
            address: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(text)
        except ValueError:
            return []
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        bits, number = address.max_prefixlen, int(address)
        found: list[tuple[int, str]] = []
        for (version, length), table in self.networks.items():
            if version == address.version:
                at = (number >> (bits - length)) << (bits - length)
                found += [(position, "equals" if length == bits else "cidr") for position in table.get(at, ())]
        return found


def is_plain(host: str) -> bool:
    """Whether a host name of lower-case letters, digits and the like is its own canonical form without further look."""
    if len(host) >= 64 or not host[-1:].isalpha() or host.strip(_NAME):
        return False
    return host[0] not in ".0" and ".." not in host and ".0x" not in host


def comparable(kind: IndicatorKind, value: str) -> str:
    """A value in the form in which values of this kind are compared. Raises ValueError for a host or address that is
    none."""
    match kind:
        case K.DOMAIN:
            # the same answer, ten times faster, for the names that nearly all sets hold
            if is_plain(value):
                return value
            return canonical_host(value.lstrip("*").lstrip("."))
        case K.EMAIL:
            # handles are numbers more often than addresses, and plain ones are their own form
            low = value.strip().lower()
            if "@" not in low:
                return low
            local, _, host = low.rpartition("@")
            if local and len(local) <= 64 and not local.strip(_NAME) and host and is_plain(host):
                return low
            try:
                return canonical_email(value)
            except ValueError:
                return value.strip().lower()
        case K.FILE_PATH:
            return clean_path(value)
        case _ if kind in CASELESS:
            value = value.strip().lower()
            return value.replace(":", "") if kind.value.startswith(("file:hashes", "app:cert")) else value
        case _:
            return value


def _longest_piece(pattern: str) -> str:
    """What every text that is LIKE this pattern holds, in lower case; empty when that is nothing."""
    return max(re.split(r"\\.|[%_]", pattern.lower()), key=len)


def _spellings(indicator: Indicator) -> Iterable[tuple[str, bool]]:
    """Literals that every text with this indicator holds one of, lower case; whether label characters may not touch
    them."""
    value = indicator.value
    if indicator.pattern == "like":
        yield _longest_piece(value), False
        return
    try:
        if indicator.kind is K.URL or indicator.pattern == "prefix":
            url = parse_url(value)
            host = url.host if url is not None else ""
            host = host.removeprefix("www.")
        elif indicator.kind is K.EMAIL:
            host = comparable(K.EMAIL, value)
        elif indicator.kind is K.DOMAIN:
            host = comparable(K.DOMAIN, value)
        else:
            network = ipaddress.ip_network(value.strip("[]"), strict=False)
            host = str(network.network_address) if network.num_addresses == 1 else ""
    except ValueError:
        return
    if host:
        yield host, True
        local, at, name = host.rpartition("@")
        if "xn--" in name:
            yield local + at + unicode_host(name), True


def _version(engine: str) -> str:
    return metadata.version("hyperscan") if engine == "hyperscan" else ""


def _merge_key(indicator: Indicator) -> tuple[str, str, str, tuple[tuple[str, str], ...]]:
    requires = tuple((kind.value, value) for kind, value in indicator.requires)
    return (indicator.kind.value, indicator.value, indicator.pattern, requires)


def merge(sets: Sequence[IndicatorSet]) -> list[Indicator]:
    """One indicator for each (kind, value, pattern, requires), sorted; its attributions in the order of the sets, each
    once."""
    merged: dict[tuple[str, str, str, tuple[tuple[str, str], ...]], Indicator] = {}
    for one in sets:
        for indicator in one.indicators:
            key = _merge_key(indicator)
            known = merged.get(key)
            if known is None:
                merged[key] = indicator
            else:
                merged[key] = Indicator(
                    kind=known.kind,
                    value=known.value,
                    original=known.original,
                    pattern=known.pattern,
                    requires=known.requires,
                    attributions=tuple(dict.fromkeys((*known.attributions, *indicator.attributions))),
                )
    return [merged[key] for key in sorted(merged)]


def _required(indicators: Sequence[Indicator]) -> list[Indicator]:
    """Values that some indicator requires beside itself and that are no plain indicators already."""
    wanted = sorted({(kind, value) for indicator in indicators for kind, value in indicator.requires})
    nobody = (Attribution(set_name="", family=None, threat_class=None, publisher=None),)
    return [Indicator(kind=kind, value=value, original=value, attributions=nobody) for kind, value in wanted]
