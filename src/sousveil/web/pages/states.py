"""States and companies against the demands: the matrix of all States, one State, the gaps of a company, the map of measures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Literal

import msgspec
from pydantic import Field

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
from sousveil.register.types.countries import NO_MORE, countries
from sousveil.register.views import words
from sousveil.register.views.model import MapCountry
from sousveil.register.views.model_base import Frame, Ref
from sousveil.register.views.reading import Record, span, state_of
from sousveil.register.views.words import _, _n
from sousveil.web.boards import (
    OnDay,
    board_of,
    breaches_naming,
    breaches_of,
    by_authority,
    day_asked,
    duties_of,
    frame_of,
    kept,
    map_of,
    queue_of,
)
from sousveil.web.columns import table
from sousveil.web.failures import Failure
from sousveil.web.links import join
from sousveil.web.page import Answer, Page
from sousveil.web.pictures.acts import acts_svg
from sousveil.web.pictures.halts import halts_svg, unmapped
from sousveil.web.site import Site
from sousveil.web.topics import KeyFact, Topic, map_rows, opened, record_rows, topic

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


class OfStates(OnDay):
    """Which States, in which order."""

    show: Literal["any", "acts", "companies", "incidents", "all"] = Field(
        "any", description="States with any entry, with acts, with companies, with incidents, or all."
    )
    demand: str | None = Field(None, max_length=40, description="Only States with an act on this demand.")
    sort: Literal["entries", "name", "acts", "companies", "incidents"] = Field(
        "entries", description="What the States are sorted by, the most first."
    )


class StateFigures(msgspec.Struct, frozen=True, kw_only=True):
    """How much is recorded of a State."""

    companies: int
    """Sellers based there, and companies on lists."""
    incidents: int
    """Reports of incidents there."""
    clients: int
    """Potential, reported and confirmed clients and users there."""
    acts: dict[str, int]
    """Demand -> records of acts on it; a demand without one is left out."""
    total: int
    """All of these acts, each once."""

    @property
    def entries(self) -> int:
        """Everything together, for the order."""
        return self.companies + self.incidents + self.clients + self.total


class StatesView(msgspec.Struct, frozen=True, kw_only=True):
    """The matrix of States."""

    frame: Frame
    demands: list[DemandName]
    rows: list[StateRow]
    """Those asked for, in the order asked for."""
    figures: dict[str, StateFigures]
    """By the code of the State, of all States."""
    answered: int
    """States with at least one recorded act."""


class LawRow(msgspec.Struct, frozen=True, kw_only=True):
    """A law of a State under one demand."""

    letter: str
    procedure: str
    item: ProcedureItem
    provides: list[str]
    enforced: str


class StateView(msgspec.Struct, frozen=True, kw_only=True):
    """One State."""

    frame: Frame
    row: StateRow
    lead: str
    """What the register records of the trade there, in short."""
    keys: list[KeyFact]
    """The key facts of the summary."""
    topics: list[Topic]
    """Trade, incidents, licences, sales, investigations and treaties there, the first of each."""
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


def states(site: Site, asked: OfStates) -> Answer:
    """The matrix of States."""
    board, day = board_of(site), day_asked(site, asked)
    names = [
        DemandName(name=one.name, letter=one.letter, title=one.title) for one in registry.all_procedures().values()
    ]
    if asked.demand is not None and asked.demand not in registry.all_procedures():
        raise Failure(400, "There is no such demand.", field="demand", hint="The page The letter's demands lists all.")
    rows = kept(site, ("states", day), lambda: _all_rows(board, day))
    places = map_of(site, asked.as_of)
    figures = {one.country: _figures(board, one, places.get(one.country)) for one in rows}

    def order(one: StateRow) -> tuple[int, str]:
        of = figures[one.country]
        first = {"entries": of.entries, "acts": of.total, "companies": of.companies, "incidents": of.incidents}
        return -first.get(asked.sort, 0), one.name

    view = StatesView(
        frame=frame_of(site, asked),
        demands=names,
        rows=sorted((one for one in rows if _asked_for(figures[one.country], asked)), key=order),
        figures=figures,
        answered=sum(one.total > 0 for one in figures.values()),
    )
    return Answer(data=view, extra={"picture": acts_svg})


def _all_rows(board: Board, day: int) -> list[StateRow]:
    sellers = {code for code, many in board.of_country("AbuseIncident", INCIDENT_BY).items() if many}
    return [cells.state_row(board, code, day) for code in sorted({*cells.countries(board), *sellers})]


def _asked_for(of: StateFigures, asked: OfStates) -> bool:
    if asked.demand is not None and not of.acts.get(asked.demand):
        return False
    counts = {"any": of.entries, "acts": of.total, "companies": of.companies, "incidents": of.incidents, "all": 1}
    return counts[asked.show] > 0


def _figures(board: Board, row: StateRow, place: MapCountry | None) -> StateFigures:
    acts = {
        one.procedure: {
            *(act.record.id for act in one.acts),
            *(proof.record.id for need in one.needs for proof in (*need.proof, *need.claimed)),
        }
        for one in row.cells
    }
    counts = {one.procedure: max(len(acts[one.procedure]), one.acts_count) for one in row.cells}
    return StateFigures(
        companies=place.companies if place is not None else 0,
        incidents=len(board.of_country("AbuseIncident", INCIDENT_BY).get(row.country, ())),
        clients=place.potential + place.reported + place.confirmed if place is not None else 0,
        acts={name: count for name, count in counts.items() if count},
        total=len({id for ids in acts.values() for id in ids}),
    )


def state(site: Site, asked: OnDay, country: str) -> Answer:
    """One State."""
    board, day = board_of(site), day_asked(site, asked)
    if country not in codes(board):
        raise Failure(404, "There is no State with this code.", field="country", hint="The page States lists all.")
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
    row = cells.state_row(board, country, day)
    topics, counts = _trade(site, asked, board, country)
    review = queue_of(site, asked.as_of)
    view = StateView(
        frame=frame_of(site, asked),
        row=row,
        lead=_lead(row.name, counts),
        keys=_keys(row, counts, len(laws)),
        topics=topics,
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
        review=count_of(review, country),
        orders=orders_of_state(site.store, country, review, as_of=asked.as_of),
    )
    return Answer(data=view)


INCIDENT_BY = ("targetCountry", "country")
"""Properties by which an incident belongs to a State."""
ABOUT = (
    ("incidents", "Reported incidents", "AbuseIncident", INCIDENT_BY),
    ("licences", "Export licences", "ExportLicence", ("issuer",)),
    ("supplies", "Sales to this State", "Supply", ("destination", "recipient")),
    ("investigations", "Investigations", "Investigation", ("country", "body")),
    ("treaties", "Statements and treaties", "TreatyParticipation", ("country", "state")),
)
"""Topics of a State's page: id, title, record type, and the properties by which a record belongs to the State."""
ROWS_MOST = 50
"""Facts of one topic that the page of a State shows."""


def codes(board: Board) -> set[str]:
    """Returns the codes of all States and territories, and of those that only this register knows."""
    return {*(one for one in countries() if one not in NO_MORE), *cells.countries(board)}


def _trade(site: Site, asked: OnDay, board: Board, country: str) -> tuple[list[Topic], Counter[str]]:
    """What is recorded of the trade in a State, by topic, and how many facts of each there are."""
    place = map_of(site, asked.as_of).get(country)
    rows = place.rows if place is not None else []
    based = [one for one in rows if one.role != "buyer"]
    buying = [one for one in rows if one.role == "buyer"]
    counts: Counter[str] = Counter()
    if place is not None:
        counts.update(companies=place.companies, listed=place.on_lists)
        counts.update(potential=place.potential, reported=place.reported, confirmed=place.confirmed)
    counts["buyers"] = counts["potential"] + counts["reported"] + counts["confirmed"]
    found = [
        topic("trade", _("Companies based here"), map_rows(based)[:ROWS_MOST], counts["companies"]),
        topic("clients", _("Clients and users here"), map_rows(buying[:ROWS_MOST]), counts["buyers"]),
    ]
    reader = board.reader.at(asked.as_of)
    for id, title, type, by in ABOUT:
        records = [one for one in board.of_country(type, by).get(country, []) if _held(one, asked.as_of)]
        counts[id] = len(records)
        newest = sorted(records, key=lambda one: (span(one)[0] or "", one.id), reverse=True)[:ROWS_MOST]
        found.append(topic(id, _(title), record_rows(reader, newest), len(records)))
    return opened([one for one in found if one.count]), counts


def _held(record: Record, as_of: str | None) -> bool:
    """Whether a record may have begun by the day."""
    return as_of is None or state_of(*span(record), as_of) != "future"


def _lead(name: str, counts: Counter[str]) -> str:
    told = []
    if n := counts["companies"]:
        told.append(_n("{n} company of the trade is based here.", "{n} companies of the trade are based here.", n))
    if n := counts["incidents"]:
        told.append(_n("Sources report {n} incident here.", "Sources report {n} incidents here.", n))
    if n := counts["investigations"]:
        told.append(_n("{n} investigation is recorded.", "{n} investigations are recorded.", n))
    if n := counts["treaties"]:
        told.append(_n("It takes part in {n} statement or treaty.", "It takes part in {n} statements and treaties.", n))
    if told:
        return " ".join(told)
    if n := counts["buyers"]:
        return _n("Sources name {n} client or user here.", "Sources name {n} clients or users here.", n)
    return _("We have no entry yet on what {state} sells, licenses or has done.").format(state=name)


def _keys(row: StateRow, counts: Counter[str], laws: int) -> list[KeyFact]:
    """The key facts of a State; what is missing is said to be."""

    def key(label: str, value: str, topic: str, count: int, small: str = "") -> KeyFact:
        if not count:
            return KeyFact(label=label, value=_("None recorded"))
        return KeyFact(label=label, value=value, small=small, topic=topic)

    listed, n = counts["listed"], counts["companies"]
    stages = [f"{words.client_short(one)} {counts[one]}" for one in reversed(words.CLIENT_STAGES) if counts[one]]
    acts = sum(one.state != cells.UNKNOWN or one.acts_count > 0 for one in row.cells)
    return [
        key(
            _("Based here"),
            _n("{n} company", "{n} companies", n),
            "trade",
            n,
            _("{n} on a government list").format(n=listed) if listed else "",
        ),
        key(
            _("Bought here"),
            _n("{n} client or user", "{n} clients or users", counts["buyers"]),
            "clients",
            counts["buyers"],
            ", ".join(stages),
        ),
        key(
            _("Incidents"),
            _n("{n} report", "{n} reports", counts["incidents"]),
            "incidents",
            counts["incidents"],
        ),
        key(_("Licences"), _("{n} recorded").format(n=counts["licences"]), "licences", counts["licences"]),
        key(_("Laws"), _("{n} recorded").format(n=laws), "laws", laws),
        KeyFact(
            label=_("Demands"),
            value=_("{n} of {all} with an act recorded").format(n=acts, all=len(row.cells)),
            small=_("A recorded act does not mean the demand is met.") if acts else "",
            topic="demands",
        ),
    ]


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
    lists = {name: getattr(one, name) for name in ("measures", "to_come", "disputed", "despite", "uses", "possible")}
    first = {name: many[:MEASURES_MOST] for name, many in lists.items()}
    ids = {each.ref.id for many in first.values() for each in many}
    return msgspec.structs.replace(
        one,
        **first,
        terms=[each for each in one.terms if each.record.id in ids],
        more={name: len(many) - MEASURES_MOST for name, many in lists.items() if len(many) > MEASURES_MOST},
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
    for code in sorted(codes(board_of(site))):
        yield join("states", code)


def _vendors(site: Site) -> Iterator[str]:
    board, day = board_of(site), day_asked(site, OnDay(as_of=None))
    sells = cells.vendors(board)
    holds = [one for one in investors(board) if one not in sells and cells.holdings(board, one, day)]
    for id in (*sells, *holds):
        yield join("entities", id, "demands")


PAGES = (
    Page(name="states", route="states", title="States", what="What States have done: companies, incidents, clients and acts by "
         "demand.", view=states, result=StatesView, template="states.html", asked=OfStates, whole=True, order=22),
    Page(name="moratorium", route="moratorium", title="Moratorium: measures by State", what="Measures that halt sale, transfer and "
         "use by State, and uses that continue despite them.", view=moratorium, result=MoratoriumView, template="moratorium.html",
         asked=OnDay, whole=True, order=23,
         table=table("countries", "state=name code=country halt=state halted=covers measures uses despite")),
    Page(name="state", route="states/{country}", title="State", what="One State against the demands, with laws and what is overdue.",
         view=state, result=StateView, template="state.html", asked=OnDay, parts={"country": str}, copies=_codes, whole=True, order=24),
    Page(name="entity-demands", route="entities/{id}/demands", title="Demands on a company", what="What the letter asks of a company, "
         "and what is missing.", view=company, result=DemandsView, template="demands.html", asked=OnDay, parts={"id": str},
         copies=_vendors, whole=True, order=14,
         table=table("cells", "demand=letter title state asked_since days_asked acts=acts_count missing=gap")),
)  # fmt: skip
