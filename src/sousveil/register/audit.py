"""The audit log: who of the staff did what with a privilege, in the form of the public log, in the folder `audit/`.

Each entry is one line of JSON: number, time, size of the public log, account (its pseudonym), role, act, what it was done
to (an id), and its stage. It stands in Merkle tiles under a checkpoint that the register's `keys/audit` signs. An act that
changes something has two lines: one before it is tried, one with what came of it. An act that cannot be written down is not
done. Whoever keeps a checkpoint can prove later that nothing before it was changed or removed, also against somebody who
holds the key.
"""

from __future__ import annotations

import contextlib
import enum
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from sousveil.errors import Malformed, Missing, SousveilError, Usage
from sousveil.ledger import atomic
from sousveil.ledger import checkpoint as checkpoints
from sousveil.ledger.audit import audit_tree
from sousveil.ledger.checkpoint import Checkpoint
from sousveil.ledger.disagreement import Disagreement
from sousveil.ledger.keys import PrivateKey
from sousveil.ledger.merkle import EMPTY_ROOT, HASH_BYTES, TILE_WIDTH, Range, leaf_hash, range_of
from sousveil.ledger.note import Signer, Verifier, parse_vkey
from sousveil.ledger.source import bundles
from sousveil.ledger.tiles import TileFiles
from sousveil.register.folder import Folder
from sousveil.register.store.writing import utc_now

FOLDER = "audit"
KEY = "audit"
PUBLIC_KEY = "vkey"
"""File beside the tiles with the key that verifies them, for copies without keys/."""
OF_MAX = 200
CONSOLE = "console"
"""The account that stands for whoever works on the register's machine itself."""


class Stage(enum.StrEnum):
    """Which line of an act this is."""

    SINGLE = "single"
    """The only one: something was read or taken note of."""
    ATTEMPTED = "attempted"
    """The first of two: written before anything is done."""
    DONE = "done"
    FAILED = "failed"
    """It was refused, or broke off; nothing of it holds."""


OUTCOMES = (Stage.DONE, Stage.FAILED)


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line."""

    n: int
    at: str
    """UTC."""
    log: int
    """Entries that the public log had when this was written."""
    account: str
    role: str
    act: str
    of: str
    """What it was done to: an id, a pseudonym, never a person's name."""
    stage: Stage
    begun: int | None = None
    """Outcomes: the number of the line that the act began with."""


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
        return self.paths.key_file(KEY).exists() or any(self.files.root.glob("[!.]*"))

    def write(
        self,
        act: str,
        account: str,
        role: str,
        of: str = "",
        *,
        stage: Stage = Stage.SINGLE,
        begun: int | None = None,
    ) -> AuditEntry:
        """Write a line, on the disk on return; reads the right edge of the tree only. Raises SousveilError."""
        with self.lock():
            signer = self._signer()
            old = self._newest(signer.verifier)
            grown = self._edge(old)
            entry = AuditEntry(
                n=old.size,
                at=utc_now(),
                log=self._log_size(),
                account=account,
                role=role,
                act=act,
                of=of[:OF_MAX],
                stage=stage,
                begun=begun,
            )
            data = _ENCODER.encode(entry)
            grown.append(leaf_hash(data))
            if (
                not old.size
            ):  # else a process killed before the first checkpoint would look as if somebody had removed it
                self.files.write_checkpoint(checkpoints.sign(old, [signer]))
            self.files.append(old.size, [data])
            new = Checkpoint(origin=self.name, size=old.size + 1, root=grown.root())
            self.files.write_checkpoint(checkpoints.sign(new, [signer]))
            self.files.prune(old.size, new.size)
        return entry

    def attempt(self, act: str, account: str, role: str, of: str = "") -> AuditEntry:
        """The first line of an act. Raises SousveilError; then the act is not to be done."""
        return self.write(act, account, role, of, stage=Stage.ATTEMPTED)

    def close(self, begun: AuditEntry, stage: Stage, of: str = "") -> AuditEntry:
        """The second line: what came of it. `of`: what the act was done to, where only its end tells."""
        return self.write(begun.act, begun.account, begun.role, of or begun.of, stage=stage, begun=begun.n)

    @contextmanager
    def act(self, act: str, account: str, role: str, of: str = "") -> Iterator[AuditEntry]:
        """Both lines around what is done within. A process that is killed within leaves the first alone: `verify` tells."""
        begun = self.attempt(act, account, role, of)
        try:
            yield begun
        except BaseException:
            with contextlib.suppress(SousveilError, OSError):  # what broke off is the error to tell
                self.close(begun, Stage.FAILED)
            raise
        self.close(begun, Stage.DONE)

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
        """Check the whole; gives the number of lines. Raises Disagreement that names the first thing that is wrong.

        `known`: a checkpoint that somebody kept. `vkey`: the key that signs, where it was kept too.
        """
        return sum(1 for _ in self.checked(known, vkey=vkey))

    def checked(self, known: bytes | None = None, *, vkey: str | None = None) -> Iterator[AuditEntry]:
        """The same, line by line; what was given counts only once the end was reached."""
        verifier = parse_vkey(vkey) if vkey is not None else self._verifier()
        if verifier.name != self.name:
            raise Usage(f"The key is of {verifier.name!r}, not of {self.name!r}.")
        kept = checkpoints.open_checkpoint(known, verifier) if known is not None else None
        newest = self._newest(verifier)
        if kept is not None and kept.size > newest.size:
            raise Disagreement(f"The log had {kept.size} acts; now it has {newest.size}: acts were removed.")
        grown = Range()
        for first, entries, leaves in audit_tree(self.files, newest.size, newest.root):
            for at in range(len(entries)):
                grown.append(leaves[at * HASH_BYTES : (at + 1) * HASH_BYTES])
                if kept is not None and first + at + 1 == kept.size and grown.root() != kept.root:
                    raise Disagreement(f"The first {kept.size} acts are not those of the checkpoint that was kept.")
        pairs = Pairs()  # only now: what was edited is named as that
        for first, entries in bundles(self.files, newest.size):
            for at, data in enumerate(entries, first):
                entry = _check(at, data)
                pairs.take(entry)
                yield entry

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

    def _edge(self, old: Checkpoint) -> Range:
        """What a tree of this size goes on from, out of its last tiles. Raises Disagreement where they were changed."""
        changed = Disagreement("The audit log was changed: its tiles do not give the root of its checkpoint.")
        try:
            grown = range_of(self.files, old.size)
            bundle, held = divmod(old.size, TILE_WIDTH)
            leaves = b"".join(map(leaf_hash, self.files.bundle(bundle, held))) if held else b""
            if leaves != (self.files.tile(0, bundle, held) if held else b"") or grown.root() != old.root:
                raise changed
        except (Missing, Malformed):
            raise changed from None
        return grown

    def _log_size(self) -> int:
        """Entries of the public log, as its checkpoint says; its signature is checked by who verifies that log."""
        try:
            return int(TileFiles(self.paths.log).checkpoint().split(b"\n", 2)[1])
        except (Missing, IndexError, ValueError):
            return 0

    def _signer(self) -> Signer:
        path = self.paths.key_file(KEY)
        if not path.exists():
            if any(self.files.root.glob("[!.]*")):
                raise Missing(
                    f"The audit log's key {path.name} is not there.",
                    hint="Put the safe copy back; never make a new one.",
                )
            self.paths.new_key(KEY)
        signer = Signer(name=self.name, key=PrivateKey.load(path))
        if not (self.files.root / PUBLIC_KEY).exists():
            atomic.write(self.files.root / PUBLIC_KEY, signer.verifier.vkey().encode() + b"\n")
        return signer

    def _verifier(self) -> Verifier:
        if not self.there:
            raise Missing("Nothing was written down in an audit log yet.")
        if not self.files.root.exists():
            raise Disagreement("The audit log was removed: its key is there, its folder is not.")
        path = self.paths.key_file(KEY)
        if path.exists():
            return Signer(name=self.name, key=PrivateKey.load(path)).verifier
        return parse_vkey(self.files.file(PUBLIC_KEY, 1_000).decode("utf-8", "replace").strip())

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Nobody else writes within. Raises Disagreement where the audit log was removed."""
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


class Pairs:
    """Whether every outcome belongs to a line before it, and to no other outcome."""

    def __init__(self) -> None:
        self.open: dict[int, AuditEntry] = {}
        """Acts whose outcome was not written."""
        self._log = 0

    def take(self, one: AuditEntry) -> None:
        """The next line. Raises Disagreement."""
        if one.log < self._log:
            raise Disagreement(f"Act {one.n} was written at entry {one.log} of the log, an earlier act at {self._log}.")
        self._log = one.log
        if one.stage is Stage.ATTEMPTED:
            self.open[one.n] = one
        if (one.begun is not None) != (one.stage in OUTCOMES):
            raise Disagreement(f"Act {one.n} is {one.stage}, and does not name what it began with as such acts do.")
        if one.begun is None:
            return
        first = self.open.pop(one.begun, None)
        if first is None or (first.act, first.account, first.role) != (one.act, one.account, one.role):
            raise Disagreement(f"Act {one.n} is the outcome of act {one.begun}, which has none to come.")


def _check(at: int, data: bytes) -> AuditEntry:
    try:
        entry = _DECODER.decode(data)
    except msgspec.DecodeError:
        raise Disagreement(f"Act {at} is not written as acts are.") from None
    if entry.n != at or _ENCODER.encode(entry) != data:
        raise Disagreement(f"Act {at} says that it is act {entry.n}.")
    return entry


def open_audit(folder: Path) -> AuditLog:
    """The audit log of the register in this folder. Raises Missing, Malformed."""
    paths = Folder(folder)
    return AuditLog(paths, paths.config().origin)
