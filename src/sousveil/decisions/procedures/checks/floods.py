"""Floods: how much of one publisher may wait for reviewers. How fast a key may publish is counted at the door (web/limits.py)."""

from __future__ import annotations

from sousveil.decisions.procedures.checks.model import Check, Publication
from sousveil.register.refusal import Refused

WAITING_MAX = 200
"""Held publications of one owner that may wait at the same time."""


def _check(publication: Publication) -> None:
    arrival = publication.arrival
    waiting = arrival.look().db.number(
        "SELECT count(*) FROM held WHERE owner = ? AND state IN ('waiting', 'notice')", (publication.owner,)
    )
    if waiting >= WAITING_MAX:
        raise Refused(
            f"{waiting:,} publications of {publication.owner} wait for reviewers already; no more are taken.",
            field="statements",
            code="too_many_waiting",
            hint="Wait until reviewers have read some of them, or publish what needs no review apart.",
        )


CHECKS = (Check(name="floods", types=(), run=_check, always=lambda arrival: bool(arrival.held)),)
