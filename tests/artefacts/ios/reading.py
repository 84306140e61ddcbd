"""Reads an artefact out of a made-up phone, through a real backup folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from phonegen.core import Phone
from sousveil.acquisition.backup import Backup
from sousveil.artefacts.model import Artefact, Context
from sousveil.errors import SousveilError
from sousveil.records import Batch, check_batch, unpacked


def batches(
    artefact: Artefact, phone: Phone, to: Path, *, full: bool = True
) -> tuple[list[Batch], list[SousveilError]]:
    """Every batch of every file that the artefact finds, each checked as the parent does, and the errors raised."""
    if not to.exists():
        phone.write(to)
    backup = Backup(to)
    wanted = frozenset(
        name
        for name, kind in artefact.kinds.items()
        if kind.searched or kind.compares or kind.instant or kind.observable or kind.name == "role"
    )
    found: list[Batch] = []
    errors: list[SousveilError] = []
    for _, group in backup.locate([(artefact.name, at) for at in artefact.needs["main"]]):
        try:
            for batch in artefact.read(
                artefact, {"main": group}, Context(device=backup.device, full=full, wanted=wanted)
            ):
                check_batch(batch, artefact.record)
                found.append(batch)
        except SousveilError as error:
            errors.append(error)
    return found, errors


def rows(artefact: Artefact, phone: Phone, to: Path, *, full: bool = True) -> list[dict[str, Any]]:
    """The rows of all batches as dictionaries without empty fields. No error may have been raised."""
    found, errors = batches(artefact, phone, to, full=full)
    assert errors == []
    return [batch.row(at) for batch in found for at in range(batch.count)]


def extras(batch: Batch, at: int) -> dict[str, Any]:
    """The extra columns of a row that hold something."""
    every = {name: unpacked(values)[at] for name, values in batch.extra.items()} | batch.extra_same
    return {name: value for name, value in every.items() if value is not None}
