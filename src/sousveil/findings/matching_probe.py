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
from sousveil.texts import t

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
    "equals": "error.matching_probe.published_value",
    "subdomain": "error.matching_probe.name_below_published",
    "prefix": "error.matching_probe.begins_published_link",
    "nested": "error.matching_probe.published_value_inside",
    "decoded": "error.matching_probe.published_value_another",
    "truncated": "error.matching_probe.database_cut_name",
    "cidr": "error.matching_probe.address_published_range",
    "like": "error.matching_probe.fits_published_pattern",
    "matches": "error.matching_probe.fits_published_regular",
    "basename": "error.matching_probe.last_part_published",
    "below": "error.matching_probe.below_published_path",
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
                why = t(
                    "error.matching_probe.taken",
                    name=kind.name,
                    how=t(WHY[match.how]) if match.how in WHY else match.how,
                )
                found[match.indicator] = ValueMatch(
                    indicator=index.indicators[match.indicator],
                    read_as=kind.name,
                    text=match.text,
                    how=match.how,
                    why=why,
                )
    return [found[position] for position in sorted(found)]


test_value.__test__ = False  # type: ignore[attr-defined]  # a verb of the product, not a test of it
