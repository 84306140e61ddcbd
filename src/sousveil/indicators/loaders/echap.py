"""YAML lists in the form of the Echap association: its `ioc.yaml` (stalkerware) and `watchware.yaml`, and any other.

The form names no publisher, and anybody can write it: who made a file is said of those that are known (see `load`).
Each entry is an app: its packages and signing certificates, the servers its copies talk to, and the vendor's own web
sites, which anybody may visit. Anchors and merge keys are refused: such lists do not need them, and they can grow
without bound.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import yaml

from sousveil.errors import Malformed
from sousveil.indicators.loaders._common import (
    Loader,
    SetBuilder,
    certificate_kind,
    decode_text,
    limited,
    list_of,
    text_of,
)
from sousveil.indicators.model import Attribution, Choices, IndicatorKind, IndicatorSet, Platform, ThreatClass
from sousveil.texts import t

VENDOR_SITE = "The vendor's public site: a visit alone shows little."
HANDED_OUT = "A place where the app is handed out: a visit does not show that it was installed."
NOT_COMPARED = ("certificate_cname_re", "certificate_organizations")
MAX_BYTES = 16 * 1024 * 1024
_ENTRY = re.compile(r"^- name:\s", re.M)
_TYPED = re.compile(r"^  type:\s{1,10}(?:stalkerware|watchware)\s*$", re.M)
_ANCHOR = re.compile(r"(?:^|[\s:\-\[,{])[&*][A-Za-z0-9_]|^\s*<<\s*:", re.M)
_Yaml: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def sniff(head: bytes, filename: str) -> bool:
    """Whether this is such a list."""
    text = head.decode("utf-8", "replace")
    return _ENTRY.search(text) is not None and (_TYPED.search(text) is not None or "\n  packages:" in text)


def _values(app: dict[str, Any]) -> Iterator[tuple[IndicatorKind, str, str | None, Platform | None]]:
    """Kind, value and, for what is public, why a match with it is weak."""
    for key, platform in (("packages", Platform.ANDROID), ("ios_bundles", Platform.IOS)):
        for value in list_of(app.get(key)):
            yield IndicatorKind.APP_ID, str(value), None, platform
    for value in list_of(app.get("certificates")):
        yield certificate_kind(str(value)), str(value), None, Platform.ANDROID
    servers = app.get("c2")
    if isinstance(servers, dict):
        for key, kind in (("domains", IndicatorKind.DOMAIN), ("ips", IndicatorKind.IPV4), ("ip", IndicatorKind.IPV4)):
            for value in list_of(servers.get(key)):
                yield kind, str(value), None, None
    for key, note in (("websites", VENDOR_SITE), ("distribution", HANDED_OUT)):
        for value in list_of(app.get(key)):
            yield IndicatorKind.DOMAIN, str(value), note, None


def load(data: bytes, name: str, choices: Choices) -> IndicatorSet:
    """The set that the list holds. Raises Malformed."""
    text = decode_text(data)
    if len(data) > MAX_BYTES or _ANCHOR.search(text):
        raise Malformed(t("error.echap.yaml_list_too"))
    try:
        entries = yaml.load(text, Loader=_Yaml)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise Malformed(t("error.echap.yaml_list_valid"), hint=t("error.common.may_cut_off")) from error
    if not isinstance(entries, list):
        raise Malformed(t("error.echap.yaml_file_list"))
    builder = SetBuilder(name, data)
    for entry in entries:
        family = text_of(entry.get("name")) if isinstance(entry, dict) else None
        if family is None:
            builder.skip(str(entry)[:100], t("error.echap.entry_name"))
            continue
        _app(entry, family, builder)
    return builder.build()


def _app(entry: dict[str, Any], family: str, builder: SetBuilder) -> None:
    threat = ThreatClass.WATCHWARE if entry.get("type") == "watchware" else ThreatClass.STALKERWARE
    plain = Attribution(set_name=builder.name, family=family, threat_class=threat, publisher=None)
    servers = (
        {str(one).lower() for one in list_of((entry.get("c2") or {}).get("domains"))}
        if isinstance(entry.get("c2"), dict)
        else set()
    )
    for kind, value, note, platform in _values(entry):
        if note and value.lower() in servers:
            continue  # a site that is the app's server as well counts as a server
        attribution = msgspec.structs.replace(plain, platform=platform)
        if note:
            attribution = limited(attribution, "weak" if note == VENDOR_SITE else "lead", note)
        builder.add(kind, value, attribution)
    for key in NOT_COMPARED:
        for value in list_of(entry.get(key)):
            builder.skip(f"{family}: {value}", t("error.common.phone_record_compared", key=key))


LOADER = Loader(name="Echap list (YAML)", order=40, sniff=sniff, load=load, suffixes=(".yaml", ".yml"))
