"""Entries that take a privilege stand in the audit log too: two lines each, whichever way they come in.

The first is written before the entry can enter the log and names the SHA-256 of its envelope; the second says what came of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from sousveil.register import entries as log
from sousveil.register.admission import Outcome, Prepared, Published
from sousveil.register.audit import AuditEntry, AuditLog, Stage
from sousveil.register.keyring import Keyring
from sousveil.register.publication import Opened
from sousveil.register.sequencer import After, Sequencer

PRIVILEGED: dict[type[log.Entry], str] = {
    one: f"entry.{log.KINDS[one]}" for one in (log.KeyAdd, log.KeyRevoke, log.DomainProof, log.Erase, log.Review)
}
"""Entries of operators and reviewers -> the act. What publishers, loaders and vouchers sign is no privilege."""
PUBLISHED, REFUSED = "entry", "refused"


def digest(envelope: bytes) -> str:
    """What the lines of an entry name it by."""
    return hashlib.sha256(envelope).hexdigest()


def begin(audit: AuditLog, ring: Keyring, opened: Opened) -> AuditEntry | None:
    """The first line, by the id of the key that signed; None where the entry takes no privilege. Raises SousveilError."""
    act = PRIVILEGED.get(type(opened.payload))
    if act is None or not opened.signers:  # what no registered key signed comes no further
        return None
    signer = opened.signers[0]
    state = ring.find(signer)
    return audit.attempt(act, signer, str(state.role) if state is not None else "unknown", digest(opened.envelope))


def run(
    audit: AuditLog, sequencer: Sequencer, ring: Keyring, work: Sequence[Prepared], after: After | None = None
) -> list[Outcome]:
    """`Sequencer.run`, with the lines before and after. Where the batch breaks off the first line stays alone: whether the
    entry came into the log is then told by the log itself."""
    begun = [begin(audit, ring, one.opened) for one in work]
    outcomes = sequencer.run(work, after)
    for first, outcome in zip(begun, outcomes, strict=True):
        if first is None:
            continue
        if isinstance(outcome, Published):
            audit.close(first, Stage.DONE, f"{first.of} {PUBLISHED} {outcome.index}")
        else:
            audit.close(first, Stage.FAILED)
    return outcomes
