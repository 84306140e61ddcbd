"""Asking the witnesses of the register's policy for their cosignatures, and keeping them with the checkpoint."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sousveil.errors import SousveilError
from sousveil.ledger import atomic, checkpoint, merkle
from sousveil.ledger.checkpoint import Checkpoint
from sousveil.ledger.disagreement import Disagreement
from sousveil.ledger.note import NoteSignature, Verifier
from sousveil.ledger.policy import Cosigned, Known, Policy
from sousveil.ledger.tiles import TileFiles
from sousveil.ledger.witness_client import Behind, OtherHistory, Refusal, ask_witness
from sousveil.register.static import Restored, Unwitnessed
from sousveil.register.store import Store

SILENT = (
    "Try again when one of them answers. Until then erasures, withdrawals of consent and revocations of keys wait as well: take a "
    "page that must go at once off line at the web server. Where that may last, name a witness that answers in the policy file, "
    "and take those that are gone for good out of it."
)
ANOTHER = (
    "Leave the policy file as it is: a witness that holds another history is the proof that there are two. Compare with a mirror; see "
    "the guide “Run a register”, section “After a restore”. Take a page that must go at once off line at the web server."
)

PROVEN = (
    "Keep that file and the policy file as they are. Compare with a mirror, and bring back the history to which the file belongs; see the "
    "guide “Run a register”, section “After a restore”. Pages are read as before; take one that must go at once off line at the web server."
)


class TwoHistories(Restored):
    """This log's key has signed a checkpoint that is not part of this log. Whatever was signed now would lengthen a fork."""


_CODES = (
    (Behind, "witness_ahead"),
    (TwoHistories, "two_histories"),
    (OtherHistory, "witness_other_history"),
    (Refusal, "witness_refuses"),
)
"""How the operator's lines are called; those that give no answer, or a useless one, are silent."""


class Witnessing:
    """The witnesses of one log."""

    def __init__(
        self, store: Store, log: TileFiles, policy: Policy, seconds: float, verifier: Verifier, evidence: Path
    ) -> None:
        """`verifier`: the log's. `evidence`: the folder in which checkpoints are kept that prove another history."""
        self._verifier, self._evidence = verifier, evidence
        self.store, self.log, self.policy, self.seconds = store, log, policy, seconds
        self.asked = {name: one for name, one in policy.witnesses.items() if one.url}
        self._confirmed = False
        self._errors: dict[str, SousveilError] = {}
        """Why each of those that did not sign did not, when last asked."""

    def confirm(self) -> None:
        """Before the first batch of a process: does a witness know of more than this log holds? Raises Restored, Unwitnessed.

        What proves another history is looked at before every batch, whoever was shown it.

        One of those that cosigned before must answer: where all are silent nobody can tell whether this is an old backup,
        and what it signed would fork the log. Where none ever cosigned, the next batch asks again.
        """
        self._check_evidence()
        if self._confirmed or not self.asked or self.store.size() == 0:
            return
        # Also those that cosigned this checkpoint long ago: a backup holds their signatures too.
        known = self._known()
        self._ask_all(self.asked)
        if not known or self._confirmed:
            return
        why = "; ".join(f"{name}: {self._errors[name].message.rstrip('.')}" for name in sorted(known))
        other = any(isinstance(self._errors[name], OtherHistory) for name in known)
        raise Unwitnessed(
            f"None of the witnesses that cosigned before confirms this log ({', '.join(sorted(known))}), so nobody can say "
            f"whether this is an old backup. Nothing is signed, because the log might fork. {why}.",
            hint=ANOTHER if other else SILENT,
        )

    def _check_evidence(self) -> None:
        """Raises TwoHistories while a checkpoint is kept that this log's key signed and that is not part of this log."""
        for path in sorted(self._evidence.glob("*.checkpoint")) if self._evidence.is_dir() else ():
            self._check_shown(path.read_bytes())

    def _check_shown(self, shown: bytes, by: str = "") -> None:
        """Raises TwoHistories where this is a checkpoint of the log's own key that is not part of this log; then it is kept."""
        try:
            found = checkpoint.open_checkpoint(shown, self._verifier)
        except SousveilError:
            return  # nothing that the log signed, so it proves nothing
        if self._is_part(found):
            return
        path = self._evidence / f"{hashlib.sha256(found.text()).hexdigest()[:16]}.checkpoint"
        if not path.exists():
            atomic.write(path, shown, mode=0o600)
        told = f"the witness {by}" if by else "a witness"
        raise TwoHistories(
            f"The key of this log has signed a checkpoint over {found.size} entries that is not part of this log: {told} showed "
            f"it, and it is kept in {path}. There are two histories, and nothing more is signed.",
            hint=PROVEN,
        )

    def _is_part(self, found: Checkpoint) -> bool:
        own = self.policy.look(self.log.checkpoint()).checkpoint
        if found.size > own.size:
            return False
        try:
            proof = merkle.consistency_proof(self.log, found.size, own.size)
            merkle.verify_consistency(found.size, own.size, proof, found.root, own.root)
        except Disagreement:
            return False
        return True

    def _known(self) -> set[str]:
        """Those that cosigned before. One that is new cannot tell an old backup from the log."""
        return {name for name in self.asked if self.store.meta(f"witness:{name}")}

    def cosign(self) -> Cosigned:
        """Ask every witness about the newest checkpoint, keep what they sign, and say who did. Raises Restored.

        A process that begins anew asks those that cosigned it already, too: they may know of a larger one.
        """
        have = self.said()
        return self._ask_all(
            {name: one for name, one in self.asked.items() if not self._confirmed or name not in have.witnesses}
        )

    def _ask_all(self, missing: Mapping[str, Known]) -> Cosigned:
        data = self.log.checkpoint()
        have = self.policy.look(data).cosigned
        if not missing:
            return have
        size = self.policy.look(data).checkpoint.size
        before = self._known()
        known = {name: min(int(self.store.meta(f"witness:{name}") or 0), size) for name in missing}
        with ThreadPoolExecutor(max_workers=len(missing)) as pool:
            asked = pool.map(lambda name: self._ask(missing[name], data, known[name]), missing)
            answers = dict(zip(missing, asked, strict=True))
        signed: dict[str, NoteSignature] = {}
        for name, answer in answers.items():
            if isinstance(answer, Behind):
                self._confirmed = False  # so that the next batch is refused before it begins
                self._tell(name, answer)
                raise Restored(
                    f"{answer.message} This looks like a restored backup. Nothing more is signed.",
                    hint="Restore again with `sousveil register restore BACKUP FOLDER --mirror DIR|URL`, which adds the missing "
                    "entries; see the guide “Run a register”, section “After a restore”.",
                )
            if isinstance(answer, OtherHistory):
                try:
                    self._check_shown(answer.shown, missing[name].verifier.name)
                except TwoHistories as error:
                    self._confirmed = False
                    self._tell(name, error)
                    raise
            if isinstance(answer, SousveilError):
                self._errors[name] = answer
                self._tell(name, answer)
            else:
                signed[name] = answer
                self._tell(name, None)
        if signed:
            self._confirmed = self._confirmed or not before or bool(before & signed.keys())
            # One that is new counts as one that cosigned before only where it was not the only one that spoke.
            for name in signed if self._confirmed else ():
                self.store.set_meta(f"witness:{name}", str(size))
            data = checkpoint.add_signatures(data, list(signed.values()))
            self.log.write_checkpoint(data)
        return self.policy.look(data).cosigned

    def _tell(self, name: str, error: SousveilError | None) -> None:
        """A line for the operator, once for each silence, over all processes."""
        state = "" if error is None else f"{type(error).__name__} {getattr(error, 'status', '')}".strip()
        if (self.store.meta(f"silent:{name}") or "") == state:
            return
        self.store.set_meta(f"silent:{name}", state)
        if error is not None:
            code = next((code for kind, code in _CODES if isinstance(error, kind)), "witness_silent")
            self.store.tell_operator(code, f"{name}: {error.message}")

    def said(self) -> Cosigned:
        """Who cosigned the newest checkpoint."""
        return self.policy.look(self.log.checkpoint()).cosigned

    def _ask(self, witness: Known, data: bytes, known: int) -> NoteSignature | SousveilError:
        try:
            return ask_witness(
                witness.url or "",
                data,
                lambda old, new: merkle.consistency_proof(self.log, old, new),
                witness.verifier,
                old_size=known,
                timeout=self.seconds,
            )
        except SousveilError as error:
            return error
