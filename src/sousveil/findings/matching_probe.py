"""`sousveil indicators test VALUE`: would this value match, and why."""

from __future__ import annotations

from typing import get_args

import msgspec

from sousveil import kinds
from sousveil.findings.matching import Matcher
from sousveil.indicators.index import Index
from sousveil.indicators.model import Indicator
from sousveil.kinds import kind_of
from sousveil.records import Batch

READ_AS = (
    kinds.Url,
    kinds.Text,
    kinds.ProcessName,
    kinds.BundleId,
    kinds.FilePath,
    kinds.FileName,
    kinds.ProfileId,
    kinds.HashValue,
    kinds.Certificate,
)
"""What a bare value may be, in the order in which it is tried."""
WHY = {
    "equals": "it is the published value",
    "subdomain": "it is a name below the published domain",
    "prefix": "it begins with the published link",
    "nested": "the published value stands inside another link",
    "decoded": "it is the published value in another spelling",
    "truncated": "it is a name cut by its database, and the published name begins with it; this proves nothing",
    "cidr": "the address lies in the published range",
    "like": "it fits the published pattern",
    "matches": "it fits the published regular expression",
    "basename": "its last part is the published name",
    "below": "it lies below the published path",
}


class ValueMatch(msgspec.Struct, frozen=True, kw_only=True):
    """One indicator that a value matches."""

    indicator: Indicator
    read_as: str
    """Name of the kind that the value was taken for (`url`, `process` ...)."""
    text: str
    how: str
    why: str
    """A sentence."""


def test_value(index: Index, value: str, matcher: Matcher | None = None) -> list[ValueMatch]:
    """Every indicator that a bare value matches, taken for whatever it may be; each once, in the order of the index.

    Hand over a `matcher` of the same index when many values are tested.
    """
    matcher = matcher or Matcher(index)
    found: dict[int, ValueMatch] = {}
    for annotation in READ_AS:
        kind = kind_of(annotation)
        plain = get_args(annotation)[0]
        if not isinstance(value, plain):
            continue
        batch = Batch(artefact="value", layout="value", file="", count=1, columns={"value": [value]})
        for match in matcher.match(batch, {"value": kind}):
            if match.indicator not in found:
                why = f"Taken for a {kind.name}, {WHY.get(match.how, match.how)}."
                found[match.indicator] = ValueMatch(
                    indicator=index.indicators[match.indicator],
                    read_as=kind.name,
                    text=match.text,
                    how=match.how,
                    why=why,
                )
    return [found[position] for position in sorted(found)]


test_value.__test__ = False  # type: ignore[attr-defined]  # a verb of the product, not a test of it
