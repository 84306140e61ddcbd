"""The log: its checkpoint and who signed it, its entries with their proofs, and how anybody checks it."""

from __future__ import annotations

import hashlib
from typing import Any, Self

import msgspec
from pydantic import Field

from sousveil.errors import SousveilError
from sousveil.ledger import dsse
from sousveil.ledger.merkle import inclusion_proof, leaf_hash
from sousveil.register import entries as log
from sousveil.register.model import Recorded
from sousveil.register.store import LogEntry
from sousveil.register.views import words
from sousveil.register.views.labels import property_label, type_label
from sousveil.register.views.model_base import ClaimView, Ref
from sousveil.register.views.reading import Reader
from sousveil.web.boards import called
from sousveil.web.columns import table
from sousveil.web.failures import Failure
from sousveil.web.page import Answer, Asked, Page
from sousveil.web.pages.keys import KeyLine, lines
from sousveil.web.site import Site

KINDS = {
    "genesis": "The register begins",
    "statements": "Statements published",
    "key_add": "A key was added",
    "key_rotate": "A key was replaced",
    "key_revoke": "A key was revoked",
    "voucher": "Somebody vouched for a key",
    "domain_proof": "Control of a domain was shown",
    "review": "A reviewer's word on a held publication",
    "retract": "Statements were taken back by their publisher",
    "erase": "Statements were erased",
    "snapshot": "A published list was read",
}
"""Kind of an entry -> what it is, in words."""


class EntryLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the list of entries."""

    index: int
    kind: str
    words: str
    publisher: str
    """Owner of the key that signed it: the id of an entity, or a name."""
    publisher_name: str
    """The same as people call it."""
    dataset: str
    recorded_at: str
    """UTC, as the operator's clock had it."""


class LogView(msgspec.Struct, frozen=True, kw_only=True):
    """The log as a whole."""

    origin: str
    size: int
    root: str
    """Root hash of the tree, 64 hex digits."""
    checkpoint: str
    """The newest checkpoint, a signed note."""
    verifier_key: str
    """The log's key in the form of signed notes."""
    witnesses: int
    """Independent witnesses that cosigned the checkpoint."""
    quorum: bool
    """As many as the policy asks for."""
    names: list[str]
    words: str
    entries: list[EntryLine]
    """Newest first."""


class CommitmentLine(msgspec.Struct, frozen=True, kw_only=True):
    """What the log itself holds of a statement."""

    id: str
    type: str
    type_label: str
    standing: str
    standing_words: str
    stance: str
    stance_words: str
    state: str
    """readable or erased."""
    about: Ref | None = None
    """Whom or what it is about; None where it is erased, or not told here: it has a page of its own."""
    label: str = ""
    """The heading under which it stands there."""
    claim: ClaimView | None = None
    """What it says, with its marks and what others say of it."""


class FileLine(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was published with an entry."""

    sha256: str
    size: int
    media_type: str
    """As its publisher says."""
    erased: bool


class EntryView(msgspec.Struct, frozen=True, kw_only=True):
    """One entry with its proof."""

    line: EntryLine
    signers: list[str]
    """Ids of the keys that signed it."""
    signed_by: list[KeyLine]
    """The same keys, with what is known of them today."""
    payload_type: str
    payload: str
    """The exact text that was signed."""
    payload_sha256: str
    leaf_hash: str
    proof: list[str]
    """Hashes that lead from the leaf to the root, lowest first, 64 hex digits each."""
    size: int
    root: str
    commitments: list[CommitmentLine]
    commitments_more: int
    files: list[FileLine]
    receipt: bool
    """A receipt can be had."""


class Paged(Asked):
    """Which entries."""

    before: int | None = Field(None, ge=0, le=2**53, description="Only entries below this index.")
    limit: int = Field(50, ge=1, le=500)

    @classmethod
    def whole(cls) -> Self:
        """All of them."""
        return cls.model_construct(before=None, limit=10**8)


SHOWN = 200
"""Commitments of one entry that the page lists."""
TOLD = 50
"""Of these, how many are told in words."""


def overview(site: Site, asked: Paged) -> Answer:
    """Checkpoint, witnesses, newest entries."""
    size = site.store.size()
    last = min(size, asked.before) if asked.before is not None else size
    first = max(0, last - asked.limit)
    seen = site.witnessed()
    tree = site.store.tree()
    view = LogView(
        origin=site.origin,
        size=size,
        root=tree.root.hex(),
        checkpoint=site.checkpoint(),
        verifier_key=site.verifier_key(),
        witnesses=seen.independent,
        quorum=seen.quorum,
        names=seen.names,
        words=site.witness_words(),
        entries=_lines(site, list(reversed(list(site.store.entries(first, last))))),
    )
    return Answer(data=view, next=str(first) if first else None)


def _lines(site: Site, entries: list[LogEntry]) -> list[EntryLine]:
    names = called(site, {one.publisher for one in entries})
    return [
        EntryLine(
            index=one.index,
            kind=one.kind,
            words=KINDS.get(one.kind, one.kind),
            publisher=one.publisher,
            publisher_name=names[one.publisher],
            dataset=one.dataset,
            recorded_at=one.recorded_at,
        )
        for one in entries
    ]


def entry(site: Site, asked: Asked, index: int) -> Answer:
    """One entry."""
    tree = site.store.tree()
    if index >= tree.size:
        raise Failure(404, "The log has no such entry yet.", field="index", hint=f"It has {tree.size:,} entries.")
    found = site.store.entry(index)
    envelope = dsse.decode(found.envelope)
    payload = log.decode(envelope.payload)
    commitments, more = _commitments(site, payload)
    try:
        proof = [one.hex() for one in inclusion_proof(site.register.log, index, tree.size)]
    except SousveilError:
        proof = []
    view = EntryView(
        line=_lines(site, [found])[0],
        signers=list(found.signers),
        signed_by=lines(site, list(found.signers)),
        payload_type=envelope.payload_type,
        payload=envelope.payload.decode(),
        payload_sha256=hashlib.sha256(envelope.payload).hexdigest(),
        leaf_hash=leaf_hash(log.log_entry(found.envelope)).hex(),
        proof=proof,
        size=tree.size,
        root=tree.root.hex(),
        commitments=commitments,
        commitments_more=more,
        files=[
            FileLine(sha256=sha256, size=size, media_type=kind, erased=gone)
            for sha256, size, kind, gone in site.store.attachments_of(index)
        ],
        receipt=site.receipt(index) is not None,
    )
    return Answer(data=view, datasets=(found.dataset,) if found.dataset else ())


def _commitments(site: Site, payload: Any) -> tuple[list[CommitmentLine], int]:
    if not isinstance(payload, log.Statements):
        return [], 0
    listed = payload.commitments[:SHOWN]
    readable = {one.id: found for one in listed if isinstance(found := site.store.statement(one.id), Recorded)}
    told = _told(site, list(readable.values())[:TOLD])
    lines = []
    for one in listed:
        about, label, claim = told.get(one.id, (None, "", None))
        lines.append(
            CommitmentLine(
                id=one.id,
                type=one.type,
                type_label=type_label(one.type),
                standing=one.standing,
                standing_words=words.standing(one.standing),
                stance=one.stance,
                stance_words=words.stance(one.stance),
                state="readable" if one.id in readable else "erased",
                about=about,
                label=label,
                claim=claim,
            )
        )
    return lines, max(0, len(payload.commitments) - SHOWN)


def _told(site: Site, said: list[Recorded]) -> dict[str, tuple[Ref, str, ClaimView]]:
    """What statements say, each with whom it is about, its heading, its marks and its answers, as on that entity's page."""
    reader = Reader(site.store)
    reader.load(one.statement.subject for one in said)
    reader.load_ends()
    return {
        one.id: (reader.ref(one.statement.subject), property_label(one.statement.type, one.statement.property), claim)
        for one, claim in zip(said, reader.claims(said), strict=True)
    }


PAGES = (
    Page(
        name="log",
        route="log",
        title="The log",
        what="The newest checkpoint, who cosigned it, and the entries, newest first.",
        view=overview,
        result=LogView,
        template="log.html",
        table=table("entries", "entry=index what=words kind by=publisher_name dataset recorded=recorded_at"),
        asked=Paged,
        order=50,
    ),
    Page(
        name="log-entry",
        route="log/entries/{index}",
        title="Log entry",
        what="One entry of the log: what was signed, by which key, and the proof that it stands in the log.",
        view=entry,
        result=EntryView,
        template="entry.html",
        parts={"index": int},
        order=51,
    ),
)
