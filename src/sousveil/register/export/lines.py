"""Statements as lines of their own: one JSON object, or one row, a statement, with the replies to it beside it."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

import msgspec

from sousveil.register.model import Recorded, Stance

FIELDS = (
    "id", "recorded", "subject", "type", "property", "value", "original", "language", "source", "source_sha256",
    "publisher", "dataset", "standing", "stance", "valid_from", "valid_until", "asserted", "supersedes", "person",
    "doubtful", "superseded_by", "replies",
)  # fmt: skip
"""Members of a line, and columns of the table, in this order."""
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
"""What makes a spreadsheet take a cell for a formula (OWASP, "CSV Injection")."""


def line(one: Recorded, replies: Sequence[Recorded]) -> dict[str, Any]:
    """A statement with the replies, denials and corrections that answer it."""
    return {
        "id": one.id,
        "recorded": one.recorded,
        **msgspec.structs.asdict(one.statement),
        "doubtful": one.doubtful,
        "superseded_by": one.superseded_by,
        "replies": [
            {
                "id": reply.id,
                "recorded": reply.recorded,
                "publisher": reply.statement.publisher,
                "stance": reply.statement.stance,
                "standing": reply.statement.standing,
                "property": reply.statement.property,
                "value": reply.statement.value,
                "language": reply.statement.language,
                "source": reply.statement.source,
                "asserted": reply.statement.asserted,
                "doubtful": reply.doubtful,
            }
            for reply in replies
            if reply.retracted is None
        ],
    }


def row(record: dict[str, Any]) -> list[str]:
    """The cells of a line, safe to open in a spreadsheet."""
    return [cell(record[name]) for name in FIELDS]


def cell(value: Any) -> str:
    """One cell. A text that a spreadsheet would take for a formula gets an apostrophe in front."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return cell("\n".join(_reply(one) for one in value))
    text = str(value)
    return "'" + text if text.lstrip(" ").startswith(_DANGEROUS) else text


def _reply(reply: dict[str, Any]) -> str:
    verb = {Stance.DENIES: "denies", Stance.CORRECTS: "corrects"}.get(reply["stance"], "replies")
    return f"{reply['publisher']} {verb}: {reply['value']} ({reply['source']})"


def as_csv(rows: Sequence[Sequence[str]]) -> bytes:
    """Rows as CSV (RFC 4180), UTF-8."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode()
