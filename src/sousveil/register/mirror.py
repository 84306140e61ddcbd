"""Keeping a mirror of a register's public files: the log only as it grows, and nothing that the register has erased.

A mirror is a folder with `log/` and `attachments/` as the register has them; any file server can give them out, and
`sousveil register verify` reads it. Each look reads what is new, and takes a checkpoint only where the log has grown out
of what the mirror holds. The signed list of erasures is applied before the checkpoint is replaced: what it names is
deleted here too. What the mirror remembers lies in `mirror/` and is not for the public.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import msgspec

from sousveil.errors import Malformed, Missing
from sousveil.kinds import visible
from sousveil.ledger import atomic, dsse, note
from sousveil.ledger.checkpoint import Checkpoint
from sousveil.ledger.merkle import TILE_WIDTH
from sousveil.ledger.monitor import Alarm, Follower
from sousveil.ledger.policy import Policy, parse_policy
from sousveil.ledger.source import LogSource, Unreachable, open_log
from sousveil.ledger.tiles import TileFiles
from sousveil.register import entries as log
from sousveil.register import publication
from sousveil.register.batch_times import MAX_BYTES, TIMES
from sousveil.register.model import commit
from sousveil.register.static import SUPPRESSION, content_path
from sousveil.register.verify_entries import CONTENT_LIMIT, envelope_of
from sousveil.register.verify_place import open_place, policy_for

CHUNK = 2_048
"""Entries that are written at once."""
_LINE = msgspec.json.Decoder(tuple[int, int, str, str])


class Mirrored(msgspec.Struct, frozen=True, kw_only=True):
    """What one look brought."""

    alarms: tuple[str, ...]
    """Why nothing was taken over, or what somebody should look at."""
    size: int
    """Entries that the mirror holds now."""
    erased: int
    """Statements whose content was deleted here."""


class Mirror:
    """A mirror in a folder."""

    def __init__(self, folder: Path, target: str | Path, *, policy: Policy | None = None) -> None:
        """Without a policy the one kept is taken, at first the log's own word. Raises Missing, Unreachable, Malformed."""
        self.folder = folder
        self.files = TileFiles(folder / "log")
        memory = folder / "mirror"
        for one in (self.files.root, folder / "attachments"):
            one.mkdir(mode=0o755, parents=True, exist_ok=True)
        memory.mkdir(mode=0o700, exist_ok=True)
        self._place = open_place(target)
        kept = memory / "policy"
        if policy is None:
            if kept.is_file():
                policy = parse_policy(kept.read_bytes())
            else:
                policy, _ = policy_for(self._place, self._place.source.checkpoint(), None)
                atomic.write(kept, policy.text().encode())
        self._policy = policy
        self._follower = Follower(memory / "seen", policy)

    @property
    def last(self) -> Checkpoint | None:
        """The checkpoint that the mirror is at."""
        return self._follower.last

    def look(self) -> Mirrored:
        """Take over what is new, and delete what was erased. Raises Unreachable, Malformed."""
        before = self.last.size if self.last else 0
        source = _OneLook(self._place.source)
        copying = _Copying(self, source, before)
        alarms = self._follower.look(source, copying.entry, copying.finish)
        return Mirrored(alarms=tuple(map(str, alarms)), size=self.last.size if self.last else 0, erased=copying.deleted)


class _OneLook:
    """A source whose checkpoint stays the one that was read first: the log may grow while it is copied."""

    def __init__(self, source: LogSource) -> None:
        self._source = source
        self._checkpoint = b""
        self.file, self.tile, self.bundle = source.file, source.tile, source.bundle

    def checkpoint(self) -> bytes:
        self._checkpoint = self._checkpoint or self._source.checkpoint()
        return self._checkpoint


class _Copying:
    """One look."""

    def __init__(self, mirror: Mirror, source: LogSource, before: int) -> None:
        self.mirror, self.before = mirror, before
        self.source = source
        self.files = mirror.files
        self.written = self.size = before
        self.deleted = 0
        self._waiting: list[bytes] = []
        self._attached: set[str] = set()
        self._gone: set[str] = set()

    def entry(self, index: int, entry: bytes) -> Iterator[Alarm]:
        """A new entry: it is written, and counts once the checkpoint is."""
        envelope = envelope_of(self.source, entry)
        if envelope is not entry:
            self._keep(f"envelopes/{sha256(envelope).hexdigest()}", envelope)
        payload = log.decode(dsse.decode(envelope).payload)
        if isinstance(payload, log.Statements):
            self._attached.update(one.sha256 for one in payload.attachments)
        elif isinstance(payload, log.Erase):
            self._gone.update(payload.attachments)
        self._waiting.append(entry)
        self.size = index + 1
        if len(self._waiting) >= CHUNK:
            self._flush()
        return iter(())

    def finish(self) -> None:
        """The log has only grown: contents, files and erasures, then the checkpoint."""
        self._flush()
        fresh = range(self.before // TILE_WIDTH, -(-self.size // TILE_WIDTH)) if self.size > self.before else range(0)
        for bundle in fresh:
            with contextlib.suppress(Missing):
                self._renew(content_path(bundle), self._file(self.source, content_path(bundle), CONTENT_LIMIT))
        self._attachments()
        self._suppress(set(fresh))
        with contextlib.suppress(Missing):
            self._keep(TIMES, self._file(self.source, TIMES, MAX_BYTES))
        self.files.write_checkpoint(self.source.checkpoint())
        self.files.prune(self.before, self.size)

    def _flush(self) -> None:
        if self._waiting:
            self.files.append(self.written, self._waiting)
            self.written += len(self._waiting)
            self._waiting.clear()

    def _attachments(self) -> None:
        folder = self.mirror.folder / "attachments"
        for name in self._gone:
            with contextlib.suppress(FileNotFoundError):
                (folder / _hash(name)).unlink()
        if not self.mirror._place.attachments:
            return
        source = open_log(self.mirror._place.attachments)
        for name in sorted(self._attached - self._gone):
            with contextlib.suppress(Missing):
                data = self._file(source, _hash(name), publication.ATTACHMENT_MAX)
                if sha256(data).hexdigest() != name:
                    raise Malformed(
                        f"The attached file {name} is another one than was signed.", hint="Try another mirror."
                    )
                atomic.write(folder / name, data)

    def _suppress(self, fresh: set[int]) -> None:
        """Delete what the signed list names: in every bundle that was read just now, or of which it names something new."""
        try:
            data = self._file(self.source, SUPPRESSION, CONTENT_LIMIT)
        except Missing:
            return
        listed = self._listed(data)
        with contextlib.suppress(Missing):
            known = self._listed(self.files.file(SUPPRESSION, CONTENT_LIMIT))
            if not known.items() <= listed.items():
                raise Malformed(
                    "The list of erasures has become shorter.",
                    hint="Ask who keeps the register; nothing was taken over.",
                )
            fresh |= {recorded // TILE_WIDTH for id, recorded in listed.items() if id not in known}
            listed = {id: at for id, at in listed.items() if at // TILE_WIDTH in fresh}
        for bundle in sorted({recorded // TILE_WIDTH for recorded in listed.values()}):
            self._delete(bundle, {id for id, recorded in listed.items() if recorded // TILE_WIDTH == bundle})
        self._keep(SUPPRESSION, data)

    def _listed(self, data: bytes) -> dict[str, int]:
        """Statement -> its entry."""
        text, _ = note.open_note(data, [one.verifier for one in self.mirror._policy.logs])
        lines = text.decode().splitlines()
        try:
            found = {id: int(recorded) for id, recorded, _ in map(str.split, lines[3:])}
        except ValueError:
            found = {}
        origins = {one.verifier.name for one in self.mirror._policy.logs}
        if lines[0] not in origins or lines[1:3] != ["suppression", str(len(found))]:
            raise Malformed("The list of erasures cannot be read.", hint="Ask who keeps the register.")
        return found

    def _delete(self, bundle: int, ids: set[str]) -> None:
        path = content_path(bundle)
        try:
            lines = self.files.file(path, CONTENT_LIMIT).splitlines(keepends=True)
        except Missing:
            return
        left = [line for line in lines if _id(path, line) not in ids]
        if len(left) < len(lines):
            self._keep(path, b"".join(left))
            self.deleted += len(lines) - len(left)

    def _renew(self, path: str, data: bytes) -> None:
        """Contents of a bundle that has grown; what was erased meanwhile is not in them any more."""
        with contextlib.suppress(Missing):
            left = set(data.splitlines())
            self.deleted += sum(line not in left for line in self.files.file(path, CONTENT_LIMIT).splitlines())
        self._keep(path, data)

    def _keep(self, path: str, data: bytes) -> None:
        target = self.files.root / path
        target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        atomic.write(target, data)

    @staticmethod
    def _file(source: LogSource, path: str, limit: int) -> bytes:
        """A file of the source. Raises Missing where it is not there; another error where nobody answers."""
        try:
            return source.file(path, limit)
        except Unreachable as error:  # is no proof that the file is not there
            raise Malformed(error.message, hint=error.hint) from None


def _id(path: str, line: bytes) -> str:
    try:
        _, _, salt, text = _LINE.decode(line)
        return commit(bytes.fromhex(salt), text.encode())
    except (msgspec.DecodeError, ValueError):
        raise Malformed(f"A line of {visible(path)} cannot be read.", hint="Try another mirror.") from None


def _hash(name: str) -> str:
    if len(name) != 64 or set(name) - set("0123456789abcdef"):
        raise Malformed("The name of an attached file is no hash.")
    return name
