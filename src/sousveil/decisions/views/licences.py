"""Licences that touch an incident, in a review queue, and those of a group by exporting State, with draft orders to revoke them (b).

An item of the queue closes only by a decision with reasons: a review, or an event of the licence, which is the own act of the issuing
office or its State (`facts/licences.py`, which also gives the state of the licence). A licence that ended without reasons is not live any
more, and its item still waits for them; one whose own last day came, as it was on file when the question arose, ends and stays listed. What
others report of a licence is shown and closes nothing.

A draft order is nobody's act: it becomes an order when the State signs it with its own key. Its statements are ready to be written to a
file and signed elsewhere (`sousveil register publish FILE --prepare DIR --owner ID`).
"""

from __future__ import annotations

import enum
from typing import Unpack

import msgspec

from sousveil.decisions import chains, lookup
from sousveil.decisions.compiled import Compiled, read, world_of
from sousveil.decisions.evidence.accounts import DATED, by_publisher, firm, first_account, in_period, values
from sousveil.decisions.facts import licences as facts
from sousveil.decisions.facts.licences import Act, is_order_of, issuing, order_status
from sousveil.decisions.facts.reading import ids_of, places_of, with_above
from sousveil.decisions.procedures.engine import Board
from sousveil.decisions.procedures.model import LETTER
from sousveil.decisions.procedures.proven import members as named_group
from sousveil.decisions.views.records import Listed, inquiries_of
from sousveil.register import entries as log
from sousveil.register.model import Recorded, Standing, Statement, entity_id
from sousveil.register.register import Register
from sousveil.register.store import Store as RegisterStore
from sousveil.register.types.countries import PART_OF, country_name
from sousveil.register.types.countries import whole as whole_state
from sousveil.register.views import words
from sousveil.register.views.licences import last_day, of_licence
from sousveil.register.views.model_base import DayView, Ref
from sousveil.register.views.reading import Moment, Reader, Record, Store, span, stands


class Touch(msgspec.Struct, frozen=True, kw_only=True):
    """An incident that a licence touches."""

    incident: Ref
    date: str | None
    known: str
    """Day since which the register could tell it."""
    why: list[str]
    """In words: by product, company, end user, country."""
    decision: Ref | None = None
    """The act of the issuing State that covers it; None: undecided."""
    outcome: str = ""
    decided_on: str | None = None


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """What ended a licence."""

    what: str
    """`revoked`, `suspended`, `expired` and the like."""
    date: str | None
    record: Ref
    """The event; the licence itself, where its own status or last day says so."""
    reasons: bool
    """Whether reasons are given, for it or by a decision on each incident that waited."""


class ReviewItem(msgspec.Struct, frozen=True, kw_only=True):
    """A licence in the queue."""

    licence: Ref
    number: str | None
    licensee: list[Ref]
    issuer: list[Ref]
    country: str | None
    """Of the issuing State; None: not known."""
    touches: list[Touch]
    state: str
    """`undecided`, `maintained` (decided, and the licence goes on), `ended`."""
    since: str
    """From which day on the oldest undecided incident could have been decided on."""
    days: int
    """Days undecided; 0 for what is decided."""
    ended: Ended | None
    """What ended the licence, where it is not live."""
    reported: str
    """What others report of the licence and the State has not confirmed; empty: nothing."""


class StateCount(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on a State's page: the number of its licences that each filter shows."""

    country: str | None
    undecided: int
    maintained: int
    ended: int
    unreasoned: int
    longest: int
    """Most days that one is undecided."""


class QueueView(DayView, frozen=True, kw_only=True):
    """The review queue on a day."""

    items: list[ReviewItem]
    """Undecided first, the oldest first."""
    states: list[StateCount]


SIDES = ("product", "company", "end user", "country")


class _Marked(msgspec.Struct):
    """An incident or a licence with everything by which one may touch the other."""

    record: Record
    own: Record
    """As its first publisher tells it."""
    companies: list[str]
    """Holders of the licence; of an incident the vendor that it names, and those of its products."""
    marks: set[tuple[str, str]]
    """One of `SIDES`, with an id or code."""
    day: str | None = None
    known: str = ""


def _marked(world: Compiled, record: Record, type: str, who: str, user: str, *places: str) -> _Marked:
    users, companies = ids_of(world, record, user), ids_of(world, record, who)
    codes = [
        *(one.statement.value for one in record.stand(*places)),
        *(code for id in users for code in places_of(world, id)),
    ]
    sides = {
        "product": with_above(world, ids_of(world, record, "product")),
        "company": companies,
        "end user": users,
        "country": map(whole_state, codes),
    }
    marks = {(side, id) for side, ids in sides.items() for id in ids}
    return _Marked(record, lookup.only(record, first_account(world, record, type)), companies, marks)


def _licence(world: Compiled, record: Record) -> _Marked:
    return _marked(world, record, "ExportLicence", "licensee", "endUser", "destination")


def _makers(world: Compiled, one: _Marked) -> list[str]:
    products = (
        there for side, id in sorted(one.marks) if side == "product" and (there := world.record(id)) is not None
    )
    return [id for product in products for id in ids_of(world, product, "vendor")]


def _incident(reader: Reader, world: Compiled, record: Record) -> _Marked:
    found = _marked(world, record, "AbuseIncident", "vendor", "client", "targetCountry", "country")
    first = next(iter(found.own.stand("stage")), found.own.statements[0])
    found.day = lookup.day_of(found.own)
    found.known = first.statement.asserted or world.base.logged[first.recorded]
    found.companies = list(dict.fromkeys([*found.companies, *_makers(world, found)]))
    group = chains.groups(reader, found.companies, found.day or reader.day)
    found.marks |= {("company", one) for one in (*found.companies, *group)}
    return found


def queue(store: Store, **when: Unpack[Moment]) -> QueueView:
    """The review queue."""
    reader, world = read(store, **when)
    incidents, by_mark = list[_Marked](), dict[tuple[str, str], list[int]]()
    for one in world.of_type("AbuseIncident"):
        # An inquiry closes no incident that an account reports: a licence waits for its State.
        reports = map(firm, by_publisher(world, one.statements).values())
        if any(account and in_period(world, account, DATED, None) for account in reports):
            incidents.append(_incident(reader, world, one))
            for mark in incidents[-1].marks:
                by_mark.setdefault(mark, []).append(len(incidents) - 1)
    items = list[ReviewItem]()
    for licence in _all(world):
        mine = _licence(world, licence)
        places = sorted({at for mark in mine.marks for at in by_mark.get(mark, ())})
        items += filter(None, [_item(reader, world, mine, [incidents[at] for at in places])])
    items.sort(key=lambda one: (("undecided", "maintained", "ended").index(one.state), one.since, one.licence.id))
    countries = sorted({one.country for one in items}, key=lambda one: one or "~")
    states = [count_of(items, country) for country in countries]
    return QueueView(frame=reader.frame(), day=reader.day, items=items, states=states)


def _all(world: Compiled) -> list[Record]:
    """All licences of which something stands."""
    return [one for one in world.of_type("ExportLicence") if any(map(stands, one.statements))]


def _item(reader: Reader, world: Compiled, mine: _Marked, near: list[_Marked]) -> ReviewItem | None:
    licence = mine.record
    if not near:
        return None
    end = next(iter(facts.state(world, licence).ends), None) or facts.applied(world, licence)
    acts = facts.decisions(world, licence)
    touches = [_touch(reader, world, one, _why(reader, mine, one), acts) for one in near]
    # The entry since which the log has both an incident and the licence.
    firsts = [
        max(min(o.recorded for o in many) for many in (one.record.statements, licence.statements)) for one in near
    ]
    waiting = [(touch, asked) for touch, asked in zip(touches, firsts, strict=True) if not touch.decision]
    reasons = True
    if end is not None:
        # The log has an end since it has the last day, or the licence of the event, that its publisher gives now.
        dating = values(end.account, *(("licence", "expiryDate") if end.by_date else ("licence",)))
        recorded = max(one.recorded for one in (end.one, *dating))
        waiting = [
            (one, asked)
            for one, asked in waiting
            if recorded > asked or (end.what != "future" and end.day and not lookup.before(end.day, one.known))
        ]
        if not waiting and not any(one.decision for one in touches):
            return None  # it had ended before anybody asked
        reasons = bool(end.reasons) or not waiting
        if end.reasons or (end.by_date and all(recorded <= asked for _, asked in waiting)):
            waiting = []
    start = span(mine.own)[0]
    begun = start if start and len(start) == 10 else ""
    since = min((max(one.known, begun, LETTER) for one, _ in waiting), default="")
    return ReviewItem(
        licence=reader.ref(licence.id),
        number=licence.first("licenceNumber"),
        licensee=[reader.ref(one) for one in mine.companies],
        issuer=[reader.ref(one) for one in issuers(world, licence)],
        country=next(iter(issuing_states(reader, licence)), None),
        touches=touches,
        state="undecided" if waiting else "maintained" if end is None else "ended",
        since=since,
        days=max(0, lookup.days_between(since, reader.day) or 0) if since else 0,
        ended=Ended(what=end.what, date=end.day, record=reader.ref(end.record), reasons=reasons) if end else None,
        reported="" if end else ", ".join(sorted({one.what for one in facts.without_effect(world, licence)})),
    )


def issuers(world: Compiled, licence: Record) -> list[str]:
    """The authorities that issued a licence, as its first publisher names them."""
    return list(dict.fromkeys(map(world.base.target, values(first_account(world, licence, "ExportLicence"), "issuer"))))


def issuing_states(reader: Reader, licence: Record) -> list[str]:
    """The countries of the offices that issued a licence."""
    codes = (lookup.country_of(reader, one) for one in issuers(world_of(reader, reader.day), licence))
    return list(dict.fromkeys(code for code in codes if code))


def _why(reader: Reader, licence: _Marked, incident: _Marked) -> list[str]:
    """How a licence touches an incident, in words."""
    makers, found = ", ".join(reader.ref(one).caption for one in incident.companies), list[str]()
    for side, id in sorted(licence.marks & incident.marks, key=lambda one: (SIDES.index(one[0]), one)):
        of_group = side == "company" and id not in incident.companies
        name = country_name(id) if side == "country" else reader.ref(id).caption
        words_of = {"product": f"product {name}", "end user": f"end user {name}", "country": f"country {name}"}
        company = f"company {name}, of the group of {makers} at that time" if of_group else f"company {name}"
        found.append(words_of.get(side, company))
    return found


def _touch(reader: Reader, world: Compiled, incident: _Marked, why: list[str], acts: list[Act]) -> Touch:
    """An incident with the newest decision on it: one that names it; where it names none, one on which it had happened."""

    def covers(act: Act) -> bool:
        ids = [world.base.target(one) for one in values(act.account, "incident")]
        happened = act.day is not None and not lookup.before(act.day, incident.day)
        return incident.record.id in ids if ids else happened

    last = next(filter(covers, reversed(acts)), None)
    return Touch(
        incident=reader.ref(incident.record.id),
        date=incident.day,
        known=incident.known,
        why=why,
        decision=reader.ref(last.record) if last else None,
        outcome=last.what if last else "",
        decided_on=last.day if last else None,
    )


class Show(enum.StrEnum):
    """Which licences are shown."""

    UNDECIDED = "undecided"
    MAINTAINED = "maintained"
    """They go on despite their incidents, by decisions."""
    ENDED = "ended"
    UNREASONED = "unreasoned"
    """They ended while an incident was open, and no reasons are given: undecided or ended."""

    def shows(self, one: ReviewItem) -> bool:
        """Whether it shows a licence."""
        return without_reasons(one) if self is Show.UNREASONED else one.state == self


def without_reasons(one: ReviewItem) -> bool:
    """Whether a licence ended, without reasons, while an incident was open."""
    return one.ended is not None and not one.ended.reasons


def count_of(items: list[ReviewItem], country: str | None) -> StateCount:
    """What the items of the queue say of one State, by country code; all zero where none is of it."""
    mine = [one for one in items if one.country == country]
    counts = {kind.value: sum(map(kind.shows, mine)) for kind in Show}
    return StateCount(country=country, longest=max((one.days for one in mine), default=0), **counts)


class ReviewView(QueueView, frozen=True, kw_only=True):
    """A part of the review queue on a day. `items`: those that are shown, or a part of them; `states`: all, whatever is shown."""

    matching: int
    """So many licences the filter shows."""


def review_view(
    queue: QueueView, *, show: Show | None = None, country: str | None = None, licence: str | None = None
) -> ReviewView:
    """The part of the queue that is asked for; `licence`: an id as the queue has it."""
    items = [
        one
        for one in queue.items
        if country in (None, one.country) and licence in (None, one.licence.id) and (show is None or show.shows(one))
    ]
    return ReviewView(**{**msgspec.structs.asdict(queue), "items": items}, matching=len(items))


# Licences of a group, by exporting State


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
    count: int
    """So many licences are on file, live or not; the list may hold a part of them."""
    licences: list[LicenceRow]
    orders: list[OrderRow]
    """Those with the status that counts first."""
    inquiries: list[Listed]


class ExportingView(DayView, frozen=True, kw_only=True):
    """All licences of a group, by State."""

    company: Ref
    group: list[Ref]
    states: list[StateOfGroup]


class OrderView(DayView, frozen=True, kw_only=True):
    """The draft order of one State against one group, signed by nobody. Empty where no live licence is on file."""

    company: Ref
    country: str
    authority: Ref | None = None
    text: str = ""
    """The document, plain text."""
    lines: str = ""
    """The statements as JSON lines, ready to be signed with the authority's key."""
    statements: int = 0


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


def orders_of_state(
    store: RegisterStore, country: str, review: QueueView, as_of: str | None = None
) -> list[OrderOfState]:
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


def draft_order(store: RegisterStore, company: str, country: str, **when: Unpack[Moment]) -> OrderView:
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
        "3. The holders of these licences stop export, marketing and support under them at once.",
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


# Licences to judge anew


LOOKED_AT = "rejudged"
"""Value of the register: entries of the log before this index were looked at."""


def rejudge(register: Register) -> int:
    """Look at what came into the log since the last time; gives the number of live licences that it bears on.

    The operator has a line with their ids. The first time, everything that is there already is taken as looked at.
    """
    store = register.store
    size = store.size()
    known = store.meta(LOOKED_AT)
    since = int(known) if known is not None else size
    found = affected_licences(store, since) if since < size else []
    if found:
        more = f" and {len(found) - 20} more" if len(found) > 20 else ""
        store.tell_operator(
            "rejudge",
            f"licences to judge anew since entry {since}: {', '.join(found[:20])}{more}; see licences/review",
        )
    if known is None or since < size:
        store.set_meta(LOOKED_AT, str(size))
    return len(found)


def affected_licences(store: RegisterStore, since_index: int) -> list[str]:
    """Live licences on which what was published, taken back or erased from this entry on may bear; ids, sorted.

    A licence is affected when something changed about it, its product, its licensee or their group, its issuer, its end user,
    its country of destination, or an incident, list or ownership that names one of these. More rather than fewer are named:
    after an erasure or the end of a key, all.
    """
    everything = any(True for _ in store.entries(since_index, kinds=("erase", "key_revoke")))
    changed = set() if everything else _changed(store, since_index)
    if not changed and not everything:
        return []
    reader, world = read(store)

    def affected(licence: Record) -> bool:
        mine = _licence(world, licence)
        group = chains.groups(reader, [*mine.companies, *_makers(world, mine)], reader.day)
        near = {licence.id, *group, *issuers(world, licence), *(id for _, id in mine.marks)}
        return not near.isdisjoint(changed)

    reached = (one for one in _all(world) if everything or affected(one))
    return sorted(one.id for one in reached if facts.state(world, one).says == "live")


def state_of(world: Compiled, licence: Record) -> str:
    """The state of a licence, with `applied` where it is only applied for."""
    says = facts.state(world, licence).says
    return "applied" if says == "live" and facts.applied(world, licence) else says


def _changed(store: RegisterStore, since_index: int) -> set[str]:
    """Entities and countries of which something changed, and those that the changed records name."""
    subjects = {one.statement.subject for one in store.iter_statements(since=since_index)}
    for entry in store.entries(since_index, kinds=("retract",)):
        payload = store.payload(entry)
        retracted = [store.statement(id) for id in payload.ids] if isinstance(payload, log.Retract) else []
        subjects |= {one.statement.subject for one in retracted if isinstance(one, Recorded)}
    named = {one.statement.value for one in store.statements_of(sorted(subjects))}
    return subjects | named | {PART_OF[one] for one in named if one in PART_OF}
