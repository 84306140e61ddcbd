"""What something is called: the record types that statements give it. Whoever told of it first does not decide alone.

Two readings, by the direction in which a false type would help. **What blocks** counts what anybody calls it, more firmly than as an
allegation (`called`). **What lifts** takes the word of somebody who may lift, and nobody who calls it something else (`contrary`; of a
graph `Affiliations.is_certainly`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sousveil.register.model import Recorded, Standing
from sousveil.register.types import is_a
from sousveil.register.views.records import Record, stands

FAMILY = "LegalEntity"
"""Of these somebody is one or the other; what is no such type (a document) says nothing of who somebody is."""


def called(record: Record, type: str) -> list[Recorded]:
    """For blocking: what is said of something, more firmly than as an allegation, as one of this type or of an heir of it."""
    return [one for one in _firm(record) if is_a(one.statement.type, type)]


def contrary(record: Record, kinds: Sequence[str]) -> list[Recorded]:
    """Against lifting: what is said of somebody, more firmly than as an allegation, as something that is none of these."""
    return [one for one in _firm(record) if is_a(one.statement.type, FAMILY) and not _fits(one.statement.type, kinds)]


def _fits(type: str, kinds: Sequence[str]) -> bool:
    return any(is_a(type, one) or is_a(one, type) for one in kinds)


def _firm(record: Record) -> Iterable[Recorded]:
    return (one for one in record.statements if stands(one) and one.statement.standing is not Standing.ALLEGED)
