"""A list of bidders in, a signed screening record out; and whether a record still holds."""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
import re
import unicodedata
from collections.abc import Iterator

import msgspec

from sousveil.decisions import lookup
from sousveil.decisions.boards import world_of
from sousveil.decisions.evidence.affiliation import Link
from sousveil.desk import records
from sousveil.desk.harms import Harms
from sousveil.desk.records import Ended, NotScreened, Row, ScreeningRecord
from sousveil.kinds import visible
from sousveil.ledger import dsse, sshsig
from sousveil.ledger.disagreement import BadSignature
from sousveil.ledger.keys import key_id
from sousveil.register import review
from sousveil.register.codes import Role
from sousveil.register.folder import OPERATOR_KEY
from sousveil.register.names import prepare
from sousveil.register.owners import KeyState
from sousveil.register.refusal import Refused
from sousveil.register.register import Register
from sousveil.register.score import Query
from sousveil.register.screening import CUTOFF, NAME_PROPERTIES, Screener
from sousveil.register.screening_model import BadRow, Hit, Step
from sousveil.register.screening_table import read_bytes
from sousveil.register.types import all_types, is_a
from sousveil.register.views import words
from sousveil.register.views.reading import Reader
from sousveil.register.views.records import stands

MOST_ROWS = 5_000
MOST_BYTES = 2 << 20
SIGN = f'ssh-keygen -Y sign -n "{records.NAMESPACE} DAY TENDER" -f KEY LIST.csv'
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


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
    if len(data) > MOST_BYTES:
        raise Refused("The list is too long.", field="file", code="too_large", hint=f"At most {MOST_BYTES:,} bytes.")
    asker, name = _authority(register, authority)
    day = day or review.today()
    tender = _tidy(tender or "") or None
    signer = _asked_by(register, data, signature, asker, day, tender)
    screener = screener or Screener.from_store(register.store)
    asked, bad = _read(data, register.example)
    known = Harms(register.store)
    ties = Ties(register, asker, day)
    names = BidderNames(screener, ties.around)
    found = [names.meant(one.query.name, one.query.country) for one in asked]
    said = records.told(register.store, (hit for one in found for hit in one.hits))
    with words.plain():  # a record is in one language, whoever asked for it
        rows = [
            _row(one, meant, known, records.facts_of(meant.hits, said), ties)
            for one, meant in zip(asked, found, strict=True)
        ]
    tree = register.store.tree()
    record = ScreeningRecord(
        form=records.FORM,
        says=records.SAYS,
        register_title=register.title,
        origin=register.origin,
        example=register.example,
        authority=asker,
        authority_name=name,
        asked_with_key=signer,
        list_sha256=hashlib.sha256(data).hexdigest(),
        tender=tender,
        issued_on=day,
        expires_on=records.expiry(day),
        log_size=tree.size,
        root=tree.root.hex(),
        lists={one.dataset: one.date for one in register.store.snapshots()},
        bidders=len(rows),
        with_hits=sum(bool(one.hits) for one in rows),
        rows=tuple(rows),
        not_screened=tuple(bad),
    )
    envelope = dsse.sign(records.PAYLOAD_TYPE, msgspec.json.encode(record), register.paths.key(OPERATOR_KEY))
    return dsse.encode(envelope)


def look(
    register: Register, data: bytes, *, screener: Screener | None = None, day: str | None = None
) -> tuple[ScreeningRecord, Ended | None]:
    """A record, and why it does not hold (any more); None: it holds on this day. Raises Malformed."""
    record, ended = records.opened(data, register.store.keyring(), register.origin)
    if ended is not None:
        return record, ended
    day = day or review.today()
    if day > record.expires_on:
        return record, Ended(
            code="expired", says=f"It ended on {record.expires_on}, {records.DAYS} days after its day."
        )
    if record.issued_on > day or record.log_size > register.store.size():
        return record, Ended(code="future", says="It is newer than this copy of the register.")
    if record.log_size == register.store.size() and record.root != register.store.tree().root.hex():
        return record, Ended(code="register", says="The log had another root hash at this size.")
    if record.form != records.FORM:
        return record, Ended(code="form", says=_other_form(record.form))
    screener = screener or Screener.from_store(register.store)
    names = BidderNames(screener, Ties(register, record.authority, day).around)
    now = [names.meant(row.name, row.country) for row in record.rows]
    said = records.told(register.store, (hit for one in now for hit in one.hits))
    for row, one in zip(record.rows, now, strict=True):
        if records.facts_of(one.hits, said) != row.facts:
            return record, Ended(
                code="changed",
                says=f"Something on file about line {row.line} ({visible(row.name, 100)}) has changed. Ask again.",
            )
    return record, None


def _other_form(form: str) -> str:
    """Why a record of another form is not compared with what is on file: nobody who holds it is told that a fact changed."""
    name, _, number = form.rpartition("/")
    ours, _, now = records.FORM.rpartition("/")
    if name == ours and number.isascii() and number.isdigit() and int(number) < int(now):
        return (
            "It was made by an earlier form of this check: ask for a new record. That anything on file about its bidders has changed is "
            "not said by this."
        )
    return f"It has a form that this version does not know: {visible(form, 100)}. Have it checked at the register that made it."


def as_csv(record: ScreeningRecord) -> str:
    """The record as a table to read: one line a bidder, and in every line that it is no clearance."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(
        ["line", "name", "country", "result", "best hit", "on file", "note", "made out to", "ends on", "log size"]
    )
    for row in record.rows:
        best = row.hits[0] if row.hits else None
        cells = [
            str(row.line),
            row.name,
            row.country or "",
            _alike(row),
            best.name if best else "",
            "; ".join(_on_file(row)),
            "; ".join(filter(None, (row.says, records.tied(row), best.could_be if best else ""))),
            record.authority_name,
            record.expires_on,
            str(record.log_size),
        ]
        writer.writerow([_plain(cell) for cell in cells])
    for one in record.not_screened:
        cells = [str(one.line), "", "", f"not screened: {one.problem}", "", "", one.says, record.authority_name]
        writer.writerow([*map(_plain, cells), record.expires_on, record.log_size])
    return out.getvalue()


def _alike(row: Row) -> str:
    """How many names are alike, and how many of them are not in the record."""
    return f"{records.alike(row)}{'; ' + records.left_out(row) if row.left_out else ''}"


def _on_file(row: Row) -> Iterator[str]:
    """What is on file about the best hit, and about each other one that has something against it."""
    for at, hit in enumerate(row.hits):
        told = [*hit.about, *hit.harms]
        if at == 0:
            yield from told
        elif hit.against:
            yield f"{hit.name} ({hit.entity}): {'; '.join(told)}"


def _plain(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return "'" + cell if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


class _Bidder(msgspec.Struct, frozen=True):
    """A line of the list."""

    line: int
    query: Query
    warnings: tuple[str, ...]


def _read(data: bytes, example: bool) -> tuple[list[_Bidder], list[NotScreened]]:
    rows: list[_Bidder] = []
    bad: list[NotScreened] = []
    for one in read_bytes(data, "The list", example=example):
        if len(rows) + len(bad) >= MOST_ROWS:
            raise Refused(
                "The list has too many lines.", field="file", code="too_large", hint=f"At most {MOST_ROWS:,}."
            )
        if isinstance(one, BadRow):
            bad.append(NotScreened(line=one.line, problem=one.problem, says=records.NOT_A_CLEARANCE))
        else:
            rows.append(_Bidder(*one))
    if not rows:
        raise Refused("There is no bidder in the list that can be screened.", field="file", code="empty")
    return rows, bad


def _row(one: _Bidder, meant: Meant, known: Harms, facts: str, ties: Ties) -> Row:
    entities = (*(hit.entity for hit in meant.hits), *meant.people)
    return Row(
        line=one.line,
        name=one.query.name,
        country=one.query.country,
        says=records.NOT_A_CLEARANCE,
        hits=tuple(records.record_hit(hit, known.of(hit.entity)) for hit in meant.hits),
        left_out=meant.left_out,
        ties=tuple(dict.fromkeys(words for entity in entities for words in ties.of(entity))),
        facts=facts,
        warnings=one.warnings,
    )


def _authority(register: Register, given: str) -> tuple[str, str]:
    """Entity id and name of the asking public body."""
    store = register.store
    if given.startswith("sv-"):
        found = [given] if store.statements_of([given]) else []
    else:
        wanted = " ".join(given.split()).casefold()
        found = sorted(
            {
                store.canonical(one.statement.subject)
                for one in store.iter_statements()
                if one.statement.property in NAME_PROPERTIES
                and one.statement.value.casefold() == wanted
                and stands(one)
                and is_a(one.statement.type, "PublicBody")
            }
        )
    if len(found) != 1 or not is_a(store.type_of(found).get(found[0], ""), "PublicBody"):
        raise Refused(
            f"{visible(given, 100)} is not one public body of this register.",
            field="authority",
            code="unknown_authority",
            hint="Give its id (sv-...). An authority that has no page yet publishes itself first.",
        )
    names = [one for one in store.statements_of(found) if one.statement.property == "name" and stands(one)]
    return found[0], names[0].statement.value if names else found[0]


def purpose(day: str, tender: str | None = None) -> str:
    """What a list is signed for on a day: the namespace of its SSH signature."""
    return " ".join(filter(None, (records.NAMESPACE, day, tender)))


def _tidy(text: str) -> str:
    """Texts that look the same are the same: composed letters, single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _signed_for(namespace: bytes, day: str, tender: str | None) -> str:
    """What a signature was made for, to the letter, where it counts on this day and for this tender. Raises Refused."""
    said = namespace.decode("utf-8", "replace")
    first, _, rest = _tidy(said).partition(" ")
    signed = rest.partition(" ")[0]
    apart = _days_between(signed, day)
    hint = f"Sign it again: {SIGN}; DAY is today, {day}, and TENDER what is asked for, if anything is."
    if first != records.NAMESPACE or apart is None:
        raise Refused(
            f"The list was signed for {visible(said, 100)!r}, which names no day.",
            field="signature",
            code="bad_signature",
            hint=hint,
        )
    if apart < -1:  # a day is left for other time zones
        raise Refused(
            f"The list was signed for {signed}; that day is yet to come.",
            field="signature",
            code="signed_ahead",
            hint=hint,
        )
    if apart > records.SIGNED_DAYS:
        raise Refused(
            f"The list was signed for {signed}; a signature counts for {records.SIGNED_DAYS} days.",
            field="signature",
            code="signed_long_ago",
            hint=hint,
        )
    if _tidy(said) != _tidy(purpose(signed, tender)):
        raise Refused(
            f"The list was signed for {visible(said, 400)!r}, not for {visible(purpose(signed, tender), 400)!r}.",
            field="tender",
            code="other_tender",
            hint="Write the tender exactly as it was signed, or sign for this one.",
        )
    return said


def _days_between(first: str, second: str) -> int | None:
    """None where the first is no day, as in 2026-11-25."""
    try:
        return (
            (datetime.date.fromisoformat(second) - datetime.date.fromisoformat(first)).days
            if _DAY.fullmatch(first)
            else None
        )
    except ValueError:
        return None


def _asked_by(register: Register, data: bytes, signature: bytes, asker: str, day: str, tender: str | None) -> str:
    """Id of the asker's key that signed the list, for this day and tender."""
    parsed = sshsig.parse(blob := sshsig.unarmor(signature))
    ring = register.store.keyring()
    state = ring.find(key_id(parsed.public))
    if state is None or state.revoked_index is not None or ring.doubt_from(state.key_id) is not None:
        raise Refused(
            "The list is not signed with a key that is registered and valid here.",
            field="signature",
            code="unknown_key",
        )
    try:
        sshsig.verify_blob(blob, data, ring.public_keys[state.key_id], _signed_for(parsed.namespace, day, tender))
    except BadSignature as error:
        raise Refused(error.message, field="signature", code="bad_signature", hint=error.hint or SIGN) from None
    if state.role is not Role.PUBLISHER or not _is_of(register, state, asker):
        raise Refused(
            f"The key belongs to {visible(state.owner, 100)}, not to the authority that asks.",
            field="authority",
            code="not_the_authority",
            hint="An authority asks for itself; nobody asks in its name.",
        )
    return state.key_id


def _is_of(register: Register, state: KeyState, entity: str) -> bool:
    """Whether the key's owner is this entity. A key that is registered for a name alone speaks for nobody."""
    return state.owner in register.store.members(entity)


# Whom a bidder's name may mean: the records that the screening scores as alike. "Bright Ltd trading as Glasmoth Systems" is screened as a
# whole and by each of its names. No record names a natural person, neither as a hit nor in a chain of ownership.

A_PERSON = "a natural person"
SHORTEST_STEM = 4
"""Letters at least before a legal form that is written together with them."""
LONGEST_FORM = 20
"""Letters of such a legal form at most."""
_OTHER_NAME = re.compile(
    r"(?i)\b(?:trading as|t/a|d/?b/?a|formerly|previously|(?:also )?known as|a/?k/?a|alias)\b|[();]|\s/\s|(?<=\w{3})/(?=\w{3})"
)
"""What stands between two names of one bidder."""


class Meant(msgspec.Struct, frozen=True):
    """Whom a name may mean."""

    hits: tuple[Hit, ...]
    """Companies, offices and products, the most alike first."""
    left_out: int
    people: tuple[str, ...] = ()
    """Natural persons of the asker's group: the record shows their ties without a name."""


def _without_joined_form(name: str) -> str:
    """A name without the legal form that is written together with its last word (“VireoSystemsLtd”); where there is none, the name.

    A form of two letters counts in capitals after a small letter alone: “Visa” is a word.
    """
    last = name.split()[-1]
    for start in range(max(SHORTEST_STEM, len(last) - LONGEST_FORM), len(last) - 1):
        form = last[start:]
        if (len(form) > 2 or (form.isupper() and last[start - 1].islower())) and prepare("Name " + form).forms:
            return name.removesuffix(form)
    return name


class BidderNames:
    """Asks a screener about the names of bidders, each once."""

    def __init__(self, screener: Screener, group: frozenset[str]) -> None:
        """`group`: nobody of the asker's group is left out, however many have the same name."""
        self._screener, self._group = screener, group
        self._known: dict[tuple[str, str | None], Meant] = {}

    def meant(self, name: str, country: str | None) -> Meant:
        """Whom a name may mean. From name and country alone, as a check asks again: other columns of a list only sharpen a score."""
        known = self._known.get((name, country))
        if known is None:
            known = self._known[name, country] = self._meant(name, country)
        return known

    def _meant(self, name: str, country: str | None) -> Meant:
        parts = [part for part in _OTHER_NAME.split(name) if any(letter.isalnum() for letter in part)]
        hits: dict[str, Hit] = {}
        left_out = 0
        texts = (name, *(part.strip(" ,;-") for part in parts))
        with words.plain():  # a record made in one language is held against the register in another
            for text in dict.fromkeys([*texts, *map(_without_joined_form, texts)]):
                screened = self._screener.found(
                    Query(name=text, country=country), threshold=CUTOFF, keep=self._group, people=False
                )
                left_out = max(left_out, screened.left_out)  # the spellings of one bidder leave out the same records
                for hit in screened.hits:
                    if hit.entity not in hits or hits[hit.entity].score < hit.score:
                        hits[hit.entity] = hit
        people = {one for one in hits if self._screener.natural(one)}
        shown = sorted((hit for one, hit in hits.items() if one not in people), key=lambda hit: -hit.score)
        tied = tuple(sorted(people & self._group))
        return Meant(hits=tuple(map(self._unnamed, shown)), left_out=left_out, people=tied)

    def _unnamed(self, hit: Hit) -> Hit:
        """A hit whose chains of ownership name no natural person."""
        if not any(self._screener.natural(step.entity) for chain in hit.path for step in chain):
            return hit
        return msgspec.structs.replace(hit, path=tuple(tuple(map(self._step, chain)) for chain in hit.path))

    def _step(self, step: Step) -> Step:
        return msgspec.structs.replace(step, name=A_PERSON) if self._screener.natural(step.entity) else step


class Ties:
    """Who is tied to the authority that asks, by the register's graph of affiliation. A tie refuses nobody: the row shows each link with
    its publishers, so that a bidder escapes no screening by what it reports of itself."""

    def __init__(self, register: Register, asker: str, day: str) -> None:
        self._reader = Reader(register.store, today=day)
        self._world = world_of(self._reader, day)
        self._above = lookup.part_of(self._reader, self._reader.canonical(asker))
        self._bodies = list(self._above)
        for id in self._bodies:  # the list grows while it is read
            self._bodies += [one for one in self._parts(id) if one not in self._bodies]
        self._ways: dict[str, tuple[str, Link] | None] = dict.fromkeys(self._bodies)
        wave = list(self._ways)
        for id in wave:  # the list grows while it is read
            for link in self._world.graph.holdings(id):
                if link.other not in self._ways:
                    self._ways[link.other] = id, link
                    wave.append(link.other)
        self.around = frozenset(id for one in self._ways for id in register.store.members(one))
        """Ids of every entity that a link of any publisher ties to the asker."""

    def _parts(self, id: str) -> list[str]:
        """The bodies that are part of a body on the day."""
        parts = self._world.pointing(id, "PublicBody.partOf")
        return [one.id for one in parts if id in self._world.graph.values(one, "partOf")]

    def of(self, entity: str) -> tuple[str, ...]:
        """The links between an entity and the asker in words, the nearest way; empty where there is none."""
        id, base = self._world.base.canonical(entity), self._world.base
        if id in self._above:
            return (f"{self._name(id)} is the authority that asks, or a body above it",)
        found = []
        while (step := self._ways.get(id)) is not None:
            before, link = step
            claims = [base.statements[proof] for proof in link.proof]
            label = all_types()[claims[0].statement.type].label if claims else "Contested identity"
            who = ", ".join(dict.fromkeys(self._reader.publisher(base.signer(claim).owner) for claim in claims))
            found.append(f"{label} ({self._name(before)} – {self._name(id)}){who and f', says {who}'}")
            id = before
        if id in self._bodies and id not in self._above:
            found.append(f"{self._name(id)} is part of the authority that asks, or of a body above it")
        return tuple(reversed(found))

    def _name(self, id: str) -> str:
        record = self._world.record(id)
        if record is not None and is_a(record.type, "Person"):
            return "a person"
        self._reader.load([id])
        return self._reader.ref(id).caption
