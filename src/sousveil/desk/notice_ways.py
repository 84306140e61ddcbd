"""How each way by which a notice goes stands in the outbox: it waits, it arrived on a day, or it never left and why."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from sousveil.errors import Usage
from sousveil.kinds import visible
from sousveil.register import outbox
from sousveil.register.register import Register

WAITING, ARRIVED, ENDED, UNKNOWN = "waiting", "arrived", "ended", "unknown"


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """A mail or a call of a webhook that carries a notice."""

    kind: str
    """mail, webhook."""
    state: str
    """waiting, arrived, ended (it was held back or given up; the operator may try it again), unknown (the outbox does not have it: it was
    dropped there, or a crash kept it from getting there)."""
    on: str | None = None
    """ISO day (UTC) on which the other side took it."""
    why: str = ""
    """Why the last try failed, or why it was held back."""

    @property
    def words(self) -> str:
        """What became of it, for a line."""
        why = f": {visible(self.why.rstrip('.'), 300)}" if self.why else ""
        return {
            WAITING: f"{self.kind} waits{why}",
            ARRIVED: f"{self.kind} arrived on {self.on}",
            ENDED: f"{self.kind} never left{why}",
            UNKNOWN: f"{self.kind} is not in the outbox (any more)",
        }[self.state]


def ways(register: Register, deliveries: Iterable[str]) -> tuple[Way, ...]:
    """The ways of these deliveries, as the outbox knows them now."""
    found = []
    for id in deliveries:
        try:
            told = outbox.state(register, id)
        except Usage:
            found.append(Way(kind="delivery", state=UNKNOWN))
            continue
        if told.state == "sent" and told.sent_at is not None:
            found.append(Way(kind=told.kind, state=ARRIVED, on=told.sent_at[:10]))
        else:
            found.append(Way(kind=told.kind, state=ENDED if told.state == "dead" else WAITING, why=told.error))
    return tuple(found)


def arrived_on(many: Iterable[Way]) -> str | None:
    """The day on which a notice arrived first; None where it has not."""
    return min((one.on for one in many if one.on is not None), default=None)


def never_left(many: Iterable[Way]) -> bool:
    """Whether every way has ended and none arrived."""
    return {one.state for one in many} <= {ENDED, UNKNOWN}


def unknown(many: Iterable[Way]) -> bool:
    """Whether the outbox knows no way of a notice: it may be handed over anew."""
    return {one.state for one in many} == {UNKNOWN}
