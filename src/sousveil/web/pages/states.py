"""States and companies against the demands: the matrix of all States, one State, the gaps of a company, the map of measures."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from sousveil.decisions.procedures import cells, registry
from sousveil.decisions.views import (
    NAMED_IN_BREACHES,
    Board,
    Breach,
    CellView,
    DueView,
    HaltView,
    OpenDuty,
    OrderOfState,
    ProcedureItem,
    SaleRow,
    StateCount,
    StateRow,
    company_sales,
    count_of,
    halts,
    investors,
    item_of,
    orders_of_state,
    state_sales,
)
from sousveil.decisions.views import item_records as records
from sousveil.register.model import Standing
from sousveil.register.types import is_a
from sousveil.register.views import words
from sousveil.register.views.model_base import Frame, Ref
from sousveil.register.views.reading import Reader, Record, stands, weakest_of
from sousveil.register.views.related import client_stage, incident_stage
from sousveil.web.boards import (
    OnDay,
    board_of,
    breaches_naming,
    breaches_of,
    by_authority,
    day_asked,
    duties_of,
    frame_of,
    queue_of,
)
from sousveil.web.failures import Failure
from sousveil.web.links import join
from sousveil.web.page import Answer, Page
from sousveil.web.pictures.halts import halts_svg, unmapped
from sousveil.web.site import Site

LAWS_MOST = 100
"""Laws of a State that its page shows."""
LATE_MOST = 100
"""Open duties, and breaches of a halt, that the page of a State or a company shows; the page of overdue and unanswered steps has all."""
SALES_MOST = 100
"""Sales that the page of a State or a company shows, those that are not declared first."""
MEASURES_MOST = 10
"""Records of each list of a country on the page of measures; the demand's bulk file holds all."""


class DemandName(msgspec.Struct, frozen=True, kw_only=True):
    """A column of the matrix."""

    name: str
    letter: str
    title: str


class StatesView(msgspec.Struct, frozen=True, kw_only=True):
    """The matrix of all States."""

    frame: Frame
    demands: list[DemandName]
    rows: list[StateRow]


class LawRow(msgspec.Struct, frozen=True, kw_only=True):
    """A law of a State under one demand."""

    letter: str
    procedure: str
    item: ProcedureItem
    provides: list[str]
    enforced: str


class TradeRow(msgspec.Struct, frozen=True, kw_only=True):
    """A record of the trade in a State."""

    ref: Ref
    words: str
    """How far it went, or how firmly it is known; empty where that is not said of such records."""
    standing: str
    standing_words: str
    publishers: list[str]
    notes: list[str]


class TradeList(msgspec.Struct, frozen=True, kw_only=True):
    """Records of one kind that belong to a State."""

    name: str
    """companies, clients, incidents, licences."""
    rows: list[TradeRow]
    count: int
    """So many are recorded; the list may hold the first of them."""


class StateView(msgspec.Struct, frozen=True, kw_only=True):
    """One State."""

    frame: Frame
    row: StateRow
    trade: list[TradeList]
    """What is recorded of the trade there; lists without a record are left out."""
    laws: list[LawRow]
    laws_count: int
    """So many are on file; the list may hold the first of them."""
    overdue: list[OpenDuty]
    """By law or promise; the list may hold the first of them."""
    overdue_count: int
    asked: list[OpenDuty]
    """What the letter asks on a record, without a recorded answer; the list may hold the first of them."""
    asked_count: int
    breaches: list[Breach]
    """Licences, contracts, deliveries and uses during a halt in force; the list may hold the first of them."""
    breaches_count: int
    sales: list[SaleRow]
    """Sales of the companies based there, declared and reported; the list may hold the first of them."""
    sales_count: int
    undeclared_count: int
    """Sales that others report and the companies do not declare."""
    review: StateCount
    """Its licences that touch an incident: undecided, kept despite it, ended."""
    orders: list[OrderOfState]
    """Companies that hold its live licences, with the orders to revoke them."""


class DemandsView(msgspec.Struct, frozen=True, kw_only=True):
    """What the letter asks of a company, and what is missing."""

    frame: Frame
    ref: Ref
    vendor: bool
    """A record says that it makes, sells or supplies such technology."""
    invested_in: list[Ref]
    """Such companies that it owns, in whole or part, or funds: then due diligence is asked of it. Neither: nothing is."""
    cells: list[CellView]
    overdue: list[OpenDuty]
    """By law or promise; the list may hold the first of them."""
    overdue_count: int
    asked: list[OpenDuty]
    """What the letter asks on a record, without a recorded answer; the list may hold the first of them."""
    asked_count: int
    breaches: list[Breach]
    """Acts of the company, or with its products, during a halt in force; the list may hold the first of them."""
    breaches_count: int
    sales: list[SaleRow]
    """Sales, declared and reported; the list may hold the first of them."""
    sales_count: int
    undeclared_count: int
    """Sales that others report and the company does not declare."""


class MoratoriumView(msgspec.Struct, frozen=True, kw_only=True):
    """Measures of all States, and what continues despite them."""

    frame: Frame
    countries: list[HaltView]


def states(site: Site, asked: OnDay) -> Answer:
    """The matrix of all States."""
    board, day = board_of(site), day_asked(site, asked)
    names = [
        DemandName(name=one.name, letter=one.letter, title=one.title) for one in registry.all_procedures().values()
    ]
    rows = [cells.state_row(board, code, day) for code in cells.countries(board)]
    rows.sort(key=lambda one: (one.name, one.country))
    return Answer(data=StatesView(frame=frame_of(site, asked), demands=names, rows=rows))


def state(site: Site, asked: OnDay, country: str) -> Answer:
    """One State."""
    board, day = board_of(site), day_asked(site, asked)
    if country not in cells.countries(board):
        raise Failure(
            404, "Nothing is on file about a State with this code.", field="country", hint="The page States lists all."
        )
    laws = []
    for procedure in registry.all_procedures().values():
        for record in records(board, procedure, [name for name in procedure.types if name == "Law"]):
            if country in board.countries(record, ("jurisdiction", "state")):
                shown = [board.reader.proof(one).says for one in record.stand("provides")]
                enforced = board.reader.display("Law", "enforced", record.first("enforced") or "")[0]
                laws.append(
                    LawRow(
                        letter=procedure.letter,
                        procedure=procedure.name,
                        item=item_of(board, procedure, record, day),
                        provides=shown,
                        enforced=enforced,
                    )
                )
    late, waiting = by_authority(one for one in duties_of(site, day) if one.item.country == country)
    broken = [one for one in breaches_of(site, day) if one.country == country]
    sold = state_sales(board, country, day)
    view = StateView(
        frame=frame_of(site, asked),
        row=cells.state_row(board, country, day),
        trade=_trade(site, board, country),
        laws=laws[:LAWS_MOST],
        laws_count=len(laws),
        overdue=late[:LATE_MOST],
        overdue_count=len(late),
        asked=waiting[:LATE_MOST],
        asked_count=len(waiting),
        breaches=broken[:LATE_MOST],
        breaches_count=len(broken),
        sales=sold[:SALES_MOST],
        sales_count=len(sold),
        undeclared_count=sum(one.gap for one in sold),
        review=count_of(queue_of(site, asked.as_of), country),
        orders=orders_of_state(site.store, country, as_of=asked.as_of),
    )
    return Answer(data=view)


TRADE = (
    ("companies", "Company", ("jurisdiction", "country")),
    ("clients", "ClientClaim", ("client",)),
    ("incidents", "AbuseIncident", ("targetCountry", "country")),
    ("licences", "ExportLicence", ("issuer",)),
)
"""List, record type, and the properties by which a record belongs to a State."""
TRADE_MOST = 30
"""Records of each list that a page shows."""


def _trade(site: Site, board: Board, country: str) -> list[TradeList]:
    """Companies that offer or sell such technology, clients, incidents and licences of a State, by name."""
    found = []
    for name, type_name, of in TRADE:
        records = board.of_country(type_name, of).get(country, [])
        if name == "companies":
            records = [one for one in records if one.stand("technology") or cells.is_vendor(board, one.id)]
        joined = site.store.canonicals([one.id for one in records])
        records = list({joined.get(one.id, one.id): one for one in records}.values())
        records.sort(key=lambda one: (board.reader.caption(one).casefold(), one.id))
        if records:
            rows = [_trade_row(board, one) for one in records[:TRADE_MOST]]
            found.append(TradeList(name=name, rows=rows, count=len(records)))
    return found


def words_of_stage(reader: Reader, record: Record) -> str:
    """How far an incident went, or how firmly a client is known; empty for other records."""
    return incident_stage(reader, record)[1] or client_stage(reader, record)[1]


def _trade_row(board: Board, record: Record) -> TradeRow:
    stage = words_of_stage(board.reader, record)
    strength = weakest_of(record, [name for name in record.by_property if record.stand(name)][:1])
    return TradeRow(
        ref=board.reader.ref(record.id),
        words=stage,
        standing=strength,
        standing_words=words.standing(strength),
        publishers=sorted(
            {board.reader.publisher(one.statement.publisher) for one in record.statements if stands(one)}
        ),
        notes=[] if record.type == "Company" else [one.statement.value for one in record.stand("note")],
    )


def company(site: Site, asked: OnDay, id: str) -> Answer:
    """What the letter asks of a company."""
    board, day = board_of(site), day_asked(site, asked)
    canonical = site.store.canonical(id)
    if canonical != id:
        return Answer(data=None, moved=f"entities/{canonical}/demands")
    if not site.store.statements_of([canonical]):
        raise Failure(404, field="id")
    board.reader.load([canonical])
    found = cells.company_cells(board, canonical, day)
    late, waiting = by_authority(
        one for one in duties_of(site, day) if one.due.owed_by is not None and one.due.owed_by.id == canonical
    )
    broken, sold = breaches_naming(site, day, canonical), company_sales(board, canonical, day)
    view = DemandsView(
        frame=frame_of(site, asked),
        ref=board.reader.ref(canonical),
        vendor=cells.is_vendor(board, canonical),
        invested_in=[board.reader.ref(one) for one in cells.holdings(board, canonical, day)],
        cells=found,
        overdue=late[:LATE_MOST],
        overdue_count=len(late),
        asked=waiting[:LATE_MOST],
        asked_count=len(waiting),
        breaches=broken[:LATE_MOST],
        breaches_count=len(broken),
        sales=sold[:SALES_MOST],
        sales_count=len(sold),
        undeclared_count=sum(one.gap for one in sold),
    )
    return Answer(data=view)


def moratorium(site: Site, asked: OnDay) -> Answer:
    """Measures by State, and what continues despite them."""
    found = halts.halts(board_of(site), day_asked(site, asked))
    extra = {"picture": halts_svg, "unmapped": unmapped}
    countries = [_first_of(one) for one in found]
    return Answer(data=MoratoriumView(frame=frame_of(site, asked), countries=countries), extra=extra)


def _first_of(one: HaltView) -> HaltView:
    """A country with the first records of each of its lists, and the terms of those."""
    measures, disputed, despite, uses, possible = (
        many[:MEASURES_MOST] for many in (one.measures, one.disputed, one.despite, one.uses, one.possible)
    )
    ids = {each.ref.id for each in (*measures, *disputed)}
    return msgspec.structs.replace(
        one,
        measures=measures,
        to_come=one.to_come[:MEASURES_MOST],
        disputed=disputed,
        despite=despite,
        uses=uses,
        possible=possible,
        exceptions=[each for each in one.exceptions if each.record.id in ids],
        terms=[each for each in one.terms if each.record.id in ids],
        more={
            name: rest
            for name in ("measures", "to_come", "disputed", "despite", "uses", "possible")
            if (rest := len(getattr(one, name)) - MEASURES_MOST) > 0
        },
    )


def on_entity(site: Site, id: str, type: str, countries: list[str], as_of: str | None) -> list[CellView]:
    """The cells that stand on an entity's page: of the State, or of a company that sells such technology."""
    board, day = board_of(site), day_asked(site, OnDay(as_of=as_of))
    if type == "State" and countries:
        return cells.state_row(board, countries[0], day).cells
    return cells.company_cells(board, id, day)


def breaches_on_entity(site: Site, id: str, type: str, as_of: str | None) -> list[Breach]:
    """The breaches that the page of a measure, of a company or of the act itself shows; the first of them."""
    if not any(is_a(type, one) for one in NAMED_IN_BREACHES):
        return []
    return breaches_naming(site, day_asked(site, OnDay(as_of=as_of)), id)[:LATE_MOST]


class IncidentView(msgspec.Struct, frozen=True, kw_only=True):
    """Where the page of an incident leads to."""

    state: str
    """Where its investigation stands, in words."""
    due: list[DueView]
    """The duty to investigate it (b)."""
    vendors: list[Ref]
    """Who made or sold what was used: their pages show who answers for it (e)."""
    homes: list[str]
    """Codes of the States where these are based."""
    hosts: list[str]
    """Codes of the States where it happened: together they give the paths to remedy (i)."""


def on_incident(site: Site, id: str, as_of: str | None) -> IncidentView | None:
    """The duty to investigate an incident, who answers for it, and where help is; None where it is no incident on file."""
    board, day = board_of(site), day_asked(site, OnDay(as_of=as_of))
    record = next((one for one in board.records["AbuseIncident"] if one.id == id), None)
    if record is None:
        return None
    found = item_of(board, registry.all_procedures()["b-investigations"], record, day)
    products = [one for id in board.named(record, ("product",)) if (one := board.record(id)) is not None]
    vendors = [id for one in products for id in board.named(one, ("vendor",))]
    if any(one.statement.standing is not Standing.ALLEGED for one in record.stand("vendor")):
        vendors = [*board.named(record, ("vendor",)), *vendors]
    return IncidentView(
        state=found.state_label,
        due=found.due,
        vendors=[board.reader.ref(one) for one in dict.fromkeys(vendors)],
        homes=list(dict.fromkeys(code for one in vendors for code in board.country_of(one))),
        hosts=board.countries(record, ("country", "targetCountry")),
    )


def _codes(site: Site) -> Iterator[str]:
    for code in cells.countries(board_of(site)):
        yield join("states", code)


def _vendors(site: Site) -> Iterator[str]:
    board, day = board_of(site), day_asked(site, OnDay(as_of=None))
    sells = cells.vendors(board)
    holds = [one for one in investors(board) if one not in sells and cells.holdings(board, one, day)]
    for id in (*sells, *holds):
        yield join("entities", id, "demands")


PAGES = (
    Page(name="states", route="states", title="States", what="All States against the demands of the letter: met, partly, not, "
         "unknown.", view=states, result=StatesView, template="states.html", asked=OnDay, nav=2, order=22),
    Page(name="moratorium", route="moratorium", title="Moratorium: measures by State", what="Measures that halt sale, transfer and "
         "use by State, and uses that continue despite them.", view=moratorium, result=MoratoriumView, template="moratorium.html",
         asked=OnDay, order=23),
    Page(name="state", route="states/{country}", title="State", what="One State against the demands, with laws and what is overdue.",
         view=state, result=StateView, template="state.html", asked=OnDay, parts={"country": str}, copies=_codes, order=24),
    Page(name="entity-demands", route="entities/{id}/demands", title="Demands on a company", what="What the letter asks of a company, "
         "and what is missing.", view=company, result=DemandsView, template="demands.html", asked=OnDay, parts={"id": str},
         copies=_vendors, order=14),
)  # fmt: skip
