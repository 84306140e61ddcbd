"""The list that TinyCheck and SpyGuard read: `{"iocs": [{"type": ..., "tag": ..., "value": ...}]}`."""

from __future__ import annotations

import re

from sousveil.errors import Malformed
from sousveil.indicators.loaders._common import Loader, SetBuilder, decode_json, kind_word
from sousveil.indicators.model import Attribution, Choices, IndicatorSet, ThreatClass
from sousveil.texts import t

_HEAD = re.compile(rb'"iocs"\s{0,20}:\s{0,20}\[')


def sniff(head: bytes, filename: str) -> bool:
    """Whether this is such a list."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and _HEAD.search(head) is not None


def load(data: bytes, name: str, choices: Choices) -> IndicatorSet:
    """The set that the list holds; a tag that names a class gives the class. Raises Malformed."""
    document = decode_json(data)
    entries = document.get("iocs") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise Malformed(t("error.tinycheck.file_list_iocs"))
    builder = SetBuilder(name, data)
    classes = {one.value: one for one in ThreatClass}
    for entry in entries:
        value = entry.get("value") if isinstance(entry, dict) else None
        if not isinstance(value, str):
            builder.skip(str(entry)[:100], t("error.tinycheck.entry_value"))
            continue
        kind = kind_word(str(entry.get("type", ""))[:60])
        if kind is None:
            builder.skip(value, t("error.tinycheck.phone_record_compared", type=str(entry.get("type"))[:40]))
            continue
        threat = classes.get(str(entry.get("tag", "")).lower())
        builder.add(kind, value, Attribution(set_name=name, family=None, threat_class=threat, publisher=None))
    return builder.build()


LOADER = Loader(name="TinyCheck list (JSON)", order=30, sniff=sniff, load=load, suffixes=(".json",))
