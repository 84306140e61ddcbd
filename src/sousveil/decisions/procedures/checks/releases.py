"""Releases of ends: what a request names, and how many requests of one publisher may wait."""

from __future__ import annotations

from sousveil.decisions import lookup
from sousveil.decisions.evidence.releases import TYPE, may_end
from sousveil.decisions.procedures.checks.model import Check, Publication
from sousveil.register.codes import Role
from sousveil.register.model import Recorded
from sousveil.register.views.reading import Record

WAITING_MAX = 10
"""Requests of one publisher that may wait for reviewers at the same time."""
REVIEWS = 2
"""Reviewers who release an end."""


def _check(publication: Publication) -> None:
    requests = [one for one in publication.records(TYPE) if one.stand("record", "statement")]  # all others are reviews
    for release in requests:
        _request(publication, release)
    if not requests:
        return
    reviewers = {one.owner for one in publication.arrival.ring.states() if one.role is Role.REVIEWER}
    new = {one.id for one in requests}
    earlier = (one for one in lookup.every(publication.reader, TYPE) if one.id not in new)
    own = (one for one in earlier if publication.mine(one).stand("record"))
    waiting = len(new) + sum(not _decided(publication, one, reviewers) for one in own)
    if waiting > WAITING_MAX:
        says = f"{waiting} of your requests would wait for reviewers; {WAITING_MAX} may"
        hint = "Wait until reviewers have decided on some of them, or retract one."
        publication.refuse(requests[-1], "record", "too_many_requests", says, hint)


def _request(publication: Publication, release: Record) -> None:
    publication.whole(release)
    publication.single(release, "record", "statement")
    everybody = publication.reader.records[release.id].claims("record", "statement")
    another = any(lookup.signer(publication.reader, one) != publication.owner for one in everybody)
    named = publication.arrival.look().statement(release.stand("statement")[0].statement.value)
    known = named.statement if isinstance(named, Recorded) else None
    ended = known.property if known is not None else ""
    publication.refuse_first(
        release,
        (release.stand("outcome"), "outcome", "outcome_of_own_request", "The publisher that asks for a release does not review it",
         "Leave the outcome out."),
        (another, "record", "asked_by_another", "Another publisher asked for a release under this id",
         "Give your request an id of its own."),
        (known is None, "statement", "no_such_statement", "The register has no statement with this id",
         "Take the id from the page of the record that ends the other one."),
        (known is not None and not may_end(known), "statement", "ends_nothing",
         f"“{ended}” neither ends nor dates a record",
         "Name the statement with the first or last day, the status or the event."),
    )  # fmt: skip


def _decided(publication: Publication, release: Record, reviewers: set[str]) -> bool:
    """Whether a reviewer refused a release, or enough of them answered."""
    answers = [
        (by, one.statement.value)
        for one in release.stand("outcome")
        if (by := lookup.signer(publication.reader, one)) in reviewers
    ]
    return any(value == "refused" for _, value in answers) or len({by for by, _ in answers}) >= REVIEWS


CHECKS = (Check(name="releases", types=(TYPE,), run=_check),)
