"""Which answers stand beside which claim: a denial, a reply or a correction is read with what it answers, not as a claim of its own."""

from __future__ import annotations

from collections.abc import Iterable

from sousveil.register.model import Recorded, Stance
from sousveil.register.views.records import Record


def answers(record: Record) -> tuple[dict[str, list[Recorded]], set[str]]:
    """Answers by the claim they stand beside, and the ids of those: they are not claims of their own as well.

    What answers a claim outside of the record, or a value that nobody asserts, stays a claim of its own.
    """
    ids = {one.id for one in record.statements}
    asserted: dict[tuple[str, str], str] = {}
    for one in record.statements:
        said = one.statement
        if said.stance == Stance.ASSERTS:
            asserted.setdefault((said.property, said.value), one.id)
    beside: dict[str, list[Recorded]] = {}
    loose: set[str] = set()
    replaced = {one.superseded_by for one in record.statements if one.superseded_by}
    for one in record.statements:
        said = one.statement
        about = said.supersedes if said.supersedes in ids else None
        if said.stance == Stance.ASSERTS or one.id in replaced:
            continue
        if about is None and said.stance == Stance.DENIES and said.supersedes is None:
            about = asserted.get((said.property, said.value))
        if about is not None and about != one.id:
            beside.setdefault(about, []).append(one)
            loose.add(one.id)
    return _flat(beside), loose


def join(beside: dict[str, list[Recorded]], found: Iterable[Recorded]) -> None:
    """Put answers from elsewhere beside the claims that they name, each once."""
    for answer in found:
        many = beside.setdefault(answer.statement.supersedes or "", [])
        if answer.statement.stance != Stance.ASSERTS and all(answer.id != one.id for one in many):
            many.append(answer)


def _flat(beside: dict[str, list[Recorded]]) -> dict[str, list[Recorded]]:
    """An answer to an answer stands beside the claim as well, in the order of the log: no ladder of replies."""
    above = {one.id: claim for claim, many in beside.items() for one in many}
    flat: dict[str, list[Recorded]] = {}
    for claim, many in beside.items():
        top, seen = claim, {claim}
        while top in above and above[top] not in seen:
            top = above[top]
            seen.add(top)
        flat.setdefault(top, []).extend(many)
    return {claim: sorted(many, key=lambda one: one.recorded) for claim, many in flat.items()}
