"""Bidder screening: a list that an authority signed goes in, a signed screening record comes out, and later checks whether it still holds.

A record shows what the register has on each bidder. It ends after 30 days, or when anything in the register about a bidder changes, and
is no clearance. It is a DSSE envelope over JSON: every register of the same log can check it.
"""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, partial
from itertools import islice
from operator import attrgetter

import msgspec

from sousveil.decisions import lookup
from sousveil.decisions.compiled import compile_world, world_of
from sousveil.decisions.evidence.affiliation import Link
from sousveil.desk.harms import Harms, circle, names
from sousveil.desk.refusals import refusal, signer
from sousveil.errors import Malformed
from sousveil.kinds import visible
from sousveil.ledger import dsse
from sousveil.ledger.disagreement import BadSignature
from sousveil.register import review
from sousveil.register.codes import Role
from sousveil.register.folder import OPERATOR_KEY
from sousveil.register.keyring import Keyring
from sousveil.register.names import prepare
from sousveil.register.register import Register
from sousveil.register.score import THRESHOLD, Query
from sousveil.register.screening import CUTOFF, NAME_PROPERTIES, Screener
from sousveil.register.screening_model import BadRow, Hit, Step, chain_words
from sousveil.register.screening_table import read_bytes
from sousveil.register.store import Store
from sousveil.register.types import all_types, is_a
from sousveil.register.views import words
from sousveil.register.views.reading import Reader
from sousveil.register.views.records import stands

PAYLOAD_TYPE = "application/vnd.sousveil.screening-record+json"
NAMESPACE = "sousveil-screening"
"""First word of what the authority signs its list of bidders for (the namespace of an SSH signature). The day follows, and the tender if
there is one: whoever comes by list and signature later cannot ask with them again, nor for something else."""
SIGN = f'ssh-keygen -Y sign -n "{NAMESPACE} DAY TENDER" -f KEY LIST.csv'
SIGNED_DAYS = 7
"""So many days after its own a signature of a list counts."""
FORM = "sousveil-screening-record/6"
"""The form of a record and of what `facts_of` puts together, as this version makes them. It gets a new number whenever either changes,
and whenever names are compared otherwise: facts of another form cannot be compared, and did not change by that."""
DAYS = 30
"""A record ends so many days after its day."""
MOST_ROWS = 5_000
MOST_BYTES = 2 << 20
NOT_A_CLEARANCE = "not a clearance"
TIED = "links with the authority that asks"
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

    @classmethod
    def of(cls, hit: Hit, harms: tuple[str, ...]) -> RecordHit:
        """A hit as the record shows it."""
        same = {name: getattr(hit, name) for name in set(cls.__struct_fields__) & set(Hit.__struct_fields__)}
        own = {"score": round(hit.score, 4), "path": tuple(chain_words(hit.name, chain) for chain in hit.path)}
        return cls(**same | own, harms=harms, could_be=COULD_BE if hit.score < THRESHOLD else "")


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


def make(
    register: Register,
    data: bytes,
    *,
    authority: str,
    signature: bytes,
    tender: str | None = None,
    screener: Screener | None = None,
    day: str | None = None,
) -> bytes:
    """The signed record for a list of bidders (CSV as for `screen`). Raises Refused that names the field, Malformed.

    `authority` is an entity id or the exact name of a public body of the register; `signature` is its SSH signature over the
    exact bytes of the list, made for the day and the tender (`purpose`), so that nobody asks in another's name.
    """
    store, day = register.store, day or review.today()
    asker, name = _authority(store, authority)
    tender = _tidy(tender or "") or None
    key = signer(register, data, signature, Role.PUBLISHER, partial(_signed_for, day, tender), SIGN)
    if key.owner not in store.members(asker):  # a key that is registered for a name alone speaks for nobody
        raise refusal("not_the_authority", owner=visible(key.owner, 100))
    ties = Ties(register, asker, day)
    meant = cache(partial(_meant, screener or Screener.from_store(store), ties.around))
    lines = list(islice(read_bytes(data, "The list", example=register.example), MOST_ROWS + 1))
    if len(lines) > MOST_ROWS or len(data) > MOST_BYTES:
        raise refusal("too_large", rows=f"{MOST_ROWS:,}", bytes=f"{MOST_BYTES:,}")
    bidders = [line for line in lines if not isinstance(line, BadRow)]
    if not bidders:
        raise refusal("empty")
    refused = (line for line in lines if isinstance(line, BadRow))
    bad = tuple(NotScreened(line=one.line, problem=one.problem, says=NOT_A_CLEARANCE) for one in refused)
    meanings = [meant(query.name, query.country) for _, query, _ in bidders]
    evidence, harms = evidence_of(store, (hit for hits, _, _ in meanings for hit in hits)), cache(Harms(store).of)
    rows = []
    with words.plain():  # a record is in one language, whoever asked for it
        for (line, query, warnings), (hits, left_out, people) in zip(bidders, meanings, strict=True):
            links = (link for id in (*(hit.entity for hit in hits), *people) for link in ties.of(id))
            row = Row(
                line=line,
                name=query.name,
                country=query.country,
                says=NOT_A_CLEARANCE,
                hits=tuple(RecordHit.of(hit, harms(hit.entity)) for hit in hits),
                left_out=left_out,
                ties=tuple(dict.fromkeys(links)),
                facts=facts_of(hits, evidence),
                warnings=warnings,
            )
            rows.append(row)
    tree = store.tree()
    record = ScreeningRecord(
        form=FORM,
        says=SAYS,
        register_title=register.title,
        origin=register.origin,
        example=register.example,
        authority=asker,
        authority_name=name,
        asked_with_key=key.key_id,
        list_sha256=hashlib.sha256(data).hexdigest(),
        tender=tender,
        issued_on=day,
        expires_on=(datetime.date.fromisoformat(day) + datetime.timedelta(days=DAYS)).isoformat(),
        log_size=tree.size,
        root=tree.root.hex(),
        lists={copy.dataset: copy.date for copy in store.snapshots()},
        bidders=len(rows),
        with_hits=sum(bool(row.hits) for row in rows),
        rows=tuple(rows),
        not_screened=bad,
    )
    return dsse.encode(dsse.sign(PAYLOAD_TYPE, msgspec.json.encode(record), register.paths.key(OPERATOR_KEY)))


def look(
    register: Register, data: bytes, *, screener: Screener | None = None, day: str | None = None
) -> tuple[ScreeningRecord, Ended | None]:
    """A record, and why it does not hold (any more); None: it holds on this day. Raises Malformed."""
    envelope = dsse.accept(data)
    if envelope.payload_type != PAYLOAD_TYPE:
        raise Malformed("This envelope holds no screening record.", hint="Give the file that `bidders` wrote.")
    try:
        record = msgspec.json.decode(envelope.payload, type=ScreeningRecord)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise Malformed(f"This screening record cannot be read: {error}.") from None
    endings = _endings(register, envelope, record, screener, day or review.today())
    return record, next((Ended(code=code, says=says) for code, says in endings), None)


def _endings(
    register: Register, envelope: dsse.Envelope, record: ScreeningRecord, screener: Screener | None, day: str
) -> Iterator[tuple[str, str]]:
    """Why a record does not hold on a day: code and sentence, the first reason first."""
    store = register.store
    ring, size = store.keyring(), store.size()
    if record.origin != register.origin:
        yield "register", f"It was made by another register: {record.origin}."
    try:
        signers = dsse.signers(envelope, ring.public_keys)
    except BadSignature as error:
        yield "signature", error.message
        return
    if not any(_is_operators(ring, key, record.log_size) for key in signers):
        yield "signature", "No key that the operator had on that day signed it."
    if day > record.expires_on:
        yield "expired", f"It ended on {record.expires_on}, {DAYS} days after its day."
    if record.issued_on > day or record.log_size > size:
        yield "future", "It is newer than this copy of the register."
    if record.log_size == size and record.root != store.tree().root.hex():
        yield "register", "The log had another root hash at this size."
    if record.form != FORM:
        yield "form", f"This version cannot compare the form {visible(record.form, 100)}. Ask for a new record."
    group = Ties(register, record.authority, day).around
    meant = cache(partial(_meant, screener or Screener.from_store(store), group))
    now = [meant(row.name, row.country)[0] for row in record.rows]
    evidence = evidence_of(store, (hit for hits in now for hit in hits))
    for row, hits in zip(record.rows, now, strict=True):
        if facts_of(hits, evidence) != row.facts:
            about = f"line {row.line} ({visible(row.name, 100)})"
            yield "changed", f"Something on file about {about} has changed. Ask again."


def _is_operators(ring: Keyring, key_id: str, size: int) -> bool:
    """Whether this was a key of the operator when the log had this size, and is not doubtful from there on."""
    state, doubtful = ring.find(key_id), ring.doubt_from(key_id)
    if state is None or state.role is not Role.OPERATOR or state.from_index >= size:
        return False
    revoked = state.revoked_index
    return (revoked is None or revoked >= size) and (doubtful is None or doubtful > size)


# What a record rests on: when it changes, the record ends


def evidence_of(store: Store, hits: Iterable[Hit]) -> dict[str, list[tuple[str, bool]]]:
    """Entity -> what a record on it rests on: id of each statement, and whether it stands.

    That is what the register says of the entity, of its circle of owners, owned and directors, and of their products; of every record
    that names one of them; and of every record that names such a record (what became of a licence). Where these are too many to be looked
    through, the size of the log stands for them: then the record ends with whatever is published.
    """
    world = compile_world(store)
    about: dict[str, set[str]] = {}
    evidence: dict[str, list[tuple[str, bool]]] = {}
    for entity in sorted({hit.entity for hit in hits}):
        ring, cut = circle(world, entity)
        evidence[entity] = [(f"log size {store.size()}", True)] if cut else []
        for member in (id for one in ring for id in store.members(one)):
            about.setdefault(member, set()).add(entity)
    level = dict(about)
    for _ in range(2):
        naming: dict[str, set[str]] = {}
        for recorded in store.statements_to(sorted(level)):
            naming.setdefault(recorded.statement.subject, set()).update(level[recorded.statement.value])
        for id, entities in (level := naming).items():
            about[id] = about.get(id, set()) | entities
    for recorded in store.statements_of(sorted(about)):
        for entity in about[recorded.statement.subject]:
            evidence[entity].append((recorded.id, stands(recorded)))
    return {entity: sorted(many) for entity, many in evidence.items()}


def facts_of(hits: Sequence[Hit], evidence: dict[str, list[tuple[str, bool]]]) -> str:
    """SHA-256 of what is on file about the entities hit; harms, and all that `about` says in words, are among the statements.

    How alike names are is no fact about them; and no words of ours are in it, so that a sentence that is worded anew changes nothing.
    """
    same = attrgetter("entity", "name", "dataset", "snapshot")
    paths = {hit.entity: [list(map(msgspec.structs.astuple, chain)) for chain in hit.path] for hit in hits}
    facts = [(*same(hit), paths[hit.entity], hit.replies, evidence[hit.entity]) for hit in hits]
    return hashlib.sha256(msgspec.json.encode(sorted(facts, key=lambda fact: fact[0]))).hexdigest()


def alike(row: Row) -> str:
    """In words how many names are alike, how many others it could be, and how many the row does not show."""
    could = sum(bool(hit.could_be) for hit in row.hits)
    own = len(row.hits) - could
    parts = [f"{own:,} names alike"] if own else []
    parts += [f"{could:,} {'more ' if own else ''}that it could be"] if could else []
    more = f"; {row.left_out:,} more left out, with nothing on file against them" if row.left_out else ""
    return (", ".join(parts) or "no name alike on file") + more


COLUMNS = ("line", "name", "country", "result", "best hit", "on file", "note", "made out to", "ends on", "log size")


def as_csv(record: ScreeningRecord) -> str:
    """The record as a table to read: one line a bidder, and in every line that it is no clearance."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    lines: list[tuple[str, ...]] = []
    for row in record.rows:
        first = row.hits[0].name if row.hits else ""
        ties = [f"{TIED}: {'; '.join(row.ties)}"] if row.ties else []
        note = "; ".join([row.says, *ties, *(hit.could_be for hit in row.hits[:1] if hit.could_be)])
        on_file = [text for hit in row.hits[:1] for text in (*hit.about, *hit.harms)]
        others = (hit for hit in row.hits[1:] if hit.against)
        on_file += (f"{hit.name} ({hit.entity}): {'; '.join((*hit.about, *hit.harms))}" for hit in others)
        lines.append((str(row.line), row.name, row.country or "", alike(row), first, "; ".join(on_file), note))
    for bad in record.not_screened:
        lines.append((str(bad.line), "", "", f"not screened: {bad.problem}", "", "", bad.says))
    for line in lines:
        cells = (*line, record.authority_name, record.expires_on, str(record.log_size))
        # no spreadsheet takes a cell for a formula
        writer.writerow([f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell for cell in cells])
    return out.getvalue()


def _authority(store: Store, given: str) -> tuple[str, str]:
    """Entity id and name of the asking public body."""
    ids = [given]
    if not given.startswith("sv-"):
        wanted = " ".join(given.split()).casefold()
        named = (one for one in store.iter_statements() if one.statement.property in NAME_PROPERTIES and stands(one))
        bodies = (one.statement for one in named if is_a(one.statement.type, "PublicBody"))
        ids = sorted({store.canonical(one.subject) for one in bodies if one.value.casefold() == wanted})
    if len(ids) != 1 or not is_a(store.type_of(ids).get(ids[0], ""), "PublicBody"):
        raise refusal("unknown_authority", given=visible(given, 100))
    return ids[0], names(store, ids)[ids[0]]


def purpose(day: str, tender: str | None = None) -> str:
    """What a list is signed for on a day: the namespace of its SSH signature."""
    return " ".join(filter(None, (NAMESPACE, day, tender)))


def _tidy(text: str) -> str:
    """Texts that look the same are the same: composed letters, single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _signed_for(day: str, tender: str | None, namespace: bytes) -> str:
    """What a signature was made for, to the letter, where it counts on this day and for this tender. Raises Refused."""
    text = namespace.decode("utf-8", "replace")
    first, _, rest = _tidy(text).partition(" ")
    signed = rest.partition(" ")[0]
    hint = f"Sign it again: {SIGN}; DAY is today, {day}, and TENDER what is asked for, if anything is."
    try:
        date = datetime.date.fromisoformat(signed)
    except ValueError:
        date = datetime.date.min
    if first != NAMESPACE or date.isoformat() != signed:
        why = f"The list was signed for {visible(text, 100)!r}, which names no day."
        raise refusal("bad_signature", why=why, hint=hint)
    age = (datetime.date.fromisoformat(day) - date).days
    if age < -1:  # a day is left for other time zones
        raise refusal("signed_ahead", signed=signed, hint=hint)
    if age > SIGNED_DAYS:
        raise refusal("signed_long_ago", signed=signed, days=SIGNED_DAYS, hint=hint)
    if _tidy(text) != _tidy(wanted := purpose(signed, tender)):
        raise refusal("other_tender", text=visible(text, 400), wanted=visible(wanted, 400), hint=hint)
    return text


# Whom a bidder's name may mean: the records that the screening scores as alike. "Bright Ltd trading as Glasmoth Systems" is screened as a
# whole and by each of its names. No record names a natural person, neither as a hit nor in a chain of ownership.

_OTHER_NAME = re.compile(
    r"(?i)\b(?:trading as|t/a|d/?b/?a|formerly|previously|(?:also )?known as|a/?k/?a|alias)\b|[();]|\s/\s|(?<=\w{3})/(?=\w{3})"
)
"""What stands between two names of one bidder."""


Meant = tuple[tuple[Hit, ...], int, tuple[str, ...]]
"""Whom a name may mean: companies, offices and products, the most alike first; how many more were left out; and the natural persons of
the asker's group, whose ties the record shows without a name."""


def _without_joined_form(name: str) -> str:
    """A name without the legal form that is written together with its last word (“VireoSystemsLtd”); where there is none, the name."""
    last = name.split()[-1]
    forms = (last[start:] for start in range(max(4, len(last) - 20), len(last) - 1))
    # one of two letters counts in capitals after a small letter alone: “Visa” is a word
    likely = (form for form in forms if len(form) > 2 or (form.isupper() and last[-3].islower()))
    return name.removesuffix(next((form for form in likely if prepare(f"Name {form}").forms), ""))


def _meant(screener: Screener, group: frozenset[str], name: str, country: str | None) -> Meant:
    """Whom a name may mean. Nobody of the asker's group is left out, however many have the same name. A check asks from name and country
    alone, so a record does as well."""
    parts = [part.strip(" ,;-") for part in _OTHER_NAME.split(name) if any(letter.isalnum() for letter in part)]
    hits: dict[str, Hit] = {}
    left_out = 0
    with words.plain():  # a record made in one language is compared with the register in another
        for text in dict.fromkeys([name, *parts, *map(_without_joined_form, (name, *parts))]):
            query = Query(name=text, country=country)
            screened = screener.found(query, threshold=CUTOFF, keep=group, people=False)
            left_out = max(left_out, screened.left_out)  # the spellings of one bidder leave out the same records
            for hit in screened.hits:
                if hit.entity not in hits or hits[hit.entity].score < hit.score:
                    hits[hit.entity] = hit

    def unnamed(step: Step) -> Step:
        return msgspec.structs.replace(step, name="a natural person") if screener.natural(step.entity) else step

    people = {id for id in hits if screener.natural(id)}
    shown = [
        msgspec.structs.replace(hit, path=tuple(tuple(map(unnamed, chain)) for chain in hit.path))
        for hit in sorted(hits.values(), key=lambda hit: -hit.score)
        if hit.entity not in people
    ]
    return tuple(shown), left_out, tuple(sorted(people & group))


class Ties:
    """Who is tied to the authority that asks, by the register's graph of affiliation. A tie refuses nobody: the row shows each link with
    its publishers, so that a bidder escapes no screening by what it reports of itself."""

    def __init__(self, register: Register, asker: str, day: str) -> None:
        self._reader = Reader(register.store, today=day)
        self._world = world_of(self._reader, day)
        graph = self._world.graph
        self._above = lookup.part_of(self._reader, self._reader.canonical(asker))
        self._asker = dict.fromkeys(self._above, "is the authority that asks, or a body above it")
        wave = list(self._above)
        for id in wave:  # the list grows while it is read
            parts = (
                one.id for one in self._world.pointing(id, "PublicBody.partOf") if id in graph.values(one, "partOf")
            )
            wave += (new := dict.fromkeys(part for part in parts if part not in self._asker))
            self._asker |= dict.fromkeys(new, "is part of the authority that asks, or of a body above it")
        self._ways: dict[str, tuple[str, Link]] = {}
        for id in wave:
            for link in graph.holdings(id):
                if link.other not in self._asker and link.other not in self._ways:
                    self._ways[link.other] = id, link
                    wave.append(link.other)
        self.around = frozenset(member for id in (*self._asker, *self._ways) for member in register.store.members(id))
        """Ids of every entity that a link of any publisher ties to the asker."""

    def of(self, entity: str) -> tuple[str, ...]:
        """The links between an entity and the asker in words, the nearest way; empty where there is none."""
        base = self._world.base
        start = id = base.canonical(entity)
        links = []
        while id in self._ways:
            before, link = self._ways[id]
            claims = [base.statements[proof] for proof in link.proof]
            label = all_types()[claims[0].statement.type].label if claims else "Contested identity"
            who = ", ".join(dict.fromkeys(self._reader.publisher(base.signer(claim).owner) for claim in claims))
            links.append(f"{label} ({self._name(before)} – {self._name(id)}){who and f', says {who}'}")
            id = before
        if id in self._asker and (id == start or id not in self._above):
            links.append(f"{self._name(id)} {self._asker[id]}")
        return tuple(reversed(links))

    def _name(self, id: str) -> str:
        record = self._world.record(id)
        if record is not None and is_a(record.type, "Person"):
            return "a person"
        self._reader.load([id])
        return self._reader.ref(id).caption
