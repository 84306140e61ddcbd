"""Trust policies (C2SP tlog-policy): which logs, which witnesses, and how many of them must have cosigned.

A policy file has lines `log VKEY [URL]`, `witness NAME VKEY [URL]`, `group NAME all|any|K MEMBER...` and one
`quorum NAME`. How many witnesses are *independent* is told by a convention of ours that every other reader of such
files understands as plain groups: a group named `org:NAME` holds the witnesses of one organisation, the group
`org:operator` those that the log's own operator runs. A witness in no such group is an organisation of its own, unless
its key has the log's name or begins with it (`example.org/log` and `example.org/log/witness`), or is the log's key:
then it is the operator's. Witnesses of the operator never count as independent, however many there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sousveil.errors import LimitExceeded, Malformed
from sousveil.ledger import note
from sousveil.ledger.checkpoint import Checkpoint, parse
from sousveil.ledger.disagreement import BadSignature, Disagreement

MAX_LINES = 1_000
ORGANISATION = "org:"
OPERATOR = "org:operator"
NONE = "none"
COULD_REWRITE = "The operator could still rewrite this log: no independent witness cosigned."


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A log or a witness of a policy."""

    verifier: note.Verifier
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """At least `least` of the members."""

    least: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosigned:
    """Who cosigned a checkpoint, as a policy sees it."""

    witnesses: tuple[str, ...]
    """Names in the policy, sorted."""
    organisations: tuple[str, ...]
    """The independent organisations among them, sorted."""
    times: Mapping[str, int]
    """Name of the witness -> seconds since 1970."""
    quorum: bool
    """Whether the policy's quorum is reached."""

    @property
    def independent(self) -> int:
        """How many independent organisations cosigned."""
        return len(self.organisations)

    def __str__(self) -> str:
        if not self.independent:
            return COULD_REWRITE
        noun = "witness" if self.independent == 1 else "witnesses"
        fewer = "" if self.quorum else " The policy asks for more."
        return f"{self.independent} independent {noun} cosigned: {', '.join(self.organisations)}.{fewer}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A checkpoint that holds under a policy."""

    checkpoint: Checkpoint
    log: note.Verifier
    cosigned: Cosigned


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a policy file says."""

    logs: tuple[Known, ...]
    witnesses: Mapping[str, Known]
    groups: Mapping[str, Group]
    quorum: str

    def check(self, data: bytes) -> Verified:
        """The checkpoint in this note, signed by a log of the policy, and who cosigned it.

        Raises Malformed, BadSignature; Disagreement where the quorum is not reached.
        """
        found = self.look(data)
        if not found.cosigned.quorum:
            raise Disagreement(
                f"Too few witnesses cosigned this checkpoint: {len(found.cosigned.witnesses)} "
                f"({', '.join(found.cosigned.witnesses) or 'none'}); the quorum {self.quorum!r} is not reached."
            )
        return found

    def look(self, data: bytes) -> Verified:
        """As `check`, but a quorum that is not reached is only said."""
        verifiers = [one.verifier for one in (*self.logs, *self.witnesses.values())]
        text, signatures = note.open_note(data, verifiers)
        checkpoint = parse(text)
        signed = {(one.name, one.key_id): one for one in signatures}
        for log in self.logs:
            verifier = log.verifier
            if (verifier.name, verifier.key_id) in signed and verifier.name == checkpoint.origin:
                break
        else:
            raise BadSignature(f"No log of the policy signed this checkpoint of {checkpoint.origin!r}.")
        times: dict[str, int] = {}
        for name, witness in self.witnesses.items():
            one = signed.get((witness.verifier.name, witness.verifier.key_id))
            if one is not None:
                times[name] = one.timestamp or 0
        organisations = {self.organisation(name, verifier) for name in times} - {None}
        return Verified(
            checkpoint=checkpoint,
            log=verifier,
            cosigned=Cosigned(
                witnesses=tuple(sorted(times)),
                organisations=tuple(sorted(o for o in organisations if o is not None)),
                times=dict(sorted(times.items())),
                quorum=self.reached(times),
            ),
        )

    def reached(self, cosigned: Iterable[str]) -> bool:
        """Whether these witnesses (names in the policy) make up the quorum."""
        if self.quorum == NONE:
            return True
        have = set(cosigned)
        held: dict[str, bool] = {name: name in have for name in self.witnesses}
        for name, group in self.groups.items():  # in the order of the file: members come before their group
            held[name] = sum(held[member] for member in group.members) >= group.least
        return held[self.quorum]

    def organisation(self, witness: str, log: note.Verifier) -> str | None:
        """Whose witness this is; None where it is run by the operator of that log."""
        verifier = self.witnesses[witness].verifier
        own = verifier.name == log.name or verifier.name.startswith(log.name + "/")
        if own or verifier.public == log.public:
            return None
        for name, group in self.groups.items():
            if name.startswith(ORGANISATION) and witness in self._below(group):
                return None if name == OPERATOR else name.removeprefix(ORGANISATION)
        return witness

    def _below(self, group: Group) -> set[str]:
        found: set[str] = set()
        for member in group.members:
            found |= self._below(self.groups[member]) if member in self.groups else {member}
        return found

    def text(self) -> str:
        """The policy as a file, in one form."""
        lines = [" ".join(filter(None, ("log", one.verifier.vkey(), one.url))) for one in self.logs]
        lines += [
            " ".join(filter(None, ("witness", name, one.verifier.vkey(), one.url)))
            for name, one in self.witnesses.items()
        ]
        lines += [f"group {name} {one.least} {' '.join(one.members)}" for name, one in self.groups.items()]
        return "".join(line + "\n" for line in [*lines, f"quorum {self.quorum}"])


def only_log(log: note.Verifier) -> Policy:
    """The policy of somebody who knows the log's key and no witness."""
    return Policy(logs=(Known(verifier=log),), witnesses={}, groups={}, quorum=NONE)


def parse_policy(data: bytes) -> Policy:
    """The policy in a file. Raises Malformed with the number of the line, LimitExceeded."""
    if any((byte < 0x20 and byte not in (0x09, 0x0A)) or byte == 0x7F for byte in data):
        raise Malformed("This policy holds control characters.")
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    if len(lines) > MAX_LINES:
        raise LimitExceeded(f"A policy has at most {MAX_LINES:,} lines.")
    reading = _Reading()
    for number, line in enumerate(lines, 1):
        words = line.replace("\t", " ").split(" ")
        words = [word for word in words if word]
        if not words or words[0].startswith("#"):
            continue
        try:
            reading.line(words)
        except Malformed as error:
            raise Malformed(f"Line {number} of this policy: {error.message}", hint=error.hint) from None
    return reading.done()


class _Reading:
    """What was read so far."""

    def __init__(self) -> None:
        self.logs: list[Known] = []
        self.witnesses: dict[str, Known] = {}
        self.groups: dict[str, Group] = {}
        self.grouped: set[str] = set()
        self.quorum: str | None = None

    def line(self, words: list[str]) -> None:
        kind, rest = words[0], words[1:]
        if kind == "log" and len(rest) in (1, 2):
            self.logs.append(self._known(rest, note.ED25519, self.logs))
        elif kind == "witness" and len(rest) in (2, 3):
            self._new(rest[0])
            self.witnesses[rest[0]] = self._known(rest[1:], note.COSIGNATURE, self.witnesses.values())
        elif kind == "group" and len(rest) >= 3:
            self._group(rest[0], rest[1], rest[2:])
        elif kind == "quorum" and len(rest) == 1:
            if self.quorum is not None:
                raise Malformed("There is a second quorum.")
            if rest[0] != NONE:
                self._defined(rest[0])
            self.quorum = rest[0]
        else:
            raise Malformed("It is none of log, witness, group, quorum with their parts.")

    def done(self) -> Policy:
        if self.quorum is None:
            raise Malformed("This policy names no quorum.", hint="Add a line `quorum NAME`, or `quorum none`.")
        return Policy(logs=tuple(self.logs), witnesses=self.witnesses, groups=self.groups, quorum=self.quorum)

    def _known(self, words: list[str], algorithm: int, have: Iterable[Known]) -> Known:
        try:
            verifier = note.parse_vkey(words[0])
        except UnicodeEncodeError:
            raise Malformed("The verifier key is not UTF-8.") from None
        if verifier.algorithm != algorithm:
            raise Malformed(f"The verifier key is of type 0x{verifier.algorithm:02x}, not 0x{algorithm:02x}.")
        if any(one.verifier.public == verifier.public for one in have):
            raise Malformed("The same key stands there already.")
        return Known(verifier=verifier, url=words[1] if len(words) > 1 else None)

    def _group(self, name: str, least: str, members: list[str]) -> None:
        self._new(name)
        for member in members:
            self._defined(member)
            if member in self.grouped:
                raise Malformed(f"{member} is in a group already.")
            self.grouped.add(member)
        count = {"any": 1, "all": len(members)}.get(least)
        if count is None:
            count = note.decimal(least.encode("utf-8", "replace"), "number of a group")
        if not 1 <= count <= len(members):
            raise Malformed(f"A group of {len(members)} cannot ask for {count}.")
        self.groups[name] = Group(least=count, members=tuple(members))

    def _new(self, name: str) -> None:
        if name == NONE or name in self.witnesses or name in self.groups:
            raise Malformed(f"The name {name} is taken.")

    def _defined(self, name: str) -> None:
        if name not in self.witnesses and name not in self.groups:
            raise Malformed(f"{name} is not defined above.")
