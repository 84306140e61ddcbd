"""Asking the witnesses of the register's policy for their cosignatures, and keeping them with the checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from sousveil.errors import SousveilError
from sousveil.ledger import checkpoint, merkle
from sousveil.ledger.note import NoteSignature
from sousveil.ledger.policy import Cosigned, Known, Policy
from sousveil.ledger.tiles import TileFiles
from sousveil.ledger.witness_client import Behind, ask_witness
from sousveil.register.static import Restored
from sousveil.register.store import Store


class Witnessing:
    """The witnesses of one log."""

    def __init__(self, store: Store, log: TileFiles, policy: Policy, seconds: float) -> None:
        self.store, self.log, self.policy, self.seconds = store, log, policy, seconds
        self.asked = {name: one for name, one in policy.witnesses.items() if one.url}
        self._confirmed = False

    def confirm(self) -> None:
        """Before the first batch of a process: does a witness know of more than this log holds? Raises Restored.

        One of those that cosigned before must answer: where all are silent nobody can tell whether this is an old backup,
        and what it signed would fork the log. Where none ever cosigned, the next batch asks again.
        """
        if self._confirmed or not self.asked or self.store.size() == 0:
            return
        # Also those that cosigned this checkpoint long ago: a backup holds their signatures too.
        self._ask_all(self.asked)
        known = [name for name in self.asked if self.store.meta(f"witness:{name}")]
        if known and not self._confirmed:
            raise Restored(
                f"None of the witnesses answers ({', '.join(sorted(known))}), so nobody can say whether this is an old backup. "
                "Nothing is signed, because the log might fork.",
                hint="Try again when one of them answers. One that is gone for good is taken out of the policy file.",
            )

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
        known = {name: min(int(self.store.meta(f"witness:{name}") or 0), size) for name in missing}
        with ThreadPoolExecutor(max_workers=len(missing)) as pool:
            asked = pool.map(lambda name: self._ask(missing[name], data, known[name]), missing)
            answers = dict(zip(missing, asked, strict=True))
        signatures: list[NoteSignature] = []
        for name, answer in answers.items():
            if isinstance(answer, Behind):
                self._confirmed = False  # so that the next batch is refused before it begins
                self.store.tell_operator("witness_ahead", answer.message)
                raise Restored(
                    f"{answer.message} This looks like a restored backup. Nothing more is signed.",
                    hint="Bring back the missing entries from a newer backup or a mirror; see the guide “Run a register”, "
                    "section “After a restore”.",
                )
            if isinstance(answer, SousveilError):
                self.store.tell_operator("witness_silent", f"{name}: {answer.message}")
            else:
                signatures.append(answer)
                self.store.set_meta(f"witness:{name}", str(size))
        if signatures:
            self._confirmed = True
            data = checkpoint.add_signatures(data, signatures)
            self.log.write_checkpoint(data)
        return self.policy.look(data).cosigned

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
