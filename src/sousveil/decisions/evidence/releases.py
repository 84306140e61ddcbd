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
from sousveil.decisions.evidence.accounts import DATED, Released, firm, values
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
        request = _own(world, release, release.statements[0])  # only the publisher that began the record asks
        records, named = values(request, "record"), values(request, "statement")
        if len(records) != 1 or len(named) != 1:
            continue  # nobody can say which of several the reviewers meant
        record, end = world.record(records[0].statement.value), world.base.statements.get(named[0].statement.value)
        if record is not None and end is not None and stands(end) and firm([end]) and may_end(end.statement):
            entry = _second_review(world, release, request, record, end)
            if entry is not None:
                found.setdefault(record.id, []).append(Released(end, entry))
    return found


def _own(world: Register, record: Record, by: Recorded) -> list[Recorded]:
    """What the publisher of a statement says of a record, with what it took back."""
    publisher = world.base.signer(by).publisher
    return [one for one in record.statements if world.base.signer(one).publisher == publisher]


def _last_change(world: Register, statements: Iterable[Recorded]) -> int:
    """The newest entry that added one of these statements, took it back or erased something of the entry that it is in."""
    gone = world.base.erasures
    return max(max(one.recorded, one.retracted or 0, gone.get(one.recorded, 0)) for one in statements)


def _second_review(
    world: Register, release: Record, request: list[Recorded], record: Record, end: Recorded
) -> int | None:
    """The entry of the review with which a release took effect; None where it has none, or no longer."""
    ending, asking = world.record(end.statement.subject) or record, world.base.signer(request[0])
    reviewed, since = _last_change(world, _own(world, ending, end)), _last_change(world, request)
    reviews = (one for one in release.claims("outcome") if one.recorded > since and world.base.by_reviewer(one))
    newest = {world.base.signer(one).publisher: one for one in reviews}
    for entry in sorted(one.recorded for one in newest.values()):
        who, parties = _parties(world, record, ending, request, entry)
        if not asking.verified and world.base.publisher(asking.owner) not in parties:
            continue
        counted = [
            one
            for one in newest.values()
            if (one.recorded <= entry or one.statement.value != "released")
            and not any(world.graph.ties(id) & who.entities for id in vouchers(world, world.base.author(one)))
        ]
        if support(world, lookup.only(release, counted), {"outcome": "released"}, who, publishers=2).holds:
            return entry if reviewed < entry else None
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
