"""Who speaks: who says or denies what a record says."""

from __future__ import annotations

import msgspec

from sousveil.register.model import Recorded, Stance, Standing
from sousveil.register.views.records import RANK, Record, stands


def asserts(one: Recorded) -> bool:
    """Whether a statement stands and says something of its subject: a reply to others does not say what they said."""
    return stands(one) and one.statement.property != "reply"


def denies(one: Recorded) -> bool:
    """Whether a statement denies something and was not taken back."""
    return (
        one.statement.stance is Stance.DENIES
        and one.retracted is None
        and one.superseded_by is None
        and not one.doubtful
    )


class Sayers(msgspec.Struct, frozen=True, kw_only=True):
    """Who stands behind what a line shows."""

    says: list[str]
    """Whose statement carries what is shown."""
    denies: list[str]
    also: list[str] = []
    """Who says something else in the same record, or the same less firmly."""


def publishers_in(record: Record, standing: str | None = None) -> Sayers:
    """Publishers, as written, whose word a record is. `standing`: what is shown of it; whoever is less firm only says something too."""
    order = [str(one) for one in Standing]
    least = order.index(standing) if standing in order else len(order)
    saying = [one for one in record.statements if asserts(one)]
    firm = {one.statement.publisher for one in saying if RANK[one.statement.standing] <= least}
    named = list(dict.fromkeys(one.statement.publisher for one in saying))
    return Sayers(
        says=[one for one in named if one in firm],
        also=[one for one in named if one not in firm],
        denies=list(dict.fromkeys(one.statement.publisher for one in record.statements if denies(one))),
    )
