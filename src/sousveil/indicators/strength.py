"""How much a match is worth: one reviewed table, read from `data/strength.toml`.

The most specific row for (set, class, kind, artefact, role) gives the ceiling and what a match shows. Caps then only
lower it: for the role, the field, the way the value agrees, who says so, the single value, and its age. Every step is
written down as a reason, and every lowering brings its innocent explanation.

The values of `Judgement` are plain words (`strong`, `lead`, `weak`; `contact`, `presence`, `execution`), because this
layer lies below `sousveil.findings`, which has the enums.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import msgspec

from sousveil.data_files import ROOT, read_toml
from sousveil.indicators.model import Attribution, Indicator, IndicatorKind
from sousveil.kinds import Role
from sousveil.texts import data, t

RANKS = ("strong", "lead", "weak")
"""The strengths, strongest first."""
_DAY = 86_400_000_000
_CLASS_ORDER = ("mercenary", "stalkerware", "extraction_tool", "watchware")


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """The worth of one match under one attribution, step by step."""

    strength: str
    shows: str
    reasons: tuple[str, ...]
    innocent: tuple[str, ...]


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """How, where and when a value was met.

    `seen_at` and `backup_at` are microseconds since 1970 UTC; a sight without a time happened at the latest when the
    backup was made. `field` is the name of the field's kind (`text`, `url` ...). `traffic` says whether the row
    counts any traffic; None where the artefact counts none.
    """

    artefact: str
    role: Role
    how: str
    seen_at: int | None = None
    backup_at: int | None = None
    field: str | None = None
    traffic: bool | None = None
    shape: str | None = None
    """Of a received message around a link: `bare`, `closing` or `sentence`; None where there is no message."""
    sender: str | None = None
    """`contact` or `unknown`; None where nobody is known to have sent it."""
    place: str | None = None
    """`staging` where the program lies in a folder from which spyware ran and genuine programs do not; else None."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One row, cap or value of the table. Empty criteria fit everything."""

    ceiling: str
    reason: str
    shows: str = ""
    source: str = ""
    innocent: tuple[str, ...] = ()
    set: str = "*"
    classes: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    artefacts: tuple[str, ...] = ()
    roles: frozenset[str] = frozenset()
    how: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    unpublished: bool = False
    traffic: bool | None = None
    shapes: frozenset[str] = frozenset()
    senders: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()
    ends: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    exact_hosts: frozenset[str] = frozenset()
    exempt: tuple[str, ...] = ()

    @property
    def precision(self) -> tuple[int, ...]:
        """How specific the row is: the number of criteria first, then set, class, artefact, role, kind."""
        classed, placed = bool(self.classes), bool(self.places)
        parts = (self.set != "*", classed, bool(self.artefacts), bool(self.roles), bool(self.kinds), placed)
        return (sum(parts), *parts)

    def fits(self, attribution: Attribution, kind: str, sight: Sight) -> bool:
        """Whether the criteria other than the value fit. Of the attribution only the set, the family, the class and
        whether there is a publisher count; of the sight not the times."""
        return (
            (not self.kinds or kind in self.kinds)
            and (not self.roles or sight.role.value in self.roles)
            and (not self.how or sight.how in self.how)
            and (not self.fields or sight.field in self.fields)
            and (not self.classes or str(attribution.threat_class) in self.classes)
            and (not self.unpublished or attribution.publisher is None)
            and (self.traffic is None or self.traffic == sight.traffic)
            and (not self.shapes or sight.shape in self.shapes)
            and (not self.senders or sight.sender in self.senders)
            and (not self.places or sight.place in self.places)
            and (not self.artefacts or _any_glob(sight.artefact, self.artefacts))
            and (
                self.set == "*"
                or any(
                    fnmatchcase((name or "").casefold(), self.set)
                    for name in (attribution.set_name, attribution.family)
                )
            )
        )

    def names(self, value: str, host: str, artefact: str) -> bool:
        """Whether this `[[value]]` entry is about the value."""
        if self.exempt and _any_glob(artefact, self.exempt):
            return False
        return (
            value in self.values
            or host in self.exact_hosts
            or (bool(self.ends) and value.endswith(self.ends))
            or any(host == h or host.endswith("." + h) for h in self.hosts)
        )


class Ageing(msgspec.Struct, frozen=True, kw_only=True):
    """How the age of a report limits a value. Where `expired` is empty, the publisher's own end of validity counts nothing."""

    kinds: frozenset[str]
    days: int
    ceiling: str
    expired: str
    old: str
    untimed: str
    unknown: str
    undated: str
    innocent: tuple[str, ...]


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """Which names of programs other programs may share."""

    kinds: frozenset[str]
    characters: int
    """Names of fewer characters are short."""
    words: frozenset[str]
    """Common words, in small letters."""
    ceiling: str
    short: str
    common: str
    innocent: tuple[str, ...]

    def reason(self, value: str) -> str | None:
        """Why a name may be another program's; None for a long, distinctive one."""
        folded = value.casefold()
        if len(value) < self.characters:
            return self.short
        return self.common if {folded, folded.removesuffix("d")} & self.words else None


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """The whole table."""

    reviewed: str
    rows: tuple[Row, ...]
    caps: tuple[Row, ...]
    values: tuple[Row, ...]
    names: Names
    execution: tuple[tuple[str, tuple[str, ...]], ...]
    """Name of a record of execution, and globs of the artefacts that copy it."""
    ageing: tuple[Ageing, ...]


def _any_glob(text: str, globs: Iterable[str]) -> bool:
    return any(fnmatchcase(text, glob) for glob in globs)


def _many(entry: dict[str, Any], key: str, groups: dict[str, list[str]]) -> list[str]:
    """A criterion as a list, with `@group` replaced by the group's members."""
    given = entry.get(key, [])
    found: list[str] = []
    for item in [given] if isinstance(given, str) else given:
        found += groups[item[1:]] if item.startswith("@") else [item]
    return found


def _row(entry: dict[str, Any], groups: dict[str, list[str]]) -> Row:
    if entry["ceiling"] not in RANKS:
        raise ValueError(f"the strength table has an unknown ceiling {entry['ceiling']!r}")
    unknown = set(_many(entry, "kind", groups)) - {k.value for k in IndicatorKind}
    unknown |= set(_many(entry, "role", groups)) - {r.value for r in Role}
    if unknown:
        raise ValueError(f"the strength table names an unknown kind or role: {sorted(unknown)}")
    return Row(
        ceiling=entry["ceiling"],
        reason=entry["reason"],
        shows=entry.get("shows", ""),
        source=entry.get("source", ""),
        innocent=tuple(entry.get("innocent", ())),
        set=entry.get("set", "*"),
        classes=frozenset(_many(entry, "class", groups)),
        kinds=frozenset(_many(entry, "kind", groups)),
        artefacts=tuple(_many(entry, "artefact", groups)),
        roles=frozenset(_many(entry, "role", groups)),
        how=frozenset(_many(entry, "how", groups)),
        fields=frozenset(_many(entry, "field", groups)),
        unpublished=entry.get("publisher") == "none",
        traffic=entry.get("traffic"),
        shapes=frozenset(_many(entry, "shape", groups)),
        senders=frozenset(_many(entry, "sender", groups)),
        places=frozenset(_many(entry, "place", groups)),
        values=frozenset(entry.get("values", ())),
        ends=tuple(entry.get("ends", ())),
        hosts=tuple(entry.get("hosts", ())),
        exact_hosts=frozenset(entry.get("exact_hosts", ())),
        exempt=tuple(entry.get("except", ())),
    )


@cache
def table() -> Table:
    """The table as shipped, read once. Raises ValueError where the shipped data breaks its own rules."""
    raw = read_toml("indicators/data/strength.toml")
    groups = raw["groups"]
    rows = sorted((_row(e, groups) for e in raw["row"]), key=lambda r: r.precision, reverse=True)
    names, words = raw["names"], (ROOT / "indicators/data/common_names.txt").read_text("utf-8")
    return Table(
        reviewed=raw["reviewed"],
        rows=tuple(rows),
        caps=tuple(_row(e, groups) for e in raw["cap"]),
        values=tuple(_row(e, groups) for e in raw["value"]),
        names=Names(
            kinds=frozenset(names["kinds"]),
            words=frozenset(line for line in words.split("\n") if line and not line.startswith("#")),
            innocent=tuple(names["innocent"]),
            **{k: names[k] for k in ("characters", "ceiling", "short", "common")},
        ),
        execution=tuple((name, tuple(globs)) for name, globs in raw["execution"].items()),
        ageing=tuple(
            Ageing(
                kinds=frozenset(age["kinds"]),
                innocent=tuple(age["innocent"]),
                **{k: age.get(k, "") for k in ("expired", "unknown", "undated")},
                **{k: age[k] for k in ("days", "ceiling", "old", "untimed")},
            )
            for age in raw["ageing"]
        ),
    )


def execution_record(artefact: str) -> str:
    """The record of execution that an artefact copies; its own name where it copies none that is known."""
    return next((name for name, globs in table().execution if _any_glob(artefact, globs)), artefact)


def weaker(one: str, other: str) -> str:
    """The weaker of two strengths."""
    return max(one, other, key=RANKS.index)


def host_of(kind: IndicatorKind, value: str) -> str:
    """The host of a network indicator's canonical value, or ""."""
    if kind not in (IndicatorKind.DOMAIN, IndicatorKind.URL):
        return ""
    rest = value.split("://", 1)[-1]
    for stop in "/?#":
        rest = rest.split(stop, 1)[0]
    host = rest.rsplit("@", 1)[-1]
    if host.startswith("["):
        return host.split("]", 1)[0][1:]
    return host.split(":", 1)[0].casefold().strip(".")


def _micros(day: str | None) -> int | None:
    """Midnight of a date such as 2021-07-18, 2021-07 or 2021; the last day a partial date can mean. None where it is
    none."""
    if not day:
        return None
    parts = day[:10].split("-")
    try:
        month = int(parts[1]) if len(parts) > 1 else 12
        dom = int(parts[2]) if len(parts) > 2 else 28
        return int(datetime(int(parts[0]), month, dom, tzinfo=UTC).timestamp()) * 1_000_000
    except (ValueError, IndexError):
        return None


def _day(micros: int) -> str:
    return date.fromordinal(date(1970, 1, 1).toordinal() + micros // _DAY).isoformat()


def _age(attribution: Attribution, sight: Sight, rule: Ageing) -> tuple[str | None, str | None]:
    """The ceiling by age (None: none) and what to say about it."""
    published = _micros(attribution.published)
    limit = None if published is None else published + (rule.days + 1) * _DAY  # the whole last day still counts
    until = attribution.valid_until
    moment = sight.seen_at if sight.seen_at is not None else sight.backup_at
    if moment is None:
        return None, data(rule.unknown) or None
    ended = bool(rule.expired) and until is not None and moment > until
    aged = limit is not None and moment >= limit
    if (ended or aged) and sight.seen_at is None:
        return rule.ceiling, data(rule.untimed)
    if until is not None and ended:
        return rule.ceiling, data(rule.expired).format(until=_day(until))
    if aged:
        return rule.ceiling, data(rule.old).format(published=attribution.published)
    return None, (data(rule.undated) or None) if limit is None and until is None else None


class _Fitting(msgspec.Struct, frozen=True):
    """What of the table fits."""

    row: Row
    caps: tuple[Row, ...]
    values: tuple[Row, ...]


_fitting: dict[tuple[object, ...], _Fitting] = {}
_MOST = 4096


def _fits(attribution: Attribution, kind: str, sight: Sight) -> _Fitting:
    """The parts of the table that fit; the same for all matches of a set in an artefact, so that it is remembered."""
    said = (attribution.set_name, attribution.family, attribution.threat_class, attribution.publisher is None)
    how = (sight.role, sight.how, sight.field, sight.traffic, sight.shape, sight.sender, sight.place)
    key = (*said, kind, sight.artefact, *how)
    found = _fitting.get(key)
    if found is None:
        if len(_fitting) >= _MOST:
            _fitting.clear()
        rules = table()
        row, caps, values = (
            [one for one in given if one.fits(attribution, kind, sight)]
            for given in (rules.rows, rules.caps, rules.values)
        )
        found = _fitting[key] = _Fitting(row[0], tuple(caps), tuple(values))
    return found


def judge_strength(attribution: Attribution, indicator: Indicator, sight: Sight) -> Judgement:
    """The worth of meeting `indicator` as `sight` says, if only this attribution existed."""
    rules, kind = table(), indicator.kind.value
    fitting = _fits(attribution, kind, sight)
    row = fitting.row
    strength = row.ceiling
    reasons = [t("reason.is", ceiling=row.ceiling, reason=data(row.reason))]
    early: list[str] = []  # explanations of caps, most telling first
    late = list(row.innocent)

    def lower(ceiling: str, reason: str, innocent: Sequence[str]) -> None:
        nonlocal strength
        reasons.append(t("reason.at_most", ceiling=ceiling, reason=reason))
        strength = weaker(strength, ceiling)
        early.extend(innocent)

    for cap in fitting.caps:
        lower(cap.ceiling, data(cap.reason), cap.innocent)
    host = host_of(indicator.kind, indicator.value)
    for entry in fitting.values:
        if entry.names(indicator.value, host, sight.artefact):
            lower(entry.ceiling, data(entry.reason), entry.innocent)
    if attribution.ceiling in RANKS:
        lower(attribution.ceiling, data(attribution.note) if attribution.note else t("reason.review"), ())
    if kind in rules.names.kinds and sight.role is Role.RAN and sight.place is None:
        shared = rules.names.reason(indicator.value)
        if shared is not None:
            lower(rules.names.ceiling, data(shared), rules.names.innocent)
    for rule in rules.ageing:
        if kind not in rule.kinds:
            continue
        ceiling, says = _age(attribution, sight, rule)
        if ceiling is not None and says is not None:
            lower(ceiling, says, rule.innocent)
        elif says is not None:
            reasons.append(t("reason.noted", reason=says))
    return Judgement(
        strength=strength, shows=row.shows, reasons=tuple(reasons), innocent=tuple(dict.fromkeys(early + late))
    )


def judge(indicator: Indicator, sight: Sight) -> tuple[Judgement, Attribution]:
    """The strongest judgement over all attributions, and the attribution that decides it.

    Ties go to the graver class, then to the set's name, so that the order of attributions never matters.
    """

    def order(pair: tuple[Judgement, Attribution]) -> tuple[int, int, bool, str, str]:
        found, said = pair
        grave = _CLASS_ORDER.index(said.threat_class.value) if said.threat_class is not None else len(_CLASS_ORDER)
        return (RANKS.index(found.strength), grave, said.publisher is None, said.set_name, said.family or "")

    return min(((judge_strength(a, indicator, sight), a) for a in indicator.attributions), key=order)
