"""What a register knew at a log size, sorted for questions: records, what points to whom, who signed what.

Built once for a log size (`Base.from_store`); worlds of different days share it. Of each statement the signature counts: by
whose key, and whether that key was verified as known then. Ids are canonical: those that people judged to be one are one.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from copy import copy
from functools import cache

import msgspec
from msgspec.structs import force_setattr

from sousveil.decisions.model import kept
from sousveil.register import entries as log
from sousveil.register import types
from sousveil.register.codes import Role
from sousveil.register.identity import JUDGEMENT, LISTING, Clusters
from sousveil.register.identity_rules import official
from sousveil.register.intake.registry import context_datasets
from sousveil.register.keyring import Keyring
from sousveil.register.model import Recorded, Stance
from sousveil.register.model_reference import ReferenceRow
from sousveil.register.owners import same_owner
from sousveil.register.screening_against import LINKING
from sousveil.register.store import Store
from sousveil.register.store.model import SnapshotState
from sousveil.register.types import is_a
from sousveil.register.types.model import Kind
from sousveil.register.views.records import Record
from sousveil.register.views.store import clusters_at


class Signed(msgspec.Struct, frozen=True, cache_hash=True):
    """Who stands behind an entry of the log."""

    owner: str
    """An entity id, or a name."""
    verified: bool
    """Domain proof and two vouchers, as known at the log size."""
    domain: str = ""
    """The domain that named a verified key; empty for any other."""
    key: str = ""
    """The key, where neither an entity nor a proven domain tells whose it is."""
    identified: bool = False
    """A domain of the owner names the key: it speaks for itself, and lifts nothing."""

    @property
    def publisher(self) -> str:
        """Whose words an entry holds: keys of one entity, or of one name and one proven domain, are one publisher's."""
        return self.owner if self.owner.startswith("sv-") else f"{self.owner}\n{self.domain or self.key}"


NOBODY = Signed("", False)
JOINED = ("LegalEntity", "SurveillanceProduct")
"""What may be one with another."""
TRADE = ("SurveillanceProduct.vendor", "Supply.supplier", "Registration.company", "ExportLicence.licensee")
"""Properties that name whoever makes, sells or stands for surveillance technology."""
REPEATED = ("subject", "type", "property", "source", "publisher", "dataset")
"""Members of a statement that many statements share."""


class Base:
    """The register at a log size, without the data sets that are context: no rule, deadline or name of a question reads those."""

    def __init__(self) -> None:
        self.known_on = 0
        self.log_size = 0
        self.example = False
        self.records: dict[str, Record] = {}
        """By canonical id."""
        self.statements: dict[str, Recorded] = {}
        """By id."""
        self.by_type: dict[str, dict[str, None]] = {}
        """Type -> canonical ids of whatever anybody calls so, each once, in the order of the log."""
        self.pointing: dict[tuple[str, str], dict[str, None]] = {}
        """(canonical target, "Type.property") -> records that point to it, each once, in the order of the log."""
        self.signed: dict[int, Signed] = {}
        """Entry -> who signed it."""
        self.vouchers: dict[str, frozenset[str]] = {}
        """Canonical owner of a key -> owners of the keys that vouched for one of theirs."""
        self.reviewers: dict[str, list[tuple[int, int | None]]] = {}
        """Canonical owner of keys of reviewers -> after which entry each was theirs, and the one that ended it (None: none did)."""
        self.erasures: dict[int, int] = {}
        """Entry -> the newest entry that erased one of its statements, later than the log size asked for or not."""
        self.logged: dict[int, str] = {}
        """Entry -> the day on which it was logged."""
        self.rows: dict[str, ReferenceRow] = {}
        """Rows of reference lists whose snapshot was known."""
        self.snapshots: dict[str, SnapshotState] = {}
        """List -> its snapshot, where it was known."""
        self.later: tuple[str, ...] = ()
        """Lists that the register holds only in a copy that was read later than the log size asked for."""
        self.erased = 0
        """Statements known then that were erased since."""
        self.contested: Mapping[str, tuple[str, ...]] = {}
        """Canonical id -> all who would be one, did nobody judge them to be different, itself among them: nobody knows."""
        self.aliases: dict[str, str] = {}
        """Id -> the canonical id that stands for it, where that is another or it was judged."""
        self._judged: frozenset[str] = frozenset()
        """Everything that anybody judged to be one with another: what is told of one later may bear on who is who."""

    @classmethod
    def from_store(cls, store: Store, known_on: int | None = None) -> Base:
        """Everything that was known when the log had `known_on` entries (None: all of it)."""
        size = store.size()
        until = size if known_on is None else min(known_on, size)
        self = cls()
        self.known_on, self.log_size = until, size
        if until:
            first = store.payload(store.entry(0))
            self.example = isinstance(first, log.Genesis) and first.example
            self._join(clusters_at(store, until - 1), store, until)
            self._sign(store, until)
            context = context_datasets()
            statements = store.iter_statements() if until == size else store.iter_known(until - 1)
            self.take(one for one in statements if one.recorded < until and one.statement.dataset not in context)
            self._judged |= {
                one.statement.value
                for id in self.by_type.get(JUDGEMENT, ())
                for name in ("left", "right")
                for one in self.records[id].by_property.get(name, ())
            }
        self.erased = store.erased_since(until)
        for gone in store.erased_ids():
            self.erasures[gone.recorded] = max(gone.index, self.erasures.get(gone.recorded, 0))
        self._lists(store, until)
        return self

    def grown(self, store: Store) -> Base | None:
        """The base of the whole log, made of this one and of what the log says since; None where it has to be read anew.

        Only where the new entries do nothing but add statements: no key, snapshot, retraction or erasure is among them, nothing corrects or
        denies what was there, and nothing bears on who is one with whom. This one stays as it is: worlds stand on it.
        """
        size = store.size()
        if not self.log_size or self.known_on != self.log_size or size <= self.log_size:
            return None
        statements = added(store, self.log_size, size, self._judged)
        if statements is None:
            return None
        made = copy(self)
        made.__dict__.pop("_kept", None)
        made.known_on = made.log_size = size
        made._sign(store, size)
        made._own(statements)
        made.take(statements)
        made.erased = store.erased_since(size)
        return made

    def _own(self, statements: list[Recorded]) -> None:
        """Own copies of what new statements are put into."""
        self.records, self.statements = dict(self.records), dict(self.statements)
        self.by_type, self.pointing = dict(self.by_type), dict(self.pointing)
        for id in {self.canonical(one.statement.subject) for one in statements} & self.records.keys():
            record = self.records[id]
            by = {name: list(many) for name, many in record.by_property.items()}
            self.records[id] = Record(id=id, type=record.type, statements=list(record.statements), by_property=by)
        for type in {one.statement.type for one in statements} & self.by_type.keys():
            self.by_type[type] = dict(self.by_type[type])
        ends = {(self.target(one), f"{one.statement.type}.{one.statement.property}") for one in statements}
        for end in ends & self.pointing.keys():
            self.pointing[end] = dict(self.pointing[end])

    def _join(self, judged: Clusters, store: Store, until: int) -> None:
        """Who is who: parties and products alone. A record of a link or an event is one publisher's, and joined with no other.

        Of a party that somebody calls such a link or event nobody knows whether it is one of the others, which stay joined.
        """
        self._judged = frozenset({*judged.canonical, *judged.canonical.values(), *judged.contested})
        party, word = set[str](), set[str]()
        for one in store.statements_of(sorted(judged.canonical), known_at=until - 1):
            (party if any(is_a(one.statement.type, kind) for kind in JOINED) else word).add(one.statement.subject)
        self.aliases, contested = {}, dict(judged.contested)
        for shown, members in judged.members.items():
            whole = [one for one in members if one not in word]
            head = shown if shown in whole else min(whole, default="")
            self.aliases |= dict.fromkeys(whole if len(whole) > 1 else (), head)
            both = [one for one in members if one in word and one in party]
            apart = tuple(sorted({*contested.get(shown, ()), *contested.get(head, ()), head, *both} - {""}))
            contested |= dict.fromkeys(apart if both and len(apart) > 1 else (), apart)
        self.contested = contested

    def _sign(self, store: Store, until: int) -> None:
        self.signed, self.vouchers, self.reviewers, self.logged = {}, {}, {}, {}
        ring = Keyring()
        for entry in store.entries(0, until, kinds=log.KEY_KINDS):
            ring.apply(entry.index, store.payload(entry), entry.signers)
        keys_on_file = ring.states()
        by_id = {one.key_id: one for one in keys_on_file}
        vouching = (one for one in keys_on_file if one.role is Role.VOUCHER)
        owners = {key.key_id: {one.owner for one in keys_on_file if same_owner(one, key)} for key in vouching}
        for key in keys_on_file:
            owner = self.canonical(key.owner)
            start = key.proven_index if key.unproven else key.from_index
            if key.role is Role.REVIEWER and key.compromised_since is None and start is not None:
                self.reviewers.setdefault(owner, []).append((start, key.revoked_index))
            by = self.vouchers.get(owner, frozenset())
            self.vouchers[owner] = by.union(*(owners.get(one.key_id, {one.owner}) for one in key.vouchers))

        @cache
        def signing(owner: str, *keys: str) -> Signed:
            # another key that signs verifies nobody
            mine = [by_id[one] for one in keys if one in by_id and by_id[one].owner == owner]
            domain = next((one.domain or "" for one in mine if one.verified), None)
            return Signed(owner, domain is not None, domain or "", keys[0], any(one.proofs for one in mine))

        days: dict[str, str] = {}
        for index, (owner, keys, day) in store.signed(until).items():
            self.logged[index] = days.setdefault(day, day)
            self.signed[index] = signing(owner, *keys)

    def _lists(self, store: Store, until: int) -> None:
        newest = store.snapshots()
        self.snapshots = {one.dataset: one for one in newest if one.index < until}
        self.later = tuple(sorted(one.dataset for one in newest if one.index >= until))
        self.rows = {row.id: row for row in store.reference_iter() if row.dataset in self.snapshots}

    def take(self, statements: Iterable[Recorded]) -> None:
        """Sort statements to their records."""
        canonical, records, entity_of = self.aliases, self.records, _entity_properties()
        shared: dict[str, str] = {}
        for one in statements:
            statement = one.statement
            for name in REPEATED:  # most of a register's memory is the same few texts in each statement
                text = getattr(statement, name)
                force_setattr(statement, name, shared.setdefault(text, text))
            id = canonical.get(statement.subject, statement.subject)
            self.statements[one.id] = one
            record = records.get(id)
            if record is None:
                record = records[id] = Record(id=id, type=statement.type, statements=[], by_property={})
            self.by_type.setdefault(statement.type, {})[id] = None
            record.statements.append(one)
            record.by_property.setdefault(statement.property, []).append(one)
            if (
                statement.property in entity_of
                and statement.stance is not Stance.DENIES
                and statement.value.startswith("sv-")
            ):
                name = f"{statement.type}.{statement.property}"
                if name in entity_of[statement.property]:
                    self.pointing.setdefault((canonical.get(statement.value, statement.value), name), {})[id] = None

    def canonical(self, id: str) -> str:
        """The id that stands for this one."""
        return self.aliases.get(id, id)

    def target(self, one: Recorded) -> str:
        """The canonical id to which a statement points; its value, where it is no id."""
        return self.canonical(one.statement.value)

    def rows_of(self, id: str) -> list[ReferenceRow]:
        """The rows of reference lists that are this entity, in the order of their ids."""
        return [self.rows[one] for one in sorted(self._joined_ids().get(id, {id})) if one in self.rows]

    @kept
    def _joined_ids(self) -> dict[str, set[str]]:
        """Canonical id -> every id that stands for the same entity, itself among them."""
        found: dict[str, set[str]] = {}
        for other, head in self.aliases.items():
            found.setdefault(head, {head}).add(other)
        return found

    def mentions(self, id: str) -> bool:
        """Whether anything is on file about an entity besides its own record and who owns, runs or stands for whom."""
        return id in self._mentioned() or id in self.rows

    @kept
    def _mentioned(self) -> set[str]:
        return {target for target, name in self.pointing if name.partition(".")[0] not in LINKING}

    def of_kind(self, id: str, kind: str) -> bool:
        """Whether any publisher, or a list, calls an entity so."""
        record, row = self.records.get(id), self.rows.get(id)
        if row is not None and is_a(row.type, kind):
            return True
        return record is not None and any(is_a(one.statement.type, kind) for one in record.statements)

    def publisher(self, owner: str) -> str | None:
        """The entity for which a key was registered. A key of a bare name, or of a contested entity, is nobody's."""
        id = self.canonical(owner)
        return id if owner.startswith("sv-") and id not in self.contested and self.of_kind(id, "LegalEntity") else None

    def author(self, one: Recorded) -> str | None:
        """The entity whose words a statement is: the one for which its key was registered."""
        return self.publisher(self.signer(one).owner)

    def trades(self, id: str) -> bool:
        """Whether somebody makes, sells or stands for surveillance technology."""
        return any((id, name) in self.pointing for name in TRADE)

    def signer(self, one: Recorded) -> Signed:
        """Who signed a statement."""
        return self.signed.get(one.recorded, NOBODY)

    def by_reviewer(self, one: Recorded) -> bool:
        """Whether whoever signed a statement had a key of a reviewer when it was recorded."""
        spans = self.reviewers.get(self.canonical(self.signer(one).owner), ())
        return any(start < one.recorded and (end is None or one.recorded < end) for start, end in spans)


def added(store: Store, since: int, size: int, judged: Container[str]) -> list[Recorded] | None:
    """What the entries of the log from one to another say, where they do nothing but add statements; None where one does more: a key, a
    snapshot, a retraction, an erasure; what corrects or denies; what bears on who is one with whom, as what is said of `judged`, or by a
    registry or official list, may."""
    if any(one.kind != "statements" for one in store.entries(since, size)):
        return None
    context, joining = context_datasets(), official()
    new = (one for one in store.iter_statements(since=since) if one.recorded < size)
    statements = [one for one in new if one.statement.dataset not in context]
    for statement in (one.statement for one in statements):
        if statement.supersedes is not None or statement.type in (JUDGEMENT, *LISTING) or statement.subject in judged:
            return None
        if statement.dataset in joining:  # may join records by rule
            return None
    return statements


def _entity_properties() -> dict[str, frozenset[str]]:
    """Property -> the `Type.property` of all types whose property of that name points to an entity."""
    found: dict[str, set[str]] = {}
    for name, known in types.all_types().items():
        if not known.abstract:
            for one in types.properties(name).values():
                if one.kind == Kind.ENTITY:
                    found.setdefault(one.name, set()).add(f"{name}.{one.name}")
    return {name: frozenset(many) for name, many in found.items()}
