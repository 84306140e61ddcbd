"""MISP events, exports and feeds in JSON.

Source: the MISP core format (https://www.misp-standard.org/rfc/misp-standard-core.html). Attributes with `to_ids`
false are context, not for detection: they are counted, never used. An object's `name` attribute names the family.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sousveil.errors import Malformed
from sousveil.indicators.loaders._common import (
    Loader,
    SetBuilder,
    certificate_kind,
    day_of,
    decode_json,
    kind_word,
    limited,
    text_of,
)
from sousveil.indicators.model import Attribution, IndicatorKind, IndicatorSet, ThreatClass

_HEAD = re.compile(rb'"(?:Attribute|Object|Event)"\s{0,20}:\s{0,20}[\[{]')
_GALAXY = re.compile(r'misp-galaxy:[a-z0-9\-]{1,60}="([^"]{1,200})"')
_TYPES = {
    "ip-src": IndicatorKind.IPV4,
    "ip-dst": IndicatorKind.IPV4,
    "hostname": IndicatorKind.DOMAIN,
    "domain": IndicatorKind.DOMAIN,
    "link": IndicatorKind.URL,
    "target-email": IndicatorKind.EMAIL,
    "file-path": IndicatorKind.FILE_PATH,
}
MAX_DEPTH = 8


def sniff(head: bytes, filename: str) -> bool:
    """Whether this is MISP JSON."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[") and _HEAD.search(head) is not None


def _events(document: Any) -> Iterator[dict[str, Any]]:
    """The events of an event, a list of events, or a search's response, whatever wraps them (few levels)."""
    waiting: list[tuple[Any, int]] = [(document, 0)]
    while waiting:
        thing, depth = waiting.pop()
        if depth > MAX_DEPTH:
            continue
        if isinstance(thing, list):
            waiting.extend((one, depth + 1) for one in reversed(thing))
        elif isinstance(thing, dict):
            inner = [thing[key] for key in ("Event", "response") if isinstance(thing.get(key), dict | list)]
            if "Attribute" in thing or "Object" in thing:
                yield thing
            waiting.extend((one, depth + 1) for one in inner)


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _galaxy_names(event: dict[str, Any]) -> list[str]:
    found: dict[str, None] = {}
    for tag in _dicts(event.get("Tag")):
        match = _GALAXY.match(str(tag.get("name", ""))[:300])
        if match:
            found.setdefault(match[1])
    return list(found)[:20]


def _class_of(event: dict[str, Any]) -> ThreatClass | None:
    text = (text_of(event.get("info")) or "").lower() + " ".join(
        str(tag.get("name", "")).lower()[:200] for tag in _dicts(event.get("Tag"))
    )
    return ThreatClass.STALKERWARE if "stalkerware" in text else ThreatClass.WATCHWARE if "watchware" in text else None


class _Event:
    """One event being read."""

    def __init__(self, event: dict[str, Any], builder: SetBuilder) -> None:
        self._event = event
        self._builder = builder
        organisation = event.get("Orgc")
        publisher = text_of(organisation.get("name")) if isinstance(organisation, dict) else None
        names = _galaxy_names(event)
        self._attribution = Attribution(
            set_name=builder.name,
            family=names[0] if names else None,
            threat_class=_class_of(event),
            publisher=publisher,
            report=text_of(event.get("info")),
            published=day_of(event.get("date")),
        )
        if publisher and builder.publisher is None:
            builder.publisher = publisher

    def read(self) -> None:
        """Every attribute of the event and of its objects."""
        for attribute in _dicts(self._event.get("Attribute")):
            self._attribute(attribute, self._attribution)
        for thing in _dicts(self._event.get("Object")):
            attributes = _dicts(thing.get("Attribute"))
            family = next(
                (
                    text_of(one.get("value"))
                    for one in attributes
                    if one.get("object_relation") in ("name", "family", "malware-family") and one.get("type") == "text"
                ),
                None,
            )
            attribution = self._attribution
            if family:
                attribution = Attribution(
                    set_name=attribution.set_name,
                    family=family,
                    threat_class=attribution.threat_class,
                    publisher=attribution.publisher,
                    report=attribution.report,
                    published=attribution.published,
                )
            for attribute in attributes:
                self._attribute(attribute, attribution)

    def _attribute(self, attribute: dict[str, Any], attribution: Attribution) -> None:
        value, kind = attribute.get("value"), attribute.get("type")
        if attribute.get("deleted") in (True, 1, "1"):
            return
        if attribute.get("to_ids") not in (True, 1, "1"):
            self._builder.not_for_detection += 1
            return
        if not isinstance(value, str) or not isinstance(kind, str):
            self._builder.skip(
                str(attribute.get("uuid", "an attribute"))[:100], "the attribute has no value or no type"
            )
            return
        self._typed(
            kind.strip().lower(), value.strip(), str(attribute.get("object_relation", ""))[:60].lower(), attribution
        )

    def _typed(self, kind: str, value: str, relation: str, attribution: Attribution) -> None:
        add = self._builder.add
        first, _, second = value.partition("|")
        if kind in ("ip-src|port", "ip-dst|port", "hostname|port"):
            add(IndicatorKind.DOMAIN if kind.startswith("host") else IndicatorKind.IPV4, first, attribution)
        elif kind == "domain|ip":
            add(IndicatorKind.DOMAIN, first, attribution)
            add(
                IndicatorKind.IPV4,
                second,
                limited(attribution, "lead", "The publisher names this address only as what a domain led to."),
            )
        elif kind.startswith("filename|"):
            self._typed(kind.partition("|")[2], second, relation, attribution)  # the digest says more than the name
        elif kind in ("sha1", "sha256", "md5") and "cert" in relation:
            add(certificate_kind(value), value, attribution)
        elif found := _TYPES.get(kind) or kind_word(kind):
            add(found, value, attribution)
        elif kind == "text" and relation in ("appid", "app-id", "bundle-id", "package-name"):
            add(IndicatorKind.APP_ID, value, attribution)
        else:
            self._builder.skip(value, f"nothing on a phone is compared with attributes of type {kind[:40]}")


def load(data: bytes, name: str) -> IndicatorSet:
    """The set that MISP JSON holds. Raises Malformed."""
    builder = SetBuilder(name, data)
    events = 0
    for event in _events(decode_json(data)):
        events += 1
        _Event(event, builder).read()
    if not events:
        raise Malformed("the MISP file holds no event")
    return builder.build()


LOADER = Loader(name="MISP event, feed or export (JSON)", order=20, sniff=sniff, load=load)
