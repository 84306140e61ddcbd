"""The screening record: what the register held on bidders when an authority asked, signed, for 30 days, and no clearance.

It is a DSSE envelope over JSON. Whoever receives it can check, at any register of the same log, whether it still holds: the
signature, the day, and whether anything that is on file about one of the bidders has changed since.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date, timedelta

import msgspec

from sousveil.decisions.compiled import compile_world
from sousveil.desk.harms import circle
from sousveil.errors import Malformed
from sousveil.ledger import dsse
from sousveil.ledger.disagreement import BadSignature
from sousveil.register.codes import Role
from sousveil.register.keyring import Keyring
from sousveil.register.score import THRESHOLD
from sousveil.register.screening_model import Hit, chain_words
from sousveil.register.store import Store
from sousveil.register.views.records import stands

PAYLOAD_TYPE = "application/vnd.sousveil.screening-record+json"
NAMESPACE = "sousveil-screening"
"""First word of what the authority signs its list of bidders for (the namespace of an SSH signature). The day follows, and the tender if
there is one: whoever comes by list and signature later cannot ask with them again, nor for something else."""
SIGNED_DAYS = 7
"""So many days after its own a signature of a list counts."""
FORM = "sousveil-screening-record/6"
"""The form of a record and of what `facts_of` puts together, as this version makes them. It gets a new number whenever either changes,
and whenever names are compared otherwise: what an earlier form put together cannot be compared, and must not be told as a changed fact."""
DAYS = 30
"""A record ends so many days after its day."""
NOT_A_CLEARANCE = "not a clearance"
COULD_BE = "could be: the names are somewhat alike"
SAYS = (
    "What this register held on the bidders below on the day it was asked. It is not a clearance: no hit only says that "
    "no company, office or product of a name like this is on file here, and a hit is no accusation. Natural persons are not "
    "looked for. It is made out to the authority named and may not be handed on. It ends on the day named, or earlier when a "
    "fact about a bidder, its owners, directors or products changes; check it at the register."
)


class RecordHit(msgspec.Struct, frozen=True, kw_only=True):
    """An entity that a bidder's name may mean."""

    entity: str
    name: str
    score: float
    type: str
    dataset: str
    snapshot: str | None
    why: tuple[str, ...]
    about: tuple[str, ...]
    path: tuple[str, ...]
    """Chains of ownership, each in words."""
    replies: tuple[str, ...]
    harms: tuple[str, ...] = ()
    """Harms on file, of the entity and of those it is linked with by ownership: each with its source and every reply."""
    could_be: str = ""
    """That the names are only somewhat alike; empty where they are alike."""
    against: bool = False
    """Whether it stands on a list, or anything is on file against it, whoever says it: such a hit is never left out."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One bidder."""

    line: int
    name: str
    country: str | None
    says: str
    """In every row: not a clearance."""
    hits: tuple[RecordHit, ...]
    facts: str
    """SHA-256 of what is on file, 64 hex digits: when it changes, the record ends."""
    warnings: tuple[str, ...] = ()
    left_out: int = 0
    """How many more names are alike, of whom nothing is on file against them."""
    ties: tuple[str, ...] = ()
    """Links between a hit and the authority that asks, with their publishers."""


class NotScreened(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the list that could not be screened."""

    line: int
    problem: str
    says: str


class ScreeningRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The payload, in this order of members."""

    form: str
    says: str
    register_title: str
    """Title of the register."""
    origin: str
    """Name of its log."""
    example: bool
    authority: str
    """Entity id of the asking authority."""
    authority_name: str
    asked_with_key: str
    """Id of the key with which the authority signed its list."""
    list_sha256: str
    """Of the list's exact bytes."""
    tender: str | None
    issued_on: str
    expires_on: str
    log_size: int
    root: str
    """Root hash of the log at that size, 64 hex digits."""
    lists: dict[str, str]
    """Reference list -> day of the copy that was compared."""
    bidders: int
    with_hits: int
    rows: tuple[Row, ...]
    not_screened: tuple[NotScreened, ...]


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """Why a record does not hold."""

    code: str
    """signature, register, expired, future, form, changed."""
    says: str


_DECODER = msgspec.json.Decoder(ScreeningRecord)


def somewhat(hit: Hit) -> bool:
    """Whether the names are only somewhat alike: the bidder could be this entity."""
    return hit.score < THRESHOLD


def record_hit(hit: Hit, harms: tuple[str, ...] = ()) -> RecordHit:
    """A hit as the record tells it."""
    return RecordHit(
        entity=hit.entity,
        name=hit.name,
        score=round(hit.score, 4),
        type=hit.type,
        dataset=hit.dataset,
        snapshot=hit.snapshot,
        why=hit.why,
        about=hit.about,
        path=tuple(chain_words(hit.name, chain) for chain in hit.path),
        replies=hit.replies,
        harms=harms,
        could_be=COULD_BE if somewhat(hit) else "",
        against=hit.against,
    )


def tied(row: Row) -> str:
    """In words what ties a bidder to the asker; empty where nothing does."""
    return f"links with the authority that asks: {'; '.join(row.ties)}" if row.ties else ""


def alike(row: Row) -> str:
    """In words how many names are alike, and how many others it could be."""
    could = sum(bool(hit.could_be) for hit in row.hits)
    own = len(row.hits) - could
    found = [f"{own:,} names alike"] if own else []
    found += [f"{could:,} {'more ' if own else ''}that it could be"] if could else []
    return ", ".join(found) or "no name alike on file"


def left_out(row: Row) -> str:
    """In words that there are more names alike than the row tells."""
    return f"{row.left_out:,} more left out, with nothing on file against them"


def told(store: Store, hits: Iterable[Hit]) -> dict[str, list[tuple[str, bool]]]:
    """Entity -> what a record on it rests on: id of each statement, and whether it stands.

    That is what the register says of the entity, of whoever owns or directs it or is owned or directed by it, and of their products; of
    every record that names one of them; and of every record that names such a record (what became of a licence). Where these are too
    many to be looked through, the size of the log stands for them: then the record ends with whatever is published.
    """
    world = compile_world(store)
    owner: dict[str, set[str]] = {}
    found: dict[str, list[tuple[str, bool]]] = {}
    for entity in sorted({hit.entity for hit in hits}):
        ring, cut = circle(world, entity)
        found[entity] = [(f"log size {store.size()}", True)] if cut else []
        for member in (member for one in ring for member in store.members(one)):
            owner.setdefault(member, set()).add(entity)
    about: dict[str, set[str]] = {}
    level = owner
    for _ in range(2):
        naming: dict[str, set[str]] = {}
        for one in store.statements_to(sorted(level)):
            naming.setdefault(one.statement.subject, set()).update(level[one.statement.value])
        for subject, entities in naming.items():
            about.setdefault(subject, set()).update(entities)
        level = naming
    for one in store.statements_of(sorted({*owner, *about})):
        subject = one.statement.subject
        for entity in {*about.get(subject, ()), *owner.get(subject, ())}:
            found[entity].append((one.id, stands(one)))
    return {entity: sorted(said) for entity, said in found.items()}


def facts_of(hits: Iterable[Hit], said: dict[str, list[tuple[str, bool]]]) -> str:
    """SHA-256 of what is on file about the entities hit; harms, and all that `about` says in words, are among the statements.

    How alike names are is no fact about them; and no words of ours are in it, so that a sentence that is worded anew changes nothing.
    """
    facts = [
        (
            one.entity,
            one.name,
            one.dataset,
            one.snapshot,
            [
                [(step.entity, step.name, step.link, step.percentage, step.listed, step.until) for step in chain]
                for chain in one.path
            ],
            one.replies,
            said[one.entity],
        )
        for one in hits
    ]
    return hashlib.sha256(msgspec.json.encode(sorted(facts, key=lambda one: one[0]))).hexdigest()


def expiry(issued_on: str) -> str:
    """The last day of a record."""
    return (date.fromisoformat(issued_on) + timedelta(days=DAYS)).isoformat()


def opened(data: bytes, ring: Keyring, origin: str) -> tuple[ScreeningRecord, Ended | None]:
    """The record in an envelope, and why it must not be believed. Raises Malformed."""
    envelope = dsse.accept(data)
    if envelope.payload_type != PAYLOAD_TYPE:
        raise Malformed("This envelope holds no screening record.", hint="Give the file that `bidders` wrote.")
    try:
        record = _DECODER.decode(envelope.payload)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise Malformed(f"This screening record cannot be read: {error}.") from None
    if record.origin != origin:
        return record, Ended(code="register", says=f"It was made by another register: {record.origin}.")
    try:
        signers = dsse.signers(envelope, ring.public_keys)
    except BadSignature as error:
        return record, Ended(code="signature", says=error.message)
    if not any(_may(ring, one, record.log_size) for one in signers):
        return record, Ended(code="signature", says="No key that the operator had on that day signed it.")
    return record, None


def _may(ring: Keyring, key_id: str, size: int) -> bool:
    """Whether this was a key of the operator when the log had this size, and is not doubtful from there on."""
    state = ring.find(key_id)
    if state is None or state.role is not Role.OPERATOR or state.from_index >= size:
        return False
    if state.revoked_index is not None and state.revoked_index < size:
        return False
    doubtful = ring.doubt_from(key_id)
    return doubtful is None or doubtful > size
