"""Statements, signed: what is handed in to a register, here or elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from sousveil.ledger.keys import PrivateKey
from sousveil.register import persons, publication
from sousveil.register.model import Statement
from sousveil.register.publication import File, Submission
from sousveil.register.refusal import Refused


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
    found = []
    for at in range(0, len(statements), publication.PER_ENTRY):
        files = tuple(attachments) if at == 0 else ()
        payload, contents = publication.make(
            statements[at : at + publication.PER_ENTRY],
            publisher=owner,
            dataset=dataset or statements[0].dataset,
            example=example,
            attachments=files,
        )
        found.append(Submission(envelope=publication.sign(payload, key), contents=contents, attachments=files))
    return found
