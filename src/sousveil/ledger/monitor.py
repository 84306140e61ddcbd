"""Following a log: whether it only grows, as anyone can see it who does not trust its operator.

A follower keeps the last checkpoint it saw and the compact range of all leaves up to it. Each look reads the newer
entries and goes on hashing where it stopped: a checkpoint whose root is not the root of what was read before plus what
was read now is a rewrite or a fork, and both signed checkpoints together prove it.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sousveil.errors import Malformed, Missing, SousveilError
from sousveil.ledger import atomic, note
from sousveil.ledger.checkpoint import Checkpoint, parse
from sousveil.ledger.disagreement import BadSignature
from sousveil.ledger.merkle import TILE_WIDTH, Range, leaf_hash
from sousveil.ledger.policy import Policy, Verified
from sousveil.ledger.source import LogSource, bundles

OnEntry = Callable[[int, bytes], Iterable["Alarm"]]


class AlarmKind(enum.StrEnum):
    """What a follower can be alarmed by."""

    UNREACHABLE = "unreachable"
    """No checkpoint, or a file that the checkpoint promises is not there."""
    SIGNATURE = "signature"
    """The checkpoint is not signed by the log."""
    ROLLBACK = "rollback"
    """The log has become shorter."""
    FORK = "fork"
    """Two roots for one size."""
    REWRITE = "rewrite"
    """The entries do not lead from the last checkpoint to the new one."""
    QUORUM = "quorum"
    """Fewer witnesses cosigned than the policy asks for."""
    ENTRY = "entry"
    """An entry breaks the rules of the log."""
    KEY = "key"
    """A key was added, changed or revoked."""
    WATCHED = "watched"
    """An entry under a name that is watched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One thing that somebody should look at."""

    kind: AlarmKind
    says: str
    index: int | None = None
    """The entry, where there is one."""
    evidence: tuple[bytes, ...] = ()
    """Signed checkpoints that contradict each other."""

    def __str__(self) -> str:
        return f"{self.kind.value}: {self.says}"


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What a follower remembers."""

    checkpoint: str
    roots: tuple[str, ...]
    """Hex; see `Range`."""


class Follower:
    """Follows one log; remembers in a file."""

    def __init__(self, memory: Path, policy: Policy) -> None:
        self._memory, self._policy = memory, policy
        self._range = Range()
        self._note = b""
        self.last: Checkpoint | None = None
        self._load()

    def look(
        self, source: LogSource, on_entry: OnEntry | None = None, before_keep: Callable[[], None] | None = None
    ) -> list[Alarm]:
        """Reads what is new and gives the alarms; remembers the new checkpoint only where the log only grew.

        `before_keep` runs once it is known that it only grew, before that is remembered.
        """
        data = b""
        try:
            data = source.checkpoint()
            found = self._policy.look(data)
        except Missing as error:
            return [Alarm(kind=AlarmKind.UNREACHABLE, says=error.message)]
        except SousveilError as error:
            return [Alarm(kind=AlarmKind.SIGNATURE, says=error.message, evidence=(data,))]
        head = found.checkpoint
        bad = self._backwards(head, data)
        if bad is not None:
            return [bad]
        grown = self._range.copy()
        alarms: list[Alarm] = []
        try:
            for first, entries in bundles(source, head.size, grown.size // TILE_WIDTH * TILE_WIDTH):
                for index, entry in enumerate(entries[max(0, grown.size - first) :], max(first, grown.size)):
                    grown.append(leaf_hash(entry))
                    alarms += on_entry(index, entry) if on_entry is not None else ()
        except SousveilError as error:
            return [*alarms, Alarm(kind=AlarmKind.UNREACHABLE, says=error.message, index=grown.size)]
        if grown.root() != head.root:
            return [self._rewritten(head, data)]
        if before_keep is not None:
            before_keep()
        self._keep(found, grown, data)
        return [*alarms, *_quorum(found)]

    def _backwards(self, head: Checkpoint, data: bytes) -> Alarm | None:
        last = self.last
        if last is None:
            return None
        if head.origin != last.origin:
            says = f"The checkpoint is of {head.origin}, not of {last.origin}."
            return Alarm(kind=AlarmKind.SIGNATURE, says=says, evidence=(data,))
        if head.size < last.size:
            says = f"The log shows {head.size} entries; {last.size} had been seen."
            return Alarm(kind=AlarmKind.ROLLBACK, says=says, evidence=(self._note, data))
        if head.size == last.size and head.root != last.root:
            says = f"The log shows two roots for {head.size} entries."
            return Alarm(kind=AlarmKind.FORK, says=says, evidence=(self._note, data))
        return None

    def _rewritten(self, head: Checkpoint, data: bytes) -> Alarm:
        before = f"the {self.last.size} entries seen before and " if self.last is not None else ""
        says = f"The checkpoint of {head.size} entries is not what {before}the entries shown now give."
        return Alarm(kind=AlarmKind.REWRITE, says=says, evidence=tuple(filter(None, (self._note, data))))

    def _keep(self, found: Verified, grown: Range, data: bytes) -> None:
        self._range, self._note, self.last = grown, data, found.checkpoint
        seen = Seen(checkpoint=data.decode(), roots=tuple(one.hex() for one in grown.roots))
        atomic.write(self._memory, msgspec.json.encode(seen), mode=0o600)

    def _load(self) -> None:
        try:
            data = self._memory.read_bytes()
        except FileNotFoundError:
            return
        hint = "Remove the file only if you accept to begin anew; what was seen before is then forgotten."
        try:
            seen = msgspec.json.decode(data, type=Seen)
            self._note = seen.checkpoint.encode()
            last = parse(note.split(self._note)[0])
            self._range = Range.restore(last.size, [bytes.fromhex(one) for one in seen.roots])
            self._policy.look(self._note)
        except (msgspec.DecodeError, ValueError, BadSignature) as error:
            raise Malformed(f"The follower's memory cannot be used: {error}", hint=hint) from None
        if self._range.root() != last.root:
            raise Malformed("The follower's memory does not fit its own checkpoint.", hint=hint)
        self.last = last


def _quorum(found: Verified) -> list[Alarm]:
    if found.cosigned.quorum:
        return []
    says = f"Too few witnesses cosigned {found.checkpoint.size} entries. {found.cosigned}"
    return [Alarm(kind=AlarmKind.QUORUM, says=says)]
