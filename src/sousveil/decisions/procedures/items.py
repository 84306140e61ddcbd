"""The items of a procedure: each record with the state it is in and what is owed on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from sousveil.decisions.procedures import registry
from sousveil.decisions.procedures.clocks import DueView, due_of
from sousveil.decisions.procedures.engine import Board, country_codes
from sousveil.decisions.procedures.model import Procedure
from sousveil.register import edtf, types
from sousveil.register.model import Recorded, Standing
from sousveil.register.publication import DIRECT
from sousveil.register.types.countries import country_name
from sousveil.register.types.model import Kind
from sousveil.register.views import words
from sousveil.register.views.model_base import Ref
from sousveil.register.views.reading import Record, property_label, weakest_of
from sousveil.register.views.records import RANK, stands
from sousveil.register.views.voices import sayers_of


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
    who = sayers_of(record, standing)
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
