"""STIX 2.0 and 2.1 bundles.

Source: OASIS STIX 2.0 and 2.1. Families come from relationships (`indicates`) and reports, publishers from
identities; all look-ups are tables, so that loading is linear. Patterns: see `_stixpattern`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sousveil.errors import LimitExceeded, Malformed, SousveilError, Unsupported
from sousveil.indicators.canonical import canonical, guess, resolve
from sousveil.indicators.loaders._common import (
    Loader,
    SetBuilder,
    day_of,
    decode_json,
    hash_kind,
    instant_of,
    limited,
    list_of,
    platform_in,
    text_of,
)
from sousveil.indicators.loaders._stixpattern import Alternative, Comparison, parse, unsafe_expression
from sousveil.indicators.model import Attribution, Choices, IndicatorKind, IndicatorSet, Platform, ThreatClass
from sousveil.texts import t

_BUNDLE = re.compile(rb'"type"\s{0,20}:\s{0,20}"bundle"|"bundle--|"indicator--')
_FAMILY_TYPES = ("malware", "tool", "campaign", "intrusion-set", "threat-actor")
MAX_FAMILIES = 50
"""Attributions that one indicator may have in one bundle."""
TOGETHER = "The publisher's pattern asks for several observations together; this is one of them."
UNCHECKED = "The publisher's pattern also asks for something that a phone's records do not hold."

_PATHS: dict[str, IndicatorKind | None] = {
    "domain-name:value": IndicatorKind.DOMAIN,
    "ipv4-addr:value": IndicatorKind.IPV4,
    "ipv6-addr:value": IndicatorKind.IPV6,
    "url:value": IndicatorKind.URL,
    "email-addr:value": IndicatorKind.EMAIL,
    "email-message:from_ref.value": IndicatorKind.EMAIL,
    "email-message:sender_ref.value": IndicatorKind.EMAIL,
    "user-account:account_login": IndicatorKind.EMAIL,
    "user-account:user_id": IndicatorKind.EMAIL,
    "process:name": IndicatorKind.PROCESS,
    "process:image_ref.name": IndicatorKind.PROCESS,
    "process:binary_ref.name": IndicatorKind.PROCESS,
    "file:path": IndicatorKind.FILE_PATH,
    "file:name": IndicatorKind.FILE_NAME,
    "directory:path": IndicatorKind.FILE_PATH,
    "file:parent_directory_ref.path": IndicatorKind.FILE_PATH,
    "app:id": IndicatorKind.APP_ID,
    "configuration-profile:id": IndicatorKind.PROFILE_ID,
    "android-property:name": IndicatorKind.ANDROID_PROPERTY,
    "network-traffic:extensions.http-request-ext.request_header.Host": IndicatorKind.DOMAIN,
    # None: told by the value
    "network-traffic:dst_ref.value": None,
    "network-traffic:src_ref.value": None,
    "domain-name:resolves_to_refs.value": None,
}
_UNCHECKED = (
    "network-traffic:",
    "file:size",
    "file:mime_type",
    "file:created",
    "file:modified",
    "process:pid",
    "x509-certificate:",
    "process:command_line",
    "domain-name:resolves_to_refs.type",
)
_DIRECTORY = "file:parent_directory_ref.path"


def sniff(head: bytes, filename: str) -> bool:
    """Whether this is a STIX bundle."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and _BUNDLE.search(head) is not None


def _kind_of(path: str, value: str) -> IndicatorKind | None:
    for prefix, certificate in (
        ("file:hashes.", False),
        ("artifact:hashes.", False),
        ("app:cert.", True),
        ("x509-certificate:hashes.", True),
    ):
        if path.startswith(prefix):
            return hash_kind(path[len(prefix) :], certificate=certificate)
    if path not in _PATHS:
        return None
    kind = _PATHS[path]
    if kind is None:
        kind = guess(value)
        return kind if kind in (IndicatorKind.IPV4, IndicatorKind.IPV6, IndicatorKind.DOMAIN) else None
    return kind


def _with_directory(comparisons: tuple[Comparison, ...]) -> tuple[Comparison, ...]:
    """A file's name and its directory, tested together, are its path."""
    parents = [one for one in comparisons if one.path == _DIRECTORY]
    names = [one for one in comparisons if one.path == "file:name"]
    if len(parents) != 1 or len(names) != 1 or {parents[0].test, names[0].test} != {"equals"}:
        return comparisons
    whole = Comparison("file:path", "equals", parents[0].value.rstrip("/") + "/" + names[0].value)
    return (whole, *(one for one in comparisons if one is not parents[0] and one is not names[0]))


def _strongest_hash(parts: list[tuple[IndicatorKind, Comparison]]) -> list[tuple[IndicatorKind, Comparison]]:
    """Several digests of one file say the same thing; the longest says it best."""
    for prefix in ("file:hashes", "app:cert"):
        digests = [part for part in parts if part[0].value.startswith(prefix)]
        if len({kind for kind, _ in digests}) == len(digests) > 1:
            best = max(digests, key=lambda part: len(part[1].value))
            parts = [part for part in parts if part is best or part not in digests]
    return parts


class _Bundle:
    """One bundle being read."""

    def __init__(self, objects: list[Any], builder: SetBuilder) -> None:
        self._by_id: dict[str, dict[str, Any]] = {}
        self._targets: dict[str, list[str]] = defaultdict(list)
        self._reports: dict[str, dict[str, Any]] = {}
        self._builder = builder
        for thing in objects:
            if isinstance(thing, dict) and isinstance(thing.get("id"), str):
                self._by_id[thing["id"]] = thing
                self._link(thing)

    def _link(self, thing: dict[str, Any]) -> None:
        kind = thing.get("type")
        if kind == "relationship" and thing.get("relationship_type") in ("indicates", "related-to", "attributed-to"):
            source, target = thing.get("source_ref"), thing.get("target_ref")
            if isinstance(source, str) and isinstance(target, str):
                self._targets[source].append(target)
        elif kind in ("report", "grouping"):
            for reference in list_of(thing.get("object_refs")):
                if isinstance(reference, str):
                    self._reports.setdefault(reference, thing)

    def _families(
        self, indicator: dict[str, Any], report: dict[str, Any]
    ) -> Sequence[tuple[str | None, ThreatClass | None, Platform | None]]:
        own = _platform_of(indicator) or _platform_of(report)
        found: dict[str, tuple[int, ThreatClass | None, Platform | None]] = {}
        for target in self._targets.get(indicator["id"], ())[:1000]:
            thing = self._by_id.get(target, {})
            name = text_of(thing.get("name"))
            if thing.get("type") in _FAMILY_TYPES and name:
                rank, threat = _FAMILY_TYPES.index(thing["type"]), _class_of(thing) or _class_of(indicator)
                found.setdefault(name, (rank, threat, own or _platform_of(thing)))
        if not found:
            return [(None, _class_of(indicator) or _class_of(report), own)]
        # a campaign or an actor beside a family is no second family
        best = min(rank for rank, _, _ in found.values())
        return [(name, threat, system) for name, (rank, threat, system) in found.items() if rank == best][:MAX_FAMILIES]

    def _publisher(self, thing: dict[str, Any]) -> str | None:
        reference = thing.get("created_by_ref")
        return text_of(self._by_id.get(reference, {}).get("name")) if isinstance(reference, str) else None

    def attributions(self, thing: dict[str, Any]) -> list[Attribution]:
        """Everybody who says something about this indicator."""
        report = self._reports.get(thing["id"], {})
        publisher = self._publisher(thing) or self._publisher(report)
        made = [
            Attribution(
                set_name=self._builder.name,
                family=family,
                threat_class=threat,
                publisher=publisher,
                report=text_of(report.get("name")),
                published=day_of(report.get("published"))
                or day_of(thing.get("created"))
                or day_of(thing.get("valid_from")),
                stix_id=text_of(thing.get("id"), 100),
                valid_from=instant_of(thing.get("valid_from")),
                valid_until=instant_of(thing.get("valid_until")),
                platform=platform,
            )
            for family, threat, platform in self._families(thing, report)
        ]
        if publisher and self._builder.publisher is None:
            self._builder.publisher = publisher
        return made

    def read(self) -> None:
        """Every indicator of the bundle goes into the builder or among the skipped."""
        for thing in self._by_id.values():
            if thing.get("type") == "indicator":
                self._indicator(thing)

    def _indicator(self, thing: dict[str, Any]) -> None:
        pattern = thing.get("pattern")
        entry = pattern if isinstance(pattern, str) else str(thing["id"])[:100]
        if not isinstance(pattern, str):
            self._builder.skip(entry, t("error.stix.indicator_pattern"))
        elif thing.get("revoked") is True:
            self._builder.skip(entry, t("error.stix.publisher_withdrawn"))
        elif thing.get("pattern_type", "stix") != "stix":
            self._builder.skip(entry, t("error.stix.patterns_type_read", thing=str(thing["pattern_type"])[:40]))
        else:
            try:
                alternatives = parse(pattern)
            except SousveilError as error:
                self._builder.skip(entry, error.message)
                return
            attributions = self.attributions(thing)
            for alternative in alternatives:
                self._alternative(alternative, attributions)

    def _alternative(self, alternative: Alternative, attributions: list[Attribution]) -> None:
        entry = " AND ".join(f"{one.path} {one.test} {one.value}" for one in alternative.all_of)
        try:
            parts, unchecked = _usable(_with_directory(alternative.all_of))
            kind, value, pattern, requires = _compose(parts)
        except (Malformed, Unsupported) as error:
            self._builder.skip(entry if len(alternative.all_of) > 1 else alternative.all_of[0].value, error.message)
            return
        for attribution in attributions:
            if alternative.partial:
                attribution = limited(attribution, "lead", TOGETHER)
            if unchecked:
                attribution = limited(attribution, "lead", UNCHECKED)
            if not self._builder.add(kind, value, attribution, pattern=pattern, requires=requires):
                return


def _usable(comparisons: tuple[Comparison, ...]) -> tuple[list[tuple[IndicatorKind, Comparison]], bool]:
    parts: list[tuple[IndicatorKind, Comparison]] = []
    unchecked = False
    for one in comparisons:
        kind = _kind_of(one.path, one.value)
        if kind is not None:
            parts.append((kind, one))
        elif len(comparisons) > 1 and one.path.startswith(_UNCHECKED):
            # the kind of the other end is said by its value; the rest narrows the pattern
            unchecked |= not one.path.endswith("_ref.type")
        else:
            raise Unsupported(t("error.common.phone_record_compared", key=one.path[:80]))
    if not parts:
        raise Unsupported(t("error.stix.phone_record_compared"))
    return _strongest_hash(parts), unchecked


_Composed = tuple[IndicatorKind, str, str, tuple[tuple[IndicatorKind, str], ...]]


def _compose(parts: list[tuple[IndicatorKind, Comparison]]) -> _Composed:
    """The first comparison becomes the indicator (one with wild cards before all), the others what it requires."""
    loose = [part for part in parts if part[1].test in ("like", "matches")]
    if len(loose) > 1:
        raise Unsupported(t("error.stix.pattern_joins_several"))
    first = loose[0] if loose else parts[0]
    requires: dict[tuple[IndicatorKind, str], None] = {}
    for part in parts:
        if part is not first:
            kind, value, pattern = resolve(part[0], part[1].value)
            if pattern != "equals":
                raise Unsupported(t("error.stix.pattern_joins_link"))
            requires.setdefault((kind, value))
    kind, value, pattern = _wild(*first)
    if pattern == "equals" and requires:
        requires.pop(resolve(kind, value)[:2], None)
    return kind, value, pattern, tuple(requires)


def _wild(kind: IndicatorKind, one: Comparison) -> tuple[IndicatorKind, str, str]:
    if one.test == "like":
        return _like(kind, one.value)
    if one.test == "matches":
        return kind, _expression(one.value), "matches"
    if one.test == "within" and kind not in (IndicatorKind.IPV4, IndicatorKind.IPV6):
        raise Unsupported(t("error.stix.issubset_used_something"))
    return kind, one.value, "equals"


_EXACT_ONLY = ("file:hashes", "app:cert", "ipv4-addr", "ipv6-addr")


def _like(kind: IndicatorKind, value: str) -> tuple[IndicatorKind, str, str]:
    value = value.strip()
    if "%" not in value and "_" not in value:
        return kind, value, "equals"
    if kind.value.startswith(_EXACT_ONLY):
        raise Unsupported(t("error.stix.hashes_addresses_compared"))
    if len(value) > 500 or value.count("%") > 8:
        raise Malformed(t("error.stix.like_text_too"))
    if kind is IndicatorKind.DOMAIN and value.startswith("%.") and "%" not in value[2:] and "_" not in value:
        return kind, "%." + canonical(kind, value[2:]), "like"  # every name below it, and not the name itself
    fixed = value.replace("%", "").replace("_", "")
    if len(fixed.strip("./:-")) < 5:
        raise Malformed(t("error.stix.like_text_fewer"))
    if kind in (IndicatorKind.DOMAIN, IndicatorKind.EMAIL, IndicatorKind.PROFILE_ID):
        value = value.lower()
    return kind, value, "like"


def _expression(value: str) -> str:
    reason = unsafe_expression(value)
    if reason:
        raise Unsupported(reason)
    try:
        import hyperscan  # only sets with MATCHES pay for it
    except ImportError as error:
        raise Unsupported(t("error.stix.regular_expressions_need")) from error
    try:
        hyperscan.Database().compile(expressions=[value.encode()], flags=[hyperscan.HS_FLAG_UTF8], ids=[0])
    except (hyperscan.error, UnicodeEncodeError) as error:
        raise Unsupported(t("error.stix.regular_expression_cannot")) from error
    return value


def _class_of(thing: dict[str, Any]) -> ThreatClass | None:
    labels = [str(one).lower() for key in ("malware_types", "labels", "tool_types") for one in list_of(thing.get(key))]
    for threat in (ThreatClass.STALKERWARE, ThreatClass.WATCHWARE):
        if threat.value in labels:
            return threat
    return None


def _platform_of(thing: dict[str, Any]) -> Platform | None:
    """The system that an object names: in a property for it, else in a label, its name or its description."""
    return platform_in(*list_of(thing.get("x_mitre_platforms"))) or platform_in(
        *list_of(thing.get("labels")), thing.get("name"), thing.get("description")
    )


def load(data: bytes, name: str, choices: Choices) -> IndicatorSet:
    """The set that a bundle holds. Raises Malformed when the bundle itself is broken."""
    bundle = decode_json(data)
    objects = bundle.get("objects") if isinstance(bundle, dict) else None
    if isinstance(bundle, dict) and bundle.get("type") == "indicator":
        objects = [bundle]
    if not isinstance(objects, list):
        raise Malformed(t("error.stix.stix_file_list"))
    if len(objects) > 5_000_000:
        raise LimitExceeded(t("error.stix.stix_file_more"))
    builder = SetBuilder(name, data)
    _Bundle(objects, builder).read()
    return builder.build()


LOADER = Loader(name="STIX 2.0 or 2.1 (JSON)", order=10, sniff=sniff, load=load, suffixes=(".stix", ".stix2", ".json"))
