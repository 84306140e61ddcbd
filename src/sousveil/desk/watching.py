"""The watch on listed companies and owners: whose shares are traded, what is planned, and whether regulators were told.

Whether somebody was told, and whether that was acknowledged, is what the clocks of the procedure say, and by their rules: of a company
nobody who is tied to it tells the regulator, and a day that is named after the event has passed hides no delay.
"""

from __future__ import annotations

import msgspec

from sousveil.decisions.compiled import Compiled, world_of
from sousveil.decisions.lookup import first_account
from sousveil.decisions.procedures import k_markets
from sousveil.decisions.procedures.model import LETTER_DAY
from sousveil.decisions.views import Board, day_of, due_of, ordinal, state_of
from sousveil.desk import harms
from sousveil.register import review
from sousveil.register.register import Register
from sousveil.register.views.model import Ref
from sousveil.register.views.reading import Record
from sousveil.register.views.store import Store

NOTIFY, ACKNOWLEDGE = (
    next(clock for clock in k_markets.PROCEDURE.clocks if clock.name == name) for name in ("notice", "acknowledgement")
)
"""The clocks by which the watch goes."""
ACKNOWLEDGE_DAYS = ACKNOWLEDGE.days
"""After so many days without an acknowledgement a notice is shown as unanswered: a choice of ours."""
LISTED = ("ticker", "cikCode", "isin")
"""Properties by which a company says that its shares are traded."""
DUE = ("untold", "late", "unanswered")
STATES = {
    "untold": "no regulator has been told",
    "told": "a regulator was told before it",
    "late": "it has passed; no regulator was told before it",
    "told-late": "a regulator was told only after it",
    "withdrawn": "withdrawn",
    "waiting": "waits for an answer",
    "acknowledged": "acknowledged",
    "unanswered": "NOT ACKNOWLEDGED within the days asked for",
    "own": "published by the company itself, or somebody tied to it: it tells no regulator",
    "elsewhere": "to nobody on file as a regulator; it counts for nothing",
}
"""States of events and notices in words."""


class PlannedView(msgspec.Struct, frozen=True, kw_only=True):
    """A corporate event and whether the regulator was told before it."""

    ref: Ref
    kind: str
    """listing, offering, merger, takeover, investment, delisting."""
    market: str
    planned_for: str | None
    status: str
    state: str
    """told, untold (planned, and nobody was told), late (it passed, and nobody was told), told-late (only after it), withdrawn."""
    notified_on: str | None
    """ISO day that the notice names which counts."""
    recorded_on: str | None
    """ISO day since which the log has that notice, where that is the day that counts: it is later than the one that is named."""


class NoticeView(msgspec.Struct, frozen=True, kw_only=True):
    """A notice that was sent."""

    ref: Ref
    regulator: Ref | None
    sent_on: str | None
    acknowledged_on: str | None
    due_on: str | None
    state: str
    """acknowledged, waiting, unanswered; elsewhere: to nobody on file as a regulator, so it counts for nothing; own: the company that it is
    about published it, or somebody tied to it, so no regulator owes an answer, and none was told by it."""


class WatchedView(msgspec.Struct, frozen=True, kw_only=True):
    """A company or owner whose shares are traded, or that plans an event."""

    company: Ref
    traded: list[str]
    """How it is known that its shares are traded, in words."""
    vendors: list[Ref]
    """Companies that sell surveillance technology: itself, or such that it owns directly or through others."""
    harms: int
    """Statements of harm that a notice would tell, by `reported` or better."""
    events: list[PlannedView]
    notices: list[NoticeView]


class WatchView(msgspec.Struct, frozen=True, kw_only=True):
    """The watch on a day."""

    day: str
    count: int
    """So many are on the watch; the list may hold a part of them."""
    watched: list[WatchedView]
    untold: int
    """Planned events of which no regulator was told."""
    late: int
    """Events that passed, and still no regulator was told."""
    notified_late: int
    """Events of which a regulator was told only after they had passed."""
    unanswered: int
    acknowledge_days: int = ACKNOWLEDGE_DAYS


def watch(store: Store, day: str, board: Board | None = None) -> WatchView:
    """Everybody on the watch, those with events of which nobody was told first. `board`: that of the register's state of now."""
    board = board or Board(store)
    reader, number = board.reader, day_of(day)
    world = world_of(reader, day)
    events, notices = (_by_company(board, type) for type in ("CorporateEvent", "RegulatorNotice"))
    sellers: dict[str, list[str]] = {}
    for vendor, owners in harms.vendors(world).items():
        for company in (vendor, *owners):
            sellers.setdefault(company, []).append(vendor)
    watched = []
    for company, vendors in sellers.items():
        shares = _traded(world, company)
        planned = [record for record in events.get(company, ()) if _is_asked(board, record)]
        views = [_notice(board, record, number) for record in notices.get(company, ())]
        sent = [one for one in views if (on := ordinal(one.sent_on)) is None or on <= number]
        if not (shares or planned or sent):
            continue
        reader.load([company, *vendors])
        watched.append(
            WatchedView(
                company=reader.ref(company),
                traded=shares,
                vendors=[reader.ref(vendor) for vendor in vendors],
                harms=len(harms.harms_of(store, vendors)[0]),
                events=[_planned(board, record, number) for record in planned],
                notices=sent,
            )
        )
    watched.sort(key=lambda one: (all(e.state not in DUE for e in one.events), one.company.caption, one.company.id))
    states = list({event.ref.id: event.state for one in watched for event in one.events}.values())
    return WatchView(
        day=day,
        count=len(watched),
        watched=watched,
        untold=states.count("untold"),
        late=states.count("late"),
        notified_late=states.count("told-late"),
        unanswered=sum(notice.state == "unanswered" for one in watched for notice in one.notices),
    )


def _by_company(board: Board, type: str) -> dict[str, list[Record]]:
    """Company -> the records about it; an event is that of the counterparty as well: a merger with a shell lists its shares."""
    of: dict[str, list[Record]] = {}
    for record in board.records[type]:
        for company in dict.fromkeys(board.named(record, ("company",)) + board.named(record, ("counterparty",))):
            of.setdefault(company, []).append(record)
    return of


def _is_asked(board: Board, record: Record) -> bool:
    """Whether an event is not certainly planned for a day before the letter, by its first publisher."""
    days = [ordinal(one.statement.value, last=True) for one in first_account(board.reader, record).stand("plannedFor")]
    return not days or any(day is None or day >= LETTER_DAY for day in days)


def _traded(world: Compiled, company: str) -> list[str]:
    """How it is known that a company's shares are traded, in words."""
    record = world.record(company)
    stated = {f"{name} {one.statement.value}" for name in LISTED for one in (record.stand(name) if record else ())}
    for share in world.pointing(company, "Security.issuer"):
        if any(world.base.canonical(one.statement.value) == company for one in share.stand("issuer")):
            exchange = share.first("exchange")
            stated.add(f"a share at {exchange}" if exchange else "a share that is traded")
    lists = {row.dataset for row in world.base.rows_of(company)} & {"sec-company-tickers"}
    return sorted(stated | {f"on the list {dataset}" for dataset in lists})


def _planned(board: Board, record: Record, day: int) -> PlannedView:
    own = first_account(board.reader, record)
    status = own.first("status") or ""
    due = due_of(board, NOTIFY, record, day)
    over = next((board.happened(way) for way in board.ways(k_markets.COMPLETED, record, day)), None)
    if due is None:  # the event names no day
        ways = board.ways(NOTIFY.stops_when, board.own(record), day, board.accept(record, day))
        days = [max(board.happened(way) or 0, board.recorded(way) or 0) for way in ways]
        state = "untold" if not days else "told" if over is None or min(days) < over else "told-late"
        named_on = counted_on = None
    else:
        met = "told-late" if (due.counted_on or "") > due.due else "told"
        state, named_on, counted_on = {"met": met, "asked": "late"}.get(due.state, "untold"), due.met_on, due.counted_on
    if state == "untold" and over is not None:
        state = "late"
    return PlannedView(
        ref=board.reader.ref(record.id),
        kind=record.first("eventKind") or "",
        market=record.first("market") or "",
        planned_for=own.first("plannedFor") or record.first("plannedFor"),
        status=status,
        state="withdrawn" if status == "withdrawn" else state,
        notified_on=named_on,
        recorded_on=counted_on if counted_on != named_on else None,
    )


def _notice(board: Board, record: Record, day: int) -> NoticeView:
    due = due_of(board, ACKNOWLEDGE, record, day)
    if due is not None:
        state, acknowledged = {"met": "acknowledged", "asked": "unanswered"}.get(due.state, "waiting"), due.met_on
    else:  # nobody has to answer it: its label says why
        label, _, _, proof = state_of(board, k_markets.PROCEDURE, record, day)
        state = {"acknowledged": label, "by-itself": "own", "elsewhere": label}.get(label, "waiting")
        acknowledged = next((one.statement.value for one in proof if one.statement.property == "acknowledgedOn"), None)
    own = first_account(board.reader, record)
    regulator = own.first("regulator") or record.first("regulator")
    return NoticeView(
        ref=board.reader.ref(record.id),
        regulator=board.reader.ref(regulator) if regulator else None,
        sent_on=own.first("sentOn") or record.first("sentOn"),
        acknowledged_on=acknowledged,
        due_on=due.due if due is not None else None,
        state=state,
    )


REPORTED = "desk_told"
"""Under this name the store keeps which of them the operator was told of, and for which state."""


def tell(register: Register, *, day: str | None = None) -> int:
    """A line for the operator for each that is due and was not told yet; gives how many."""
    watched = watch(register.store, day or review.today()).watched
    due = {one.ref.id: one.state for each in watched for one in each.events if one.state in DUE}
    due |= {one.ref.id: one.state for each in watched for one in each.notices if one.state in DUE}
    known = msgspec.json.decode(register.store.meta(REPORTED) or "{}", type=dict[str, str])
    if due == known:
        return 0
    new = sorted(due.items() - known.items())
    with register.store.db.transaction():
        for id, state in new:
            register.store.tell_operator("watch", f"{id}: {STATES[state]}")
        register.store.set_meta(REPORTED, msgspec.json.encode(dict(sorted(due.items()))).decode())
    return len(new)
