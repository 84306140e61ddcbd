"""From matches and hits to findings: how strong, when, where, and in which words.

A finding's `record` holds the matched fields, the instants and the role; the whole row only where full records were
asked for. `merging` joins what is one observation: the same indicator in many rows of one artefact.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from sousveil.artefacts.model import Artefact, known_artefact
from sousveil.findings import words
from sousveil.findings.merging import (
    MAX_EVIDENCE,
    Merger,
    canonical,
    finding_id,
    merge,
    read_suppressions,
    sort_key,
    suppress,
)
from sousveil.findings.model import PHONE, AtQuality, Evidence, Finding, Match, MatchedIndicator, Shows, Strength
from sousveil.findings.rules.model import Hit, Rule
from sousveil.findings.rules.staged_program import staged
from sousveil.findings.words import GROUPS
from sousveil.indicators.model import Attribution, Indicator, IndicatorKind
from sousveil.indicators.strength import Sight, judge
from sousveil.kinds import Role, defang
from sousveil.patterns import lazy_pattern
from sousveil.records import Batch, Source, unpacked
from sousveil.texts import data, t

_MAX_TEXT = 2000
_AROUND = 500
_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
_FIRST_IPHONE = 1_167_609_600 * _SECOND  # 2007-01-01, before any iPhone

_QUOTING = lazy_pattern(
    r"hxxp|\[\.\]|\(dot\)|\[dot\]|\[:\]|spyware|pegasus|nso group|citizen ?lab|security lab|"
    r"indicators? of compromise|\bioc\b|malware|forensic|forwarded message|"
    r"(?:do not|don't|don\u2019t|never) (?:open|click|tap)|"
    r"logiciels? espion|espionnage|n['\u2019]ouvre[zs]? pas|ne (?:pas )?(?:cliqu|ouvr)|cliquez pas|malveillant|"
    r"(?:programas?|software) (?:esp[ií]a|espi[aã]o)|espionaje|espionagem|no (?:abr[ae]|pinch|hag[aá]?[ns]? cli)|"
    r"n[aã]o (?:abr[ae]|cliqu)|malicioso|spionage|spionsoftware|"
    r"تجسس|التجسس|بيغاسوس|لا تفتح|لا تضغط|لا تنقر|برنامج خبيث|"
    r"шпион|слежк|вредонос|не открыва|не нажима|не переход|пегас|"
    r"kémprogram|kémszoftver|kémked|ne nyis(?:d|sa)|ne kattint|kártékony|rosszindulatú|"
    r"जासूस|स्पाइवेयर|पेगासस|मैलवेयर|(?:न|मत|ना) खोल|क्लिक (?:न|मत|ना) कर",
    re.IGNORECASE,
)
"""Words of people who write about spyware. A lure that uses them is still a LEAD, so nothing is lost by them."""


_LINK = lazy_pattern(
    r"(?i)[a-z][a-z0-9+.\-]{1,15}://\S+|www\.\S+|[\w\-]+(?:\.[\w\-]+)*\.[^\W\d_]{2,24}(?::\d+)?(?:/\S*)?"
)
_WORD = lazy_pattern(r"[^\W_]+")
FEW_WORDS = 6
"""Words beside a link at most for a message that is hardly more than its link."""
MANY_LINKS = 3
"""Different links that make a list."""
_SENDERS = ("handle", "member_number", "from_number", "member_jid", "from_jid", "author")


def message_shape(text: str, matched: str) -> str:
    """How a message is built around the link that holds `matched`: `bare` (the link, or the link with a few words),
    `closing` (the link ends its line or follows a colon, as in a call to open it) or `sentence`. Looks at the first
    20,000 characters."""
    text = text[:20_000]
    links = list(_LINK.finditer(text))
    if len({link.group().casefold() for link in links}) >= MANY_LINKS:
        return "sentence"
    around = _LINK.sub(" ", text)
    words = _WORD.findall(around)
    if max(len(words), sum(map(len, words)) // 10) <= FEW_WORDS:
        return "bare"
    for link in links:
        if matched.casefold() in link.group().casefold():
            before = text[: link.start()].rstrip(' \t<(["\u201c\u00ab')
            after = text[link.end() :].split("\n", 1)[0]
            if not _WORD.search(after) or before.endswith((":", "\uff1a", "\n")) or not before:
                return "closing"
    return "sentence"


def contact_key(handle: str) -> str:
    """A number or address in the form in which senders and contacts are compared: small letters, or the last nine digits
    of a number (numbers are written with and without a country)."""
    handle = handle.strip().removeprefix("mailto:").removeprefix("tel:").casefold()
    name, _, host = handle.partition("@")
    if host and host not in ("s.whatsapp.net", "lid"):
        return handle
    digits = "".join(c for c in name if c.isdigit())
    return digits[-9:] if len(digits) >= 7 else name


def _sender(row: Mapping[str, Any], contacts: Collection[str]) -> str:
    for name in _SENDERS:
        value = row.get(name)
        if isinstance(value, str) and value:
            return "contact" if contact_key(value) in contacts else "unknown"
    return "unknown"


def quoted(text: str) -> bool:
    """Whether a text looks like somebody writing about spyware rather than a lure. Looks at the first 20,000
    characters."""
    return _QUOTING.search(text[:20_000]) is not None


def trusted(micros: int | None, backup_at: int | None) -> int | None:
    """The instant; None where it cannot be right: before 2007, or more than a day after the backup."""
    if micros is None or micros < _FIRST_IPHONE or (backup_at is not None and micros > backup_at + _DAY):
        return None
    return micros


def when(micros: int | None, backup_at: int | None) -> tuple[str | None, AtQuality | None]:
    """ISO 8601 in UTC with microseconds, and how well the time is known. A time that is not `trusted` is `suspect`."""
    if micros is None:
        return None, None
    text = iso(micros)
    if trusted(micros, backup_at) is None:
        return text, AtQuality.SUSPECT
    if micros % _DAY == 0:
        return text, AtQuality.DAY
    return text, AtQuality.EXACT if micros % _SECOND else AtQuality.SECOND


def iso(micros: int) -> str:
    """Microseconds since 1970 as `2021-07-18T09:30:00.000000Z`. Years outside 1 to 9999 are held at the border."""
    micros = min(max(micros, -62_135_596_800 * _SECOND), 253_402_300_799 * _SECOND)
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def rule_name(kind: IndicatorKind) -> str:
    """The rule of findings that rest on an indicator: `indicator.domain-name`, `indicator.file-path` ..."""
    return "indicator." + kind.value.removesuffix(":value").replace(":", "-").replace(".", "-")


def _plain(value: Any) -> Any:
    """A value that JSON can hold: bytes as hexadecimal, everything else as it is."""
    return value.hex() if isinstance(value, bytes) else value


def _excerpt(value: Any, matched: str) -> Any:
    """A long text cut to the part around the match."""
    if not isinstance(value, str) or len(value) <= _MAX_TEXT:
        return _plain(value)
    at = max(value.casefold().find(matched.casefold()), 0)
    start, end = max(at - _AROUND, 0), at + len(matched) + _AROUND
    return ("…" if start else "") + value[start:end] + ("…" if end < len(value) else "")


def _moment(artefact: Artefact, row: Mapping[str, Any]) -> int | None:
    """The instant that tells best when the row came about."""
    return next((row[n] for n in moments(artefact) if isinstance(row.get(n), int)), None)


def moments(artefact: Artefact) -> list[str]:
    """The fields with instants, the one that tells best when a row came about first."""
    instants = [name for name, kind in artefact.kinds.items() if kind.instant]
    return list(dict.fromkeys([*(event.at for event in artefact.events), *instants]))


class Circumstances(msgspec.Struct, frozen=True, omit_defaults=True):
    """What decides how much a value in a row is worth, whichever indicator it equals. See `Sight`."""

    role: Role
    """Of the row, else of its artefact; the title of a page is quoted."""
    field: str | None = None
    warns: bool = False
    """Whether a received row has a text of somebody who writes about spyware."""
    traffic: bool | None = None
    shape: str | None = None
    sender: str | None = None
    place: str | None = None

    def sight(self, artefact: str, kind: IndicatorKind, how: str, seen_at: int | None, backup_at: int | None) -> Sight:
        """How an indicator of this kind was met here. A warning quotes what it names, but for an account."""
        quotes = self.warns and GROUPS[kind] != "account"
        return Sight(
            artefact=artefact,
            role=Role.QUOTED if quotes else self.role,
            how=how,
            seen_at=seen_at,
            backup_at=backup_at,
            field=self.field,
            traffic=self.traffic,
            shape=None if quotes else self.shape,
            sender=None if quotes else self.sender,
            place=self.place,
        )


def decisive_fields(artefact: Artefact) -> list[str]:
    """The fields that `circumstances` reads beside that of the value."""
    kinds = artefact.kinds
    return [
        name
        for name, kind in kinds.items()
        if kind.name in ("text", "json") or name in ("role", "text", "path", *_SENDERS) or counts_traffic(name)
    ]


def circumstances(
    artefact: Artefact,
    row: Mapping[str, Any],
    field: str,
    text: str,
    counters: Collection[str],
    contacts: Collection[str],
) -> Circumstances:
    """The circumstances of `text` in a field of a row. `counters` names the fields that count traffic and that the file of the
    row has; `contacts` has the contacts of the phone as `contact_key` writes them."""
    kinds = artefact.kinds
    given = row.get("role")
    role = Role(given) if isinstance(given, str) and given in set(Role) else artefact.role
    place = kinds.get(field)
    if role in (Role.VISITED, Role.LOADED, Role.REDIRECTED) and place is not None and place.name == "text":
        role = Role.QUOTED
    texts = (row.get(name) for name, kind in kinds.items() if kind.name in ("text", "json"))
    message = role is Role.RECEIVED and "text" in kinds and any(name in kinds for name in _SENDERS)
    content = row.get("text")
    return Circumstances(
        role=role,
        field=_field(artefact, row, field, text),
        warns=role is Role.RECEIVED and any(isinstance(words, str) and quoted(words) for words in texts),
        traffic=_traffic(row, counters),
        shape=message_shape(content if isinstance(content, str) else "", text) if message else None,
        sender=_sender(row, contacts) if message else None,
        place="staging" if staged(row.get("path")) else None,
    )


def _field(artefact: Artefact, row: Mapping[str, Any], field: str, text: str) -> str | None:
    """The name of the kind in which the value stands; a host that a link in a text names stands in a link."""
    kind = artefact.kinds.get(field)
    value = row.get(field)
    if kind is not None and kind.searched and isinstance(value, str):
        linked = "://" in text or "//" + text in value
        return "url" if linked else kind.name
    return kind.name if kind is not None else None


def counts_traffic(name: str) -> bool:
    """Whether a field of this name counts bytes that a program sent or received."""
    return any(part in name.lower() for part in ("wwan", "wifi", "cell_", "bytes_in", "bytes_out"))


def _traffic(row: Mapping[str, Any], counters: Collection[str]) -> bool | None:
    """Whether a row counts any bytes; None where its file has no columns for that."""
    if not counters:
        return None
    return any(isinstance(row.get(n), int | float) and row[n] > 0 for n in counters)


def _record(artefact: Artefact, row: Mapping[str, Any], match: Match, role: Role, full: bool) -> dict[str, Any]:
    kinds = artefact.kinds
    keep: dict[str, Any] = {}
    for name, value in row.items():
        kind = kinds.get(name)
        timed = kind is not None and kind.instant
        # Where a program lay in a folder of spyware, that decides its strength and its weight beside others.
        placed = name == "path" and staged(value)
        if value is None or not (full or timed or placed or name in (match.field, "direction", PHONE)):
            continue
        if timed and isinstance(value, int):
            keep[name] = iso(value)
        else:
            keep[name] = _plain(value) if full else _excerpt(value, match.text)
    keep["role"] = role.value
    return keep


def _matched(indicator: Indicator, deciding: Attribution) -> MatchedIndicator:
    return MatchedIndicator(
        kind=indicator.kind.value,
        value=indicator.value,
        family=deciding.family,
        publisher=deciding.publisher,
        stix_id=deciding.stix_id,
    )


def _assemble(
    indicator: Indicator,
    sight: Sight,
    *,
    artefact: str,
    title: str,
    source: Source,
    record: dict[str, Any],
    agrees: str,
) -> Finding:
    """A finding out of a judged sight."""
    found, deciding = judge(indicator, sight)
    rule = rule_name(indicator.kind)
    at, quality = when(sight.seen_at, sight.backup_at)
    return Finding(
        id=finding_id(rule, indicator.key, [source]),
        rule=rule,
        artefact=artefact,
        shows=Shows(found.shows),
        strength=Strength(found.strength),
        says=words.says(indicator, sight.role, title),
        at=at,
        at_quality=quality,
        indicator=_matched(indicator, deciding),
        attributions=indicator.attributions,
        source=source,
        record=record,
        evidence=(Evidence(artefact=artefact, source=source, record=record),),
        innocent=found.innocent,
        threat_class=deciding.threat_class,
        family=deciding.family,
        reasons=(agrees, *found.reasons),
    )


def narrower(whole: Indicator, beside: Iterable[Indicator]) -> tuple[Strength, str] | None:
    """The limit that a review set for a longer published name that stands at the same place: `www.maker.example` is
    the maker's public site even where `maker.example` is published as a server. `beside`: the indicators that equal the same
    text."""
    if whole.kind is not IndicatorKind.DOMAIN:
        return None
    limits = []
    for longer in beside:
        if longer.kind is IndicatorKind.DOMAIN:
            ceilings = [said.ceiling for said in longer.attributions]
            if longer.value.endswith("." + whole.value) and None not in ceilings:
                strongest = min((Strength(c) for c in ceilings if c is not None), key=lambda s: s.rank)
                limits.append((strongest, longer.value))
    return max(limits, key=lambda limit: limit[0].rank, default=None)


def _limited(found: Finding, limit: Strength, reason: str, innocent: str) -> Finding:
    """The finding made no stronger than the limit."""
    if found.strength.rank >= limit.rank:
        return found
    return msgspec.structs.replace(
        found,
        strength=limit,
        reasons=(*found.reasons, t("reason.at_most", ceiling=limit.value, reason=reason)),
        innocent=(innocent, *found.innocent),
    )


def _limited_by_layout(found: Finding, known: Callable[[str], Artefact | None]) -> Finding:
    """The finding as a lead at most, where one of its rows has a layout that is not verified, or is another tool's."""
    rows = [(known(evidence.artefact), evidence.source) for evidence in found.evidence]
    if any(artefact is not None and artefact.second_hand for artefact, _ in rows):
        found = _limited(found, Strength.LEAD, t("reason.second_hand"), t("finding.innocent_second_hand"))
    if all(artefact is not None and artefact.verified(source) for artefact, source in rows):
        return found
    return _limited(found, Strength.LEAD, t("reason.unverified"), t("finding.innocent_layout"))


def finding_from_match(
    artefact: Artefact,
    batch: Batch,
    match: Match,
    indicators: Sequence[Indicator],
    *,
    sha256: str | None = None,
    backup_at: int | None = None,
    full: bool = False,
    beside: Sequence[Match] = (),
    contacts: Collection[str] = (),
) -> Finding:
    """The finding of one match in one row. `backup_at` in microseconds; `full` keeps the whole row, extras included;
    `beside` are all matches of the row; `contacts`
    are the contacts of the phone as `contact_key` writes them."""
    indicator = indicators[match.indicator]
    row = batch.row(match.row)
    if full:
        extra = {name: unpacked(values)[match.row] for name, values in batch.extra.items()} | dict(batch.extra_same)
        # A column of the evidence that is named like a field of ours must not stand in for it.
        kept = {f"extra.{k}" if k in artefact.kinds or k == "role" else k: v for k, v in extra.items() if v is not None}
        row = {**kept, **row}
    moment = _moment(artefact, row)
    _, quality = when(moment, backup_at)
    counters = [name for name in (*batch.columns, *batch.same) if counts_traffic(name)]
    around = circumstances(artefact, row, match.field, match.text, counters, contacts)
    sight = around.sight(artefact.name, indicator.kind, match.how, trusted(moment, backup_at), backup_at)
    found = _assemble(
        indicator,
        sight,
        artefact=artefact.name,
        title=artefact.title,
        source=batch.source(match.row, sha256),
        record=_record(artefact, row, match, sight.role, full),
        agrees=t("reason.field", field=match.field, how=match.how),
    )
    same = [other for other in beside if (other.field, other.text) == (match.field, match.text)]
    limit = narrower(indicator, [indicators[other.indicator] for other in same])
    if limit is not None:
        strength, name = limit[0], defang(limit[1])
        reason = t("reason.longer", name=name)
        found = _limited(found, strength, reason, t("finding.innocent_shared", name=name))
    found = _limited_by_layout(found, {artefact.name: artefact}.get)
    if quality is AtQuality.SUSPECT:  # shown, but never used for judging
        return msgspec.structs.replace(found, at=when(moment, backup_at)[0], at_quality=quality)
    return found


def finding_from_raw(
    indicator: Indicator,
    source: Source,
    *,
    how: str = "equals",
    role: Role = Role.RAW,
    record: dict[str, Any] | None = None,
    backup_at: int | None = None,
) -> Finding:
    """The finding of a value met in raw bytes (artefact `scan`)."""
    sight = Sight(artefact="scan", role=role, how=how, backup_at=backup_at)
    return _assemble(
        indicator,
        sight,
        artefact="scan",
        title=t("coverage.scan"),
        source=source,
        record={**(record or {}), "role": role.value},
        agrees=t("reason.bytes", how=how),
    )


def finding_from_hit(rule: Rule, hit: Hit, *, backup_at: int | None = None) -> Finding:
    """The finding of a rule. A hit may only lower the rule's strength. Raises ValueError for a hit without rows."""
    if not hit.rows:
        raise ValueError(f"the rule {rule.name} gave a hit without evidence")
    strength = max((rule.strength, hit.strength or rule.strength), key=lambda s: s.rank)
    others = sorted(hit.rows[1:], key=lambda k: canonical([k.artefact, msgspec.to_builtins(k.source)]))
    evidence = [
        Evidence(artefact=k.artefact, source=k.source, record={n: _plain(v) for n, v in k.row.items() if v is not None})
        for k in (hit.rows[0], *others)
    ]
    at, quality = when(hit.at, backup_at)
    head = evidence[0]
    reasons = [t("reason.rule", ceiling=rule.strength.value, title=data(rule.title), basis=data(rule.basis))]
    if strength is not rule.strength:
        reasons.append(t("reason.at_most", ceiling=strength.value, reason=t("reason.weaker_hit")))
    found = Finding(
        id=finding_id(rule.name, None, (e.source for e in evidence)),
        rule=rule.name,
        artefact=head.artefact,
        shows=hit.shows or rule.shows,
        strength=strength,
        says=hit.says,
        at=at,
        at_quality=quality,
        indicator=None,
        attributions=(),
        source=head.source,
        record=head.record,
        evidence=tuple(evidence[:MAX_EVIDENCE]),
        innocent=tuple(dict.fromkeys((*hit.innocent, *rule.innocent))),
        threat_class=rule.threat_class,
        family=rule.family,
        reasons=tuple(reasons),
    )
    return _limited_by_layout(found, known_artefact)


__all__ = [
    "MAX_EVIDENCE",
    "Circumstances",
    "Merger",
    "circumstances",
    "counts_traffic",
    "decisive_fields",
    "finding_from_hit",
    "finding_from_match",
    "finding_from_raw",
    "finding_id",
    "iso",
    "merge",
    "moments",
    "narrower",
    "quoted",
    "read_suppressions",
    "rule_name",
    "sort_key",
    "suppress",
    "trusted",
    "when",
]
