"""The audit log: who of the staff did what with a privilege, in the form of the public log, in the folder `audit/`.

Each entry is one line of JSON: number, time, account (its pseudonym), role, act, and what it was done to (an id). It
stands in Merkle tiles under a checkpoint that the register's `keys/audit` signs. An act that cannot be written down is
not done. Whoever keeps a checkpoint can prove later that nothing before it was changed or removed, also against somebody
who holds the key.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from sousveil.errors import Missing, Usage
from sousveil.ledger import checkpoint as checkpoints
from sousveil.ledger.audit import audit_tree
from sousveil.ledger.checkpoint import Checkpoint
from sousveil.ledger.disagreement import Disagreement
from sousveil.ledger.keys import PrivateKey
from sousveil.ledger.merkle import EMPTY_ROOT, Range, leaf_hash
from sousveil.ledger.note import Signer, Verifier, parse_vkey
from sousveil.ledger.source import bundles
from sousveil.ledger.tiles import TileFiles
from sousveil.register.folder import Folder
from sousveil.register.store.writing import utc_now

FOLDER = "audit"
KEY = "audit"
CONSOLE = "console"
"""The account that stands for whoever works on the register's machine itself."""


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One act."""

    n: int
    at: str
    """UTC."""
    account: str
    role: str
    act: str
    of: str
    """What it was done to: an id, a pseudonym, never a person's name."""


_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODER = msgspec.json.Decoder(AuditEntry)


class AuditLog:
    """The audit log of one register. May be used from many threads and processes at once."""

    def __init__(self, paths: Folder, origin: str) -> None:
        self.paths = paths
        self.name = f"{origin}/audit"
        self.files = TileFiles(paths.root / FOLDER)

    @property
    def there(self) -> bool:
        """Whether anything was written down yet, or was and is gone: the key stays."""
        return self.paths.key_file(KEY).exists() or self.files.root.exists()

    def write(self, act: str, account: str, role: str, of: str = "") -> AuditEntry:
        """Write an act down, on the disk on return. Raises SousveilError; then the act is not to be done."""
        with self._lock():
            signer = self._signer()
            old = self._newest(signer.verifier)
            entry = AuditEntry(n=old.size, at=utc_now(), account=account, role=role, act=act, of=of[:200])
            data = _ENCODER.encode(entry)
            grown = Range()
            for one in self._entries(old.size):
                grown.append(leaf_hash(one))
            if (grown.root() if old.size else EMPTY_ROOT) != old.root:
                raise Disagreement("The audit log was changed: its entries do not give the root of its checkpoint.")
            grown.append(leaf_hash(data))
            self.files.append(old.size, [data])
            new = Checkpoint(origin=self.name, size=old.size + 1, root=grown.root())
            self.files.write_checkpoint(checkpoints.sign(new, [signer]))
            self.files.prune(old.size, new.size)
        return entry

    def read(self, *, limit: int = 200) -> list[AuditEntry]:
        """The newest acts, newest first."""
        if not self.there:
            return []
        size = self._newest(self._verifier()).size
        return [
            _DECODER.decode(self.files.entry(index, size)) for index in range(size - 1, max(-1, size - 1 - limit), -1)
        ]

    def checkpoint(self) -> str:
        """The newest checkpoint, a signed note; empty where nothing was written down."""
        try:
            return self.files.checkpoint().decode("utf-8", "replace")
        except Missing:
            return ""

    def verify(self, known: bytes | None = None, *, vkey: str | None = None) -> int:
        """Check the whole; gives the number of acts. Raises Disagreement that names the first thing that is wrong.

        `known`: a checkpoint that somebody kept. `vkey`: the key that signs, where it was kept too.
        """
        verifier = parse_vkey(vkey) if vkey is not None else self._verifier()
        if verifier.name != self.name:
            raise Usage(f"The key is of {verifier.name!r}, not of {self.name!r}.")
        kept = checkpoints.open_checkpoint(known, verifier) if known is not None else None
        newest = self._newest(verifier)
        if kept is not None and kept.size > newest.size:
            raise Disagreement(f"The log had {kept.size} acts; now it has {newest.size}: acts were removed.")
        grown = Range()
        for first, entries, _ in audit_tree(self.files, newest.size, newest.root):
            for at, data in enumerate(entries, first):
                _check(at, data)
                grown.append(leaf_hash(data))
                if kept is not None and at + 1 == kept.size and grown.root() != kept.root:
                    raise Disagreement(f"The first {kept.size} acts are not those of the checkpoint that was kept.")
        return newest.size

    def vkey(self) -> str:
        """The key that signs, in the form of signed notes."""
        return self._verifier().vkey()

    def _newest(self, verifier: Verifier) -> Checkpoint:
        try:
            data = self.files.checkpoint()
        except Missing:
            if (self.files.root / "tile").exists():
                raise Disagreement("The audit log's checkpoint was removed.") from None
            return Checkpoint(origin=self.name, size=0, root=EMPTY_ROOT)
        return checkpoints.open_checkpoint(data, verifier)

    def _entries(self, size: int) -> Iterator[bytes]:
        for _, entries in bundles(self.files, size):
            yield from entries

    def _signer(self) -> Signer:
        path = self.paths.key_file(KEY)
        if not path.exists():
            if self.files.root.exists() and any(self.files.root.glob("[!.]*")):
                raise Missing(
                    f"The audit log's key {path.name} is not there.",
                    hint="Put the safe copy back; never make a new one.",
                )
            return Signer(name=self.name, key=self.paths.new_key(KEY))
        return Signer(name=self.name, key=PrivateKey.load(path))

    def _verifier(self) -> Verifier:
        if not self.there:
            raise Missing("Nothing was written down in an audit log yet.")
        if not self.files.root.exists():
            raise Disagreement("The audit log was removed: its key is there, its folder is not.")
        return Signer(name=self.name, key=PrivateKey.load(self.paths.key_file(KEY))).verifier

    @contextmanager
    def _lock(self) -> Iterator[None]:
        gone = self.paths.key_file(KEY).exists() and not self.files.root.exists()
        if gone:
            raise Disagreement("The audit log was removed: its key is there, its folder is not.")
        self.files.root.mkdir(mode=0o755, exist_ok=True)
        descriptor = os.open(self.files.root / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _check(at: int, data: bytes) -> None:
    try:
        entry = _DECODER.decode(data)
    except msgspec.DecodeError:
        raise Disagreement(f"Act {at} is not written as acts are.") from None
    if entry.n != at or _ENCODER.encode(entry) != data:
        raise Disagreement(f"Act {at} says that it is act {entry.n}.")


def open_audit(folder: Path) -> AuditLog:
    """The audit log of the register in this folder. Raises Missing, Malformed."""
    paths = Folder(folder)
    return AuditLog(paths, paths.config().origin)
