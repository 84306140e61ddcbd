"""Statements, signed: what is handed in to a register, here or elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sousveil.ledger.keys import PrivateKey
from sousveil.register import persons, publication
from sousveil.register.model import Statement
from sousveil.register.publication import File, Submission
from sousveil.register.refusal import Refused


def parts(statements: Sequence[Statement], most: int = publication.PER_ENTRY) -> Iterator[Sequence[Statement]]:
    """Statements in their order, in parts of at most `most`, each the size of an entry. The statements of a record stay together, as what
    a record must say is asked of the entry that brings it; one that has more than `most`, or whose statements stand between those of
    others over more than that, is cut where it has to be."""
    last = {one.subject: at for at, one in enumerate(statements)}
    begin = 0
    while begin < len(statements):
        end, open_until = begin, begin
        for at in range(begin, min(begin + most, len(statements))):
            open_until = max(open_until, last[statements[at].subject])
            if open_until == at:
                end = at + 1
        if end == begin:
            end = min(begin + most, len(statements))
        yield statements[begin:end]
        begin = end


def signed(
    statements: Sequence[Statement],
    key: PrivateKey,
    owner: str,
    *,
    example: bool,
    attachments: Sequence[File] = (),
    dataset: str | None = None,
) -> list[Submission]:
    """Signed submissions of these statements, the files going with the first. Raises Refused that names the field."""
    if not statements:
        raise Refused("There is no statement to publish.", field="statements", code="empty")
    statements = persons.marked(statements)
    found: list[Submission] = []
    first = 0
    for part in parts(statements):
        files = () if found else tuple(attachments)
        try:
            payload, contents = publication.make(
                part,
                publisher=owner,
                dataset=dataset or statements[0].dataset,
                example=example,
                attachments=files,
            )
        except Refused as refused:
            raise refused.later(first) from None
        first += len(part)
        found.append(Submission(envelope=publication.sign(payload, key), contents=contents, attachments=files))
    return found
