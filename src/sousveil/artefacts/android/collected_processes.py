"""Running processes as AndroidQF's collector lists them: processes.json."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sousveil.artefacts.model import Artefact, At, Context, Expected, Seen
from sousveil.kinds import BundleId, Integer, Label, ProcessName, Role
from sousveil.readers.json_rows import json_rows, number_of, text_of
from sousveil.readers.plists import Row
from sousveil.records import Record


class CollectedProcess(Record):
    """One process. Its environment is left out: it holds personal data and shows nothing."""

    process: ProcessName
    """The full name, from the command line where there is one."""
    package: BundleId | None
    """The app, where the process is called like one."""
    pid: Integer | None
    parent: Integer | None
    state: Label | None
    context: Label | None
    """The label of SELinux."""


def parse(value: Any, _context: Context) -> Iterator[Row]:
    """A row for each process."""
    if not isinstance(value, dict):
        return
    line = value.get("command_line")
    first = text_of(line[0], 1000) if isinstance(line, list) and line else None
    short = text_of(value.get("filename"), 300)
    name = (first or "").split("\0")[0].strip() or (short or "").removeprefix("(").removesuffix(")")
    if not name:
        return
    process = name.rpartition("/")[2] or name if name.startswith("/") else name
    package = process.partition(":")[0]
    yield Row(
        {
            "process": process,
            "package": package if "." in package and " " not in package else None,
            "pid": number_of(value.get("pid")),
            "parent": number_of(value.get("ppid")),
            "state": text_of(value.get("state"), 10),
            "context": text_of(value.get("context"), 200),
        }
    )


ARTEFACT = Artefact(
    name="android.collected_processes",
    title="Running processes (AndroidQF)",
    needs={"main": (At.anywhere("processes.json"), At.anywhere("*/processes.json"))},
    record=CollectedProcess,
    role=Role.RAN,
    read=json_rows(parse, layout="processes.json"),
    expected=Expected(optional="not in every version of AndroidQF"),
    acquisitions=("androidqf",),
    seen=(
        Seen(
            versions="AndroidQF 1.6 and later",
            basis="layout from AndroidQF's published source of June 2026",
            verified=True,
        ),
    ),
    means="A published name shows that a program of this name ran while the phone was examined.",
)
