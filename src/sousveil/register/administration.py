"""What operators, loaders and publishers do with a register besides publishing: keys, retractions, erasures, consents."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date as Day
from datetime import timedelta

import msgspec

from sousveil.errors import Missing, Usage
from sousveil.kinds import visible
from sousveil.register import entries as log
from sousveil.register import publication, review
from sousveil.register.admission import Published, is_id
from sousveil.register.audit import CONSOLE, Stage
from sousveil.register.codes import (
    EraseBy,
    EraseGround,
    RetractReason,
    RevokeReason,
    Role,
)
from sousveil.register.facade import Key
from sousveil.register.folder import OPERATOR_KEY
from sousveil.register.model import from_content
from sousveil.register.owners import KeyState
from sousveil.register.refusal import Refused
from sousveil.register.releasing import Releasing
from sousveil.register.static import Unwitnessed
from sousveil.register.store import HeldState
from sousveil.register.store.writing import utc_now
from sousveil.register.types.cleaning import clean_entity

WELL_KNOWN = "/.well-known/sousveil-keys"
"""Where a domain names the keys of its owner: one public key (64 hex digits) a line."""
IDS_MAX = 10_000


class Administration(Releasing):
    """The part of the facade that is not publishing."""

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
