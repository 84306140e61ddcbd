"""Releases of ends: what a request names, and how many requests of one publisher may wait."""

from __future__ import annotations

from sousveil.decisions import lookup, voices
from sousveil.decisions.evidence.releases import TYPE
from sousveil.decisions.procedures.checks.model import Check, Publication
from sousveil.register.model import Recorded

WAITING_MAX = 10
"""Requests of one publisher that may wait for reviewers at the same time."""


def _check(publication: Publication) -> None:
    reader = publication.reader
    for release in publication.records(TYPE):
        if not release.stand("record", "statement"):
            continue  # a review
        publication.whole(release)
        publication.single(release, "record", "statement")
        named = release.stand("statement")[0].statement.value
        if not isinstance(publication.arrival.look().statement(named), Recorded):
            publication.refuse(
                release,
                "statement",
                "no_such_statement",
                "The register has no statement with this id",
                "Take the id from the page of the record that ends the other one.",
            )
        every = (one for one in lookup.every(reader, TYPE) if one.id != release.id)
        own = (
            one
            for one in every
            if voices.founded(reader, one).stand("record") and publication.mine(one).stand("record")
        )
        waiting = sum("released" not in lookup.texts(one, "outcome") for one in own)
        if waiting >= WAITING_MAX:
            publication.refuse(
                release,
                "record",
                "too_many_requests",
                f"{waiting} of your requests wait for reviewers already",
                "Wait until reviewers have decided on some of them, or retract one.",
            )


CHECKS = (Check(name="releases", types=(TYPE,), run=_check),)
