"""The chained log of the exchange: a Merkle tree with a signed checkpoint, in the form of the ledger."""

from __future__ import annotations

from pathlib import Path

from sousveil.ledger import checkpoint, note
from sousveil.ledger.audit import audit_tree
from sousveil.ledger.keys import PrivateKey
from sousveil.ledger.merkle import EMPTY_ROOT, root
from sousveil.ledger.tiles import TileFiles


class Journal:
    """An append-only log in a folder. One process writes it."""

    def __init__(self, folder: Path, name: str, key: PrivateKey, *, new: bool = False) -> None:
        """`new`: begin an empty log. Raises Missing: a log that was lost never begins anew by itself; BadSignature, Malformed."""
        self._files = TileFiles(folder)
        self._signer = note.Signer(name=name, key=key)
        self.size = 0
        if new:
            self._publish(EMPTY_ROOT)
        self.size = checkpoint.open_checkpoint(self._files.checkpoint(), self._signer.verifier).size

    def append(self, entry: bytes) -> None:
        """Add an entry; on the disk, and in a signed checkpoint, on return."""
        self._files.append(self.size, [entry])
        self.size += 1
        self._publish(root(self._files, self.size))
        self._files.prune(self.size - 1, self.size)

    def entries(self) -> list[bytes]:
        """All entries, each checked against the signed checkpoint. Raises Disagreement, BadSignature, Missing, Malformed."""
        head = checkpoint.open_checkpoint(self._files.checkpoint(), self._signer.verifier)
        return [entry for _, entries, _ in audit_tree(self._files, head.size, head.root) for entry in entries]

    def _publish(self, tree_root: bytes) -> None:
        head = checkpoint.Checkpoint(origin=self._signer.name, size=self.size, root=tree_root)
        self._files.write_checkpoint(checkpoint.sign(head, [self._signer]))
