"""Redactions (f): what is withheld names its ground and ends; a whole record is withheld by nobody."""

from __future__ import annotations

from sousveil.decisions import lookup
from sousveil.decisions.procedures.checks.model import Check, Publication
from sousveil.register.edtf import OPEN
from sousveil.register.model import Standing
from sousveil.register.views.reading import span


def _check(publication: Publication) -> None:
    for record in publication.records("Redaction"):
        publication.whole(record)
        own = any(one.statement.standing is Standing.CONFIRMED for one in record.stand("what"))
        until = span(record)[1]
        if own and (until is None or until == OPEN):
            publication.refuse(
                record,
                "endDate",
                "no_end",
                "What is withheld is withheld until a day, and none is given",
                "Say until when (endDate); a redaction can be published anew when it has ended.",
            )
        for body in lookup.entities(publication.reader, record, "body"):
            if own and not lookup.speaks_for_state(publication.reader, publication.owner, body):
                publication.refuse(
                    record,
                    "body",
                    "not_the_body",
                    f"Who withholds something says so itself, and this key belongs to {publication.owner}",
                    "Publish what you know of it as `reported`, with its source.",
                )


CHECKS = (Check(name="redactions", types=("Redaction",), run=_check),)
