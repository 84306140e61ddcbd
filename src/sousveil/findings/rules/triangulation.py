"""The published pattern of Operation Triangulation: changes of four kinds within five minutes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from sousveil.acquisition.model import Device
from sousveil.findings.model import Shows, Strength
from sousveil.findings.rules.model import Columns, Hit, Kept, Reads, Rule
from sousveil.texts import t

WINDOW = 300_000_000
"""Microseconds."""
MOST = 10
"""Events of one window at most."""
KINDS = 2
"""Kinds of events that a window needs."""
LAST_VERSION = (15, 7)
PROCESSES = frozenset(
    {
        "nehelper",
        "com.apple.WebKit.WebContent",
        "powerd/com.apple.datausage.diagnostics",
        "lockdownd/com.apple.datausage.security",
    }
)
BUNDLES = ("/IonosphereHarvest.bundle", "/WRMLinkSelection.bundle")


class _Event(NamedTuple):
    at: int
    kind: str
    """The name of its text."""
    row: Kept


def _keep_files(columns: Columns) -> range:
    return range(len(columns["what"]))


def _keep_traffic(columns: Columns) -> list[int]:
    return [at for at, process in enumerate(columns["process"]) if process in PROCESSES]


def _keep_location(columns: Columns) -> list[int]:
    rows = zip(columns["bundle_path"], columns["location_time_stopped"], strict=True)
    return [
        at
        for at, (path, stopped) in enumerate(rows)
        if stopped is not None and path and path.rstrip("/").endswith(BUNDLES)
    ]


def _events(kept: Mapping[str, Sequence[Kept]]) -> list[_Event]:
    """The events of the four kinds, in the order of time; of one row and instant only one."""
    found: list[_Event] = []
    for row in kept["files"]:
        modified, changed = row.row["modified"], row.row["status_changed"]
        if row.row["what"] == "empty attachment folder" and modified is not None and modified == changed:
            found.append(_Event(modified, "messages", row))
        elif row.row["what"] == "settings file":
            found += [_Event(at, "files", row) for at in dict.fromkeys((modified, changed)) if at is not None]
    for row in kept["traffic"]:
        times = dict.fromkeys(row.row[name] for name in ("first_seen", "last_seen", "live_time"))
        found += [_Event(at, "traffic", row) for at in times if at is not None]
    found += [_Event(row.row["location_time_stopped"], "location", row) for row in kept["location"]]
    return sorted(_once(found), key=lambda event: event.at)


def _once(events: Sequence[_Event]) -> Iterator[_Event]:
    """A program's row of first and last times comes with each of its counts: one event for each name and instant."""
    seen: set[tuple[int, str, object]] = set()
    for event in events:
        row = event.row.row
        key = (event.at, event.kind, row.get("process") or row.get("relative") or row.get("bundle_path"))
        if key not in seen:
            seen.add(key)
            yield event


def _find(kept: Mapping[str, Sequence[Kept]], device: Device) -> Iterator[Hit]:
    events = _events(kept)
    real = sorted(
        row.row["modified"]
        for row in kept["files"]
        if row.row["what"] == "attachment" and row.row["modified"] is not None
    )
    newer = device.version[:2] > LAST_VERSION
    start = 0
    while start < len(events):
        # A window holds ten events at most, so this is linear in the number of events.
        begin = events[start].at
        window = [event for event in events[start : start + MOST] if event.at <= begin + WINDOW]
        kinds = dict.fromkeys(event.kind for event in window)
        first = bisect_left(real, begin)
        if len(kinds) < KINDS or (first < len(real) and real[first] <= begin + WINDOW):
            start += 1
            continue
        yield Hit(
            rows=tuple({id(event.row): event.row for event in window}.values()),
            at=begin,
            says=t(
                "rule.triangulation.says",
                n=len(window),
                kinds=len(kinds),
                names=", ".join(t(f"rule.triangulation.{kind}") for kind in kinds),
            ),
            strength=Strength.WEAK if newer else None,
            innocent=(t("rule.triangulation.innocent_newer", version=device.product_version),) if newer else (),
        )
        start += len(window)


RULE = Rule(
    name="triangulation",
    title="Pattern of Operation Triangulation",
    shows=Shows.EXECUTION,
    strength=Strength.LEAD,
    reads={
        "files": Reads(
            artefact="ios.triangulation_files",
            columns=("what", "relative", "modified", "status_changed"),
            keep=_keep_files,
        ),
        "traffic": Reads(
            artefact="ios.datausage", columns=("process", "first_seen", "last_seen", "live_time"), keep=_keep_traffic
        ),
        "location": Reads(
            artefact="ios.locationd_clients", columns=("bundle_path", "location_time_stopped"), keep=_keep_location
        ),
    },
    find=_find,
    innocent=(
        "Each of these changes happens on phones that nobody attacked; by chance two can fall into five minutes.",
        "Attachments may have been deleted by the owner, which empties their folders.",
    ),
    basis="Kaspersky's published checking tool (2023-06-26): four kinds of events, 300 seconds, ten events at "
    "most. How often it fires on phones that nobody attacked is not known.",
    family="Operation Triangulation",
    cap=100_000,
)
