"""From raw hits to findings: never what a parser has found already, and lists of indicators as what they are.

* A hit whose indicator some reader found in the same file (its write-ahead log counts as the same file) is dropped.
* `CLUSTER` different indicators within `NEAR` bytes (or in one compressed member), or indicators of two families in one
  file, become one WEAK finding for the file: a list or an article about spyware.
* Everything else is a finding of its own, at most a LEAD (the strength table says so for raw bytes).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

import msgspec

from sousveil.findings.judge import MAX_EVIDENCE, finding_from_raw, finding_id
from sousveil.findings.model import Evidence, Finding, Shows, Strength
from sousveil.findings.scan_model import RawHit
from sousveil.findings.words import shown
from sousveil.indicators.index import Index
from sousveil.kinds import Role, visible
from sousveil.patterns import lazy_pattern
from sousveil.records import Source, Space
from sousveil.texts import t

CLUSTER = 5
NEAR = 8 << 10
"""Bytes: entries of published lists stand closer than this, traces of visits seldom do."""
RULE = "scan.list"
_NAMED = 5
_REVERSED = lazy_pattern(
    r"(?:AppDomain(?:Group|Plugin)?-|[^.]{0,3}TCCService[A-Za-z]{1,40}|[a-z]?)"
    r"(?:com|net|org|io|co|group|systemgroup)\.",
    re.ASCII,
)
"""How identifiers begin: with a top-level domain, after a domain of the backup, or after a column that touches them."""
_COMPANIONS = ("-wal", "-journal")

_Key = tuple[str, str]


def raw_findings(
    raw: Sequence[RawHit], index: Index, parsed: Sequence[Finding], *, backup_at: int | None
) -> Iterable[Finding]:
    """Findings of the raw pass, in the order of files and offsets. `parsed` is what readers and rules found.

    `backup_at` in microseconds since 1970 UTC."""
    known = _known(parsed)
    by_file: dict[str, list[RawHit]] = {}
    for hit in raw:
        if not 0 <= hit.indicator < len(index.indicators) or _identifier(hit):
            continue
        if (_base(hit.where), index.indicators[hit.indicator].key) not in known:
            by_file.setdefault(hit.where, []).append(hit)
    for where in sorted(by_file):
        yield from _of_file(by_file[where], index, backup_at)


def _identifier(hit: RawHit) -> bool:
    """Whether the name is an app's identifier (`com.maker.app`, `AppDomain-com.maker.app`) that ends like a domain."""
    return hit.how in ("subdomain", "decoded") and _REVERSED.match(hit.text) is not None


def _base(where: str) -> str:
    """The file that a companion belongs to."""
    for suffix in _COMPANIONS:
        where = where.removesuffix(suffix)
    return where


def _known(parsed: Iterable[Finding]) -> set[tuple[str, _Key]]:
    """(file, indicator) of what was found by readers."""
    known: set[tuple[str, _Key]] = set()
    for finding in parsed:
        if finding.indicator is not None and finding.artefact != "scan":
            key = (finding.indicator.kind, finding.indicator.value)
            sources = (finding.source, *(e.source for e in finding.evidence))
            known.update((_base(source.file), key) for source in sources)
    return known


def _of_file(hits: list[RawHit], index: Index, backup_at: int | None) -> Iterator[Finding]:
    hits = sorted(hits, key=lambda h: (h.offset, h.container or "", h.indicator, h.space or ""))
    bytes_found = [hit for hit in hits if not hit.hashed]
    listed = bytes_found if _two_families(bytes_found, index) else _clustered(bytes_found)
    known = set(
        map(id, listed)
    )  # the pattern of an indicator is a list, however short; rows of databases are not judged so
    listed += [hit for hit in bytes_found if hit.pattern and hit.space is None and id(hit) not in known]
    if listed:
        yield _list(listed, index)
    skip = set(map(id, listed))
    for hit in hits:
        if id(hit) not in skip:
            indicator = index.indicators[hit.indicator]
            if hit.hashed:
                yield _hash(hit, index, backup_at)
                continue
            # a page or document that names it, not a row of a database: lures too may speak of malware
            role = Role.QUOTED if hit.quoted and hit.space is None else Role.RAW
            yield finding_from_raw(
                indicator, _source(hit), how=hit.how, role=role, record=_record(hit), backup_at=backup_at
            )


def _hash(hit: RawHit, index: Index, backup_at: int | None) -> Finding:
    source = Source(file=hit.where)
    return finding_from_raw(
        index.indicators[hit.indicator],
        source,
        how="equals",
        role=Role.RAW,
        record={"content_hash": hit.text},
        backup_at=backup_at,
    )


def _source(hit: RawHit) -> Source:
    return Source(file=hit.where, offset=hit.offset, page=hit.page, space=cast(Space | None, hit.space))


def _record(hit: RawHit) -> dict[str, Any]:
    record: dict[str, Any] = {"text": hit.text, "encoding": hit.encoding}
    if hit.container:
        record["container"] = hit.container
    return record


def _families(hit: RawHit, index: Index) -> frozenset[str]:
    said = index.indicators[hit.indicator].attributions
    return frozenset(a.family.casefold() for a in said if a.family)


def _two_families(hits: Sequence[RawHit], index: Index) -> bool:
    """Whether no one family explains all hits of a file (those that name a family)."""
    named = {hit.indicator: families for hit in hits if (families := _families(hit, index))}
    return len(named) > 1 and not frozenset.intersection(*named.values())


def _clustered(hits: Sequence[RawHit]) -> list[RawHit]:
    """The hits that stand where `CLUSTER` different indicators lie within `NEAR` bytes."""
    inside = [False] * len(hits)
    window: Counter[int] = Counter()
    low = marked = 0
    for high, hit in enumerate(hits):
        window[hit.indicator] += 1
        while hit.offset - hits[low].offset > NEAR:
            window[hits[low].indicator] -= 1
            window += Counter()  # drops what is gone
            low += 1
        if len(window) >= CLUSTER:
            for place in range(max(low, marked), high + 1):
                inside[place] = True
            marked = high + 1
    return [hit for hit, yes in zip(hits, inside, strict=True) if yes]


def _list(hits: Sequence[RawHit], index: Index) -> Finding:
    distinct = list(dict.fromkeys(hit.indicator for hit in hits))
    named = [index.indicators[position] for position in distinct[:_NAMED]]
    families = sorted({a.family for p in distinct for a in index.indicators[p].attributions if a.family})
    values = ", ".join(shown(indicator) for indicator in named)
    if len(distinct) > _NAMED:
        values += " " + t("list.more", n=len(distinct) - _NAMED)
    says = t("rule.scan-list.says", n=len(distinct), values=values)
    if families:
        names = ", ".join(visible(name, 60) for name in families[:3])
        if len(families) > 3:
            names += " " + t("rule.scan-list.other_names", n=len(families) - 3)
        says += " " + t("rule.scan-list.tied", names=names)
    first: dict[tuple[int, str | None], RawHit] = {}
    for hit in hits:
        first.setdefault((hit.indicator, hit.container), hit)
    evidence = tuple(
        Evidence(
            artefact="scan",
            source=_source(hit),
            record={"value": index.indicators[hit.indicator].value, **_record(hit), "role": Role.QUOTED.value},
        )
        for hit in list(first.values())[:MAX_EVIDENCE]
    )
    source = evidence[0].source
    record: dict[str, Any] = {
        "values": len(distinct),
        "places": len(hits),
        "families": families[:20],
        "first": [indicator.value for indicator in named],
        "role": Role.QUOTED.value,
    }
    return Finding(
        id=finding_id(RULE, None, [e.source for e in evidence]),
        rule=RULE,
        artefact="scan",
        shows=Shows.CONTACT,
        strength=Strength.WEAK,
        says=says,
        at=None,
        at_quality=None,
        indicator=None,
        attributions=(),
        source=source,
        record=record,
        evidence=(msgspec.structs.replace(evidence[0], record=record), *evidence[1:]),
        innocent=(t("rule.scan-list.innocent_article"), t("rule.scan-list.innocent_app")),
        reasons=(t("reason.is", ceiling=Strength.WEAK.value, reason=t("reason.list", n=CLUSTER)),),
    )


__all__ = ["CLUSTER", "NEAR", "RULE", "raw_findings"]
