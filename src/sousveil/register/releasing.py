"""Held publications: what waits for reviewers, what they say of it, and the release of what they agreed on."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from sousveil.errors import SousveilError
from sousveil.register import audited, publication, review
from sousveil.register import entries as log
from sousveil.register.admission import Outcome, Published, prepare
from sousveil.register.audit import Stage
from sousveil.register.codes import PublicInterest, Verdict, Waived
from sousveil.register.facade import Facade, Key
from sousveil.register.refusal import Refused
from sousveil.register.review import Reviewed
from sousveil.register.sequencer import published
from sousveil.register.static import Restored, Unwitnessed
from sousveil.register.store import HeldState
from sousveil.register.store.writing import utc_now


class Releasing(Facade):
    """The part of the facade that is about what is held."""

    def held(self, *, state: str | None = None) -> list[HeldState]:
        """What waits for reviewers, or did."""
        return self.store.held(state=state)

    def review(
        self,
        held_id: str,
        key: Key,
        verdict: Verdict = Verdict.PUBLISH,
        *,
        ground: PublicInterest | None = None,
        notice: str | None = None,
        reply_until: str | None = None,
        waived: Waived | None = None,
    ) -> Reviewed:
        """A reviewer's signed word on a held publication; with the second that agrees it is published when due."""
        payload = log.Review(
            publication=held_id,
            verdict=Verdict(verdict),
            ground=PublicInterest(ground) if ground else None,
            notice=notice,
            reply_until=reply_until,
            waived=Waived(waived) if waived else None,
            made=utc_now(),
        )
        return self.submit_review(publication.sign(log.encode(payload), self._key(key)))

    def submit_review(self, envelope: bytes) -> Reviewed:
        """A review that was signed elsewhere."""
        self._must_write()
        with self._told():
            ring, size = self.store.keyring(), self.store.size()
            opened = publication.open_envelope(envelope, ring)
            begun = audited.begin(self.audit, ring, opened)
            try:
                held, _ = review.take(self.store, ring, opened, size)
            except SousveilError:
                if begun is not None:
                    self.audit.close(begun, Stage.FAILED)
                raise
            if begun is not None:
                self.audit.close(begun, Stage.DONE)
        return self._release(held, review.today())

    def release_due(self, day: str | None = None) -> list[Reviewed]:
        """Publish what is agreed and whose time to reply is over.

        What may not be published any more goes back to the reviewers; the operator's lines say why. Where the register signs
        nothing at all, the last of the answers says what `stopped` it, and the rest is not tried.
        """
        self._must_write()
        done = []
        for held in self.store.held(state="notice"):
            try:
                done.append(self._release(held, day or review.today()))
            except Refused:
                self.store.set_held(held.id, "waiting")
                done.append(Reviewed(state="waiting"))
            if done[-1].stopped:
                break
        return done

    def take_back_review(self, held_id: str, envelope_payload: bytes) -> bool:
        """End a review whose reviewer does not work here any more; whether there was one that still waited."""
        self._must_write()
        for owner, _, envelope in self.store.reviews(held_id):
            payload = publication.open_envelope(envelope, self.store.keyring()).payload
            if log.encode(payload) == envelope_payload and self.store.held_one(held_id).state in ("waiting", "notice"):
                self.store.drop_reviews(held_id, owner)
                self.store.set_held(held_id, "waiting")
                return True
        return False

    def _release(self, held: HeldState, day: str) -> Reviewed:
        ring, size = self.store.keyring(), self.store.size()
        with self._told():
            state, reviews = review.standing(self.store, ring, held, size, day)
        if state.state != "published":
            self.store.set_held(held.id, state.state, due=state.due)
            if state.state == "refused":
                self.store.db.wipe()
            return state
        data = self.store.held_submission(held.id)
        if data is None:
            return state
        with self._told():
            sound = prepare(
                publication.unpack(data),
                ring,
                size,
                example=self.config.example,
                gate=self.sequencer.gate,
                released=True,
            )
        prepared = msgspec.structs.replace(sound, reviews=reviews)

        def close(outcomes: Sequence[Outcome]) -> None:
            if isinstance(outcomes[0], Published):
                self.store.set_held(held.id, "published", due=state.due)

        # So that the worker tries again what is stopped here, by a crash or because the register signs nothing.
        self.store.set_held(held.id, "notice", due=state.due)
        try:
            done = published(self.sequencer.run([prepared], close)[0])
        except Refused:
            self.store.set_held(held.id, "waiting")
            raise
        except Restored as error:
            if self.store.held_one(held.id).state == "published":  # what was signed before the trouble showed stands
                raise
            when = (
                "when a witness answers"
                if isinstance(error, Unwitnessed)
                else "when the operator has mended the register"
            )
            return Reviewed(state="notice", due=state.due, stopped=when)
        self.store.db.wipe()
        return Reviewed(state="published", due=state.due, published=done.index if isinstance(done, Published) else None)
