"""What a dishonest operator can do: holds the log's key and the operator's, and can write any file of the log."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sousveil.ledger import checkpoint, merkle, note
from sousveil.ledger.keys import PrivateKey
from sousveil.ledger.tiles import TileFiles, entries_path, tile_width
from sousveil.register import entries as log
from sousveil.register import publication
from sousveil.register.static import content_path
from tests.register import maker

ORIGIN = "register.example/log"
LOG = note.Signer(name=ORIGIN, key=PrivateKey(b"the log's own key, invented here"))
MADE = "2026-11-01T12:00:00Z"


def read(folder: Path) -> tuple[list[bytes], bytes]:
    """Entries and lines of contents of a log of fewer than 257 entries."""
    files = TileFiles(folder)
    size = checkpoint.parse(note.split(files.checkpoint())[0]).size
    return files.bundle(0, tile_width(0, 0, size)), files.file(content_path(0))


def write(folder: Path, entries: Sequence[bytes], contents: bytes, signer: note.Signer = LOG) -> bytes:
    """A log with these entries, every tile and root right; gives the checkpoint."""
    for name in ("tile", "content"):
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / "content").mkdir(parents=True)
    files = TileFiles(folder)
    files.append(0, entries, durable=False)
    (folder / content_path(0)).write_bytes(contents)
    head = checkpoint.Checkpoint(origin=ORIGIN, size=len(entries), root=merkle.root(files, len(entries)))
    data = checkpoint.sign(head, [signer])
    (folder / "checkpoint").write_bytes(data)
    return data


def moved(contents: bytes, places: dict[int, int]) -> bytes:
    """Lines of contents whose entries got other numbers; those that got none are left out."""
    rows = [json.loads(line) for line in contents.splitlines()]
    kept = [[places[line[0]], *line[1:]] for line in rows if line[0] in places]
    kept.sort(key=lambda line: (line[0], line[1]))
    return lines(kept)


def lines(rows: Sequence[Sequence[Any]]) -> bytes:
    """A file of contents."""
    return b"".join(json.dumps(row, separators=(",", ":"), ensure_ascii=False).encode() + b"\n" for row in rows)


def publication_of(number: int, *, example: bool = True) -> tuple[bytes, tuple[tuple[bytes, bytes], ...]]:
    """A payload in the name of the paper, and its contents."""
    return publication.make(maker.company(number), publisher="The Invented Paper", dataset="direct", example=example)


def signed(payload: log.Entry, *keys: PrivateKey) -> bytes:
    """An entry."""
    return publication.sign(log.encode(payload), *keys)


def paths(folder: Path, size: int) -> list[Path]:
    """The tile and the bundle of a log of fewer than 256 entries."""
    return [folder / f"tile/0/000.p/{size}", folder / entries_path(0, size)]
