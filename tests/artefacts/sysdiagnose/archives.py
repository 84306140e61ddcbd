"""Makes small sysdiagnose archives and reads an artefact out of them, through the door, as a worker does."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import Any

from sousveil.acquisition.door import Acquisition, open_acquisition
from sousveil.acquisition.sysdiagnose import listed
from sousveil.artefacts.model import Artefact, Context, discover
from sousveil.errors import SousveilError
from sousveil.records import Batch, check_batch

TOP = "sysdiagnose_2023.05.24_13-29-15-0700_iPhone-OS_iPhone_20F66"
MADE = 1_684_960_155
"""Seconds since 1970 of the time in `TOP`."""
BASE = {"sysdiagnose.log": b"2023-05-24 13:29:15 -0700 begin\n", "taskinfo.txt": b"num tasks: 0\n"}


def archive(path: Path, files: dict[str, bytes], *, top: str = TOP, mode: str = "w:gz") -> Path:
    """A tar archive with these files below one top folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, mode) as made:  # type: ignore[call-overload]
        for name, content in files.items():
            info = tarfile.TarInfo(f"{top}/{name}" if top else name)
            info.size = len(content)
            made.addfile(info, io.BytesIO(content))
    return path


def sysdiagnose(folder: Path, files: dict[str, bytes | str], *, top: str = TOP) -> Path:
    """A sysdiagnose archive as iOS names it, with what tells it from other archives."""
    content = {name: text.encode() if isinstance(text, str) else text for name, text in files.items()}
    return archive(folder / f"{top}.tar.gz", {**BASE, **content}, top=top)


def opened(path: Path) -> Acquisition:
    """The acquisition, listed anew."""
    listed.cache_clear()
    return open_acquisition(path)


def batches(name: str, path: Path) -> tuple[list[Batch], list[SousveilError]]:
    """Every batch of every file of an artefact, each checked as the parent does, and the errors raised."""
    acquisition, artefact = opened(path), discover()[name]
    found: list[Batch] = []
    errors: list[SousveilError] = []
    seen: dict[str, Any] = {}
    for _, group in acquisition.locate([(name, at) for at in artefact.needs["main"]]):
        seen.setdefault(group.where, group)
    for _, group in sorted(seen.items()):
        try:
            for batch in artefact.read(artefact, {"main": group}, Context(device=acquisition.device)):
                check_batch(batch, artefact.record)
                found.append(batch)
        except SousveilError as error:
            errors.append(error)
    return found, errors


def artefact(name: str) -> Artefact:
    """An artefact by its name."""
    return discover()[name]


def rows(name: str, path: Path) -> list[dict[str, Any]]:
    """The rows as dictionaries without empty fields. No error may have been raised."""
    found, errors = batches(name, path)
    assert errors == []
    return [batch.row(at) for batch in found for at in range(batch.count)]
