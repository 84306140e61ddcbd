"""The public log as static files, made out of the database: entries and tiles, contents, the suppression list.

    log/checkpoint            signed note with cosignatures
    log/tile/...              tiles and entry bundles (C2SP tlog-tiles)
    log/envelopes/SHA256      envelopes that are too long for a bundle
    log/content/000.jsonl     salts and contents of the statements of 256 entries (as the bundle of the same number):
                              one line `[entry, ordinal, "salt in hex", "content"]`; erased ones are absent
    log/suppression           signed note: ids of erased statements, for mirrors
    log/times                 when each batch was written, signed (`batch_times`)

Only the holder of the sequencer's lock writes here. Everything can be made again from the database.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

import msgspec

from sousveil.errors import Missing, SousveilError
from sousveil.ledger import atomic, checkpoint, merkle, note
from sousveil.ledger.merkle import TILE_WIDTH
from sousveil.ledger.tiles import TileFiles, entries_path
from sousveil.register import batch_times
from sousveil.register import entries as log
from sousveil.register.refusal import ReadOnly
from sousveil.register.store import Store

SUPPRESSION = "suppression"
_LINE = msgspec.json.Encoder()
CHUNK = 2_048
"""Entries that are brought to the files at once."""


class Restored(SousveilError):
    """The database is older than what was published: it was restored from a backup. Nothing may be signed."""


class Unwitnessed(Restored):
    """No witness that cosigned before confirms that this is no old backup. Nothing was signed, and nothing kept."""


def content_path(bundle: int) -> str:
    """Where the contents of the entries of this bundle lie."""
    return entries_path(bundle).replace("tile/entries/", "content/", 1) + ".jsonl"


class StaticFiles:
    """The files of one log."""

    def __init__(
        self, store: Store, root: Path, attachments: Path, verifier: note.Verifier, signer: note.Signer | None
    ) -> None:
        """`signer`: None where the log is only read."""
        self.store, self.root, self.attachments_folder = store, root, attachments
        self.verifier, self._signer = verifier, signer
        self.log = TileFiles(root)

    @property
    def signer(self) -> note.Signer:
        """Who signs checkpoints. Raises ReadOnly."""
        if self._signer is None:
            raise ReadOnly()
        return self._signer

    def published(self) -> checkpoint.Checkpoint | None:
        """The newest checkpoint on the disk."""
        try:
            data = self.log.checkpoint()
        except Missing:
            return None
        return checkpoint.open_checkpoint(data, self.verifier)

    def catch_up(self) -> None:
        """Bring the files to where the database is, after a crash. Raises Restored."""
        have, tree = self.published(), self.store.tree()
        size = have.size if have else 0
        if size > tree.size:
            raise Restored(
                f"The database holds {tree.size} entries, but a checkpoint over {size} was published: this looks like a "
                "restored backup. Nothing is signed, because the log would fork.",
                hint="Say `sousveil register repair`: it brings the missing entries from log/ into the database. See the guide "
                "“Run a register”, section “After a restore”.",
            )
        if have is not None and size == tree.size and have.root != tree.root:
            raise Restored(
                f"The database and the published checkpoint disagree about the first {size} entries: this looks like a "
                "database of another history. Nothing is signed.",
                hint="Restore the database that belongs to this folder.",
            )
        if size < tree.size:
            self.write(size, tree.size, again=True)

    def write(self, first: int, last: int, *, again: bool = False) -> None:
        """Files for the entries from `first` to `last`, then the checkpoint. `again`: what lies there may be half-written."""
        tree = self.store.tree()
        times: list[tuple[int, str]] = []
        for at in range(first, last, CHUNK):
            times += self._entries(at, min(at + CHUNK, last))
        self._contents(first, last, again=again)
        self._erasures(first, last)
        if merkle.root(self.log, tree.size) != tree.root:
            raise Restored(
                "The files of the log and the database disagree. Nothing is signed.",
                hint="Restore log/ and the database from the same backup, or log/ from a mirror.",
            )
        batch_times.append(self.root / batch_times.TIMES, times, self.signer)
        head = checkpoint.Checkpoint(origin=self.signer.name, size=tree.size, root=tree.root)
        self.log.write_checkpoint(checkpoint.sign(head, [self.signer]))
        self.log.prune(first, last)

    def _entries(self, first: int, last: int) -> list[tuple[int, str]]:
        """Tiles and bundles; returns index and time of each entry."""
        leaves, times = [], []
        for entry in self.store.entries(first, last):
            leaf = log.log_entry(entry.envelope)
            if leaf is not entry.envelope:
                folder = self.root / "envelopes"
                folder.mkdir(mode=0o755, exist_ok=True)
                atomic.write(folder / hashlib.sha256(entry.envelope).hexdigest(), entry.envelope)
            leaves.append(leaf)
            times.append((entry.index, entry.recorded_at))
        self.log.append(first, leaves)
        return times

    def _contents(self, first: int, last: int, *, again: bool) -> None:
        start = first - first % TILE_WIDTH if again else first
        for bundle, lines in self._lines(start, last):
            path = self.root / content_path(bundle)
            path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            if again or bundle * TILE_WIDTH >= first:
                atomic.write(path, b"".join(lines))
                continue
            new = not path.exists()
            with path.open("ab") as file:
                file.writelines(lines)
                file.flush()
                os.fsync(file.fileno())
            if new:
                atomic.sync_folder(path.parent)

    def _lines(self, first: int, last: int) -> Iterator[tuple[int, list[bytes]]]:
        rows = self.store.contents(first, last)
        for bundle, group in groupby(rows, lambda row: row[0] // TILE_WIDTH):
            yield (
                bundle,
                [
                    _LINE.encode((entry, ordinal, salt.hex(), content.decode())) + b"\n"
                    for entry, ordinal, salt, content in group
                ],
            )

    def _erasures(self, first: int, last: int) -> None:
        bundles: set[int] = set()
        files: set[str] = set()
        there = False
        for entry in self.store.entries(first, last, kinds=("erase",)):
            payload = self.store.payload(entry)
            if isinstance(payload, log.Erase):
                there = True
                files |= set(payload.attachments)
                rows = self.store.db.query("SELECT DISTINCT entry FROM erased WHERE idx = ?", (entry.index,))
                bundles |= {row[0] // TILE_WIDTH for row in rows}
        for bundle in sorted(bundles):
            self.rewrite(bundle, last)
        for name in files:
            with contextlib.suppress(FileNotFoundError):
                (self.attachments_folder / name).unlink()
        if there:
            atomic.write(self.root / SUPPRESSION, self.suppression())

    def rewrite(self, bundle: int, size: int) -> None:
        """The contents of one bundle, made anew."""
        path = self.root / content_path(bundle)
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        first = bundle * TILE_WIDTH
        parts: Iterable[list[bytes]] = (lines for _, lines in self._lines(first, min(first + TILE_WIDTH, size)))
        atomic.write(path, b"".join(line for lines in parts for line in lines))

    def suppression(self) -> bytes:
        """The signed list of erased statements: a note of origin, `suppression`, how many, and a line for each."""
        lines = [f"{one.id} {one.recorded} {one.index}" for one in self.store.erased_ids()]
        text = "\n".join([self.signer.name, "suppression", str(len(lines)), *lines]) + "\n"
        return note.sign(text.encode(), [self.signer])
