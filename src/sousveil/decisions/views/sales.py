"""Sales that a company declares beside sales that others report, and the difference, sale by sale (d)."""

from __future__ import annotations

import msgspec

from sousveil.decisions.evidence.accounts import DATED
from sousveil.decisions.facts.registration import Sale, sales
from sousveil.decisions.procedures import cells
from sousveil.decisions.procedures.engine import Board
from sousveil.register.views.model_base import Ref


class SaleRow(msgspec.Struct, frozen=True, kw_only=True):
    """A sale on file of a company."""

    record: Ref
    company: Ref
    client: Ref | None
    date: str | None
    """EDTF."""
    declared: bool
    """The company declares it in this record."""
    declared_as: list[Ref]
    """Records in which the company declares a sale that may be this one."""
    reported_by: list[str]
    """Other publishers that report it, firmer than as an allegation."""
    undeclared: list[Ref]
    """Clients that others report, and to whom the company declares no such sale; empty where that is `client` alone."""
    country: str | None
    """Country to which it went, where nobody names a client."""
    gap: bool
    """Reported, and not declared."""


def company_sales(board: Board, company: str, day: int) -> list[SaleRow]:
    """The sales of a company on file on a day: first those that it does not declare."""
    world = board.world(day)
    return sorted((_row(board, company, one, day) for one in sales(world, company)), key=_order)


def state_sales(board: Board, country: str, day: int) -> list[SaleRow]:
    """The sales of the companies based in a State."""
    based = [one for one in cells.vendors(board) if country in board.country_of(one)]
    return sorted((row for one in based for row in company_sales(board, one, day)), key=_order)


def _order(row: SaleRow) -> tuple[bool, str, str]:
    return not row.gap, row.company.caption, row.record.id


def _row(board: Board, company: str, one: Sale, day: int) -> SaleRow:
    told = board.statements(one.reported, day)
    clients = board.named(one.record, (one.client,))
    missing = [each for each in one.undeclared if len(each) != 2]
    countries = [] if clients else [each.statement.value for each in one.record.stand("destination")]
    dates = (each.statement.value for name in DATED for each in one.record.stand(name))
    return SaleRow(
        record=board.reader.ref(one.record.id),
        company=board.reader.ref(company),
        client=board.reader.ref(clients[0]) if clients else None,
        date=next(dates, None),
        declared=bool(one.declared),
        declared_as=[board.reader.ref(each) for each in one.declared_as],
        reported_by=list(dict.fromkeys(board.reader.publisher(each.statement.publisher) for each in told)),
        undeclared=[board.reader.ref(each) for each in missing] if missing != clients[:1] else [],
        country=next(iter(countries), None),
        gap=bool(one.undeclared),
    )
