"""Our records of a backup: every field and every extra column of every row, read in this process."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sousveil.artefacts.model import Context, artefacts_for
from sousveil.cases.acquired import located, unlocked
from sousveil.cases.tasks import LocateTask
from sousveil.errors import Unsupported
from sousveil.records import check_batch, unpacked


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its fields, its other columns, and where it stands."""

    fields: dict[str, Any]
    extra: dict[str, Any]
    domain: str
    relative: str
    number: int | None
    """Of the row in its table."""

    def __getitem__(self, name: str) -> Any:
        """A field; `+NAME`: a column kept as it was, or as stored where it did not fit its field."""
        if not name.startswith("+"):
            return self.fields.get(name)
        return self.extra.get(name[1:])

    @property
    def file_id(self) -> str:
        """The name of the file in the backup."""
        return hashlib.sha1(f"{self.domain}-{self.relative}".encode(), usedforsecurity=False).hexdigest()


Records = dict[str, list[Row]]


def read(backup: Path, derived_key: bytes | None = None) -> Records:
    """Artefact -> rows."""
    device = unlocked(str(backup), derived_key).device
    artefacts = artefacts_for(device)
    needs = {name: dict(artefact.needs) for name, artefact in artefacts.items()}
    found: Records = defaultdict(list)
    for one in located(LocateTask(path=str(backup), needs=needs, derived_key=derived_key)):
        artefact = artefacts[one.artefact]
        main = one.files["main"]
        try:
            for batch in artefact.read(artefact, one.files, Context(device=device)):
                check_batch(batch, artefact.record)
                for at in range(batch.count):
                    extra = {name: unpacked(values)[at] for name, values in batch.extra.items()} | batch.extra_same
                    number = (batch.row_numbers() or [None] * batch.count)[at]
                    found[artefact.name].append(Row(batch.row(at), extra, main.domain, main.relative, number))
        except Unsupported:
            continue  # a layout of another system: what the peer reads there is then a difference
    return found
