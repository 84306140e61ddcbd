"""MISP events, exports and feeds in JSON.

Source: the MISP core format (https://www.misp-standard.org/rfc/misp-standard-core.html). Attributes with `to_ids`
false are context, not for detection: they are named, and used (as leads) only on request. An object's `name` attribute
names the family.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from sousveil.errors import Malformed
from sousveil.indicators.loaders._common import (
    CONTEXT,
    Loader,
    SetBuilder,
    certificate_kind,
    day_of,
    decode_json,
    kind_word,
    limited,
    platform_in,
    text_of,
)
from sousveil.indicators.model import Attribution, Choices, IndicatorKind, IndicatorSet, Platform, ThreatClass
from sousveil.texts import t

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


def _names_family(attribute: dict[str, Any]) -> bool:
    relation, kind = attribute.get("object_relation"), attribute.get("type")
    return relation in ("name", "family", "malware-family") and kind == "text"


class _Event:
    """One event being read."""

    def __init__(self, event: dict[str, Any], builder: SetBuilder, choices: Choices) -> None:
        self._event = event
        self._builder = builder
        self._choices = choices
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
            platform=platform_in(
                event.get("info"), *(str(tag.get("name", ""))[:300] for tag in _dicts(event.get("Tag")))
            ),
        )
        if publisher and builder.publisher is None:
            builder.publisher = publisher

    def read(self) -> None:
        """Every attribute of the event and of its objects."""
        for attribute in _dicts(self._event.get("Attribute")):
            self._attribute(attribute, self._attribution)
        for thing in _dicts(self._event.get("Object")):
            attributes = _dicts(thing.get("Attribute"))
            named = next((one for one in attributes if _names_family(one)), None)
            family = text_of(named.get("value")) if named is not None else None
            attribution = self._attribution
            if family:
                attribution = msgspec.structs.replace(attribution, family=family)
            if thing.get("name") == "android-app":
                attribution = msgspec.structs.replace(attribution, platform=Platform.ANDROID)
            for attribute in attributes:
                if attribute is not named:
                    self._attribute(attribute, attribution)

    def _attribute(self, attribute: dict[str, Any], attribution: Attribution) -> None:
        value, kind = attribute.get("value"), attribute.get("type")
        if attribute.get("deleted") in (True, 1, "1"):
            return
        if attribute.get("to_ids") not in (True, 1, "1"):
            if not self._choices.context_as_leads:
                self._builder.context(f"{kind}: {value}")
                return
            attribution = limited(attribution, "lead", CONTEXT)
        if not isinstance(value, str) or not isinstance(kind, str):
            self._builder.skip(
                str(attribute.get("uuid", t("error.misp.attribute")))[:100], t("error.misp.attribute_value_type")
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
                limited(attribution, "lead", t("error.misp.publisher_names_address")),
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
            self._builder.skip(value, t("error.misp.phone_record_compared", kind=kind[:40]))


def load(data: bytes, name: str, choices: Choices) -> IndicatorSet:
    """The set that MISP JSON holds. Raises Malformed."""
    builder = SetBuilder(name, data)
    events = 0
    for event in _events(decode_json(data)):
        events += 1
        _Event(event, builder, choices).read()
    if not events:
        raise Malformed(t("error.misp.misp_file_contains"))
    return builder.build()


LOADER = Loader(name="MISP event, feed or export (JSON)", order=20, sniff=sniff, load=load, suffixes=(".json", ".misp"))
