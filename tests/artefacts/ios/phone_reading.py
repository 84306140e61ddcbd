"""Reads one artefact, or asks one rule, straight from a backup folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sousveil.acquisition.backup import Backup
from sousveil.acquisition.model import Device, FileGroup, Member
from sousveil.artefacts.model import Artefact, discover
from sousveil.findings.rules.model import Hit, Kept, Rule
from sousveil.readers.model import Context
from sousveil.records import Batch, check_batch, unpacked


def batches(artefact: Artefact, folder: Path, *, wanted: frozenset[str] | None = None) -> list[Batch]:
    """All batches of an artefact, checked as the parent checks them."""
    backup = Backup(folder)
    context = Context(device=backup.device, full=wanted is None, wanted=wanted or frozenset())
    groups = [group for _, group in backup.locate([(artefact.name, at) for at in artefact.needs["main"]])]
    return [batch for group in groups for batch in read(artefact, group, context)]


def read(artefact: Artefact, group: FileGroup, context: Context | None = None) -> list[Batch]:
    """The batches of one file."""
    found = list(artefact.read(artefact, {"main": group}, context or Context(device=Device())))
    for batch in found:
        check_batch(batch, artefact.record)
    return found


def file_group(path: Path) -> FileGroup:
    """A group of one plain file, with its WAL where there is one."""
    members = [Member(suffix="", path=str(path))]
    if path.with_name(path.name + "-wal").exists():
        members.append(Member(suffix="-wal", path=str(path) + "-wal"))
    return FileGroup(domain="Domain", relative=path.name, members=tuple(members))


def rows(found: list[Batch]) -> list[dict[str, Any]]:
    """Every row with its fields and, under their own names, its extra columns; only values that are there."""
    out = []
    for batch in found:
        for at in range(batch.count):
            extra = {name: unpacked(values)[at] for name, values in batch.extra.items()} | batch.extra_same
            out.append(batch.row(at) | {name: value for name, value in extra.items() if value is not None})
    return out


def hits(rule: Rule, folder: Path) -> list[Hit]:
    """What a rule finds in a backup."""
    artefacts = discover()
    kept: dict[str, list[Kept]] = {}
    for name, reads in rule.reads.items():
        kept[name] = []
        for batch in batches(artefacts[reads.artefact], folder, wanted=frozenset(reads.columns)):
            columns = {column: batch.column(column) for column in reads.columns}
            kept[name] += [
                Kept(artefact=reads.artefact, source=batch.source(at), row={n: v[at] for n, v in columns.items()})
                for at in reads.keep(columns)
            ]
    return list(rule.find(kept, Backup(folder).device))
