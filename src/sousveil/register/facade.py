"""What every part of a register's facade shares: signing an entry, whether it may be written, what a refusal leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sousveil.errors import Usage
from sousveil.ledger.keys import PrivateKey
from sousveil.register import audited, publication
from sousveil.register import entries as log
from sousveil.register.admission import Published, prepare
from sousveil.register.audit import AuditLog
from sousveil.register.folder import Config, Folder
from sousveil.register.refusal import ReadOnly, Refused
from sousveil.register.sequencer import Sequencer, published
from sousveil.register.store import Store

Key = PrivateKey | str
"""A private key, or the name of one in the register's folder."""


class Facade:
    """A register as its parts see it."""

    store: Store
    sequencer: Sequencer
    audit: AuditLog
    config: Config
    paths: Folder
    only_read: bool
    """Whatever would change the register raises ReadOnly."""

    def record(self, payload: log.Payload, *keys: Key) -> Published:
        """Sign an entry and append it. Raises Refused and what else stops it."""
        self._must_write()
        envelope = publication.sign(log.encode(payload), *(self._key(one) for one in keys))
        ring = self.store.keyring()
        with self._told():
            prepared = prepare(
                publication.Submission(envelope=envelope), ring, self.store.size(), example=self.config.example
            )
        outcome = published(audited.run(self.audit, self.sequencer, ring, [prepared])[0])
        if not isinstance(outcome, Published):
            raise Usage("Only publications are held.")
        return outcome

    def _must_write(self) -> None:
        """Raises ReadOnly."""
        if self.only_read:
            raise ReadOnly()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """A refusal leaves a line for the operator."""
        try:
            yield
        except Refused as error:
            self.store.tell_operator(error.code, f"refused: {error.field}: {error.message}")
            raise

    def _key(self, key: Key) -> PrivateKey:
        return self.paths.key(key) if isinstance(key, str) else key
