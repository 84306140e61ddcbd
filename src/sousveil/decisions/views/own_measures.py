"""Breaches of a State's own measure: licences, contracts, deliveries and uses during a halt in force, and since when they are overdue."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import msgspec

from sousveil.decisions.evidence.accounts import Account, adverse, firm, values
from sousveil.decisions.procedures.cells import ProofView, shown
from sousveil.decisions.procedures.days import ordinal
from sousveil.decisions.procedures.engine import Board
from sousveil.decisions.procedures.items import state_of
from sousveil.decisions.procedures.registry import all_procedures
from sousveil.decisions.views.halts import Halts, firmly, halts
from sousveil.register.model import Recorded, Standing
from sousveil.register.views.model_base import Ref
from sousveil.register.views.reading import Record


class _Act(msgspec.Struct, frozen=True):
    """An act that a measure may halt: the properties of its record type that count."""

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
NAMED = (*ACTS, "Deployment", "MoratoriumMeasure", "LegalEntity")
"""Types of what a breach may name: acts, the measure, companies."""
PARTIES = ("supplier", "licensee", "buyer", "recipient", "endUser", "body", "product", "vendor")
"""Properties whose entities a measure may leave out."""


class Breach(msgspec.Struct, frozen=True, kw_only=True):
    """An act that a measure of the State itself halts."""

    country: str
    """Code of the State whose measure it is."""
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
    """The act or the measure is reported, not confirmed."""
    exceptions: list[ProofView]
    """What the measure leaves out, as published: whether it covers this act is not recorded."""


def breaches(board: Board, day: int, country: str | None = None) -> list[Breach]:
    """The breaches of measures in force on the day, of one State or of all, the longest overdue first.

    A vague day is no breach: the first day that it may mean has to lie within the halt. What is only alleged makes no breach, and takes
    none away.
    """
    found = []
    for state in halts(board, day, country):
        if not state.covers:
            continue
        own = Halts(board, state.country)
        for type, act in ACTS.items():
            for record in board.records.get(type, ()):
                if state.country in board.countries(record, act.places):
                    found.append(_of_act(board, own, record, act, day))
        uses = (board.record(one.ref.id) for one in state.despite)
        found += [_of_use(board, own, use, day) for use in filter(None, uses)]
    return sorted(filter(None, found), key=lambda one: (-one.days_over, one.since, one.record.id, one.country))


def _of_use(board: Board, halts: Halts, use: Record, day: int) -> Breach | None:
    own = firmly(board, use)
    named = values(own.statements, "body", "product", "country")
    measure = next(iter(_binding(board, halts, own, "use", day)), None) if named else None
    if measure is None:
        return None
    since = max(halts.since(measure, day), board.dated(own) or 0)
    return _breach(board, halts, own, ("use", measure), since, day, ("vendor",), named[:1])


def _of_act(board: Board, halts: Halts, record: Record, act: _Act, day: int) -> Breach | None:
    world, own = board.proven.world(day), firmly(board, record)
    there = world.record(record.id)
    if there is None or halts.code not in board.countries(own, act.places):
        return None
    for activity in act.activities:
        binding = _binding(board, halts, own, activity, day)

        def halted(one: Recorded, activity: str = activity, binding: list[Record] = binding) -> Record | None:
            """The measure that halts the act on the day that a statement gives."""
            first = ordinal(one.statement.value)
            if first is None or first > day:
                return None
            then = {each.id for each in halts.halting(activity, first)}
            return next((each for each in binding if each.id in then), None)

        def during(account: Account, halted: Callable[[Recorded], Record | None] = halted) -> bool:
            """Whether an account says that the act took place, on a day within the halt."""
            said = {one.statement.value for one in firm(values(account, act.none[0]))}
            return not said & set(act.none[1]) and any(map(halted, firm(values(account, *act.days))))

        charge = adverse(world, there, [(name, None) for name in act.required], event=True, when=during)
        if not charge.counts or charge.alleged:
            continue
        # Nobody dates it anew: another day counts only where the founder gives none within the halt.
        of_founder, of_all = (
            [one for one in firm(values(many.statements, *act.days)) if halted(one)] for many in (own, there)
        )
        dated = min(
            of_founder or of_all, key=lambda one: (ordinal(one.statement.value, last=True) or day, one.recorded)
        )
        since = min(day, ordinal(dated.statement.value, last=True) or day)
        if (measure := halted(dated)) is not None:
            proof = [*board.proven.told(charge.proof, day), dated]
            return _breach(
                board,
                halts,
                own,
                (activity, measure),
                since,
                day,
                act.required[:1],
                proof,
                _ended(board, act, record, day),
            )
    return None


def _ended(board: Board, act: _Act, record: Record, day: int) -> bool:
    return bool(act.procedure) and state_of(board, all_procedures()[act.procedure], record, day)[2]


def _binding(board: Board, halts: Halts, own: Record, activity: str, day: int) -> list[Record]:
    """The measures that halt an activity on the day and leave out no party of an act; those without an exception first."""
    parties = {*board.named(own, PARTIES), *_makers(board, own)}
    many = [one for one in halts.halting(activity, day) if not parties & set(board.named(halts.own(one), ("excepts",)))]
    return sorted(many, key=lambda one: bool(_open(halts.own(one))))


def _open(measure: Record) -> list[Recorded]:
    """The exceptions of a measure that name nobody."""
    return [] if measure.stand("excepts") else measure.stand("exception")


def _makers(board: Board, own: Record) -> list[str]:
    products = filter(None, map(board.record, board.named(own, ("product",))))
    return [id for one in products for id in board.named(firmly(board, one), ("vendor",))]


def _breach(
    board: Board,
    halts: Halts,
    own: Record,
    halted_by: tuple[str, Record],
    since: int,
    day: int,
    who: tuple[str, ...],
    proof: Sequence[Recorded],
    ended: bool = False,
) -> Breach:
    activity, measure = halted_by
    terms = halts.own(measure)
    exceptions = [shown(board, one) for one in _open(terms)]
    firmness = [terms.stand(name) for name in ("measureKind", "status", "covers")]
    return Breach(
        country=halts.code,
        record=board.reader.ref(own.id),
        activity=activity,
        measure=board.reader.ref(measure.id),
        companies=[board.reader.ref(one) for one in board.named(own, who) or _makers(board, own)],
        since=date.fromordinal(since).isoformat(),
        days_over=0 if exceptions or ended else day - since,
        ended=ended,
        reported=not all(map(_confirmed, proof)) or not all(any(map(_confirmed, many)) for many in firmness if many),
        exceptions=exceptions,
    )


def _confirmed(one: Recorded) -> bool:
    return one.statement.standing is Standing.CONFIRMED
