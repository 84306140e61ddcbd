"""Reads an artefact out of one member of a sysdiagnose archive, as a worker does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sousveil.acquisition.model import Device, FileGroup, Member
from sousveil.artefacts.model import Context, discover
from sousveil.errors import SousveilError
from sousveil.readers.model import PartReading
from sousveil.records import check_batch

PHONE = Device(platform="ios", acquisition="sysdiagnose", product_version="17.5", utc_offset=7200)
"""A phone two hours ahead of UTC."""


def read(
    name: str, path: Path, device: Device = PHONE
) -> tuple[list[dict[str, Any]], list[SousveilError], tuple[PartReading, ...]]:
    """The rows, the errors raised, and what was reported to the coverage."""
    artefact = discover()[name]
    group = FileGroup(domain="", relative=f"top/{path.name}", members=(Member(suffix="", path=str(path)),))
    context = Context(device=device)
    rows: list[dict[str, Any]] = []
    errors: list[SousveilError] = []
    try:
        for batch in artefact.read(artefact, {"main": group}, context):
            check_batch(batch, artefact.record)
            rows += [batch.row(at) for at in range(batch.count)]
    except SousveilError as error:
        errors.append(error)
    return rows, errors, context.log.parts


def rows_of(name: str, folder: Path, data: str | bytes) -> list[dict[str, Any]]:
    """The rows of a member with this content. No error may have been raised."""
    path = folder / "member"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    rows, errors, _ = read(name, path)
    assert errors == []
    return rows


def micros(text: str) -> int:
    """Microseconds since 1970 of `2023-05-24T11:05:35+00:00`."""
    from datetime import datetime

    return round(datetime.fromisoformat(text).timestamp() * 1_000_000)


def lines_of_rows(name: str, path: Path) -> list[int | None]:
    """On which line of the member each row begins."""
    artefact = discover()[name]
    group = FileGroup(domain="", relative=f"top/{path.name}", members=(Member(suffix="", path=str(path)),))
    found = artefact.read(artefact, {"main": group}, Context(device=PHONE))
    return [batch.source(at).line for batch in found for at in range(batch.count)]
