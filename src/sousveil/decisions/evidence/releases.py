"""Released ends: another publisher's statement that ends, narrows or re-dates a record, once two reviewers released it (policy 3).

A `Release` names the record and the statement. A verified publisher, or a party that one of both names, asks for it. Two reviewers answer
`released` in it after the request: each is verified and tied to no party, and they are not tied to each other or to each other's vouchers.
From the entry of the second review on the statement counts for every account of the record: facts ask `accounts`, licences ask here. The
graph of affiliations does not: it says who is tied to whom, and so who may release.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from sousveil.decisions import voices
from sousveil.decisions.evidence.accounts import firm
from sousveil.decisions.evidence.admissibility import Register, fixed, publisher_of, support
from sousveil.register.model import Recorded
from sousveil.register.views.records import Record, stands

TYPE = "Release"


class Known(Register, Protocol):
    """A snapshot of which all records of a type can be read."""

    def of_type(self, type: str) -> Iterable[Record]:
        """All records of a type, in the order of the log."""

    def record(self, id: str) -> Record | None:
        """An entity with its statements."""


def released_statements(world: Known) -> dict[str, list[Recorded]]:
    """Canonical id of a record -> the released statements that end, narrow or re-date it."""
    found: dict[str, list[Recorded]] = {}
    for release in world.of_type(TYPE):
        asked = _request(world, release)
        records = {world.base.target(one) for one in asked if one.statement.property == "record"}
        named = [one.statement.value for one in asked if one.statement.property == "statement"]
        ends = firm([one for id in named if (one := world.base.statements.get(id)) is not None and stands(one)])
        # A request for two records or statements is none: nobody can say which of them the reviewers meant.
        record = world.record(next(iter(records))) if len(records) == len(named) == 1 else None
        if record is not None and ends and _is_released(world, release, asked, record, ends[0]):
            found.setdefault(record.id, []).append(ends[0])
    return found


def _request(world: Known, release: Record) -> list[Recorded]:
    """What the first publisher of a release asks for."""
    asked = [one for one in release.stand("record", "statement") if one.statement.type == TYPE]
    first = min(asked, key=lambda one: one.recorded, default=None)
    by = world.base.signer(first).publisher if first is not None else ""
    return [one for one in asked if world.base.signer(one).publisher == by]


def _is_released(world: Known, release: Record, asked: list[Recorded], record: Record, end: Recorded) -> bool:
    """Whether somebody who may ask asked for it, and two reviewers released it since."""
    ending = world.record(end.statement.subject) or record
    claims = (*record.statements, *ending.statements)
    parties = {world.base.target(one) for one in claims if one.statement.value.startswith("sv-")}
    asking = world.base.signer(asked[0])
    if not asking.verified and publisher_of(world, asking) not in parties:
        return False
    publishers = {publisher_of(world, world.base.signer(one)) for one in (*claims, *asked)} - {None}
    who = fixed(
        {one for one in (*parties, *publishers) if one}, {seat for id in parties for seat in world.seats.of(id)}
    )
    since = max(one.recorded for one in asked)
    reviews = [
        one
        for one in release.statements
        if one.recorded > since and world.base.canonical(world.base.signer(one).owner) in world.base.reviewers
    ]
    return support(world, voices.only(release, reviews), {"outcome": "released"}, who, publishers=2).holds
