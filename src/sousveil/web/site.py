"""The register as the pages see it: opened once, its state looked at no more than once a second."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterable
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from sousveil.errors import Missing, SousveilError
from sousveil.register.store.connection import DatabaseFailed

if TYPE_CHECKING:
    from sousveil.decisions.api import Desk
    from sousveil.register.folder import Config
    from sousveil.register.kept import Kept
    from sousveil.register.register import Register
    from sousveil.register.store import Store
    from sousveil.web.finding import Finding

CHECK_SECONDS = 1.0
"""How long the state that was seen last may be believed."""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What is true of the register as a whole."""

    size: int
    """Entries of the log."""
    revision: int
    """Grows with every change that pages show."""
    snapshot: str
    """Day on which the newest entry was recorded, ISO 8601; empty for an empty log."""
    checkpoint: str
    """Eight hex digits of the newest checkpoint's hash: it changes when a witness signs."""
    licences: tuple[str, ...]
    """Of the data sets that statements come from."""
    today: str
    """The day on which it was looked at, ISO 8601: what is overdue, or has ended, changes at midnight."""

    @property
    def name(self) -> str:
        """Short name for what is kept of this state."""
        return f"{self.size}-{self.revision}-{self.checkpoint}-{self.today}"


class Witnessed(msgspec.Struct, frozen=True, kw_only=True):
    """Who besides the operator has signed the newest checkpoint."""

    independent: int
    """Witnesses that the operator does not run and whose cosignature verifies."""
    quorum: bool
    """As many as the policy asks for."""
    names: list[str] = []

    @property
    def rewritable(self) -> bool:
        """Nobody else has signed: the operator could still rewrite this log unseen."""
        return self.independent == 0


class Site:
    """A register that is being read."""

    def __init__(self, register: Register) -> None:
        self.register = register
        self._lock = threading.Lock()
        self._checked = float("-inf")
        self._state: State | None = None
        self._witnessed: tuple[State, Witnessed] | None = None
        self.away = False
        """The database did not answer when it was asked last."""

    @classmethod
    def open(cls, folder: Path, database: str | None = None) -> Site:
        """Raises Missing, Usage."""
        from sousveil.decisions.api import gate
        from sousveil.register.register import Register

        return cls(Register.open_or_read(folder, database=database, gate=gate))

    @property
    def store(self) -> Store:
        """The statements."""
        return self.register.store

    @property
    def folder(self) -> Path:
        """The register's folder."""
        return self.register.folder

    @property
    def derived(self) -> Path:
        """Where index and prepared pages lie."""
        return self.register.derived

    @property
    def title(self) -> str:
        """The register's name."""
        return self.register.title

    @property
    def origin(self) -> str:
        """The log's name in its checkpoints."""
        return self.register.origin

    @property
    def config(self) -> Config:
        """What `register.toml` says."""
        return self.register.config

    @cached_property
    def operator(self) -> str:
        """Who keeps the register, as the first entry of the log says."""
        first = self.store.payload(self.store.entry(0)) if self.store.size() else None
        return str(getattr(first, "owner", ""))

    @property
    def example(self) -> bool:
        """Everything in it is invented."""
        return self.register.example

    def state(self, *, now: bool = False) -> State:
        """The register's state, at most a second old; of this moment with `now`. While the database is away: the last one known.

        Raises DatabaseFailed where none is known.
        """
        known = self._state
        if known is not None and not now and time.monotonic() - self._checked < CHECK_SECONDS:
            return known
        with self._lock:
            if self._state is None or now or time.monotonic() - self._checked >= CHECK_SECONDS:
                try:
                    self._state, self.away = self._look(self._state), False
                except DatabaseFailed:
                    if self._state is None:
                        raise
                    self.away = True
                self._checked = time.monotonic()
            return self._state

    def _look(self, known: State | None) -> State:
        size, revision = self.store.size(), self.store.revision()
        seal = hashlib.sha256(self.checkpoint().encode()).hexdigest()[:8]
        today = date.today().isoformat()
        if known is not None and (known.size, known.revision, known.checkpoint, known.today) == (
            size,
            revision,
            seal,
            today,
        ):
            return known
        day = self.store.entry(size - 1).recorded_at[:10] if size else ""
        licences = self.licences(self.store.counts().datasets)
        return State(size=size, revision=revision, snapshot=day, checkpoint=seal, licences=licences, today=today)

    def licences(self, datasets: Iterable[str]) -> tuple[str, ...]:
        """The licences of these data sets, each once."""
        from sousveil.register.export.terms import terms_of

        found = terms_of(datasets, {})
        return tuple(sorted({one.licence or "as each publisher says" for one in found.values()}))

    def witnessed(self) -> Witnessed:
        """Who has signed the newest checkpoint, as of the state seen last."""
        state = self.state()
        if self._witnessed is None or self._witnessed[0] is not state:
            self._witnessed = (state, self._look_at_witnesses())
        return self._witnessed[1]

    def _look_at_witnesses(self) -> Witnessed:
        try:
            seen = self.register.cosigned()
        except SousveilError:
            return Witnessed(independent=0, quorum=False)
        return Witnessed(independent=seen.independent, quorum=seen.quorum, names=list(seen.organisations))

    def witness_words(self) -> str:
        """How many independent witnesses signed, as a sentence for pages and receipts."""
        seen = self.witnessed()
        if seen.rewritable:
            return "No independent witness signed this log: the operator could still rewrite this log."
        if seen.independent == 1:
            return "1 independent witness signed the newest checkpoint."
        return f"{seen.independent} independent witnesses signed the newest checkpoint."

    def checkpoint(self) -> str:
        """The newest checkpoint, a signed note; empty while there is none."""
        try:
            return self.register.log.checkpoint().decode()
        except Missing:
            return ""

    def verifier_key(self) -> str:
        """The log's key in the form of signed notes."""
        return self.register.vkey

    def policy_text(self) -> str:
        """The witness policy file, where one is set."""
        file = self.folder / "policy"
        return file.read_text("utf-8", "replace") if file.is_file() else ""

    def receipt(self, index: int) -> str | None:
        """The receipt of an entry; None where it is not under a checkpoint yet."""
        try:
            return self.register.receipt(index)
        except DatabaseFailed:
            raise
        except SousveilError:
            return None

    @cached_property
    def finding(self) -> Finding:
        """Search and screening."""
        from sousveil.web.finding import Finding

        return Finding(self.store, self.derived / "search", lambda: self.state().revision)

    @cached_property
    def desk(self) -> Desk:
        """Answers whether something may go ahead."""
        from sousveil.decisions.api import Desk

        return Desk(self.store)

    @cached_property
    def answers(self) -> Kept:
        """Answers under addresses that nobody can guess, for seven days."""
        from sousveil.register.kept import Kept

        return Kept(self.folder / "answers")

    @cached_property
    def code(self) -> str:
        """Eight hex digits for the code, texts and settings that make pages: pages of another version are not used."""
        digest = hashlib.sha256(self.register.config.text().encode())
        for file in sorted(Path(__file__).parent.parent.rglob("*")):
            if file.suffix in (".py", ".html", ".css", ".mo", ".csv"):
                stat = file.stat()
                digest.update(f"{file.name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
        return digest.hexdigest()[:8]
