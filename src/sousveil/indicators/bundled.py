"""The sets that come with the program, and the compact form that they are kept in.

One file holds several sets: a mark, then zlib over msgpack of `_File`. Columns instead of objects keep it small and
quick to read; values in it are canonical already. `scripts/build_bundled.py` makes it; the same sets always give the
same bytes (with the same zlib).
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import msgspec

from sousveil.data_files import ROOT
from sousveil.errors import LimitExceeded, Malformed
from sousveil.indicators.model import Attribution, Indicator, IndicatorKind, IndicatorSet, Skipped
from sousveil.indicators.said import Says, attribution, says_of
from sousveil.texts import t

MAGIC = b"sousveil indicators 2\n"
MAX_UNPACKED = 256 * 1024 * 1024
_KINDS = tuple(IndicatorKind)


class _Set(msgspec.Struct, array_like=True, kw_only=True):
    """One set as columns: one row for each attribution of each indicator; rows of one indicator follow each other."""

    name: str
    sha256: str
    newest: str | None
    publisher: str | None
    licence: str | None
    commercial_use: bool
    context: tuple[str, ...]
    says: list[Says]
    kinds: list[int]
    values: list[str]
    counts: list[int]
    """Attributions of each indicator."""
    said: list[int]
    """For each attribution its place in `says`."""
    stix: list[str | None]
    since: list[int | None]
    until: dict[int, int]
    originals: dict[int, str]
    patterns: dict[int, str]
    requires: dict[int, list[tuple[int, str]]]
    skipped: list[tuple[str, str]]


class _File(msgspec.Struct, array_like=True):
    sets: list[_Set]


def pack(sets: Sequence[IndicatorSet], level: int = 9) -> bytes:
    """Sets in the compact form, compressed at a level of zlib."""
    return MAGIC + zlib.compress(payload(sets), level)


def payload(sets: Sequence[IndicatorSet]) -> bytes:
    """The compact form before compression: the same on every machine."""
    return msgspec.msgpack.encode(_File([_columns(one) for one in sets]))


def _columns(one: IndicatorSet) -> _Set:
    says: dict[Says, int] = {}
    made = _Set(
        name=one.name,
        sha256=one.sha256,
        newest=one.newest,
        publisher=one.publisher,
        licence=one.licence,
        commercial_use=one.commercial_use,
        context=one.context,
        says=[],
        kinds=[],
        values=[],
        counts=[],
        said=[],
        stix=[],
        since=[],
        until={},
        originals={},
        patterns={},
        requires={},
        skipped=[(skip.entry, skip.reason) for skip in one.skipped],
    )
    for place, indicator in enumerate(one.indicators):
        made.kinds.append(_KINDS.index(indicator.kind))
        made.values.append(indicator.value)
        made.counts.append(len(indicator.attributions))
        if indicator.original != indicator.value:
            made.originals[place] = indicator.original
        if indicator.pattern != "equals":
            made.patterns[place] = indicator.pattern
        if indicator.requires:
            made.requires[place] = [(_KINDS.index(kind), value) for kind, value in indicator.requires]
        for said in indicator.attributions:
            key = says_of(said)
            if said.valid_until is not None:
                made.until[len(made.said)] = said.valid_until
            made.said.append(says.setdefault(key, len(says)))
            made.stix.append(said.stix_id)
            made.since.append(said.valid_from)
    made.says = list(says)
    return made


def unpack(data: bytes, *, bundled: bool = False) -> list[IndicatorSet]:
    """The sets of a compact file. Raises Malformed and LimitExceeded."""
    if not data.startswith(MAGIC):
        raise Malformed(t("error.bundled.compact_file_indicators"))
    engine = zlib.decompressobj()
    try:
        plain = engine.decompress(data[len(MAGIC) :], MAX_UNPACKED)
        if engine.unconsumed_tail:
            raise LimitExceeded(t("error.bundled.compact_file_indicators_larger"))
        if not engine.eof or engine.unused_data:
            raise Malformed(t("error.bundled.compact_file_indicators_cut"))
        content = msgspec.msgpack.decode(plain, type=_File)
        return [_restored(one, bundled) for one in content.sets]
    except (zlib.error, msgspec.MsgspecError, ValueError, IndexError, RecursionError, StopIteration) as error:
        raise Malformed(t("error.bundled.compact_file_indicators_damaged")) from error


def _restored(one: _Set, bundled: bool) -> IndicatorSet:
    if (
        len(one.kinds) != len(one.values)
        or len(one.counts) != len(one.values)
        or min(one.counts, default=1) < 1
        or not sum(one.counts) == len(one.said) == len(one.stix) == len(one.since)
    ):
        raise Malformed(t("error.bundled.columns_compact_set"))
    attributions = [_attribution(one, place) for place in range(len(one.said))]
    indicators: list[Indicator] = []
    start = 0
    for place, (kind, value, count) in enumerate(zip(one.kinds, one.values, one.counts, strict=True)):
        indicators.append(
            Indicator(
                kind=_KINDS[kind],
                value=value,
                original=one.originals.get(place, value),
                pattern=one.patterns.get(place, "equals"),
                attributions=tuple(attributions[start : start + count]),
                requires=tuple((_KINDS[other], text) for other, text in one.requires.get(place, ())),
            )
        )
        start += count
    return IndicatorSet(
        name=one.name,
        sha256=one.sha256,
        indicators=tuple(indicators),
        newest=one.newest,
        publisher=one.publisher,
        licence=one.licence,
        commercial_use=one.commercial_use,
        context=one.context,
        bundled=bundled,
        skipped=tuple(Skipped(entry=entry, reason=reason) for entry, reason in one.skipped),
    )


def _attribution(one: _Set, place: int) -> Attribution:
    return attribution(
        one.name,
        one.says[one.said[place]],
        stix_id=one.stix[place],
        valid_from=one.since[place],
        valid_until=one.until.get(place),
    )


def bundled_bytes() -> bytes:
    """The compact file that comes with the program."""
    return (ROOT / "indicators/data/bundled.bin").read_bytes()


def bundled_sets() -> list[IndicatorSet]:
    """The sets that come with the program."""
    return unpack(bundled_bytes(), bundled=True)


__all__ = ["MAGIC", "bundled_bytes", "bundled_sets", "pack", "payload", "unpack"]
