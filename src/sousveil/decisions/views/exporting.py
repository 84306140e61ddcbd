"""Licences by group and exporting State: what was done about them, the orders that a State could make, and a draft order for its key.

A draft is nobody's act: it becomes an order when the State signs it with its own key. Its statements are ready to be written to a file and
signed elsewhere (`sousveil register publish FILE --prepare DIR --owner ID`).
"""

from __future__ import annotations

from typing import Unpack

import msgspec

from sousveil.decisions import chains, lookup
from sousveil.decisions.compiled import Compiled, read, world_of
from sousveil.decisions.facts.licences import is_order_of, issuing, order_status
from sousveil.decisions.facts.reading import ids_of
from sousveil.decisions.licences import QueueView, ReviewItem, Touch, issuers, issuing_states, queue, state_of
from sousveil.decisions.procedures.engine import Board
from sousveil.decisions.procedures.model import LETTER
from sousveil.decisions.procedures.proven import members as named_group
from sousveil.decisions.views.records import Listed, inquiries_of
from sousveil.register.model import Standing, Statement, entity_id
from sousveil.register.store import Store as Register
from sousveil.register.types.countries import country_name
from sousveil.register.views import words
from sousveil.register.views.licences import last_day, of_licence
from sousveil.register.views.model import Frame, Ref
from sousveil.register.views.reading import Moment, Reader, Record, Store, span

STATEMENT_DAYS = 365
"""Days to the public statement that a draft order names: those of the procedure's clock; the number is ours."""
COMPANIES_MOST = 25
"""Companies that a State's page shows."""


class LicenceRow(msgspec.Struct, frozen=True, kw_only=True):
    """A licence of the group."""

    ref: Ref
    number: str | None
    licensee: Ref
    issuer: list[Ref]
    destination: str | None
    dates_words: str
    state: str
    """`live`, or why not."""
    standing: str
    standing_words: str


class OrderRow(msgspec.Struct, frozen=True, kw_only=True):
    """An order to revoke."""

    ref: Ref
    status: str
    """`draft`, `issued`, `refused`, by the office that issued the licences or its State; `reported` by anybody else: it stops no clock."""


class OrderOfState(msgspec.Struct, frozen=True, kw_only=True):
    """A group that holds live licences of a State, and whether the State ordered to revoke them."""

    company: Ref
    live: int
    """Live licences of the State for the company and its group."""
    order_status: str
    """`none`, `draft`, `issued`, `refused`: the last two by the issuing office alone."""
    asked_since: str | None
    days_open: int


class StateOfGroup(OrderOfState, frozen=True, kw_only=True):
    """What a State has licensed to a group, and what it did about it."""

    country: str | None
    name: str
    count: int
    """So many licences are on file, live or not; the list may hold a part of them."""
    licences: list[LicenceRow]
    orders: list[OrderRow]
    """Those with the status that counts first."""
    inquiries: list[Listed]


class ExportingView(msgspec.Struct, frozen=True, kw_only=True):
    """All licences of a group, by State."""

    frame: Frame
    day: str
    company: Ref
    group: list[Ref]
    states: list[StateOfGroup]


class OrderView(msgspec.Struct, frozen=True, kw_only=True):
    """The draft order of one State against one group, signed by nobody. Empty where no live licence is on file."""

    frame: Frame
    day: str
    company: Ref
    country: str
    authority: Ref | None = None
    text: str = ""
    """The document, plain text."""
    lines: str = ""
    """The statements as JSON lines, ready to be signed with the authority's key."""
    statements: int = 0


# Licences by State


def exporting_view(
    store: Store, company: str, review: list[ReviewItem] | None = None, **when: Unpack[Moment]
) -> ExportingView:
    """Every licence of the company's group, by issuing State. `review`: the items of the queue, where they are known."""
    reader, world = read(store, **when)
    company = reader.canonical(company)
    members = chains.groups(reader, [company], reader.day)
    by_state: dict[str | None, list[Record]] = {}
    for record in lookup.pointing(reader, sorted(members), "ExportLicence", "licensee"):
        by_state.setdefault(next(iter(issuing_states(reader, record)), None), []).append(record)
    if review is None and by_state:
        review = queue(store, as_of=reader.as_of, known_at=reader.known_at, today=reader.day).items
    # Of the group that the letter names, and of licences that touch an open incident, the letter asks an order.
    of = {*named_group(world, "nso"), *(one.licence.id for one in review or ())}
    board, states = Board(store, reader=reader), sorted(by_state, key=lambda one: one or "~")
    return ExportingView(
        frame=reader.frame(),
        day=reader.day,
        company=reader.ref(company),
        group=[reader.ref(one) for one in sorted(members, key=lambda id: (id != company, reader.ref(id).caption))],
        states=[_state(board, company, members, of, country, by_state[country]) for country in states],
    )


def _state(
    board: Board, company: str, members: set[str], of: set[str], country: str | None, licences: list[Record]
) -> StateOfGroup:
    """What a State has licensed to a group. `of`: ids of the companies and licences of which the letter asks an order."""
    reader, world = board.reader, world_of(board.reader, board.reader.day)
    rows = [_row(reader, world, one, id) for one in licences for id in ids_of(world, one, "licensee") if id in members]
    rows.sort(key=lambda one: (one.state != "live", one.number or "", one.ref.id))
    live = {one.ref.id for one in rows if one.state == "live"}
    orders = [
        one
        for one in lookup.pointing(reader, sorted(members), "RevocationOrder", "company")
        if any(lookup.country_of(reader, id) == country for id in lookup.entities(reader, one, "authority"))
    ]
    offices = [issuing(world, one) for one in licences]

    def status_of(order: Record) -> str:
        """By the office that issued one of the licences, or its State."""
        own = (order_status(world, order, one) for one in offices if is_order_of(world, order, one))
        return next(own, "reported")

    listed = [OrderRow(ref=reader.ref(one.id), status=status_of(one)) for one in orders]
    status = next((one for one in ("issued", "refused", "draft") if one in {each.status for each in listed}), "none")
    # From the first day of a live licence on.
    firsts = [first for one in licences if one.id in live and of & {company, one.id} and (first := span(one)[0])]
    asked = status != "issued" and firsts and reader.day >= LETTER
    since = max(LETTER, min(firsts, key=lookup.sort_day), key=lookup.sort_day) if asked else None
    about = lookup.pointing(reader, {*members, *(one.ref.id for one in rows)}, "Investigation", "about")
    return StateOfGroup(
        company=reader.ref(company),
        country=country,
        name=country_name(country) if country else "State not known",
        count=len(rows),
        licences=rows,
        live=sum(one.state == "live" for one in rows),
        orders=sorted(listed, key=lambda one: (one.status == "reported", one.status != status)),
        order_status=status,
        asked_since=since,
        days_open=max(0, lookup.days_between(since, reader.day) or 0) if since else 0,
        inquiries=[one for one in inquiries_of(board, about) if one.country == country],
    )


def _row(reader: Reader, world: Compiled, record: Record, licensee: str) -> LicenceRow:
    start, end = span(record)
    if again := of_licence(reader, record.id):
        end = last_day(again, end, reader.day)
    standing = str(record.stand("licensee")[0].statement.standing)
    return LicenceRow(
        ref=reader.ref(record.id),
        number=record.first("licenceNumber"),
        licensee=reader.ref(licensee),
        issuer=[reader.ref(one) for one in issuers(world, record)],
        destination=record.first("destination"),
        dates_words=words.dates(start, end),
        state=state_of(world, world.record(record.id) or record),
        standing=standing,
        standing_words=words.standing(standing),
    )


def orders_of_state(store: Register, country: str, review: QueueView, as_of: str | None = None) -> list[OrderOfState]:
    """Companies with live licences of this State, those with the most first. `review`: the queue of that day."""
    reader, world = read(store, as_of=as_of)
    licences = (one for one in world.of_type("ExportLicence") if state_of(world, one) == "live")
    mine = [one for one in licences if country in issuing_states(reader, one)]
    holders = sorted({company for one in mine for company in ids_of(world, one, "licensee")})
    views = [exporting_view(store, company, review.items, as_of=as_of) for company in holders[:COMPANIES_MOST]]
    states = (one for view in views for one in view.states if one.country == country and one.live)
    found = [msgspec.convert(one, OrderOfState, from_attributes=True) for one in states]
    return sorted(found, key=lambda one: (-one.live, one.company.caption, one.company.id))


# Draft orders


REASON = {
    True: "The joint open letter of July 2021 asks every exporting State to revoke at once all marketing and export licences of NSO Group "
    "and its entities.",
    False: "The joint open letter of July 2021 asks every State, in demand (b), to revoke all marketing and export licences where human "
    "rights are put at risk.",
}
"""Whether the company is of the group that the clause on exporting States names -> what the letter asks."""
INVESTIGATION = {
    True: "2. An independent, impartial and transparent investigation into the extent of unlawful targeting is opened. It ends with a "
    "public statement on its results and on the steps against further harm.",
    False: "2. An immediate, independent, transparent and impartial investigation into the cases of targeted surveillance is opened. It "
    "ends with a public statement on its results.",
}


def draft_order(store: Register, company: str, country: str, **when: Unpack[Moment]) -> OrderView:
    """The draft of one State against one group."""
    items = queue(store, **when).items
    view = exporting_view(store, company, items, **when)
    rows = [one for state in view.states if state.country == country for one in state.licences if one.state == "live"]
    order = OrderView(frame=view.frame, day=view.day, company=view.company, country=country)
    if not rows:
        return order
    authority = next((ref for one in rows for ref in one.issuer), None)
    clause = view.company.id in named_group(read(store, **when)[1], "nso")
    statements = _statements(
        view, rows, authority, entity_id("revocation-order", view.company.id, country, view.day), clause
    )
    ids = {one.ref.id for one in rows}
    touched = {touch.incident.id: touch for one in items if one.licence.id in ids for touch in one.touches}
    return msgspec.structs.replace(
        order,
        authority=authority,
        text=_text(view, rows, authority, country, [*touched.values()], clause),
        lines="".join(msgspec.json.encode(one).decode() + "\n" for one in statements),
        statements=len(statements),
    )


def _statements(
    view: ExportingView, rows: list[LicenceRow], by: Ref | None, order: str, clause: bool
) -> list[Statement]:
    title = f"Order to revoke all licences of {view.company.caption} and its group"
    office = {"authority": [by.id]} if by is not None else {}
    lead = {"body": [by.id], **({"investigationKind": ["independent"]} if clause else {})} if by is not None else {}
    licences = list(dict.fromkeys(one.ref.id for one in rows))
    day, reason = {"date": [view.day]}, {"reason": [REASON[clause]]}
    issued = {"status": ["issued"], "publishedAt": [view.day], "issuedOn": [view.day]}
    opened = {"status": ["open"], "startDate": [view.day], "dueOn": [_due(view)]}
    about = {"name": [f"Investigation opened by: {title}"], "about": [view.company.id, *licences]}
    company = {"title": [title], "company": [view.company.id]}
    records = {(order, "RevocationOrder"): {**company, **office, **issued, **reason, "licence": licences}}
    for one in licences:
        event = {"licence": [one], "event": ["revoked"]}
        records[entity_id("revoked", order, one), "LicenceEvent"] = {**event, **day, **reason, **office}
    records[entity_id("investigation", order), "Investigation"] = {**about, **lead, **opened}
    return [
        Statement(
            subject=subject,
            type=type,
            property=property,
            value=value,
            source=f"{title}, {view.day}",
            publisher=by.id if by is not None else "THE AUTHORITY",
            dataset="direct",
            standing=Standing.CONFIRMED,
        )
        for (subject, type), properties in records.items()
        for property, many in properties.items()
        for value in many
    ]


def _due(view: ExportingView) -> str:
    """The day by which the public statement is owed: a promise of the authority, once it signs."""
    return lookup.later(view.day, STATEMENT_DAYS)


def _text(
    view: ExportingView, rows: list[LicenceRow], authority: Ref | None, country: str, touched: list[Touch], clause: bool
) -> str:
    who = authority.caption if authority is not None else "(the authority)"
    lines = [
        "DRAFT, signed by nobody",
        "",
        f"{who}, {country_name(country)}",
        f"Order of {view.day}",
        f"Reason: {REASON[clause]}",
        "",
        (
            f"1. All licences for marketing and export of {view.company.caption} and the companies of its group that are listed below "
            "are revoked with effect from today."
        ),
        INVESTIGATION[clause],
        "3. Whoever holds one of these licences stops export, marketing and support under it at once.",
        "",
        "Licences:",
    ]
    for row in rows:
        number = row.number or row.ref.caption
        goes = f", to {country_name(row.destination)}" if row.destination else ""
        lines.append(f"- {number}: {row.licensee.caption}{goes}; {row.dates_words or 'no dates on file'}")
    incidents = [
        f"- {one.incident.caption}{f', {one.date}' if one.date else ''} ({'; '.join(one.why)})" for one in touched
    ]
    lines += [
        "",
        f"The public statement is made by {_due(view)}. Set another day here if the investigation needs it.",
        "",
        "Group, as on file on this day:",
        *(f"- {one.caption}" for one in view.group),
        "",
        "Incidents on file that these licences touch:",
        *(incidents or ["- none"]),
        "",
        "Signed: ______________________",
    ]
    return "\n".join(lines) + "\n"
