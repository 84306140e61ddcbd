"""Reads an artefact out of a made-up Android acquisition, through the door."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sousveil.acquisition.door import open_acquisition
from sousveil.artefacts.model import Artefact, Context
from sousveil.errors import SousveilError
from sousveil.readers.model import ReadingLog
from sousveil.records import Batch, check_batch


def batches(
    artefact: Artefact, path: Path, *, password: bytes | None = None, log: ReadingLog | None = None
) -> tuple[list[Batch], list[SousveilError]]:
    """Every batch of every file that the artefact finds, each checked as the parent does, and the errors raised."""
    opened = open_acquisition(path)
    opened.unlock_with(password=password)
    found: list[Batch] = []
    errors: list[SousveilError] = []
    seen = {group.where: group for _, group in opened.locate([(artefact.name, at) for at in artefact.needs["main"]])}
    for _, group in sorted(seen.items()):
        context = Context(device=opened.device, log=log or ReadingLog())
        try:
            for batch in artefact.read(artefact, {"main": group}, context):
                check_batch(batch, artefact.record)
                found.append(batch)
        except SousveilError as error:
            errors.append(error)
    return found, errors


def rows(artefact: Artefact, path: Path, *, password: bytes | None = None) -> list[dict[str, Any]]:
    """The rows of all batches as dictionaries without empty fields. No error may have been raised."""
    found, errors = batches(artefact, path, password=password)
    assert errors == []
    return [batch.row(at) for batch in found for at in range(batch.count)]
