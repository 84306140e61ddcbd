"""What may enter the log: the checks that need the register's history, within the transaction that appends.

Every check of a submission comes before its first write, so that a refusal leaves nothing behind and does not touch the
other submissions of the batch.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeGuard

import msgspec

from sousveil.errors import SousveilError
from sousveil.hosts.names import canonical_host
from sousveil.register import entries as log
from sousveil.register import gates, persons, publication, publication_rules
from sousveil.register.fitting import Fitting, Waiting
from sousveil.register.keyring import Keyring
from sousveil.register.model import Statement
from sousveil.register.owners import KeyState
from sousveil.register.publication import Opened, Submission
from sousveil.register.refusal import Refused
from sousveil.register.review import check_past
from sousveil.register.store import NewStatement, Store
from sousveil.register.store.writing import Appending
from sousveil.register.types.cleaning import clean_name

OWNER_MAX = 384
"""Characters of the name of a key's owner; a statement's publisher has as many."""
DATASET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,99}", re.ASCII)


class Prepared(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A submission whose signatures, commitments and statements are sound."""

    opened: Opened
    submission: Submission
    statements: tuple[NewStatement, ...] = ()
    said: tuple[Statement, ...] = ()
    reviews: tuple[Opened, ...] = ()
    """Set when it was held and is released now."""
    looked_at: tuple[str, ...] = ()
    """`gates.digest` of each attached file, as the gate has looked at it."""
    first: int = 0
    """So many statements of what was published with it stand in the entries before."""


class Published(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """It is in the log, under a checkpoint, on the disk."""

    index: int
    last: int
    """Index of its last entry: a publication of many statements takes several."""
    sha256: str
    """Of the first payload."""
    ids: tuple[str, ...]
    """Of the statements, in order."""
    size: int = 0
    """Entries under the checkpoint."""
    independent: int = 0
    """Independent witnesses that cosigned it."""
    cosigned: str = ""
    """The same as a sentence."""
    receipt: str | None = None
    """tlog-proof, where it was asked for."""


class Held(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """It waits for reviewers; nothing of it is public."""

    id: str
    reasons: tuple[str, ...]
    """`person`, `alleged`, `asked`."""
    ids: tuple[str, ...]
    """All of them, where it was handed in as several."""


Outcome = Published | Held | SousveilError


def prepare(
    submission: Submission,
    ring: Keyring,
    index: int,
    *,
    example: bool,
    gate: gates.Gate | None = None,
    released: bool = False,
) -> Prepared:
    """Check everything that does not need the lock. Raises Refused, and Missing for a publication without a gate.

    What was held was checked when it came in, at `index`; its key may have been rotated since.
    """
    opened = publication.open_envelope(submission.envelope, ring)
    payload = opened.payload
    if not isinstance(payload, log.Statements):
        if submission.contents or submission.attachments:
            raise Refused("This entry carries no statements.", field="contents", code="contents_unasked")
        return Prepared(opened=opened, submission=submission)
    owner = ring.find(opened.signers[0]) if released and opened.signers else ring.check(index, payload, opened.signers)
    if owner is None:
        raise Refused("No registered key signed this.", field="signatures", code="unknown_key")
    found = publication_rules.check_publication(payload, submission, owner, example=example)
    return Prepared(
        opened=opened,
        submission=submission,
        statements=tuple(one for one, _ in found),
        said=tuple(one for _, one in found),
        looked_at=gates.look_at(submission.attachments, gate) if payload.dataset == publication.DIRECT else (),
    )


class Admission(Fitting):
    """Lets a batch in, one submission after the other."""

    def __init__(
        self,
        store: Store,
        batch: Appending,
        ring: Keyring,
        waiting: Waiting | None = None,
        gate: gates.Gate | None = None,
    ) -> None:
        super().__init__(store, ring, waiting)
        self.batch, self.gate = batch, gate
        self._payloads: set[bytes] = set()
        self._ids: set[bytes] = set()

    def look_ahead(self, batch: Sequence[Prepared]) -> None:
        """Ask the database once for everything that the batch could clash with."""
        db = self.store.db
        payloads = [one.unique for each in batch for one in (each.opened, *each.reviews)]
        self._payloads |= {row[0] for row in db.among("SELECT replay FROM entries WHERE replay IN ({keys})", payloads)}
        ids = [one.id for each in batch for one in each.statements]
        for table in ("statements", "erased"):
            self._ids |= {row[0] for row in db.among(f"SELECT id FROM {table} WHERE id IN ({{keys}})", ids)}
        named = [one.supersedes for each in batch for one in each.statements if one.supersedes]
        # What is no id is refused with its own submission, not here, where it would stop the whole batch.
        payloads_of = [each.opened.payload for each in batch]
        named += [bytes.fromhex(id) for one in payloads_of if _names(one) for id in one.ids if is_id(id)]
        self.look_up(named)
        self.look([one for each in batch for one in each.statements])

    def admit(self, one: Prepared) -> Published | Held:
        """Append it, or hold it. Raises Refused before anything of it is written."""
        payload, opened = one.opened.payload, one.opened
        if opened.unique in self._payloads:
            raise Refused(
                "This was submitted before.",
                field="payload",
                code="replay",
                hint="The receipt of the first submission stands.",
            )
        index = self.batch.size
        if isinstance(payload, log.Statements):
            outcome = self._publication(one, payload, index)
        elif isinstance(payload, log.Review) and not one.reviews:
            raise Refused("A review enters the log with what it reviews.", field="kind", code="review_alone")
        else:
            owner = self.ring.check(index, payload, opened.signers)
            self._check_entry(payload, owner)
            outcome = self._entry(opened, owner)
        self._payloads.add(opened.unique)
        return outcome

    def _publication(self, one: Prepared, payload: log.Statements, index: int) -> Published | Held:
        opened = one.opened
        owner = self.ring.check(index + len(one.reviews), payload, opened.signers)
        for at, made in enumerate(one.statements):
            if made.id in self._ids:
                raise Refused(f"Statement {at} is in the log already.", field=f"statements[{at}].id", code="replay")
            if made.supersedes is not None:
                self.check_superseded(at, made, one.said[at], owner)
        if len({made.id for made in one.statements}) != len(one.statements):
            raise Refused("A statement stands here twice.", field="statements", code="replay")
        if not one.reviews:  # what is released was checked when it came in, and two reviewers have read it
            self.check_new(one.statements, one.said, payload, owner.owner)
        reasons = publication_rules.needs_review(payload)
        claims = self.claims(one.said)
        if reasons or claims:
            persons.check_persons(one.said, self.store.consents, claims)
        self._pass_gate(one, payload, owner, reasons)  # what is released too: the world went on while it was held
        if reasons and not one.reviews:
            return self._hold(one, owner, reasons)
        for review in one.reviews:
            self._entry(review, self.ring.check(self.batch.size, review.payload, review.signers))
        index = self.batch.add(publication.entry_of(opened, owner.owner, one.statements))
        self.batch.attachments(index, payload.attachments)
        self._ids.update(made.id for made in one.statements)
        self.remember(one.statements, one.said, index, owner.owner)
        return Published(
            index=index,
            last=index,
            sha256=opened.payload_sha256.hex(),
            ids=tuple(made.id.hex() for made in one.statements),
        )

    def _pass_gate(self, one: Prepared, payload: log.Statements, owner: KeyState, held: tuple[str, ...]) -> None:
        if payload.dataset != publication.DIRECT:
            return  # what another list says is taken over as it stands there, mistakes too
        if tuple(gates.digest(file) for file in one.submission.attachments) != one.looked_at:
            raise Refused(
                "The attached files are not those that were looked at.", field="attachments", code="attachment_differs"
            )

        def look() -> Store:
            self.batch.flush()  # the gate sees what this batch has let in
            return self.store

        gates.required(self.gate)(
            gates.Arrival(
                statements=one.said,
                owner=self.ring.find(owner.key_id) or owner,
                dataset=payload.dataset,
                held=held,
                index=self.batch.size,
                day=self.batch.at[:10],
                look=look,
                is_new=self.is_new,
                ring=self.ring,
            )
        )

    def _hold(self, one: Prepared, owner: KeyState, reasons: tuple[str, ...]) -> Held:
        id = one.opened.payload_sha256.hex()
        if self.store.held(id=id):
            raise Refused("This was submitted before.", field="payload", code="replay")
        self.store.hold(id, owner.owner, reasons, publication.pack(one.submission))
        self.waiting.add(id, one.said)
        return Held(id=id, reasons=reasons, ids=(id,))

    def _entry(self, opened: Opened, owner: KeyState) -> Published:
        payload = opened.payload
        index = self.batch.size
        if log.kind_of(payload) in log.KEY_KINDS:
            self.ring.apply(index, payload, opened.signers)
        self.batch.add(publication.entry_of(opened, owner.owner))
        if isinstance(payload, log.Retract):
            self.batch.retract(index, payload.ids)
            self.stand_no_more([bytes.fromhex(id) for id in payload.ids])
            self.ownership.forget()
        elif isinstance(payload, log.Erase):
            subjects = self.batch.erase(index, payload)
            self.store.put_job("erase", {"index": index, "ids": list(payload.ids), "subjects": subjects})
            self.stand_no_more([bytes.fromhex(id) for id in payload.ids])
            self.ownership.forget()
            self.first.update({bytes.fromhex(id): None for id in payload.ids})
        elif isinstance(payload, log.Snapshot):
            self.batch.snapshot(index, payload)
        return Published(index=index, last=index, sha256=opened.payload_sha256.hex(), ids=tuple(_named(payload)))

    def _check_entry(self, payload: log.Payload, owner: KeyState) -> None:
        if isinstance(payload, log.Genesis | log.KeyAdd):
            check_name(payload.owner, "owner")
            if isinstance(payload, log.KeyAdd):
                if payload.domain is not None:
                    check_domain(payload.domain)
                self._check_joined(payload.owner)
        elif isinstance(payload, log.DomainProof):
            check_name(payload.by, "by")
            check_past(payload.checked, "checked")
        elif isinstance(payload, log.Snapshot) and not DATASET_NAME.fullmatch(payload.dataset):
            raise Refused("This is not the name of a data set.", field="dataset", code="bad_dataset")
        ids = _named(payload)
        for at, id in enumerate(ids):
            first = self.first.get(bytes.fromhex(id))
            if first is None:
                raise Refused(
                    f"{id} is not a statement of this register.", field=f"ids[{at}]", code="unknown_statement"
                )
            if isinstance(payload, log.Retract) and first.owner != owner.owner:
                raise Refused(
                    f"Only {first.owner}, who published the statement, takes it back.",
                    field=f"ids[{at}]",
                    code="not_the_owner",
                    hint="Others deny it, with a reply.",
                )
        if isinstance(payload, log.Retract | log.Erase) and not ids:
            raise Refused("No statement is named.", field="ids", code="empty")

    def _check_joined(self, owner: str) -> None:
        """Judgements may have joined the id with another that has a key: pages call both by one name."""
        entities = {one.owner for one in self.ring.states() if one.owner.startswith("sv-")}
        if not owner.startswith("sv-") or owner in entities:
            return  # of a further key of the same owner the keyring has asked whether the owner signed
        same = self.store.canonicals([*sorted(entities), owner])
        first = next((one for one in sorted(entities) if same.get(one, one) == same.get(owner, owner)), None)
        if first is not None:
            raise Refused(
                f"{owner} is judged to be one with {first}, which has a key.",
                field="owner",
                code="owner_has_key",
                hint=f"Register the key for {first}.",
            )


def check_name(text: str, field: str) -> None:
    """Raises Refused for a name that is not written as names are."""
    try:
        clean = clean_name(text, OWNER_MAX)
    except ValueError as error:
        raise Refused(f"{field}: {str(error).rstrip('.')}.", field=field, code=f"bad_{field}") from None
    if clean != text:
        raise Refused(
            f"{field}: It is one line without double spaces or invisible characters.", field=field, code=f"bad_{field}"
        )


def check_domain(text: str) -> None:
    """Raises Refused for an official domain that nobody could serve a file from, or that is not in its one form."""
    try:
        host = canonical_host(text)
    except ValueError:
        host = ""
    if "." not in host or ":" in host or host.replace(".", "").isdigit():
        raise Refused(
            "domain: It is not the name of a domain.",
            field="domain",
            code="bad_domain",
            hint="Write it as ministry.example, without https:// and without a path.",
        )
    if host != text:
        raise Refused(
            "domain: It is not written in its one form.", field="domain", code="bad_domain", hint=f"Write it as {host}."
        )


def _named(payload: log.Payload) -> Sequence[str]:
    """Ids that a retraction or an erasure names. Raises Refused."""
    if not _names(payload):
        return ()
    for at, id in enumerate(payload.ids):
        if not is_id(id):
            raise Refused(
                "This is not the id of a statement.",
                field=f"ids[{at}]",
                code="bad_id",
                hint="It has 64 hex digits, and stands beside the statement on its page and in the bulk files.",
            )
    return payload.ids


def _names(payload: log.Payload) -> TypeGuard[log.Retract | log.Erase]:
    return isinstance(payload, log.Retract | log.Erase)


def is_id(text: str) -> bool:
    """Whether it has the form of a statement's id: 64 hex digits, lower case."""
    return len(text) == 64 and not set(text) - set("0123456789abcdef")


def owners(ring: Keyring) -> Mapping[str, str]:
    """Key id -> owner."""
    return {one.key_id: one.owner for one in ring.states()}
