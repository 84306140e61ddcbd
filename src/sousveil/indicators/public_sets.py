"""The known public sets of indicators: where each is published, by whom, under which licence, and what review leaves out.

`data/public_sets.toml` is the table. Published files rarely name who made them; the table does, and `sets_of` adds it to
each value.
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatch
from functools import cache
from pathlib import Path, PurePosixPath

import msgspec

from sousveil.data_files import read_toml
from sousveil.errors import LimitExceeded, Malformed, Unsupported
from sousveil.indicators.load import load_bytes, load_cached, set_name
from sousveil.indicators.model import (
    UNNAMED,
    Attribution,
    Indicator,
    IndicatorKind,
    IndicatorSet,
    Skipped,
    ThreatClass,
)
from sousveil.kinds import visible


class About(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What review adds to some files of a source."""

    files: str
    """Pattern of paths in the repository; `*` matches `/` too."""
    family: str | None = None
    threat_class: ThreatClass | None = None
    no_class: bool = False
    """Whether none of the classes fits, not even that of the source."""
    without: tuple[IndicatorKind, ...] = ()
    """Kinds of values that are left out."""
    reason: str = ""
    """Why they are."""


class PublicSet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One source: a public repository, fetched whole as an archive (tar.gz)."""

    name: str
    title: str
    url: str
    files: tuple[str, ...]
    """Patterns of the paths that hold indicators."""
    publisher: str
    licence: str
    commercial_use: bool = True
    threat_class: ThreatClass | None = None
    about: tuple[About, ...] = ()


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    source: tuple[PublicSet, ...]


@cache
def public_sets() -> Mapping[str, PublicSet]:
    """The known sources by name."""
    return {one.name: one for one in msgspec.convert(read_toml("indicators/data/public_sets.toml"), _Table).source}


def wanted(source: PublicSet, path: str) -> bool:
    """Whether a file of the repository holds indicators."""
    return any(fnmatch(path, pattern) for pattern in source.files)


def sets_of(name: str, files: Mapping[str, bytes], cache_folder: Path | None = None) -> list[IndicatorSet]:
    """The sets of a release: those of a known source with its publisher, any other as its files are.

    A file of a known source that cannot be used becomes an empty set that names it; in any other release it raises
    Unsupported, Malformed or LimitExceeded.
    """
    source = public_sets().get(name)
    sets: list[IndicatorSet] = []
    for path, data in files.items():
        if source is None:
            sets.extend(load_bytes(data, path, set_name(Path(path))))
            continue
        own = f"{name}/{PurePosixPath(path).with_suffix('')}"
        try:
            loaded = load_cached(data, PurePosixPath(path).name, own, cache_folder)
        except (Unsupported, Malformed, LimitExceeded) as error:
            skipped = (Skipped(entry=visible(path, 200), reason=error.message),)
            loaded = [IndicatorSet(name=own, sha256="", indicators=(), skipped=skipped)]
        sets.extend(_reviewed(one, source, path) for one in loaded)
    return sets


def _reviewed(one: IndicatorSet, source: PublicSet, path: str) -> IndicatorSet:
    """The set with what the table says about its source and file."""
    about = [entry for entry in source.about if fnmatch(path, entry.files)]
    left_out = {kind: entry.reason for entry in about for kind in entry.without}
    family = next((entry.family for entry in about if entry.family), None)
    threat = next((entry.threat_class for entry in about if entry.threat_class), source.threat_class)
    if any(entry.no_class for entry in about):
        threat = None
    kept = tuple(_stated(i, source, family, threat) for i in one.indicators if i.kind not in left_out)
    return msgspec.structs.replace(
        one,
        indicators=kept,
        skipped=(
            *one.skipped,
            *(Skipped(entry=i.original, reason=left_out[i.kind]) for i in one.indicators if i.kind in left_out),
        ),
        publisher=one.publisher or source.publisher,
        licence=source.licence,
        commercial_use=source.commercial_use,
    )


def _stated(one: Indicator, source: PublicSet, family: str | None, threat: ThreatClass | None) -> Indicator:
    return msgspec.structs.replace(
        one, attributions=tuple(_attributed(said, source, family, threat) for said in one.attributions)
    )


def _attributed(said: Attribution, source: PublicSet, family: str | None, threat: ThreatClass | None) -> Attribution:
    """An attribution with publisher, licence, family and class where it states none."""
    unnamed = said.publisher is None and said.note == UNNAMED  # the table names the publisher
    return msgspec.structs.replace(
        said,
        family=said.family or family,
        threat_class=said.threat_class or threat,
        publisher=said.publisher or source.publisher,
        licence=said.licence or source.licence,
        ceiling=None if unnamed else said.ceiling,
        note=None if unnamed else said.note,
    )
