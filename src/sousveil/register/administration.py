"""What operators, loaders and reviewers do with a register besides publishing: keys, reviews, retractions, erasures."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date as Day
from datetime import timedelta

import msgspec

from sousveil.errors import Missing, SousveilError, Usage
from sousveil.kinds import visible
from sousveil.ledger.keys import PrivateKey
from sousveil.register import audited, publication, review
from sousveil.register import entries as log
from sousveil.register.admission import Outcome, Published, is_id, prepare
from sousveil.register.audit import CONSOLE, AuditLog, Stage
from sousveil.register.codes import (
    EraseBy,
    EraseGround,
    PublicInterest,
    RetractReason,
    RevokeReason,
    Role,
    Verdict,
    Waived,
)
from sousveil.register.folder import OPERATOR_KEY, Config, Folder
from sousveil.register.model import from_content
from sousveil.register.owners import KeyState
from sousveil.register.refusal import ReadOnly, Refused
from sousveil.register.review import Reviewed
from sousveil.register.sequencer import Sequencer, published
from sousveil.register.static import Restored, Unwitnessed
from sousveil.register.store import HeldState, Store
from sousveil.register.store.writing import utc_now
from sousveil.register.types.cleaning import clean_entity

Key = PrivateKey | str
"""A private key, or the name of one in the register's folder."""
WELL_KNOWN = "/.well-known/sousveil-keys"
"""Where a domain names the keys of its owner: one public key (64 hex digits) a line."""
IDS_MAX = 10_000


class Administration:
    """The part of the facade that is not publishing."""

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

    # Keys

    def key_add(
        self,
        key: str,
        owner: str,
        role: Role,
        *,
        domain: str | None = None,
        by: Key = OPERATOR_KEY,
        holder: Key | None = None,
    ) -> Published:
        """Register a public key (64 hex digits). `owner`: an entity id, an organisation's name or a pseudonym.

        `holder`: a valid key of that owner, which signs too. Where the owner has a key already and none of them signs, the new
        one signs nothing until it is proven anew whose it is (see `keyring`).
        """
        payload = log.KeyAdd(key=key, owner=owner, role=Role(role), domain=domain, made=utc_now())
        return self.record(payload, by, *([holder] if holder is not None else []))

    def key_rotate(self, old: Key, new: Key) -> Published:
        """Replace a key by a new one of the same owner."""
        first, second = self._key(old), self._key(new)
        payload = log.KeyRotate(key=first.public.raw.hex(), new=second.public.raw.hex(), made=utc_now())
        return self.record(payload, first, second)

    def key_revoke(
        self, key: str, reason: RevokeReason, *, compromised_since: int | None = None, by: Key = OPERATOR_KEY
    ) -> Published:
        """End a key (its id or 64 hex digits). What it signed from `compromised_since` on becomes doubtful."""
        state = self.key_state(key)
        payload = log.KeyRevoke(
            key=state.public, reason=RevokeReason(reason), compromised_since=compromised_since, made=utc_now()
        )
        return self.record(payload, by)

    def vouch(self, key: str, voucher: Key) -> Published:
        """An organisation vouches for a key."""
        return self.record(log.Voucher(key=self.key_state(key).public, made=utc_now()), voucher)

    def prove_domain(
        self, key: str, domain: str, file: bytes, *, checked: str, fetched_by: str, by: Key = OPERATOR_KEY
    ) -> Published:
        """Log that the domain served this file at `WELL_KNOWN`, and that it names the key. Nothing is fetched here."""
        state = self.key_state(key)
        lines = {line.strip().lower() for line in file.decode("utf-8", "replace").splitlines()}
        if state.public not in lines:
            raise Refused(
                "The file does not name the key.",
                field="file",
                code="key_not_named",
                hint=f"It is served at {WELL_KNOWN} and holds each public key (64 hex digits) on a line of its own.",
            )
        payload = log.DomainProof(
            key=state.public,
            domain=domain,
            sha256=hashlib.sha256(file).hexdigest(),
            size=len(file),
            checked=checked,
            by=fetched_by,
            made=utc_now(),
        )
        return self.record(payload, by)

    def key_state(self, key: str) -> KeyState:
        """A registered key, by its id or 64 hex digits. Raises Usage."""
        state = self.store.keyring().find(key)
        if state is None:
            raise Usage(
                f"Key {key[:70]!r} is not registered here.", hint="`sousveil register key list` lists the keys."
            )
        return state

    # Statements of others

    def snapshot(
        self,
        dataset: str,
        *,
        source: str,
        sha256: str,
        date: str,
        rows: int,
        counts: dict[str, int],
        rows_sha256: str | msgspec.UnsetType = msgspec.UNSET,
        by: Key = OPERATOR_KEY,
    ) -> Published:
        """Log that a reference list was read."""
        payload = log.Snapshot(
            dataset=dataset,
            source=source,
            sha256=sha256,
            date=date,
            rows=rows,
            counts=counts,
            rows_sha256=rows_sha256,
            made=utc_now(),
        )
        return self.record(payload, by)

    def retract(self, ids: Sequence[str], key: Key, reason: RetractReason) -> Published:
        """The first publisher takes statements back; they stay readable and are marked."""
        return self.record(log.Retract(ids=_few(ids), reason=RetractReason(reason), made=utc_now()), key)

    def erase(
        self,
        ids: Sequence[str],
        ground: EraseGround,
        by: EraseBy,
        *,
        attachments: Sequence[str] = (),
        key: Key = OPERATOR_KEY,
    ) -> Published:
        """Delete content and salt of statements everywhere; the log keeps that they were there, the ground, and by whom.

        Files go too: those named, and those of publications of which nothing else is left. On return they are gone from
        database, content bundles and attachments; the outbox tells the worker of index, prepared pages and site.
        """
        payload = self.erasure(ids, ground, by, attachments=attachments)
        done = self.record(payload, key)
        self.store.db.wipe()
        return done

    def erasure(
        self, ids: Sequence[str], ground: EraseGround, by: EraseBy, *, attachments: Sequence[str] = ()
    ) -> log.Erase:
        """The entry that an operator signs to erase these statements, and the files that go with them."""
        names = _few(ids)
        until = Day.fromisoformat(review.today()) + timedelta(days=self.config.backup_days)
        return log.Erase(
            ids=names,
            ground=EraseGround(ground),
            by=EraseBy(by),
            backups_by=until.isoformat(),
            attachments=tuple(sorted({*attachments, *self._orphans(names)})),
            made=utc_now(),
        )

    def _orphans(self, ids: Sequence[str]) -> set[str]:
        """Files of those entries of which these are the last statements, and of no others."""
        keys = [bytes.fromhex(one) for one in ids if is_id(one)]
        entries = sorted(
            {row[0] for row in self.store.db.among("SELECT entry FROM statements WHERE id IN ({keys})", keys)}
        )
        gone = set(keys)
        found: set[str] = set()
        empty = {
            entry
            for entry in entries
            if all(row[0] in gone for row in self.store.db.query("SELECT id FROM statements WHERE entry = ?", (entry,)))
        }
        for entry in empty:
            for sha256, _, _, _ in self.store.attachments_of(entry):
                users = self.store.db.query("SELECT entry FROM attachments WHERE sha256 = ?", (bytes.fromhex(sha256),))
                if {row[0] for row in users} <= empty:
                    found.add(sha256)
        return found

    # Persons

    def consent(self, person: str, *, given: str, evidence_sha256: str) -> str:
        """Record that a target (or a relative) agrees to be named. Kept in private; returns the record's id.

        Raises Refused for an id that no entity has, and for a day that is none or still to come.
        """
        self._must_write()
        with self._told():
            check_subject(person)
            review.check_past(given, "given")
        begun = self.audit.attempt("consent.add", CONSOLE, str(Role.OPERATOR))
        id = self.store.add_consent(person, given, evidence_sha256)
        self.audit.close(begun, Stage.DONE, id)
        return id

    def withdraw_consent(self, person: str, *, key: Key = OPERATOR_KEY) -> Published | None:
        """End the consent of a person, drop what waits about them, and erase every statement that names them.

        Raises Missing where the register knows nobody under this id, Unwitnessed where the erasure must wait for a witness; the
        same again finishes it.
        """
        self._must_write()
        with self._told():
            check_subject(person)
        waiting = [held.id for held in self.store.held() if self._waits_about(held, person)]
        found = [*self.store.statements_of([person]), *self.store.statements_to([person])]
        if not (found or waiting or self.store.consents(person) or self.store.withdrawn(person)):
            raise Missing(
                f"The register knows nobody under the id {visible(person, 100)}; nothing was done.",
                hint="Look at the id: the person may be named under another one. `sousveil register search NAME` shows ids.",
            )
        with self.audit.act("consent.withdraw", CONSOLE, str(Role.OPERATOR)):
            self.store.withdraw_consents(person, review.today())
        for id in waiting:
            self.store.set_held(id, "refused")
        ids = list(dict.fromkeys(one.id for one in found))
        try:
            return self.erase(ids, EraseGround.CONSENT_WITHDRAWN, EraseBy.SUBJECT, key=key) if ids else None
        except Unwitnessed as error:
            raise Unwitnessed(
                "The consent is ended and what waited about the person is dropped, but what names the person is NOT erased yet: "
                f"it is still public. {error.message}",
                hint=f"Do the same again once a witness answers; it finishes the erasure. {error.hint}",
            ) from None

    def _waits_about(self, held: HeldState, person: str) -> bool:
        data = self.store.held_submission(held.id) if held.state in ("waiting", "notice") else None
        contents = publication.unpack(data).contents if data else ()
        return any(person in (one.subject, one.value) for one in (from_content(content) for _, content in contents))

    # Held publications

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
            sound = prepare(publication.unpack(data), ring, size, example=self.config.example, released=True)
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


def check_subject(person: str) -> None:
    """Raises Refused for what is no id of an entity."""
    try:
        clean_entity(person)
    except ValueError as error:
        raise Refused(
            f"person: {str(error).rstrip('.')}.",
            field="person",
            code="bad_subject",
            hint="The id stands on the person's page, and where `sousveil register review ID` shows what is held.",
        ) from None


def _few(ids: Sequence[str]) -> tuple[str, ...]:
    if len(ids) > IDS_MAX:
        raise Usage(f"At most {IDS_MAX:,} statements at once.", hint="Do it in parts.")
    return tuple(dict.fromkeys(ids))
