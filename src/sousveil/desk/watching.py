"""The watch on listed companies and owners: whose shares are traded, what is planned, and whether regulators were told.

Whether somebody was told, and whether that was acknowledged, is what the clocks of the procedure say, and by their rules: of a company
nobody who is tied to it tells the regulator, and a day that is named after the event has passed hides no delay.
"""

from __future__ import annotations

from datetime import date, timedelta

import msgspec

from sousveil.decisions import voices
from sousveil.decisions.boards import world_of
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.procedures import k_markets
from sousveil.decisions.procedures.days import first_of, first_recorded
from sousveil.decisions.procedures.model import LETTER_DAY
from sousveil.decisions.views import Board, DueView, day_of, due_of, ordinal, state_of, steps
from sousveil.desk import harms
from sousveil.register import edtf, review
from sousveil.register.register import Register
from sousveil.register.views.model import Ref
from sousveil.register.views.reading import Record
from sousveil.register.views.records import stands
from sousveil.register.views.store import Store

TOLD, ACKNOWLEDGED = (
    next(one for one in k_markets.PROCEDURE.clocks if one.name == name) for name in ("notice", "acknowledgement")
)
"""The clocks by which the watch goes."""
ACKNOWLEDGE_DAYS = ACKNOWLEDGED.days
"""After so many days without an acknowledgement a notice is shown as unanswered: a choice of ours."""
LISTED = ("ticker", "cikCode", "isin")
"""Properties by which a company says that its shares are traded."""
SHARE_LISTS = ("sec-company-tickers",)
PARTIES = ("company", "counterparty")
"""Whose event it is: with whom a shell merges is listed by it as well."""


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
    told_on: str | None
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
    told_late: int
    """Events of which a regulator was told only after they had passed."""
    unanswered: int
    acknowledge_days: int = ACKNOWLEDGE_DAYS


def watch(store: Store, day: str, board: Board | None = None) -> WatchView:
    """Everybody on the watch, those with events of which nobody was told first. `board`: that of the register's state of now."""
    board = board or Board(store)
    reader = board.reader
    world = world_of(reader, day)
    events, notices = (_by_company(board, type) for type in ("CorporateEvent", "RegulatorNotice"))
    found = []
    for company, vendors in harms.beneath(world).items():
        traded = _traded(world, company)
        mine = [one for one in events.get(company, ()) if _is_asked(board, one)]
        sent = [one for one in notices.get(company, ()) if _was_sent(board, one, day)]
        if not (traded or mine or sent):
            continue
        reader.load([company, *sorted(vendors)])
        found.append(
            WatchedView(
                company=reader.ref(company),
                traded=traded,
                vendors=[reader.ref(one) for one in sorted(vendors)],
                harms=len(harms.told(store, sorted(vendors))[0]),
                events=[_planned(board, one, day) for one in mine],
                notices=[_notice(board, one, day) for one in sent],
            )
        )
    due = {"untold", "late"}
    found.sort(key=lambda one: (due.isdisjoint(e.state for e in one.events), one.company.caption, one.company.id))
    states = list({event.ref.id: event.state for one in found for event in one.events}.values())
    return WatchView(
        day=day,
        count=len(found),
        watched=found,
        untold=states.count("untold"),
        late=states.count("late"),
        told_late=states.count("told-late"),
        unanswered=sum(notice.state == "unanswered" for one in found for notice in one.notices),
    )


def _by_company(board: Board, type: str) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for record in board.records[type]:
        for company in dict.fromkeys(one for name in PARTIES for one in board.named(record, (name,))):
            found.setdefault(company, []).append(record)
    return found


def _is_asked(board: Board, record: Record) -> bool:
    """Whether an event is not certainly planned for a day before the letter, by whoever told of it first."""
    days = [ordinal(one.statement.value, last=True) for one in voices.founded(board.reader, record).stand("plannedFor")]
    return not days or any(at is None or at >= LETTER_DAY for at in days)


def due_on(sent_on: str) -> str:
    """The day by which a notice should be acknowledged."""
    return (date.fromisoformat(sent_on) + timedelta(days=ACKNOWLEDGE_DAYS)).isoformat()


def _traded(world: Compiled, company: str) -> list[str]:
    """How it is known that a company's shares are traded, in words."""
    record = world.record(company)
    stated = [f"{name} {one.statement.value}" for name in LISTED for one in (record.stand(name) if record else ())]
    for share in world.pointing(company, "Security.issuer"):
        if any(world.base.canonical(one.statement.value) == company for one in share.stand("issuer")):
            at = share.first("exchange")
            stated.append(f"a share at {at}" if at else "a share that is traded")
    stated += [f"on the list {row.dataset}" for row in world.base.rows_of(company) if row.dataset in SHARE_LISTS]
    return sorted(set(stated))


def _planned(board: Board, record: Record, day: str) -> PlannedView:
    own = voices.founded(board.reader, record)
    days = sorted((one.statement.value for one in record.stand("plannedFor")), key=edtf.sort_key)
    status = own.first("status") or ""
    due = due_of(board, TOLD, record, day_of(day))
    if due is not None:
        state, told_on, recorded_on = _by_clock(due)
    else:
        state, told_on, recorded_on = _without_day(board, record, day_of(day))
    if state == "untold" and any(one.statement.value == "completed" for one in record.stand("status")):
        state = "late"
    return PlannedView(
        ref=board.reader.ref(record.id),
        kind=record.first("eventKind") or "",
        market=record.first("market") or "",
        planned_for=own.first("plannedFor") or next(iter(days), None),
        status=status,
        state="withdrawn" if status == "withdrawn" else state,
        told_on=told_on,
        recorded_on=recorded_on,
    )


def _by_clock(due: DueView) -> tuple[str, str | None, str | None]:
    met = "told-late" if (due.counted_on or "") > due.due else "told"
    state = {"met": met, "asked": "late"}.get(due.state, "untold")
    return state, due.met_on, due.recorded_on if due.counted_on != due.met_on else None


def _without_day(board: Board, record: Record, day: int) -> tuple[str, str | None, str | None]:
    """Of an event that names no day: told by a notice that counts; late by one that counts only since somebody told that it is over."""
    told, over = board.told(record), first_recorded(board.reader, record, ("status",), "completed")
    known = first_of(board.reader, filter(stands, record.statements))
    found = min(
        steps(board, TOLD.stops_when, told, day, known, board.accept(record, day)),
        key=lambda one: (one.counts, one.named),
        default=None,
    )
    if found is None:
        return "untold", None, None
    named_on, counts = (date.fromordinal(one).isoformat() for one in (found.named, found.counts))
    late = over is not None and found.counts > over
    return ("told-late" if late else "told"), named_on, counts if counts != named_on else None


def _was_sent(board: Board, record: Record, day: str) -> bool:
    """Whether a notice was not certainly sent only after the day."""
    sent = ordinal(_sent_on(board, record))
    return sent is None or sent <= day_of(day)


def _sent_on(board: Board, record: Record) -> str | None:
    return voices.founded(board.reader, record).first("sentOn") or record.first("sentOn")


def _notice(board: Board, record: Record, day: str) -> NoticeView:
    own = voices.founded(board.reader, record)
    due = due_of(board, ACKNOWLEDGED, record, day_of(day))
    regulator = own.first("regulator") or record.first("regulator")
    label, given = ("waiting", None) if due is not None else _without_clock(board, record, day_of(day))
    states = {"met": "acknowledged", "asked": "unanswered"}
    return NoticeView(
        ref=board.reader.ref(record.id),
        regulator=board.reader.ref(regulator) if regulator else None,
        sent_on=_sent_on(board, record),
        acknowledged_on=due.met_on if due is not None else given,
        due_on=due.due if due is not None else None,
        state=states.get(due.state, "waiting") if due is not None else label,
    )


def _without_clock(board: Board, record: Record, day: int) -> tuple[str, str | None]:
    """Of a notice that nobody has to answer: its state by its label, and the day on which its regulator acknowledged it all the same."""
    name, _, _, proof = state_of(board, k_markets.PROCEDURE, record, day)
    given = next((one.statement.value for one in proof if one.statement.property == "acknowledgedOn"), None)
    return {"acknowledged": "acknowledged", "by-itself": "own", "elsewhere": "elsewhere"}.get(name, "waiting"), given


REPORTED = "desk_told"
"""Under this name the store keeps which of them the operator was told of, and for which state."""


def tell(register: Register, *, day: str | None = None) -> int:
    """A line for the operator for each that is due and was not told yet; gives how many."""
    found = watch(register.store, day or review.today())
    due = {
        event.ref.id: event.state for one in found.watched for event in one.events if event.state in ("untold", "late")
    }
    due |= {one.ref.id: one.state for each in found.watched for one in each.notices if one.state == "unanswered"}
    known: dict[str, str] = msgspec.json.decode(register.store.meta(REPORTED) or "{}", type=dict[str, str])
    new = {id: state for id, state in due.items() if known.get(id) != state}
    if due == known:
        return 0
    with register.store.db.transaction():
        for id, state in sorted(new.items()):
            words = {
                "untold": "a planned event, and no regulator was told",
                "late": "an event has passed of which no regulator was told before",
                "unanswered": "a notice that was not acknowledged within the days asked for",
            }
            register.store.tell_operator("watch", f"{id}: {words[state]}")
        register.store.set_meta(REPORTED, msgspec.json.encode(dict(sorted(due.items()))).decode())
    return len(new)
