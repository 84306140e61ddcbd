"""All indicators of all sets, merged, ready to be asked.

`Index.build` merges what several sets say about one value, keeps every attribution, and prepares what matching needs: a
dictionary a kind, address ranges, and one hyperscan database of literals that tells in one pass which rows of a column
are worth a closer look. That look is exact and the same with and without hyperscan, so both engines give the same
matches; the only difference is that `MATCHES` patterns (regular expressions) need hyperscan, because no other engine
here is safe on hostile text. Patterns that cannot be used are listed in `unusable`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from sousveil.hosts import parse_url
from sousveil.indicators import index_cache
from sousveil.indicators.comparing import (
    CASELESS,
    RESPELT,
    SEARCHED,
    Test,
    clean_path,
    comparable,
    is_plain,
    like,
    longest_piece,
    path_spellings,
    plain_path,
    spellings,
    url_key,
)
from sousveil.indicators.model import Attribution, Indicator, IndicatorKind, IndicatorSet, Platform, Skipped
from sousveil.indicators.scanner import Scanner, engine_version, engines, hyperscan_module

K = IndicatorKind
TRUNCATED_AT = 16
"""Characters that network usage databases keep of a process name."""

Positions = tuple[int, ...]


class Index:
    """Every indicator, and the ways to find it. `indicators` is sorted, so that positions are the same on every
    machine."""

    def __init__(
        self,
        indicators: Sequence[Indicator],
        hidden: Sequence[Indicator],
        scanner: Scanner | None,
        engine: str,
        held: index_cache.Stored | None = None,
    ) -> None:
        self.engine = engine
        self.unusable: tuple[Skipped, ...] = ()
        """Indicators that no value can be compared with, and why."""
        self.indicators: Sequence[Indicator] = tuple(indicators)
        self.all: Sequence[Indicator] = (*self.indicators, *hidden)
        """The indicators, then values that others require in the same row; those are no indicators by themselves."""
        if held is None:
            self._prepare(((one.kind, one.value, one.pattern) for one in self.all), None)
        else:
            made: dict[int, Indicator] = {}
            self.indicators = index_cache.Kept(held, made, held.shown)
            self.all = every = index_cache.Kept(held, made, len(held.values))
            self._prepare(every.heads(), held.domains)
        self.scanner = scanner if scanner is not None else Scanner(*self._literals(), engine)

    # -- making -----------------------------------------------------------------------------------------------------

    @classmethod
    def build(
        cls,
        sets: Sequence[IndicatorSet],
        *,
        cache: Path | None = None,
        engine: str | None = None,
        platform: Platform | None = None,
    ) -> Index:
        """Merge the sets and prepare them. `platform` leaves out what names something of another
        system. `cache` is a folder (see `index_cache.cache_dir`); `engine` is for tests."""
        with index_cache.uncollected():
            return cls._build(sets, cache, engine or engines()[0], platform)

    @classmethod
    def _build(cls, sets: Sequence[IndicatorSet], cache: Path | None, engine: str, platform: Platform | None) -> Index:
        key = key_of(sets, engine, platform) if cache is not None else ""
        if cache is not None and (kept := cls.kept(cache, key, engine)) is not None:
            return kept
        indicators = merge(sets, platform)
        index = cls(indicators, _required(indicators), None, engine)
        if cache is not None:
            scanner, shown = index.scanner, len(index.indicators)
            held = index_cache.stored(
                index.indicators,
                index.all[shown:],
                index.exact[K.DOMAIN],
                scanner.literals,
                scanner.loose,
                scanner.dump(),
            )
            index_cache.save(cache, key, held)
        return index

    @classmethod
    def kept(cls, cache: Path, key: str, engine: str) -> Index | None:
        """The index that the cache holds under a key (see `key_of`); None where there is none that can be used."""
        with index_cache.uncollected():
            held = index_cache.load(cache, key)
            if held is None:
                return None
            module = hyperscan_module()
            failures: tuple[type[BaseException], ...] = (ValueError,)
            if module is not None:
                failures = (*failures, module.HyperscanError)
            try:
                scanner = Scanner(held.literals, held.loose, engine, held.database)
            except failures:  # made on another CPU
                return None
            return cls((), (), scanner, engine, held)

    def _prepare(self, heads: Iterable[tuple[IndicatorKind, str, str]], domains: dict[str, Positions] | None) -> None:
        """Make the tables from kind, value and pattern of everything in `all`. `domains`: those of `exact`, if they are
        known already."""
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
        self.scan_all = False
        skipped: list[Skipped] = []
        if domains is not None:
            self.exact[K.DOMAIN] = domains
        for position, (kind, value, pattern) in enumerate(heads):
            plain = pattern == "equals"
            if plain and kind is K.DOMAIN and domains is not None:  # nearly all there are
                continue
            if not plain and kind in SEARCHED:
                everywhere = pattern == "like" and not longest_piece(value)
                self.scan_all = self.scan_all or pattern == "matches" or everywhere
            try:
                self._add(position, kind, value, pattern)
            except ValueError as error:
                entry = f"{kind}={self.all[position].original}"[:300]
                skipped.append(Skipped(entry=entry, reason=str(error)))
        self.has_v6 = any(version == 6 for version, _ in self.networks)
        self.has_ranges = any(length < 32 for version, length in self.networks if version == 4)
        self.has_v4 = any(version == 4 for version, _ in self.networks)
        self.unusable = tuple(skipped)

    def _add(self, position: int, kind: IndicatorKind, value: str, pattern: str) -> None:
        if kind is K.DOMAIN and pattern == "equals":
            key, table = comparable(kind, value), self.exact[kind]
            table[key] = (*table[key], position) if key in table else (position,)
            return
        if pattern == "like":
            self.patterns.setdefault(kind, []).append((position, like(value, kind in CASELESS)))
            return
        if pattern == "matches":
            self.patterns.setdefault(kind, []).append((position, self._regex(value, kind in CASELESS)))
            return
        if kind is K.URL or pattern == "prefix":
            self._add_url(position, value, pattern)
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

    def _add_url(self, position: int, value: str, pattern: str) -> None:
        url = parse_url(value)
        if url is None:
            raise ValueError("this link has no host that could be looked for")
        key = url_key(url)
        if pattern == "prefix":
            self.prefixes.setdefault(key[0], []).append((key[1], key[2], position))
        else:
            self.urls[key] = (*self.urls.get(key, ()), position)

    def _regex(self, pattern: str, caseless: bool) -> Test:
        module = hyperscan_module()
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
                for literal, whole in spellings(indicator):
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


def key_of(sets: Sequence[IndicatorSet], engine: str, platform: Platform | None = None) -> str:
    """The key under which the cache holds the index of these sets."""
    return index_cache.cache_key(sets, f"{engine}{engine_version(engine)}\n{platform}")


def _merge_key(indicator: Indicator) -> tuple[str, str, str, tuple[tuple[str, str], ...]]:
    requires = tuple((kind.value, value) for kind, value in indicator.requires)
    return (indicator.kind.value, indicator.value, indicator.pattern, requires)


def merge(sets: Sequence[IndicatorSet], platform: Platform | None = None) -> list[Indicator]:
    """One indicator for each (kind, value, pattern, requires), sorted; its attributions in the order of the sets, each
    once. With a platform, without attributions to another one, and without indicators that have no other."""
    merged: dict[tuple[str, str, str, tuple[tuple[str, str], ...]], Indicator] = {}
    for one in sets:
        for published in one.indicators:
            indicator = published if platform is None else _on(published, platform)
            if indicator is None:
                continue
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


def _on(indicator: Indicator, platform: Platform) -> Indicator | None:
    kept = tuple(said for said in indicator.attributions if said.applies_to(indicator.kind, platform))
    if len(kept) == len(indicator.attributions):
        return indicator
    return msgspec.structs.replace(indicator, attributions=kept) if kept else None


def _required(indicators: Sequence[Indicator]) -> list[Indicator]:
    """Values that some indicator requires beside itself and that are no plain indicators already."""
    wanted = sorted({(kind, value) for indicator in indicators for kind, value in indicator.requires})
    nobody = (Attribution(set_name="", family=None, threat_class=None, publisher=None),)
    return [Indicator(kind=kind, value=value, original=value, attributions=nobody) for kind, value in wanted]


__all__ = [
    "RESPELT",
    "TRUNCATED_AT",
    "Index",
    "Scanner",
    "clean_path",
    "comparable",
    "engines",
    "is_plain",
    "key_of",
    "like",
    "merge",
    "path_spellings",
    "plain_path",
    "url_key",
]
