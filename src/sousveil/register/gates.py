"""The gate of a register: further checks of a publication, from packages above this one.

The register knows what a statement is, not what a vote or a licence is for: those checks live higher up. Who opens a
register to publish in it passes its gate in (`Register.open(folder, gate=...)`). A register that was opened without one
refuses publications and their release. It can still load data sets, retract and be read.

Attached files are looked at before the transaction (`look_at`): that may take seconds, asks nothing of the database, and
must keep nobody else waiting. Everything else is looked at within it (`Gate.__call__`).
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from sousveil.errors import Missing
from sousveil.register.keyring import Keyring
from sousveil.register.model import Statement
from sousveil.register.owners import KeyState
from sousveil.register.publication import File
from sousveil.register.store import Store


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """A publication at the gate: its form, signatures and fit to the log are sound, nothing of it is written."""

    statements: Sequence[Statement]
    owner: KeyState
    """Of the key that signed; `verified` as the log says at this moment."""
    dataset: str
    held: tuple[str, ...]
    """Why reviewers must read it first; empty where it is public at once."""
    index: int
    """The entry that it would become."""
    day: str
    """Today, ISO 8601."""
    look: Callable[[], Store]
    """The store, with everything in it that was admitted before, of the same batch too."""
    is_new: Callable[[str], bool]
    """Whether this subject surely stands nowhere yet, so that the store need not be asked about it."""
    ring: Keyring


class Gate(Protocol):
    """Raises Refused for what may not be published."""

    def __call__(self, arrival: Arrival, /) -> None:
        """Looks at a publication, within the transaction."""

    def files(self, files: Sequence[File], /) -> None:
        """Looks at the files of a publication, before the transaction."""


_ONE_AT_A_TIME = threading.Lock()


def required(gate: Gate | None) -> Gate:
    """The gate of a register that publishes. Raises Missing for a register that was opened without one."""
    if gate is None:
        raise Missing(
            "This register was opened without the checks that every publication passes, so nothing can be published.",
            hint="In Python: `Register.open(folder, gate=sousveil.decisions.api.gate)`.",
        )
    return gate


def digest(file: File) -> str:
    """What a file is known by: the SHA-256 of its bytes and of what they are said to be."""
    return hashlib.sha256(f"{file.media_type}\n".encode() + file.data).hexdigest()


def look_at(files: Sequence[File], gate: Gate | None) -> tuple[str, ...]:
    """Have the files of one publication looked at; gives the `digest` of each. Raises Refused, Missing.

    One publication after the other in a process: what is unpacked lies in memory.
    """
    if not files:
        return ()
    with _ONE_AT_A_TIME:
        required(gate).files(files)
    return tuple(digest(one) for one in files)
