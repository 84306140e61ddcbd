"""What may enter the log: the checks that need the register's history, within the transaction that appends.

Every check of a submission comes before its first write, so that a refusal leaves nothing behind and does not touch the
other submissions of the batch.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from sousveil.errors import SousveilError
from sousveil.register import edtf, persons, publication
from sousveil.register import entries as log
from sousveil.register.exchange.circles import circles
from sousveil.register.keyring import Keyring, KeyState
from sousveil.register.model import Stance, Statement, from_content
from sousveil.register.publication import DIRECT, Opened, Submission
from sousveil.register.refusal import Refused
from sousveil.register.store import NewStatement, Store
from sousveil.register.store.writing import Appending
from sousveil.register.types import registry
from sousveil.register.types.cleaning import clean_name
from sousveil.register.types.model import Kind

OWNER_MAX = 384
"""Characters of the name of a key's owner; a statement's publisher has as many."""
DATASET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,99}", re.ASCII)
OWNERSHIP = "Ownership"


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A submission whose signatures, commitments and statements are sound."""

    opened: Opened
    submission: Submission
    statements: tuple[NewStatement, ...] = ()
    said: tuple[Statement, ...] = ()
    reviews: tuple[Opened, ...] = ()
    """Set when it was held and is released now."""


class Published(msgspec.Struct, frozen=True, kw_only=True):
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


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """It waits for reviewers; nothing of it is public."""

    id: str
    reasons: tuple[str, ...]
    """`person`, `alleged`."""
    ids: tuple[str, ...]
    """All of them, where it was handed in as several."""


Outcome = Published | Held | SousveilError


def prepare(submission: Submission, ring: Keyring, index: int, *, example: bool, released: bool = False) -> Prepared:
    """Check everything that does not need the lock. Raises Refused.

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
    found = publication.check_publication(payload, submission, owner, example=example)
    return Prepared(
        opened=opened,
        submission=submission,
        statements=tuple(one for one, _ in found),
        said=tuple(one for _, one in found),
    )


class Waiting:
    """Whom held publications are about. What a held publication says never changes, so each is read once."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[set[str], dict[str, str]]] = {}
        self.persons: set[str] = set()
        """Ids of natural persons."""
        self.claims: dict[str, str] = {}
        """Claims about natural persons -> the person."""

    def look(self, store: Store) -> None:
        """Read what has come since, forget what waits no more."""
        now = {row[0] for row in store.db.query("SELECT id FROM held WHERE state IN ('waiting', 'notice')")}
        if now == self._read.keys():
            return
        for id in now - self._read.keys():
            data = store.held_submission(id)
            self._add(id, [from_content(text) for _, text in publication.unpack(data).contents] if data else [])
        for id in self._read.keys() - now:
            del self._read[id]
        self.persons, self.claims = set(), {}
        for ids, claims in self._read.values():
            self.persons |= ids
            self.claims |= claims

    def _add(self, id: str, said: Sequence[Statement]) -> None:
        ids = persons.named(said)
        self._read[id] = (ids, persons.claims_in(said, ids.__contains__))

    def add(self, id: str, said: Sequence[Statement]) -> None:
        """One that is held from now on."""
        self._add(id, said)
        ids, claims = self._read[id]
        self.persons |= ids
        self.claims |= claims


class _First(NamedTuple):
    """A statement of the register, as far as an answer to it must fit."""

    owner: str
    subject: str
    type: str
    property: str


class _Link(NamedTuple):
    """Half of an ownership: the owner or the asset of a record; or that it has ended."""

    record: str
    property: str
    value: str


class Admission:
    """Lets a batch in, one submission after the other."""

    def __init__(self, store: Store, batch: Appending, ring: Keyring, waiting: Waiting | None = None) -> None:
        self.store, self.batch, self.ring = store, batch, ring
        self.waiting = waiting if waiting is not None else Waiting()
        self._payloads: set[bytes] = set()
        self._ids: set[bytes] = set()
        self._first: dict[bytes, _First | None] = {}
        self._types: dict[str, set[str]] = {}
        """Entity -> the record types that the register knows it by."""
        self._standing: dict[tuple[str, bytes], tuple[int, bytes]] = {}
        """Owner and content of statements that stand -> index and id."""
        self._links: dict[str, dict[bytes, _Link]] = {}
        """Ownership that the batch brought: owner of the key -> id -> link."""

    def look_ahead(self, batch: Sequence[Prepared]) -> None:
        """Ask the database once for everything that the batch could clash with."""
        db = self.store.db
        payloads = [one.unique for each in batch for one in (each.opened, *each.reviews)]
        self._payloads |= {row[0] for row in db.among("SELECT replay FROM entries WHERE replay IN ({keys})", payloads)}
        ids = [one.id for each in batch for one in each.statements]
        for table in ("statements", "erased"):
            self._ids |= {row[0] for row in db.among(f"SELECT id FROM {table} WHERE id IN ({{keys}})", ids)}
        named = [one.supersedes for each in batch for one in each.statements if one.supersedes]
        named += [bytes.fromhex(id) for each in batch for id in _named(each.opened.payload)]
        self._look_up(named)
        subjects = {one.subject for each in batch for one in each.statements}
        entities = subjects | {one.target for each in batch for one in each.statements if one.target is not None}
        for id, kind in db.among(
            "SELECT DISTINCT subject, type FROM entities WHERE subject IN ({keys}) AND live > 0", sorted(entities)
        ):
            self._types.setdefault(id, set()).add(kind)
        self._look_for_the_same(batch, sorted(subjects & self._types.keys()))
        if subjects:
            self.waiting.look(self.store)

    def _look_up(self, ids: Sequence[bytes]) -> None:
        rows = self.store.db.among(
            "SELECT s.id, e.publisher, s.content FROM statements s JOIN entries e ON e.idx = s.entry "
            "WHERE s.id IN ({keys})",
            ids,
        )
        for id, owner, content in rows:
            said = from_content(bytes(content))
            self._first[bytes(id)] = _First(owner, said.subject, said.type, said.property)

    def _look_for_the_same(self, batch: Sequence[Prepared], subjects: Sequence[str]) -> None:
        """Which of these statements stand already, by whoever. What a stolen key signed does not stand."""
        wanted = {one.content for each in batch for one in each.statements}
        rows = self.store.db.among(
            "SELECT s.content, s.id, s.entry, e.publisher, e.signers FROM statements s JOIN entries e ON e.idx = s.entry "
            "WHERE s.subject IN ({keys}) AND s.retracted IS NULL AND s.superseded_by IS NULL",
            subjects,
        )
        doubts = self.ring.doubts(None)
        for content, id, index, owner, signers in rows:
            if content in wanted and not any(index >= doubts.get(key, index + 1) for key in signers.split(",")):
                self._standing[owner, bytes(content)] = (index, bytes(id))

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
                self._check_superseded(at, made, one.said[at], owner)
        if len({made.id for made in one.statements}) != len(one.statements):
            raise Refused("A statement stands here twice.", field="statements", code="replay")
        if not one.reviews:  # what is released was checked when it came in, and two reviewers have read it
            self._check_new(one, payload, owner)
        reasons = publication.needs_review(payload)
        claims = self._claims(one.said)
        if reasons or claims:
            persons.check_persons(one.said, self.store.consents, claims)
        if reasons and not one.reviews:
            return self._hold(one, owner, reasons)
        for review in one.reviews:
            self._entry(review, self.ring.check(self.batch.size, review.payload, review.signers))
        index = self.batch.add(publication.entry_of(opened, owner.owner, one.statements))
        self.batch.attachments(index, payload.attachments)
        self._remember(one, index, owner.owner)
        return Published(
            index=index,
            last=index,
            sha256=opened.payload_sha256.hex(),
            ids=tuple(made.id.hex() for made in one.statements),
        )

    def _remember(self, one: Prepared, index: int, owner: str) -> None:
        """What was let in, for the rest of the batch."""
        for made, said in zip(one.statements, one.said, strict=True):
            self._ids.add(made.id)
            self._first[made.id] = _First(owner, said.subject, said.type, said.property)
            self._types.setdefault(said.subject, set()).add(said.type)
            self._standing[owner, made.content] = (index, made.id)
            if made.corrects and made.supersedes is not None:
                self._stand_no_more([made.supersedes])
            if said.type == OWNERSHIP and (link := _link(said)) is not None:
                self._links.setdefault(owner, {})[made.id] = link

    def _stand_no_more(self, ids: Sequence[bytes]) -> None:
        gone = set(ids)
        for key in [key for key, (_, id) in self._standing.items() if id in gone]:
            del self._standing[key]
        for links in self._links.values():
            for id in gone & links.keys():
                del links[id]

    def _check_superseded(self, at: int, made: NewStatement, said: Statement, owner: KeyState) -> None:
        field = f"statements[{at}].supersedes"
        first = self._first.get(made.supersedes or b"")
        if first is None:
            raise Refused(
                "The statement that this answers is not in the register.", field=field, code="unknown_statement"
            )
        if made.corrects and first.owner != owner.owner:
            raise Refused(
                f"Only {first.owner}, who published the statement, corrects it.",
                field=field,
                code="not_the_owner",
                hint="Deny it, or publish what you know as a statement of your own.",
            )
        told = (said.subject, said.type, said.property)
        if made.corrects and told != first[1:]:
            raise Refused(
                "A correction keeps subject, type and property of what it corrects.",
                field=field,
                code="other_statement",
                hint="Retract the first statement, and publish the other one.",
            )
        if said.subject != first.subject:
            raise Refused(
                "An answer has the subject of the statement that it answers.",
                field=field,
                code="other_statement",
            )

    # What a new publication may not say

    def _check_new(self, one: Prepared, payload: log.Statements, owner: KeyState) -> None:
        """Raises Refused for a person who is not marked, the wrong kind of entity, circles, and what stands already."""
        self._check_marked(one)
        self._check_ranges(one)
        if payload.dataset == DIRECT and any(said.type == OWNERSHIP for said in one.said):
            self._check_circles(one, owner.owner)
        self._check_not_standing(one, owner.owner)

    def _check_marked(self, one: Prepared) -> None:
        here = persons.named(one.said)
        for at, (made, said) in enumerate(zip(one.statements, one.said, strict=True)):
            if said.person:
                continue
            for field, id in (("subject", made.subject), ("value", made.target)):
                if id is not None and (id in here or self._is_person(id)):
                    raise Refused(
                        f"Statement {at} names a natural person in its {field} and is not marked as one that does.",
                        field=f"statements[{at}].person",
                        code="names_person",
                        hint="Write person=true. It is then held until two reviewers have released it.",
                    )

    def _is_person(self, id: str) -> bool:
        """A person in the register; an id that the register does not know: a person in what is held."""
        types = self._types.get(id)
        return any(map(persons.is_person, types)) if types else id in self.waiting.persons

    def _claims(self, said: Sequence[Statement]) -> dict[str, str]:
        """Claims of which this publication says something -> the person whom they are about."""
        subjects = {one.subject for one in said if one.type == persons.CLAIM}
        if not subjects:
            return {}
        found = {id: self.waiting.claims[id] for id in subjects & self.waiting.claims.keys()}
        known = sorted(subjects & self._types.keys())
        rows = self.store.db.among(
            "SELECT subject, target FROM statements WHERE subject IN ({keys}) AND type = 'Claim' AND person = 1 "
            "AND target IS NOT NULL",
            known,
        )
        return found | dict(rows) | persons.claims_in(said, self._is_person)

    def _check_ranges(self, one: Prepared) -> None:
        """A value that is known is of a type that the property may point to. What comes later is not known yet."""
        here: dict[str, set[str]] = {}
        for said in one.said:
            here.setdefault(said.subject, set()).add(said.type)
        for at, (made, said) in enumerate(zip(one.statements, one.said, strict=True)):
            if made.target is None or said.stance is Stance.DENIES:
                continue
            range = _range(said)
            types = here.get(made.target, set()) | self._types.get(made.target, set())
            if range and types and not any(_fits(kind, wanted) for kind in types for wanted in range):
                raise Refused(
                    f"Statement {at}: {said.property} of {said.type} leads to {' or '.join(range)}, and {made.target} "
                    f"is known as {', '.join(sorted(types))}.",
                    field=f"statements[{at}].value",
                    code="wrong_type",
                )

    def _check_circles(self, one: Prepared, owner: str) -> None:
        """Nobody owns itself, by whatever way, in what one publisher says. Others may say otherwise: that is shown."""
        gone = {made.supersedes for made in one.statements if made.corrects}
        links = [link for id, link in self._links.get(owner, {}).items() if id not in gone]
        new = [(at, link) for at, said in enumerate(one.said) if (link := _link(said)) is not None]
        if not new:
            return
        links += [link for _, link in new]
        records = {link.record for link in links}
        links += self._stored_links(owner, "subject", records, gone)
        asked: set[str] = set()
        while ids := {link.value for link in links if link.property == "asset"} - asked:
            asked |= ids
            further = {link.record for link in self._stored_links(owner, "target", ids, gone)} - records
            records |= further
            links += self._stored_links(owner, "subject", further, gone)
        ended = {link.record for link in links if link.property == "endDate"}
        ends: dict[str, tuple[set[str], set[str]]] = {}
        for link in links:
            if link.record not in ended:
                ends.setdefault(link.record, (set(), set()))[link.property == "asset"].add(link.value)
        found = circles((a, b) for owners, assets in ends.values() for a in owners for b in assets)
        for at, link in new:
            owners, assets = ends.get(link.record, (set(), set()))
            for group in map(set, found):
                if not (owners & group and assets & group) or link.value not in group:
                    continue
                itself = bool(owners & assets & group)
                raise Refused(
                    f"Statement {at}: {link.value} would own itself"
                    + ("." if itself else f", by way of {', '.join(sorted(group - {link.value}))}."),
                    field=f"statements[{at}].value",
                    code="owns_itself" if itself else "ownership_circle",
                    hint="Retract or correct what holds no more, or give it an end (valid_until).",
                )

    def _stored_links(self, owner: str, column: str, keys: set[str], gone: set[bytes | None]) -> list[_Link]:
        """Live ownership that this owner's keys published."""
        rows = self.store.db.among(
            f"SELECT s.id, s.content FROM statements s JOIN entries e ON e.idx = s.entry WHERE s.{column} IN ({{keys}}) "
            "AND s.type = 'Ownership' AND s.retracted IS NULL AND s.superseded_by IS NULL "
            "AND e.publisher = ?",
            sorted(keys),
            (owner,),
        )
        found = (_link(from_content(bytes(content))) for id, content in rows if bytes(id) not in gone)
        return [link for link in found if link is not None]

    def _check_not_standing(self, one: Prepared, owner: str) -> None:
        here: set[bytes] = set()
        for at, made in enumerate(one.statements):
            first = self._standing.get((owner, made.content))
            if first is not None or made.content in here:
                where = f"at index {first[0]} of the log" if first is not None else "in this publication"
                raise Refused(
                    f"Statement {at} stands already, {where}, word for word.",
                    field=f"statements[{at}]",
                    code="stands_already",
                    hint="What stands need not be said again. A correction names what it corrects.",
                )
            here.add(made.content)

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
            self._stand_no_more([bytes.fromhex(id) for id in payload.ids])
        elif isinstance(payload, log.Erase):
            subjects = self.batch.erase(index, payload)
            self.store.put_job("erase", {"index": index, "ids": list(payload.ids), "subjects": subjects})
            self._stand_no_more([bytes.fromhex(id) for id in payload.ids])
            self._first.update({bytes.fromhex(id): None for id in payload.ids})
        elif isinstance(payload, log.Snapshot):
            self.batch.snapshot(index, payload)
        return Published(index=index, last=index, sha256=opened.payload_sha256.hex(), ids=tuple(_named(payload)))

    def _check_entry(self, payload: log.Payload, owner: KeyState) -> None:
        if isinstance(payload, log.Genesis | log.KeyAdd):
            _check_name(payload.owner, "owner")
        elif isinstance(payload, log.DomainProof):
            _check_name(payload.by, "by")
        elif isinstance(payload, log.Snapshot) and not DATASET_NAME.fullmatch(payload.dataset):
            raise Refused("This is not the name of a data set.", field="dataset", code="bad_dataset")
        ids = _named(payload)
        for at, id in enumerate(ids):
            first = self._first.get(bytes.fromhex(id))
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


def _check_name(text: str, field: str) -> None:
    """Raises Refused for a name that is not written as names are."""
    try:
        clean = clean_name(text, OWNER_MAX)
    except ValueError as error:
        raise Refused(f"{field}: {str(error).rstrip('.')}.", field=field, code=f"bad_{field}") from None
    if clean != text:
        raise Refused(
            f"{field}: It is one line without double spaces or invisible characters.", field=field, code=f"bad_{field}"
        )


def _link(said: Statement) -> _Link | None:
    """What a statement says of who owns what now; None where it says nothing of it, denies it, or it has ended."""
    if said.type != OWNERSHIP or said.property not in ("owner", "asset", "endDate") or said.stance is Stance.DENIES:
        return None
    if said.valid_until is not None and said.valid_until != edtf.OPEN:
        return None
    return _Link(said.subject, said.property, said.value)


def _range(said: Statement) -> tuple[str, ...]:
    one = registry.property_of(said.type, said.property)
    return one.range if one is not None and one.kind == Kind.ENTITY else ()


def _fits(kind: str, wanted: str) -> bool:
    """Of the type wanted, or of one so general that it may turn out to be it."""
    return registry.is_a(kind, wanted) or registry.is_a(wanted, kind)


def _named(payload: log.Payload) -> Sequence[str]:
    """Ids that a retraction or an erasure names. Raises Refused."""
    if not isinstance(payload, log.Retract | log.Erase):
        return ()
    for at, id in enumerate(payload.ids):
        if len(id) != 64 or set(id) - set("0123456789abcdef"):
            raise Refused("This is not the id of a statement.", field=f"ids[{at}]", code="bad_id")
    return payload.ids


def owners(ring: Keyring) -> Mapping[str, str]:
    """Key id -> owner."""
    return {one.key_id: one.owner for one in ring.states()}
