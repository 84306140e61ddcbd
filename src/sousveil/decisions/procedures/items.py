"""The items of a procedure: each record with the state it is in, and what is owed on it by the clocks.

The days are data in the file of the procedure. Only a law or a promise makes a step overdue; what the letter asks is counted from the
letter, or from the event, until an answer is recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import msgspec

from sousveil.decisions.procedures import days, registry
from sousveil.decisions.procedures.conditions import Condition
from sousveil.decisions.procedures.days import Step, iso, known_since
from sousveil.decisions.procedures.engine import Board, country_codes
from sousveil.decisions.procedures.model import LETTER_DAY, Authority, Clock, Procedure
from sousveil.register import edtf, types
from sousveil.register.model import Recorded, Standing
from sousveil.register.publication import DIRECT
from sousveil.register.types.countries import country_name
from sousveil.register.types.model import Kind
from sousveil.register.views import words
from sousveil.register.views.model_base import Ref
from sousveil.register.views.reading import Record, property_label, weakest_of
from sousveil.register.views.records import RANK, stands
from sousveil.register.views.voices import publishers_in


class DueView(msgspec.Struct, frozen=True, kw_only=True):
    """What is owed on a record."""

    clock: str
    label: str
    started: str | None
    """ISO day from which it runs; None where the record names only the end."""
    due: str
    """ISO day by which it is owed."""
    authority: str
    """letter, law, promise: on whose authority it is owed."""
    reported: bool
    """What it rests on is reported, not confirmed."""
    state: str
    """running, overdue, met, met-late; refused, refused-late, ended, ended-late: it stopped, and what was owed was not done; replied: the
    office that owes it answered, and its competence is not confirmed. It stays open, and is not late. On the authority of the letter
    nothing is overdue or late: past its days it is `asked`."""
    days_open: int
    """Days from `started` to the step, or to the day looked at."""
    days_over: int
    """Days since it was due; 0 where it is not overdue."""
    met_on: str | None
    """ISO day that the step which stopped it names; of a refusal as well."""
    recorded_on: str | None
    """ISO day since which the log has that step, by the operator's clock."""
    counted_on: str | None
    """The one of the two that counts: `state` goes by it."""
    source: str
    """Where the number of days comes from."""
    owed_by: Ref | None


def due_of(board: Board, clock: Clock, record: Record, day: int) -> DueView | None:
    """What this clock says of a record on a day; None where it does not run."""
    accounts, own, acting = board.accounts(record), board.first_account(record), board.own(record)
    if all(board.proof(clock.runs_when, one, day) is None for one in accounts):
        return None
    known, accept = known_since(board.reader, record, (*clock.starts, *clock.due)), board.accept(record, day)

    def steps(condition: Condition | None, of: Record = acting) -> list[Step]:
        """The steps by which a condition came to hold and that count by the day."""
        ways = board.ways(condition, of, day, accept) if condition is not None else ()
        dated = ((board.happened(way), board.recorded(way)) for way in ways)
        found = (days.step(at, recorded, known) for at, recorded in dated if at is not None)
        return [one for one in found if one.counts <= day]

    started = days.given_day(own, record, clock.starts)
    if started is not None:
        started = max([started, *(one.named for one in steps(clock.again, own))])
    end = days.end(clock, own, record, started)
    if end is None or (started is not None and started > day):
        return None
    owing = next((ids for one in accounts if (ids := board.owing(one, clock.owed_by, day))), [])
    authority = days.authority(clock, board.reader, own, record, end, owing)
    letter = authority is Authority.LETTER
    if letter and (end < LETTER_DAY or day < LETTER_DAY):
        return None
    ends = {"met": clock.stops_when, **clock.ends_as}
    stops = [(one, how) for how, by in ends.items() for one in steps(by)]
    done, state = min(stops, key=lambda one: one[0][:2], default=(None, ""))
    if done is None:
        done = min(steps(clock.replied), key=lambda one: one[:2], default=None)
        state = "replied" if done is not None else ""
        if letter and started is not None:
            started = max(started, LETTER_DAY)
    until = done.counts if done is not None else day
    late = until > end
    if not state:
        state = ("asked" if letter else "overdue") if late else "running"
    elif state != "replied" and late and not letter:
        state += "-late"
    grounds = [*days.proof(clock, own, record), *(board.proof(clock.runs_when, record, day) or ())]
    return DueView(
        clock=clock.name,
        label=clock.label,
        started=iso(started),
        due=date.fromordinal(end).isoformat(),
        authority=authority,
        reported=any(one.statement.standing is not Standing.CONFIRMED for one in grounds),
        state=state,
        days_open=max(0, until - started) if started is not None else 0,
        days_over=day - end if state == "overdue" else 0,
        met_on=iso(done.named) if done is not None else None,
        recorded_on=iso(done.recorded) if done is not None else None,
        counted_on=iso(done.counts) if done is not None else None,
        source=clock.source,
        owed_by=board.reader.ref(owing[0]) if owing else None,
    )


class PartyView(msgspec.Struct, frozen=True, kw_only=True):
    """One other party of a record."""

    label: str
    ref: Ref


class ProcedureItem(msgspec.Struct, frozen=True, kw_only=True):
    """A record of a procedure."""

    procedure: str
    ref: Ref
    state: str
    """Name of the procedure's state that it is in; `to-come` before its own date, `on-file` where its type has none."""
    state_label: str
    state_by: list[str]
    """Whose claims put it in that state, where that is not its first publisher, or less firmly than it is shown."""
    state_words: str
    """How firmly these say so; empty where `state_by` is."""
    closed: bool
    country: str | None
    country_name: str
    date: str | None
    """As published (EDTF)."""
    recorded_on: str
    """ISO day since which the log has the record, by the operator's clock."""
    published_after: int | None
    """Days from the last day that `date` may mean to `recorded_on`; None where there is no date, or a later one, or a data set gives it."""
    parties: list[PartyView]
    due: list[DueView]
    standing: str
    """The strongest claim of its naming properties, of these the weakest."""
    standing_words: str
    publishers: list[str]
    """Whose statements on it stand, and are as firm as it is shown."""
    also_by: list[str]
    """Whose statements on it stand, but less firmly."""
    denied_by: list[str]
    """Who denies something of it."""
    statements: list[str]
    """Ids of its statements, first ten."""


class OpenDuty(msgspec.Struct, frozen=True, kw_only=True):
    """A step that is overdue by law or promise, or asked by the letter, without a confirmed answer."""

    item: ProcedureItem
    due: DueView


PAST = ("overdue", "asked")
OPEN = (*PAST, "replied")
"""An office answered, and nobody has confirmed its competence: the requester confirms or contests the answer."""
PARTIES_MOST = 8
"""Parties that an item names."""


def items(board: Board, procedure: Procedure, day: int) -> list[ProcedureItem]:
    """The records that the procedure lists: those with an open duty first, then the open ones, newest first."""
    found = [item_of(board, procedure, one, day) for one in records(board, procedure, procedure.types)]
    newest = sorted(sorted(found, key=lambda one: one.ref.id), key=lambda one: one.date or "", reverse=True)
    return sorted(newest, key=lambda one: (all(due.state not in PAST for due in one.due), one.closed))


def records(board: Board, procedure: Procedure, names: Iterable[str]) -> Iterator[Record]:
    """The records of these types that belong to the procedure: where all its forms of a type have a fixed value, those with it."""
    for name in names:
        fixed = [form.fixed for form in procedure.forms if form.type == name]
        for record in board.records[name]:
            given = {(one.statement.property, one.statement.value) for one in record.statements if stands(one)}
            if not fixed or any(given.issuperset(one.items()) for one in fixed):
                yield record


def item_of(board: Board, procedure: Procedure, record: Record, day: int) -> ProcedureItem:
    """One record."""
    reader = board.reader
    state, label, closed, proof = state_of(board, procedure, record, day)
    country = next(iter(country_codes(board, record)), None)
    standing = weakest_of(record, _naming(record))
    first, dated = min(one.recorded for one in record.statements), board.date_text(record)
    recorded_on = reader.recorded_days([first])[first]
    # A data set is older than its copy here (decision 0030): days count where the date was published here directly.
    direct = any(one.statement.value == dated and one.statement.dataset == DIRECT for one in record.statements)
    who = publishers_in(record, standing)
    by, firmness = _state_by(board, record, proof, standing)
    parties = [
        PartyView(label=property_label(record.type, name), ref=reader.ref(id))
        for name, known in types.properties(record.type).items()
        if known.kind == Kind.ENTITY
        for id in board.named(record, (name,))
    ]
    return ProcedureItem(
        procedure=procedure.name,
        ref=reader.ref(record.id),
        state=state,
        state_label=label,
        state_by=by,
        state_words=words.standing(firmness) if by else "",
        closed=closed,
        country=country,
        country_name=country_name(country) if country else "",
        date=dated,
        recorded_on=recorded_on,
        published_after=edtf.days_from(dated, recorded_on) if direct else None,
        parties=parties[:PARTIES_MOST],
        due=[] if state == "to-come" else dues(board, procedure, record, day),
        standing=standing,
        standing_words=words.standing(standing),
        publishers=sorted({reader.publisher(one) for one in who.says}),
        also_by=sorted({reader.publisher(one) for one in who.also}),
        denied_by=sorted({reader.publisher(one) for one in who.denies}),
        statements=[one.id for one in record.statements[:10]],
    )


def dues(board: Board, procedure: Procedure, record: Record, day: int) -> list[DueView]:
    """What is owed on a record by the clocks of the procedure."""
    owed = (due_of(board, one, record, day) for one in procedure.clocks if one.type == record.type)
    return [one for one in owed if one is not None]


def open_duties(board: Board, day: int) -> list[OpenDuty]:
    """Everything that is past its days, or answered without a confirmed competence: first what is overdue, the longest first; then the
    rest, open for longest first."""
    duties: list[OpenDuty] = []
    for procedure in registry.all_procedures().values():
        for record in records(board, procedure, dict.fromkeys(clock.type for clock in procedure.clocks)):
            late = [one for one in dues(board, procedure, record, day) if one.state in OPEN]
            if late and begun(board, record, day):
                item = item_of(board, procedure, record, day)
                duties += (OpenDuty(item=item, due=one) for one in late)
    return sorted(duties, key=lambda one: (-one.due.days_over, -one.due.days_open, one.item.ref.id, one.due.clock))


def _state_by(board: Board, record: Record, proof: Sequence[Recorded], standing: str) -> tuple[list[str], str]:
    """Whose words give a record its state, and how firm the weakest of them is; nobody where it is the word of the record's first
    publisher, as firmly as it is shown."""
    first = {one.statement.publisher for one in board.first_account(record).statements}
    others = [one for one in proof if one.statement.publisher not in first]
    stated = others or list(proof)
    weakest = max((one.statement.standing for one in stated), key=RANK.__getitem__, default=Standing(standing))
    if not others and RANK[weakest] <= RANK[Standing(standing)]:
        return [], ""
    return sorted({board.reader.publisher(one.statement.publisher) for one in stated}), str(weakest)


def state_of(board: Board, procedure: Procedure, record: Record, day: int) -> tuple[str, str, bool, list[Recorded]]:
    """The name of the state that a record is in on a day, its label, whether nothing more is expected, and the words by which it is so."""
    if not begun(board, record, day):
        return "to-come", "to come", False, []
    own, accept = board.own(record), board.accept(record, day)
    for one in procedure.states.get(record.type, ()):
        if (proof := board.proof(one.when, own, day, accept)) is not None:
            return one.name, one.label, one.closed, proof
    return "on-file", "on file", True, []


def begun(board: Board, record: Record, day: int) -> bool:
    """Whether the date of a record is not certainly after the day, by one of its accounts: nobody puts off what another reported."""
    return any(board.begun(one, day) for one in board.accounts(record))


def _naming(record: Record) -> list[str]:
    known = types.find(record.type)
    required = [one.name for one in types.properties(record.type).values() if one.required and record.stand(one.name)]
    edge = [known.edge.source, known.edge.target] if known is not None and known.edge is not None else []
    return required or [name for name in edge if record.stand(name)] or list(record.by_property)[:1]
