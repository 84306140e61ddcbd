"""The chained logs of an investigation: a Merkle tree with a signed checkpoint, in the form of the ledger."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from sousveil.errors import Malformed, Missing, Usage
from sousveil.kinds import visible
from sousveil.ledger import checkpoint, note
from sousveil.ledger.audit import audit_tree
from sousveil.ledger.checkpoint import Checkpoint
from sousveil.ledger.disagreement import Disagreement
from sousveil.ledger.keys import PrivateKey
from sousveil.ledger.merkle import EMPTY_ROOT, TILE_WIDTH, Range, leaf_hash, root
from sousveil.ledger.tiles import TileFiles, entries_path, tile_path
from sousveil.texts import t

_NOTED = re.compile(r"(\d{1,18}):([0-9a-f]{64})")


class Journal:
    """An append-only log in a private folder. One process writes it."""

    def __init__(self, folder: Path, name: str, key: PrivateKey, *, new: bool = False) -> None:
        """`new`: begin an empty log. Raises Missing: a log that was lost never begins anew by itself; BadSignature, Malformed."""
        self.folder = folder
        self._files = TileFiles(folder, mode=0o600)
        self._signer = note.Signer(name=name, key=key)
        if new:
            self._publish(Checkpoint(origin=name, size=0, root=EMPTY_ROOT))
        self.head = checkpoint.open_checkpoint(self._files.checkpoint(), self.verifier)

    @property
    def size(self) -> int:
        """How many entries it has."""
        return self.head.size

    @property
    def verifier(self) -> note.Verifier:
        """What checks the signatures of the checkpoints."""
        return self._signer.verifier

    def entries(self) -> list[bytes]:
        """All entries. Raises as `read_log`."""
        return read_log(self.folder, self.verifier)[1]

    def append(self, entry: bytes) -> None:
        """Add an entry; on the disk, and in a signed checkpoint, on return."""
        size = self.head.size + 1
        self._files.append(size - 1, [entry])
        self._publish(Checkpoint(origin=self._signer.name, size=size, root=root(self._files, size)))
        self._files.prune(size - 1, size)
        index, width = divmod(size - 2, TILE_WIDTH)
        if size > 2 and width:
            # The last but one stays for a reader with its checkpoint. All together would take the square of the log's size.
            for path in (tile_path(0, index, width), entries_path(index, width)):
                (self.folder / path).unlink(missing_ok=True)

    def _publish(self, head: Checkpoint) -> None:
        self._files.write_checkpoint(checkpoint.sign(head, [self._signer]))
        self.head = head


def noted(head: Checkpoint) -> str:
    """Size and root of a log as a person notes them for the next check."""
    return f"{head.size}:{head.root.hex()}"


def root_of(entries: Iterable[bytes]) -> bytes:
    """The root of a log of these entries."""
    tree = Range()
    for entry in entries:
        tree.append(leaf_hash(entry))
    return tree.root()


def read_log(folder: Path, verifier: note.Verifier, seen: str = "") -> tuple[Checkpoint, list[bytes]]:
    """The newest checkpoint of a log, and all entries, each checked against it.

    `seen`: size and root that a person noted before (`noted`), or the path of a checkpoint that a person kept. Raises Disagreement (also
    for a log that was cut, or an older copy), BadSignature, Missing, Malformed, Usage.
    """
    files = TileFiles(folder)
    before = _seen(seen, verifier) if seen else None
    head = checkpoint.open_checkpoint(files.checkpoint(), verifier)
    if before is not None and head.size < before.size:
        raise Disagreement(t("error.journal.shorter", size=head.size, seen=before.size), hint=t("error.journal.hint"))
    try:
        entries = [entry for _, some, _ in audit_tree(files, head.size, head.root) for entry in some]
    except (Disagreement, Malformed, Missing) as error:
        raise Disagreement(t("error.journal.changed", reason=error.message), hint=t("error.journal.hint")) from None
    if before is not None and root_of(entries[: before.size]) != before.root:
        raise Disagreement(t("error.journal.other", seen=before.size), hint=t("error.journal.hint"))
    return head, entries


def _seen(seen: str, verifier: note.Verifier) -> Checkpoint:
    """What a person noted or kept of a log. Raises Usage, BadSignature, Malformed."""
    if match := _NOTED.fullmatch(seen):
        return Checkpoint(origin=verifier.name, size=int(match[1]), root=bytes.fromhex(match[2]))
    try:
        return checkpoint.open_checkpoint(Path(seen).read_bytes()[: note.MAX_BYTES + 1], verifier)
    except (OSError, ValueError) as error:
        raise Usage(t("error.journal.seen", text=visible(seen, 80)), hint=t("error.journal.seen_hint")) from error


__all__ = ["Journal", "noted", "read_log", "root_of"]
