"""Breaches of a State's own measure: licences, contracts, deliveries and uses during a halt in force, and since when they are overdue."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec

from sousveil.decisions.evidence.accounts import Account, adverse, values
from sousveil.decisions.procedures.cells import ProofView, shown
from sousveil.decisions.procedures.days import ordinal
from sousveil.decisions.procedures.engine import Board
from sousveil.decisions.procedures.halts import Halts
from sousveil.decisions.procedures.items import item_of
from sousveil.decisions.procedures.registry import all_procedures
from sousveil.register.model import Recorded, Standing
from sousveil.register.views.model_base import Ref
from sousveil.register.views.reading import Record


class _Act(msgspec.Struct, frozen=True):
    """An act that a measure may halt, as a record type tells it."""

    activities: tuple[str, ...]
    places: tuple[str, ...]
    """Properties that place it in a State."""
    required: tuple[str, ...]
    """Properties that an account must have; the first names the company."""
    days: tuple[str, ...]
    none: tuple[str, tuple[str, ...]] = ("status", ())
    """A property, and its values by which no such act took place."""
    procedure: str = ""
    """The procedure whose label says that it is over."""


ACTS = {
    "ExportLicence": _Act(
        ("sale", "transfer"), ("issuer",), ("licensee", "issuer"), ("issueDate",),
        ("status", ("applied", "refused", "withdrawn")), "b-investigations",
    ),
    "Contract": _Act(
        ("sale",), ("buyer", "supplier"), ("supplier", "buyer"), ("contractDate", "startDate"),
        ("stage", ("planned", "tendered")), "f-contracts",
    ),
    "Supply": _Act(
        ("transfer",), ("supplier", "origin", "recipient", "destination"), ("supplier",), ("date", "startDate"),
        ("clientStage", ("potential",)),
    ),
}  # fmt: skip
PARTIES = ("supplier", "licensee", "buyer", "recipient", "endUser", "body", "product", "vendor")
"""Properties whose entities a measure may leave out."""


class Breach(msgspec.Struct, frozen=True, kw_only=True):
    """An act that a measure of the State itself halts."""

    record: Ref
    activity: str
    """sale, transfer, use."""
    measure: Ref
    companies: list[Ref]
    since: str
    """ISO day of the act; of a use that began before the measure, the measure's first day."""
    days_over: int
    """Days since then; 0 where the act is over, or an exception of the measure may cover it."""
    ended: bool
    """The licence or contract is over."""
    reported: bool
    """What it rests on is reported, not confirmed."""
    exceptions: list[ProofView]
    """What the measure leaves out, as published: whether it covers this act is not recorded."""


def breaches(board: Board, country: str, day: int, uses: Iterable[str] = ()) -> list[Breach]:
    """The breaches of a State's measures in force on the day, the longest overdue first. `uses`: ids of uses that go on despite one.

    A vague day is no breach: the first day that it may mean has to lie within the halt.
    """
    halts = Halts(board, country)
    found = []
    for type, act in ACTS.items():
        for record in board.records.get(type, ()):
            if country in board.countries(record, act.places):
                found += _acts(board, halts, record, act, day)[:1]
    for use in filter(None, map(board.record, uses)):
        for measure in halts.halting("use", day):
            since = max(halts.since(measure, day), board.dated(use) or 0)
            found += _breach(board, "use", measure, use, since, day, ("vendor",), use.statements[:1])
    return sorted(found, key=lambda one: (-one.days_over, one.since, one.record.id))


def _acts(board: Board, halts: Halts, record: Record, act: _Act, day: int) -> list[Breach]:
    world = board.proven.world(day)
    there = world.record(record.id)
    found: list[Breach] = []
    if there is None:
        return found
    for activity in act.activities:
        for measure in halts.halting(activity, day):

            def during(account: Account, activity: str = activity, measure: Record = measure) -> bool:
                """Whether an account says that the act took place, on a day within the halt."""
                if {one.statement.value for one in values(account, act.none[0])} & set(act.none[1]):
                    return False
                return any(
                    (first := ordinal(one.statement.value)) is not None
                    and first <= day
                    and measure in halts.halting(activity, first)
                    for one in values(account, *act.days)
                )

            charge = adverse(world, there, [(name, None) for name in act.required], event=True, when=during)
            if charge.counts and not charge.alleged:
                days = [ordinal(one.statement.value, last=True) for name in act.days for one in record.stand(name)]
                since = min(day, max(one for one in days if one is not None))
                proof = board.proven.told(charge.proof, day)
                found += _breach(board, activity, measure, record, since, day, act.required[:1], proof, act.procedure)
    return found


def _breach(
    board: Board,
    activity: str,
    measure: Record,
    record: Record,
    since: int,
    day: int,
    who: tuple[str, ...],
    proof: Iterable[Recorded],
    procedure: str = "",
) -> list[Breach]:
    """The breach; empty where the measure leaves out a party of the act."""
    own = board.told(measure)
    left_out, companies = set(board.named(own, ("excepts",))), board.named(record, who)
    products = filter(None, map(board.record, board.named(record, ("product",))))
    makers = [id for one in products for id in board.named(one, ("vendor",))]
    if left_out & {*board.named(record, PARTIES), *makers}:
        return []
    exceptions = [] if left_out else [shown(board, one) for one in own.stand("exception")]
    ended = bool(procedure) and item_of(board, all_procedures()[procedure], record, day).closed
    return [
        Breach(
            record=board.reader.ref(record.id),
            activity=activity,
            measure=board.reader.ref(measure.id),
            companies=[board.reader.ref(one) for one in companies or makers],
            since=date.fromordinal(since).isoformat(),
            days_over=0 if exceptions or ended else day - since,
            ended=ended,
            reported=any(one.statement.standing is not Standing.CONFIRMED for one in proof),
            exceptions=exceptions,
        )
    ]
