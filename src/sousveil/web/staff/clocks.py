"""What the procedures' clocks, the review queue of licences and notices to regulators hold for somebody of the staff."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sousveil.decisions.procedures import items, registry
from sousveil.decisions.views import licence_queue as queue
from sousveil.desk.notices import all_notices, way_words
from sousveil.register.review import today
from sousveil.web.boards import board_of
from sousveil.web.site import Site
from sousveil.web.staff.lines import Item
from sousveil.web.staff.permissions import Who
from sousveil.web.staff.seats import bodies_of

SOON_DAYS = 60
"""A step that is due within so many days is shown before it is late."""
ASKED = ("InformationRequest",)
"""Record types that somebody waits for: shown from the first day, however far their day is."""


def entities_of(who: Who) -> list[str]:
    """The record that the account works for: its owner's id. An owner with a name alone speaks for nobody, and owes nothing."""
    return [who.owner] if who.owner.startswith("sv-") else []


def owed_by(site: Site, who: Who) -> Iterator[Item]:
    """Steps that the account's owner owes, or the body of its seat, by all procedures: what is overdue, what is due soon, and what it
    answered or asked where nobody has confirmed the answer."""
    board = board_of(site)
    bodies = bodies_of(site, who.seat) if who.seat else []
    mine = {board.reader.canonical(one) for one in (*entities_of(who), *bodies)}
    if not mine:
        return
    day = _day()
    for procedure in registry.all_procedures().values():
        for record in items.records(board, procedure, dict.fromkeys(one.type for one in procedure.clocks)):
            if not board.begun(record, day):
                continue
            for due in items.dues(board, procedure, record, day):
                asker = due.state == "replied" and bool(
                    mine & set(board.named(board.first_account(record), ("requester",)))
                )
                if due.state not in ("running", *items.OPEN):
                    continue
                if not asker and (due.owed_by is None or due.owed_by.id not in mine):
                    continue
                if due.state == "running" and record.type not in ASKED and _ordinal(due.due) > day + SOON_DAYS:
                    continue
                step = "Confirm or contest the answer" if asker else due.label
                says = f"Demand ({procedure.letter}): {step}: {board.reader.ref(record.id).caption}"
                yield Item(
                    says=says,
                    path=f"../entities/{record.id}",
                    since=due.started or "",
                    due=due.due,
                    overdue=due.state == "overdue",
                )


def late_of_all(site: Site, who: Who) -> Iterator[Item]:
    """For the operator: how much is overdue in each demand, whoever owes it."""
    board, day = board_of(site), _day()
    counts: dict[str, int] = {}
    for one in items.open_duties(board, day):
        if one.due.state == "overdue":
            counts[one.item.procedure] = counts.get(one.item.procedure, 0) + 1
    for name, count in counts.items():
        procedure = registry.all_procedures()[name]
        yield Item(
            says=f"Demand ({procedure.letter}), {procedure.title}: overdue steps: {count}",
            path=f"../procedures/{name}",
            overdue=True,
        )


def licences(site: Site, who: Who) -> Iterator[Item]:
    """Live licences that touch an open incident and that the account's State has not decided on; reviewers see all."""
    mine = set(entities_of(who)) if who.role == "publisher" else None
    for one in queue(site.store, as_of=None, known_at=None).items:
        if one.state != "undecided" or (mine is not None and not mine & {each.id for each in one.issuer}):
            continue
        yield Item(
            says=f"Licence to review: {one.licence.caption}",
            path="../licences/review",
            since=one.since,
        )


def notices(site: Site, who: Who) -> Iterator[Item]:
    """Notices to regulators: what waits to be approved or sent, and what was not acknowledged."""
    for one in all_notices(site.register):
        state, name = one.state.state, f"about {one.notice.company_name}, to {one.notice.regulator_name}"
        if state == "draft" and who.role == "reviewer" and who.owner not in one.approved_by:
            yield Item(says=f"Notice to approve: {name}", path=f"notices/{one.id}/", since=one.notice.drafted_on)
        elif state == "draft" and who.role == "operator":
            says = f"Notice approved by {len(one.approved_by)} of 2: {name}"
            yield Item(says=says, path=f"notices/{one.id}/", since=one.notice.drafted_on)
        elif one.never_left and who.role == "operator":
            says = f"Notice that was not sent: {name}: {'; '.join(map(way_words, one.ways))}"
            yield Item(says=says, path="outbox/", since=one.state.leaving_on or "", overdue=True)
        elif state == "leaving" and who.role == "operator":
            yield Item(says=f"Notice on its way: {name}", path="outbox/", since=one.state.leaving_on or "")
        elif state == "sent" and who.role == "operator":
            says = f"Notice not acknowledged: {name}"
            yield Item(says=says, path=f"notices/{one.id}/", since=one.state.sent_on or "")


def _day() -> int:
    return _ordinal(today())


def _ordinal(day: str) -> int:
    return date.fromisoformat(day[:10]).toordinal()
