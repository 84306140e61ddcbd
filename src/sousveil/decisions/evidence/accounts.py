"""Accounts: what one publisher says of a record, and what an adverse fact takes from a single account (policy 1 and 3).

An account is the statements of one publisher about one record. A second publisher may complete it (add what the first left out), which
makes one more account; it never changes the first. An adverse fact is TRUE when one account has every required property, in time and at
`reported` or better. So a further account can make an adverse fact firmer, never milder: only the publisher's own correction or
retraction, a released end, an erasure or an identity judgement does that. An alleged account gives at most `blocked_unless`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

import msgspec

from sousveil.decisions.evidence.dates import earliest, ended_by, latest, possibly_by
from sousveil.decisions.index import Base
from sousveil.register import edtf
from sousveil.register.model import Recorded, Standing
from sousveil.register.types import is_a
from sousveil.register.views.records import ONE_DATE, RANK, Record, stands

Account = Sequence[Recorded]
"""Statements of one publisher about a record, with those by which a second one completes them."""
Required = tuple[str, Collection[str] | None]
"""A property that an account must have, and the values that count; None: any value."""
DATED = ("startDate", *ONE_DATE)
"""Properties that date a record, with a beginning of its own or without one."""
FIRM_CLIENT = frozenset({"reported", "confirmed"})
"""Stages at which a client relation is more than a possibility."""


class Released(msgspec.Struct, frozen=True):
    """A released end (policy 3)."""

    end: Recorded
    """The statement that ends, narrows or re-dates a record."""
    entry: int
    """The entry of the second review: from it on the statement counts, in place of what was reported before."""


class Snapshot:
    """The register at a log size, on a day: what accounts are read from."""

    def __init__(self, base: Base, as_of: str) -> None:
        self.base, self.as_of = base, as_of

    def record(self, id: str) -> Record | None:
        """An entity with its statements."""
        return self.base.records.get(self.base.canonical(id))

    def pointing(self, id: str, name: str) -> Iterator[Record]:
        """Records of which a property (`Type.property`) points to an entity, in the order of the log."""
        return (self.base.records[one] for one in self.base.pointing.get((id, name), ()))

    def of_type(self, type: str) -> Iterator[Record]:
        """All records of a type, in the order of the log."""
        return (self.base.records[one] for one in self.base.by_type.get(type, ()))

    def released(self, id: str) -> list[Released]:
        """The released ends of a record; none where releases do not count."""
        return []


class Charge(msgspec.Struct, frozen=True):
    """What supports an adverse fact: statement ids, and whether they are allegations alone."""

    proof: tuple[str, ...] = ()
    alleged: bool = False

    @property
    def counts(self) -> bool:
        """Whether any statement supports it."""
        return bool(self.proof)


def merge(charges: Iterable[Charge]) -> Charge:
    """Combine alternatives: alleged only where every alternative is."""
    many = [one for one in charges if one.counts]
    firm = [one for one in many if not one.alleged]
    kept = firm or many
    return Charge(tuple(dict.fromkeys(id for one in kept for id in one.proof)), bool(kept) and not firm)


def both(charges: Sequence[Charge]) -> Charge:
    """Combine requirements: empty where one is missing, alleged where one is."""
    if not charges or any(not one.counts for one in charges):
        return Charge()
    return Charge(tuple(dict.fromkeys(id for one in charges for id in one.proof)), any(one.alleged for one in charges))


# One publisher's words


def by_publisher(world: Snapshot, statements: Iterable[Recorded]) -> dict[str, list[Recorded]]:
    """Publisher -> its statements among these, without those that it took back."""
    found: dict[str, list[Recorded]] = {}
    for one in statements:
        if stands(one):
            found.setdefault(world.base.signer(one).publisher, []).append(one)
    return found


def accounts(world: Snapshot, record: Record, naming: Collection[str]) -> Iterator[Account]:
    """The accounts of a record: each publisher's alone, and that of each who gives one of the `naming` properties, completed by one other.

    A released statement of the record stands in every account, in place of what the account said by the same property before the second
    review.
    """
    released = [one for one in world.released(record.id) if one.end in record.statements]

    def replaced(one: Recorded) -> bool:
        return any(one.statement.property == by.end.statement.property and one.recorded < by.entry for by in released)

    def counting(account: list[Recorded]) -> list[Recorded]:
        return [*(one for one in account if not replaced(one)), *(one.end for one in released)] if released else account

    own = by_publisher(world, sorted(record.statements, key=lambda one: one.recorded))
    naming_publishers = [who for who, many in own.items() if any(one.statement.property in naming for one in many)]
    for who, statements in own.items():
        if who in naming_publishers:
            yield counting(statements)
        for first in naming_publishers:
            if first != who:
                yield counting(own[first] + statements)


def first_account(world: Snapshot, record: Record, type: str = "") -> list[Recorded]:
    """The standing statements of the publisher that reported a record first; of those who call it so, where a type is given."""
    kept = [one for one in record.statements if stands(one)]
    named = [one for one in kept if is_a(one.statement.type, type)] if type else []
    first = min(named or kept, key=lambda one: one.recorded, default=None)
    by = world.base.signer(first).publisher if first is not None else ""
    return [one for one in kept if world.base.signer(one).publisher == by]


def values(account: Account, *properties: str) -> list[Recorded]:
    """The statements of an account on these properties, without those that were taken back."""
    return [one for name in properties for one in account if one.statement.property == name and stands(one)]


def given(account: Account, *properties: str) -> set[str]:
    """The values that an account gives these properties."""
    return {one.statement.value for one in values(account, *properties)}


def firm(account: Account) -> list[Recorded]:
    """The statements of an account that are more than allegations."""
    return [one for one in account if one.statement.standing is not Standing.ALLEGED]


def last_status(account: Account) -> list[Recorded]:
    """The newest values that an account gives a status, of one entry; allegations only where nothing firmer is there."""
    status = values(account, "status")
    status = firm(status) or ([] if firm(account) else status)
    newest = max((one.recorded for one in status), default=None)
    return [one for one in status if one.recorded == newest]


def possible_client(world: Snapshot, record: Record) -> bool:
    """Whether everybody who reports a use reports a potential client alone: a possibility, and no use."""
    naming = next((one for one in ("body", "product", "country") if record.by_property.get(one)), "body")
    reporting = [many for many in by_publisher(world, record.statements).values() if values(many, naming)]
    reporting = [many for many in reporting if firm(values(many, naming))] or reporting
    stages = [{one.statement.value for one in values(many, "clientStage")} for many in reporting]
    return bool(stages) and all(one and not one & FIRM_CLIENT for one in stages)


def in_period(
    world: Snapshot, account: Account, since: Sequence[str] = ("startDate",), until: str | None = "endDate"
) -> bool:
    """Whether a record may have begun by the day, and is not over, by the dates that the account gives (`since`, `until`).

    Of several dates of one account the earliest start and the latest end count; an allegation ends nothing that is reported.
    """
    if not possibly_by(world.as_of, earliest(one.statement.value for one in values(account, *since))):
        return False
    ends = values(account, until) if until else []
    end = latest(one.statement.value for one in (firm(ends) if firm(account) else ends))
    return end is None or not ended_by(world.as_of, end)


# Adverse facts


def charge(world: Snapshot, claims: Iterable[Recorded], *, ended: bool = False) -> Charge:
    """What of these claims supports an adverse fact, the firmest first. `ended`: also what applied on an earlier day."""
    kept = [one for one in claims if stands(one) and (ended or valid(world, one))]
    kept.sort(key=lambda one: (RANK[one.statement.standing], one.recorded))
    strong = firm(kept)
    return Charge(tuple(dict.fromkeys(one.id for one in strong or kept)), bool(kept) and not strong)


def adverse(
    world: Snapshot,
    record: Record,
    required: Sequence[Required],
    *,
    event: bool = False,
    since: Sequence[str] = ("startDate",),
    until: str | None = "endDate",
    stage: str = "",
    when: Callable[[Account], bool] | None = None,
) -> Charge:
    """What a record supports of an adverse fact, by the account that supports it best.

    `event`: the record is of something that happened once and does not end. `since`, `until`: the properties with its first and its last
    day. `stage`: the property that says how firmly a client is one.
    `when`: what else must be so of the account, such as that a measure is in force.
    """
    since, until = (DATED, None) if event else (since, until)

    def stated(account: Account, name: str, wanted: Collection[str] | None) -> Charge:
        claims = [one for one in values(account, name) if wanted is None or world.base.target(one) in wanted]
        return charge(world, claims, ended=event)

    found = []
    for account in accounts(world, record, [name for name, _ in required]):
        one = both([stated(account, *each) for each in required])
        if one.counts and in_period(world, account, since, until) and (when is None or when(account)):
            stages = {each.statement.value for each in values(account, stage)} if stage else set()
            soft = bool(stages) and not stages & FIRM_CLIENT
            soft = soft or not in_period(world, firm(account), since, until)
            found.append(Charge(one.proof, one.alleged or soft))
    return merge(found)


def valid(world: Snapshot, one: Recorded) -> bool:
    """Whether a statement may be valid on the day, by its own dates."""
    return edtf.holds(one.statement.valid_from, one.statement.valid_until, world.as_of) is not False


def reported(world: Snapshot, one: Recorded) -> bool:
    """Whether a statement by itself supports an adverse fact, as more than an allegation."""
    return bool(firm(values([one], one.statement.property))) and valid(world, one)


# What something is called: the record types that statements give it. Whoever told of it first does not decide alone.


FAMILY = "LegalEntity"
"""Of these somebody is one or the other; what is no such type (a document) says nothing of who somebody is."""


def called(record: Record, type: str) -> list[Recorded]:
    """For blocking: what is said of something, more firmly than as an allegation, as one of this type or of an heir of it."""
    return [one for one in firm(record.statements) if stands(one) and is_a(one.statement.type, type)]


def contrary(record: Record, kinds: Sequence[str]) -> list[Recorded]:
    """Against lifting: what is said of somebody, more firmly than as an allegation, as something that is none of these."""
    return [
        one
        for one in called(record, FAMILY)
        if not any(is_a(one.statement.type, kind) or is_a(kind, one.statement.type) for kind in kinds)
    ]
