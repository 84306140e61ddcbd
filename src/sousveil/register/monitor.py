"""Following a register: alarms for whoever is named in it, or does not trust whoever runs it.

A monitor keeps a folder: the last checkpoint it saw with the hashes needed to go on (`seen`), the entries about keys so
far (`keys`), the policy it goes by (`policy`), and signed checkpoints that contradict each other (`evidence`). The first
look reads the whole log and reports invalid entries only; each later look also reports every key that was added, changed
or revoked, and every entry under a watched name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import msgspec

from sousveil.errors import Malformed, SousveilError
from sousveil.kinds import visible
from sousveil.ledger import atomic
from sousveil.ledger.checkpoint import Checkpoint
from sousveil.ledger.monitor import Alarm, AlarmKind, Follower
from sousveil.ledger.policy import Policy, parse_policy
from sousveil.ledger.source import LogSource, Unreachable
from sousveil.register import entries as log
from sousveil.register import publication, publication_rules, review
from sousveil.register.codes import Verdict
from sousveil.register.keyring import Keyring
from sousveil.register.verify_entries import envelope_of
from sousveil.register.verify_place import open_place, policy_for


class _Known(msgspec.Struct, frozen=True, kw_only=True):
    """What must be remembered of entries."""

    keys: tuple[tuple[int, bytes], ...] = ()
    """Index and envelope of each entry about keys."""
    reviews: tuple[tuple[int, str, str], ...] = ()
    """Entry, publication and reviewer of each review that lets publish."""


class Monitor:
    """Follows one register."""

    def __init__(
        self, folder: Path, target: str | Path, *, policy: Policy | None = None, watch: Sequence[str] = ()
    ) -> None:
        """`watch`: names of publishers. Without a policy the one kept is taken, at first the log's own word.

        Raises Missing, Unreachable, Malformed.
        """
        self._place = open_place(target)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._watch = {one.casefold() for one in watch}
        self._evidence = folder / "evidence"
        self._known_file = folder / "keys"
        kept = folder / "policy"
        self.key_from_log = False
        """Nobody but the log itself has said which key is the right one: this is the first look, without a policy."""
        if policy is None:
            if kept.is_file():
                policy = parse_policy(kept.read_bytes())
            else:
                policy, self.key_from_log = policy_for(self._place, self._place.source.checkpoint(), None)
                atomic.write(kept, policy.text().encode())
        self._follower = Follower(folder / "seen", policy)
        self._known = self._load()
        self._ring = Keyring()
        for index, envelope in self._known.keys:
            opened = publication.open_envelope(envelope, self._ring)
            self._ring.apply(index, opened.payload, opened.signers)

    @property
    def last(self) -> Checkpoint | None:
        """The last checkpoint that only grew."""
        return self._follower.last

    def look(self) -> list[Alarm]:
        """What is new since the last look."""
        reading = _Reading(self._place.source, self._ring.copy(), self._known, self._watch, self.last is None)

        def keep() -> None:
            if reading.known() == self._known and self._known_file.exists():
                return
            atomic.write(self._known_file, msgspec.json.encode(reading.known()), mode=0o600)

        alarms = self._follower.look(self._place.source, reading.entry, keep)
        if self.last is not None and reading.kept(self.last.size):
            self._ring, self._known = reading.ring, reading.known()
        return alarms

    def keep(self, alarm: Alarm) -> list[Path]:
        """Write the signed checkpoints that an alarm rests on into the folder; gives the files, the older one first."""
        kept = []
        for data in filter(None, alarm.evidence):
            path = self._evidence / f"{alarm.kind.value}-{sha256(data).hexdigest()[:16]}.checkpoint"
            self._evidence.mkdir(mode=0o700, exist_ok=True)
            if not path.exists():
                atomic.write(path, data, mode=0o600)
            kept.append(path)
        return kept

    def _load(self) -> _Known:
        try:
            known = msgspec.json.decode(self._known_file.read_bytes(), type=_Known)
        except FileNotFoundError:
            if self.last is not None:
                raise Malformed("The monitor's memory of keys is gone.", hint="Begin anew in another folder.") from None
            return _Known()
        except msgspec.DecodeError as error:
            raise Malformed(f"The monitor's memory of keys cannot be read: {error}.") from None
        size = self.last.size if self.last is not None else 0
        return _Known(  # what was read of a look that did not come to its end is read again
            keys=tuple(one for one in known.keys if one[0] < size),
            reviews=tuple(one for one in known.reviews if one[0] < size),
        )


class _Reading:
    """The entries of one look."""

    def __init__(self, source: LogSource, ring: Keyring, known: _Known, watch: set[str], first: bool) -> None:
        self.ring = ring
        self._source, self._watch, self._first = source, watch, first
        self._keys, self._reviews = list(known.keys), list(known.reviews)
        self._example: bool | None = None
        self._last = -1
        for _, envelope in known.keys[:1]:
            genesis = publication.open_envelope(envelope, ring).payload
            self._example = genesis.example if isinstance(genesis, log.Genesis) else None

    def known(self) -> _Known:
        return _Known(keys=tuple(self._keys), reviews=tuple(self._reviews))

    def kept(self, size: int) -> bool:
        """Whether everything that was read counts."""
        return self._last < size

    def entry(self, index: int, entry: bytes) -> Iterator[Alarm]:
        self._last = index
        try:
            envelope = envelope_of(self._source, entry)
            opened = publication.open_envelope(envelope, self.ring)
            payload = opened.payload
            if log.kind_of(payload) in log.KEY_KINDS:
                state = self.ring.apply(index, payload, opened.signers)
                self._keys.append((index, envelope))
                if isinstance(payload, log.Genesis):
                    self._example = payload.example
                elif not self._first:
                    says = f"Entry {index}: {self._key_says(payload)}; signed in the name of {visible(state.owner)}."
                    yield Alarm(kind=AlarmKind.KEY, says=says, index=index)
                owner = state.owner
            else:
                owner = self.ring.check(index, payload, opened.signers).owner
                self._rules(index, payload, owner, opened.payload_sha256)
        except Unreachable:
            raise
        except SousveilError as error:
            yield Alarm(kind=AlarmKind.ENTRY, says=f"Entry {index}: {error.message}", index=index)
            return
        if not self._first and owner.casefold() in self._watch:
            says = f"Entry {index}: {log.kind_of(payload)} in the name of {visible(owner)}."
            yield Alarm(kind=AlarmKind.WATCHED, says=says, index=index)

    def _key_says(self, payload: log.Payload) -> str:
        """What was done to whose key."""
        match payload:
            case log.KeyAdd():
                name = f" (domain {visible(payload.domain)})" if payload.domain else ""
                return f"a {payload.role} key was added for {visible(payload.owner)}{name}"
            case log.KeyRotate():
                return f"a key of {self._owner(payload.key)} was replaced"
            case log.KeyRevoke():
                since = payload.compromised_since
                doubtful = f", what it signed since entry {since} is doubtful" if since is not None else ""
                return f"a key of {self._owner(payload.key)} was revoked ({payload.reason}){doubtful}"
            case log.Voucher():
                return f"somebody vouched for a key of {self._owner(payload.key)}"
            case log.DomainProof():
                return f"{visible(payload.domain)} was said to name a key of {self._owner(payload.key)}"
            case _:
                return log.kind_of(payload)

    def _owner(self, key: str) -> str:
        state = self.ring.find(key)
        return visible(state.owner) if state is not None else "nobody known"

    def _rules(self, index: int, payload: log.Payload, owner: str, sha256: bytes) -> None:
        if isinstance(payload, log.Review):
            review.check_review(payload)
            if payload.verdict is Verdict.PUBLISH:
                self._reviews.append((index, payload.publication, owner))
        elif isinstance(payload, log.Statements):
            if payload.publisher != owner:
                raise Malformed(f"The key belongs to {visible(owner)}, not to {visible(payload.publisher)}.")
            if payload.example is not self._example:
                raise Malformed("An invented publication in a real register, or a real one among invented ones.")
            if publication_rules.needs_review(payload):
                by = {name for _, told, name in self._reviews if told == sha256.hex()} - {owner}
                if len(by) < review.REVIEWERS:
                    raise Malformed(
                        f"It was published after {len(by)} reviews by others; {review.REVIEWERS} are needed."
                    )
                self._reviews = [one for one in self._reviews if one[1] != sha256.hex()]
