"""What AndroidQF says of the acquisition: acquisition.json."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.kinds import Label, Role, UnixTime
from sousveil.readers.json_rows import json_rows, moment_of, text_of
from sousveil.readers.plists import Row
from sousveil.records import Record


class CollectorFacts(Record):
    """One acquisition."""

    uuid: Label | None
    version: Label | None
    """Of AndroidQF."""
    started: UnixTime | None
    completed: UnixTime | None
    """None also where the collector wrote a zero, as versions before June 2026 did."""
    architecture: Label | None
    host_key: Label | None
    """The key of the computer that made the acquisition: the phone trusts it because of that."""


def parse(value: Any, _context: Context) -> Iterator[Row]:
    """The one row."""
    if not isinstance(value, dict):
        return
    collector = value.get("collector")
    inner = collector if isinstance(collector, dict) else {}
    yield Row(
        {
            "uuid": text_of(value.get("uuid"), 60),
            "version": text_of(value.get("androidqf_version"), 60),
            "started": moment_of(value.get("started")),
            "completed": moment_of(value.get("completed")),
            "architecture": text_of(inner.get("Architecture"), 60),
            "host_key": text_of(value.get("adb_host_key"), 2000),
        }
    )


ARTEFACT = Artefact(
    name="android.collector",
    title="Acquisition details (AndroidQF)",
    needs={"main": (At.anywhere("acquisition.json"), At.anywhere("*/acquisition.json"))},
    record=CollectorFacts,
    role=Role.RAW,
    read=json_rows(parse, layout="acquisition.json"),
    events=(
        Event(at="started", says="acquisition begun"),
        Event(at="completed", says="acquisition ended"),
    ),
    expected=Expected(optional="not in every version of AndroidQF"),
    acquisitions=("androidqf",),
    seen=(
        Seen(
            versions="AndroidQF of September 2022 and later",
            basis="an acquisition.json that its makers published",
            verified=True,
        ),
    ),
    means="Shows when and with which version the phone was examined. It holds no traces of spyware.",
)
