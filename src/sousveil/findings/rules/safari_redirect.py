"""An unencrypted page in Safari's history that led on to another site within a second.

So looks a redirect that somebody on the way injected into unencrypted traffic, and so look most links of the everyday
web: on its own it is never more than weak. Redirects are joined by their two hosts, so that the number of findings
stays readable.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sousveil.acquisition.model import Device
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule, filled
from sousveil.hosts import ParsedUrl, parse_url
from sousveil.kinds import defang
from sousveil.texts import t

WITHIN = 1_000_000
"""Microseconds between the two visits, less than which counts."""
MAX_PAIRS = 200
"""Pairs of hosts that become findings of their own; the others are counted in one more."""
MAX_ROWS = 10
"""Rows that one finding cites."""
_COLUMNS = (
    "visit_id", "url", "timestamp",
    "redirect_source", "redirect_source_url", "redirect_source_time",
    "redirect_destination", "redirect_destination_url", "redirect_destination_time",
)  # fmt: skip


def _plain(url: object) -> bool:
    return isinstance(url, str) and url[:7].lower() == "http://"


def _soon(first: object, then: object) -> bool:
    return isinstance(first, int) and isinstance(then, int) and 0 <= then - first < WITHIN


def keep(columns: Columns) -> Iterable[int]:
    """Visits that begin or end such a redirect."""
    found: set[int] = set()
    for link, start, end, other in (
        ("url", "timestamp", "redirect_destination_time", "redirect_destination_url"),
        ("redirect_source_url", "redirect_source_time", "timestamp", "redirect_source_url"),
    ):
        rows = list(filled(columns, other))
        if rows:
            links, starts, ends = columns[link], columns[start], columns[end]
            found.update(at for at in rows if _plain(links[at]) and _soon(starts[at], ends[at]))
    return sorted(found)


def same_site(one: str, other: str) -> bool:
    """Whether two hosts are equal, or one lies below the other (`www.` aside)."""
    one, other = one.removeprefix("www."), other.removeprefix("www.")
    return one == other or one.endswith("." + other) or other.endswith("." + one)


@dataclass(slots=True)
class _Pair:
    """All redirects from one host to another."""

    source: str
    target: str
    port: int | None
    seconds: float
    at: int
    """Of the first one."""
    count: int = 0
    rows: list[Kept] = field(default_factory=list)

    def order(self) -> tuple[bool, int, str, str]:
        """Unusual ports first, then by time."""
        return (self.port is None, self.at, self.source, self.target)

    def says(self) -> str:
        return t(
            f"rule.safari-redirect.{'says' if self.port is None else 'port'}",
            n=self.count,
            source=defang(self.source),
            target=defang(self.target),
            port=self.port,
            seconds=f"{self.seconds:.2f}",
        )


def _ends(row: Mapping[str, Any]) -> Iterator[tuple[tuple[object, object], str, str, int, int]]:
    """The redirects that a row tells of: the two visits, their links and their times."""
    visit, url, when = row["visit_id"], row["url"], row["timestamp"]
    to, came = row["redirect_destination_url"], row["redirect_source_url"]
    if isinstance(to, str) and _plain(url) and _soon(when, row["redirect_destination_time"]):
        yield (visit, row["redirect_destination"]), url, to, when, row["redirect_destination_time"]
    if isinstance(came, str) and isinstance(url, str) and _plain(came) and _soon(row["redirect_source_time"], when):
        yield (row["redirect_source"], visit), came, url, row["redirect_source_time"], when


def _pairs(rows: Sequence[Kept]) -> list[_Pair]:
    pairs: dict[tuple[str, str, int | None], _Pair] = {}
    seen: set[tuple[str, tuple[object, object]]] = set()
    parsed: dict[str, ParsedUrl | None] = {}
    for kept in rows:
        for visits, source, target, when, then in _ends(kept.row):
            if (kept.source.file, visits) in seen:
                continue
            seen.add((kept.source.file, visits))
            for url in (source, target):
                if url not in parsed:
                    parsed[url] = parse_url(url)
            one, other = parsed[source], parsed[target]
            if one is None or other is None or same_site(one.host, other.host):
                continue
            pair = pairs.setdefault(
                (one.host, other.host, other.port),
                _Pair(source=one.host, target=other.host, port=other.port, seconds=(then - when) / 1e6, at=when),
            )
            pair.count += 1
            if when < pair.at:
                pair.at, pair.seconds = when, (then - when) / 1e6
            if len(pair.rows) < MAX_ROWS:
                pair.rows.append(kept)
    return sorted(pairs.values(), key=_Pair.order)


def find(kept: Mapping[str, Sequence[Kept]], device: Device) -> Iterator[Hit]:
    """One hit for each pair of hosts, unusual ports first; pairs beyond the limit are counted in a last one."""
    pairs = _pairs(kept["visits"])
    for pair in pairs[:MAX_PAIRS]:
        yield Hit(rows=tuple(pair.rows), says=pair.says(), at=pair.at)
    rest = pairs[MAX_PAIRS:]
    if rest:
        count = sum(pair.count for pair in rest)
        yield Hit(
            rows=tuple(row for pair in rest[:MAX_ROWS] for row in pair.rows[:1]),
            says=t("rule.safari-redirect.more", n=count, pairs=t("rule.safari-redirect.pairs", n=len(rest))),
            at=min(pair.at for pair in rest),
        )


RULE = Rule(
    name="safari-redirect",
    title="Unencrypted page that led on to another site within a second",
    shows=Shows.CONTACT,
    strength=Strength.WEAK,
    reads={"visits": Reads(artefact="ios.safari_history", columns=_COLUMNS, keep=keep)},
    find=find,
    innocent=(
        (
            "Most sites send unencrypted addresses on: to their encrypted form, to another name of the same owner, "
            "through link shorteners and advertisers."
        ),
    ),
    basis="Pegasus was delivered by redirects injected into unencrypted pages (Amnesty International, 2021-07-18). On a "
    "phone that nobody attacked, 20 of 25 visits were part of a redirect: one alone means nearly nothing.",
)
