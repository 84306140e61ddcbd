"""What the phone noted about its use: apps in front, pages, installations. The database knowledgeC.db (CoreDuet)."""

from __future__ import annotations

from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.kinds import BundleId, Label, MacTime, Opaque, Role, RoleValue, Url
from sousveil.patterns import lazy_pattern
from sousveil.readers.sqlite import Column, Layout, sqlite
from sousveil.records import Record

_BUNDLE = lazy_pattern(r"[A-Za-z][\w\-]*(?:\.[\w\-]+)+")


class NotedUse(Record):
    """One thing that was noted."""

    stream: Label | None
    """Of what kind it is: `/app/inFocus`, `/safari/history`, `/app/install`."""
    role: RoleValue
    """`visited` for pages, `ran` for apps that were in front or used, `installed` for all others."""
    bundle: BundleId | None
    """The app."""
    url: Url | None
    value: Opaque | None
    """What was noted, where it is neither."""
    source_bundle: BundleId | None
    """The app that reported it."""
    start: MacTime | None
    end: MacTime | None
    created: MacTime | None


def _derive(work: dict[str, Column], _context: Context) -> None:
    texts = [value if isinstance(value, str) else None for value in work["_value"]]
    links = [text if text and "://" in text[:40] else None for text in texts]
    names = [text if text and _BUNDLE.fullmatch(text) else None for text in texts]
    work["url"] = links
    work["bundle"] = names
    work["value"] = [
        None if link or name else value for link, name, value in zip(links, names, work["_value"], strict=True)
    ]
    work["role"] = [
        Role.VISITED.value if link else Role.RAN.value if stream in _RAN else Role.INSTALLED.value
        for link, stream in zip(links, work["_stream"], strict=True)
    ]


_RAN = frozenset({"/app/inFocus", "/app/usage", "/app/activity", "/app/mediaUsage", "/app/webUsage"})
_COLUMNS = {"stream": "ZOBJECT.ZSTREAMNAME"}
_TIMES = {"start": "ZOBJECT.ZSTARTDATE", "end": "ZOBJECT.ZENDDATE", "created": "ZOBJECT.ZCREATIONDATE"}
_INPUTS = {"_value": "ZOBJECT.ZVALUESTRING", "_stream": "ZOBJECT.ZSTREAMNAME"}

ARTEFACT = Artefact(
    name="ios.knowledge",
    title="Use of the phone (knowledgeC.db)",
    needs={"main": (At.ios("/private/var/mobile/Library/CoreDuet/Knowledge/knowledgeC.db"),)},
    record=NotedUse,
    role=Role.RAN,
    read=sqlite(
        Layout(
            name="ZOBJECT with sources",
            source="ZOBJECT LEFT JOIN ZSOURCE ON ZSOURCE.Z_PK = ZOBJECT.ZSOURCE",
            columns={**_COLUMNS, "source_bundle": "ZSOURCE.ZBUNDLEID"},
            optional=_TIMES,
            inputs=_INPUTS,
            derive=_derive,
            extra=("ZOBJECT",),
        ),
        Layout(
            name="ZOBJECT",
            source="ZOBJECT",
            columns=_COLUMNS,
            optional=_TIMES,
            inputs=_INPUTS,
            derive=_derive,
            extra=("ZOBJECT",),
        ),
    ),
    events=(Event(at="start", says="use noted by the phone", shows="bundle"),),
    expected=Expected(ios=(11, None), optional="later systems keep these notes elsewhere (Biome)"),
    acquisitions=("dump",),
    seen=(
        Seen(
            versions="iOS 11 and later",
            basis="recalled for iOS; the same tables seen on macOS 10.13 and 10.14",
            verified=False,
        ),
    ),
    means="A published identifier shows that an app with it was in front, or had been installed. Rows go back about four weeks.",
)
