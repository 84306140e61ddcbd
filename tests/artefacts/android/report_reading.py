"""Reads an artefact out of a bug report, through the door, as a worker does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sousveil.acquisition.contents import contents
from sousveil.acquisition.door import open_acquisition
from sousveil.artefacts.model import Context, discover
from sousveil.errors import SousveilError
from sousveil.readers.model import PartReading
from sousveil.records import Batch, check_batch


def batches(name: str, path: Path) -> tuple[list[Batch], list[SousveilError], tuple[PartReading, ...]]:
    """Every batch of an artefact, checked as the parent does, the errors raised, and what became of its sections."""
    contents.cache_clear()
    report, artefact = open_acquisition(path), discover()[name]
    context = Context(device=report.device)
    found: list[Batch] = []
    errors: list[SousveilError] = []
    places = [(role, at) for role, ats in artefact.needs.items() for at in ats]
    for _, group in report.locate(places):
        try:
            for batch in artefact.read(artefact, {"main": group}, context):
                check_batch(batch, artefact.record)
                found.append(batch)
        except SousveilError as error:
            errors.append(error)
    return found, errors, context.log.parts


def rows(name: str, path: Path, table: str | None = None) -> list[dict[str, Any]]:
    """The rows as dictionaries without empty fields, of one section where `table` names it. No error may have been raised."""
    found, errors, _ = batches(name, path)
    assert errors == []
    return [batch.row(at) for batch in found if table in (None, batch.table) for at in range(batch.count)]


def text_report(folder: Path, *parts: str, done: bool = True) -> Path:
    """A report as a text: a header, then these sections."""
    ruler = "=" * 56
    head = f"{ruler}\n== dumpstate: 2024-05-14 11:30:15\n{ruler}\n\nBuild: X\nBuild fingerprint: 'a/b/c:13/TQ1A/1:user/release-keys'\n\n"
    tail = f"{ruler}\n== dumpstate: done (id 1)\n{ruler}\n" if done else ""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "bugreport-x-2024.txt"
    path.write_text(head + "".join(parts) + tail, "utf-8", newline="")
    return path


def service(name: str, body: str, *, priority: str = "", ended: str = "2024-05-14 11:31:00") -> str:
    """The output of a service."""
    label = f"{priority} {name}".strip()
    return (
        f"{'-' * 79}\nDUMP OF SERVICE {label}:\n{body}"
        f"--------- 0.010s was the duration of dumpsys {name}, ending at: {ended}\n"
    )


def command(title: str, body: str, line: str = "") -> str:
    """The output of a command."""
    return f"------ {title}{f' ({line})' if line else ''} ------\n{body}------ 0.010s was the duration of '{title}' ------\n"


def properties(**values: str) -> str:
    """The section of the system properties."""
    return command(
        "SYSTEM PROPERTIES", "".join(f"[{k.replace('__', '.')}]: [{v}]\n" for k, v in values.items()), "getprop"
    )
