"""Marks that Safari leaves where history was cleared (`history_tombstones`): which span of time, and sometimes which
page."""

from __future__ import annotations

from sousveil.artefacts.ios.safari_history import ARTEFACT as HISTORY
from sousveil.artefacts.model import Artefact, Event, Expected, Seen
from sousveil.kinds import Integer, MacTime, Role, Url
from sousveil.readers.sqlite import Layout, sqlite
from sousveil.records import Record


class Tombstone(Record):
    """One span of history that was cleared."""

    id: Integer
    start_time: MacTime | None
    """None where everything before the end was cleared."""
    end_time: MacTime | None
    url: Url | None
    """The page whose visits were cleared; None where all were."""
    generation: Integer | None


ARTEFACT = Artefact(
    name="ios.safari_tombstones",
    title="Safari history that was cleared",
    needs=HISTORY.needs,
    record=Tombstone,
    role=Role.VISITED,
    read=sqlite(
        Layout(
            name="tombstones",
            source="history_tombstones AS t",
            columns={"id": "t.id", "start_time": "t.start_time", "end_time": "t.end_time"},
            optional={"url": "t.url", "generation": "t.generation"},
            extra=("t",),
        ),
        required=False,
    ),
    events=(Event(at="end_time", says="Safari history up to here was cleared"),),
    expected=Expected(encrypted_only=True),
    seen=(
        Seen(versions="macOS 10.12 (same table)", basis="seen on a real computer: published test image", verified=True),
        Seen(versions="iOS 12 to 26", basis="recalled", verified=False),
    ),
    means="History of this span is gone, so that its absence says nothing. People clear their history for many "
    "reasons, and Safari does so itself after a set time. A page named here was visited once.",
)
