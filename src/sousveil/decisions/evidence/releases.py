"""Released ends: another publisher's statement that ends, narrows or re-dates a record, once two reviewers released it (policy 3).

A `Release` names the record and one statement with a first or last day, a status or an event. A verified publisher, or a party that
record or statement names, asks for it. Two reviewers answer `released` in it after the request. Each is verified. No party is tied
to them or to their vouchers; they are not tied to each other or to each other's vouchers. Of each reviewer the newest answer counts, and
one who refuses stops it. Parties and their States are read once: from what was reported before the second review.

From the entry of the second review on the statement counts for every account of the record: facts ask `accounts`, licences ask here. It
counts no more once its publisher, or the publisher of the request, adds to what was reviewed, takes any of it back or has it erased.
The graph of affiliations does not ask: it says who is tied to whom, and so who may release.
"""

from __future__ import annotations

from collections.abc import Iterable

from sousveil.decisions import lookup
from sousveil.decisions.evidence.accounts import DATED, Released, firm
from sousveil.decisions.evidence.admissibility import Beneficiaries, Register, beneficiaries, support, vouchers
from sousveil.register import types
from sousveil.register.model import Recorded, Statement
from sousveil.register.types.countries import whole
from sousveil.register.types.model import Kind
from sousveil.register.views.records import Record, stands

TYPE = "Release"


def may_end(statement: Statement) -> bool:
    """Whether a statement is of a kind that ends, narrows or re-dates a record: a day, a status, an event, the outcome of a review."""
    dates = (*DATED, types.start_of(statement.type), types.end_of(statement.type))
    review = types.is_a(statement.type, "LicenceReview") and statement.property == "outcome"
    return review or statement.property in (*dates, "status", "event")


def released_statements(world: Register) -> dict[str, list[Released]]:
    """Canonical id of a record -> its released ends."""
    found: dict[str, list[Released]] = {}
    for release in world.of_type(TYPE):
        request = _request(world, release)
        asked = [one for one in request if stands(one)]
        records = {world.base.target(one) for one in asked if one.statement.property == "record"}
        named = [one.statement.value for one in asked if one.statement.property == "statement"]
        # A request for two records or statements is none: nobody can say which of them the reviewers meant.
        record = world.record(next(iter(records))) if len(records) == len(named) == 1 else None
        end = world.base.statements.get(named[0]) if record is not None else None
        if record is not None and end is not None and stands(end) and firm([end]) and may_end(end.statement):
            entry = _second_review(world, release, request, record, end)
            if entry is not None:
                found.setdefault(record.id, []).append(Released(end, entry))
    return found


def _request(world: Register, release: Record) -> list[Recorded]:
    """What the first who ever asked for a release states in it, with what was taken back: nobody else asks in its place."""
    asked = [one for one in release.claims("record", "statement") if one.statement.type == TYPE]
    first = min(asked, key=lambda one: one.recorded, default=None)
    return _own(world, release, first) if first is not None else []


def _own(world: Register, record: Record, by: Recorded) -> list[Recorded]:
    """What the publisher of a statement says of a record, with what it took back."""
    publisher = world.base.signer(by).publisher
    return [one for one in record.statements if world.base.signer(one).publisher == publisher]


def _last_change(statements: Iterable[Recorded]) -> int:
    """The newest entry that added one of these statements or took it back."""
    return max(max(one.recorded, one.retracted or 0) for one in statements)


def _second_review(
    world: Register, release: Record, request: list[Recorded], record: Record, end: Recorded
) -> int | None:
    """The entry of the review with which a release took effect; None where it has none, or no longer."""
    ending = world.record(end.statement.subject) or record
    reviewed = _own(world, ending, end)
    since = _last_change(request)
    newest: dict[str, list[Recorded]] = {}
    for one in sorted(release.claims("outcome"), key=lambda one: one.recorded):
        if one.recorded > since and world.base.by_reviewer(one):
            same = newest.setdefault(world.base.signer(one).publisher, [])
            same[:] = [*(each for each in same if each.recorded == one.recorded), one]
    answers = [one for many in newest.values() for one in many]
    for entry in sorted({one.recorded for one in answers}):
        who, parties = _parties(world, record, ending, request, entry)

        def vouched_by_party(one: Recorded, who: Beneficiaries = who) -> bool:
            return any(world.graph.ties(id) & who.entities for id in vouchers(world, world.base.author(one)))

        asking = world.base.signer(request[0])
        if not asking.verified and world.base.publisher(asking.owner) not in parties:
            continue
        counted = [
            one
            for one in answers
            if (one.recorded <= entry or one.statement.value != "released") and not vouched_by_party(one)
        ]
        if support(world, lookup.only(release, counted), {"outcome": "released"}, who, publishers=2).holds:
            gone = max(world.base.erasures.get(one.recorded, 0) for one in (*reviewed, *request))
            return entry if max(_last_change(reviewed), gone) < entry else None
    return None


def _parties(
    world: Register, record: Record, ending: Record, request: list[Recorded], entry: int
) -> tuple[Beneficiaries, set[str]]:
    """Who may not release, by what was known before an entry: both records, whom they name, publishers, States; and the parties."""
    claims = [one for one in (*record.statements, *ending.statements) if one.recorded < entry]
    publishers = {world.base.author(one) or record.id for one in (*claims, *request)}
    parties, states = {record.id, ending.id}, set[str]()
    for one in firm(claims):
        known = types.property_of(one.statement.type, one.statement.property)
        if one.statement.value.startswith("sv-"):
            parties.add(world.base.target(one))
        elif known is not None and known.kind == Kind.COUNTRY:
            states.add(whole(one.statement.value))
    states |= {seat for id in parties for seat in world.seats.of(id)}
    return beneficiaries(None, *parties, *publishers, *states), parties
