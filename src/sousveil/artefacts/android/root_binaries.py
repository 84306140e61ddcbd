"""Programs that give root, as AndroidQF looked for them: root_binaries.json. One text may hold several lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sousveil.artefacts.model import Artefact, At, Context, Expected, Seen
from sousveil.kinds import FilePath, Role
from sousveil.readers.json_rows import json_rows
from sousveil.readers.plists import Row
from sousveil.records import Record


class RootBinary(Record):
    """One program that was there."""

    path: FilePath


def parse(value: Any, _context: Context) -> Iterator[Row]:
    """A row for each line that is a path."""
    value = value.get("path") if isinstance(value, dict) else value  # of Bugbane
    for line in value.splitlines()[:1000] if isinstance(value, str) else ():
        if line.strip().startswith("/"):
            yield Row({"path": line.strip()[:4096]})


SHAPE = {1: ("path", "text")}
"""A root tool in the list of Bugbane."""

ARTEFACT = Artefact(
    name="android.root_binaries",
    title="Root tools (AndroidQF)",
    needs={"main": tuple(At.anywhere(f"{top}root_binaries.{end}") for top in ("", "*/") for end in ("json", "pb"))},
    record=RootBinary,
    role=Role.INSTALLED,
    read=json_rows(parse, layout="root_binaries.json", shape=SHAPE),
    expected=Expected(optional="AndroidQF before 1.6 has none", guide="android"),
    acquisitions=("androidqf",),
    seen=(
        Seen(
            versions="AndroidQF 1.6 and later",
            basis="layout from AndroidQF's published source of June 2026",
            verified=True,
        ),
        Seen(
            versions="Bugbane",
            basis="layout from Bugbane's published source",
            verified=True,
            places=(At.anywhere("root_binaries.pb"), At.anywhere("*/root_binaries.pb")),
        ),
    ),
    means="A root tool shows that the phone is or was rooted. Many owners do that themselves.",
)
